//! When a login wakes the app (D-23): one prompt at a time, and never so many
//! that a person gives in to make them stop (S-41).

use crate::entropy::Entropy;
use crate::ids::{PromptId, ServiceId, UserId};
use crate::record::Prompts;
use crate::{SignedDuration, Timestamp};

/// No second prompt so soon after one (`verigator-app.md` 6.6).
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// D-23.
const PER_10_MIN: usize = 3;
/// D-23: without a success.
const PER_DAY: usize = 10;
const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A login that may wake the app.
#[derive(Debug, Clone, Copy)]
pub(super) struct Login {
    /// The service.
    pub(super) service: ServiceId,
    /// The user.
    pub(super) user: UserId,
    /// When it is over.
    pub(super) expires_at: Timestamp,
    /// When an authenticator of the user was last right.
    pub(super) succeeded_at: Option<Timestamp>,
}

/// The prompts with one more; `None` if it would be too many.
pub(super) fn one_more(
    kept: Option<&Prompts>,
    login: &Login,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Option<Prompts> {
    let within = |length: SignedDuration| move |at: &&Timestamp| now.duration_since(**at) < length;
    let sent_at: Vec<Timestamp> =
        kept.into_iter().flat_map(|p| &p.sent_at).filter(within(DAY)).copied().collect();
    let unanswered = |at: &&Timestamp| login.succeeded_at.is_none_or(|success| **at >= success);
    if sent_at.iter().any(|at| within(PAUSE)(&at))
        || sent_at.iter().filter(within(TEN_MINUTES)).count() >= PER_10_MIN
        || sent_at.iter().filter(unanswered).count() >= PER_DAY
    {
        return None;
    }
    let Login { service, user, expires_at, .. } = *login;
    let sent_at = sent_at.into_iter().chain([now]).collect();
    Some(Prompts { service, user, id: PromptId::random(entropy), expires_at, sent_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_764_180_000 + seconds).unwrap()
    }

    /// When prompts go out if a login begins each `every` seconds.
    fn sent(every: i64, until: i64, succeeded_at: Option<i64>) -> Vec<i64> {
        let (mut kept, mut sent) = (None, Vec::new());
        for second in (0..until).step_by(usize::try_from(every).unwrap()) {
            let login = Login {
                service: ServiceId::from_bytes([1; 16]),
                user: UserId::from_bytes([2; 16]),
                expires_at: at(second + 300),
                succeeded_at: succeeded_at.filter(|s| *s <= second).map(at),
            };
            let mut entropy = SeededEntropy::new(second.unsigned_abs());
            if let Some(more) = one_more(kept.as_ref(), &login, at(second), &mut entropy) {
                kept = Some(more);
                sent.push(second);
            }
        }
        sent
    }

    #[test]
    fn prompts_are_half_a_minute_apart_three_in_ten_minutes_and_ten_a_day() {
        assert_eq!(sent(1, 600, None), [0, 30, 60]);
        assert_eq!(sent(1, 661, None), [0, 30, 60, 600, 630, 660]);
        assert_eq!(sent(10, 86_400, None).len(), 10);
        assert_eq!(sent(10, 86_400 + 61, None)[10..], [86_400, 86_430, 86_460]);
    }

    #[test]
    fn a_success_frees_the_day_and_not_the_ten_minutes() {
        assert_eq!(sent(600, 86_400, None).len(), 10);
        assert_eq!(sent(600, 86_400, Some(6_600)).len(), 20);
        assert_eq!(sent(10, 600, Some(100)), [0, 30, 60]);
    }
}
