//! What came of it, for people.

use std::fmt;
use std::time::Duration;

use super::cluster::Fault;

/// One fault, and how long nothing was acknowledged.
pub(crate) struct Outage {
    pub(crate) fault: Fault,
    pub(crate) primary: u32,
    pub(crate) replaced_by: u32,
    /// From the last acknowledgement before to the first one after.
    pub(crate) lasted: Duration,
    /// From the fault until another member said that it leads.
    pub(crate) until_promotion: Duration,
    /// From there to the first acknowledgement.
    pub(crate) after_promotion: Duration,
    /// `/readyz` said 503 meanwhile.
    pub(crate) was_told_by_readiness: bool,
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:5} of m{}: m{} leads after {:4.1} s, nothing acknowledged for {:4.1} s, \
             {:.1} s of them after the promotion{}",
            self.fault,
            self.primary,
            self.replaced_by,
            self.until_promotion.as_secs_f64(),
            self.lasted.as_secs_f64(),
            self.after_promotion.as_secs_f64(),
            if self.was_told_by_readiness { "" } else { ", always ready" },
        )
    }
}

impl fmt::Debug for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The whole run.
pub(crate) struct Report {
    pub(crate) outages: Vec<Outage>,
    pub(crate) persons: usize,
    pub(crate) calls: usize,
    pub(crate) accepted: usize,
    pub(crate) unknown: usize,
    pub(crate) took: Duration,
    pub(crate) violations: Vec<String>,
}

/// Violations that are printed.
const PRINTED_MAX: usize = 5;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} faults in {} s: {} persons, {} calls, {} codes accepted, {} answers unknown, \
             {} violations",
            self.outages.len(),
            self.took.as_secs(),
            self.persons,
            self.calls,
            self.accepted,
            self.unknown,
            self.violations.len(),
        )?;
        for violation in self.violations.iter().take(PRINTED_MAX) {
            writeln!(f, "  {violation}")?;
        }
        Ok(())
    }
}
