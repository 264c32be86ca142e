//! The submits that were sent and not answered.

use core::time::Duration;
use std::collections::{HashMap, VecDeque};

use super::limits::{LATE_MAX, SUBMIT_ANSWER, SUBMIT_LATE, SUBMIT_PLACE};

/// What is known of a submit without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    /// What the caller calls it.
    pub(super) token: u64,
    pub(super) sent_at: Duration,
    pub(super) phase: Phase,
}

/// A submit whose answer has become overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missed {
    pub(super) token: u64,
    pub(super) sent_at: Duration,
}

/// How long an answer is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not yet.
    Awaited,
    /// Overdue; it still has its place in the window.
    Missed,
    /// Its place is free; an answer is still told.
    Late,
}

/// Submits by sequence number. Each phase has a line in order of time, so that
/// the next one to change is at a front; numbers that were answered or moved on
/// stay in a line until they come to its front.
#[derive(Debug, Default)]
pub(super) struct Window {
    open: HashMap<u32, Open>,
    /// Those that have a place: awaited and missed ones.
    placed: usize,
    awaited: usize,
    lines: [VecDeque<(u32, u64)>; 3],
}

impl Window {
    pub(super) fn push(&mut self, sequence: u32, token: u64, now: Duration) {
        self.open.insert(sequence, Open { token, sent_at: now, phase: Phase::Awaited });
        self.lines[0].push_back((sequence, token));
        self.placed += 1;
        self.awaited += 1;
    }

    pub(super) fn contains(&self, sequence: u32) -> bool {
        self.open.contains_key(&sequence)
    }

    /// An answer has come.
    pub(super) fn take(&mut self, sequence: u32) -> Option<Open> {
        let open = self.open.remove(&sequence)?;
        self.awaited -= usize::from(open.phase == Phase::Awaited);
        self.placed -= usize::from(open.phase != Phase::Late);
        Some(open)
    }

    /// Places that are taken.
    pub(super) fn placed(&self) -> usize {
        self.placed
    }

    /// Submits whose answer is not overdue.
    pub(super) fn awaited(&self) -> usize {
        self.awaited
    }

    /// When the next submit changes its phase.
    pub(super) fn deadline(&mut self) -> Option<Duration> {
        let ends = PHASES.map(|(phase, lasts)| Some(self.front(phase)?.1.sent_at + lasts));
        ends.into_iter().flatten().min()
    }

    /// Moves on what is overdue; gives those that became so.
    pub(super) fn advance(&mut self, now: Duration) -> Vec<Missed> {
        let mut missed = Vec::new();
        for (phase, lasts) in PHASES {
            while let Some((sequence, open)) = self.front(phase) {
                if now < open.sent_at + lasts {
                    break;
                }
                self.move_on(sequence, open, &mut missed);
            }
        }
        while self.lines[2].len() > LATE_MAX {
            match self.front(Phase::Late) {
                Some((sequence, _)) if self.lines[2].len() > LATE_MAX => {
                    self.open.remove(&sequence);
                }
                Some(_) | None => break,
            }
        }
        missed
    }

    /// The tokens of all whose answer was not overdue; nothing stays open.
    pub(super) fn close(&mut self) -> Vec<u64> {
        let line = std::mem::take(&mut self.lines[0]);
        let awaited = line.into_iter().filter(|(sequence, token)| {
            let is_it = |open: &Open| open.phase == Phase::Awaited && open.token == *token;
            self.open.get(sequence).is_some_and(is_it)
        });
        let tokens = awaited.map(|(_, token)| token).collect();
        *self = Self::default();
        tokens
    }

    fn move_on(&mut self, sequence: u32, open: Open, missed: &mut Vec<Missed>) {
        let next = match open.phase {
            Phase::Awaited => {
                self.awaited -= 1;
                missed.push(Missed { token: open.token, sent_at: open.sent_at });
                Phase::Missed
            }
            Phase::Missed => {
                self.placed -= 1;
                Phase::Late
            }
            Phase::Late => {
                self.open.remove(&sequence);
                return;
            }
        };
        self.open.insert(sequence, Open { phase: next, ..open });
        self.lines[line_of(next)].push_back((sequence, open.token));
    }

    /// The oldest submit of a phase.
    fn front(&mut self, phase: Phase) -> Option<(u32, Open)> {
        let line = &mut self.lines[line_of(phase)];
        while let Some((sequence, token)) = line.front() {
            match self.open.get(sequence) {
                Some(open) if open.phase == phase && open.token == *token => {
                    return Some((*sequence, *open));
                }
                Some(_) | None => line.pop_front(),
            };
        }
        None
    }
}

/// The phases, and how old a submit is when each ends.
const PHASES: [(Phase, Duration); 3] =
    [(Phase::Awaited, SUBMIT_ANSWER), (Phase::Missed, SUBMIT_PLACE), (Phase::Late, SUBMIT_LATE)];

fn line_of(phase: Phase) -> usize {
    match phase {
        Phase::Awaited => 0,
        Phase::Missed => 1,
        Phase::Late => 2,
    }
}
