//! What comes from one address of a person, and from its network (D-28, D-29).
//! The address is the one that the caller tells; so it can only add limits
//! (S-96), and it refuses only where the account has switched that on.

use super::{DAY, later};
use crate::keys::NumberKey;
use crate::limits::ADDRESS_CHECKS_KEPT_MAX;
use crate::{SignedDuration, Timestamp};

/// The limits of D-28 and D-29.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressLimits {
    /// Starts from one address in 10 min.
    pub starts_per_10min: u32,
    /// … in an hour.
    pub starts_per_hour: u32,
    /// … in 24 h.
    pub starts_per_day: u32,
    /// Different numbers from one address in 24 h.
    pub numbers_per_day: u32,
    /// Checks from one address in 10 min.
    pub checks_per_10min: u32,
    /// Starts from one network (IPv4 /24, IPv6 /48) in 24 h.
    pub network_starts_per_day: u32,
}

impl Default for AddressLimits {
    fn default() -> Self {
        Self {
            starts_per_10min: 10,
            starts_per_hour: 30,
            starts_per_day: 100,
            numbers_per_day: 50,
            checks_per_10min: 60,
            network_starts_per_day: 1_000,
        }
    }
}

/// One remembered start from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressStart {
    /// When.
    pub at: Timestamp,
    /// The number, shortened; two numbers that share it (one pair in four
    /// milliards) count as one.
    pub number: u32,
}

/// What came from one address, or from one network, in the last 24 hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressSends {
    /// Starts, oldest first.
    pub starts: Vec<AddressStart>,
    /// Times of checks, oldest first.
    pub checks: Vec<Timestamp>,
}

/// Messages in an hour to the browsers of one address that did no work (S-80).
pub const MESSAGES_WITHOUT_WORK: u32 = 2;

/// Starts in ten minutes before the work for one becomes harder (D-28).
const STARTS_EASY: u32 = 5;

const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);

impl AddressSends {
    /// When a start from this address is within its limits again; `None` if it
    /// is now.
    pub fn start_refused_until(&self, now: Timestamp, limits: &AddressLimits) -> Option<Timestamp> {
        let windows = [
            (TEN_MINUTES, limits.starts_per_10min),
            (SignedDuration::from_hours(1), limits.starts_per_hour),
            (DAY, limits.starts_per_day),
        ];
        let times = || self.starts.iter().map(|start| start.at);
        let full = windows.into_iter().filter_map(|(w, limit)| full_until(times(), now, w, limit));
        full.chain(self.numbers_refused_until(now, limits.numbers_per_day)).max()
    }

    fn numbers_refused_until(&self, now: Timestamp, limit: u32) -> Option<Timestamp> {
        let counted = self.starts.iter().filter(|start| now < later(start.at, DAY));
        let mut numbers: Vec<u32> = counted.clone().map(|start| start.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let oldest = counted.map(|start| start.at).min()?;
        (numbers.len() >= limit as usize).then(|| later(oldest, DAY))
    }

    /// When a start from this network is within its limit again.
    pub fn network_refused_until(
        &self,
        now: Timestamp,
        limits: &AddressLimits,
    ) -> Option<Timestamp> {
        let times = self.starts.iter().map(|start| start.at);
        full_until(times, now, DAY, limits.network_starts_per_day)
    }

    /// When a check from this address is within its limit again.
    pub fn check_refused_until(&self, now: Timestamp, limits: &AddressLimits) -> Option<Timestamp> {
        full_until(self.checks.iter().copied(), now, TEN_MINUTES, limits.checks_per_10min)
    }

    /// When a message to a browser that did no work is within its limit again; kept
    /// for such ones alone (S-80).
    pub fn free_messages_refused_until(&self, now: Timestamp) -> Option<Timestamp> {
        let times = self.starts.iter().map(|start| start.at);
        full_until(times, now, SignedDuration::from_hours(1), MESSAGES_WITHOUT_WORK)
    }

    /// Whether another start would be the sixth of ten minutes or a later one (D-28).
    pub fn is_busy(&self, now: Timestamp) -> bool {
        let times = self.starts.iter().map(|start| start.at);
        full_until(times, now, TEN_MINUTES, STARTS_EASY).is_some()
    }

    /// Notes a start; forgets what counts no more. At most `kept` are kept.
    pub fn record_start(&mut self, now: Timestamp, number: NumberKey, kept: u32) {
        self.starts.retain(|start| now < later(start.at, DAY));
        let [a, b, c, d, ..] = *number.as_bytes();
        self.starts.push(AddressStart { at: now, number: u32::from_be_bytes([a, b, c, d]) });
        let excess = self.starts.len().saturating_sub(kept as usize);
        self.starts.drain(..excess);
    }

    /// Notes a check; forgets what counts no more.
    pub fn record_check(&mut self, now: Timestamp) {
        self.checks.retain(|at| now < later(*at, TEN_MINUTES));
        self.checks.push(now);
        let excess = self.checks.len().saturating_sub(ADDRESS_CHECKS_KEPT_MAX);
        self.checks.drain(..excess);
    }

    /// When something last came from it.
    pub fn last_at(&self) -> Timestamp {
        let last_start = self.starts.last().map(|start| start.at);
        last_start.max(self.checks.last().copied()).unwrap_or(Timestamp::MIN)
    }
}

fn full_until(
    times: impl DoubleEndedIterator<Item = Timestamp>,
    now: Timestamp,
    window: SignedDuration,
    limit: u32,
) -> Option<Timestamp> {
    let Some(index) = (limit as usize).checked_sub(1) else { return Some(later(now, window)) };
    let until = later(times.rev().nth(index)?, window);
    (now < until).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_760_400_000 + seconds).unwrap()
    }

    fn number(n: u8) -> NumberKey {
        NumberKey::from_bytes([n; 16])
    }

    #[test]
    fn each_window_of_an_address_holds_its_limit() {
        let limits = AddressLimits::default();
        let mut address = AddressSends::default();
        for n in 0..10 {
            assert_eq!(address.start_refused_until(at(n), &limits), None);
            address.record_start(at(n), number(1), limits.starts_per_day);
        }
        assert_eq!(address.start_refused_until(at(10), &limits), Some(at(600)));
        assert_eq!(address.start_refused_until(at(600), &limits), None);
        for second in 0..60 {
            assert_eq!(address.check_refused_until(at(second), &limits), None);
            address.record_check(at(second));
        }
        assert_eq!(address.check_refused_until(at(60), &limits), Some(at(600)));
        assert_eq!(address.last_at(), at(59));
    }

    #[test]
    fn many_numbers_from_one_address_are_refused() {
        let limits = AddressLimits { numbers_per_day: 3, ..AddressLimits::default() };
        let mut address = AddressSends::default();
        for n in 0..3 {
            assert_eq!(address.start_refused_until(at(i64::from(n)), &limits), None);
            address.record_start(at(i64::from(n)), number(n), limits.starts_per_day);
        }
        assert_eq!(address.start_refused_until(at(4), &limits), Some(at(86_400)));
        assert_eq!(address.start_refused_until(at(86_400), &limits), None);
    }

    #[test]
    fn a_network_holds_its_day() {
        let limits = AddressLimits { network_starts_per_day: 2, ..AddressLimits::default() };
        let mut network = AddressSends::default();
        for second in 0..2 {
            assert_eq!(network.network_refused_until(at(second), &limits), None);
            network.record_start(at(second), number(1), limits.network_starts_per_day);
        }
        assert_eq!(network.network_refused_until(at(3), &limits), Some(at(86_400)));
    }
}
