//! Messages that API clients send (`sms-api.md` 3 to 5, 7).

use ringproof_verify::SignedDuration;
use ringproof_verify::engine::admit::SendRefusal;
use ringproof_verify::engine::outbox::{Refusal, RefusedOutcome};
use ringproof_verify::engine::sms::{
    CancelOutcome, SmsOutcome, SmsRefusal, SmsRequest, due_keys, open_kept_text, release_due,
};
use ringproof_verify::ids::{AccountId, SmsId};
use ringproof_verify::limits::LEASE_SECONDS;
use ringproof_verify::phone::{Countries, Country};
use ringproof_verify::record::ReceiptState::{
    Accepted, Deleted, Delivered, Expired, Failed, Rejected, Undeliverable, Unknown,
};
use ringproof_verify::record::SmsState::{
    Cancelled, InDoubt, Lapsed, NotTaken, Queued, Reported, Scheduled, Sent,
};
use ringproof_verify::record::{
    BodyKind, KeptText, MessageForm, OutgoingMessage, Purpose, ReportKind, SmsState, TextStore,
};
use ringproof_verify::send_limits::Throttle;

use crate::confirming::{MINE, NUMBER};
use crate::texting::URL;
use crate::world::{LEASE, World, at};

fn world() -> World {
    World::with_person().0
}

/// One message that was taken for this time.
fn scheduled(seconds: i64) -> (World, SmsId) {
    let mut world = world();
    let request = SmsRequest { send_at: Some(at(seconds)), ..world.text_to(MINE, NUMBER) };
    let (id, message) = world.send(&request);
    assert!(message.is_none());
    (world, id)
}

/// The words of the reports that are owed, oldest first.
fn reported(world: &World) -> Vec<(&'static str, u16)> {
    let told = world.records.reports.values().map(|report| match &report.kind {
        ReportKind::Delivery { state, err, .. } => (state.stat().expect("it is told").0, *err),
        ReportKind::Inbound { .. } | ReportKind::Event { .. } => panic!("of no message"),
    });
    told.collect()
}

/// The tables of `sms-api.md` 4 and 7.
#[test]
fn states_have_the_words_of_the_wire() {
    for (state, stat, status, mask) in [
        (Reported(Delivered), "DELIVRD", "DELIVERED", 1),
        (Reported(Accepted), "ACCEPTD", "SENT", 8),
        (Reported(Unknown), "UNKNOWN", "SENT", 4),
        (Reported(Undeliverable), "UNDELIV", "FAILED", 2),
        (Reported(Failed), "FAILED", "FAILED", 2),
        (InDoubt, "FAILED", "FAILED", 2),
        (Reported(Expired), "EXPIRED", "FAILED", 2),
        (Lapsed, "EXPIRED", "FAILED", 2),
        (Reported(Deleted), "DELETED", "FAILED", 2),
        (Cancelled, "DELETED", "FAILED", 2),
        (Reported(Rejected), "REJECTD", "FAILED", 16),
        (NotTaken, "NACK", "FAILED", 16),
    ] {
        assert_eq!(state.stat(), Some((stat, mask)), "{state:?}");
        assert_eq!(
            state.status().map(ringproof_verify::record::SmsStatus::as_str),
            Some(status),
            "{state:?}"
        );
        assert_eq!(SmsState::parse(state.as_str()), Some(state));
    }
    for (state, status) in [(Scheduled, None), (Queued, None), (Sent, Some("SENT"))] {
        let word = state.status().map(ringproof_verify::record::SmsStatus::as_str);
        assert_eq!((state.stat(), word), (None, status), "{state:?}: no report");
        assert_eq!(SmsState::parse(state.as_str()), Some(state));
    }
}

