//! A process is killed in the middle of its work; what it had acknowledged is
//! checked afterwards.
//!
//! The child lets many people start, enter wrong codes and enter the right one,
//! all at once, and tells each answer after it was given. The parent kills it
//! after a random number of answers and opens the file. What was told is the
//! least that must be there; each person does one thing after the other, so at
//! most the one act that comes next may be there too.
//!
//! `RINGPROOF_CRASH_ROUNDS` makes more rounds, `RINGPROOF_CRASH_SEED` repeats
//! them.

mod child_life;
mod ledger;

use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use ringproof_store::sqlite::{VERSION, check};
use verify::entropy::SeededEntropy;

use crate::child;
use crate::engines;
use ledger::Ledger;

const ROUNDS: u64 = 10;

/// Answers after which a child is killed, at most.
const ANSWERS_MAX: u64 = 2_000;

fn number(name: &str) -> Option<u64> {
    child::environment(name).map(|text| text.parse().expect("it is a number"))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "each run draws another seed, and tells it")]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let rounds = number("RINGPROOF_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("RINGPROOF_CRASH_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    println!("RINGPROOF_CRASH_SEED={seed}");
    let mut entropy = SeededEntropy::new(seed);
    let folder = engines::folder();
    for round in 0..rounds {
        let answers = 1 + entropy.next_u64() % ANSWERS_MAX;
        let told = killed_after(answers, folder.path(), &format!("{round} {}", entropy.next_u64()));
        println!("round {round}: killed after {answers} answers, {} were told", told.len());
        let ledger = Ledger::read(&told);
        let store = engines::reopen(folder.path());
        ledger.assert_kept(&store);
        store.close();
        assert_eq!(check(&engines::options(folder.path())), Ok(VERSION));
    }
}

/// Starts a child and kills it as soon as it told so many answers; gives all
/// that it told.
fn killed_after(answers: u64, folder: &Path, words: &str) -> Vec<String> {
    let mut killed = child::start("crash::child_life::a_life_that_is_cut_off", folder, words);
    let mut lines = BufReader::new(killed.stdout.take().expect("it is a pipe"));
    let (mut told, mut line) = (Vec::new(), String::new());
    while lines.read_line(&mut line).expect("it is text") > 0 {
        told.extend(child::heard(&line).map(str::to_owned));
        line.clear();
        if told.len() as u64 == answers {
            killed.kill().expect("it lives");
        }
    }
    let status = killed.wait().expect("it ends");
    assert!(told.len() as u64 >= answers, "it ended by itself: {status}, {told:?}");
    told
}
