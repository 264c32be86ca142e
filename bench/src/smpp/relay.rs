//! The throughput: messages are posted for a while as fast as they are taken, and the clock stops
//! when the SMSC has counted all of them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::cli::Options;
use super::median;
use super::meter::{Measured, Meter};
use super::posts::Posts;
use super::system::{Kind, System};
use crate::clock;
use crate::drive::{Driver, Pace, Plan, Work as _};
use crate::progress::say;
use crate::tally::{Tally, Window};
use crate::usage::Thread;

/// Load before each measured part.
const WARMUP: Duration = Duration::from_secs(1);
/// After each connection: Kannel's queue of connections that wait to be taken has room for ten, and
/// what finds it full tries again only after a second.
const CONNECT_PAUSE: Duration = Duration::from_millis(2);

/// What one system brought, round by round.
pub(super) struct Relayed {
    /// Which system.
    pub(super) kind: Kind,
    /// Its rounds.
    pub(super) rounds: Vec<Round>,
}

/// One turn of a system.
pub(super) struct Round {
    /// Messages that were taken, and errors.
    pub(super) tally: Tally,
    /// From the end of the warm-up to the last answer to a post.
    pub(super) posting_seconds: f64,
    /// What came to the SMSC, and when it had counted all.
    pub(super) measured: Measured,
    /// CPU seconds of the threads of its first process, busiest first.
    pub(super) threads: Vec<Thread>,
}

impl Relayed {
    /// Messages a second, the median of the rounds.
    pub(super) fn per_second(&self) -> f64 {
        median(self.rounds.iter().map(Round::per_second))
    }

    /// Some round had too many errors, or not exactly the messages that were taken arrived.
    pub(super) fn has_failed(&self) -> bool {
        self.rounds.iter().any(Round::has_failed)
    }
}

impl Round {
    /// Messages a second at the SMSC.
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(super) fn per_second(&self) -> f64 {
        self.measured.counted as f64 / self.measured.seconds
    }

    /// CPU time of the system for a message.
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(super) fn cpu_us(&self) -> f64 {
        self.measured.cpu.system * 1e6 / self.measured.counted.max(1) as f64
    }

    fn has_failed(&self) -> bool {
        self.tally.has_failed() || self.measured.counted_ever < self.tally.completed_ever
    }
}

/// All rounds of all systems; only one of them is in operation at a time.
pub(super) fn measure(
    options: &Options,
    folder: &Path,
    driver: &mut Driver,
) -> Result<Vec<Relayed>> {
    let new = |kind| Relayed { kind, rounds: Vec::new() };
    let mut all: Vec<Relayed> = Kind::all(options).into_iter().map(new).collect();
    for number in 1..=options.rounds {
        for relayed in &mut all {
            let name = relayed.kind.key();
            let own = format!("{name}-{number}");
            let system = System::start(options, folder, relayed.kind, &own)
                .with_context(|| format!("could not start {name}"))?;
            let round = round(options, driver, system).with_context(|| name.to_owned())?;
            say(&format!(
                "{name}: {:.0} messages/s; CPU µs a message: {:.0}; {} taken, {} counted",
                round.per_second(),
                round.cpu_us(),
                round.tally.completed_ever,
                round.measured.counted_ever,
            ));
            for (kind, errors) in &round.tally.errors {
                say(&format!("  error, {} times: {kind}: {}", errors.count, errors.example));
            }
            relayed.rounds.push(round);
        }
    }
    Ok(all)
}

fn round(options: &Options, driver: &mut Driver, system: System) -> Result<Round> {
    let System { running, smsc, post, taken } = system;
    let (pids, address) = (running.pids(), running.address());
    let clients = driver.connect(&[address], options.connections, CONNECT_PAUSE)?;
    let from = clock::now() + WARMUP;
    let window = Window { from, to: from + Duration::from_secs(options.seconds.into()) };
    let plan = Plan {
        pace: Pace::Closed,
        connections: options.connections,
        doze: Duration::from_micros(options.doze_us.into()),
        window,
        server_pid: pids[0],
    };
    let mut meter = Meter::new(smsc, pids, from);
    let mut posts = Posts::new((&post, taken), &mut meter, options.connections, window);
    let phase = driver.run_on(clients, &mut posts, &plan)?;
    let posted = clock::now();
    let tally = std::mem::replace(posts.tally(), Tally::new(0, window));
    let measured = meter.end(tally.completed_ever)?;
    // First the system: it unbinds.
    running.stop()?;
    meter.stop()?;
    let posting_seconds = (posted - from).as_secs_f64();
    Ok(Round { tally, posting_seconds, measured, threads: phase.usage.threads })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Kind, Relayed, Round};
    use crate::clock;
    use crate::smpp::meter::{Cpu, Measured};
    use crate::tally::{Tally, Window};

    fn round(taken: u64, counted: u64, seconds: f64) -> Round {
        let from = clock::now();
        let mut tally = Tally::new(1, Window { from, to: from + Duration::from_secs(1) });
        (0..taken).for_each(|_| tally.complete(from));
        let cpu = Cpu { system: 0.5, smsc: 0.0, load: 0.0, other: 0.0 };
        let measured = Measured { counted_ever: counted, counted, seconds, cpu };
        Round { tally, posting_seconds: seconds, measured, threads: Vec::new() }
    }

    #[test]
    fn a_lost_message_fails_the_run_and_the_median_round_counts() {
        let rounds = vec![round(1000, 1000, 1.0), round(1000, 1000, 4.0), round(1000, 1000, 2.0)];
        let mut relayed = Relayed { kind: Kind::Ringproof, rounds };
        assert!(!relayed.has_failed());
        assert!((relayed.per_second() - 500.0).abs() < 1e-9);
        assert!((relayed.rounds[0].cpu_us() - 500.0).abs() < 1e-9);
        relayed.rounds.push(round(1000, 999, 1.0));
        assert!(relayed.has_failed());
    }
}
