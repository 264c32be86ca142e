//! The second measurement, `ringproof-bench smpp`: text messages through one SMPP bind, beside
//! Kannel, and what the way over SMPP costs the start of a verification.
//!
//! * [`relay`] measures the throughput of one [`system`] after the other: Ringproof, and Kannel
//!   ([`kannel`]) with several stores; [`smsc`] is where the messages end.
//! * [`starts`] measures the starts, with [`lane`]s that differ in their gateway.
//! * [`table`] and [`report`] say what came out.

mod child;
mod cli;
mod kannel;
mod lane;
mod meter;
mod posts;
mod relay;
mod report;
mod smsc;
mod starts;
mod system;
mod table;

use anyhow::Result;

pub(crate) use self::cli::Options;
use self::relay::Relayed;
use self::starts::Started;
use crate::drive::Driver;
use crate::machine::{self, Machine};
use crate::progress::say;
use crate::server;

/// All that was measured.
struct Run {
    machine: Machine,
    durable_appends: f64,
    relayed: Vec<Relayed>,
    started: Vec<Started>,
}

impl Run {
    /// Some part had too many errors, or messages did not arrive.
    fn has_failed(&self) -> bool {
        self.relayed.iter().any(Relayed::has_failed) || self.started.iter().any(Started::has_failed)
    }
}

/// Runs, prints, records. True if the numbers may be used.
pub(crate) fn measure(options: &Options) -> Result<bool> {
    let run = run(options)?;
    let json = report::json(options, &run);
    let table = table::markdown(options, &run);
    options.output.give("smpp", &json, &table)?;
    Ok(!run.has_failed())
}

fn run(options: &Options) -> Result<Run> {
    let machine = Machine::read();
    machine.warn_if_busy();
    let folder = server::fresh_folder(&options.data_dir)?;
    smsc::write_password(&folder)?;
    let durable_appends = machine::durable_appends_per_second(&folder)?;
    say(&format!("disk: {durable_appends:.0} durable 4 KiB appends a second"));
    let mut driver = Driver::open()?;
    let relayed = relay::measure(options, &folder, &mut driver)?;
    let started = starts::measure(options, &folder, &mut driver)?;
    Ok(Run { machine, durable_appends, relayed, started })
}

/// The value in the middle; of an even number of values the lower one of the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_flatters_nobody() {
        assert!((median([3.0, 1.0, 2.0].into_iter()) - 2.0).abs() < 1e-9);
        assert!((median([4.0, 1.0].into_iter()) - 1.0).abs() < 1e-9);
        assert!(median(std::iter::empty()).is_nan());
    }
}
