//! A message from the page: what it costs, and what is kept of it.

use ringproof_verify::engine::Change;
use ringproof_verify::engine::widget;
use ringproof_verify::ids::AccountId;
use ringproof_verify::record::{NoticeKind, WidgetSession, WidgetStep, WidgetTraffic};
use ringproof_verify::widget::traffic::AttackMode;
use ringproof_verify::widget::work::{BITS, BITS_ATTACK, BITS_BUSY};

use super::{NUMBER, OTHER, Pay, Visitor, status, waits_for};
use crate::confirming::MINE;
use crate::world::{LEASE, World, at};

fn world() -> (World, Visitor) {
    let (mut world, _) = World::with_person();
    let visitor = world.visit();
    (world, visitor)
}

/// Another visitor from the same address.
fn beside(world: &mut World, visitor: Visitor) -> Visitor {
    Visitor { address: visitor.address, ..world.visit() }
}

#[test]
fn message_session_verification_and_traffic_are_written_together() {
    let (mut world, visitor) = world();
    let request = world.send_request(visitor, NUMBER, Pay::Work);
    let asked = world.try_ask_as(&request).expect("it lives");
    let (verification, message) = asked.sent.as_ref().expect("it is sent");
    assert_eq!(world.records.messages.get(&message.id), Some(message));
    assert_eq!(message.to, request.confirm.subject.to);
    let kept = world.verification_of(NUMBER).expect("it lives");
    assert_eq!((kept.id, kept.sends), (*verification, 1));
    assert_eq!(world.confirmation(*verification).repeat_at, Some(at(30)));
    assert_eq!(world.traffic().sends, [at(0)]);
    let session = &asked.session;
    assert_eq!((session.starts, session.rounds, session.used_at), (1, 0, at(0)));
    assert_eq!((session.notice, session.typed.as_deref()), (None, None));
    let expected = WidgetStep::Code {
        to: message.to,
        verification: *verification,
        expires_at: at(300),
        // Behind the automatic repeat and its pause.
        resend_at: Some(at(90)),
    };
    assert_eq!(session.step, expected);
    let starts: usize = world.records.addresses.values().map(|a| a.starts.len()).sum();
    assert_eq!(starts, 2, "the address and its network");
}

#[test]
fn work_is_good_for_the_message_that_is_next_and_no_other() {
    let (mut world, visitor) = world();
    for start in [1, 2, u32::MAX] {
        let asked = world.ask(visitor, NUMBER, Pay::WorkOf(start));
        assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::WorkMissing), None));
        assert_eq!(asked.session.typed.as_deref(), Some(NUMBER), "it is shown again");
        assert!(asked.sent.is_none() && asked.refusal.is_none());
    }
    assert!(world.records.messages.is_empty() && world.verification_of(NUMBER).is_none());
    assert_eq!(world.traffic(), WidgetTraffic::default());
    assert!(world.ask(visitor, NUMBER, Pay::WorkOf(0)).sent.is_some());

    // Work that was used pays for no other number.
    world.change_number(visitor);
    let asked = world.ask(visitor, OTHER, Pay::WorkOf(0));
    assert!(asked.sent.is_none());
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::WorkAgain), None));
    assert!(world.ask(visitor, OTHER, Pay::WorkOf(1)).sent.is_some());
    assert_eq!(world.traffic().sends.len(), 2);
}

