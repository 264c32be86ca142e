//! The breaker by receipts: a gateway whose receipts are late or missing.

use ringproof_verify::routing::evidence::ReceiptDoubt;

use super::{Exchange, destination, open};

/// A gateway takes plain messages, each of which is said to be delivered after so long.
fn delivered(exchange: &mut Exchange, gateway: &str, messages: usize, seconds: i64) {
    let sent: Vec<_> = (0..messages).map(|_| exchange.send_plain(gateway)).collect();
    exchange.advance(seconds);
    for message in sent {
        exchange.evidence.receipt(message, gateway, true, exchange.now);
    }
}

/// It takes plain messages of which it never tells anything.
fn silent(exchange: &mut Exchange, gateway: &str, messages: usize) {
    (0..messages).for_each(|_| {
        exchange.send_plain(gateway);
    });
    exchange.advance(exchange.maturity_seconds);
}

fn doubt(exchange: &Exchange, gateway: &str) -> Option<ReceiptDoubt> {
    exchange.known(gateway).receipt_doubt
}

#[test]
fn one_that_delivers_slowly_counts_half_until_it_is_looked_at_afresh() {
    let mut exchange = Exchange::new();
    delivered(&mut exchange, "b", 200, 5);
    delivered(&mut exchange, "a", 200, 60);
    assert_eq!(doubt(&exchange, "a"), None, "a minute is not too long");
    let both = [open("a"), open("b")];
    assert!(exchange.choices(&both, 200)[0] > 190, "both do alike, so the first is taken");
    delivered(&mut exchange, "a", 40, 61);
    assert_eq!(doubt(&exchange, "a"), Some(ReceiptDoubt::Slow));
    assert_eq!(exchange.choices(&both, 200)[0], 0);
    assert_eq!(doubt(&exchange, "b"), None);
    // Of another country it is not known.
    let here = exchange.destination;
    exchange.destination = destination("+447700900123");
    assert!(exchange.choices(&both, 200)[0] > 100);
    exchange.destination = here;
    exchange.advance(600);
    assert_eq!(doubt(&exchange, "a"), None);
    assert!(exchange.choices(&both, 200)[0] > 190);
}

#[test]
fn one_whose_receipts_stop_counts_half_and_one_that_never_gave_any_does_not() {
    let mut exchange = Exchange::new();
    delivered(&mut exchange, "a", 1_000, 10);
    delivered(&mut exchange, "b", 1_000, 10);
    for _ in 0..3 {
        silent(&mut exchange, "a", 50);
        silent(&mut exchange, "mute", 150);
    }
    assert_eq!(doubt(&exchange, "a"), Some(ReceiptDoubt::Missing));
    assert_eq!(doubt(&exchange, "mute"), None);
    assert_eq!(exchange.choices(&[open("a"), open("b")], 200), [0, 200]);
    assert_eq!(exchange.choices(&[open("a")], 3), [3], "it is better than none");
}

#[test]
fn a_receipt_after_the_wait_for_it_does_not_undo_that_it_was_missing() {
    let mut exchange = Exchange::new();
    delivered(&mut exchange, "a", 1_000, 10);
    delivered(&mut exchange, "a", 150, 121);
    // They were missing first, and the doubt stands whatever comes late.
    assert_eq!(doubt(&exchange, "a"), Some(ReceiptDoubt::Missing));
    exchange.advance(600);
    delivered(&mut exchange, "a", 30, 121);
    assert_eq!(doubt(&exchange, "a"), Some(ReceiptDoubt::Missing));
}

#[test]
fn where_all_are_doubted_none_counts_half() {
    let mut exchange = Exchange::new();
    for gateway in ["a", "b"] {
        delivered(&mut exchange, gateway, 60, 90);
        assert_eq!(doubt(&exchange, gateway), Some(ReceiptDoubt::Slow));
    }
    assert!(exchange.choices(&[open("a"), open("b")], 200)[0] > 150);
}

#[test]
fn codes_that_are_entered_say_more_than_late_receipts_of_a_hopeless_rival() {
    let mut exchange = Exchange::new();
    delivered(&mut exchange, "a", 60, 90);
    exchange.history("a", 100, 90);
    exchange.history("b", 100, 20);
    delivered(&mut exchange, "a", 60, 90);
    assert_eq!(doubt(&exchange, "a"), Some(ReceiptDoubt::Slow));
    // Half of 0.9 is still more than 0.2, which gets a twentieth to show that it is better.
    assert!(exchange.choices(&[open("a"), open("b")], 200)[0] > 170);
}
