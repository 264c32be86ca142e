//! What every request counts, with its handles looked up once.

use std::time::Duration;

use http::StatusCode;
use metrics::{Counter, Histogram, counter, histogram};

use super::metrics::names;

/// Counters of the request path.
pub struct RequestMetrics {
    comparisons: Counter,
    /// The two outcomes that most requests have.
    started: Counter,
    approved: Counter,
    verification_200: Counter,
    verification_201: Counter,
    verification_seconds: Histogram,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl RequestMetrics {
    /// Looks the handles up; install the recorder first.
    pub fn new() -> Self {
        let status = |status: &'static str| counter!(names::REQUESTS, "dialect" => "verification", "status" => status);
        Self {
            comparisons: counter!(names::CODE_COMPARISONS),
            started: counter!(names::VERIFICATIONS, "outcome" => "started"),
            approved: counter!(names::VERIFICATIONS, "outcome" => "approved"),
            verification_200: status("200"),
            verification_201: status("201"),
            verification_seconds: histogram!(names::REQUEST_SECONDS, "dialect" => "verification"),
        }
    }

    /// An answered request of the Verification API.
    pub fn verification_request(&self, status: StatusCode, took: Duration) {
        self.verification_seconds.record(took);
        match status {
            StatusCode::OK => self.verification_200.increment(1),
            StatusCode::CREATED => self.verification_201.increment(1),
            _ => {
                let status = status.as_str().to_owned();
                counter!(names::REQUESTS, "dialect" => "verification", "status" => status)
                    .increment(1);
            }
        }
    }

    /// An answered request of a plain-text interface.
    pub fn text_request(&self, dialect: &'static str, status: StatusCode, took: Duration) {
        histogram!(names::REQUEST_SECONDS, "dialect" => dialect).record(took);
        let status = status.as_str().to_owned();
        counter!(names::REQUESTS, "dialect" => dialect, "status" => status).increment(1);
    }

    /// What became of a client's wish to send a message.
    pub fn sms(&self, outcome: &'static str) {
        counter!(names::SMS, "outcome" => outcome).increment(1);
    }

    /// A code was compared with the right one.
    pub fn comparison(&self) {
        self.comparisons.increment(1);
    }

    /// A step in the life of a verification, or why there was none.
    pub fn verification(&self, outcome: &'static str) {
        match outcome {
            "started" => self.started.increment(1),
            "approved" => self.approved.increment(1),
            _ => counter!(names::VERIFICATIONS, "outcome" => outcome).increment(1),
        }
    }

    /// A call of the authenticator app, and what came of it.
    pub fn app_call(&self, outcome: &'static str) {
        counter!(names::APP_CALLS, "outcome" => outcome).increment(1);
    }

    /// What became of a request or a session of the widget.
    pub fn widget(&self, outcome: &'static str) {
        counter!(names::WIDGET, "outcome" => outcome).increment(1);
    }

    /// A push to a device, and what the push service said.
    pub fn push(&self, outcome: &'static str) {
        counter!(names::PUSHES, "outcome" => outcome).increment(1);
    }

    /// A login that failed.
    pub fn login_failed(&self) {
        counter!(names::LOGINS_FAILED).increment(1);
    }
}
