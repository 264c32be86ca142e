//! A server that is killed in the middle of its work, and comes back.
//!
//! What was acknowledged must be there; what ended with a fault of unknown
//! outcome may be there or not; what ended with another fault must not be.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ringproof_store::{Fault, Store};
use verify::engine::{Change, Decision, Keys};
use verify::guard::Guard;

use super::server::Server;
use crate::asking::{put, seen, wait};
use crate::engines::node;
use crate::sample::{self, service_id, user_id};

/// How long to wait for something that must come.
const LONG: Duration = Duration::from_mins(1);

const PEOPLE: u8 = 12;

#[derive(Default)]
struct Told {
    /// How far each person's counter is at least, and at most.
    acknowledged: Vec<AtomicUsize>,
    in_doubt: Vec<AtomicUsize>,
    faults: Mutex<BTreeSet<String>>,
}

fn keys(person: u8) -> Keys {
    Keys { user: Some((service_id(1), user_id(person))), ..Keys::default() }
}

fn count(person: u8, s: &verify::engine::Snapshot) -> Decision<u32> {
    let count = s.guard.consecutive_failures + 1;
    let guard = Box::new(Guard { consecutive_failures: count, ..Guard::default() });
    Decision::with(vec![Change::PutGuard(service_id(1), user_id(person), guard)], count)
}

/// Counts one person up until told to stop.
fn live(store: &Store, person: u8, told: &Told, stop: &AtomicBool) {
    let place = usize::from(person);
    while !stop.load(Ordering::SeqCst) {
        match wait(store.transact(keys(person), move |s| count(person, s))) {
            Ok(_) => drop(told.acknowledged[place].fetch_add(1, Ordering::SeqCst)),
            Err(Fault::Unknown(_)) => drop(told.in_doubt[place].fetch_add(1, Ordering::SeqCst)),
            Err(fault) => {
                told.faults.lock().expect("nobody panics").insert(fault.to_string());
            }
        }
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < until, "{what} did not come");
        std::thread::yield_now();
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let mut server = Server::start::<&str>(&[]);
    let address = server.database();
    let nodes = [node(&address), node(&address)];
    let mut changes = vec![Change::InsertService(Box::new(sample::service(1)))];
    changes.extend((0..PEOPLE).map(|n| Change::InsertUser(Box::new(sample::user(n)))));
    put(&nodes[0], changes);
    let places = || (0..PEOPLE).map(|_| AtomicUsize::new(0)).collect();
    let told = Told { acknowledged: places(), in_doubt: places(), ..Told::default() };
    let stop = AtomicBool::new(false);
    let all = || told.acknowledged.iter().map(|n| n.load(Ordering::SeqCst)).sum::<usize>();
    std::thread::scope(|scope| {
        for person in 0..PEOPLE {
            let (store, told, stop) = (&nodes[usize::from(person) % 2], &told, &stop);
            scope.spawn(move || live(store, person, told, stop));
        }
        for round in 1..=4 {
            let before = all();
            wait_until("work", || all() > before + 100 * round);
            server.kill();
            server.start_again();
            let before = all();
            wait_until("work after the outage", || all() > before + 20);
        }
        stop.store(true, Ordering::SeqCst);
    });
    for person in 0..PEOPLE {
        let place = usize::from(person);
        let acknowledged = told.acknowledged[place].load(Ordering::SeqCst);
        let in_doubt = told.in_doubt[place].load(Ordering::SeqCst);
        let kept = seen(&nodes[0], &keys(person)).guard.consecutive_failures as usize;
        assert!(
            (acknowledged..=acknowledged + in_doubt).contains(&kept),
            "person {person}: {acknowledged} acknowledged, {in_doubt} in doubt, {kept} kept"
        );
    }
    println!("{} acknowledged; faults: {:?}", all(), told.faults);
}

#[test]
fn without_a_server_every_call_ends_with_a_fault_and_none_hangs() {
    let mut server = Server::start(&["fsync=off"]);
    let store = node(&server.database());
    put(&store, sample::everything());
    server.kill();
    let began = Instant::now();
    let answer = wait(store.transact(keys(1), |s| count(1, s)));
    assert!(matches!(answer, Err(Fault::Database(_))), "{answer:?}");
    let answer = wait(store.read(keys(1))).map(drop);
    assert!(matches!(answer, Err(Fault::Database(_))), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    server.start_again();
    assert_eq!(wait(store.transact(keys(1), |s| count(1, s))), Ok(2), "it works again at once");
}
