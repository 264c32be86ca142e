//! What one person's verification may still do, given what was answered and
//! what was left without an answer. This is the yardstick of the whole test.

use serde_json::Value;
use std::time::{Duration, Instant};

/// Wrong answers that one verification gives in all its lives (S-5, D-3).
const ATTEMPTS_MAX: u32 = 5;
/// After this age a verification is left alone: it expires at 300 s, and for
/// its last 60 s it refuses resends.
const AGE_MAX: Duration = Duration::from_secs(200);

/// What an answer to a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Verified,
    Invalid,
    Throttled,
    /// 404: there is nothing to check any more.
    Gone,
}

/// What is known of a start.
#[derive(Clone, Debug)]
pub(crate) enum Started {
    No,
    /// Asked for, never answered.
    Perhaps,
    Yes(String),
}

/// A user whom the server has acknowledged, and the one verification of theirs.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) service: String,
    pub(crate) number: String,
    /// The user object as acknowledged.
    pub(crate) acknowledged: Value,
    pub(crate) started: Started,
    /// When a start was first asked for; the verification cannot be older.
    asked_at: Option<Instant>,
    /// Wrong codes that were answered `INVALID`.
    invalid_answers: u32,
    /// Wrong codes that were never answered.
    wrong_unanswered: u32,
    /// Right codes that were never answered.
    right_unanswered: u32,
    /// Whether the code is known to be used up.
    is_used: bool,
}

impl Person {
    pub(crate) fn new(service: &str, number: &str, acknowledged: Value) -> Self {
        Self {
            service: service.to_owned(),
            number: number.to_owned(),
            acknowledged,
            started: Started::No,
            asked_at: None,
            invalid_answers: 0,
            wrong_unanswered: 0,
            right_unanswered: 0,
            is_used: false,
        }
    }

    pub(crate) fn id(&self) -> &str {
        self.acknowledged["id"].as_str().expect("checked when acknowledged")
    }

    pub(crate) fn auth_id(&self) -> Option<&str> {
        match &self.started {
            Started::Yes(auth_id) => Some(auth_id),
            Started::No | Started::Perhaps => None,
        }
    }

    pub(crate) fn is_used(&self) -> bool {
        self.is_used
    }

    /// Tells whether the start was acknowledged and the code is young enough to be judged.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.started, Started::Yes(_)) && self.is_young() && !self.is_used
    }

    /// Tells whether a first start may be asked for, or one that stayed
    /// without an answer asked for again.
    pub(crate) fn is_startable(&self) -> bool {
        matches!(self.started, Started::No | Started::Perhaps) && self.is_young()
    }

    /// Tells whether a further start must be answered as a resend.
    pub(crate) fn is_resendable(&self) -> bool {
        self.is_live() && self.right_unanswered == 0 && self.wrong_at_most() < ATTEMPTS_MAX
    }

    /// Writes down that a start is about to be asked for.
    pub(crate) fn ask_for_start(&mut self) {
        self.asked_at.get_or_insert_with(Instant::now);
    }

    /// Lists what a check may be answered. Nothing else is acceptable.
    pub(crate) fn allowed(&self, is_right: bool) -> Vec<Outcome> {
        let mut allowed = Vec::new();
        if self.is_used || self.right_unanswered > 0 {
            allowed.push(Outcome::Gone);
        }
        if self.is_used {
            return allowed;
        }
        if self.wrong_at_most() >= ATTEMPTS_MAX {
            allowed.push(Outcome::Throttled);
        }
        if self.invalid_answers < ATTEMPTS_MAX {
            allowed.push(if is_right { Outcome::Verified } else { Outcome::Invalid });
        }
        allowed
    }

    /// Writes down the outcome of a check, `None` if it was never answered.
    pub(crate) fn note(&mut self, is_right: bool, outcome: Option<Outcome>) {
        match outcome {
            Some(Outcome::Verified | Outcome::Gone) => self.is_used = true,
            Some(Outcome::Invalid) => self.invalid_answers += 1,
            Some(Outcome::Throttled) => {}
            None if is_right => self.right_unanswered += 1,
            None => self.wrong_unanswered += 1,
        }
        assert!(self.invalid_answers <= ATTEMPTS_MAX, "a sixth guess was answered: {self:?}");
    }

    fn is_young(&self) -> bool {
        self.asked_at.is_none_or(|at| at.elapsed() < AGE_MAX)
    }

    fn wrong_at_most(&self) -> u32 {
        self.invalid_answers + self.wrong_unanswered
    }
}

#[test]
fn the_yardstick_refuses_what_a_crash_must_not_bring() {
    use Outcome::{Gone, Invalid, Throttled, Verified};
    let fresh = || Person::new("s", "+1", serde_json::json!({ "id": "u" }));

    let mut used = fresh();
    used.note(true, Some(Verified));
    assert_eq!((used.allowed(true), used.allowed(false)), (vec![Gone], vec![Gone]));

    let mut guessed = fresh();
    assert_eq!((guessed.allowed(true), guessed.allowed(false)), (vec![Verified], vec![Invalid]));
    (0..4).for_each(|_| guessed.note(false, Some(Invalid)));
    assert_eq!(guessed.allowed(false), [Invalid]);
    guessed.note(false, None);
    assert_eq!(
        guessed.allowed(true),
        [Throttled, Verified],
        "the fifth may or may not have counted"
    );
    guessed.note(false, Some(Invalid));
    assert_eq!(guessed.allowed(true), [Throttled]);

    let mut unsure = fresh();
    unsure.note(true, None);
    assert_eq!(unsure.allowed(true), [Gone, Verified]);
}
