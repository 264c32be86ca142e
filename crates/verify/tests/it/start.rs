//! Starting and resending (V9; D-4 … D-7, S-3, S-4).

use ringproof_verify::SignedDuration;
use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::engine::start::StartRefusal;
use ringproof_verify::keys::{Keyring, RootKey};
use ringproof_verify::limits::LEASE_SECONDS;
use ringproof_verify::record::{MessageForm, Method, Purpose};
use ringproof_verify::send_limits::Throttle;

use crate::world::{LEASE, Person, World, at};

/// A world in which a verification alone limits its messages.
fn with_codes_of_600_s(sends_max: u32) -> (World, Person) {
    let (mut world, jane) = World::with_person();
    world.policy.codes.lifetime = SignedDuration::from_secs(600);
    world.policy.codes.sends_max = sends_max;
    world.policy.sends.number_service_per_10min = u32::MAX;
    world.policy.sends.number_service_per_hour = u32::MAX;
    (world, jane)
}

#[test]
fn a_start_queues_one_message_with_a_code_of_six_digits() {
    let (mut world, jane) = World::with_person();
    let started = world.start(jane);
    assert!(!started.is_resend);
    assert_eq!(started.method, Method::Sms);
    let message = *started.message.expect("a message is due");
    assert_eq!(world.records.messages.get(&message.id), Some(&message));
    let Purpose::Code { service, user, verification } = message.purpose else { panic!("no code") };
    assert_eq!(Person { account: message.account, service, user }, jane);
    assert_eq!(verification, started.verification);
    assert_eq!(message.to.as_e164(), "+37255500123");
    assert_eq!(message.sender, "Verigator");
    assert_eq!((message.form, message.in_doubt), (MessageForm::default(), 0));
    assert_eq!((message.created_at, message.deadline), (at(0), at(240)));
    assert_eq!((message.lease, message.attempts, message.next_at), (LEASE, 1, at(LEASE_SECONDS)));
    let code = world.code(jane);
    assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
    assert!(!code.starts_with('0'));
    assert_eq!(world.verification(jane).expires_at, at(300));
}

#[test]
fn a_resend_repeats_the_code_and_resets_nothing() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    world.wrong(jane);
    world.wrong(jane);
    let (before, failures) = (world.verification(jane).clone(), world.guard(jane));
    world.go_to(31);
    let resent = world.start(jane);
    assert!(resent.is_resend);
    assert_eq!(resent.verification, before.id);
    assert_eq!((world.sent.len(), &world.sent[1].code), (2, &world.sent[0].code));
    let after = world.verification(jane);
    assert_eq!(after.attempts, 2);
    assert_eq!((after.created_at, after.expires_at), (before.created_at, before.expires_at));
    assert_eq!(after.code, before.code);
    assert_eq!(world.guard(jane), failures);
    for _ in 0..3 {
        world.wrong(jane);
    }
    assert!(matches!(world.right(jane), CheckOutcome::Throttled { .. }), "five in all");
}

#[test]
fn resends_wait_30_then_60_then_120_seconds() {
    let (mut world, jane) = with_codes_of_600_s(5);
    world.start(jane);
    for second in [30, 90, 210, 330] {
        world.go_to(second);
        world.advance_ms(-1);
        let before = world.records.clone();
        assert!(world.start(jane).message.is_none(), "just before {second} s");
        assert_eq!(world.records, before, "an answer without a message changes nothing");
        world.advance_ms(1);
        assert!(world.start(jane).message.is_some(), "at {second} s");
    }
}

#[test]
fn a_verification_sends_three_messages_and_answers_further_starts_without() {
    let (mut world, jane) = with_codes_of_600_s(3);
    let id = world.start(jane).verification;
    for second in [30, 90, 210, 400, 599] {
        world.go_to(second);
        let started = world.start(jane);
        assert_eq!((started.verification, started.is_resend), (id, true));
    }
    assert_eq!(world.sent.len(), 3);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
}

#[test]
fn no_message_is_sent_with_less_than_a_minute_left() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    let mut late = world.clone();
    world.go_to(240);
    assert!(world.start(jane).message.is_some(), "at 60 s");
    late.go_to(240);
    late.advance_ms(1);
    assert!(late.start(jane).message.is_none(), "below 60 s");
    assert!(matches!(late.right(jane), CheckOutcome::Approved { .. }), "it still lives");
}

/// Conformance case 122.
#[test]
fn the_fourth_start_130_s_apart_is_refused_although_the_third_sent_nothing() {
    let (mut world, jane) = World::with_person();
    let id = world.start(jane).verification;
    world.go_to(130);
    assert!(world.start(jane).message.is_some());
    world.go_to(260);
    let third = world.start(jane);
    assert!(third.message.is_none() && third.verification == id);
    world.go_to(390);
    let throttle = Throttle::NumberService10min;
    let refused = StartRefusal::Throttled { throttle, until: at(600) };
    assert_eq!(world.refused_start(jane), refused);
    assert_eq!(world.sent.len(), 2);
    world.go_to(600);
    assert!(!world.start(jane).is_resend);
}

