//! Checking, backing up, restoring.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use ringproof_store::Store;
use ringproof_store::read::Expired;
use ringproof_store::sqlite::{OpenError, SqliteOptions, VERSION, backup, check, restore};
use rusqlite::Connection;
use verify::engine::check::CheckOutcome;
use verify::engine::{AuthenticatorsOf, Change, Decision, Due, Keys};
use verify::entropy::{Entropy as _, SeededEntropy};
use verify::guard::Guard;
use verify::record::Authenticator;
use verify::totp::last_step_right_at;

use crate::asking::{put, seen, wait};
use crate::engines::{self, options};
use crate::sample::{self, at, service_id, user_id};
use crate::world::{WRONG, World};

fn user_keys(n: u8) -> Keys {
    Keys {
        user: Some((service_id(1), user_id(n))),
        number_of_user: true,
        authenticators: AuthenticatorsOf::All,
        devices_of_user: true,
        recovery_of_user: true,
        ..Keys::default()
    }
}

/// One step that sets the guards of two users to one number.
fn set_both(store: &Store, count: u32) {
    let guard = Guard { consecutive_failures: count, ..Guard::default() };
    let change = |n| Change::PutGuard(service_id(1), user_id(n), Box::new(guard.clone()));
    put(store, vec![change(1), change(2)]);
}

fn both(store: &Store) -> [u32; 2] {
    [1, 2].map(|n| seen(store, &user_keys(n)).guard.consecutive_failures)
}

#[test]
fn a_backup_is_consistent_while_others_write() {
    let folder = engines::folder();
    let store = engines::reopen(folder.path());
    put(&store, sample::everything());
    let (written, ends) = (AtomicU32::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let _end = End(&ends);
        scope.spawn(|| {
            let mut count = 0;
            while !ends.load(Ordering::SeqCst) {
                count += 1;
                set_both(&store, count);
                written.store(count, Ordering::SeqCst);
            }
        });
        for n in 0..5 {
            let before = written.load(Ordering::SeqCst);
            while written.load(Ordering::SeqCst) == before {
                std::thread::yield_now();
            }
            let done = written.load(Ordering::SeqCst);
            let copy = folder.path().join(format!("copy-{n}"));
            fs::create_dir(&copy).expect("a folder is made");
            let target = options(&copy);
            backup(&options(folder.path()).path, &target.path).expect("it is backed up");
            assert_eq!(check(&target), Ok(VERSION));
            let [one, two] = both(&engines::reopen(&copy));
            assert_eq!(one, two, "half of a step is in the backup");
            assert!(one >= done, "{one} is in the backup, {done} was answered before it began");
        }
    });
}

/// Ends the writing also when the test fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_backup_overwrites_nothing_and_needs_a_database() {
    let folder = engines::folder();
    let source = options(folder.path()).path;
    let target = folder.path().join("backup.db");
    assert_eq!(backup(&source, &target), Err(OpenError::Missing(source.clone())));
    assert!(!target.exists() && !source.exists());
    put(&engines::reopen(folder.path()), sample::everything());
    fs::write(&target, "precious").expect("it is written");
    assert_eq!(backup(&source, &target), Err(OpenError::Exists(target.clone())));
    assert_eq!(fs::read(&target).expect("it is there"), b"precious");
}

/// S-103: a code that was used after the backup must not be accepted again.
#[test]
fn a_restore_voids_what_lives_and_keeps_what_counts() {
    let (folder, place) = (engines::folder(), engines::folder());
    let store = engines::reopen(folder.path());
    let world = World::over(&store);
    let person = wait(world.add_person(1, at(0)));
    let code = wait(world.code(person, at(0), 5));
    for _ in 0..3 {
        wait(world.check(person, WRONG, at(1_000)));
    }
    put(&store, sample::everything());
    let file = folder.path().join("backup.db");
    backup(&options(folder.path()).path, &file).expect("it is backed up");
    let approved = wait(world.check(person, &code, at(2_000)));
    assert!(matches!(approved, CheckOutcome::Approved { .. }));

    let restored = restore(&file, &options(place.path()), at(120_000));
    assert_eq!(restored, Ok(VERSION));
    let store = engines::reopen(place.path());
    let world = World::over(&store);
    let again = wait(world.check(person, &code, at(2_000)));
    assert_eq!(again, CheckOutcome::VerificationNotFound);
    let person_keys = Keys { user: Some((person.service, person.user)), ..Keys::default() };
    assert_eq!(seen(&store, &person_keys).guard.consecutive_failures, 3);
    for n in [1, 2] {
        let kept = seen(&store, &user_keys(n));
        assert_eq!(kept.user, Some(sample::user(n)));
        assert_eq!(kept.verification, None);
        assert_eq!(kept.guard, sample::guard(n));
        assert_eq!(kept.number_sends, sample::number_sends());
        let spent = |a: Authenticator| {
            let last_step = a.last_step.max(last_step_right_at(at(120_000)));
            Authenticator { last_step, ..a }
        };
        let before = [sample::authenticator(n), sample::other_program(n)];
        assert_ne!(before[0].last_step, spent(before[0].clone()).last_step);
        assert_eq!(kept.authenticators, before.map(spent));
        assert_eq!(kept.devices, [sample::device(n)]);
        assert_eq!(kept.recovery, None, "any of them may have been used since");
    }
    for n in [1, 2] {
        let session = Some(sample::widget_session_id(n));
        let keys = Keys { widget_session: session, ..Keys::default() };
        assert_eq!(seen(&store, &keys).widget_session, None, "it may have ended since");
    }
    assert_eq!(wait(store.widget_settings()), Ok(vec![sample::widget_settings(1)]));
    let due = Some(Due { now: at(9_999_999), limit: 100 });
    assert!(seen(&store, &Keys { due, ..Keys::default() }).due.is_empty());
    let all = Expired { codes_before: at(9_999_999), rows_before: at(9_999_999), limit: 100 };
    assert_eq!(wait(store.expired(all)), Ok(Vec::new()));
    assert_eq!(wait(store.accounts()).expect("answered").0, [sample::account(1)]);
}

