//! What gateways report later (`delivery.md` 5.2; S-51, S-89).

use proptest::prelude::*;
use ringproof_verify::engine::outbox::{Refusal, RefusedOutcome};
use ringproof_verify::engine::receipt::ReceiptOutcome;
use ringproof_verify::ids::{MessageId, SmsId};
use ringproof_verify::record::ReceiptState::{
    Accepted, Deleted, Delivered, Expired, Failed, Rejected, Undeliverable, Unknown,
};
use ringproof_verify::record::{DeliveryState, ReceiptState, ReportKind, SmsState};

use crate::confirming::{MINE, NUMBER};
use crate::world::{LEASE, World, at};

const GATEWAY: &str = "inbox";

/// A client's message that the gateway took.
fn sent() -> (World, SmsId, MessageId) {
    let (mut world, _) = World::with_person();
    let request = world.text_to(MINE, NUMBER);
    let (id, message) = world.send(&request);
    let message = message.expect("it goes at once").id;
    world.accept(LEASE, &[message]);
    (world, id, message)
}

fn told(world: &World) -> Vec<(SmsState, u16)> {
    let told = world.records.reports.values().map(|report| match report.kind {
        ReportKind::Delivery { state, err, .. } => (state, err),
        ReportKind::Inbound { .. } | ReportKind::Event { .. } => panic!("of no message"),
    });
    told.collect()
}

/// Order of strength of `delivery.md` 5.2.
fn rank(state: ReceiptState) -> u8 {
    match state {
        Accepted => 1,
        Unknown => 2,
        Expired | Deleted | Undeliverable | Failed | Rejected => 3,
        Delivered => 4,
    }
}

/// All pairs: a receipt only raises; equal or lower changes nothing.
#[test]
fn of_two_receipts_only_a_stronger_second_one_counts() {
    for first in ReceiptState::ALL {
        for second in ReceiptState::ALL {
            let (mut world, id, message) = sent();
            world.go_to(5);
            assert!(matches!(
                world.receive(message, GATEWAY, first, None),
                ReceiptOutcome::Raised(_)
            ));
            assert_eq!(world.sms(id).state, SmsState::Reported(first));
            let before = world.records.clone();
            world.go_to(6);
            let outcome = world.receive(message, GATEWAY, second, None);
            let is_stronger = rank(second) > rank(first);
            if is_stronger {
                assert!(matches!(outcome, ReceiptOutcome::Raised(_)), "{first:?}, {second:?}");
                assert_eq!(world.sms(id).state, SmsState::Reported(second));
                let receipt = world.records.deliveries[&message].receipt;
                assert_eq!(receipt, Some((second, at(6))));
            } else {
                assert_eq!(outcome, ReceiptOutcome::Stale, "{first:?}, {second:?}");
                assert_eq!(world.records, before);
            }
            assert_eq!(told(&world).len(), if is_stronger { 2 } else { 1 });
        }
    }
}

#[test]
fn a_reason_is_told_as_three_digits_with_a_sensible_default() {
    for (state, given, err) in [
        (Delivered, None, 0),
        (Delivered, Some(33), 0),
        (Accepted, Some(33), 0),
        (Expired, None, 2),
        (Expired, Some(27), 27),
        (Unknown, None, 999),
        (Deleted, None, 0),
        (Undeliverable, None, 1),
        (Failed, None, 1),
        (Rejected, None, 1),
        (Rejected, Some(8), 8),
    ] {
        let (mut world, id, message) = sent();
        world.receive(message, GATEWAY, state, given);
        assert_eq!(world.sms(id).err, err, "{state:?}, {given:?}");
        assert_eq!(told(&world), [(SmsState::Reported(state), err)]);
    }
}

#[test]
fn a_receipt_of_a_gateway_that_never_had_the_message_changes_nothing() {
    let (mut world, _, message) = sent();
    let before = world.records.clone();
    for (id, gateway) in
        [(message, "other"), (message, ""), (MessageId::from_bytes([9; 16]), GATEWAY)]
    {
        let outcome = world.receive(id, gateway, Delivered, None);
        assert_eq!(outcome, ReceiptOutcome::Unknown);
        assert_eq!(world.records, before);
    }
}

#[test]
fn a_receipt_of_a_message_that_nobody_took_changes_nothing() {
    let (mut world, _) = World::with_person();
    let request = world.text_to(MINE, NUMBER);
    let (_, message) = world.send(&request);
    let message = message.unwrap();
    let mut paused = world.clone();
    world.refuse(LEASE, &message, Refusal::Content);
    assert_eq!(world.records.deliveries[&message.id].state, DeliveryState::Failed);
    paused.refuse(LEASE, &message, Refusal::Temporary);
    for world in [&mut world, &mut paused] {
        let before = world.records.clone();
        assert_eq!(world.receive(message.id, "hook", Delivered, None), ReceiptOutcome::Unknown);
        assert_eq!(world.records, before);
    }
}