#[test]
fn after_success_or_expiry_a_start_makes_a_new_verification() {
    let (mut world, jane) = World::with_person();
    let first = world.start(jane);
    world.wrong(jane);
    let mut expired = world.clone();
    world.right(jane);
    world.go_to(30);
    expired.go_to(300);
    for world in [&mut world, &mut expired] {
        let second = world.start(jane);
        assert!(!second.is_resend && second.message.is_some());
        assert_ne!(second.verification, first.verification);
        assert_ne!(world.sent[0].code, world.sent[1].code);
        let kept = world.verification(jane);
        assert_eq!((kept.attempts, kept.sends, kept.created_at), (0, 1, world.now));
    }
}

#[test]
fn a_code_that_no_longer_opens_is_replaced_within_the_same_verification() {
    let (mut world, jane) = World::with_person();
    let first = world.start(jane);
    world.wrong(jane);
    world.ring = Keyring::new(&RootKey::from_bytes([2; 32]));
    world.keys = world.ring.account(jane.account);
    world.go_to(30);
    let second = world.start(jane);
    assert_eq!((second.verification, second.is_resend), (first.verification, true));
    assert_eq!(world.verification(jane).attempts, 1);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
}

#[test]
fn totp_without_a_device_falls_back_to_a_message() {
    let (mut world, jane) = World::with_person();
    let started = world.start_by(jane, Method::Totp);
    assert_eq!(started.method, Method::Sms);
    assert!(started.message.is_some());
    assert!(matches!(world.right(jane), CheckOutcome::Approved { method: Method::Sms, .. }));
}

#[test]
fn totp_with_a_device_keeps_no_code_sends_nothing_and_accepts_nothing_typed() {
    let (mut world, jane) = World::with_person();
    world.add_device(jane);
    world.has_open_gateway = false;
    let started = world.start_by(jane, Method::Totp);
    assert_eq!((started.method, started.message), (Method::Totp, None));
    assert!(!world.keeps_a_code_of(jane));
    assert!(world.records.numbers.is_empty() && world.records.accounts.is_empty());
    for typed in ["123456", "000000", "1", "abcdef", "999999"] {
        let outcome = world.check(jane, typed);
        assert!(matches!(outcome, CheckOutcome::WrongCode { method: Method::Totp, .. }));
    }
    let throttled = CheckOutcome::Throttled { method: Method::Totp, until: Some(at(60)) };
    assert_eq!(world.check(jane, "123456"), throttled);
}

#[test]
fn sms_is_sent_to_a_person_with_a_device_who_asks_for_it() {
    let (mut world, jane) = World::with_person();
    world.add_device(jane);
    let started = world.start(jane);
    assert_eq!((started.method, started.message.is_some()), (Method::Sms, true));
}

#[test]
fn a_switch_of_method_keeps_id_attempts_and_expiry() {
    for methods in [[Method::Sms, Method::Totp], [Method::Totp, Method::Sms]] {
        let (mut world, jane) = World::with_person();
        world.add_device(jane);
        let first = world.start_by(jane, methods[0]);
        world.wrong(jane);
        world.wrong(jane);
        let before = world.verification(jane).clone();
        world.go_to(31);
        let second = world.start_by(jane, methods[1]);
        assert_eq!((second.verification, second.is_resend), (first.verification, true));
        assert_eq!(second.method, methods[1]);
        let after = world.verification(jane);
        assert_eq!((after.attempts, after.expires_at), (2, before.expires_at));
        for _ in 0..3 {
            world.wrong(jane);
        }
        assert!(world.verification(jane).is_exhausted);
    }
}

#[test]
fn a_sent_code_rests_while_totp_is_asked_for_and_counts_again_after_the_way_back() {
    let (mut world, jane) = World::with_person();
    world.add_device(jane);
    world.start(jane);
    world.start_by(jane, Method::Totp);
    assert!(matches!(world.right(jane), CheckOutcome::WrongCode { method: Method::Totp, .. }));
    for second in [5, 250] {
        let mut world = world.clone();
        world.go_to(second);
        let back = world.start(jane);
        assert_eq!((back.method, back.message), (Method::Sms, None), "at {second} s");
        assert!(matches!(world.right(jane), CheckOutcome::Approved { method: Method::Sms, .. }));
    }
}

#[test]
fn a_verification_by_totp_stays_so_if_it_is_too_late_for_a_message() {
    let (mut world, jane) = World::with_person();
    world.add_device(jane);
    world.start_by(jane, Method::Totp);
    world.go_to(241);
    let late = world.start(jane);
    assert_eq!((late.method, late.message), (Method::Totp, None), "no code could be entered");
}
