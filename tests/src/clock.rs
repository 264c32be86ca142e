//! The server's clock, moved by hand through `/dev/clock`.

use crate::http::{Client, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The clock by which the rules of one server decide.
///
/// Real time goes on beneath it, so a test that needs a precise moment keeps a
/// `base` from [`Clock::now`] and goes to `base + seconds` with [`Clock::go_to`],
/// however long its own steps took.
pub struct Clock {
    address: SocketAddr,
}

impl Clock {
    /// Gives the clock of the server at `address`, which must run with `--dev`.
    pub fn of(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Tells the server's time.
    #[track_caller]
    pub fn now(&self) -> Timestamp {
        let response = Client::new(self.address)
            .send(&Request::new("GET", "/dev/clock"))
            .expect("the clock answers");
        read(&response.text())
    }

    /// Moves the clock forward, or back.
    #[track_caller]
    pub fn advance(&self, seconds: i64) {
        self.post(&json!({ "advance_seconds": seconds }));
    }

    /// Sets the clock to `base` and so many seconds.
    #[track_caller]
    pub fn go_to(&self, base: Timestamp, seconds: i64) {
        let moment = base + SignedDuration::from_secs(seconds);
        self.post(&json!({ "set": moment.to_string() }));
    }

    #[track_caller]
    fn post(&self, body: &Value) {
        let request = Request::new("POST", "/dev/clock")
            .header("Content-Type", "application/json")
            .body(body.to_string());
        let response = Client::new(self.address).send(&request).expect("the clock answers");
        assert_eq!(response.status, 200, "the clock refused {body}: {}", response.text());
        read(&response.text());
    }
}

#[track_caller]
fn read(answer: &str) -> Timestamp {
    let now = serde_json::from_str::<Value>(answer)
        .ok()
        .and_then(|answer| answer["now"].as_str()?.parse().ok());
    now.unwrap_or_else(|| panic!("the clock should answer with its time in `now`: {answer}"))
}
