//! Automatic repeats of a number confirmation (`number-verification-api.md` 6).

use ringproof_verify::SignedDuration;
use ringproof_verify::code::CodeLength;
use ringproof_verify::engine::check::NumberCheckOutcome;
use ringproof_verify::engine::confirm::ConfirmRequest;
use ringproof_verify::engine::outbox::Refusal;
use ringproof_verify::engine::repeat::RepeatOutcome;
use ringproof_verify::ids::VerificationId;
use ringproof_verify::phone::Countries;
use ringproof_verify::record::{OutgoingMessage, ReceiptState};

use crate::confirming::{MINE, NUMBER, seconds};
use crate::world::{LEASE, WRONG, World, at};

fn wishes(world: &World, messages_max: u32, pause_seconds: i64) -> ConfirmRequest {
    ConfirmRequest {
        messages_max,
        repeat_pause: SignedDuration::from_secs(pause_seconds),
        ..world.asks(MINE, NUMBER)
    }
}

/// A confirmation whose first message was handed over.
fn handed_over(messages_max: u32, pause_seconds: i64) -> (World, VerificationId, OutgoingMessage) {
    let (mut world, _) = World::with_person();
    let request = wishes(&world, messages_max, pause_seconds);
    let started = world.confirm_as(&request);
    let message = started.message.expect("a message is due");
    world.accept(LEASE, &[message.id]);
    (world, started.id, message)
}

fn times(sent: &[(i64, String)]) -> Vec<i64> {
    sent.iter().map(|(second, _)| *second).collect()
}

/// "Timeline with defaults: 0 s first message; 30 s second message; 300 s EXPIRED."
#[test]
fn with_defaults_the_same_code_is_repeated_once_after_thirty_seconds() {
    let (mut world, id, message) = handed_over(2, 30);
    let code = world.code_in(&message);
    world.go_to(30);
    world.advance_ms(-1);
    assert!(matches!(world.try_repeat(id), RepeatOutcome::NotDue));
    let sent = world.repeats_until(id, 300);
    assert_eq!(sent, [(30, code.clone())]);
    assert_eq!(world.records.numbers.values().map(|n| n.0.len()).sum::<usize>(), 2, "D-26");
    assert_eq!(world.enter_number(id, &code), NumberCheckOutcome::Expired);
}

/// At the later of the caller's pause and the cooldown of D-5, and only with a
/// minute left (D-6).
#[test]
fn repeats_come_after_the_pause_and_never_before_the_cooldown() {
    for (messages_max, pause, expected) in [
        (1, 30, vec![]),
        (2, 10, vec![30]),
        (3, 10, vec![30, 90]),
        (3, 30, vec![30, 90]),
        (3, 45, vec![45, 105]),
        (3, 100, vec![100, 200]),
        (3, 121, vec![121]),
        (2, 240, vec![240]),
        (2, 241, vec![]),
        (2, 301, vec![]),
        (2, 100_000_000, vec![]),
        (9, 10, vec![30, 90]),
        (u32::MAX, 10, vec![30, 90]),
    ] {
        let (mut world, id, _) = handed_over(messages_max, pause);
        // D-26 lets three through in ten minutes.
        let sent = world.repeats_until(id, 300);
        assert_eq!(times(&sent), expected, "{messages_max} messages, {pause} s");
        assert_eq!(world.repeat_at(id), None);
    }
}

#[test]
fn a_repeat_says_what_the_first_message_said() {
    let (mut world, id, first) = handed_over(3, 30);
    world.go_to(30);
    let RepeatOutcome::Sent(second) = world.try_repeat(id) else { panic!("it is due") };
    let text = |m: &OutgoingMessage| {
        ringproof_verify::engine::outbox::open_text(&world.keys, m).unwrap().to_string()
    };
    assert_eq!(text(&first), text(&second));
    assert_eq!((first.purpose, &first.sender), (second.purpose, &second.sender));
    assert_eq!((first.to, first.deadline), (second.to, second.deadline));
    assert_ne!(first.id, second.id);
    assert_eq!((second.lease, second.attempts), (LEASE, 1));
    let kept = world.verification_of(NUMBER).unwrap();
    assert_eq!((kept.sends, kept.last_message), (2, Some(second.id)));
    assert_eq!((kept.expires_at, kept.attempts), (at(300), 0));
    assert!(matches!(world.try_repeat(id), RepeatOutcome::NotDue), "once");
}