/// D-28, S-80: what counts is what is due when the message is asked for.
#[test]
fn easy_work_that_was_kept_pays_for_nothing_once_more_is_due() {
    let (mut world, visitor) = world();
    let hoarded: Vec<Visitor> = (0..6).map(|_| beside(&mut world, visitor)).collect();
    for (n, hoarded) in hoarded.iter().enumerate().take(5) {
        let asked = world.ask(*hoarded, &format!("+3725551000{n}"), Pay::WorkOfBits(BITS));
        assert!(asked.sent.is_some(), "{n}");
    }
    let (sixth, messages) = (hoarded[5], world.records.messages.clone());
    for bits in [BITS, BITS_BUSY - 1] {
        let asked = world.ask(sixth, NUMBER, Pay::WorkOfBits(bits));
        assert!(asked.sent.is_none() && asked.refusal.is_none());
        assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::WorkAgain), None));
        assert_eq!((asked.session.step, asked.session.starts), (WidgetStep::Number, 0));
        assert_eq!(asked.session.typed.as_deref(), Some(NUMBER), "it is shown again");
    }
    assert_eq!(world.records.messages, messages);
    assert_eq!(world.traffic().sends.len(), 5);
    assert!(world.ask(sixth, NUMBER, Pay::WorkOfBits(BITS_BUSY)).sent.is_some());

    // Once more to the same number, from an address that is still busy.
    world.go_to(90);
    let asked = world.ask(sixth, NUMBER, Pay::WorkOfBits(BITS));
    assert!(asked.sent.is_none());
    assert_eq!((asked.notice(), asked.session.starts), (Some(NoticeKind::WorkAgain), 1));
    assert!(world.ask(sixth, NUMBER, Pay::WorkOfBits(BITS_BUSY)).sent.is_some());
    world.go_to(599);
    let late = beside(&mut world, visitor);
    assert!(world.ask(late, OTHER, Pay::WorkOfBits(BITS)).sent.is_none());
    world.go_to(600);
    assert!(world.ask(late, OTHER, Pay::WorkOfBits(BITS)).sent.is_some());
}

#[test]
fn easy_work_that_was_kept_pays_for_nothing_under_attack() {
    let (mut world, visitor) = world();
    let under_attack = WidgetTraffic { attack_until: Some(at(100)), ..WidgetTraffic::default() };
    world.records.widget_traffic.insert(MINE, under_attack);
    for bits in [BITS, BITS_BUSY, BITS_ATTACK - 1] {
        let asked = world.ask(visitor, NUMBER, Pay::WorkOfBits(bits));
        assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::WorkAgain), None));
        assert!(asked.sent.is_none());
    }
    let mut request = world.send_request(visitor, NUMBER, Pay::WorkOfBits(BITS));
    request.confirm.addresses = None;
    assert!(world.try_ask_as(&request).expect("it lives").sent.is_none());
    assert!(world.ask(visitor, NUMBER, Pay::WorkOfBits(BITS_ATTACK)).sent.is_some());
    world.go_to(100);
    let other = world.visit();
    assert!(world.ask(other, OTHER, Pay::WorkOfBits(BITS)).sent.is_some());
}

#[test]
fn a_double_click_sends_once_and_is_no_complaint() {
    let (mut world, visitor) = world();
    let first = world.ask(visitor, NUMBER, Pay::WorkOf(0));
    assert!(first.sent.is_some());
    let before = world.records.clone();
    let second = world.ask(visitor, NUMBER, Pay::WorkOf(0));
    assert!(second.sent.is_none() && second.refusal.is_none());
    assert_eq!(second.session, first.session);
    assert_eq!(world.records, before);
}

#[test]
fn a_resend_is_paid_and_sends_the_same_code() {
    let (mut world, visitor) = world();
    let code = world.get_code(visitor, NUMBER);
    world.go_to(90);
    assert!(world.ask(visitor, NUMBER, Pay::WorkOf(0)).sent.is_none());
    let asked = world.ask(visitor, NUMBER, Pay::WorkOf(1));
    let (_, message) = asked.sent.as_ref().expect("it is sent");
    assert_eq!(world.code_in(message), code);
    assert_eq!((asked.notice(), asked.session.starts), (Some(NoticeKind::Resent), 2));
    let WidgetStep::Code { expires_at, resend_at, .. } = asked.session.step else { panic!() };
    assert_eq!((expires_at, resend_at), (at(300), Some(at(150))), "the code lives no longer");
    assert_eq!(world.traffic().sends, [at(0), at(90)]);
}

#[test]
fn an_echo_sends_nothing_counts_nothing_and_says_when() {
    let (mut world, visitor) = world();
    world.get_code(visitor, NUMBER);
    let traffic = world.traffic();
    world.go_to(29);
    let asked = world.ask(visitor, NUMBER, Pay::Work);
    assert!(asked.sent.is_none());
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::ResendLater), Some(at(90))));
    assert_eq!((asked.session.starts, world.traffic()), (1, traffic));
    let code = waits_for(&asked.session).expect("it waits");
    assert_eq!(world.confirmation(code).repeat_at, Some(at(30)), "the repeat stays");
    // The work was not used up.
    world.go_to(30);
    assert!(world.ask(visitor, NUMBER, Pay::WorkOf(1)).sent.is_some());
}

