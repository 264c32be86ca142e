//! Several writers on one file: account commands beside a server.

use std::io::{BufRead as _, BufReader};

use ringproof_store::{Fault, Store};
use verify::engine::{Change, Decision, Keys, Snapshot};
use verify::guard::Guard;

use crate::asking::{at_once, put, seen, wait};
use crate::child;
use crate::engines;
use crate::sample::{self, service_id, user_id};

fn counter() -> Keys {
    Keys { user: Some((service_id(1), user_id(1))), ..Keys::default() }
}

/// Reads a counter and writes it one higher, in one step.
async fn count_up(store: Store) -> Result<(), Fault> {
    let rule = |s: &Snapshot| {
        let count = s.guard.consecutive_failures + 1;
        let guard = Box::new(Guard { consecutive_failures: count, ..Guard::default() });
        Decision::with(vec![Change::PutGuard(service_id(1), user_id(1), guard)], ())
    };
    store.transact(counter(), rule).await
}

fn count(store: &Store) -> u32 {
    seen(store, &counter()).guard.consecutive_failures
}

#[test]
fn two_engines_of_one_process_lose_no_update_of_each_other() {
    let folder = engines::folder();
    let stores = [engines::reopen(folder.path()), engines::reopen(folder.path())];
    put(&stores[0], vec![Change::InsertUser(Box::new(sample::user(1)))]);
    let answers = at_once(1_000, |n| count_up(stores[n / 8 % 2].clone()));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!([count(&stores[0]), count(&stores[1])], [1_000, 1_000]);
}

#[test]
fn two_processes_lose_no_update_and_see_each_other() {
    const COUNTED: usize = 500;
    let folder = engines::folder();
    let store = engines::reopen(folder.path());
    put(&store, vec![Change::InsertUser(Box::new(sample::user(1)))]);
    let before = wait(store.accounts_version()).expect("answered");
    let words = COUNTED.to_string();
    let mut other = child::start("sqlite::processes::the_other_process", folder.path(), &words);
    let mut lines = BufReader::new(other.stdout.take().expect("it is a pipe")).lines();
    let begins = lines.find(|line| line.as_deref().is_ok_and(|l| l == "child: begins"));
    assert!(begins.is_some(), "the other process did not begin");

    let answers = at_once(COUNTED, |_| count_up(store.clone()));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(other.wait().expect("it ends").success());
    assert_eq!(count(&store), 2 * u32::try_from(COUNTED).expect("it is small"));
    let (accounts, after) = wait(store.accounts()).expect("answered");
    assert_eq!((accounts, after), (vec![sample::account(1)], before + 1));
}

#[test]
#[ignore = "the test above starts it in a process of its own"]
fn the_other_process() {
    let Some((folder, words)) = child::task() else { return };
    let store = engines::reopen(&folder);
    child::say("begins");
    put(&store, vec![Change::PutAccount(Box::new(sample::account(1)))]);
    let count: usize = words.parse().expect("a number");
    assert!(at_once(count, |_| count_up(store.clone())).iter().all(Result::is_ok));
}