#[test]
fn repeats_stop_when_the_confirmation_has_ended() {
    type Story = fn(&mut World, VerificationId, &str);
    let stories: [(&str, Story); 4] = [
        ("verified", |world, id, code| {
            assert_eq!(world.enter_number(id, code), NumberCheckOutcome::Approved);
        }),
        ("exhausted", |world, id, _| {
            assert_eq!((0..5).map(|_| world.enter_number(id, WRONG)).count(), 5);
        }),
        ("blocked number", |world, _, _| {
            let number = world.subject(MINE, NUMBER).number_key;
            world.records.blocked.push((MINE, number));
        }),
        ("country closed", |world, _, _| world.countries = Countries::parse("FI").unwrap()),
    ];
    for (story, end) in stories {
        let (mut world, id, message) = handed_over(3, 30);
        let code = world.code_in(&message);
        world.go_to(10);
        end(&mut world, id, &code);
        assert_eq!(world.repeats_until(id, 300), [], "{story}");
        assert_eq!(world.repeat_at(id), None, "{story}");
    }
    // Whoever looks late finds it over: the code has less than a minute.
    let (mut world, id, _) = handed_over(3, 30);
    world.go_to(241);
    assert!(matches!(world.try_repeat(id), RepeatOutcome::Over));
    let (mut world, id, _) = handed_over(3, 30);
    world.go_to(240);
    assert!(matches!(world.try_repeat(id), RepeatOutcome::Sent(_)));
    let (mut world, id, _) = handed_over(3, 30);
    world.go_to(10_000);
    assert!(matches!(world.try_repeat(id), RepeatOutcome::Over), "expired");
}

#[test]
fn a_repeat_of_a_superseded_confirmation_never_sends_the_code_of_the_next() {
    let (mut world, id, _) = handed_over(3, 30);
    world.go_to(300);
    let next = world.confirm();
    let sent_before = world.records.messages.len();
    assert!(matches!(world.try_repeat(id), RepeatOutcome::Over));
    assert_eq!(world.records.messages.len(), sent_before);
    assert_ne!(next.id, id);
}

#[test]
fn repeats_stop_when_the_message_was_delivered_unless_switched_on() {
    for state in ReceiptState::ALL {
        for repeats_after_delivery in [false, true] {
            let (mut world, id, message) = handed_over(2, 30);
            world.repeats_after_delivery = repeats_after_delivery;
            world.go_to(5);
            world.receive(message.id, "inbox", state, None);
            let sent = world.repeats_until(id, 300);
            let stops = state == ReceiptState::Delivered && !repeats_after_delivery;
            assert_eq!(sent.is_empty(), stops, "{state:?}, {repeats_after_delivery}");
        }
    }
}

#[test]
fn a_repeat_waits_for_a_message_that_is_still_in_the_outbox() {
    let (mut world, _) = World::with_person();
    let request = wishes(&world, 2, 30);
    let started = world.confirm_as(&request);
    let message = started.message.unwrap();
    world.refuse(LEASE, &message, Refusal::Temporary);
    for second in [30, 35, 40] {
        world.go_to(second);
        let RepeatOutcome::Later(later) = world.try_repeat(started.id) else { panic!("{second}") };
        assert_eq!(seconds(later), second + 5);
    }
    assert_eq!(world.records.messages.len(), 1);
    let claimed = world.claim(LEASE).messages;
    world.accept(LEASE, &[claimed[0].id]);
    assert_eq!(times(&world.repeats_until(started.id, 300)), [45]);
}

#[test]
fn a_repeat_waits_for_a_gateway() {
    let (mut world, id, _) = handed_over(2, 30);
    world.has_open_gateway = false;
    world.go_to(30);
    let RepeatOutcome::Later(later) = world.try_repeat(id) else { panic!("no gateway is open") };
    assert_eq!(seconds(later), 35);
    world.has_open_gateway = true;
    assert_eq!(times(&world.repeats_until(id, 300)), [35]);
}

