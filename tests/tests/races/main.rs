//! A thousand callers at the same moment: the guess budget, the single use of
//! a code and the single live verification hold at the door, through sockets.
//!
//! To see these tests fail, split the check of a code into "read the
//! verification" and "write the counted attempt" with a commit between them,
//! or let a start look for a live verification outside the transaction that
//! makes a new one.

mod app;
mod text;

use ringproof_blackbox::caller;
use ringproof_blackbox::http::Request;
use ringproof_blackbox::volley::{self, counts};
use ringproof_blackbox::world::{World, wrong_pin};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Requests of one volley.
const REQUESTS: usize = 1000;
/// How often each race is run, each time with a user of its own.
const ROUNDS: u32 = 3;
/// One address may hold as many connections as a volley needs.
const CONFIG: &str = "[server.limits]\nconnections_per_ip_max = 400\n";

/// The world of the conformance cases, and how to race in it.
struct Track {
    world: World,
}

/// A user with a number of its own.
struct Person {
    id: String,
    number: String,
}

impl Track {
    fn new() -> Self {
        Self { world: World::configured(CONFIG) }
    }

    /// Adds user number `index` to S1.
    fn person(&self, index: u32) -> Person {
        let number = format!("+37256{index:05}");
        let id = self.world.a.new_user(self.world.s1, &format!("person-{index}"), &number);
        Person { id, number }
    }

    /// Starts an authentication and gives the code that was sent.
    fn start(&self, person: &Person) -> String {
        self.world.a.start(self.world.s1, &person.id).started(201);
        self.world.inbox.next(&person.number).pin()
    }

    fn check(&self, person: &Person, token: &str) -> Request {
        self.call("PUT", &caller::auth(self.world.s1, &person.id), &json!({ "token": token }))
    }

    fn call(&self, method: &str, target: &str, body: &Value) -> Request {
        let request = self.world.a.request(method, target);
        request.header("Content-Type", "application/json").body(body.to_string())
    }

    /// Fires the requests at once and counts the outcomes.
    fn race(&self, requests: &[Request]) -> BTreeMap<String, usize> {
        volley::tally(&volley::fire(self.world.server.address(), requests))
    }

    /// Tells how many codes the comparator has compared since it told `before`.
    fn comparisons_since(&self, before: f64) -> usize {
        let risen = self.comparisons() - before;
        let count = (0..=1000_u16).find(|count| (f64::from(*count) - risen).abs() < 0.5);
        usize::from(count.expect("a whole number, and none above the number of requests"))
    }

    fn comparisons(&self) -> f64 {
        self.world.metric("ringproof_code_comparisons_total")
    }
}

#[test]
fn a_thousand_wrong_pins_at_once_cost_exactly_five_comparisons() {
    let track = Track::new();
    for round in 0..ROUNDS {
        let person = track.person(round);
        let pin = track.start(&person);
        let requests: Vec<_> =
            (1..).take(REQUESTS).map(|n| track.check(&person, &wrong_pin(&pin, n))).collect();
        let before = track.comparisons();
        assert_eq!(track.race(&requests), counts(&[("INVALID", 5), ("THROTTLED", REQUESTS - 5)]));
        assert_eq!(track.comparisons_since(before), 5, "only five may reach the comparator");

        let _ = track.world.a.check(track.world.s1, &person.id, &pin).failed("THROTTLED");
        assert_eq!(track.comparisons_since(before), 5, "beyond the limit nothing is compared");
    }
}

#[test]
fn a_thousand_right_pins_at_once_let_in_exactly_once() {
    let track = Track::new();
    for round in 0..ROUNDS {
        let person = track.person(round);
        let pin = track.start(&person);
        let requests = vec![track.check(&person, &pin); REQUESTS];
        let before = track.comparisons();
        let expected = [("verified", 1), ("404 verification_not_found", REQUESTS - 1)];
        assert_eq!(track.race(&requests), counts(&expected));
        assert_eq!(
            track.comparisons_since(before),
            1,
            "a used code is gone and not compared again"
        );
    }
}

#[test]
fn right_and_wrong_pins_at_once_never_exceed_five_guesses_nor_one_success() {
    let track = Track::new();
    for round in 0..ROUNDS {
        let person = track.person(round);
        let pin = track.start(&person);
        // One in ten is right, so that either side wins now and then.
        let token = |n: u32| if n.is_multiple_of(10) { pin.clone() } else { wrong_pin(&pin, n) };
        let requests: Vec<_> =
            (1..).take(REQUESTS).map(|n| track.check(&person, &token(n))).collect();
        let before = track.comparisons();
        let found = track.race(&requests);
        let count = |outcome: &str| found.get(outcome).copied().unwrap_or(0);

        let (verified, invalid) = (count("verified"), count("INVALID"));
        let refused = count("THROTTLED") + count("404 verification_not_found");
        assert_eq!(verified + invalid + refused, REQUESTS, "{found:?}");
        // A success is an attempt too, so at most four failures came before it.
        assert!(matches!((verified, invalid), (0, 5) | (1, 0..=4)), "{found:?}");
        let compared = track.comparisons_since(before);
        assert_eq!(compared, verified + invalid, "each comparison is one answer: {found:?}");
    }
}

#[test]
fn a_thousand_starts_at_once_open_one_verification_and_send_one_message() {
    let track = Track::new();
    for round in 0..ROUNDS {
        let person = track.person(round);
        let target = caller::auth(track.world.s1, &person.id);
        // Either word leads to an SMS, as there is no device.
        let method = |n: usize| if n.is_multiple_of(2) { "sms" } else { "totp" };
        let requests: Vec<_> = (0..REQUESTS)
            .map(|n| track.call("POST", &target, &json!({ "method": method(n) })))
            .collect();
        let answers = volley::fire(track.world.server.address(), &requests);
        let started: BTreeSet<_> = answers.into_iter().map(|answer| answer.started(201)).collect();
        assert_eq!(started.len(), 1, "one live verification means one auth_id: {started:?}");

        let pin = track.world.inbox.next(&person.number).pin();
        let messages = track.world.messages();
        let received = messages.iter().filter(|message| message.to == person.number).count();
        assert_eq!(received, 1, "one start sends one message");
        track.world.a.check(track.world.s1, &person.id, &pin).verified();
    }
}

#[test]
fn a_thousand_equal_users_at_once_become_one_user() {
    let track = Track::new();
    let body = json!({ "id_in_service": "jane@shop.example", "phone_number": "+37255500124" });
    let request = track.call("POST", &caller::users(track.world.s4), &body);
    // A chosen password is remembered once it was right; as many first logins
    // at once as here would find no core to hash on (D-36).
    let _ = track.world.a.get(&caller::users(track.world.s4)).expect(200);
    let found = track.race(&vec![request; REQUESTS]);
    assert_eq!(found, counts(&[("201", 1), ("409 user_exists", REQUESTS - 1)]));
    let list = track.world.a.get(&caller::users(track.world.s4)).expect(200);
    assert_eq!(list.json["total"], 1);
}
