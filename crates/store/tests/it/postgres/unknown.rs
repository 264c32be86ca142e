//! A line that breaks while a step is being committed: nobody knows what became
//! of it, and so it is neither reported as done nor done again.

use std::io::{Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use ringproof_store::{Fault, Store};
use verify::engine::{Change, Decision, Keys, Snapshot};
use verify::guard::Guard;

use super::server::shared;
use crate::asking::{put, seen, wait};
use crate::engines::node;
use crate::sample::{self, service_id, user_id};

/// The line holds.
const WHOLE: u8 = 0;
/// The next commit does not get through.
const LOSES_COMMIT: u8 = 1;
/// The answer to the next commit does not get through.
const LOSES_ANSWER: u8 = 2;

/// How a commit goes over the line, and how it is answered.
const COMMIT: &[u8] = b"; COMMIT\0";
const COMMITTED: &[u8] = b"COMMIT\0";

/// A line to the server that can be broken.
struct Line {
    state: Arc<AtomicU8>,
    port: u16,
}

impl Line {
    fn to(folder: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let (state, socket) = (Arc::new(AtomicU8::new(WHOLE)), format!("{folder}/.s.PGSQL.5432"));
        let line = Self { state: state.clone(), port };
        // It ends with the process.
        std::thread::Builder::new()
            .spawn(move || {
                for near in listener.incoming() {
                    let far = UnixStream::connect(&socket).expect("the server runs");
                    carry(&near.expect("a call comes in"), &far, &state);
                }
            })
            .expect("a thread starts");
        line
    }

    fn address(&self, direct: &str) -> String {
        let (user_and_database, _) = direct.split_once("?host=").expect("it is by socket");
        let database = user_and_database.rsplit('/').next().expect("it names a database");
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

fn contains(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

/// Carries both ways until one end closes or the line breaks.
fn carry(near: &TcpStream, far: &UnixStream, state: &Arc<AtomicU8>) {
    let ends = || (near.try_clone().expect("a handle"), far.try_clone().expect("a handle"));
    let (mut near_in, mut far_out) = ends();
    let asked = state.clone();
    let ask = move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(count @ 1..) = near_in.read(&mut bytes) {
            let is_commit = contains(&bytes[..count], COMMIT);
            if is_commit && asked.load(Ordering::SeqCst) == LOSES_COMMIT {
                asked.store(WHOLE, Ordering::SeqCst);
                break;
            }
            if far_out.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = near_in.shutdown(Shutdown::Both);
        let _ = far_out.shutdown(Shutdown::Both);
    };
    let (mut near_out, mut far_in) = ends();
    let answered = state.clone();
    let answer = move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(count @ 1..) = far_in.read(&mut bytes) {
            let is_committed = contains(&bytes[..count], COMMITTED);
            if is_committed && answered.load(Ordering::SeqCst) == LOSES_ANSWER {
                answered.store(WHOLE, Ordering::SeqCst);
                break;
            }
            if near_out.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = near_out.shutdown(Shutdown::Both);
        let _ = far_in.shutdown(Shutdown::Both);
    };
    std::thread::Builder::new().spawn(ask).expect("a thread starts");
    std::thread::Builder::new().spawn(answer).expect("a thread starts");
}

fn keys() -> Keys {
    Keys { user: Some((service_id(1), user_id(1))), ..Keys::default() }
}

fn counted(store: &Store) -> u32 {
    seen(store, &keys()).guard.consecutive_failures
}

/// Counts up, and notes how often its rule was run.
fn count(store: &Store, runs: &Arc<AtomicUsize>) -> Result<u32, Fault> {
    let runs = runs.clone();
    wait(store.transact(keys(), move |s: &Snapshot| {
        runs.fetch_add(1, Ordering::SeqCst);
        let count = s.guard.consecutive_failures + 1;
        let guard = Box::new(Guard { consecutive_failures: count, ..Guard::default() });
        Decision::with(vec![Change::PutGuard(service_id(1), user_id(1), guard)], count)
    }))
}

#[test]
fn a_commit_whose_answer_is_lost_is_unknown_and_not_done_again() {
    let direct = shared().database();
    let beside = node(&direct);
    put(&beside, vec![Change::InsertUser(Box::new(sample::user(1)))]);
    let line = Line::to(&shared().folder);
    let store = node(&line.address(&direct));
    let runs = Arc::new(AtomicUsize::new(0));
    assert_eq!(count(&store, &runs), Ok(1));

    for (state, kept) in [(LOSES_ANSWER, 2), (LOSES_COMMIT, 2), (LOSES_ANSWER, 4)] {
        let before = runs.load(Ordering::SeqCst);
        line.state.store(state, Ordering::SeqCst);
        let answer = count(&store, &runs);
        assert!(matches!(answer, Err(Fault::Unknown(_))), "{answer:?}");
        assert_eq!(runs.load(Ordering::SeqCst) - before, 1, "it was tried again");
        assert_eq!(counted(&beside), kept);
        if kept == 2 && state == LOSES_COMMIT {
            assert_eq!(count(&store, &runs), Ok(3), "the next one has a line of its own");
        }
    }
}
