//! What a step may rely on: all or nothing, one after the other, alone.

use std::panic::resume_unwind;
use std::time::{Duration, Instant};

use ringproof_store::Fault;
use ringproof_store::read::Page;
use verify::engine::{Change, Decision, Keys};
use verify::record::{Service, User};

use crate::asking::{ask, put, seen, wait, write};
use crate::engines::Open;
use crate::sample::{self, account_id, at, service_id, user_id};

fn guard_keys() -> Keys {
    Keys { user: Some((service_id(1), user_id(1))), ..Keys::default() }
}

fn put_guard(n: u8) -> Change {
    Change::PutGuard(service_id(1), user_id(1), Box::new(sample::guard(n)))
}

pub(super) fn a_step_sees_what_the_step_before_it_wrote(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    for n in 3..20 {
        let before = wait(kept.store.transact(guard_keys(), move |s| {
            Decision::with(vec![put_guard(n)], s.guard.consecutive_failures)
        }));
        assert_eq!(before, Ok(if n == 3 { 1 } else { u32::from(n) - 1 }));
        let read = wait(kept.store.read(guard_keys())).expect("the read is answered");
        assert_eq!(read.guard, sample::guard(n));
    }
}

pub(super) fn a_refused_step_changes_nothing(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    let answer = wait(kept.store.transact(guard_keys(), |_| Decision::unchanged("refused")));
    assert_eq!(answer, Ok("refused"));
    assert_eq!(seen(&kept.store, &guard_keys()).guard, sample::guard(1));
}

pub(super) fn a_failing_write_undoes_its_whole_step(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    let same_name = Service { id: service_id(9), ..sample::service(1) };
    let changes = vec![
        put_guard(9),
        Change::DeleteVerification(service_id(1), user_id(2)),
        Change::InsertUser(Box::new(sample::user(9))),
        Change::PutAccount(Box::new(sample::account(9))),
        Change::PutWidgetSettings(Box::new(sample::bare_settings(1))),
        Change::InsertService(Box::new(same_name)),
        Change::DropMessage(sample::message_id(1)),
    ];
    let answer = wait(write(kept.store.clone(), changes));
    assert!(matches!(answer, Err(Fault::Database(_))), "{answer:?}");

    assert_eq!(seen(&kept.store, &guard_keys()).guard, sample::guard(1));
    let neighbour = Keys { user: Some((service_id(1), user_id(2))), ..Keys::default() };
    assert_eq!(seen(&kept.store, &neighbour).verification, Some(sample::verification(2)));
    let (users, _) = wait(kept.store.users(service_id(1), Page::ALL)).expect("answered");
    assert_eq!(users, [1, 2].map(sample::user));
    assert_eq!(wait(kept.store.accounts()), Ok((vec![sample::account(1)], 2)));
    let message = Keys { messages: vec![sample::message_id(1)], ..Keys::default() };
    assert_eq!(seen(&kept.store, &message).messages, [sample::message(1)]);
}

pub(super) fn names_that_must_be_unique_are(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    let service = |s: Service| Change::InsertService(Box::new(s));
    let user = |u: User| Change::InsertUser(Box::new(u));
    let twice = vec![service(sample::service(3)), service(sample::service(3))];
    let same_login = User { id: user_id(9), ..sample::user(1) };
    let twins = vec![user(sample::user(3)), user(User { id: user_id(4), ..sample::user(3) })];
    for changes in [
        vec![service(Service { name: "other".to_owned(), ..sample::service(1) })],
        vec![service(Service { id: service_id(9), ..sample::service(1) })],
        twice,
        vec![user(User { login: "other".to_owned(), ..sample::user(1) })],
        vec![user(same_login.clone())],
        twins,
        vec![Change::QueueMessage(Box::new(sample::message(1)))],
        vec![Change::QueueMessage(Box::new(sample::message(9))); 2],
    ] {
        let answer = wait(write(kept.store.clone(), changes.clone()));
        assert!(matches!(answer, Err(Fault::Database(_))), "{changes:?}: {answer:?}");
    }
    // The same names in another account, another service.
    let elsewhere = Service { account: account_id(2), id: service_id(9), ..sample::service(1) };
    put(&kept.store, vec![service(elsewhere)]);
    put(&kept.store, vec![user(User { service: service_id(9), ..same_login })]);
    // A name is free as soon as its holder is gone, also in the same step.
    let again = Service { id: service_id(8), created_at: at(5), ..sample::service(1) };
    put(&kept.store, vec![Change::DeleteService(service_id(1)), service(again)]);
}

pub(super) fn a_panicking_rule_is_one_fault_and_no_change(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    // Without the hook, so that the log of the tests stays quiet.
    let panics = |text: &'static str| {
        kept.store
            .transact(guard_keys(), move |_| -> Decision<()> { resume_unwind(Box::new(text)) })
    };
    for _ in 0..3 {
        let answer = wait(panics("one lost its head"));
        assert_eq!(answer, Err(Fault::RulePanicked("one lost its head".to_owned())));
    }
    assert_eq!(seen(&kept.store, &guard_keys()).guard, sample::guard(1));
    put(&kept.store, vec![put_guard(5)]);
    assert_eq!(seen(&kept.store, &guard_keys()).guard, sample::guard(5));
}

pub(super) fn a_caller_that_goes_away_stops_nothing(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    let guard_of = |n| Keys { subject: Some((service_id(1), user_id(n))), ..Keys::default() };
    for n in 2..40 {
        let guard = Box::new(sample::guard(n));
        let change = Change::PutGuard(service_id(1), user_id(n), guard);
        drop(ask(write(kept.store.clone(), vec![change])));
    }
    // They are done in any order. One may be done between two looks at it, so that
    // only what is done can be looked at in both ways.
    let until = Instant::now() + Duration::from_secs(20);
    for n in 2..40 {
        let is_done = || {
            let read = wait(kept.store.read(guard_of(n)));
            read.expect("the read is answered").guard == sample::guard(n)
        };
        while !is_done() {
            assert!(Instant::now() < until, "the step of caller {n} is not done");
        }
        assert_eq!(seen(&kept.store, &guard_of(n)).guard, sample::guard(n));
    }
}

pub(super) fn a_store_that_is_switched_off_answers_so(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    let clone = kept.store.clone();
    kept.store.switch_off(true);
    assert!(clone.is_switched_off());
    let answer = wait(write(clone.clone(), vec![put_guard(9)]));
    assert_eq!(answer, Err(Fault::SwitchedOff));
    assert_eq!(wait(clone.read(guard_keys())).err(), Some(Fault::SwitchedOff));
    assert_eq!(wait(clone.accounts_version()), Err(Fault::SwitchedOff));
    clone.switch_off(false);
    assert!(!kept.store.is_switched_off());
    assert_eq!(seen(&kept.store, &guard_keys()).guard, sample::guard(1));
}

pub(super) fn a_closed_store_says_so(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    let clone = kept.store.clone();
    kept.store.close();
    kept.store.close();
    assert_eq!(wait(write(clone.clone(), vec![put_guard(9)])), Err(Fault::Closed));
    assert_eq!(wait(clone.read(guard_keys())).err(), Some(Fault::Closed));
    assert_eq!(wait(clone.accounts()).err(), Some(Fault::Closed));
    assert_eq!(wait(clone.stale(sample::stale_before(at(0)))).err(), Some(Fault::Closed));
}
