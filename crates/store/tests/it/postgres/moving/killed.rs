//! Moves that are killed in the middle and begun again.
//!
//! To see these fail, let `append` note a position without the rows, or rows without the position.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Child;

use ringproof_store::moving::{Move, Place, Progress};
use verify::entropy::{Entropy as _, SeededEntropy};

use super::ends::{self, File, at, moved, remote};
use crate::child;

/// Users of the database that is moved: more than fit into one page, several times.
const USERS: u32 = 15_000;

/// Deaths on each way.
const ROUNDS: usize = 8;

const CHILD: &str = "postgres::moving::killed::the_one_that_is_killed";

/// Where a move dies: it waits after each thing that it tells.
#[derive(Clone, Copy)]
enum Death {
    /// While it waits.
    Waiting,
    /// Somewhere in the work that comes next, and before it tells of that.
    Working,
}

/// Starts a move in a process of its own and kills it once it has told so much.
fn kill_after(words: &str, folder: &Path, lines: usize, death: Death) {
    let mut child: Child = child::start(CHILD, folder, words);
    let output = BufReader::new(child.stdout.take().expect("it is a pipe"));
    let mut heard = output.lines().map_while(Result::ok).filter(|line| line.starts_with("child: "));
    for _ in 0..lines {
        let line = heard.next().expect("it tells more");
        assert_ne!(line, "child: done", "it was quicker than {lines} lines");
        child::let_go_on(&mut child);
    }
    let last = heard.next().expect("it tells more");
    assert_ne!(last, "child: done", "it was quicker than {lines} lines");
    match death {
        Death::Waiting => {}
        Death::Working => child::let_go_on(&mut child),
    }
    child.kill().expect("it is ours");
    child.wait().expect("it ends");
}

/// Kills a move again and again, each time somewhat later in its life, then lets it come to its end.
fn kill_and_end(words: &str, from: &Place, to: &Place, file: &Path) {
    let mut entropy = SeededEntropy::new(8);
    let mut resumed = 0;
    for round in 0..ROUNDS {
        let mut byte = [0];
        entropy.fill(&mut byte);
        let lines = round * 5 + usize::from(byte[0] % 8);
        let death = if round % 2 == 0 { Death::Working } else { Death::Waiting };
        kill_after(words, file, lines, death);
        let moving = Move::begin(from, to).expect("it begins again");
        resumed += usize::from(moving.rows_there() > 0 && moving.rows_there() < moving.total());
    }
    assert!(resumed > 1, "{resumed} of {ROUNDS} deaths were in the middle");
    moved(from, to).expect("it comes to its end");
}

#[test]
fn a_move_that_is_killed_goes_on_and_ends_the_same() {
    let (file, there, back) = (File::large(USERS), remote(), File::none());
    let (here, remote) = (file.place(), Place::Postgres(there.clone()));
    kill_and_end(&format!("there {}", there.address), &here, &remote, &file.options.path);
    kill_and_end(&format!("back {}", there.address), &remote, &back.place(), &back.options.path);
    assert!(back.dump() == file.dump(), "what came back is not what went");
}

#[test]
#[ignore = "the test above starts it in a process of its own"]
fn the_one_that_is_killed() {
    let Some((path, words)) = child::task() else { return };
    let (way, address) = words.split_once(' ').expect("a way and an address");
    let (file, there) = (Place::Sqlite(ends::options(&path)), Place::Postgres(at(address)));
    let (from, to) = if way == "there" { (file, there) } else { (there, file) };
    let mut tell = |progress: Progress| {
        child::say(&format!("{} {}", progress.table, progress.rows));
        child::wait_for_leave();
    };
    let copied = Move::begin(&from, &to).expect("it begins").copy(&mut tell).expect("it is copied");
    copied.verify(&mut tell).expect("it is the same").finish().expect("it ends");
    child::say("done");
}
