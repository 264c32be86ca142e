//! What PostgreSQL did meanwhile, asked with `psql`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::clock;
use crate::usage;

/// How often a second the sessions are looked at.
const LOOKS_PER_SECOND: u32 = 10;

const WORK: &str = "SELECT xact_commit + xact_rollback, xact_rollback, \
    (SELECT wal_bytes FROM pg_stat_wal), (SELECT wal_sync FROM pg_stat_wal) \
    FROM pg_stat_database WHERE datname = 'ringproof'";

const SESSIONS: &str = "SELECT CASE WHEN state <> 'active' THEN 'waits for its node: ' || state \
    WHEN wait_event IS NULL THEN 'works' ELSE wait_event_type || ' ' || wait_event END, count(*) \
    FROM pg_stat_activity WHERE application_name = 'ringproof' GROUP BY 1";

/// A PostgreSQL that is reached by its socket.
pub(super) struct Database {
    socket: PathBuf,
    /// For what is asked and answered.
    folder: PathBuf,
}

/// Counters of the server; as a difference, for each pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Work {
    pub(super) transactions: f64,
    pub(super) rollbacks: f64,
    pub(super) wal_bytes: f64,
    pub(super) wal_syncs: f64,
}

impl Work {
    fn read(line: &str) -> Option<Self> {
        let numbers: Vec<f64> = line.trim().split('|').filter_map(|n| n.parse().ok()).collect();
        let [transactions, rollbacks, wal_bytes, wal_syncs] = numbers[..] else { return None };
        Some(Self { transactions, rollbacks, wal_bytes, wal_syncs })
    }

    /// What was done since then, for each of so many pairs.
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(super) fn since(&self, before: &Self, pairs: u64) -> Self {
        let each = |now: f64, then: f64| (now - then) / pairs.max(1) as f64;
        Self {
            transactions: each(self.transactions, before.transactions),
            rollbacks: each(self.rollbacks, before.rollbacks),
            wal_bytes: each(self.wal_bytes, before.wal_bytes),
            wal_syncs: each(self.wal_syncs, before.wal_syncs),
        }
    }
}

/// Sessions by what they did or waited for, as shares of all that were seen.
pub(super) type Waits = Vec<(String, f64)>;

impl Database {
    pub(super) fn new(socket: &Path, folder: &Path) -> Self {
        Self { socket: socket.to_owned(), folder: folder.to_owned() }
    }

    fn psql(&self) -> Command {
        let mut command = Command::new("psql");
        command.args(["-qAtX", "-U", "postgres", "-d", "ringproof", "-h"]).arg(&self.socket);
        command
    }

    /// The counters now.
    pub(super) fn work(&self) -> Result<Work> {
        let output = self.psql().args(["-c", WORK]).output().context("could not run psql")?;
        let said = String::from_utf8_lossy(&output.stdout);
        Work::read(&said).with_context(|| {
            format!("psql says {said:?} {}", String::from_utf8_lossy(&output.stderr))
        })
    }

    /// CPU seconds of all its processes that are there now.
    pub(super) fn cpu(&self) -> Result<f64> {
        let file = self.socket.join("data/postmaster.pid");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let pid: u32 = text.lines().next().context("an empty postmaster.pid")?.parse()?;
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        let children = children.split(' ').filter_map(|pid| pid.parse().ok());
        // A session that ends between the list and the look is not there now.
        let children = children.filter_map(|pid| usage::cpu_of_processes(&[pid]).ok());
        Ok(usage::cpu_of_processes(&[pid])? + children.sum::<f64>())
    }

    /// Looks at the sessions from a moment on, for so long.
    pub(super) fn watch(&self, from: Instant, length: Duration) -> Result<Watch> {
        let rest = from.saturating_duration_since(clock::now()).as_secs_f64();
        let mut words = format!("SELECT pg_sleep({rest:.3}) \\g /dev/null\n");
        let pause = 1.0 / f64::from(LOOKS_PER_SECOND);
        let look = format!("SELECT pg_sleep({pause:.3}) \\g /dev/null\n{SESSIONS};\n");
        words += &look.repeat(usize::try_from(length.as_secs())? * LOOKS_PER_SECOND as usize);
        // In files: a line that nobody reads from would hold it up.
        let [script, seen] = ["sessions.sql", "sessions.txt"].map(|name| self.folder.join(name));
        fs::write(&script, words)?;
        let mut command = self.psql();
        command.arg("-f").arg(&script).arg("-o").arg(&seen);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().context("could not run psql")?;
        Ok(Watch { child, seen })
    }
}

/// A look at the sessions that is under way.
pub(super) struct Watch {
    child: Child,
    seen: PathBuf,
}

impl Watch {
    /// Waits for its end.
    pub(super) fn end(mut self) -> Result<Waits> {
        let status = self.child.wait()?;
        ensure!(status.success(), "psql failed while it looked at the sessions");
        Ok(shares(&fs::read_to_string(&self.seen)?))
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn shares(text: &str) -> Waits {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, count) in text.lines().filter_map(|line| line.rsplit_once('|')) {
        *counts.entry(name).or_default() += count.parse::<u64>().unwrap_or_default();
    }
    let all = counts.values().sum::<u64>().max(1) as f64;
    let mut shares: Waits =
        counts.into_iter().map(|(name, n)| (name.to_owned(), n as f64 / all)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares
}

#[cfg(test)]
mod tests {
    use super::{Work, shares};

    #[test]
    fn counters_are_read_and_divided() {
        let (before, after) = (Work::read("100|2|5000|10\n"), Work::read("160|3|25000|30\n"));
        let each = after.unwrap().since(&before.unwrap(), 20);
        let wanted = Work { transactions: 3.0, rollbacks: 0.05, wal_bytes: 1000.0, wal_syncs: 1.0 };
        assert_eq!(each, wanted);
        assert_eq!(Work::read("1|2"), None);
    }

    #[test]
    fn the_most_frequent_wait_comes_first() {
        let shares = shares("works|1\nLWLock WALWrite|2\nworks|1\nLWLock WALWrite|4\n");
        assert_eq!(shares, [("LWLock WALWrite".to_owned(), 0.75), ("works".to_owned(), 0.25)]);
    }
}