#[test]
fn a_restore_that_fails_leaves_nothing_and_one_that_would_overwrite_is_refused() {
    let (folder, place) = (engines::folder(), engines::folder());
    put(&engines::reopen(folder.path()), sample::everything());
    let file = folder.path().join("backup.db");
    backup(&options(folder.path()).path, &file).expect("it is backed up");
    let target = options(place.path());

    let wrong = SqliteOptions { key_fingerprint: [9; 16], ..target.clone() };
    assert_eq!(restore(&file, &wrong, at(0)), Err(OpenError::WrongKey(file.clone())));
    let damaged = folder.path().join("damaged.db");
    fs::write(&damaged, "no database, although long enough for its header: ".repeat(9)).unwrap();
    assert_eq!(restore(&damaged, &target, at(0)), Err(OpenError::Damaged(damaged)));
    let missing = folder.path().join("missing.db");
    assert_eq!(restore(&missing, &target, at(0)), Err(OpenError::Missing(missing)));
    assert_eq!(fs::read_dir(place.path()).expect("it is there").count(), 0);

    // A log of another database beside the new file would be replayed into it.
    for name in ["ringproof.db", "ringproof.db-wal"] {
        let there = place.path().join(name);
        fs::write(&there, "precious").expect("it is written");
        assert_eq!(restore(&file, &target, at(0)), Err(OpenError::Exists(there.clone())));
        assert_eq!(fs::read(&there).expect("it is there"), b"precious");
        fs::remove_file(&there).expect("it is removed");
    }
    assert_eq!(restore(&file, &target, at(0)), Ok(VERSION));
}

/// Enough rows that every table has several pages.
fn many_rows(folder: &Path) -> SqliteOptions {
    let store = engines::reopen(folder);
    for n in 1..=200 {
        let user = verify::record::User { login: format!("person {n}"), ..sample::user(n) };
        let service = verify::record::Service {
            name: format!("{n} {}", "x".repeat(60)),
            ..sample::service(n)
        };
        let verification = Box::new(sample::verification(n));
        let rule = move |_: &_| {
            let changes = vec![
                Change::InsertService(Box::new(service.clone())),
                Change::InsertUser(Box::new(user.clone())),
                Change::PutVerification(service_id(1), user_id(n), verification.clone()),
                Change::QueueMessage(Box::new(sample::message(n))),
            ];
            Decision::with(changes, ())
        };
        wait(store.transact(Keys::default(), rule)).expect("the step is done");
    }
    store.close();
    options(folder)
}

#[test]
fn a_check_finds_a_page_of_garbage_wherever_it_is() {
    let folder = engines::folder();
    let options = many_rows(folder.path());
    assert_eq!(check(&options), Ok(VERSION));
    let good = fs::read(&options.path).expect("it is there");
    let pages = good.len() / 4_096;
    assert!(pages > 30, "{pages} pages");
    for page in 0..pages {
        let mut bad = good.clone();
        SeededEntropy::new(page as u64).fill(&mut bad[page * 4_096..][..4_096]);
        fs::write(&options.path, &bad).expect("it is written");
        assert_eq!(check(&options), Err(OpenError::Damaged(options.path.clone())), "page {page}");
    }
    fs::write(&options.path, &good[..good.len() - 4_096]).expect("it is written");
    assert_eq!(check(&options), Err(OpenError::Damaged(options.path.clone())), "cut off");
    fs::write(&options.path, &good).expect("it is written");
    assert_eq!(check(&options), Ok(VERSION));
}

#[test]
fn a_check_finds_one_flipped_bit_in_what_an_index_holds_too() {
    let folder = engines::folder();
    let options = many_rows(folder.path());
    let mut bytes = fs::read(&options.path).expect("it is there");
    let name = b"person 77";
    let places: Vec<_> =
        (0..bytes.len() - name.len()).filter(|at| &bytes[*at..][..name.len()] == name).collect();
    assert_eq!(places.len(), 2, "once in the table, once in its index");
    bytes[places[0] + 4] ^= 1;
    fs::write(&options.path, &bytes).expect("it is written");
    assert_eq!(check(&options), Err(OpenError::Damaged(options.path.clone())));
}

#[test]
fn the_schema_of_a_backup_is_that_of_its_source() {
    let folder = engines::folder();
    put(&engines::reopen(folder.path()), sample::everything());
    let file = folder.path().join("backup.db");
    backup(&options(folder.path()).path, &file).expect("it is backed up");
    let version = |path: &Path| -> u32 {
        let connection = Connection::open(path).expect("it opens");
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("it is read")
    };
    assert_eq!(version(&file), VERSION);
}
