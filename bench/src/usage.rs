//! What the server, the load program and the rest of the machine used, read from `/proc`.

use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::clock;

/// CPU time of one thread of the server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Thread {
    id: u32,
    /// The name the thread gave itself.
    pub(crate) name: String,
    /// User and system time.
    pub(crate) seconds: f64,
}

/// Counters at one instant.
pub(crate) struct Sample {
    at: Instant,
    server: f64,
    load: f64,
    machine: Machine,
    written_bytes: u64,
    threads: Vec<Thread>,
}

/// The difference of two samples.
pub(crate) struct Usage {
    /// Time between the samples.
    pub(crate) seconds: f64,
    /// CPU seconds of the server.
    pub(crate) server: f64,
    /// CPU seconds of the load program.
    pub(crate) load: f64,
    /// CPU seconds of everything else on the machine, interrupts included.
    pub(crate) other: f64,
    /// CPU seconds the host gave to others while this machine wanted to run.
    pub(crate) stolen: f64,
    /// Bytes the server caused to be written to disk.
    pub(crate) written_bytes: u64,
    /// CPU seconds of the server's threads, busiest first.
    pub(crate) threads: Vec<Thread>,
}

impl Sample {
    /// Reads all counters.
    pub(crate) fn take(server_pid: u32) -> Result<Self> {
        let threads = threads(server_pid).context("could not read the server's CPU time")?;
        let read = |path: &str| fs::read_to_string(path).with_context(|| path.to_owned());
        Ok(Self {
            at: clock::now(),
            server: cpu_of_stat(&read(&format!("/proc/{server_pid}/stat"))?)?,
            load: cpu_of_stat(&read("/proc/self/stat")?)?,
            machine: cpu_of_machine(&read("/proc/stat")?)?,
            written_bytes: read(&format!("/proc/{server_pid}/io"))
                .ok()
                .and_then(|text| field(&text, "write_bytes:"))
                .unwrap_or_default(),
            threads,
        })
    }

    /// What was used since an earlier sample.
    pub(crate) fn since(&self, earlier: &Self) -> Usage {
        let (server, load) = (self.server - earlier.server, self.load - earlier.load);
        let before = |id| earlier.threads.iter().find(|thread| thread.id == id);
        let mut threads: Vec<Thread> = self.threads.clone();
        for thread in &mut threads {
            thread.seconds -= before(thread.id).map_or(0.0, |earlier| earlier.seconds);
        }
        threads.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        Usage {
            seconds: (self.at - earlier.at).as_secs_f64(),
            server,
            load,
            other: (self.machine.busy - earlier.machine.busy - server - load).max(0.0),
            stolen: self.machine.stolen - earlier.machine.stolen,
            // Where the system does not tell, it is 0.
            written_bytes: self.written_bytes.saturating_sub(earlier.written_bytes),
            threads,
        }
    }
}

/// CPU seconds that some processes have used together.
pub(crate) fn cpu_of_processes(pids: &[u32]) -> Result<f64> {
    let one = |pid: &u32| {
        let path = format!("/proc/{pid}/stat");
        cpu_of_stat(&fs::read_to_string(&path).with_context(|| path.clone())?)
    };
    pids.iter().map(one).sum()
}

/// CPU seconds of all programs since the machine was started, and those the host gave to others.
pub(crate) fn cpu_of_all() -> Result<f64> {
    let machine = cpu_of_machine(&fs::read_to_string("/proc/stat").context("/proc/stat")?)?;
    Ok(machine.busy + machine.stolen)
}

/// Resident memory now and its highest value so far, in bytes.
pub(crate) fn memory(pid: u32) -> Result<(u64, u64)> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let bytes = |name| field(&text, name).map(|kib| kib * 1024);
    bytes("VmRSS:").zip(bytes("VmHWM:")).with_context(|| format!("{path} names no resident memory"))
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn threads(pid: u32) -> Result<Vec<Thread>> {
    let mut threads = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = entry?.path();
        // A thread that ends between the two reads is simply not listed.
        let Ok(stat) = fs::read_to_string(path.join("stat")) else { continue };
        let id = path.file_name().and_then(|name| name.to_str()?.parse().ok());
        let name = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')'));
        threads.push(Thread {
            id: id.context("a thread without a number")?,
            name: name.context("a thread without a name")?.0.to_owned(),
            seconds: cpu_of_stat(&stat)?,
        });
    }
    Ok(threads)
}

/// User and system time of a `stat` line (proc(5): fields 14 and 15; the name, field 2, may hold
/// anything, so the count begins behind its last parenthesis).
fn cpu_of_stat(stat: &str) -> Result<f64> {
    let (_, behind_name) = stat.rsplit_once(')').context("a stat line without a name")?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|field| field.parse::<u32>().ok());
    let (user, system) = (ticks(), ticks());
    let (user, system) = user.zip(system).context("a stat line without times")?;
    Ok(seconds(f64::from(user) + f64::from(system)))
}

/// CPU seconds of all cores since the machine was started.
#[derive(Debug, PartialEq)]
struct Machine {
    busy: f64,
    stolen: f64,
}

/// Reads the first line of `/proc/stat` (proc(5)). Idle time and waiting for disks are not busy.
fn cpu_of_machine(stat: &str) -> Result<Machine> {
    let line = stat.lines().next().and_then(|line| line.strip_prefix("cpu "));
    let fields: Vec<f64> = line
        .context("/proc/stat without a cpu line")?
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, stolen, ..] = fields[..] else {
        anyhow::bail!("/proc/stat with too few fields");
    };
    let busy = seconds(user + nice + system + irq + softirq);
    Ok(Machine { busy, stolen: seconds(stolen) })
}

#[allow(clippy::cast_precision_loss, reason = "clock ticks per second are a small number")]
fn seconds(ticks: f64) -> f64 {
    ticks / rustix::param::clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::{Machine, Sample, cpu_of_machine, cpu_of_stat, field, memory, seconds};

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_shift_the_fields() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0";
        assert!((cpu_of_stat(stat).unwrap() - seconds(200.0)).abs() < 1e-9);
        assert!(cpu_of_stat("7 (a) S 1").is_err());
    }

    #[test]
    fn waiting_is_not_busy_and_stolen_time_stands_apart() {
        let machine = cpu_of_machine("cpu  1 2 4 1000 2000 8 16 32 0 0\ncpu0 9 9\n").unwrap();
        assert_eq!(machine, Machine { busy: seconds(31.0), stolen: seconds(32.0) });
        assert!(cpu_of_machine("cpu  1 2 4\n").is_err());
    }

    #[test]
    fn this_process_can_be_sampled() {
        let pid = std::process::id();
        let first = Sample::take(pid).unwrap();
        let usage = Sample::take(pid).unwrap().since(&first);
        assert!(!usage.threads.is_empty() && usage.server >= 0.0);
        let (resident, highest) = memory(pid).unwrap();
        assert!(0 < resident && resident <= highest);
        assert_eq!(field("VmRSS:\t  12 kB\n", "VmRSS:"), Some(12));
    }
}
