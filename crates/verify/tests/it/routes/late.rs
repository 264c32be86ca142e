//! Answers that come after the wait for them: what they make of a message that
//! waits, is with another gateway, or is over (`delivery.md` 3.2, 8.2).

use ringproof_verify::engine::outbox::late::LateRefusal;
use ringproof_verify::engine::outbox::{
    Acceptance, Attempt, Promise, Refusal, RefusedHandOver, RefusedOutcome,
};
use ringproof_verify::engine::reference::{Meant, NamedReceipt};
use ringproof_verify::engine::start::StartOutcome;
use ringproof_verify::record::{
    Balance, DeliveryState, Method, OutgoingMessage, ReceiptState, SmsState,
};

use super::{charged, kept_until, refuse, says, started};
use crate::confirming::{MINE, NUMBER};
use crate::world::{LEASE, Person, World, at};

/// The names that the late acceptance gives.
const NAME: &str = "=a1";

fn taken(message: &OutgoingMessage) -> Acceptance {
    Acceptance {
        attempt: Attempt::of(message),
        choice: "first".to_owned(),
        parts: vec![vec![NAME.to_owned()]],
        keep_until: None,
    }
}

fn not_taken(message: &OutgoingMessage, refusal: Refusal) -> RefusedHandOver<'static> {
    let attempt = Attempt::of(message);
    RefusedHandOver {
        attempt,
        gateway: "one",
        choice: "first",
        refusal,
        has_other: false,
        has_later: false,
        promise: Promise::AtLeastOnce,
    }
}

/// `one` left the message in doubt, and nobody has it now.
fn waiting() -> (World, Person, OutgoingMessage) {
    let (mut world, jane, message) = started();
    world.go_to(8);
    refuse(&mut world, &message, "one", Refusal::InDoubt, false);
    assert_eq!(world.records.messages[&message.id].in_doubt, 1);
    (world, jane, message)
}

/// The same, and `two` has it in hand.
fn with_two() -> (World, OutgoingMessage, OutgoingMessage) {
    let (mut world, _, message) = waiting();
    world.go_to(9);
    let claimed = world.claim(8).messages.remove(0);
    (world, message, claimed)
}

/// Which message a receipt by the name of the late acceptance is about.
fn found(world: &mut World) -> Meant {
    world.find(&NamedReceipt {
        gateway: "one".to_owned(),
        forms: vec![NAME.to_owned()],
        sender: None,
        number: None,
        state: ReceiptState::Delivered,
        cause: None,
        code: None,
    })
}

#[test]
fn a_message_that_waits_for_another_try_is_settled_and_not_sent_twice() {
    let (mut world, _, message) = waiting();
    let told = world.accept_late("one", &taken(&message));
    assert_eq!(told.settled.map(|settled| settled.id), Some(message.id));
    assert!(world.records.messages.is_empty());
    world.go_to(20);
    assert!(world.claim(8).messages.is_empty(), "it is not sent a second time");
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((&*delivery.gateway, delivery.state), ("one", DeliveryState::Accepted));
    assert_eq!((&*delivery.trail.to_string(), delivery.in_doubt), ("one:accepted", 0));
    assert_eq!(charged(&world), 1);
    assert_eq!(found(&mut world), Meant::Message(message.id, Some(0)));
}

#[test]
fn it_is_kept_for_another_gateway_as_if_it_had_been_taken_in_time() {
    let (mut world, _, message) = waiting();
    let acceptance = Acceptance { attempt: Attempt::of(&message), ..kept_until(message.id, 25) };
    assert!(world.accept_late("one", &acceptance).settled.is_some());
    let kept = &world.records.messages[&message.id];
    assert!(kept.is_kept && kept.lease == 0 && kept.next_at == at(25));
    assert_eq!((&*kept.trail.to_string(), kept.in_doubt), ("one:accepted", 0));
}

/// The answer overtakes the note of its own doubt.
#[test]
fn an_answer_that_comes_before_its_doubt_is_noted_settles_the_hand_over() {
    let (mut world, _, message) = started();
    assert!(world.accept_late("one", &taken(&message)).settled.is_some());
    let before = world.records.clone();
    let hand_over = not_taken(&message, Refusal::InDoubt);
    assert_eq!(world.refuse_so(LEASE, &message, &hand_over), RefusedOutcome::NotOurs);
    assert_eq!(world.records, before);
    let (mut world, _, message) = started();
    let told = world.refuse_late(&not_taken(&message, Refusal::Throttled(None)));
    assert_eq!(told, LateRefusal::Decided(RefusedOutcome::Retry(at(1))));
    let hand_over = not_taken(&message, Refusal::InDoubt);
    assert_eq!(world.refuse_so(LEASE, &message, &hand_over), RefusedOutcome::NotOurs);
    world.go_to(1);
    let again = world.claim(LEASE).messages.remove(0);
    assert_ne!(Attempt::of(&again), Attempt::of(&message), "the old call settles no new one");
}

