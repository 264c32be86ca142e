//! What becomes of clients' messages in doubt, as the operator promises it
//! (`delivery.md` 8.4).

use ringproof_verify::engine::outbox::late::LateRefusal;
use ringproof_verify::engine::outbox::{
    Acceptance, Attempt, Promise, Refusal, RefusedHandOver, RefusedOutcome,
};
use ringproof_verify::ids::SmsId;
use ringproof_verify::record::{Balance, DeliveryState, OutgoingMessage, ReceiptState, SmsState};

use crate::confirming::{MINE, NUMBER};
use crate::world::{LEASE, World, at};

/// A client's message, charged, that is being handed over.
fn of_client(promise: Promise) -> (World, SmsId, OutgoingMessage) {
    let (mut world, _) = World::with_person();
    world.promise = promise;
    world.add_account(MINE);
    world.credit(MINE, 100_000);
    let (id, message) = world.send(&world.text_to(MINE, NUMBER));
    (world, id, message.expect("it goes at once"))
}

fn in_doubt(promise: Promise) -> (World, SmsId, OutgoingMessage) {
    let (mut world, id, message) = of_client(promise);
    world.refuse(LEASE, &message, Refusal::InDoubt);
    (world, id, message)
}

fn late(message: &OutgoingMessage, refusal: Refusal) -> RefusedHandOver<'static> {
    RefusedHandOver {
        attempt: Attempt::of(message),
        gateway: "hook",
        choice: "first",
        refusal,
        has_other: false,
        has_later: false,
        promise: Promise::AtMostOnce,
    }
}

#[test]
fn at_least_once_waits_for_the_receipt_and_repeats_once_whoever_is_asked() {
    for has_other in [false, true] {
        let (mut world, id, message) = of_client(Promise::AtLeastOnce);
        let promise = Promise::AtLeastOnce;
        let hand_over = RefusedHandOver { has_other, promise, ..late(&message, Refusal::InDoubt) };
        let outcome = world.refuse_so(LEASE, &message, &hand_over);
        assert_eq!(outcome, RefusedOutcome::Retry(at(30)), "{has_other}");
        world.go_to(29);
        assert!(world.claim(8).messages.is_empty());
        world.go_to(30);
        let again = world.claim(8).messages.remove(0);
        let outcome = world.refuse(8, &again, Refusal::InDoubt);
        assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{outcome:?}");
        assert_eq!(world.sms(id).state, SmsState::InDoubt);
    }
}

#[test]
fn at_most_once_waits_for_the_receipt_and_ends_without_one() {
    let (mut world, id, message) = of_client(Promise::AtMostOnce);
    let hand_over = RefusedHandOver { has_other: true, ..late(&message, Refusal::InDoubt) };
    let outcome = world.refuse_so(LEASE, &message, &hand_over);
    assert_eq!(outcome, RefusedOutcome::Waits(at(30)));
    world.go_to(29);
    assert!(world.claim(8).messages.is_empty() && world.end_due().is_empty());
    assert_eq!(world.sms(id).state, SmsState::Queued, "nothing is told yet");
    world.go_to(30);
    let claimed = world.claim(8);
    assert!(claimed.messages.is_empty());
    assert_eq!(claimed.ended[0].state, DeliveryState::Failed);
    assert_eq!((claimed.ended[0].attempts, claimed.ended[0].in_doubt), (1, 1));
    assert_eq!(world.sms(id).state, SmsState::InDoubt);
    assert_eq!(world.balance(MINE), Some(Balance { amount: 88_000, reserved: 0 }), "it may be out");
}

#[test]
fn it_ends_in_time_also_while_no_gateway_is_open() {
    let (mut world, id, _) = in_doubt(Promise::AtMostOnce);
    world.go_to(30);
    assert_eq!(world.end_due().len(), 1);
    assert_eq!(world.sms(id).state, SmsState::InDoubt);
}

/// The clock jumped while a gateway had it, and no other is open: its answer decides.
#[test]
fn what_is_in_hand_is_no_doubt_while_no_gateway_is_open() {
    let (mut world, id, message) = of_client(Promise::AtMostOnce);
    world.go_to(60);
    let before = world.records.clone();
    assert!(world.end_due_with(LEASE, &[Attempt::of(&message)]).is_empty());
    assert_eq!(world.records, before);
    world.accept(LEASE, &[message.id]);
    assert_eq!(world.sms(id).state, SmsState::Sent);
}

#[test]
fn one_whose_validity_ends_first_ends_then() {
    let (mut world, _) = World::with_person();
    world.promise = Promise::AtMostOnce;
    let mut request = world.text_to(MINE, NUMBER);
    request.validity = ringproof_verify::SignedDuration::from_secs(60);
    let (id, message) = world.send(&request);
    world.go_to(45);
    let message = OutgoingMessage { lease: LEASE, ..message.expect("it goes at once") };
    assert_eq!(world.refuse(LEASE, &message, Refusal::InDoubt), RefusedOutcome::Waits(at(60)));
    world.go_to(60);
    assert_eq!(world.claim(8).ended.len(), 1);
    assert_eq!(world.sms(id).state, SmsState::InDoubt);
}