#[test]
fn a_message_is_queued_as_it_was_asked_for() {
    let mut world = world();
    let form = MessageForm { body: BodyKind::Data, header: vec![2, 0x70, 0], class: Some(0) };
    let request = SmsRequest {
        form: form.clone(),
        content: "00FF".to_owned().into(),
        ..world.text_to(MINE, NUMBER)
    };
    let (id, message) = world.send(&request);
    let message = message.expect("it goes at once");
    assert_eq!(world.records.messages[&message.id], message);
    assert_eq!((message.purpose, message.account), (Purpose::Text(id), MINE));
    assert_eq!((message.to.as_e164(), message.sender.as_str()), (NUMBER, "Shop"));
    assert_eq!((message.form.clone(), message.attempts, message.lease), (form, 1, LEASE));
    assert_eq!((message.created_at, message.next_at), (at(0), at(LEASE_SECONDS)));
    assert_eq!(message.deadline, at(360 * 60));
    let text = ringproof_verify::engine::outbox::open_text(&world.keys, &message).unwrap();
    assert_eq!(*text, "00FF");
    let kept = world.sms(id);
    assert_eq!((kept.state, kept.message, kept.parts), (Queued, message.id, 2));
    assert_eq!((kept.report_url.as_deref(), kept.err), (Some(URL), 0));
    assert_eq!((kept.price, kept.scheduled_text.as_ref()), (0, None), "the account does not pay");
    assert_eq!(id.to_string().len(), 40);
    assert!(reported(&world).is_empty());
}

#[test]
fn the_text_is_kept_as_the_caller_says() {
    for (store, body) in [
        (TextStore::Plaintext, BodyKind::Text),
        (TextStore::Sha256, BodyKind::Text),
        (TextStore::Nostore, BodyKind::Text),
        (TextStore::Plaintext, BodyKind::Data),
        (TextStore::Sha256, BodyKind::Data),
    ] {
        let mut world = world();
        let form = MessageForm { body, ..MessageForm::default() };
        let request = SmsRequest { text_store: store, form, ..world.text_to(MINE, NUMBER) };
        let (id, _) = world.send(&request);
        let kept = world.sms(id);
        let opened = open_kept_text(&world.keys, kept);
        match (store, body) {
            (TextStore::Plaintext, BodyKind::Text) => {
                assert_eq!(opened.as_deref().map(String::as_str), Some("Tere, köök"));
            }
            (TextStore::Sha256, BodyKind::Text) => {
                let digest = world.keys.text_digest("Tere, köök");
                assert_eq!(kept.kept_text, KeptText::Digest(digest));
                let foreign = world.ring.account(AccountId::from_i64(2)).text_digest("Tere, köök");
                assert!(digest != foreign, "two accounts cannot compare");
            }
            (TextStore::Nostore, _) | (_, BodyKind::Data) => {
                assert_eq!(kept.kept_text, KeptText::Nothing);
            }
        }
        assert!(!format!("{:?}", world.records).contains("köök"), "in clear nowhere");
    }
}

#[test]
fn a_scheduled_message_is_released_at_its_time_exactly_once() {
    let (mut world, id) = scheduled(1_000);
    assert_eq!((world.sms(id).state, world.records.messages.len()), (Scheduled, 0));
    assert!(world.sms(id).scheduled_text.is_some() && world.sms(id).to.is_some());
    world.go_to(1_000);
    world.advance_ms(-1);
    assert_eq!(world.release_due(8), []);
    world.advance_ms(1);
    let released = world.release_due(8);
    assert_eq!(released.len(), 1);
    let message = &released[0];
    assert_eq!((message.id, message.lease, message.attempts), (world.sms(id).message, 8, 1));
    assert_eq!(message.deadline, at(1_000 + 360 * 60), "validity counts from its time");
    let text = ringproof_verify::engine::outbox::open_text(&world.keys, message).unwrap();
    assert_eq!(*text, "Tere, köök");
    assert_eq!((world.sms(id).state, world.sms(id).scheduled_text.as_ref()), (Queued, None));
    assert_eq!(world.release_due(9), [], "once");
    world.accept(8, &[message.id]);
    assert_eq!((world.sms(id).state, world.sms(id).to), (Sent, None));
    assert_eq!(world.release_due(9), []);
    assert!(reported(&world).is_empty());
}

#[test]
fn a_time_in_the_past_means_at_once() {
    for second in [-100, 0] {
        let mut world = world();
        let request = SmsRequest { send_at: Some(at(second)), ..world.text_to(MINE, NUMBER) };
        let (id, message) = world.send(&request);
        assert_eq!((message.is_some(), world.sms(id).send_at), (true, at(0)));
    }
}

