//! Whose receipts count when several gateways had a message, and what receipts
//! of parts say of the whole (S-51, S-89).

use ringproof_verify::engine::fail_over::FailOver;
use ringproof_verify::engine::outbox::{Acceptance, Refusal};
use ringproof_verify::engine::receipt::{ReceiptOutcome, ReceiptRequest};
use ringproof_verify::ids::MessageId;
use ringproof_verify::limits::LEASE_SECONDS;
use ringproof_verify::record::ReceiptState::{Accepted, Delivered, Failed, Unknown};
use ringproof_verify::record::{Cause, DeliveryState, ReceiptState, SmsState};

use super::{kept, kept_until, refuse, released, says, says_in_hand, started, trail};
use crate::confirming::{MINE, NUMBER};
use crate::dispatcher::current;
use crate::world::{LEASE, World, at};

fn is_raised(outcome: &ReceiptOutcome) -> bool {
    matches!(outcome, ReceiptOutcome::Raised(_))
}

/// No receipt of this gateway changes anything.
#[track_caller]
fn assert_stranger(world: &mut World, message: MessageId, gateway: &str) {
    let before = world.records.clone();
    for state in ReceiptState::ALL {
        let outcome = world.receive_as(&says(message, gateway, state));
        assert_eq!(outcome, ReceiptOutcome::Unknown, "{gateway}, {state:?}");
        assert_eq!(world.records, before, "{gateway}, {state:?}");
    }
}

/// In doubt at the first gateway, refused for good by the second: the message
/// ended there, and the first one's receipt still counts.
#[test]
fn a_gateway_that_was_left_in_doubt_may_report_after_the_end_elsewhere() {
    for end in [Refusal::Content, Refusal::InDoubt, Refusal::Destination { confirm: false }] {
        let (mut world, _, message) = started();
        refuse(&mut world, &message, "one", Refusal::InDoubt, true);
        let again = world.claim(8).messages.remove(0);
        refuse(&mut world, &again, "two", end, false);
        let ended = &world.records.deliveries[&message.id];
        assert_eq!((&*ended.gateway, ended.state), ("two", DeliveryState::Failed), "{end:?}");
        world.go_to(9);
        assert_stranger(&mut world, message.id, "three");
        if end != Refusal::InDoubt {
            assert_stranger(&mut world, message.id, "two");
        }
        assert!(is_raised(&world.receive_as(&says(message.id, "one", Delivered))), "{end:?}");
        assert_eq!(world.records.deliveries[&message.id].receipt, Some((Delivered, at(9))));
    }
}

#[test]
fn every_gateway_that_took_it_may_report_and_no_other() {
    let (mut world, _, message) = released();
    world.accept_so("two", 8, &[kept_until(message.id, 0)]);
    for gateway in ["three", "", "one ", "ONE", "one:accepted", "one,two"] {
        assert_stranger(&mut world, message.id, gateway);
    }
    for gateway in ["one", "two"] {
        let mut world = world.clone();
        let outcome = world.receive_as(&says(message.id, gateway, Delivered));
        assert!(is_raised(&outcome), "{gateway}");
    }
}

#[test]
fn a_gateway_that_did_not_take_it_is_a_stranger() {
    for refusal in [
        Refusal::GatewayDown,
        Refusal::Unreached,
        Refusal::Temporary,
        Refusal::Destination { confirm: true },
    ] {
        let (mut world, _, message) = started();
        refuse(&mut world, &message, "one", refusal, true);
        assert_stranger(&mut world, message.id, "one");
        world.advance(1);
        world.claim(8);
        world.accept_so("two", 8, &[kept_until(message.id, 0)]);
        assert_stranger(&mut world, message.id, "one");
    }
}

/// What waits in doubt at one gateway is not ended by the word of another.
#[test]
fn a_stranger_does_not_end_the_doubt() {
    let (mut world, _, message) = started();
    refuse(&mut world, &message, "one", Refusal::InDoubt, true);
    assert_stranger(&mut world, message.id, "two");
    assert!(is_raised(&world.receive_as(&says(message.id, "one", Accepted))));
    assert!(world.records.messages.is_empty());
    assert_eq!(trail(&world, message.id), "one:in_doubt");
}

#[test]
fn a_hand_over_lost_with_the_program_may_be_reported_by_any_gateway() {
    let (mut world, _, message) = started();
    world.release_all();
    let outcome = world.receive_as(&says(message.id, "one", Delivered));
    assert!(is_raised(&outcome), "nobody knows which one it was");
    assert_eq!(world.records.deliveries[&message.id].gateway, "one");
}

#[test]
fn a_message_for_one_gateway_only_is_reported_by_that_one_only() {
    let (mut world, _) = World::with_person();
    let mut request = world.text_to(MINE, NUMBER);
    request.only_gateway = Some("one".to_owned());
    let message = world.send(&request).1.expect("it goes at once");
    assert_stranger(&mut world, message.id, "two");
    let of_two = says_in_hand(message.id, "two", Accepted);
    assert_eq!(world.receive_as(&of_two), ReceiptOutcome::Unknown);
    assert!(is_raised(&world.receive_as(&says_in_hand(message.id, "one", Accepted))));
}