#[test]
fn a_second_session_of_a_number_gets_no_code_of_its_own() {
    let (mut world, first) = world();
    let code = world.get_code(first, NUMBER);
    world.go_to(10);
    let second = world.visit();
    let asked = world.ask(second, NUMBER, Pay::Work);
    assert!(asked.sent.is_none());
    assert_eq!((asked.notice(), asked.session.starts), (None, 0), "the code was sent before");
    assert_eq!(waits_for(&asked.session), waits_for(&world.live_page(first)));
    let WidgetStep::Code { expires_at, resend_at, .. } = asked.session.step else { panic!() };
    assert_eq!((expires_at, resend_at), (at(300), Some(at(90))));
    let done = world.type_code(second, &code);
    assert!(status(&done).is_some());
    // The code is used up for the first.
    let first = world.type_code(first, &code);
    assert_eq!((first.step, first.rounds), (WidgetStep::Number, 1));
}

#[test]
fn at_the_end_of_a_codes_life_nothing_more_is_announced() {
    let (mut world, visitor) = world();
    let mut request = world.send_request(visitor, NUMBER, Pay::Work);
    let resend_at = |world: &World| match world.live_page(visitor).step {
        WidgetStep::Code { resend_at, .. } => resend_at,
        WidgetStep::Number | WidgetStep::Done { .. } => panic!("it waits for a code"),
    };
    // The repeat comes at 30 s; 60 s behind it, less than a minute is left.
    request.confirm.lifetime = ringproof_verify::SignedDuration::from_secs(149);
    assert!(world.try_ask_as(&request).expect("it lives").sent.is_some());
    assert_eq!(resend_at(&world), None);
    world.go_to(91);
    let asked = world.ask(visitor, NUMBER, Pay::Work);
    assert!(asked.sent.is_none());
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::ResendLater), None));
    assert_eq!(asked.session.starts, 1);
}

#[test]
fn after_the_last_message_of_a_code_none_is_announced() {
    let (mut world, visitor) = world();
    world.policy.codes.sends_max = 2;
    let asked = world.ask(visitor, NUMBER, Pay::Work);
    let WidgetStep::Code { verification, resend_at, .. } = asked.session.step else { panic!() };
    assert_eq!(resend_at, None, "the automatic one is the last");
    world.accept(LEASE, &[asked.sent.expect("it is sent").1.id]);
    assert_eq!(world.repeats_until(verification, 250).len(), 1);
    assert!(world.ask(visitor, NUMBER, Pay::Work).sent.is_none());
}

#[test]
fn a_code_has_one_automatic_repeat_and_one_more_on_request() {
    let (mut world, visitor) = world();
    let asked = world.ask(visitor, NUMBER, Pay::Work);
    let (verification, message) = asked.sent.expect("it is sent");
    world.accept(LEASE, &[message.id]);
    let repeats = world.repeats_until(verification, 89);
    assert_eq!(repeats.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [30]);
    assert!(world.ask(visitor, NUMBER, Pay::Work).sent.is_none(), "not before it was announced");
    world.go_to(90);
    let third = world.ask(visitor, NUMBER, Pay::Work);
    assert!(third.sent.is_some());
    let WidgetStep::Code { resend_at, .. } = third.session.step else { panic!() };
    assert_eq!(resend_at, None);
    assert_eq!(world.repeats_until(verification, 300), [], "three in all (D-4)");
    assert_eq!(world.verification_of(NUMBER).map(|v| v.sends), Some(3));
}

#[test]
fn a_browser_without_work_gets_two_messages_an_hour() {
    let (mut world, first) = world();
    assert!(world.ask(first, NUMBER, Pay::Nothing).sent.is_some());
    world.go_to(60);
    let second = beside(&mut world, first);
    world.go_to(61);
    assert!(world.ask(second, OTHER, Pay::Nothing).sent.is_some());
    world.go_to(62);
    let third = beside(&mut world, first);
    let refused = world.ask(third, "+37255500197", Pay::Nothing);
    assert_eq!(refused.notice(), Some(NoticeKind::WorkMissing));
    assert_eq!(refused.until(), Some(at(3_600)), "an hour after the first");
    assert!(world.ask(third, "+37255500197", Pay::Work).sent.is_some(), "work is always good");

    world.go_to(3_599);
    let late = beside(&mut world, first);
    assert!(world.ask(late, "+37255500196", Pay::Nothing).sent.is_none());
    world.go_to(3_600);
    assert!(world.ask(late, "+37255500196", Pay::Nothing).sent.is_some());
    let last = beside(&mut world, first);
    let fourth = world.ask(last, "+37255500195", Pay::Nothing);
    assert_eq!(fourth.until(), Some(at(3_661)), "an hour after the second");
}