#[test]
fn a_repeat_waits_for_the_throttles_of_number_and_account() {
    let (mut world, id, _) = handed_over(2, 30);
    world.policy.sends.number_service_per_30s = 1_000;
    world.policy.sends.number_service_per_10min = 1;
    assert_eq!(times(&world.repeats_until(id, 300)), [], "free only when it is over");
    assert_eq!(world.repeat_at(id), Some(at(600)), "it waits for the throttle");
    world.go_to(600);
    assert!(matches!(world.try_repeat(id), RepeatOutcome::Over));

    let (mut world, id, _) = handed_over(2, 30);
    world.policy.sends.account_sms_per_second = 1;
    world.go_to(30);
    world.confirm_as(&world.asks(MINE, "+37255500198"));
    let RepeatOutcome::Later(later) = world.try_repeat(id) else { panic!("the second is full") };
    assert_eq!(seconds(later), 31);
    assert_eq!(times(&world.repeats_until(id, 300)), [31]);
}

#[test]
fn a_resend_that_the_caller_asked_for_moves_the_repeats() {
    let (mut world, id, _) = handed_over(3, 60);
    assert_eq!(world.repeat_at(id), Some(at(60)));
    world.go_to(40);
    let request = wishes(&world, 3, 60);
    let resent = world.confirm_as(&request);
    assert_eq!(resent.id, id);
    assert_eq!(world.repeat_at(id), Some(at(100)));
    world.accept(LEASE, &[resent.message.unwrap().id]);
    assert_eq!(times(&world.repeats_until(id, 300)), [100]);
}

#[test]
fn a_code_that_no_longer_opens_is_not_repeated() {
    use ringproof_verify::keys::{Keyring, RootKey};
    let (mut world, id, _) = handed_over(2, 30);
    world.ring = Keyring::new(&RootKey::from_bytes([2; 32]));
    world.keys = world.ring.account(MINE);
    world.go_to(30);
    assert!(matches!(world.try_repeat(id), RepeatOutcome::Over), "a new one would end the first");
}

#[test]
fn a_message_that_was_refused_for_good_is_repeated() {
    let (mut world, _) = World::with_person();
    let request = wishes(&world, 2, 30);
    let started = world.confirm_as(&request);
    world.refuse(LEASE, &started.message.unwrap(), Refusal::Content);
    assert_eq!(world.verification_of(NUMBER).unwrap().sends, 0, "it was given back");
    assert_eq!(times(&world.repeats_until(started.id, 300))[0], 30);
}

#[test]
fn a_short_lived_code_is_not_repeated_in_its_last_minute() {
    let (mut world, _) = World::with_person();
    let request = ConfirmRequest {
        lifetime: SignedDuration::from_secs(89),
        length: CodeLength::DEFAULT,
        ..wishes(&world, 3, 10)
    };
    let started = world.confirm_as(&request);
    assert_eq!(world.repeat_at(started.id), None, "59 s would be left after 30");
    let (mut world, _) = World::with_person();
    let request = ConfirmRequest { lifetime: SignedDuration::from_secs(90), ..request };
    let started = world.confirm_as(&request);
    assert_eq!(world.repeat_at(started.id), Some(at(30)));
}

#[test]
fn a_receipt_of_an_earlier_message_takes_the_repeats_back() {
    let (mut world, _) = World::with_person();
    let request = ConfirmRequest { messages_max: 3, ..world.asks(MINE, NUMBER) };
    let id = world.confirm_as(&request).id;
    assert!(world.repeat_at(id).is_some());
    let first = world.records.messages.values().next().expect("it waits").clone();
    world.accept(LEASE, &[first.id]);
    world.receive(first.id, "inbox", ReceiptState::Undeliverable, None);
    assert!(world.repeat_at(id).is_some(), "it did not arrive");
    world.receive(first.id, "inbox", ReceiptState::Delivered, None);
    assert_eq!(world.repeat_at(id), None);
}