#[test]
fn a_message_that_was_handed_on_is_only_made_known() {
    let (mut world, message, claimed) = with_two();
    let before = world.records.messages.clone();
    assert!(world.accept_late("one", &taken(&message)).settled.is_none());
    assert_eq!(world.records.messages, before, "two has it in hand");
    assert_eq!(found(&mut world), Meant::Message(message.id, Some(0)));
    world.accept_so("two", 8, &[kept_until(claimed.id, 0)]);
    let receipt = says(message.id, "one", ReceiptState::Delivered);
    world.receive_as(&receipt);
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!(delivery.receipt, Some((ReceiptState::Delivered, at(9))));
}

#[test]
fn a_receipt_that_came_first_is_given_with_the_late_acceptance() {
    let (mut world, message, _) = with_two();
    assert_eq!(found(&mut world), Meant::Orphan);
    let early = world.accept_late("one", &taken(&message)).early;
    assert_eq!(early.len(), 1);
    assert_eq!((&*early[0].form, early[0].state), (NAME, ReceiptState::Delivered));
}

#[test]
fn what_ended_as_failed_was_taken_after_all() {
    let (mut world, message, claimed) = with_two();
    refuse(&mut world, &claimed, "two", Refusal::Content, false);
    assert_eq!(world.records.deliveries[&message.id].state, DeliveryState::Failed);
    assert!(world.accept_late("one", &taken(&message)).settled.is_none());
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((&*delivery.gateway, delivery.state), ("one", DeliveryState::Accepted));
    assert_eq!((&*delivery.trail.to_string(), delivery.in_doubt), ("one:accepted", 0));
    assert_eq!((delivery.attempts, charged(&world)), (2, 1));
    assert_eq!(found(&mut world), Meant::Message(message.id, Some(0)));
}

#[test]
fn what_another_gateway_took_stays_with_that_one() {
    let (mut world, message, claimed) = with_two();
    world.accept_so("two", 8, &[kept_until(claimed.id, 0)]);
    world.receive_as(&says(message.id, "two", ReceiptState::Delivered));
    world.accept_late("one", &taken(&message));
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((&*delivery.gateway, delivery.state), ("two", DeliveryState::Accepted));
    assert_eq!(delivery.receipt, Some((ReceiptState::Delivered, at(9))), "never taken back");
    assert_eq!(delivery.trail.to_string(), "two:accepted,one:accepted");
    assert_eq!(delivery.in_doubt, 0);
}

#[test]
fn a_late_refusal_ends_the_wait_as_one_in_time_does() {
    let (mut world, jane, message) = waiting();
    let refusal = Refusal::Destination { confirm: false };
    let told = world.refuse_late(&not_taken(&message, refusal));
    assert!(matches!(told, LateRefusal::Decided(RefusedOutcome::Ended(_))), "{told:?}");
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((&*delivery.trail.to_string(), delivery.in_doubt), ("one:refused_dest", 0));
    assert_eq!(charged(&world), 0, "it surely was not sent");
    let again = world.try_start(jane, Method::Sms);
    assert!(matches!(again, StartOutcome::Started(s) if s.message.is_some()));
}

#[test]
fn a_late_refusal_that_may_change_leaves_the_message_to_its_next_try() {
    for refusal in [Refusal::Temporary, Refusal::Throttled(None), Refusal::GatewayDown] {
        let (mut world, _, message) = waiting();
        let told = world.refuse_late(&not_taken(&message, refusal));
        assert_eq!(told, LateRefusal::Decided(RefusedOutcome::Retry(at(9))), "{refusal:?}");
        let waiting = &world.records.messages[&message.id];
        assert_eq!((waiting.in_doubt, waiting.attempts, waiting.lease), (0, 1, 0), "{refusal:?}");
        assert!(!waiting.trail.may_be_with("one"), "{refusal:?}");
        assert_eq!(charged(&world), 1);
    }
}

