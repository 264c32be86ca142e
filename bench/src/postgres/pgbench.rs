//! `pgbench -N -M prepared`: an update, a look and an insertion in a transaction.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::cli::Options;
use crate::progress::say;

/// Threads of pgbench.
const THREADS: &str = "2";

/// What it did.
pub(super) struct Pgbench {
    pub(super) clients: usize,
    /// Transactions a second.
    pub(super) per_second: f64,
}

fn command(options: &Options) -> Command {
    let mut command = Command::new("pgbench");
    command.args(["-U", "postgres", "-h"]).arg(&options.socket);
    command
}

fn finish(command: &mut Command) -> Result<String> {
    let output = command.output().context("could not run pgbench")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "pgbench failed: {complaint}");
    Ok(said)
}

/// Makes its tables.
pub(super) fn prepare(options: &Options) -> Result<()> {
    let scale = options.pgbench_scale.to_string();
    finish(command(options).args(["-i", "-q", "-s", &scale, "pgbench"])).map(drop)
}

/// Runs it with so many clients.
pub(super) fn run(options: &Options, clients: usize) -> Result<Pgbench> {
    let (count, seconds) = (clients.to_string(), options.seconds.to_string());
    let said =
        finish(command(options).args([
            "-N", "-M", "prepared", "-j", THREADS, "-c", &count, "-T", &seconds, "pgbench",
        ]))?;
    let per_second = read(&said).with_context(|| format!("pgbench says {said:?}"))?;
    say(&format!("pgbench, {clients} clients: {per_second:.0} transactions/s"));
    Ok(Pgbench { clients, per_second })
}

fn read(said: &str) -> Option<f64> {
    let rest = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rate_is_read() {
        let said = "latency average = 1.5 ms\ntps = 10666.66 (without initial connection time)\n";
        assert_eq!(super::read(said), Some(10666.66));
        assert_eq!(super::read("nothing"), None);
    }
}