#[test]
fn what_was_not_paid_for_is_not_repeated() {
    let (mut world, visitor) = world();
    let asked = world.ask(visitor, NUMBER, Pay::Nothing);
    let (verification, message) = asked.sent.expect("it is sent");
    world.accept(LEASE, &[message.id]);
    let WidgetStep::Code { resend_at, .. } = asked.session.step else { panic!() };
    assert_eq!(resend_at, Some(at(30)), "nothing comes between");
    assert_eq!(world.repeats_until(verification, 60), []);
    let paid = world.ask(visitor, NUMBER, Pay::Work);
    assert!(paid.sent.is_some());
    assert_eq!(world.repeats_until(verification, 300), [], "it is the second already");
}

#[test]
fn what_is_not_sent_uses_up_no_free_message() {
    let (mut world, visitor) = world();
    world.get_code(visitor, NUMBER);
    world.has_open_gateway = false;
    for n in 0..3 {
        let other = beside(&mut world, visitor);
        assert!(world.ask(other, &format!("+3725551000{n}"), Pay::Nothing).sent.is_none());
        assert!(world.ask(other, NUMBER, Pay::Nothing).sent.is_none(), "an echo");
    }
    world.has_open_gateway = true;
    for (n, is_sent) in [(0, true), (1, true), (2, false)] {
        let other = beside(&mut world, visitor);
        let asked = world.ask(other, &format!("+3725552000{n}"), Pay::Nothing);
        assert_eq!(asked.sent.is_some(), is_sent, "{n}");
    }
}

#[test]
fn other_addresses_have_their_own_free_messages() {
    let (mut world, _) = world();
    for n in 0..6 {
        let visitor = world.visit();
        let asked = world.ask(visitor, &format!("+3725551000{n}"), Pay::Nothing);
        assert!(asked.sent.is_some(), "{n}");
    }
}

#[test]
fn without_addresses_of_a_confirmation_the_free_messages_are_counted_too() {
    let (mut world, first) = world();
    for (n, is_sent) in [(0, true), (1, true), (2, false)] {
        let visitor = beside(&mut world, first);
        let mut request = world.send_request(visitor, &format!("+3725551000{n}"), Pay::Nothing);
        request.confirm.addresses = None;
        let asked = world.try_ask_as(&request).expect("it lives");
        assert_eq!(asked.sent.is_some(), is_sent, "{n}");
    }
}

#[test]
fn under_attack_nothing_is_free() {
    let (mut world, visitor) = world();
    let under_attack = WidgetTraffic { attack_until: Some(at(100)), ..WidgetTraffic::default() };
    world.records.widget_traffic.insert(MINE, under_attack);
    world.go_to(99);
    let asked = world.ask(visitor, NUMBER, Pay::Nothing);
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::WorkMissing), None));
    assert!(world.ask(visitor, NUMBER, Pay::Work).sent.is_some());
    world.go_to(100);
    let other = world.visit();
    assert!(world.ask(other, OTHER, Pay::Nothing).sent.is_some());
}

/// D-33: codes that nobody enters make an attack, after which only work sends.
#[test]
fn fifty_codes_that_nobody_enters_are_an_attack() {
    let (mut world, _) = world();
    world.overrides.account_sms_per_second = Some(1_000);
    for n in 0..51 {
        world.go_to(n * 10);
        assert!(!world.traffic().is_under_attack(world.now), "after {n}");
        let visitor = world.visit();
        world.get_code(visitor, &format!("+372555100{n:02}"));
    }
    assert!(world.traffic().is_under_attack(world.now));
    let visitor = world.visit();
    assert!(world.ask(visitor, OTHER, Pay::Nothing).sent.is_none());
}

