//! Group commit: what waits is done in one transaction, and still each step
//! stands for itself.
//!
//! A rule that waits keeps the writer busy, so that a test decides what the
//! next group is made of. How often a rule ran tells what became of its group:
//! once if the group was committed, twice if each step was done again alone.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use ringproof_store::limits::{STEPS_PER_COMMIT_MAX, STEPS_WAITING_MAX};
use ringproof_store::{Fault, Store};
use verify::engine::{Change, Decision, Keys};
use verify::record::{Service, User};

use crate::asking::{Asked, ask, ask_and_leave_waiting, put, seen, wait};
use crate::engines;
use crate::sample::{self, service_id, user_id};

/// A step that keeps the writer busy until it is let go.
struct Busy {
    release: SyncSender<()>,
    holder: JoinHandle<Result<(), Fault>>,
}

/// Gives the writer a step that waits, and returns when it does.
fn keep_busy(store: &Store) -> Busy {
    let (entered, has_entered) = sync_channel(1);
    let (release, may_leave) = sync_channel(1);
    let rule = move |_: &_| {
        let _ = entered.send(());
        let _ = may_leave.recv();
        Decision::unchanged(())
    };
    let store = store.clone();
    let holder = in_thread(move || wait(store.transact(Keys::default(), rule)));
    has_entered.recv().expect("the writer runs the rule");
    Busy { release, holder }
}

fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    std::thread::Builder::new().spawn(work).expect("a thread starts")
}

impl Busy {
    fn let_go(self) {
        self.release.send(()).expect("the rule waits");
        self.holder.join().expect("it does not panic").expect("the step is done");
    }
}

/// Queues a step that makes `changes` and counts the runs of its rule.
fn queue(store: &Store, runs: &Arc<AtomicUsize>, changes: Vec<Change>) -> Asked<Result<(), Fault>> {
    let (store, runs) = (store.clone(), runs.clone());
    ask_and_leave_waiting(async move {
        let rule = move |_: &_| {
            runs.fetch_add(1, Ordering::SeqCst);
            Decision::with(changes.clone(), ())
        };
        store.transact(Keys::default(), rule).await
    })
}

fn add_user(n: u8) -> Change {
    Change::InsertUser(Box::new(sample::user(n)))
}

fn has_user(store: &Store, n: u8) -> bool {
    let keys = Keys { user: Some((service_id(1), user_id(n))), ..Keys::default() };
    seen(store, &keys).user.is_some()
}

#[test]
fn a_rule_that_panics_in_the_middle_of_a_group_does_not_touch_its_neighbours() {
    let kept = engines::sqlite();
    let busy = keep_busy(&kept.store);
    let runs = Arc::default();
    let first = queue(&kept.store, &runs, vec![add_user(1)]);
    let (store, counted) = (kept.store.clone(), Arc::clone(&runs));
    let panicking = ask_and_leave_waiting(async move {
        let rule = move |_: &_| -> Decision<()> {
            counted.fetch_add(1, Ordering::SeqCst);
            // Without the hook, so that the log of the tests stays quiet.
            resume_unwind(Box::new("in the middle".to_owned()))
        };
        store.transact(Keys::default(), rule).await
    });
    let last = queue(&kept.store, &runs, vec![add_user(2)]);
    busy.let_go();

    assert_eq!(wait(first), Ok(()));
    assert_eq!(wait(panicking), Err(Fault::RulePanicked("in the middle".to_owned())));
    assert_eq!(wait(last), Ok(()));
    assert!(has_user(&kept.store, 1) && has_user(&kept.store, 2));
    assert_eq!(runs.load(Ordering::SeqCst), 3, "no rule had to run again");
}

#[test]
fn a_failing_write_in_the_middle_of_a_group_stands_alone() {
    let kept = engines::sqlite();
    put(&kept.store, sample::everything());
    let same_name = Service { id: service_id(9), ..sample::service(1) };
    let same_login = User { id: user_id(9), ..sample::user(1) };
    let busy = keep_busy(&kept.store);
    let runs = Arc::default();
    let first = queue(&kept.store, &runs, vec![add_user(3)]);
    let failing = [
        vec![add_user(4), Change::InsertService(Box::new(same_name))],
        vec![Change::InsertUser(Box::new(same_login)), add_user(5)],
    ];
    let failing = failing.map(|changes| queue(&kept.store, &runs, changes));
    let last = queue(&kept.store, &runs, vec![add_user(6)]);
    busy.let_go();

    assert_eq!((wait(first), wait(last)), (Ok(()), Ok(())));
    for step in failing {
        let answer = wait(step);
        assert!(matches!(answer, Err(Fault::Database(_))), "{answer:?}");
    }
    let there = [3, 4, 5, 6].map(|n| has_user(&kept.store, n));
    assert_eq!(there, [true, false, false, true]);
    // Two rules before the first failure, then each of the four alone.
    assert_eq!(runs.load(Ordering::SeqCst), 2 + 4);
}

