//! Calls that are owed to API clients (`sms-api.md` 7, 10).

use ringproof_verify::SignedDuration;
use ringproof_verify::engine::report::{CallOutcome, ReportOutcome, inbound, open_body};
use ringproof_verify::ids::{AccountId, MessageId};
use ringproof_verify::limits::LEASE_SECONDS;
use ringproof_verify::record::{ReceiptState, Report, ReportKind, SmsState};

use crate::confirming::{MINE, NUMBER};
use crate::texting::URL;
use crate::world::{LEASE, World, at};

/// A message whose way was reported in two steps, so two calls are owed.
fn with_two_reports() -> (World, MessageId) {
    let (mut world, _) = World::with_person();
    let request = world.text_to(MINE, NUMBER);
    let message = world.send(&request).1.expect("it goes at once").id;
    world.accept(LEASE, &[message]);
    for state in [ReceiptState::Accepted, ReceiptState::Delivered] {
        world.receive(message, "inbox", state, None);
    }
    (world, message)
}

fn state_of(report: &Report) -> SmsState {
    match report.kind {
        ReportKind::Delivery { state, .. } => state,
        ReportKind::Inbound { .. } | ReportKind::Event { .. } => panic!("of no message"),
    }
}

fn delivered() -> SmsState {
    SmsState::Reported(ReceiptState::Delivered)
}

#[test]
fn the_reports_of_one_message_go_out_one_after_the_other() {
    let (mut world, _) = with_two_reports();
    let first = world.claim_reports(8);
    assert_eq!(first.len(), 1, "the second waits for the first");
    assert_eq!(state_of(&first[0]), SmsState::Reported(ReceiptState::Accepted));
    assert_eq!((first[0].url.as_str(), first[0].account, first[0].attempts), (URL, MINE, 1));
    assert_eq!((first[0].lease, first[0].next_at), (8, at(LEASE_SECONDS)));
    assert!(world.claim_reports(9).is_empty(), "one holder at a time");
    let outcome = world.settle(&first[0], CallOutcome::NotTaken, 8, 0);
    assert_eq!(outcome, ReportOutcome::Retry(at(10)));
    world.go_to(9);
    assert!(world.claim_reports(8).is_empty(), "while the first pauses, the second waits");
    world.go_to(10);
    let again = world.claim_reports(8).remove(0);
    assert_eq!((again.id, again.attempts), (first[0].id, 2));
    assert_eq!(world.settle(&again, CallOutcome::Taken, 8, 0), ReportOutcome::Done);
    let second = world.claim_reports(8).remove(0);
    assert_eq!(state_of(&second), delivered());
    assert_eq!(world.settle(&second, CallOutcome::Taken, 8, 0), ReportOutcome::Done);
    assert!(world.records.reports.is_empty());
}

#[test]
fn reports_of_different_messages_do_not_wait_for_each_other() {
    let (mut world, _) = with_two_reports();
    let request = world.text_to(MINE, "+37255500198");
    let message = world.send(&request).1.unwrap().id;
    world.receive(message, "inbox", ReceiptState::Failed, None);
    assert_eq!(world.claim_reports(8).len(), 2);
}

/// First at once, then 5 repeats after 10 s, 60 s, 5 min, 30 min, 2 h, each
/// ±20 %.
#[test]
fn a_report_is_called_six_times_with_growing_pauses() {
    for (jitter, percent) in [(0, 100), (-200, 80), (200, 120), (-9_999, 80), (9_999, 120)] {
        let (mut world, _) = with_two_reports();
        let mut calls = 0;
        for pause in [10, 60, 300, 1_800, 7_200] {
            let called = world.claim_reports(8).remove(0);
            calls += 1;
            assert_eq!(called.attempts, calls);
            let next = world.now + SignedDuration::from_millis(pause * 10 * percent);
            let outcome = world.settle(&called, CallOutcome::NotTaken, 8, jitter);
            assert_eq!(outcome, ReportOutcome::Retry(next), "{pause} s, {jitter}");
            world.now = next;
            world.advance_ms(-1);
            assert!(world.claim_reports(8).is_empty());
            world.advance_ms(1);
        }
        let last = world.claim_reports(8).remove(0);
        assert_eq!(last.attempts, 6);
        let outcome = world.settle(&last, CallOutcome::NotTaken, 8, jitter);
        assert_eq!(outcome, ReportOutcome::GivenUp);
        let next = world.claim_reports(8).remove(0);
        assert_eq!(state_of(&next), delivered(), "a later one waited for it to give up");
    }
}

