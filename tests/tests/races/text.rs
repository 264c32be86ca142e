//! The same at the doors of the plain-text interfaces: one confirmation, five
//! comparisons, one success, and a balance that is never overdrawn.

use crate::{CONFIG, REQUESTS};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::operator::{self, PRICES};
use ringproof_blackbox::volley;
use ringproof_blackbox::world::{U1_NUMBER, World, wrong_pin};
use std::collections::BTreeMap;

/// Fires the requests at once and counts the lines; of `OK` with an id the word alone.
fn race(world: &World, requests: &[Request]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for answer in volley::fire_text(world.server.address(), requests) {
        let line = answer.text;
        let line = if line.starts_with("OK ") { "OK".to_owned() } else { line };
        *counts.entry(line).or_default() += 1;
    }
    counts
}

/// A password is remembered once it was right; as many first logins at once
/// would find no core to hash on (D-36).
fn warm(world: World) -> World {
    let _ = world.text_a.balance();
    world
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(line, count)| ((*line).to_owned(), *count)).collect()
}

#[test]
fn credit_for_100_messages_sends_100_of_1000() {
    const PAID: usize = 100;
    let limits = "[limits]\naccount_sms_per_second = 1000000\naccount_sms_per_day = 1000000\n";
    let world = warm(World::prepared(&format!("{CONFIG}{limits}"), |folder| {
        operator::import_prices(folder, PRICES);
        // A segment to Estonia costs 0.06.
        operator::credit(folder, "acme-api", "6.00");
    }));
    let send = |n| {
        let number = format!("+37256{n:06}");
        world.text_a.get_request("/send_sms", &[("to", &number), ("text", "hi")])
    };
    let requests: Vec<_> = (0..REQUESTS).map(send).collect();
    let found = race(&world, &requests);
    assert_eq!(found, counts(&[("ERROR 107", REQUESTS - PAID), ("OK", PAID)]));
    // What is set aside is charged when a gateway has the message.
    world.wait_until("all is charged", |world| world.text_a.balance().text == "OK 0.00");
    assert_eq!(world.messages().len(), PAID);
    world.text_a.balance().is("OK 0.00");
}

#[test]
fn a_thousand_starts_of_one_number_open_one_confirmation_and_send_one_message() {
    let world = warm(World::configured(CONFIG));
    let request = world.text_a.get_request("/verify/start", &[("to", U1_NUMBER)]);
    let answers = volley::fire_text(world.server.address(), &vec![request; REQUESTS]);
    let mut ids: Vec<_> = answers.iter().map(|answer| answer.started()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "one live confirmation means one id");
    assert_eq!(world.pins_sent_to_u1().len(), 1);
    let pin = world.pin_of_u1();
    world.text_a.pin(&ids[0], &pin, &[]).is("VERIFIED");
}

#[test]
fn a_thousand_wrong_pins_of_a_number_cost_exactly_five_comparisons() {
    let world = warm(World::configured(CONFIG));
    let id = world.start_number(U1_NUMBER);
    let pin = world.pin_of_u1();
    let guess = |n| {
        let wrong = wrong_pin(&pin, n);
        world.text_a.get_request("/verify/pin", &[("verification_id", &id), ("pin", &wrong)])
    };
    let requests: Vec<_> = (1..).take(REQUESTS).map(guess).collect();
    let before = world.metric("ringproof_code_comparisons_total");
    let found = race(&world, &requests);
    assert_eq!(found, counts(&[("INVALID", 5), ("THROTTLED", REQUESTS - 5)]));
    let compared = world.metric("ringproof_code_comparisons_total") - before;
    assert!((compared - 5.0).abs() < 0.5, "{compared} comparisons");
    world.text_a.pin(&id, &pin, &[]).is("THROTTLED");
}

#[test]
fn a_thousand_right_pins_of_a_number_verify_once() {
    let world = warm(World::configured(CONFIG));
    let id = world.start_number(U1_NUMBER);
    let pin = world.pin_of_u1();
    let request =
        world.text_a.get_request("/verify/pin", &[("verification_id", &id), ("pin", &pin)]);
    let found = race(&world, &vec![request; REQUESTS]);
    assert_eq!(found, counts(&[("EXPIRED", REQUESTS - 1), ("VERIFIED", 1)]));
}