#[test]
fn a_scheduled_message_lapses_when_it_comes_too_late() {
    let (mut world, id) = scheduled(1_000);
    world.go_to(1_000 + 360 * 60);
    world.advance_ms(-1);
    assert_eq!(world.clone().release_due(8).len(), 1, "just in time");
    world.advance_ms(1);
    assert_eq!(world.release_due(8), []);
    assert_eq!((world.sms(id).state, world.sms(id).err), (Lapsed, 2));
    assert_eq!((world.sms(id).to, world.sms(id).scheduled_text.as_ref()), (None, None));
    assert_eq!(reported(&world), [("EXPIRED", 2)]);
    assert_eq!(world.release_due(8), []);
    assert_eq!(reported(&world).len(), 1);
}

#[test]
fn only_a_scheduled_message_of_ones_own_is_cancelled_and_only_once() {
    let (mut world, id) = scheduled(1_000);
    let theirs = AccountId::from_i64(2);
    assert_eq!(world.cancel(theirs, id), CancelOutcome::NotFound);
    assert_eq!(world.cancel(MINE, SmsId::from_bytes([9; 20])), CancelOutcome::NotFound);
    assert_eq!(world.sms(id).state, Scheduled);
    assert_eq!(world.cancel(MINE, id), CancelOutcome::Cancelled);
    assert_eq!((world.sms(id).state, world.sms(id).err), (Cancelled, 0));
    assert_eq!((world.sms(id).to, world.sms(id).scheduled_text.as_ref()), (None, None));
    assert_eq!(world.cancel(MINE, id), CancelOutcome::NotFound, "already cancelled");
    assert_eq!(reported(&world), [("DELETED", 0)], "one report");
    world.go_to(2_000);
    assert_eq!(world.release_due(8), [], "it is never sent");

    let (mut world, id) = scheduled(1_000);
    world.go_to(1_000);
    let message = world.release_due(LEASE).remove(0);
    assert_eq!(world.cancel(MINE, id), CancelOutcome::NotFound, "on its way");
    world.accept(LEASE, &[message.id]);
    assert_eq!(world.cancel(MINE, id), CancelOutcome::NotFound, "sent");
    assert_eq!(world.sms(id).state, Sent);
}

#[test]
fn scheduling_and_cancelling_does_not_free_the_limits() {
    let mut world = world();
    for n in 0..3 {
        world.go_to(n * 30);
        let request = SmsRequest { send_at: Some(at(5_000)), ..world.text_to(MINE, NUMBER) };
        let (id, _) = world.send(&request);
        world.cancel(MINE, id);
    }
    world.go_to(90);
    let throttle = Throttle::NumberService10min;
    let refused = SmsRefusal::Send(SendRefusal::Throttled { throttle, until: at(600) });
    let request = world.text_to(MINE, NUMBER);
    assert_eq!(world.refused_send(&request), refused);
}

#[test]
fn every_refusal_of_a_message_changes_nothing() {
    let mut world = world();
    let request = world.text_to(MINE, NUMBER);
    let later = SmsRequest { send_at: Some(at(600)), ..request.clone() };
    world.records.blocked.push((MINE, request.destination.number_key));
    let blocked = SmsRefusal::Send(SendRefusal::NumberBlocked);
    assert_eq!(world.refused_send(&request), blocked);
    assert_eq!(world.refused_send(&later), blocked, "a scheduled one too");
    world.records.blocked.clear();
    world.countries = Countries::parse("FI").unwrap();
    let closed = SmsRefusal::Send(SendRefusal::CountryNotAllowed(Country::parse("EE")));
    assert_eq!(world.refused_send(&request), closed);
    world.countries = Countries::All;
    world.has_open_gateway = false;
    assert_eq!(world.refused_send(&request), SmsRefusal::Send(SendRefusal::NoOpenGateway));
    assert!(world.records.sms.is_empty() && world.records.numbers.is_empty());
    world.send(&later);
}

#[test]
fn messages_and_codes_to_one_number_have_limits_of_their_own_and_one_in_common() {
    let mut world = world();
    world.policy.sends.number_per_day = 2;
    world.confirm();
    let request = world.text_to(MINE, NUMBER);
    world.send(&request);
    world.go_to(60);
    let until = at(86_400);
    let refused = SendRefusal::Throttled { throttle: Throttle::NumberDay, until };
    assert_eq!(world.refused_send(&request), SmsRefusal::Send(refused), "D-27");
}