/// A message that waits in memory, or is with another gateway, is nobody's to
/// report on; when its lease is over nobody knows any more where it was.
#[test]
fn while_a_message_is_leased_only_the_gateway_that_is_asked_may_report() {
    let (mut world, _, message) = started();
    for second in [0, LEASE_SECONDS - 1] {
        world.go_to(second);
        for gateway in ["one", "two", ""] {
            assert_stranger(&mut world, message.id, gateway);
        }
        let mut world = world.clone();
        assert!(is_raised(&world.receive_as(&says_in_hand(message.id, "one", Delivered))));
        let delivery = &world.records.deliveries[&message.id];
        assert_eq!((&*delivery.gateway, &*delivery.choice), ("one", "in hand"));
    }
    world.go_to(LEASE_SECONDS);
    assert!(is_raised(&world.receive_as(&says(message.id, "two", Delivered))));
    // The same for the second hand-over of a code that one gateway took.
    let (mut world, _, message) = released();
    assert_stranger(&mut world, message.id, "two");
    assert!(is_raised(&world.receive_as(&says_in_hand(message.id, "two", Delivered))));
}

/// The second gateway reports before its answer is noted.
#[test]
fn an_early_receipt_of_the_second_gateway_counts() {
    let (mut world, _, message) = released();
    world.go_to(26);
    assert!(is_raised(&world.receive_as(&says_in_hand(message.id, "two", Failed))));
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((&*delivery.gateway, delivery.receipt), ("two", Some((Failed, at(26)))));
    assert_eq!(delivery.trail.to_string(), "one:accepted,two:accepted");
    assert!(is_raised(&world.receive_as(&says(message.id, "one", Delivered))));
    let before = world.records.clone();
    world.accept_so("two", 8, &[kept_until(message.id, 60)]);
    assert_eq!(world.records, before, "its answer takes nothing back");
}

/// The first gateway delivers after all, while the second is being asked.
#[test]
fn a_late_delivery_stops_the_second_hand_over_and_is_never_taken_back() {
    // Leased, and its call is under way.
    let (mut world, _, message) = released();
    assert!(is_raised(&world.receive_as(&says(message.id, "one", Delivered))));
    let before = world.records.clone();
    world.accept_so("two", 8, &[kept_until(message.id, 60)]);
    assert_eq!(world.records, before);
    assert_eq!(before.deliveries[&message.id].receipt, Some((Delivered, at(25))));
    // Free, and not claimed yet.
    let (mut world, _, message) = kept();
    world.go_to(25);
    assert_eq!(world.fail_over(&message), FailOver::Released);
    world.receive_as(&says(message.id, "one", Delivered));
    assert!(world.claim(8).messages.is_empty(), "the handset has it");
    assert!(world.records.messages.is_empty());
}

#[test]
fn the_cause_and_code_of_a_failure_are_kept_and_go_when_it_is_delivered() {
    let (mut world, _, message) = kept();
    let failed = ReceiptRequest {
        cause: Some(Cause::Network),
        code: Some("é".repeat(40)),
        ..says(message.id, "one", Failed)
    };
    assert!(is_raised(&world.receive_as(&failed)));
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!(delivery.cause, Some(Cause::Network));
    assert_eq!(delivery.code.as_deref(), Some(&*"é".repeat(32)));
    let delivered = ReceiptRequest { code: None, ..failed };
    world.receive_as(&ReceiptRequest { state: Delivered, ..delivered });
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((delivery.cause, delivery.code.as_ref()), (None, None));
}

/// A client's message of three parts that `one` took.
fn of_three_parts() -> (World, MessageId, ringproof_verify::ids::SmsId) {
    let (mut world, _) = World::with_person();
    let request = world.text_to(MINE, NUMBER);
    let (id, message) = world.send(&request);
    let message = message.expect("it goes at once").id;
    let parts = ["a", "b", "c"].map(|name| vec![format!("={name}")]).to_vec();
    let acceptance =
        Acceptance { attempt: current(message), choice: String::new(), parts, keep_until: None };
    world.accept_so("one", LEASE, &[acceptance]);
    (world, message, id)
}

fn part_says(world: &mut World, message: MessageId, n: u16, state: ReceiptState) -> ReceiptOutcome {
    world.receive_as(&ReceiptRequest { part: Some(n), ..says(message, "one", state) })
}

#[test]
fn a_message_is_delivered_when_all_its_parts_are_in_whatever_order() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (mut world, message, sms) = of_three_parts();
        for n in &order[..2] {
            let outcome = part_says(&mut world, message, *n, Delivered);
            assert!(matches!(outcome, ReceiptOutcome::Part(_)), "{order:?}: {outcome:?}");
            assert_eq!(part_says(&mut world, message, *n, Delivered), ReceiptOutcome::Stale);
            assert_eq!(world.sms(sms).state, SmsState::Sent, "{order:?}");
            assert_eq!(world.records.deliveries[&message].receipt, None);
        }
        assert!(is_raised(&part_says(&mut world, message, order[2], Delivered)), "{order:?}");
        assert_eq!(world.sms(sms).state, SmsState::Reported(Delivered));
        assert_eq!(world.records.deliveries[&message].parts, [Some(Delivered); 3]);
        assert_eq!(part_says(&mut world, message, order[0], Failed), ReceiptOutcome::Stale);
    }
}