/// The last word on a client's message is its gateway's, as it would be had the
/// answer come: one that failed is not sent again either.
#[test]
fn a_receipt_in_the_wait_settles_it_under_both_promises() {
    for promise in [Promise::AtLeastOnce, Promise::AtMostOnce] {
        for state in [ReceiptState::Delivered, ReceiptState::Undeliverable] {
            let (mut world, id, message) = in_doubt(promise);
            world.go_to(29);
            world.receive(message.id, "hook", state, None);
            assert_eq!(world.sms(id).state, SmsState::Reported(state), "{promise:?}");
            assert!(world.records.messages.is_empty(), "{promise:?}: {state:?}");
        }
    }
}

#[test]
fn a_late_answer_in_the_wait_settles_it() {
    let (mut world, id, message) = in_doubt(Promise::AtMostOnce);
    world.go_to(20);
    world.accept_late(
        "hook",
        &Acceptance {
            attempt: Attempt::of(&message),
            choice: String::new(),
            parts: vec![vec!["=1".to_owned()]],
            keep_until: None,
        },
    );
    assert_eq!(world.sms(id).state, SmsState::Sent);
    assert!(world.records.messages.is_empty());
}

#[test]
fn a_late_no_makes_it_free_to_go_again() {
    let (mut world, id, message) = in_doubt(Promise::AtMostOnce);
    world.go_to(20);
    let outcome = world.refuse_late(&late(&message, Refusal::Temporary));
    assert_eq!(outcome, LateRefusal::Decided(RefusedOutcome::Retry(at(25))));
    world.go_to(25);
    let again = world.claim(8).messages.remove(0);
    world.accept(8, &[again.id]);
    assert_eq!(world.sms(id).state, SmsState::Sent);
}

#[test]
fn a_lease_that_ended_in_hand_is_a_doubt() {
    let (mut world, id, message) = of_client(Promise::AtMostOnce);
    world.go_to(25);
    let claimed = world.claim(8);
    assert!(claimed.messages.is_empty() && claimed.ended.is_empty(), "{claimed:?}");
    assert!(world.claim(8).ended.is_empty(), "its receipt is waited for");
    let waiting = world.records.clone();
    world.advance(29);
    // Nobody knows which gateway had it, so any may say so.
    world.receive(message.id, "other", ReceiptState::Delivered, None);
    assert_eq!(world.sms(id).state, SmsState::Reported(ReceiptState::Delivered));
    world.records = waiting;
    world.advance(1);
    assert_eq!(world.claim(8).ended.len(), 1);
    assert_eq!(world.sms(id).state, SmsState::InDoubt);
}

/// A server that is alone knows at its start that the one before it is dead.
#[test]
fn a_restart_ends_what_was_in_hand_and_its_receipt_still_counts() {
    let (mut world, id, message) = of_client(Promise::AtMostOnce);
    world.release_all();
    let claimed = world.claim(8);
    assert_eq!((claimed.messages.len(), claimed.ended.len()), (0, 1));
    assert_eq!(world.sms(id).state, SmsState::InDoubt);
    world.receive(message.id, "other", ReceiptState::Delivered, None);
    assert_eq!(world.sms(id).state, SmsState::Reported(ReceiptState::Delivered));
}

#[test]
fn what_surely_did_not_go_out_goes_again() {
    for refusal in [Refusal::Temporary, Refusal::Unreached, Refusal::GatewayDown] {
        let (mut world, id, message) = of_client(Promise::AtMostOnce);
        world.refuse(LEASE, &message, refusal);
        world.go_to(5);
        let again = world.claim(8).messages.remove(0);
        world.accept(8, &[again.id]);
        assert_eq!(world.sms(id).state, SmsState::Sent, "{refusal:?}");
    }
}

#[test]
fn a_code_in_doubt_is_repeated_under_both_promises() {
    let (mut world, jane) = World::with_person();
    world.promise = Promise::AtMostOnce;
    let first = *world.start(jane).message.expect("a message is due");
    world.refuse(LEASE, &first, Refusal::InDoubt);
    world.advance(1);
    assert_eq!(world.claim(8).messages[0].id, first.id);
}

/// How a hand-over ends in the story below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotTaken(Refusal),
    Lost,
}

/// Every story of five hand-overs, each of which ends in one of four ways.
#[test]
fn at_most_one_hand_over_is_left_open_in_every_story() {
    const ENDS: [End; 4] = [
        End::NotTaken(Refusal::Temporary),
        End::NotTaken(Refusal::Throttled(None)),
        End::NotTaken(Refusal::InDoubt),
        End::Lost,
    ];
    let mut longest = 0;
    for story in 0..ENDS.len().pow(5) {
        let ends = (0_u32..5).map(|n| ENDS[story / ENDS.len().pow(n) % ENDS.len()]);
        let (mut world, _, message) = of_client(Promise::AtMostOnce);
        let (mut held, mut open, mut hand_overs) = (Some(message), 0, 0);
        for end in ends {
            let Some(message) = held.take() else { break };
            hand_overs += 1;
            let may_be_out = matches!(end, End::Lost | End::NotTaken(Refusal::InDoubt));
            open += u32::from(may_be_out);
            if let End::NotTaken(refusal) = end {
                world.refuse(message.lease, &message, refusal);
            }
            for _ in 0..240 {
                world.advance(10);
                held = held.or_else(|| world.claim(8).messages.pop());
                if held.is_some() {
                    break;
                }
            }
            assert!(!may_be_out || held.is_none(), "story {story}: sent twice");
        }
        assert!(open <= 1, "story {story}");
        longest = longest.max(hand_overs);
    }
    assert_eq!(longest, 5, "stories without a doubt go on");
}