/// D-31: so many to each foreign country a day, the account's own is free.
#[test]
fn foreign_countries_have_a_limit_of_their_own() {
    let mut world = world();
    world.overrides.country_sms_per_day = Some(2);
    let text = |world: &World, number: String| world.text_to(MINE, &number);
    for n in 0..2 {
        let finland = text(&world, format!("+3584012345{n:02}"));
        world.send(&finland);
    }
    let third = text(&world, "+358401234599".to_owned());
    let SmsRefusal::Send(SendRefusal::Throttled { throttle, until }) = world.refused_send(&third)
    else {
        panic!("not throttled")
    };
    assert_eq!(throttle, Throttle::CountryDay);
    for n in 0..5 {
        let home = text(&world, format!("+3725550020{n}"));
        world.send(&home);
    }
    let sweden = text(&world, "+46701234567".to_owned());
    world.send(&sweden);
    world.now = until;
    world.send(&third);
    world.home_country = None;
    let foreign_now = text(&world, "+37255500300".to_owned());
    world.send(&foreign_now);
    world.overrides.country_sms_per_day = Some(1);
    world.advance(60);
    let next = text(&world, "+37255500301".to_owned());
    assert!(matches!(world.refused_send(&next), SmsRefusal::Send(SendRefusal::Throttled { .. })));
}

/// `delivery.md` 8.3: 5 s, 30 s, 2 min, 10 min, 30 min, until validity.
#[test]
fn a_refused_message_is_tried_again_for_hours_and_then_given_up() {
    let mut world = world();
    let request = world.text_to(MINE, NUMBER);
    let (id, message) = world.send(&request);
    let mut message = message.unwrap();
    for (attempt, pause) in [5, 30, 120, 600, 1_800].into_iter().enumerate() {
        let next = world.now + SignedDuration::from_secs(pause);
        let outcome = world.refuse(LEASE, &message, Refusal::Temporary);
        assert_eq!(outcome, RefusedOutcome::Retry(next), "attempt {}", attempt + 1);
        world.now = next;
        message = world.claim(LEASE).messages.remove(0);
        assert_eq!(world.sms(id).state, Queued);
    }
    assert_eq!(message.attempts, 6);
    let outcome = world.refuse(LEASE, &message, Refusal::Temporary);
    assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{outcome:?}");
    assert_eq!((world.sms(id).state, world.sms(id).err), (NotTaken, 1));
    assert_eq!(reported(&world), [("NACK", 1)]);
}

/// How a message can end in the outbox, and what is told of it.
#[test]
fn each_end_in_the_outbox_is_a_state_and_a_report() {
    type Story = (fn(&mut World, &OutgoingMessage), SmsState, &'static [(&'static str, u16)]);
    let stories: [Story; 6] = [
        (
            // The run that held it is gone: it may be with the gateway.
            |world, _| {
                world.go_to(360 * 60);
                assert_eq!(world.claim(8).ended.len(), 1);
            },
            InDoubt,
            &[("FAILED", 999)],
        ),
        (|world, m| world.accept(LEASE, &[m.id]), Sent, &[]),
        (|world, m| drop(world.refuse(LEASE, m, Refusal::Content)), NotTaken, &[("NACK", 1)]),
        (
            |world, m| {
                world.refuse(LEASE, m, Refusal::Temporary);
                world.go_to(360 * 60);
                assert_eq!(world.claim(8).ended.len(), 1);
            },
            Lapsed,
            &[("EXPIRED", 2)],
        ),
        (
            |world, m| {
                world.refuse(LEASE, m, Refusal::InDoubt);
                world.go_to(30);
                let again = world.claim(8).messages.remove(0);
                world.refuse(8, &again, Refusal::InDoubt);
            },
            InDoubt,
            &[("FAILED", 999)],
        ),
        (
            |world, m| {
                world.refuse(LEASE, m, Refusal::InDoubt);
                world.go_to(360 * 60);
                assert_eq!(world.end_due().len(), 1);
            },
            InDoubt,
            &[("FAILED", 999)],
        ),
    ];
    for (end, state, told) in stories {
        let mut world = world();
        let request = world.text_to(MINE, NUMBER);
        let (id, message) = world.send(&request);
        end(&mut world, &message.unwrap());
        assert_eq!(world.sms(id).state, state);
        assert_eq!(reported(&world), told, "{state:?}");
        assert_eq!(world.sms(id).to, None, "the number is not needed any more");
        assert!(world.records.messages.is_empty());
        let unasked = SmsRequest { report_url: None, ..request };
        world.advance(700);
        let (_, message) = world.send(&unasked);
        world.refuse(LEASE, &message.unwrap(), Refusal::Content);
        assert_eq!(reported(&world), told, "no address, no report");
    }
}

