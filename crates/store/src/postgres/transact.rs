//! One step: read, decide, write, and again if somebody else was quicker.
//!
//! The transaction sees the database as it was when it began, and the database
//! refuses to write a row that was written since (`REPEATABLE READ`): the
//! version of a row is the database's own. Nothing is locked while the rule
//! decides. ADR 18 says what this does not see, and what is done about it.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use verify::engine::{Change, Keys, Snapshot};

use super::connection::Connection;
use super::orphans::Rooms;
use super::pool::Pool;
use super::trouble::{Remedy, Trouble};
use super::turns::Turns;
use super::write::Batch;
use super::{STEP, load};
use crate::engine::Step;
use crate::fault::Fault;

/// Tries of one step, as long as somebody else is quicker.
const TRIES_MAX: u32 = 200;

/// Tries of a step that finds something there that must be unique: another step
/// that has just written it is seen by the next try, which may meet a third one.
const TRIES_OF_DOUBLES_MAX: u32 = 8;

/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_millis(20);

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

/// The commit waits as long as it must: one that is cut short while it waits for
/// a standby would be reported as done. In a transaction that has failed the
/// first word fails, and so nothing is taken for a commit that was none.
const COMMIT: &str = "SET LOCAL statement_timeout = 0; COMMIT";

/// What the steps of a node know of each other.
pub(super) struct Node {
    turns: Turns,
    rooms: Rooms,
}

impl Node {
    pub(super) fn new() -> Self {
        Self { turns: Turns::new(), rooms: Rooms::default() }
    }
}

/// What became of one try.
enum Try {
    Done,
    /// Nothing is written.
    Undone(Trouble),
    /// The rule did not decide.
    Refused(Fault),
    /// The commit was sent, and its fate is not known.
    Unknown(Trouble),
}

/// Does one step and answers its caller.
pub(super) async fn run(pool: &Pool, node: &Node, mut step: Box<dyn Step>) {
    let result = match timeout(STEP, node.turns.wait(step.keys())).await {
        Ok(_turn) => until_done(pool, node, &mut *step).await,
        Err(_) => Err(Fault::Overloaded),
    };
    step.finish(result);
}

async fn until_done(pool: &Pool, node: &Node, step: &mut dyn Step) -> Result<(), Fault> {
    let until = Instant::now() + STEP;
    let mut doubles = 0;
    for tries in 1..=TRIES_MAX {
        let taken = match pool.take().await {
            Ok(taken) => taken,
            Err(trouble) => return Err(trouble.into_fault()),
        };
        let connection = &taken.connection;
        let number = connection.number;
        // In a place of its own: it is large, and most steps wait without one.
        let trouble = match Box::pin(once(connection, node, step)).await {
            Try::Done => {
                taken.give_back();
                return Ok(());
            }
            Try::Refused(fault) => {
                if connection.batch("ROLLBACK").await.is_ok() {
                    taken.give_back();
                }
                return Err(fault);
            }
            Try::Unknown(trouble) => {
                taken.doubt(&trouble);
                return Err(Fault::Unknown(trouble.to_string()));
            }
            Try::Undone(trouble) => {
                taken.doubt(&trouble);
                if !trouble.ends_the_session() && connection.batch("ROLLBACK").await.is_ok() {
                    taken.give_back();
                }
                trouble
            }
        };
        doubles += u32::from(trouble.remedy() == Remedy::AgainIfItWasARace);
        let is_hopeless = trouble.remedy() == Remedy::GiveUp
            || doubles == TRIES_OF_DOUBLES_MAX
            || Instant::now() >= until;
        if is_hopeless {
            return Err(trouble.into_fault());
        }
        sleep(pause(tries, number)).await;
    }
    Err(Fault::Overloaded)
}

/// Longer with each try, and another for each session, so that those who met
/// once do not meet again.
fn pause(tries: u32, number: u32) -> Duration {
    let longest = Duration::from_micros(500) * tries;
    longest.min(PAUSE_MAX) * (number.wrapping_mul(tries) % 8) / 8
}

async fn once(connection: &Connection, node: &Node, step: &mut dyn Step) -> Try {
    let (begun, snapshot) =
        tokio::join!(connection.batch(BEGIN), load::snapshot(connection, step.keys()));
    let snapshot = match begun.and(snapshot) {
        Ok(snapshot) => snapshot,
        Err(trouble) => return Try::Undone(trouble),
    };
    if let Some(account) = step.keys().account_sends {
        node.turns.note(account, snapshot.account_sends.divided);
    }
    let changes = match step.decide(&snapshot) {
        Ok(changes) => changes,
        Err(fault) => return Try::Refused(fault),
    };
    if changes.is_empty() {
        // What was read was so at one moment: there is nothing to lose.
        return match connection.batch("COMMIT").await {
            Ok(()) => Try::Done,
            Err(trouble) => Try::Undone(trouble),
        };
    }
    write(connection, &node.rooms, step.keys(), &snapshot, &changes).await
}

async fn write(
    connection: &Connection,
    rooms: &Rooms,
    keys: &Keys,
    snapshot: &Snapshot,
    changes: &[Change],
) -> Try {
    let crowded = match rooms.take(connection, changes).await {
        Ok(crowded) => crowded,
        Err(trouble) => return Try::Undone(trouble),
    };
    let writes = Batch::of(keys, snapshot, changes, crowded);
    if let Err(trouble) = connection.prepare(&writes).await {
        return Try::Undone(trouble);
    }
    connection.take_warning();
    let answers = match connection.write(&writes, COMMIT).await {
        Ok(answers) => answers,
        // The commit comes last: it was not sent.
        Err(trouble) => return Try::Undone(trouble),
    };
    // A statement that the server refused has undone all of them. If there is no
    // answer to it, the commit behind it may have been done.
    if let Some(trouble) = answers.writes.into_iter().find_map(Result::err) {
        return if trouble.is_answer() { Try::Undone(trouble) } else { Try::Unknown(trouble) };
    }
    match answers.last_words {
        // A commit that the server has doubts about: it may not be on the standby.
        Ok(()) if connection.take_warning() => Try::Unknown(Trouble::Doubtful),
        Ok(()) => Try::Done,
        Err(trouble) if trouble.undoes_a_commit() => Try::Undone(trouble),
        Err(trouble) => Try::Unknown(trouble),
    }
}