#[test]
fn after_a_late_refusal_the_end_elsewhere_gives_the_send_back() {
    // The refusal comes while another gateway is asked, and after the end.
    for is_before in [true, false] {
        let (mut world, message, claimed) = with_two();
        let late = not_taken(&message, Refusal::GatewayDown);
        if is_before {
            assert_eq!(world.refuse_late(&late), LateRefusal::Cleared);
            assert_eq!(world.records.messages[&message.id].lease, 8, "two goes on");
        }
        refuse(&mut world, &claimed, "two", Refusal::Content, false);
        assert_eq!(charged(&world), usize::from(!is_before));
        if !is_before {
            assert_eq!(world.refuse_late(&late), LateRefusal::Cleared);
        }
        let delivery = &world.records.deliveries[&message.id];
        assert_eq!((&*delivery.trail.to_string(), delivery.in_doubt), ("one:route_down", 0));
        assert_eq!((delivery.state, charged(&world)), (DeliveryState::Failed, 0));
        assert_eq!(world.refuse_late(&late), LateRefusal::Nothing, "it is told once");
    }
}

#[test]
fn the_doubt_of_the_second_send_is_taken_away_and_the_first_send_stays() {
    let (mut world, _, message) = super::released();
    assert_eq!(charged(&world), 2);
    refuse(&mut world, &message, "two", Refusal::InDoubt, false);
    assert!(world.records.messages.is_empty(), "no third gateway gets it");
    assert_eq!((charged(&world), world.records.deliveries[&message.id].in_doubt), (2, 1));
    let late = RefusedHandOver { gateway: "two", ..not_taken(&message, Refusal::Temporary) };
    assert_eq!(world.refuse_late(&late), LateRefusal::Cleared);
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!(delivery.trail.to_string(), "one:accepted,two:retry");
    assert_eq!((&*delivery.gateway, delivery.in_doubt, charged(&world)), ("one", 0, 1));
}

/// Only a fail-over counts a second send; a try that follows a doubt does not.
#[test]
fn a_late_refusal_of_a_message_that_was_sent_once_gives_nothing_back() {
    for is_sent_again in [false, true] {
        let (mut world, jane, message) = waiting();
        world.go_to(9);
        let claimed = world.claim(8).messages.remove(0);
        world.accept_so("two", 8, &[kept_until(claimed.id, 0)]);
        if is_sent_again {
            world.go_to(100);
            world.start(jane).message.expect("the person asks once more");
        }
        let counted = (world.records.numbers.clone(), world.records.accounts.clone());
        assert_eq!(charged(&world), 1 + usize::from(is_sent_again));
        assert_eq!(world.refuse_late(&late_of(&message)), LateRefusal::Cleared);
        let left = (world.records.numbers.clone(), world.records.accounts.clone());
        assert_eq!(left, counted, "is_sent_again: {is_sent_again}");
        let delivery = &world.records.deliveries[&message.id];
        assert_eq!((&*delivery.trail.to_string(), delivery.in_doubt), ("two:accepted", 0));
    }
}

/// Two doubts, of one send: the first gateway took it, as it says late.
#[test]
fn a_late_refusal_after_a_late_acceptance_gives_nothing_back() {
    let (mut world, message, claimed) = with_two();
    refuse(&mut world, &claimed, "two", Refusal::InDoubt, false);
    assert_eq!(world.records.deliveries[&message.id].in_doubt, 2);
    world.accept_late("one", &taken(&message));
    let late = RefusedHandOver { gateway: "two", ..not_taken(&claimed, Refusal::Temporary) };
    assert_eq!(world.refuse_late(&late), LateRefusal::Cleared);
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((&*delivery.trail.to_string(), delivery.in_doubt), ("two:retry,one:accepted", 0));
    assert_eq!(charged(&world), 1);
}

/// The program that handed the message to `two` died, so that one may have it.
#[test]
fn a_late_refusal_does_not_speak_for_a_hand_over_that_was_lost() {
    let is_kept_in_doubt = |world: &World, message: &OutgoingMessage, of: &str| {
        let delivery = &world.records.deliveries[&message.id];
        assert_eq!((delivery.state, delivery.in_doubt), (DeliveryState::Failed, 1), "{of}");
        assert_eq!(charged(world), 1, "{of}");
    };
    // It comes while nobody has the message; while `three` has; and after the end.
    let (mut world, message, _) = with_two();
    world.release_all();
    let told = world.refuse_late(&late_of(&message));
    assert!(matches!(told, LateRefusal::Decided(RefusedOutcome::Ended(_))), "{told:?}");
    is_kept_in_doubt(&world, &message, "waiting");
    for is_before in [true, false] {
        for last in [Refusal::Content, Refusal::Destination { confirm: false }] {
            let (mut world, message, _) = with_two();
            world.release_all();
            let third = world.claim(8).messages.remove(0);
            if is_before {
                assert_eq!(world.refuse_late(&late_of(&message)), LateRefusal::Cleared);
            }
            refuse(&mut world, &third, "three", last, false);
            if !is_before {
                assert_eq!(world.refuse_late(&late_of(&message)), LateRefusal::Cleared);
            }
            is_kept_in_doubt(&world, &message, &format!("{is_before} {last:?}"));
        }
    }
}

