//! What ended leaves no code behind, neither in rows nor in the bytes of the
//! files (D-51, S-18).

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use ringproof_store::Store;
use rusqlite::Connection;
use verify::engine::check::CheckOutcome;
use verify::engine::outbox::Attempt;
use verify::engine::{Due, Keys};

use crate::asking::{seen, wait};
use crate::engines::{self, options};
use crate::sample::at;
use crate::world::{LEASE, Person, WRONG, World};

/// Enough people that pages are split, joined and set free.
const PEOPLE: u32 = 300;

/// What must be gone: every digest and every sealed text that was ever kept.
#[derive(Default)]
struct Secrets(Vec<Vec<u8>>);

struct Started {
    store: Store,
    world: World,
    people: Vec<(Person, String)>,
    secrets: Secrets,
}

fn started(folder: &Path) -> Started {
    let store = engines::reopen(folder);
    let world = World::without_send_limits(&store);
    let (mut people, mut secrets) = (Vec::new(), Secrets::default());
    for n in 0..PEOPLE {
        let person = wait(world.add_person(n, at(0)));
        let message = wait(world.start(person, at(0), u64::from(n))).message.expect("one is due");
        let kept = wait(world.verification(person)).expect("it lives").code.expect("it has a code");
        secrets.0.push(kept.digest.as_bytes().to_vec());
        secrets.0.push(kept.sealed.as_bytes().to_vec());
        secrets.0.push(message.text.as_bytes().to_vec());
        people.push((person, world.code_in(&message)));
    }
    Started { store, world, people, secrets }
}

impl Secrets {
    /// How many of them are in the files of the database.
    fn found(&self, folder: &Path) -> usize {
        let files = ["ringproof.db", "ringproof.db-wal"].map(|name| folder.join(name));
        let contents: Vec<_> = files.iter().filter_map(|file| fs::read(file).ok()).collect();
        let holds = |secret: &&Vec<u8>| contents.iter().any(|bytes| contains(bytes, secret));
        self.0.iter().filter(holds).count()
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    // Half of it would be too much already.
    let half = &part[..part.len() / 2];
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| *b == half[0]) {
        if rest[at..].starts_with(half) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// Rows that keep a code, and rows that keep a message.
fn kept_rows(folder: &Path) -> (u32, u32) {
    let connection = Connection::open(options(folder).path).expect("it opens");
    let count = |sql| connection.query_row(sql, [], |row| row.get(0)).expect("it is counted");
    let codes = "SELECT count(*) FROM verification \
                 WHERE code_digest IS NOT NULL OR code_sealed IS NOT NULL";
    (count(codes), count("SELECT count(*) FROM outbox"))
}

/// Folds the log into the file, as happens by itself after some thousand pages.
/// The engine's own thread may be at it: then it is asked again when that is done.
fn fold_log(folder: &Path) {
    let connection = Connection::open(options(folder).path).expect("it opens");
    let is_busy = || {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        connection.query_row(sql, [], |row| row.get::<_, bool>(0)).expect("it is done")
    };
    let end = Instant::now() + Duration::from_secs(10);
    while is_busy() {
        assert!(Instant::now() < end, "nobody reads");
        std::thread::yield_now();
    }
}

fn assert_wiped(folder: &Path, started: &Started) {
    assert_eq!(kept_rows(folder), (0, 0));
    fold_log(folder);
    assert_eq!(started.secrets.found(folder), 0, "of {}", started.secrets.0.len());
}

#[test]
fn while_it_lives_it_is_there() {
    let folder = engines::folder();
    let started = started(folder.path());
    assert_eq!(kept_rows(folder.path()), (PEOPLE, PEOPLE));
    fold_log(folder.path());
    assert_eq!(started.secrets.found(folder.path()), started.secrets.0.len());
}

#[test]
fn success_wipes_code_and_message() {
    let folder = engines::folder();
    let started = started(folder.path());
    for (person, code) in &started.people {
        let outcome = wait(started.world.check(*person, code, at(1_000)));
        assert!(matches!(outcome, CheckOutcome::Approved { .. }), "{outcome:?}");
    }
    assert_wiped(folder.path(), &started);
}

#[test]
fn exhaustion_wipes_code_and_message() {
    let folder = engines::folder();
    let started = started(folder.path());
    for (person, _) in &started.people {
        for attempts_left in (0..5).rev() {
            let outcome = wait(started.world.check(*person, WRONG, at(1_000)));
            let CheckOutcome::WrongCode { attempts_left: left, .. } = outcome else {
                panic!("{outcome:?}")
            };
            assert_eq!(left, attempts_left);
        }
    }
    assert_wiped(folder.path(), &started);
}

#[test]
fn the_sweep_wipes_what_expired() {
    let folder = engines::folder();
    let started = started(folder.path());
    let now = at(300_000);
    for (person, _) in &started.people {
        assert_eq!(wait(started.world.sweep(person.service, person.user, now)), Ok(true));
    }
    // The message that still waits goes with the code that it holds.
    let claimed = wait(started.world.claim(1, now)).expect("the step is done");
    assert!(claimed.messages.is_empty() && claimed.ended.is_empty());
    assert_wiped(folder.path(), &started);
}

#[test]
fn a_message_that_was_handed_over_is_wiped() {
    let folder = engines::folder();
    let started = started(folder.path());
    let due = Some(Due { now: at(60_000), limit: PEOPLE });
    let waiting = seen(&started.store, &Keys { due, ..Keys::default() }).due;
    let attempts: Vec<_> = waiting.iter().map(|d| Attempt::of(&d.message)).collect();
    assert_eq!(attempts.len(), PEOPLE as usize);
    wait(started.world.accept(&attempts, LEASE, at(60_000))).expect("the step is done");
    assert_eq!(kept_rows(folder.path()), (PEOPLE, 0));
    fold_log(folder.path());
    let texts = Secrets(waiting.iter().map(|d| d.message.text.as_bytes().to_vec()).collect());
    assert_eq!(texts.found(folder.path()), 0);
}

#[test]
fn a_removed_user_takes_its_code_along() {
    let folder = engines::folder();
    let started = started(folder.path());
    for (person, _) in &started.people {
        wait(started.world.remove_user(*person)).expect("the step is done");
    }
    assert_wiped(folder.path(), &started);
}
