//! Many at once: the promises of the issue, through the real rules.

use ringproof_store::read::Page;
use verify::engine::check::CheckOutcome;
use verify::engine::service::CreateOutcome;
use verify::engine::start::StartOutcome;
use verify::engine::{Change, Decision, Due, Keys};
use verify::guard::Guard;
use verify::ids::AccountId;
use verify::record::Method;

use crate::asking::{at_once, put, seen, wait};
use crate::engines::Open;
use crate::sample::{self, at, service_id, user_id};
use crate::world::{Person, WRONG, World};

/// What a step that adds one to a counter reads.
fn counter() -> Keys {
    Keys { user: Some((service_id(1), user_id(1))), ..Keys::default() }
}

pub(super) fn no_update_is_lost(open: Open) {
    let kept = open();
    put(&kept.store, vec![Change::InsertUser(Box::new(sample::user(1)))]);
    let mut counts = at_once(1_000, |_| {
        let store = kept.store.clone();
        let rule = |s: &verify::engine::Snapshot| {
            let count = s.guard.consecutive_failures + 1;
            let guard = Box::new(Guard { consecutive_failures: count, ..Guard::default() });
            Decision::with(vec![Change::PutGuard(service_id(1), user_id(1), guard)], count)
        };
        async move { store.transact(counter(), rule).await.expect("the step is done") }
    });
    counts.sort_unstable();
    assert!(counts.into_iter().eq(1..=1_000), "two steps saw the same count");
    assert_eq!(seen(&kept.store, &counter()).guard.consecutive_failures, 1_000);
}

fn started(open: Open) -> (crate::engines::Opened, World, Person, String) {
    let kept = open();
    let world = World::over(&kept.store);
    let person = wait(world.add_person(1, at(0)));
    let code = wait(world.code(person, at(0), 77));
    (kept, world, person, code)
}

/// Enters a thousand codes at once.
fn enter(world: &World, person: Person, code: impl Fn(usize) -> String + Sync) -> Counted {
    let outcomes = at_once(1_000, |n| {
        let (world, code) = (world.clone(), code(n));
        async move { world.check(person, &code, at(1_000)).await }
    });
    let count = |is: fn(&CheckOutcome) -> bool| outcomes.iter().filter(|o| is(o)).count();
    Counted {
        wrong: count(|o| matches!(o, CheckOutcome::WrongCode { .. })),
        approved: count(|o| matches!(o, CheckOutcome::Approved { .. })),
        throttled: count(|o| matches!(o, CheckOutcome::Throttled { .. })),
        not_found: count(|o| *o == CheckOutcome::VerificationNotFound),
    }
}

#[derive(Debug, Default, PartialEq)]
struct Counted {
    wrong: usize,
    approved: usize,
    throttled: usize,
    not_found: usize,
}

pub(super) fn a_thousand_wrong_codes_make_five_comparisons(open: Open) {
    let (_kept, world, person, code) = started(open);
    let counted = enter(&world, person, |_| WRONG.to_owned());
    assert_eq!(counted, Counted { wrong: 5, throttled: 995, ..Counted::default() });
    let after = wait(world.verification(person)).expect("it is still told apart");
    assert!(after.is_exhausted && after.code.is_none() && after.attempts == 5, "{after:?}");
    let right = wait(world.check(person, &code, at(2_000)));
    assert!(matches!(right, CheckOutcome::Throttled { .. }), "{right:?}");
}

pub(super) fn a_thousand_right_codes_make_one_approval(open: Open) {
    let (_kept, world, person, code) = started(open);
    let counted = enter(&world, person, |_| code.clone());
    assert_eq!(counted, Counted { approved: 1, not_found: 999, ..Counted::default() });
    assert_eq!(wait(world.verification(person)), None);
}

pub(super) fn right_and_wrong_codes_together_make_at_most_one_approval(open: Open) {
    let (_kept, world, person, code) = started(open);
    let mixed = |n: usize| if n.is_multiple_of(10) { code.clone() } else { WRONG.to_owned() };
    let counted = enter(&world, person, mixed);
    assert!(counted.approved <= 1, "{counted:?}");
    assert!(counted.wrong + counted.approved <= 5, "{counted:?}");
    let uncompared = if counted.approved == 1 { counted.not_found } else { counted.throttled };
    assert_eq!(counted.wrong + counted.approved + uncompared, 1_000, "{counted:?}");
}

pub(super) fn a_thousand_starts_make_one_verification_and_one_message(open: Open) {
    let kept = open();
    let world = World::over(&kept.store);
    let person = wait(world.add_person(1, at(0)));
    let outcomes = at_once(1_000, |n| {
        let world = world.clone();
        async move { world.try_start(person, Method::Sms, true, at(0), n as u64).await }
    });
    let mut messages = Vec::new();
    let kept_one = wait(world.verification(person)).expect("one lives");
    for outcome in outcomes {
        let Ok(StartOutcome::Started(started)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(started.verification, kept_one.id);
        assert_eq!(started.is_resend, started.message.is_none());
        messages.extend(started.message);
    }
    let due = Some(Due { now: at(60_000), limit: 10 });
    let waiting = seen(&kept.store, &Keys { due, ..Keys::default() }).due;
    let waiting: Vec<_> = waiting.into_iter().map(|d| Box::new(d.message)).collect();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages, waiting);
    assert_eq!(kept_one.sends, 1);
}

pub(super) fn a_thousand_creations_of_one_name_make_one(open: Open) {
    let kept = open();
    let world = World::over(&kept.store);
    let account = AccountId::from_i64(1);
    let outcomes = at_once(1_000, |n| {
        let world = world.clone();
        async move { world.add_service(account, "Shop", at(0), n as u64).await }
    });
    let is_created = |o: &Result<CreateOutcome, _>| matches!(o, Ok(CreateOutcome::Created(_)));
    assert_eq!(outcomes.iter().filter(|o| is_created(o)).count(), 1);
    let taken = outcomes.iter().filter(|o| **o == Ok(CreateOutcome::NameTaken)).count();
    assert_eq!(taken, 999);

    let Some(Ok(CreateOutcome::Created(service))) = outcomes.into_iter().find(is_created) else {
        panic!("none was created")
    };
    let added = at_once(100, |n| {
        let (world, service) = (world.clone(), service.id);
        async move { world.add_user(account, service, ("jane", "+37255500123"), at(0), n as u64).await }
    });
    assert_eq!(added.len(), 100);
    let (users, total) = wait(kept.store.users(service.id, Page::ALL)).expect("answered");
    assert_eq!((users.len(), total), (1, 1));
}
