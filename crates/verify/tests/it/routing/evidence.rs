//! What is noted of messages that gateways took.

use ringproof_verify::ids::{MessageId, VerificationId};
use ringproof_verify::limits::{
    ROUTING_GATEWAYS_PER_PLACE_MAX, ROUTING_PENDING_MAX, ROUTING_PLACES_MAX,
};
use ringproof_verify::phone::{Country, PhoneNumber};
use ringproof_verify::routing::evidence::Evidence;
use ringproof_verify::routing::{Destination, Prefix};

use super::{Exchange, destination};

fn gateways(exchange: &Exchange, of: VerificationId) -> Vec<&str> {
    exchange.evidence.gateways_of(of).collect()
}

#[test]
fn a_code_counts_once_when_it_is_entered_or_two_minutes_old() {
    let mut exchange = Exchange::new();
    let entered = exchange.send("a");
    exchange.send("a");
    exchange.advance(119);
    assert_eq!(exchange.known("a").observations, 0);
    exchange.evidence.verified(entered, exchange.now);
    exchange.evidence.verified(entered, exchange.now);
    assert_eq!(exchange.known("a").observations, 1);
    exchange.advance(1);
    let known = exchange.known("a");
    assert_eq!(known.observations, 2);
    // The older one, which was entered, has faded by a hundredth.
    assert!((known.conversion.unwrap() - 0.99 / 1.99).abs() < 1e-12);
    exchange.advance(1_000);
    assert_eq!(exchange.known("a").observations, 2);
}

#[test]
fn a_code_that_is_entered_too_late_stays_a_failure() {
    let mut exchange = Exchange::new();
    let verification = exchange.send("a");
    exchange.advance(120);
    exchange.evidence.verified(verification, exchange.now);
    assert_eq!(exchange.known("a").observations, 1);
    assert_eq!(exchange.known("a").conversion, Some(0.0));
}

#[test]
fn the_last_gateway_of_a_verification_did_well_and_the_earlier_ones_did_not() {
    let mut exchange = Exchange::new();
    let verification = exchange.send("a");
    exchange.advance(30);
    exchange.send_for(verification, "b");
    exchange.evidence.verified(verification, exchange.now);
    assert_eq!(gateways(&exchange, verification), ["a", "b"]);
    assert_eq!(exchange.known("b").conversion, Some(1.0));
    assert_eq!(exchange.known("a").observations, 0);
    exchange.advance(90);
    assert_eq!(exchange.known("a").conversion, Some(0.0));
    assert_eq!(exchange.known("b").observations, 1);
}

#[test]
fn gateways_of_a_verification_are_remembered_for_an_hour() {
    let mut exchange = Exchange::new();
    let (verification, other) = (exchange.send("a"), exchange.send("b"));
    exchange.advance(3_599);
    assert_eq!(gateways(&exchange, verification), ["a"]);
    assert_eq!(gateways(&exchange, other), ["b"]);
    exchange.advance(1);
    assert!(gateways(&exchange, verification).is_empty());
    assert_eq!(exchange.evidence.pending(), 0);
}

#[test]
fn the_first_final_receipt_of_a_message_counts() {
    let mut exchange = Exchange::new();
    let (good, bad, code) = (
        exchange.send_plain("a"),
        exchange.send_plain("a"),
        MessageId::random(&mut exchange.entropy),
    );
    exchange.evidence.receipt(good, "a", true, exchange.now);
    exchange.evidence.receipt(good, "a", false, exchange.now);
    exchange.evidence.receipt(bad, "a", false, exchange.now);
    exchange.evidence.receipt(code, "a", false, exchange.now);
    exchange.advance(600);
    let known = exchange.known("a");
    assert_eq!((known.receipts, known.observations, known.conversion), (2, 0, None));
    assert!((known.delivered.unwrap() - 0.99 / 1.99).abs() < 1e-12);
}

/// A code that two gateways had: each one's receipt is held for or against that
/// one, in whatever order they come.
#[test]
fn a_receipt_counts_for_the_gateway_that_gives_it() {
    for order in [["a", "b"], ["b", "a"]] {
        let mut exchange = Exchange::new();
        let verification = VerificationId::random(&mut exchange.entropy);
        let message = exchange.send_for(verification, "a");
        let (evidence, now) = (&mut exchange.evidence, exchange.now);
        evidence.sent(message, Some(verification), "b", exchange.destination, now);
        for gateway in order {
            evidence.receipt(message, gateway, gateway == "a", now);
            evidence.receipt(message, gateway, gateway != "a", now);
        }
        evidence.receipt(message, "c", false, now);
        let (a, b) = (exchange.known("a"), exchange.known("b"));
        assert_eq!((a.receipts, b.receipts), (1, 1), "{order:?}");
        assert!(a.delivered > Some(0.9) && b.delivered < Some(0.1), "{order:?}: {a:?} {b:?}");
    }
}