#[test]
fn a_refused_message_gives_its_send_back() {
    let mut world = world();
    let request = world.text_to(MINE, "+358401234567");
    let (_, message) = world.send(&request);
    let counted = |world: &World| {
        let sends = &world.records.accounts[&MINE];
        let hours: u32 = sends.hours.iter().map(|h| h.sends).sum();
        let countries: u32 = sends.countries.iter().map(|c| c.sends).sum();
        (world.records.numbers.values().map(|n| n.0.len()).sum::<usize>(), hours, countries)
    };
    assert_eq!(counted(&world), (1, 1, 1));
    world.refuse(LEASE, &message.unwrap(), Refusal::Content);
    assert_eq!(counted(&world), (0, 0, 0));
    world.send(&request);
}

/// It was counted when it was asked for, so there it is taken back: an hour
/// that counted nothing must not gain by it.
#[test]
fn a_scheduled_message_gives_its_send_back_where_it_was_counted() {
    let mut world = world();
    world.overrides.account_sms_per_hour = Some(2);
    let later = SmsRequest { send_at: Some(at(7_200)), ..world.text_to(MINE, NUMBER) };
    let (id, _) = world.send(&later);
    world.go_to(7_200);
    let released = world.release_due(LEASE).remove(0);
    for n in 0..2 {
        let request = world.text_to(MINE, &format!("+3725550020{n}"));
        world.send(&request);
    }
    world.refuse(LEASE, &released, Refusal::Content);
    assert_eq!(world.sms(id).state, NotTaken);
    let third = world.text_to(MINE, "+37255500203");
    let SmsRefusal::Send(SendRefusal::Throttled { throttle, .. }) = world.refused_send(&third)
    else {
        panic!("not throttled")
    };
    assert_eq!(throttle, Throttle::AccountHour);
    let hours: Vec<u32> = world.records.accounts[&MINE].hours.iter().map(|h| h.sends).collect();
    assert_eq!(hours, [0, 2]);
    assert!(world.records.numbers[&later.destination.number_key].0.is_empty());
}

/// Limits are counted when a message is asked for; so a number is protected
/// from many days' wishes for one time as well (D-27).
#[test]
fn many_messages_for_one_time_are_refused() {
    let mut world = world();
    let noon = at(20 * 86_400);
    let request = SmsRequest { send_at: Some(noon), ..world.text_to(MINE, NUMBER) };
    let mut taken = 0;
    let refusal = loop {
        match world.try_send(&request) {
            SmsOutcome::Taken { .. } => taken += 1,
            SmsOutcome::Refused(refusal) => break refusal,
        }
        world.advance(3 * 3_600);
    };
    assert_eq!(taken, 20);
    let throttle = Throttle::NumberDay;
    let until = noon + SignedDuration::from_hours(24);
    let expected = SmsRefusal::Send(SendRefusal::Throttled { throttle, until });
    assert_eq!(refusal, expected);
    let later = SmsRequest { send_at: Some(until), ..request };
    assert!(matches!(world.try_send(&later), SmsOutcome::Taken { .. }));
}

#[test]
fn a_disabled_account_sends_nothing_at_its_time() {
    let (mut world, id) = scheduled(1_000);
    world.go_to(1_000);
    let snapshot = world.records.snapshot(&due_keys(world.now));
    let decided = release_due(&snapshot, |account| account != MINE, 8, world.now);
    assert!(decided.outcome.0.is_empty());
    world.records.apply(decided.changes);
    assert_eq!(world.sms(id).state, Cancelled);
    assert!(world.records.messages.is_empty());
}
