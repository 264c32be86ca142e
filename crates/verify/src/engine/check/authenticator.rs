//! Holds an entered code against the codes that a user's authenticators make.

use subtle::ConstantTimeEq as _;

use crate::Timestamp;
use crate::code::EnteredCode;
use crate::engine::authenticator::open_seed;
use crate::keys::AccountKeys;
use crate::record::Authenticator;
use crate::totp::{self, Seed};

/// Steps before and after that of our clock, corrected by the drift, whose code
/// is right (D-14).
const WINDOW: i64 = 1;

/// Steps before and after that are searched for a clock that is far off (D-17).
const RESYNC_WINDOW: i64 = 10;

/// Most steps that a clock is remembered to be off (D-16).
const DRIFT_MAX: i64 = 2;

/// What one wrong guess at one authenticator costs, in thousandths of a unit:
/// three codes out of a million are right (security.md 3.1).
const GUESS_MILLIUNITS: u32 = 3_000;

/// What a wrong guess costs a user with these authenticators: each of them makes
/// as many codes right.
pub(in crate::engine) fn guess_cost_milliunits(authenticators: &[Authenticator]) -> u32 {
    let confirmed = authenticators.iter().filter(|a| a.confirmed_at.is_some()).count();
    GUESS_MILLIUNITS.saturating_mul(u32::try_from(confirmed.max(1)).unwrap_or(u32::MAX))
}

/// What became of a code.
pub(super) enum Held {
    /// It is right. Every authenticator that makes it has its step spent.
    Right(Vec<Authenticator>),
    /// It is none; these authenticators remember a code far from the window.
    Wrong(Vec<Authenticator>),
}

/// Holds a code against all confirmed authenticators. Every acceptable code of
/// every one is made and compared, whatever was found before (S-16). All that make
/// the code spend it: two that were given the same seed do not accept it twice.
pub(super) fn hold(
    authenticators: &[Authenticator],
    entered: &EnteredCode,
    keys: &AccountKeys,
    now: Timestamp,
) -> Held {
    let (mut right, mut remembered) = (Vec::new(), Vec::new());
    for authenticator in authenticators.iter().filter(|a| a.confirmed_at.is_some()) {
        let Some(seed) = open_seed(keys, authenticator) else { continue };
        let found = Found::of(authenticator, &seed, entered, now);
        let resynced = found.resynced(authenticator);
        match found.accepted.or(resynced) {
            Some(step) => right.push(spent(authenticator, step, now)),
            None => remembered.extend(found.remembered(authenticator)),
        }
    }
    if right.is_empty() { Held::Wrong(remembered) } else { Held::Right(right) }
}

/// Whether a code proves that a seed arrived where it was meant to; the step of
/// it (S-29).
pub(in crate::engine) fn proved_step(
    authenticator: &Authenticator,
    entered: &EnteredCode,
    keys: &AccountKeys,
    now: Timestamp,
) -> Option<i64> {
    let seed = open_seed(keys, authenticator)?;
    Found::of(authenticator, &seed, entered, now).accepted
}

/// Where in the searched steps an entered code was found.
struct Found {
    /// The newest step of the window that is not spent.
    accepted: Option<i64>,
    /// Unspent steps of the wider search, the window left out.
    distant: Vec<i64>,
}

impl Found {
    fn of(
        authenticator: &Authenticator,
        seed: &Seed,
        entered: &EnteredCode,
        now: Timestamp,
    ) -> Self {
        let ours = totp::step_at(now);
        let centre = ours + i64::from(authenticator.drift);
        let (mut accepted, mut distant) = (None, Vec::new());
        for step in ours - RESYNC_WINDOW..=ours + RESYNC_WINDOW {
            let code = seed.code(authenticator.algorithm, step);
            let is_equal: bool = code.as_bytes().ct_eq(entered.expose().as_bytes()).into();
            let is_unspent = step > authenticator.last_step;
            let is_near = (centre - WINDOW..=centre + WINDOW).contains(&step);
            if is_equal && is_unspent && is_near {
                accepted = Some(step);
            } else if is_equal && is_unspent {
                distant.push(step);
            }
        }
        Self { accepted, distant }
    }

    /// The second of two codes of steps that follow each other (D-17).
    fn resynced(&self, authenticator: &Authenticator) -> Option<i64> {
        let second = authenticator.resync_step?.checked_add(1)?;
        self.distant.contains(&second).then_some(second)
    }

    /// The authenticator with the first of two such codes; the last one counts.
    fn remembered(&self, authenticator: &Authenticator) -> Option<Authenticator> {
        let step = self.distant.last().copied();
        let is_news = step != authenticator.resync_step;
        is_news.then(|| Authenticator { resync_step: step, ..authenticator.clone() })
    }
}

/// The step and all before it are spent (S-26). What is known of the clock moves
/// by one step at most (D-16), but for a resync, which two codes have shown.
fn spent(authenticator: &Authenticator, step: i64, now: Timestamp) -> Authenticator {
    let seen = (step - totp::step_at(now)).clamp(-DRIFT_MAX, DRIFT_MAX);
    Authenticator {
        last_step: step,
        drift: i8::try_from(seen).unwrap_or(0),
        resync_step: None,
        last_used_at: Some(now),
        ..authenticator.clone()
    }
}