#[test]
fn receipts_that_are_too_good_for_the_codes_entered_are_flagged() {
    let fakes = |delivered: usize, entered: usize| {
        let mut exchange = Exchange::quick();
        exchange.history("honest", 100, 80);
        exchange.history("solid", 100, 70);
        for number in 0..100 {
            let verification = VerificationId::random(&mut exchange.entropy);
            let message = exchange.send_for(verification, "odd");
            exchange.evidence.receipt(message, "odd", number % 100 < delivered, exchange.now);
            if number % 100 < entered {
                exchange.evidence.verified(verification, exchange.now);
            }
        }
        exchange.advance(120);
        let view = exchange.evidence.view();
        assert_eq!(
            view.iter().map(|line| line.gateway.as_str()).collect::<Vec<_>>(),
            ["honest", "odd", "solid"]
        );
        view.iter().map(|line| line.fake_dlr).collect::<Vec<_>>()
    };
    assert_eq!(fakes(100, 20), [false, true, false]);
    assert_eq!(fakes(85, 20), [false, false, false]);
    assert_eq!(fakes(100, 100), [false, false, false]);
}

#[test]
fn the_view_has_a_line_for_each_gateway_and_country() {
    let mut exchange = Exchange::new();
    exchange.history("b", 10, 5);
    exchange.history("a", 10, 10);
    exchange.destination = destination("+447700900123");
    exchange.history("a", 3, 0);
    let view = exchange.evidence.view();
    let lines: Vec<_> = view
        .iter()
        .map(|line| (line.gateway.as_str(), line.country.as_str(), line.observations))
        .collect();
    assert_eq!(lines, [("a", "EE", 10), ("a", "GB", 3), ("b", "EE", 10)]);
    assert_eq!(view[0].conversion, Some(1.0));
}

#[test]
fn the_oldest_pending_message_makes_room() {
    let mut exchange = Exchange::new();
    let first = exchange.send("a");
    let second = exchange.send("b");
    for _ in 2..ROUTING_PENDING_MAX {
        exchange.send_plain("c");
    }
    assert_eq!(exchange.evidence.pending(), ROUTING_PENDING_MAX);
    assert_eq!(gateways(&exchange, first), ["a"]);
    exchange.send_plain("c");
    assert_eq!(exchange.evidence.pending(), ROUTING_PENDING_MAX);
    assert!(gateways(&exchange, first).is_empty());
    assert_eq!(gateways(&exchange, second), ["b"]);
    exchange.evidence.verified(first, exchange.now);
    assert_eq!(exchange.known("a").observations, 0);
}

#[test]
fn the_place_and_the_gateway_that_were_not_used_for_longest_make_room() {
    let mut exchange = Exchange::new();
    for number in 0..=ROUTING_GATEWAYS_PER_PLACE_MAX {
        exchange.history(&format!("g{number}"), 1, 1);
    }
    let lines = exchange.evidence.view();
    assert_eq!(lines.len(), ROUTING_GATEWAYS_PER_PLACE_MAX);
    assert!(lines.iter().all(|line| line.gateway != "g0"));

    // A country, and then so many prefixes that it is forgotten; each is told
    // to be of no country, so that nothing touches it again.
    let mut evidence = Evidence::default();
    let mut send = |evidence: &mut Evidence, number: &str, country| {
        let prefix = Prefix::of(&PhoneNumber::parse(number).unwrap());
        let to = Destination { country, prefix };
        let message = MessageId::random(&mut exchange.entropy);
        evidence.sent(message, None, "a", to, exchange.now);
    };
    send(&mut evidence, "+37255500123", Country::parse("EE"));
    for number in 0..ROUTING_PLACES_MAX - 2 {
        let (code, operator) = if number < 8_000 { (1, number) } else { (7, number - 8_000) };
        send(&mut evidence, &format!("+{code}{}550123", 2_000 + operator), None);
    }
    assert_eq!(evidence.view().len(), 1);
    send(&mut evidence, "+447700900123", None);
    send(&mut evidence, "+447701900123", None);
    assert_eq!(evidence.view().len(), 0);
}
