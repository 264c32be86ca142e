//! A code that one gateway took goes out by another.

use ringproof_verify::engine::fail_over::FailOver;
use ringproof_verify::engine::outbox::Refusal;
use ringproof_verify::engine::receipt::ReceiptRequest;
use ringproof_verify::phone::Countries;
use ringproof_verify::record::{Cause, ReceiptState};

use super::{charged, kept, kept_until, refuse, released, says, trail};
use crate::world::{Person, World, at};

#[test]
fn a_kept_code_is_released_once_when_its_time_has_come() {
    let (mut world, _, message) = kept();
    world.go_to(25);
    world.advance_ms(-1);
    let before = world.records.clone();
    assert_eq!(world.fail_over(&message), FailOver::NotDue);
    assert_eq!(world.records, before);
    world.advance_ms(1);
    assert_eq!(world.fail_over(&message), FailOver::Released);
    assert_eq!(charged(&world), 2, "it counts as a send");
    let of_account: u32 =
        world.records.accounts.values().flat_map(|a| &a.hours).map(|hour| hour.sends).sum();
    assert_eq!(of_account, 2);
    let before = world.records.clone();
    assert_eq!(world.fail_over(&message), FailOver::NotDue, "somebody was quicker");
    assert_eq!(world.records, before);
    let claimed = world.claim(8).messages;
    assert_eq!(claimed.len(), 1);
    assert_eq!((&claimed[0].text, claimed[0].attempts), (&message.text, 2), "the same code");
    assert_eq!(claimed[0].in_doubt, 0, "the first one's answer is known");
}

#[test]
fn the_window_of_thirty_seconds_does_not_hold_it_up_and_the_others_do() {
    type Story = fn(&mut World, Person);
    let stories: [(&str, Story, FailOver); 7] = [
        ("ten seconds later", |_, _| {}, FailOver::Released),
        ("ten minutes", |w, _| w.policy.sends.number_service_per_10min = 1, FailOver::Over),
        ("day of the number", |w, _| w.policy.sends.number_per_day = 1, FailOver::Over),
        ("day of the account", |w, _| w.overrides.account_sms_per_day = Some(1), FailOver::Over),
        ("country", |w, _| w.countries = Countries::parse("FI").unwrap(), FailOver::Over),
        (
            "blocked by the account",
            |w, jane| {
                let number = w.records.users[&jane.user].number_key;
                w.records.blocked.push((jane.account, number));
            },
            FailOver::Over,
        ),
        (
            "blocked by the operator",
            |w, jane| _ = w.blocked.insert(w.records.users[&jane.user].number_key),
            FailOver::Over,
        ),
    ];
    for (story, prepare, expected) in stories {
        let (mut world, jane, message) = super::started();
        world.accept_so("one", crate::world::LEASE, &[kept_until(message.id, 10)]);
        prepare(&mut world, jane);
        world.go_to(10);
        assert_eq!(world.fail_over(&message), expected, "{story}");
        let is_released = expected == FailOver::Released;
        assert_eq!(charged(&world), 1 + usize::from(is_released), "{story}");
        assert_eq!(world.records.messages.contains_key(&message.id), is_released, "{story}");
        assert_eq!(world.records.deliveries[&message.id].trail.to_string(), "one:accepted");
    }
}

#[test]
fn it_is_over_when_the_code_was_entered_or_used_up_or_is_late() {
    type Story = fn(&mut World, Person);
    let stories: [(&str, Story); 5] = [
        ("entered", |world, jane| _ = world.right(jane)),
        ("exhausted", |world, jane| (0..5).for_each(|_| _ = world.wrong(jane))),
        ("removed", |world, jane| _ = world.remove(jane)),
        ("no time left", |world, _| world.go_to(240)),
        ("expired", |world, _| world.go_to(10_000)),
    ];
    for (story, end) in stories {
        let (mut world, jane, message) = kept();
        world.go_to(25);
        end(&mut world, jane);
        // A code that was entered is gone already.
        let is_gone = world.records.messages.is_empty();
        let expected = if is_gone { FailOver::NotDue } else { FailOver::Over };
        assert_eq!(world.fail_over(&message), expected, "{story}");
        assert!(world.records.messages.is_empty(), "{story}: the text is gone");
        assert!(world.claim(8).messages.is_empty(), "{story}");
    }
}

