//! What a round is measured by: the SMSC's counts and everybody's CPU time, at its begin and end.

use std::time::Instant;

use anyhow::{Context as _, Result};

use super::smsc::Smsc;
use crate::clock;
use crate::limits::ARRIVAL_MAX;
use crate::usage;

const COUNT_EVERY: std::time::Duration = std::time::Duration::from_millis(2);

/// Reads counts and CPU times.
pub(super) struct Meter {
    smsc: Smsc,
    system: Vec<u32>,
    /// When the measured part begins; what happens before is warm-up.
    from: Instant,
    first: Option<Mark>,
}

/// All counts at one instant.
#[derive(Clone, Copy)]
struct Mark {
    at: Instant,
    counted: u64,
    cpu: Cpu,
}

/// What happened between two marks.
pub(super) struct Measured {
    /// Messages that the SMSC counted since its start.
    pub(super) counted_ever: u64,
    /// Those that it counted in the measured part.
    pub(super) counted: u64,
    /// From the begin of the measured part until all were counted.
    pub(super) seconds: f64,
    /// CPU seconds in this time.
    pub(super) cpu: Cpu,
}

/// CPU seconds, by who used them.
#[derive(Clone, Copy)]
pub(super) struct Cpu {
    /// The system that is measured, all its processes.
    pub(super) system: f64,
    /// The SMSC.
    pub(super) smsc: f64,
    /// The load program.
    pub(super) load: f64,
    /// All else on the machine, and what the host gave to others.
    pub(super) other: f64,
}

impl Meter {
    /// For the processes of a system, and the SMSC that it is bound to.
    pub(super) fn new(smsc: Smsc, system: Vec<u32>, from: Instant) -> Self {
        Self { smsc, system, from, first: None }
    }

    /// Begins the measured part, if it is time to and that has not been done.
    pub(super) fn begin(&mut self, now: Instant) -> Result<()> {
        if self.first.is_none() && now >= self.from {
            self.first = Some(self.mark()?);
        }
        Ok(())
    }

    /// Waits until the SMSC has counted all that were `taken` since its start, and ends the measured
    /// part.
    pub(super) fn end(&mut self, taken: u64) -> Result<Measured> {
        let first = self.first.context("the round ended in its warm-up")?;
        let began = clock::now();
        loop {
            let mark = self.mark()?;
            if mark.counted >= taken || began.elapsed() > ARRIVAL_MAX {
                return Ok(Measured {
                    counted_ever: mark.counted,
                    counted: mark.counted - first.counted,
                    seconds: (mark.at - first.at).as_secs_f64(),
                    cpu: mark.cpu.since(first.cpu),
                });
            }
            clock::pause(COUNT_EVERY);
        }
    }

    /// Ends the SMSC.
    pub(super) fn stop(self) -> Result<()> {
        self.smsc.stop()
    }

    fn mark(&mut self) -> Result<Mark> {
        let counted = self.smsc.counts()?.accepted;
        Ok(Mark { at: clock::now(), counted, cpu: Cpu::sample(&self.system, &self.smsc)? })
    }
}

impl Cpu {
    fn sample(system: &[u32], smsc: &Smsc) -> Result<Self> {
        let (system, smsc) =
            (usage::cpu_of_processes(system)?, usage::cpu_of_processes(&[smsc.pid()])?);
        let load = usage::cpu_of_processes(&[std::process::id()])?;
        Ok(Self { system, smsc, load, other: usage::cpu_of_all()? - system - smsc - load })
    }

    fn since(self, earlier: Self) -> Self {
        Self {
            system: self.system - earlier.system,
            smsc: self.smsc - earlier.smsc,
            load: self.load - earlier.load,
            other: (self.other - earlier.other).max(0.0),
        }
    }
}