#[test]
fn a_message_has_failed_when_one_part_has() {
    let (mut world, message, sms) = of_three_parts();
    assert!(is_raised(&part_says(&mut world, message, 0, Accepted)), "it is on its way");
    assert!(matches!(part_says(&mut world, message, 0, Delivered), ReceiptOutcome::Part(_)));
    assert!(is_raised(&part_says(&mut world, message, 1, Failed)));
    assert_eq!(world.sms(sms).state, SmsState::Reported(Failed));
    // The last one alone does not make it whole, and the failed one may.
    assert!(matches!(part_says(&mut world, message, 2, Delivered), ReceiptOutcome::Part(_)));
    assert_eq!(world.sms(sms).state, SmsState::Reported(Failed));
    assert!(is_raised(&part_says(&mut world, message, 1, Delivered)));
    assert_eq!(world.sms(sms).state, SmsState::Reported(Delivered));
}

#[test]
fn a_weak_receipt_of_a_part_is_replaced_by_a_strong_one() {
    let (mut world, message, _) = of_three_parts();
    for n in 0..3 {
        part_says(&mut world, message, n, Unknown);
        assert_eq!(part_says(&mut world, message, n, Accepted), ReceiptOutcome::Stale);
    }
    for n in 0..2 {
        assert!(matches!(part_says(&mut world, message, n, Delivered), ReceiptOutcome::Part(_)));
    }
    world.go_to(250_000);
    assert!(is_raised(&part_says(&mut world, message, 2, Delivered)), "late is not too late");
}

#[test]
fn a_receipt_of_the_whole_needs_no_parts() {
    let (mut world, message, sms) = of_three_parts();
    assert!(is_raised(&world.receive_as(&says(message, "one", Delivered))));
    assert_eq!(world.sms(sms).state, SmsState::Reported(Delivered));
}

/// In the same step, so that nothing can come between.
#[test]
fn the_repeats_of_a_number_confirmation_stop_with_the_delivery_whoever_tells_it() {
    for (repeats_after_delivery, is_stopped) in [(false, true), (true, false)] {
        // Before the acceptance is noted, after it, and by the gateway in doubt.
        for story in ["early", "accepted", "in doubt"] {
            let (mut world, _) = World::with_person();
            let started = world.confirm();
            let message = started.message.expect("a message is due");
            match story {
                "accepted" => drop(world.accept_so("one", LEASE, &[kept_until(message.id, 25)])),
                "in doubt" => {
                    refuse(&mut world, &message, "one", Refusal::InDoubt, true);
                    let again = world.claim(8).messages.remove(0);
                    refuse(&mut world, &again, "two", Refusal::Content, false);
                }
                _ => {}
            }
            let mut receipt = says(message.id, "one", Failed);
            receipt.in_hand = (story == "early").then(String::new);
            receipt.repeats_after_delivery = repeats_after_delivery;
            assert!(is_raised(&world.receive_as(&receipt)), "{story}");
            assert!(world.repeat_at(started.id).is_some(), "{story}: it did not arrive");
            receipt.state = Delivered;
            assert!(is_raised(&world.receive_as(&receipt)), "{story}");
            assert_eq!(world.repeat_at(started.id).is_none(), is_stopped, "{story}");
        }
    }
}

#[test]
fn a_failure_at_the_gateway_in_doubt_leaves_the_message_on_its_way_to_another() {
    let (mut world, _, message) = started();
    refuse(&mut world, &message, "one", Refusal::InDoubt, true);
    let claimed = world.claim(8).messages.remove(0);
    let failed = says(message.id, "one", ReceiptState::Undeliverable);
    assert_eq!(world.receive_as(&failed), ReceiptOutcome::Stale);
    assert_eq!(world.records.messages[&message.id].lease, 8, "the other one is being asked");
    world.accept_so("two", 8, &[kept_until(claimed.id, 100)]);
    assert!(is_raised(&world.receive_as(&says(message.id, "two", Delivered))));
}

#[test]
fn a_failure_that_overtakes_the_answer_brings_another_gateway_too() {
    let (mut world, _, message) = started();
    let failed =
        ReceiptRequest { cause: Some(Cause::Network), ..says_in_hand(message.id, "one", Failed) };
    assert!(is_raised(&world.receive_as(&failed)));
    world.accept_so("one", LEASE, &[kept_until(message.id, 100)]);
    assert_eq!(world.fail_over(&message), FailOver::Released);
    let claimed = world.claim(8).messages.remove(0);
    assert_eq!(claimed.trail.to_string(), "one:accepted");
}