#[test]
fn a_code_that_was_delivered_is_kept_no_longer() {
    let (mut world, _, message) = kept();
    world.receive_as(&says(message.id, "one", ReceiptState::Accepted));
    assert!(world.records.messages.contains_key(&message.id), "on its way is not there");
    world.receive_as(&says(message.id, "one", ReceiptState::Delivered));
    assert!(world.records.messages.is_empty());
    world.go_to(25);
    assert_eq!(world.fail_over(&message), FailOver::NotDue);
}

#[test]
fn a_failure_that_another_gateway_may_help_makes_it_due_at_once() {
    let failed = [
        ReceiptState::Failed,
        ReceiptState::Undeliverable,
        ReceiptState::Rejected,
        ReceiptState::Expired,
        ReceiptState::Accepted,
    ];
    for state in failed {
        for cause in Cause::ALL.into_iter().map(Some).chain([None]) {
            let (mut world, _, message) = kept();
            world.go_to(3);
            let mut receipt = says(message.id, "one", state);
            receipt.cause = cause;
            world.receive_as(&receipt);
            let helps = matches!(cause, Some(Cause::Network | Cause::Blocked | Cause::Account));
            let is_due = helps && state != ReceiptState::Accepted;
            let expected = if is_due { FailOver::Released } else { FailOver::NotDue };
            assert_eq!(world.fail_over(&message), expected, "{state:?}, {cause:?}");
        }
    }
}

#[test]
fn a_code_never_goes_out_a_third_time() {
    let (mut world, _, message) = released();
    world.accept_so("two", 8, &[kept_until(message.id, 60)]);
    assert_eq!(trail(&world, message.id), "one:accepted,two:accepted");
    let mut receipt = says(message.id, "two", ReceiptState::Failed);
    receipt.cause = Some(Cause::Network);
    world.receive_as(&receipt);
    for second in (25..300).step_by(5) {
        world.go_to(second);
        world.fail_over(&message);
        assert!(world.claim(8).messages.is_empty(), "second {second}");
    }
    assert!(world.records.messages.is_empty());
    assert_eq!(charged(&world), 2);

    // Nor after a doubt.
    let (mut world, _, message) = released();
    refuse(&mut world, &message, "two", Refusal::InDoubt, true);
    assert!(world.records.messages.is_empty());
}

#[test]
fn a_second_gateway_that_is_down_is_followed_by_others_within_the_attempts() {
    let (mut world, _, mut message) = released();
    for attempt in 2..=4 {
        assert_eq!(message.attempts, attempt);
        refuse(&mut world, &message, "two", Refusal::GatewayDown, true);
        message = world.claim(8).messages.pop().unwrap_or(message);
    }
    assert!(world.records.messages.is_empty());
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((&*delivery.gateway, delivery.ended_at), ("one", at(0)));
}

#[test]
fn a_failure_of_the_number_itself_is_not_tried_elsewhere() {
    for (cause, expected) in [
        (Some(Cause::DestinationInvalid), FailOver::Over),
        (Some(Cause::DestinationOff), FailOver::Over),
        (Some(Cause::Unknown), FailOver::Released),
        (None, FailOver::Released),
    ] {
        let (mut world, _, message) = kept();
        let told = says(message.id, "one", ReceiptState::Undeliverable);
        world.receive_as(&ReceiptRequest { cause, ..told });
        world.go_to(25);
        assert_eq!(world.fail_over(&message), expected, "{cause:?}");
    }
}

#[test]
fn while_no_other_gateway_is_open_it_waits_and_costs_nothing() {
    let (mut world, _, message) = kept();
    world.go_to(25);
    assert_eq!(world.fail_over_with(&message, false), FailOver::NotDue);
    assert_eq!(charged(&world), 1);
    world.go_to(30);
    assert_eq!(world.fail_over(&message), FailOver::Released);
}