#[test]
fn codes_that_are_entered_are_no_attack() {
    let (mut world, _) = world();
    world.overrides.account_sms_per_second = Some(1_000);
    for n in 0..60 {
        world.go_to(n * 10);
        let visitor = world.visit();
        let code = world.get_code(visitor, &format!("+372555100{n:02}"));
        if n % 3 == 0 {
            world.type_code(visitor, &code);
        }
    }
    assert!(!world.traffic().is_under_attack(world.now));
    assert_eq!((world.traffic().sends.len(), world.traffic().entered.len()), (50, 20));
}

#[test]
fn a_session_at_the_code_of_one_number_sends_to_no_other() {
    let (mut world, visitor) = world();
    let before = world.ask(visitor, NUMBER, Pay::Work).session;
    let records = world.records.clone();
    for pay in [Pay::Work, Pay::WorkOf(0), Pay::Nothing] {
        let asked = world.ask(visitor, OTHER, pay);
        assert!(asked.sent.is_none() && asked.refusal.is_none());
        assert_eq!(asked.session, before);
    }
    assert_eq!(world.records, records);
    world.change_number(visitor);
    assert!(world.ask(visitor, OTHER, Pay::Work).sent.is_some());
}

#[test]
fn a_locked_number_is_the_only_one() {
    let (mut world, _) = world();
    let to = world.subject(MINE, NUMBER).to;
    let open = |world: &mut World, phone| {
        let mut request = world.request();
        request.session = WidgetSession { phone, is_phone_locked: true, ..request.session };
        world.open_as(&request)
    };
    let visitor = open(&mut world, Some(to));
    let refused = world.ask(visitor, OTHER, Pay::Work);
    assert!(refused.sent.is_none());
    assert_eq!((refused.notice(), refused.session.starts), (Some(NoticeKind::NumberRefused), 0));
    assert!(world.ask(visitor, NUMBER, Pay::Work).sent.is_some());
    // A request whose number is none cannot lock it.
    let visitor = open(&mut world, None);
    assert!(world.ask(visitor, OTHER, Pay::Work).sent.is_some());
}

#[test]
fn nothing_is_sent_in_a_session_of_another_account_or_with_an_answer() {
    let (mut world, visitor) = world();
    let mut request = world.send_request(visitor, NUMBER, Pay::Work);
    request.confirm.subject = world.subject(AccountId::from_i64(2), NUMBER);
    assert!(world.try_ask_as(&request).is_none());
    world.give_up(visitor);
    assert!(world.try_ask(visitor, NUMBER, Pay::Work).is_none());
    assert!(world.records.messages.is_empty());
}

#[test]
fn the_keys_of_a_send_name_what_it_writes() {
    let (world, visitor) = world();
    for (pay, addresses) in [(Pay::Work, 2), (Pay::Nothing, 3)] {
        let request = world.send_request(visitor, NUMBER, pay);
        let keys = widget::send_keys(&request);
        assert_eq!(keys.addresses.len(), addresses);
        assert_eq!((keys.widget_session, keys.widget_traffic), (Some(visitor.id), Some(MINE)));
        assert!(keys.trust.is_none(), "no browser is trusted here");
    }
    assert!(matches!(
        widget::forget(at(0)).changes.as_slice(),
        [Change::ForgetWidgetSessions(before)] if *before == at(-2_700)
    ));
}

#[test]
fn the_operator_says_whether_it_is_an_attack() {
    let (mut world, visitor) = world();
    let mut request = world.send_request(visitor, NUMBER, Pay::Nothing);
    request.attack = AttackMode::On;
    let asked = world.try_ask_as(&request).expect("it lives");
    assert_eq!((asked.notice(), asked.sent.is_some()), (Some(NoticeKind::WorkMissing), false));
    // As if nobody had entered a code for an hour.
    let mut traffic = WidgetTraffic::default();
    (0..=50).for_each(|_| traffic.record_send(world.now));
    assert!(traffic.is_under_attack(world.now));
    world.records.widget_traffic.insert(MINE, traffic);
    request.attack = AttackMode::Auto;
    assert!(world.try_ask_as(&request).expect("it lives").sent.is_none());
    request.attack = AttackMode::Off;
    assert!(world.try_ask_as(&request).expect("it lives").sent.is_some());
}
