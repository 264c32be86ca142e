//! What a run measured, before it becomes a table or JSON.

use std::time::Duration;

use crate::drive::Driven;
use crate::machine::Machine;
use crate::tally::Tally;

/// What one phase brought.
pub(crate) struct PhaseResult {
    /// What the operations counted.
    pub(crate) tally: Tally,
    /// What the event loop learned.
    pub(crate) driven: Driven,
    /// Operations a second that were offered; none in a closed loop.
    pub(crate) offered: Option<f64>,
    /// Resident memory of the server at the end.
    pub(crate) resident_bytes: u64,
    /// Messages nobody waited for.
    pub(crate) stray_messages: u64,
    /// Messages in one batch of the gateway, on average; 0 without messages.
    pub(crate) messages_per_batch: f64,
}

impl PhaseResult {
    /// Completed operations a second.
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(crate) fn per_second(&self) -> f64 {
        self.tally.completed as f64 / self.driven.seconds
    }
}

/// All phases over one content of the store.
pub(crate) struct Case {
    /// Users in the store.
    pub(crate) users: u32,
    /// Adding the users that were not there before.
    pub(crate) create: PhaseResult,
    /// Times from the start of the process to the first answer, sorted.
    pub(crate) ready: Vec<Duration>,
    /// `/healthz`, closed loop.
    pub(crate) bare: PhaseResult,
    /// `/healthz` at half of that.
    pub(crate) bare_half: PhaseResult,
    /// Pairs, closed loop.
    pub(crate) pairs: PhaseResult,
    /// Pairs at half of that.
    pub(crate) pairs_half: PhaseResult,
    /// Resident memory of the server just after its start.
    pub(crate) resident_bytes_idle: u64,
    /// Highest resident memory of the server process.
    pub(crate) resident_bytes_max: u64,
    /// Size of the database at the end.
    pub(crate) database_bytes: u64,
}

impl Case {
    /// The phases with their names, in their order.
    pub(crate) fn phases(&self) -> [(&'static str, &PhaseResult); 5] {
        [
            ("create_users", &self.create),
            ("bare", &self.bare),
            ("bare_half_load", &self.bare_half),
            ("pairs", &self.pairs),
            ("pairs_half_load", &self.pairs_half),
        ]
    }

    /// The median time to ready.
    pub(crate) fn ready_ms(&self) -> f64 {
        self.ready[self.ready.len() / 2].as_secs_f64() * 1e3
    }
}

/// All that was measured.
pub(crate) struct Run {
    /// Where it ran.
    pub(crate) machine: Machine,
    /// Durable 4 KiB appends a second.
    pub(crate) durable_appends: f64,
    /// Few users, then (unless left out) many.
    pub(crate) cases: Vec<Case>,
    /// Bytes the server logged.
    pub(crate) log_bytes: u64,
}

impl Run {
    /// Some phase had too many errors.
    pub(crate) fn has_failed(&self) -> bool {
        let mut phases = self.cases.iter().flat_map(Case::phases);
        phases.any(|(_, phase)| phase.tally.has_failed())
    }
}