#[test]
fn an_address_that_must_not_be_called_ends_the_report() {
    let (mut world, _) = with_two_reports();
    let called = world.claim_reports(8).remove(0);
    assert_eq!(world.settle(&called, CallOutcome::Forbidden, 8, 0), ReportOutcome::GivenUp);
    assert_eq!(world.records.reports.len(), 1);
}

#[test]
fn only_the_holder_of_the_lease_settles_a_report() {
    let (mut world, _) = with_two_reports();
    let called = world.claim_reports(8).remove(0);
    for outcome in [CallOutcome::Taken, CallOutcome::NotTaken, CallOutcome::Forbidden] {
        let before = world.records.clone();
        assert_eq!(world.settle(&called, outcome, 9, 0), ReportOutcome::NotOurs);
        assert_eq!(world.records, before);
    }
    // The run that held it is gone: its call counts, another takes over.
    world.go_to(30);
    let taken_over = world.claim_reports(9).remove(0);
    assert_eq!((taken_over.id, taken_over.attempts), (called.id, 2));
    assert_eq!(world.settle(&called, CallOutcome::Taken, 8, 0), ReportOutcome::NotOurs);
    assert_eq!(world.settle(&taken_over, CallOutcome::Taken, 9, 0), ReportOutcome::Done);
    assert_eq!(world.settle(&taken_over, CallOutcome::Taken, 9, 0), ReportOutcome::NotOurs);
}

/// Reports are stored in the step that changes what they tell, so a restart
/// loses none; their order stays that of their making.
#[test]
fn reports_outlive_the_run_that_called_them() {
    let (mut world, _) = with_two_reports();
    for run in 1..=6 {
        let called = world.claim_reports(run);
        assert_eq!(
            called.iter().map(|r| r.attempts).collect::<Vec<_>>(),
            [u32::try_from(run).unwrap()]
        );
        world.advance(30);
    }
    assert_eq!(world.records.reports.len(), 2);
}

#[test]
fn a_message_from_a_person_is_owed_sealed_and_opens_for_its_account() {
    let (mut world, _) = with_two_reports();
    let body = r#"{"text":"STOP"}"#;
    let keys = world.keys.clone();
    let url = "https://shop.example/in".to_owned();
    for _ in 0..2 {
        let signature = "ab".repeat(32);
        let queued =
            inbound(MINE, url.clone(), body, signature, &keys, world.now, &mut world.entropy);
        world.records.apply(queued.changes);
    }
    assert!(!format!("{:?}", world.records).contains("STOP"));
    let claimed = world.claim_reports(8);
    assert_eq!(claimed.len(), 3, "persons' messages wait for nobody");
    let inbound: Vec<_> = claimed.iter().filter(|r| r.url == url).collect();
    assert_eq!(inbound.len(), 2);
    for report in inbound {
        let ReportKind::Inbound { body: sealed, signature } = &report.kind else { panic!() };
        assert_eq!((*open_body(&keys, report.id, sealed).unwrap()).as_str(), body);
        assert_eq!(signature.len(), 64);
        let theirs = world.ring.account(AccountId::from_i64(2));
        assert!(open_body(&theirs, report.id, sealed).is_err());
        let other = world.records.reports.values().find(|r| r.id != report.id).unwrap();
        assert!(open_body(&keys, other.id, sealed).is_err(), "it is bound to its row");
    }
}