/// "Receipt before response is normal."
#[test]
fn a_receipt_before_the_hand_over_was_noted_settles_that_too() {
    let (mut world, _) = World::with_person();
    world.add_account(MINE);
    world.credit(MINE, 100_000);
    let request = world.text_to(MINE, NUMBER);
    let (id, message) = world.send(&request);
    let message = message.unwrap();
    let outcome = world.receive(message.id, GATEWAY, Delivered, None);
    assert!(matches!(outcome, ReceiptOutcome::Raised(_)), "{outcome:?}");
    assert!(world.records.messages.is_empty(), "it is never handed over again");
    let delivery = world.records.deliveries[&message.id].clone();
    assert_eq!((delivery.state, delivery.gateway.as_str()), (DeliveryState::Accepted, GATEWAY));
    assert_eq!(world.sms(id).state, SmsState::Reported(Delivered));
    let balance = world.balance(MINE).unwrap();
    assert_eq!((balance.amount, balance.reserved), (88_000, 0));
    // The answer of the gateway comes late, and says nothing new.
    let before = world.records.clone();
    world.accept(LEASE, &[message.id]);
    assert_eq!(world.refuse(LEASE, &message, Refusal::InDoubt), RefusedOutcome::NotOurs);
    assert_eq!(world.records, before);
}

/// Some reasons of a rejection are not charged (`sms-api.md` 7): the money comes back, once.
#[test]
fn a_message_rejected_for_some_reasons_is_not_charged() {
    for (err, amount, price) in
        [(Some(6), 100_000, 0), (Some(1), 88_000, 12_000), (None, 88_000, 12_000)]
    {
        let (mut world, _) = World::with_person();
        world.add_account(MINE);
        world.credit(MINE, 100_000);
        let request = world.text_to(MINE, NUMBER);
        let (id, message) = world.send(&request);
        let message = message.unwrap();
        world.claim(8);
        world.accept(LEASE, &[message.id]);
        assert_eq!(world.balance(MINE).unwrap().amount, 88_000);
        world.receive(message.id, GATEWAY, Rejected, err);
        world.receive(message.id, GATEWAY, Rejected, err);
        let balance = world.balance(MINE).unwrap();
        assert_eq!((balance.amount, balance.reserved, world.sms(id).price), (amount, 0, price));
    }
}

/// The same when the hand-over was in doubt: now it is known who has it.
#[test]
fn a_receipt_ends_the_doubt_whether_a_gateway_has_a_message() {
    let (mut world, jane) = World::with_person();
    let request = world.text_to(MINE, NUMBER);
    let (id, text) = world.send(&request);
    let code = *world.start(jane).message.unwrap();
    for message in [&text.unwrap(), &code] {
        world.refuse(LEASE, message, Refusal::InDoubt);
        let outcome = world.receive(message.id, "hook", Accepted, None);
        assert!(matches!(outcome, ReceiptOutcome::Raised(_)), "{outcome:?}");
        assert_eq!(world.records.deliveries[&message.id].in_doubt, 1);
    }
    world.go_to(60);
    assert!(world.claim(8).messages.is_empty(), "nothing reaches the person twice");
    assert_eq!(world.sms(id).state, SmsState::Reported(Accepted));
}

#[test]
fn a_receipt_of_a_code_is_kept_and_tells_nobody() {
    let (mut world, jane) = World::with_person();
    let message = world.start(jane).message.unwrap().id;
    world.accept(LEASE, &[message]);
    world.receive(message, GATEWAY, Delivered, None);
    assert_eq!(world.records.deliveries[&message].receipt, Some((Delivered, at(0))));
    assert!(world.records.reports.is_empty());
    assert!(world.verification(jane).code.is_some(), "delivered is not verified");
}

proptest! {
    /// Whatever comes in whatever order, before or after the acceptance: states
    /// only move forward, and each step forward is told once, in order.
    #[test]
    fn states_only_move_forward(
        receipts in prop::collection::vec((0..8_usize, any::<bool>()), 1..12),
        accepted_after in 0..12_usize,
    ) {
        let (mut world, _) = World::with_person();
        let request = world.text_to(MINE, NUMBER);
        let (id, message) = world.send(&request);
        let message = message.unwrap().id;
        let (mut strongest, mut steps) = (0, Vec::new());
        for (n, (state, is_ours)) in receipts.into_iter().enumerate() {
            world.advance_ms(i64::from(is_ours));
            if n == accepted_after {
                world.accept(LEASE, &[message]);
            }
            let state = ReceiptState::ALL[state];
            // A stranger is known as one as soon as somebody took it.
            let is_taken = world.records.deliveries.contains_key(&message);
            let gateway = if is_ours || !is_taken { GATEWAY } else { "stranger" };
            let before = world.records.clone();
            let outcome = world.receive(message, gateway, state, None);
            let is_raised = gateway == GATEWAY && rank(state) > strongest;
            prop_assert_eq!(matches!(outcome, ReceiptOutcome::Raised(_)), is_raised);
            if is_raised {
                strongest = rank(state);
                steps.push(SmsState::Reported(state));
            } else {
                prop_assert_eq!(&world.records, &before);
            }
        }
        let last = steps.last().copied().unwrap_or(SmsState::Sent);
        prop_assert_eq!(world.sms(id).state, last);
        let told: Vec<SmsState> = told(&world).into_iter().map(|(state, _)| state).collect();
        prop_assert_eq!(told, steps, "in the order of their ids");
        prop_assert!(world.records.messages.is_empty());
    }
}
