//! How long to wait before the next connection (`delivery.md` 3.2).

use core::time::Duration;

use super::limits::{
    DENIED_WAIT, DENIED_WAIT_MAX, OCCUPIED_WAIT, OCCUPIED_WAIT_MAX, RECONNECT_WAIT,
    RECONNECT_WAIT_MAX, STEADY_AFTER, UNBOUND_WAIT,
};

/// How a connection ended, as far as the next one is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was not made, was lost, or did not answer.
    Lost,
    /// The peer took leave.
    Unbound,
    /// The bind was refused and may be taken later: an old session may still
    /// live at the peer.
    Occupied,
    /// The bind was refused and will be until somebody acts: password, system
    /// id, system type. Accounts get locked by those who hammer.
    Denied,
}

/// Counts what went wrong in a row, and waits longer for each.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    lost: u32,
    occupied: u32,
    denied: u32,
}

impl Backoff {
    /// How long to wait before the next connection, after one that was bound
    /// for `bound_for`. `random` is any number; a lost link is waited for up to
    /// a fifth shorter or longer, so that many of them do not come at once.
    pub fn wait(&mut self, ended: Ended, bound_for: Option<Duration>, random: u64) -> Duration {
        if bound_for.is_some() {
            (self.occupied, self.denied) = (0, 0);
        }
        if bound_for.is_some_and(|bound| bound >= STEADY_AFTER) {
            self.lost = 0;
        }
        match ended {
            Ended::Lost => {
                jittered(doubled(RECONNECT_WAIT, &mut self.lost, RECONNECT_WAIT_MAX), random)
            }
            Ended::Unbound => {
                let lost = doubled(RECONNECT_WAIT, &mut self.lost, RECONNECT_WAIT_MAX);
                jittered(lost, random).max(UNBOUND_WAIT)
            }
            Ended::Occupied => doubled(OCCUPIED_WAIT, &mut self.occupied, OCCUPIED_WAIT_MAX),
            Ended::Denied => doubled(DENIED_WAIT, &mut self.denied, DENIED_WAIT_MAX),
        }
    }
}

/// `first`, doubled for each time before, up to `max`.
fn doubled(first: Duration, times: &mut u32, max: Duration) -> Duration {
    let factor = 1_u32.checked_shl(*times).unwrap_or(u32::MAX);
    *times = times.saturating_add(1).min(u32::BITS);
    first.saturating_mul(factor.max(1)).min(max)
}

/// Between 80 and 120 per cent of a time.
fn jittered(time: Duration, random: u64) -> Duration {
    let per_mille = 800 + u32::try_from(random % 401).unwrap_or(200);
    time.saturating_mul(per_mille) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No jitter.
    const MIDDLE: u64 = 200;

    fn waits(ended: Ended, bound_for: Option<Duration>, count: usize) -> Vec<u64> {
        let mut backoff = Backoff::default();
        let wait = |_| backoff.wait(ended, bound_for, MIDDLE).as_millis();
        (0..count).map(wait).map(|wait| wait.try_into().unwrap()).collect()
    }

    #[test]
    fn a_lost_link_is_sought_ever_more_seldom() {
        let expected = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
        assert_eq!(waits(Ended::Lost, None, 9), expected);
        assert_eq!(waits(Ended::Lost, Some(Duration::from_secs(59)), 9), expected);
        assert_eq!(waits(Ended::Lost, Some(Duration::from_mins(1)), 3), [250; 3]);
        assert_eq!(waits(Ended::Unbound, None, 4), [1_000, 1_000, 1_000, 2_000]);
        assert_eq!(waits(Ended::Lost, None, 1_000)[999], 30_000);
    }

    #[test]
    fn a_refused_bind_is_not_hammered() {
        assert_eq!(waits(Ended::Occupied, None, 4), [30_000, 60_000, 120_000, 120_000]);
        let denied = [60_000, 120_000, 240_000, 480_000, 600_000, 600_000];
        assert_eq!(waits(Ended::Denied, None, 6), denied);
        // An hour of refusals: the first try, and one after each wait.
        let waits = waits(Ended::Denied, None, 12);
        let in_an_hour = waits.iter().scan(0, |at, wait| {
            *at += wait;
            Some(*at)
        });
        assert_eq!(1 + in_an_hour.filter(|at| *at < 3_600_000).count(), 9);
    }

    #[test]
    fn a_link_that_was_bound_begins_anew_with_refusals() {
        let mut backoff = Backoff::default();
        backoff.wait(Ended::Denied, None, MIDDLE);
        backoff.wait(Ended::Denied, None, MIDDLE);
        backoff.wait(Ended::Lost, Some(Duration::ZERO), MIDDLE);
        assert_eq!(backoff.wait(Ended::Denied, None, MIDDLE), DENIED_WAIT);
    }

    #[test]
    fn chance_moves_a_wait_by_a_fifth_at_most() {
        for random in [0, 1, 200, 400, 401, u64::MAX] {
            let wait = Backoff::default().wait(Ended::Lost, None, random);
            let range = Duration::from_millis(200)..=Duration::from_millis(300);
            assert!(range.contains(&wait), "{random}: {wait:?}");
        }
        let wait = |random| Backoff::default().wait(Ended::Lost, None, random);
        assert_eq!((wait(0).as_millis(), wait(400).as_millis()), (200, 300));
    }
}
