//! What one person's calls were answered, and whether one server that never fails
//! could have answered so.
//!
//! The calls may have gone to several nodes, some at once, and some were never
//! answered. The history is good if the calls can be put into an order that keeps
//! to the clock (a call that was sent after another was answered comes after it)
//! and in which each answer is the one that [`Person`] gives. A call without an
//! answer, or with one that says "unknown" (5xx), may have been done at any moment
//! after it was sent, or never; but not twice.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

/// Wrong codes that a verification outlives.
const WRONG_MAX: u8 = 5;

/// Answered calls of one person that are looked at.
const ANSWERED_MAX: usize = 64;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// A verification is to be started, or goes on.
    Start,
    /// The right code.
    Right,
    /// A wrong one.
    Wrong,
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The verification is there.
    Started,
    /// The code was right, and is used up.
    Accepted,
    /// The code was compared, and was wrong.
    Invalid,
    /// There were too many wrong ones: nothing was compared.
    Throttled,
    /// There is nothing to be verified.
    Spent,
    /// Nobody knows: a 5xx, or no answer at all.
    Unknown,
}

impl Answer {
    /// Whether this is what should be answered. Nothing is compared after too many
    /// wrong codes, but the block itself ends in time.
    fn is(self, wanted: Self) -> bool {
        self == wanted || (self, wanted) == (Self::Spent, Self::Throttled)
    }
}

/// One call, with times since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What was asked for.
    pub call: Call,
    /// What was answered.
    pub answer: Answer,
    /// Before it was sent.
    pub sent: Duration,
    /// After the answer was read.
    pub answered: Duration,
}

/// What is so for one person, on a server that never fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Person {
    /// Nothing was started.
    Idle,
    /// A verification lives, with so many wrong codes.
    Waiting(u8),
    /// The right code was entered.
    Verified,
    /// Too many wrong ones were.
    Blocked,
}

impl Person {
    /// What a call is answered, and what is so afterwards. A person starts no
    /// second verification after the first has ended.
    fn after(self, call: Call) -> (Answer, Self) {
        match (self, call) {
            (Self::Idle, Call::Start) => (Answer::Started, Self::Waiting(0)),
            (Self::Waiting(_), Call::Start) => (Answer::Started, self),
            (Self::Waiting(_), Call::Right) => (Answer::Accepted, Self::Verified),
            (Self::Waiting(wrong), Call::Wrong) if wrong + 1 < WRONG_MAX => {
                (Answer::Invalid, Self::Waiting(wrong + 1))
            }
            (Self::Waiting(_), Call::Wrong) => (Answer::Invalid, Self::Blocked),
            (Self::Blocked, Call::Right | Call::Wrong) => (Answer::Throttled, self),
            (Self::Idle | Self::Verified, Call::Right | Call::Wrong) => (Answer::Spent, self),
            (Self::Verified | Self::Blocked, Call::Start) => (Answer::Unknown, self),
        }
    }
}

/// Why no order explains a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A code was accepted so many times.
    AcceptedTwice(usize),
    /// So many wrong codes were compared.
    ComparedTooOften(usize),
    /// Something that was answered is not so any more.
    Lost,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AcceptedTwice(times) => write!(f, "a code was accepted {times} times"),
            Self::ComparedTooOften(times) => write!(f, "{times} wrong codes were compared"),
            Self::Lost => write!(f, "something that was acknowledged is lost"),
        }
    }
}

/// Judges the calls of one person.
///
/// # Errors
/// No order of them explains the answers.
pub fn judge(events: &[Event]) -> Result<(), Violation> {
    let (answered, unknown) =
        events.iter().partition::<Vec<Event>, _>(|event| event.answer != Answer::Unknown);
    assert!(answered.len() <= ANSWERED_MAX, "{} answered calls of one person", answered.len());
    let of = |call| {
        let mut sent: Vec<Duration> =
            unknown.iter().filter(|event| event.call == call).map(|event| event.sent).collect();
        sent.sort_unstable();
        sent
    };
    let unknown = [Call::Start, Call::Right, Call::Wrong].map(|call| (call, of(call)));
    let mut search = Search { answered, unknown, tried: HashSet::new() };
    if search.explains(&Place { done: 0, unknown_done: [0; 3], person: Person::Idle }) {
        return Ok(());
    }
    let count = |answer| events.iter().filter(|event| event.answer == answer).count();
    Err(match (count(Answer::Accepted), count(Answer::Invalid)) {
        (accepted, _) if accepted > 1 => Violation::AcceptedTwice(accepted),
        (_, invalid) if invalid > usize::from(WRONG_MAX) => Violation::ComparedTooOften(invalid),
        _ => Violation::Lost,
    })
}

struct Search {
    answered: Vec<Event>,
    /// When those of unknown outcome were sent, by what they are. Of two that are
    /// alike the one that was sent first can do all that the other could.
    unknown: [(Call, Vec<Duration>); 3],
    tried: HashSet<Place>,
}

/// How far an order has come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    /// Answered calls that are in it, a bit each.
    done: u64,
    /// Calls of unknown outcome that are in it.
    unknown_done: [usize; 3],
    person: Person,
}

impl Search {
    /// Whether the rest can be put in order too.
    fn explains(&mut self, place: &Place) -> bool {
        let is_left = |n: usize| place.done & (1 << n) == 0;
        let left: Vec<usize> = (0..self.answered.len()).filter(|n| is_left(*n)).collect();
        // Nothing comes next that was sent after something left was answered.
        let Some(until) = left.iter().map(|n| self.answered[*n].answered).min() else {
            return true;
        };
        if !self.tried.insert(place.clone()) {
            return false;
        }
        for n in left {
            let event = self.answered[n];
            let (answer, person) = place.person.after(event.call);
            if event.sent <= until && event.answer.is(answer) {
                let next = Place { done: place.done | (1 << n), person, ..place.clone() };
                if self.explains(&next) {
                    return true;
                }
            }
        }
        (0..self.unknown.len()).any(|kind| self.explains_with_unknown(place, kind, until))
    }

    /// Whether it can be if the next is one of unknown outcome.
    fn explains_with_unknown(&mut self, place: &Place, kind: usize, until: Duration) -> bool {
        let (call, sent) = &self.unknown[kind];
        let (_, person) = place.person.after(*call);
        let is_before = sent.get(place.unknown_done[kind]).is_some_and(|sent| *sent <= until);
        if !is_before || person == place.person {
            return false;
        }
        let mut next = Place { person, ..place.clone() };
        next.unknown_done[kind] += 1;
        self.explains(&next)
    }
}

#[cfg(test)]
mod tests;