/// Each may have been the last doubt; that of the lost one is none of them.
#[test]
fn a_lost_hand_over_before_a_doubt_is_not_taken_away_with_it() {
    let (mut world, _, message) = started();
    world.release_all();
    let second = world.claim(8).messages.remove(0);
    refuse(&mut world, &second, "one", Refusal::InDoubt, false);
    assert_eq!(world.records.deliveries[&message.id].in_doubt, 2);
    assert_eq!(world.refuse_late(&late_of(&second)), LateRefusal::Cleared);
    assert_eq!((world.records.deliveries[&message.id].in_doubt, charged(&world)), (1, 1));
}

#[test]
fn a_receipt_knows_better_than_a_late_refusal() {
    let (mut world, _, message) = waiting();
    world.receive_as(&says(message.id, "one", ReceiptState::Accepted));
    let before = world.records.clone();
    let late = not_taken(&message, Refusal::Content);
    assert_eq!(world.refuse_late(&late), LateRefusal::Nothing);
    assert_eq!(world.records, before);
    let (mut world, message, claimed) = with_two();
    refuse(&mut world, &claimed, "two", Refusal::Content, false);
    world.receive_as(&says(message.id, "one", ReceiptState::Delivered));
    let before = world.records.clone();
    assert_eq!(world.refuse_late(&late_of(&message)), LateRefusal::Nothing);
    assert_eq!(world.records, before);
}

fn late_of(message: &OutgoingMessage) -> RefusedHandOver<'static> {
    not_taken(message, Refusal::Content)
}

#[test]
fn an_answer_about_a_message_that_nobody_knows_changes_nothing() {
    let (mut world, _, message) = waiting();
    world.records.messages.clear();
    let before = world.records.clone();
    assert!(world.accept_late("one", &taken(&message)).settled.is_none());
    assert_eq!(world.refuse_late(&late_of(&message)), LateRefusal::Nothing);
    assert_eq!(world.records, before);
    // A gateway that left no doubt is not believed.
    let (mut world, message, claimed) = with_two();
    refuse(&mut world, &claimed, "two", Refusal::Content, false);
    let before = world.records.deliveries.clone();
    let of_three = RefusedHandOver { gateway: "three", ..late_of(&message) };
    assert_eq!(world.refuse_late(&of_three), LateRefusal::Nothing);
    world.accept_late("three", &taken(&message));
    assert_eq!(world.records.deliveries, before);
}

/// A client's message that `one` left in doubt and `two` refused; it was charged.
fn of_client() -> (World, ringproof_verify::ids::SmsId, OutgoingMessage) {
    let (mut world, _) = World::with_person();
    world.add_account(MINE);
    world.credit(MINE, 100_000);
    let (id, message) = world.send(&world.text_to(MINE, NUMBER));
    let message = message.expect("it goes at once");
    refuse(&mut world, &message, "one", Refusal::InDoubt, true);
    world.advance(30);
    let claimed = world.claim(8).messages.remove(0);
    refuse(&mut world, &claimed, "two", Refusal::Content, false);
    assert_eq!(world.sms(id).state, SmsState::InDoubt);
    assert_eq!(world.balance(MINE), Some(Balance { amount: 88_000, reserved: 0 }));
    (world, id, message)
}

#[test]
fn a_client_gets_back_what_a_late_refusal_shows_was_not_sent() {
    let (mut world, id, message) = of_client();
    let reports = world.records.reports.len();
    assert_eq!(world.refuse_late(&late_of(&message)), LateRefusal::Cleared);
    assert_eq!((world.sms(id).state, world.sms(id).price), (SmsState::NotTaken, 0));
    assert_eq!(world.balance(MINE), Some(Balance { amount: 100_000, reserved: 0 }));
    assert_eq!(world.records.reports.len(), reports, "it was told that it failed");
    assert_eq!(charged(&world), 0);
}

#[test]
fn a_client_that_was_told_of_the_failure_is_told_of_the_delivery_only() {
    let (mut world, id, message) = of_client();
    world.accept_late("one", &taken(&message));
    assert_eq!(world.sms(id).state, SmsState::InDoubt, "what was told stays");
    assert_eq!(world.records.deliveries[&message.id].state, DeliveryState::Accepted);
    assert_eq!(world.balance(MINE), Some(Balance { amount: 88_000, reserved: 0 }));
    world.receive_as(&says(message.id, "one", ReceiptState::Delivered));
    assert_eq!(world.sms(id).state, SmsState::Reported(ReceiptState::Delivered));
}
