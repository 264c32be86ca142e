//! Asking a store: waiting for it, asking it many things at once, comparing
//! what it answers.

use std::pin::Pin;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};

use ringproof_store::{Fault, Store};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use verify::engine::{Change, Decision, Keys, Snapshot};

/// Waits for one answer.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().build().expect("a runtime starts").block_on(future)
}

/// As [`wait`], for what needs sockets or time.
pub(crate) fn wait_io<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(future)
}

/// Makes `count` calls at once, many from each of several threads; the
/// answers in no particular order.
pub(crate) fn at_once<T, F>(count: usize, call: impl Fn(usize) -> F + Sync) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    const THREADS: usize = 8;
    let barrier = Barrier::new(THREADS);
    let from_thread = |thread: usize| {
        let mut calls = JoinSet::new();
        barrier.wait();
        wait(async {
            for number in (thread..count).step_by(THREADS) {
                calls.spawn(call(number));
            }
            calls.join_all().await
        })
    };
    std::thread::scope(|scope| {
        let from_thread = &from_thread;
        let threads: Vec<_> = (0..THREADS).map(|n| scope.spawn(move || from_thread(n))).collect();
        threads.into_iter().flat_map(|t| t.join().expect("a caller does not panic")).collect()
    })
}

/// A call that was made but whose answer nobody has taken yet.
pub(crate) type Asked<T> = Pin<Box<dyn Future<Output = T>>>;

/// Makes a call without waiting: its step is queued when this returns. The
/// answer comes along if it was given at once.
pub(crate) fn ask<T: 'static>(call: impl Future<Output = T> + 'static) -> (Asked<T>, Option<T>) {
    let mut asked: Asked<T> = Box::pin(call);
    match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => (asked, Some(answer)),
        Poll::Pending => (asked, None),
    }
}

/// Makes a call that cannot be answered yet.
pub(crate) fn ask_and_leave_waiting<T: 'static>(
    call: impl Future<Output = T> + 'static,
) -> Asked<T> {
    let (asked, answer) = ask(call);
    assert!(answer.is_none(), "it was answered although the engine is busy");
    asked
}

/// Writes changes in one step, whatever is there.
pub(crate) async fn write(store: Store, changes: Vec<Change>) -> Result<(), Fault> {
    store.transact(Keys::default(), move |_| Decision::with(changes.clone(), ())).await
}

/// Writes changes in one step that is expected to work.
pub(crate) fn put(store: &Store, changes: Vec<Change>) {
    wait(write(store.clone(), changes)).expect("the step is done");
}

/// Reads records on both ways, inside a step and beside it; both must see the
/// same.
pub(crate) fn seen(store: &Store, keys: &Keys) -> Snapshot {
    let inside = wait(store.transact(keys.clone(), |s| Decision::unchanged(s.clone())));
    let inside = inside.expect("the step is done");
    let beside = wait(store.read(keys.clone())).expect("the read is answered");
    assert_same(&inside, &beside);
    inside
}

/// Compares two snapshots field by field.
pub(crate) fn assert_same(one: &Snapshot, other: &Snapshot) {
    assert_eq!(one.account, other.account);
    assert_eq!(one.service, other.service);
    assert_eq!(one.service_named, other.service_named);
    assert_eq!(one.has_users, other.has_users);
    assert_eq!(one.user, other.user);
    assert_eq!(one.verification, other.verification);
    assert_eq!(one.guard, other.guard);
    assert_eq!(one.authenticators, other.authenticators);
    assert_eq!(one.devices, other.devices);
    assert_eq!(one.prompts, other.prompts);
    assert_eq!(one.recovery, other.recovery);
    assert_eq!(one.entries, other.entries);
    assert_eq!(one.is_nonce_used, other.is_nonce_used);
    assert_eq!(one.widget_settings, other.widget_settings);
    assert_eq!(one.widget_session, other.widget_session);
    assert_eq!(one.widget_traffic, other.widget_traffic);
    assert_eq!(one.user_by_login, other.user_by_login);
    assert_eq!(one.number_sends, other.number_sends);
    assert_eq!(one.account_sends, other.account_sends);
    assert_eq!(one.confirmation, other.confirmation);
    assert_eq!(one.delivery, other.delivery);
    assert_eq!(one.is_blocked, other.is_blocked);
    assert_eq!(one.trust, other.trust);
    assert_eq!(one.addresses, other.addresses);
    assert_eq!(one.balances, other.balances);
    assert_eq!(one.sms, other.sms);
    assert_eq!(one.reports, other.reports);
    assert_eq!(one.messages, other.messages);
    let due = |s: &Snapshot| -> Vec<_> {
        s.held.iter().chain(&s.due).map(|d| (d.message.clone(), d.verification.clone())).collect()
    };
    assert_eq!(due(one), due(other));
}