#[test]
fn a_step_sees_its_neighbours_in_the_same_group() {
    let kept = engines::sqlite();
    put(&kept.store, sample::everything());
    let busy = keep_busy(&kept.store);
    let keys = Keys { user: Some((service_id(1), user_id(1))), ..Keys::default() };
    let count_up = |_| {
        let (store, keys) = (kept.store.clone(), keys.clone());
        ask_and_leave_waiting(async move {
            let rule = |s: &verify::engine::Snapshot| {
                let mut guard = s.guard.clone();
                guard.consecutive_failures += 1;
                let count = guard.consecutive_failures;
                let change = Change::PutGuard(service_id(1), user_id(1), Box::new(guard));
                Decision::with(vec![change], count)
            };
            store.transact(keys, rule).await
        })
    };
    let steps: Vec<_> = (0..STEPS_PER_COMMIT_MAX + 10).map(count_up).collect();
    busy.let_go();
    for (step, count) in steps.into_iter().zip(2..) {
        assert_eq!(wait(step), Ok(count));
    }
}

/// The first caller of a group wakes the others; one that waits for something
/// else before it looks must not keep them waiting.
#[test]
fn a_caller_that_does_not_look_for_its_answer_keeps_nobody_waiting() {
    let kept = engines::sqlite();
    let busy = keep_busy(&kept.store);
    let runs = Arc::default();
    let steps = [1, 2, 3].map(|n| queue(&kept.store, &runs, vec![add_user(n)]));
    busy.let_go();
    for step in steps.into_iter().rev() {
        assert_eq!(wait(step), Ok(()));
    }
}

#[test]
fn one_step_too_many_is_refused_at_once_and_the_others_are_done() {
    let kept = engines::sqlite();
    let busy = keep_busy(&kept.store);
    let runs = Arc::default();
    let nothing = || queue(&kept.store, &runs, Vec::new());
    let waiting: Vec<_> = (0..STEPS_WAITING_MAX).map(|_| nothing()).collect();
    for _ in 0..3 {
        let store = kept.store.clone();
        let rule = |_: &_| Decision::with(vec![add_user(1)], ());
        let (_, answer) = ask(async move { store.transact(Keys::default(), rule).await });
        assert_eq!(answer, Some(Err(Fault::Overloaded)));
    }
    busy.let_go();
    for step in waiting {
        assert_eq!(wait(step), Ok(()));
    }
    assert_eq!(runs.load(Ordering::SeqCst), STEPS_WAITING_MAX);
    assert!(!has_user(&kept.store, 1), "a refused step was done");
    put(&kept.store, vec![add_user(1)]);
    assert!(has_user(&kept.store, 1));
}

#[test]
fn closing_does_and_answers_what_waits() {
    let folder = engines::folder();
    let store = engines::reopen(folder.path());
    let busy = keep_busy(&store);
    let runs = Arc::default();
    let waiting: Vec<_> = (1..=100).map(|n| queue(&store, &runs, vec![add_user(n)])).collect();
    let closing = {
        let store = store.clone();
        in_thread(move || store.close())
    };
    // Whoever comes after `close` began is told so, while the others wait.
    while wait(store.accounts_version()) != Err(Fault::Closed) {
        std::thread::yield_now();
    }
    let too_late = store.transact(Keys::default(), |_| Decision::with(vec![add_user(200)], ()));
    assert_eq!(wait(too_late), Err(Fault::Closed));
    busy.let_go();
    for step in waiting {
        assert_eq!(wait(step), Ok(()));
    }
    closing.join().expect("it closes");

    let store = engines::reopen(folder.path());
    assert!((1..=100).all(|n| has_user(&store, n)));
    assert!(!has_user(&store, 200));
}
