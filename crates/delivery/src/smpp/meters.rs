//! What a gateway over SMPP counts. Labels are its name and closed lists.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// Names of these metrics.
pub mod names {
    /// Parts sent (counter: `gateway`).
    pub const SUBMITTED: &str = "ringproof_smpp_submitted_total";
    /// Parts by what the peer said (counter: `gateway`, `outcome`): `accepted`,
    /// `throttled`, `late`, a class of `status.toml`, or `in_doubt`.
    pub const PARTS: &str = "ringproof_smpp_parts_total";
    /// From a submit to its answer (seconds: `gateway`).
    pub const ANSWER_SECONDS: &str = "ringproof_smpp_answer_duration_seconds";
    /// Unanswered submits of all sessions (gauge: `gateway`).
    pub const WINDOW_USED: &str = "ringproof_smpp_window_used";
    /// Bound sessions (gauge: `gateway`).
    pub const BOUND: &str = "ringproof_smpp_bound_sessions";
    /// Parts in a second that are sent at most now (gauge: `gateway`).
    pub const RATE: &str = "ringproof_smpp_rate";
    /// Messages that wait for their turn (gauge: `gateway`).
    pub const WAITING: &str = "ringproof_smpp_waiting_messages";
    /// What came from the peer (counter: `gateway`, `state`): a state of a
    /// receipt, `enroute`, `inbound`, `unreadable`, or `fault` for what the
    /// store could not keep.
    pub const RECEIVED: &str = "ringproof_smpp_received_total";
    /// Ends of sessions (counter: `gateway`, `reason`).
    pub const ENDED: &str = "ringproof_smpp_sessions_ended_total";
}

/// The meters of one gateway. Those of each part are looked up once.
pub(super) struct Meters {
    gateway: String,
    submitted: Counter,
    answer_seconds: Histogram,
    window_used: Gauge,
    bound: Gauge,
    rate: Gauge,
    waiting: Gauge,
    accepted: Counter,
}

impl Meters {
    pub(super) fn new(gateway: &str) -> Self {
        let name = || gateway.to_owned();
        Self {
            gateway: name(),
            submitted: counter!(names::SUBMITTED, "gateway" => name()),
            answer_seconds: histogram!(names::ANSWER_SECONDS, "gateway" => name()),
            window_used: gauge!(names::WINDOW_USED, "gateway" => name()),
            bound: gauge!(names::BOUND, "gateway" => name()),
            rate: gauge!(names::RATE, "gateway" => name()),
            waiting: gauge!(names::WAITING, "gateway" => name()),
            accepted: counter!(names::PARTS, "gateway" => name(), "outcome" => "accepted"),
        }
    }

    pub(super) fn submitted(&self) {
        self.submitted.increment(1);
    }

    pub(super) fn answered(&self, waited: Duration) {
        self.answer_seconds.record(waited);
    }

    pub(super) fn accepted(&self) {
        self.accepted.increment(1);
    }

    /// A part that was not accepted.
    pub(super) fn part(&self, outcome: &'static str) {
        counter!(names::PARTS, "gateway" => self.gateway.clone(), "outcome" => outcome)
            .increment(1);
    }

    pub(super) fn received(&self, state: &'static str) {
        counter!(names::RECEIVED, "gateway" => self.gateway.clone(), "state" => state).increment(1);
    }

    pub(super) fn ended(&self, reason: &'static str) {
        counter!(names::ENDED, "gateway" => self.gateway.clone(), "reason" => reason).increment(1);
    }

    /// How things stand.
    #[expect(clippy::cast_precision_loss, reason = "counts of a few hundred")]
    pub(super) fn stand(&self, window_used: usize, bound: usize, waiting: usize, rate: f64) {
        self.window_used.set(window_used as f64);
        self.bound.set(bound as f64);
        self.waiting.set(waiting as f64);
        self.rate.set(rate);
    }
}
