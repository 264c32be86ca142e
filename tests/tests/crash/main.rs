//! The server dies by SIGKILL at random moments, again and again, on the same
//! data, while callers remember every answer they got.
//!
//! After each death the database must be sound, the server must start, and
//! everything acknowledged must hold: services and users are there unchanged,
//! the message of every acknowledged start has arrived at least once, no code
//! is accepted twice, and no verification answers more than five wrong codes in
//! all its lives.
//!
//! `RINGPROOF_CRASH_ROUNDS` sets the number of deaths (25 by default),
//! `RINGPROOF_CRASH_SEED` repeats a run's choices. A seed cannot repeat the
//! moment at which the kernel stops the process; it repeats who did what and
//! after how many answers.
//!
//! To see this test fail: answer callers before the batch is committed (users
//! and starts are lost, codes are accepted twice); keep counted attempts in
//! memory and write them only with the next success (a sixth guess is
//! answered); take a message out of the outbox when it is claimed instead of
//! when the gateway has it (messages never come). What SIGKILL cannot show is a
//! missing fsync, because the kernel survives: that needs a power cut.

mod lane;
mod ledger;
mod life;
mod queue;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/receiver.rs"]
mod receiver;

use lane::{Lane, Tally};
use life::Life;
use random::Random;
use receiver::Receiver;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::process::Process;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::world::new_account;
use std::collections::hash_map::RandomState;
use std::env;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// Deaths unless the environment says otherwise.
const ROUNDS: u64 = 25;
/// Callers at work at the same time.
const LANES: usize = 8;
/// A life ends after at most this many answers to its callers' work.
const ANSWERS_MAX: u64 = 600;
/// A life that gives its answers more slowly than this is a failure.
const ANSWERS_WITHIN: Duration = Duration::from_mins(1);
/// The gateway takes so long for a call that most kills hit one in the middle.
const GATEWAY_TAKES: Duration = Duration::from_millis(15);
/// A start that is killed too lives at most this long.
const STILLBORN_MAX_MS: u64 = 60;

/// Limits are out of the way: this test is about memory, not about rates.
const CONFIG: &str = "
[limits]
number_service_per_30s = 1000000000
number_service_per_10min = 1000000000
number_service_per_hour = 1000000000
number_service_per_day = 1000000000
number_per_day = 1000000000
account_sms_per_second = 1000000000
account_sms_per_day = 1000000000
country_sms_per_day = 1000000000
guard = \"observe\"

";

#[test]
fn nothing_acknowledged_is_lost_and_no_code_is_used_twice_when_the_server_is_killed() {
    let rounds = from_environment("RINGPROOF_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let seed = from_environment("RINGPROOF_CRASH_SEED")
        .unwrap_or_else(|| RandomState::new().build_hasher().finish());
    eprintln!("crash: {rounds} rounds, RINGPROOF_CRASH_SEED={seed}");
    let mut random = Random::new(seed);

    let receiver = Receiver::start(GATEWAY_TAKES);
    let folder = Folder::with_config(&format!("{CONFIG}{}", receiver.config()));
    let credentials = new_account(&folder, "crash-api", &["--countries", "all"]);
    let lane = |index| Lane::new(index, &credentials, random.split(index as u64));
    let mut lanes: Vec<Lane> = (0..LANES).map(lane).collect();

    let options = ServerOptions { dev: false, ..ServerOptions::dev(folder.clone()) };
    let mut server = Server::start(options.clone());
    for round in 1..=rounds {
        let answers = 1 + random.below(ANSWERS_MAX);
        live_and_die(&mut server, &mut lanes, &receiver, answers);
        assert_sound(&folder);
        if random.below(4) == 0 {
            die_while_starting(&options, random.below(STILLBORN_MAX_MS));
            assert_sound(&folder);
        }
        eprintln!("crash: round {round}: killed after {answers} answers, {:?}", total(&lanes));
        server.start_again();
    }

    let life = Life::of(server.address());
    for lane in &mut lanes {
        lane.recheck(&life, &receiver);
    }
    assert!(server.stop().success(), "the last life ends in peace:\n{}", server.printed());
    assert_sound(&folder);
    assert_worked(total(&lanes), rounds);
}

/// Lets the lanes check what they remember, then work, and kills the server
/// when it has answered their work so often.
fn live_and_die(server: &mut Server, lanes: &mut [Lane], receiver: &Receiver, answers: u64) {
    let life = Life::of(server.address());
    let all_checked = Barrier::new(LANES + 1);
    let work_begins = Barrier::new(LANES + 1);
    thread::scope(|scope| {
        for lane in lanes {
            scope.spawn(|| {
                let _worker = life.worker();
                // A lane that fails must not leave the others at the barrier.
                let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    lane.recheck(&life, receiver);
                }));
                all_checked.wait();
                work_begins.wait();
                match checked {
                    Ok(()) => lane.work(&life, receiver),
                    Err(failure) => std::panic::resume_unwind(failure),
                }
            });
        }
        all_checked.wait();
        let before = life.answered();
        work_begins.wait();
        let came = life.wait_for_answers(before + answers, ANSWERS_WITHIN);
        life.end();
        server.kill();
        assert!(came, "the server gave fewer than {answers} answers in {ANSWERS_WITHIN:?}");
    });
}

/// Starts the server and kills it at a random moment of its start.
fn die_while_starting(options: &ServerOptions, milliseconds: u64) {
    let mut process = Process::spawn(&mut options.command(), "");
    // The moment is meant to be random; nothing is waited for.
    thread::sleep(Duration::from_millis(milliseconds));
    process.kill();
}

/// Opens a copy of the files as the kill left them, so that the server itself
/// still meets them unrecovered.
fn assert_sound(folder: &Folder) {
    let copy = tempfile::tempdir().expect("temporary folders can be made");
    for name in ["ringproof.db", "ringproof.db-wal"] {
        let from = folder.file(name);
        if from.exists() {
            fs::copy(from, copy.path().join(name)).expect("files of a dead server can be copied");
        }
    }
    let database = rusqlite::Connection::open(copy.path().join("ringproof.db")).expect("it opens");
    let pragma = |pragma: &str| -> Vec<String> {
        let mut statement = database.prepare(pragma).expect("a known pragma");
        let rows = statement.query_map([], |row| row.get(0)).expect("the pragma runs");
        rows.collect::<Result<_, _>>().expect("rows can be read")
    };
    assert_eq!(pragma("PRAGMA integrity_check"), ["ok"]);
    assert!(pragma("PRAGMA foreign_key_check").is_empty(), "a row points to nothing");
}

/// A test whose callers did nothing would pass for the wrong reason.
fn assert_worked(total: Tally, rounds: u64) {
    eprintln!("crash: {total:?}");
    assert!(total.unanswered >= rounds, "the kills hit too few calls: {total:?}");
    for count in [total.users, total.starts, total.verified, total.invalid] {
        assert!(count >= rounds, "too little was done: {total:?}");
    }
}

fn total(lanes: &[Lane]) -> Tally {
    lanes.iter().fold(Tally::default(), |sum, lane| Tally {
        users: sum.users + lane.tally.users,
        starts: sum.starts + lane.tally.starts,
        verified: sum.verified + lane.tally.verified,
        invalid: sum.invalid + lane.tally.invalid,
        unanswered: sum.unanswered + lane.tally.unanswered,
    })
}

fn from_environment(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value:?}")))
}
