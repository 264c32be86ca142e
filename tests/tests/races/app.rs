//! The same for what the app and its kin can do once: a step of an authenticator,
//! a recovery code, a PIN of an enrolment, a nonce, the code of a waiting device.

use crate::{REQUESTS, ROUNDS, Track};
use ringproof_blackbox::caller::{authenticators, recovery};
use ringproof_blackbox::device::{AppAnswer, Device};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::totp::{self, Hash};
use ringproof_blackbox::volley::{self, counts};
use serde_json::json;
use std::collections::BTreeMap;

/// Fires calls of the app at once and counts the words.
fn race(track: &Track, requests: &[Request]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for answer in volley::fire_app(track.world.server.address(), requests) {
        *found.entry(word(&answer)).or_default() += 1;
    }
    found
}

fn word(answer: &AppAnswer) -> String {
    answer.json["error"].as_str().unwrap_or("taken").to_owned()
}

#[test]
fn a_thousand_good_codes_of_one_step_let_in_exactly_once() {
    let track = Track::new();
    let world = &track.world;
    for round in 0..ROUNDS {
        let person = track.person(round);
        let all = authenticators(world.s1, &person.id);
        let made = world.a.post(&all, &json!({})).expect(201);
        let secret = totp::from_base32(made.text("secret"));
        let code = || totp::code(&secret, Hash::Sha1, world.clock.now().as_second());
        let one = format!("{all}/{}", made.text("id"));
        let _ = world.a.put(&one, &json!({ "token": code() })).expect(200);
        world.clock.advance(61);
        world.a.start_totp(world.s1, &person.id).asks_for_totp();
        let token = code();
        let found = track.race(&vec![track.check(&person, &token); REQUESTS]);
        let expected = [("verified", 1), ("404 verification_not_found", REQUESTS - 1)];
        assert_eq!(found, counts(&expected));
        // Nor is it good for the next login.
        world.a.start_totp(world.s1, &person.id).asks_for_totp();
        let _ = world.a.check(world.s1, &person.id, &token).failed_by("totp", "INVALID");
    }
}

#[test]
fn a_thousand_equal_recovery_codes_let_in_exactly_once() {
    let track = Track::new();
    let world = &track.world;
    for round in 0..ROUNDS {
        let person = track.person(round);
        let path = recovery(world.s1, &person.id);
        let made = world.a.post(&path, &json!({})).expect(201);
        let call = track.call("PUT", &path, &json!({ "code": made.json["codes"][0] }));
        let found = track.race(&vec![call; REQUESTS]);
        let count = |outcome: &str| found.get(outcome).copied().unwrap_or(0);
        assert_eq!(count("verified"), 1, "{found:?}");
        assert_eq!(count("INVALID") + count("THROTTLED"), REQUESTS - 1, "{found:?}");
        assert_eq!(world.a.get(&path).expect(200).json["left"], 9);
    }
}

#[test]
fn a_thousand_devices_with_one_pin_become_one_device() {
    let track = Track::new();
    let world = &track.world;
    let person = track.person(0);
    let asker = Device::new(world);
    let enrolment = asker.start_when_due(world, &person.number);
    let pin = world.inbox.next(&person.number).pin();
    let mut devices: Vec<_> = (0..REQUESTS).map(|_| Device::new(world)).collect();
    let finish = |device: &Device| {
        let (nonce, _) = asker.nonce();
        device.signed("enrol/finish", &device.finish_body(&enrolment, &pin), &nonce)
    };
    let requests: Vec<_> = devices.iter().map(finish).collect();
    let answers = volley::fire_app(world.server.address(), &requests);
    let taken: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(taken.len(), 1, "one PIN, one device");
    let refused = answers.iter().filter(|answer| word(answer) == "pin").count();
    assert_eq!(refused, REQUESTS - 1);
    let id = taken[0].json["device"].as_str().expect("text");
    // Only the keys of the one that was taken are known.
    let known = devices.iter_mut().filter_map(|device| {
        device.id = Some(id.to_owned());
        let answer = device.call("sync", &json!({ "seen": null, "wait": false }));
        (answer.status == 200).then_some(answer.json)
    });
    let states: Vec<_> = known.collect();
    assert_eq!(states.len(), 1);
    assert_eq!(states[0]["devices"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_thousand_calls_with_one_nonce_are_taken_exactly_once() {
    let track = Track::new();
    let world = &track.world;
    for round in 0..ROUNDS {
        let person = track.person(round);
        let device = Device::ready(world, &person.number);
        let (nonce, _) = device.nonce();
        let call = device.signed("devices/rename", &json!({ "name": "Renamed" }), &nonce);
        let found = race(&track, &vec![call; REQUESTS]);
        assert_eq!(found, counts(&[("nonce", REQUESTS - 1), ("taken", 1)]));
    }
}

#[test]
fn a_thousand_approvals_by_one_code_let_one_device_in_once() {
    let track = Track::new();
    let world = &track.world;
    let person = track.person(0);
    let first = Device::ready(world, &person.number);
    let second = Device::enrolled(world, &person.number);
    let shown = second.call("devices/code", &json!({})).taken();
    let body = json!({ "device": second.id, "code": shown["code"] });
    let approve = |_| {
        let (nonce, _) = first.nonce();
        first.signed("devices/approve", &body, &nonce)
    };
    let requests: Vec<_> = (0..REQUESTS).map(approve).collect();
    assert_eq!(race(&track, &requests), counts(&[("missing", REQUESTS - 1), ("taken", 1)]));
    assert_eq!(second.sync()["device"]["state"], "active");
}
