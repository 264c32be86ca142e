//! What is counted of each gateway, whatever its kind: messages handed to it,
//! what it said, how long it took, and whether it takes messages. Labels are its
//! name and closed lists. What only some kind has is counted there
//! ([`crate::smpp::meters`]: parts, sessions, windows).

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::exits::Exits;
use crate::gateway::{GatewayState, SendResult};

/// Names of these metrics.
pub mod names {
    /// Hand-overs of messages (counter: `gateway`).
    pub const SUBMITTED: &str = "ringproof_gateway_submitted_total";
    /// Hand-overs by what came of them (counter: `gateway`, `class`): `accepted`, or
    /// the word of a refusal (`verify::engine::outbox::Refusal::as_str`).
    pub const RESULTS: &str = "ringproof_gateway_results_total";
    /// From a call of a gateway to its results (seconds: `gateway`).
    pub const CALL_SECONDS: &str = "ringproof_gateway_call_duration_seconds";
    /// 1 while it takes messages, else 0 (gauge: `gateway`).
    pub const OPEN: &str = "ringproof_gateway_open";
    /// Countries in which its receipts are late or missing (gauge: `gateway`).
    pub const DOUBTED: &str = "ringproof_gateway_doubted_countries";
}

/// So many messages go to a gateway.
pub(crate) fn submitted(gateway: &str, messages: usize) {
    counter!(names::SUBMITTED, "gateway" => gateway.to_owned())
        .increment(u64::try_from(messages).unwrap_or(u64::MAX));
}

/// What came of a call.
pub(crate) fn answered(gateway: &str, waited: Duration, results: &[SendResult]) {
    histogram!(names::CALL_SECONDS, "gateway" => gateway.to_owned()).record(waited);
    for result in results {
        counter!(names::RESULTS, "gateway" => gateway.to_owned(), "class" => class(result))
            .increment(1);
    }
}

const fn class(result: &SendResult) -> &'static str {
    match result {
        SendResult::Accepted(_) => "accepted",
        SendResult::Refused(refusal, _) => refusal.as_str(),
    }
}

/// Sets whether each gateway takes messages now, the operator's pause included, and in
/// how many countries its receipts are late or missing. Whoever shows metrics calls it
/// first: a gateway does not tell when its state changes, and some change with time alone.
pub fn look(exits: &Exits) {
    let known = exits.known();
    for exit in exits.routes().exits() {
        let name = exit.gateway.name();
        open(name, exits.state(&*exit.gateway) == GatewayState::Open);
        let of_gateway = known.iter().filter(|known| known.gateway == name);
        doubted(name, of_gateway.filter(|known| known.receipt_doubt.is_some()).count());
    }
}

/// A gateway that is in no configuration any more takes nothing.
pub(crate) fn gone(gateway: &str) {
    open(gateway, false);
    doubted(gateway, 0);
}

fn open(gateway: &str, is_open: bool) {
    gauge!(names::OPEN, "gateway" => gateway.to_owned()).set(f64::from(u8::from(is_open)));
}

fn doubted(gateway: &str, countries: usize) {
    let countries = u32::try_from(countries).unwrap_or(u32::MAX);
    gauge!(names::DOUBTED, "gateway" => gateway.to_owned()).set(f64::from(countries));
}

#[cfg(test)]
mod tests {
    use verify::engine::outbox::Refusal;

    use super::*;

    #[test]
    fn a_result_is_counted_by_the_word_of_its_refusal() {
        assert_eq!(class(&SendResult::TAKEN), "accepted");
        for refusal in [Refusal::InDoubt, Refusal::Destination { confirm: true }] {
            let result = SendResult::Refused(refusal, "no".into());
            assert_eq!(class(&result), refusal.as_str());
        }
    }
}
