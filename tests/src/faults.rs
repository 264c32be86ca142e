//! Breaking parts of the server on purpose through `/dev/faults`.

use crate::http::{Client, Request};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The switches of one server, which must run with `--dev`.
pub struct Faults {
    address: SocketAddr,
}

impl Faults {
    /// Gives the switches of the server at `address`.
    pub fn of(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Makes the gateway refuse every message, or accept them again.
    #[track_caller]
    pub fn gateway_refuses(&self, refuses: bool) {
        self.post(&json!({ "gateway": if refuses { "refuse" } else { "accept" } }));
    }

    /// Makes the store unavailable, or available again.
    #[track_caller]
    pub fn store_is_unavailable(&self, unavailable: bool) {
        self.post(&json!({ "store": if unavailable { "unavailable" } else { "available" } }));
    }

    #[track_caller]
    fn post(&self, body: &Value) {
        let request = Request::new("POST", "/dev/faults")
            .header("Content-Type", "application/json")
            .body(body.to_string());
        let response = Client::new(self.address).send(&request).expect("the switches answer");
        assert_eq!(response.status, 200, "the switches refused {body}: {}", response.text());
        let state: Value =
            serde_json::from_slice(&response.body).expect("the switches answer in JSON");
        for (part, wanted) in body.as_object().expect("made above") {
            assert_eq!(&state[part], wanted, "the answer should show the new state");
        }
    }
}
