//! What one of several servers knows of failed logins at the others.
//!
//! The failures of all are counted in the store ([`crate::engine::login`]). Whoever fails
//! here is counted there at once. Whoever is right must be refused as well while the
//! count is full, or ten guesses at one server and the eleventh at another would be told
//! apart; but a program that calls all the time must not read the store each time. So
//! what was found there holds for a moment.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::limits::{LOGIN_FOUND_SECONDS, LOGIN_PAIRS_MAX, LOGIN_RENEWED_SECONDS};
use crate::{SignedDuration, Timestamp};

/// Which counts of all servers together are full, and until when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Full {
    /// That of the address with the name.
    pub pair: Option<Timestamp>,
    /// That of the address with all names.
    pub address: Option<Timestamp>,
}

impl Full {
    /// Until when a login has to wait; `None` if neither is full.
    pub fn until(&self) -> Option<Timestamp> {
        self.pair.max(self.address)
    }
}

/// Whether the counts of all servers have to be read before a right login is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// They were read a moment ago.
    Needless,
    /// They were, but should be read again beside this login.
    Beside,
    /// Nothing is known: this login waits for it.
    First,
}

/// When the counts of a caller were found to have room.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// As they were then.
    at: Timestamp,
    /// When somebody last went to read them again.
    renewed_at: Timestamp,
}

type Pair = (IpAddr, String);

/// What is known of the others; addresses are networks already.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// Who has failed too often, and until when.
    full: HashMap<Pair, Timestamp>,
    /// Addresses that have, with any name.
    full_addresses: HashMap<IpAddr, Timestamp>,
    found: HashMap<Pair, Found>,
}

impl Elsewhere {
    /// Whether nobody is refused.
    pub(super) fn is_empty(&self) -> bool {
        self.full.is_empty() && self.full_addresses.is_empty()
    }

    pub(super) fn refused_until(&self, now: Timestamp, pair: &Pair) -> Option<Timestamp> {
        let of_pair = self.full.get(pair).copied();
        let of_address = self.full_addresses.get(&pair.0).copied();
        of_pair.max(of_address).filter(|until| now < *until)
    }

    pub(super) fn is_full(&mut self, now: Timestamp, pair: Pair, full: &Full) {
        self.found.remove(&pair);
        if let Some(until) = full.address {
            make_room(&mut self.full_addresses, |until| now < *until);
            self.full_addresses.insert(pair.0, until);
        }
        if let Some(until) = full.pair {
            make_room(&mut self.full, |until| now < *until);
            self.full.insert(pair, until);
        }
    }

    pub(super) fn look(&mut self, now: Timestamp, pair: &Pair) -> Look {
        let Some(found) = self.found.get_mut(pair) else { return Look::First };
        if !is_within(now, found.at, LOGIN_FOUND_SECONDS) {
            return Look::First;
        }
        if is_within(now, found.renewed_at, LOGIN_RENEWED_SECONDS) {
            return Look::Needless;
        }
        found.renewed_at = now;
        Look::Beside
    }

    pub(super) fn has_room(&mut self, at: Timestamp, pair: Pair) {
        make_room(&mut self.found, |found| is_within(at, found.at, LOGIN_FOUND_SECONDS));
        self.found.insert(pair, Found { at, renewed_at: at });
    }

    pub(super) fn failed(&mut self, pair: &Pair) {
        self.found.remove(pair);
    }
}

/// Makes room for one more. If much still holds, all of it is forgotten, so that nobody
/// searches it in vain each time: the store knows it too.
fn make_room<K: std::hash::Hash + Eq, V>(kept: &mut HashMap<K, V>, holds: impl Fn(&V) -> bool) {
    if kept.len() >= LOGIN_PAIRS_MAX {
        kept.retain(|_, value| holds(value));
        if kept.len() > LOGIN_PAIRS_MAX / 2 {
            kept.clear();
        }
    }
}

/// Whether something that was at a time is less than so many seconds ago. A clock that was
/// moved back knows nothing of it.
fn is_within(now: Timestamp, at: Timestamp, seconds: i64) -> bool {
    at <= now && now.duration_since(at) < SignedDuration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::super::{LoginLimits, LoginThrottle};
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_760_000_000_000 + milliseconds).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn refused(throttle: &LoginThrottle, now: i64, address: &str, name: &str) -> Option<Timestamp> {
        throttle.refused_until(at(now), ip(address), name, &LoginLimits::default())
    }

    /// Also if nobody has failed here.
    #[test]
    fn whoever_fails_elsewhere_waits_here_by_name_or_by_address() {
        let mut throttle = LoginThrottle::default();
        let of_pair = Full { pair: Some(at(60_000)), address: None };
        throttle.fails_elsewhere(at(0), ip("192.0.2.1"), "acme", &of_pair);
        assert_eq!(refused(&throttle, 0, "::ffff:192.0.2.1", "acme"), Some(at(60_000)));
        assert_eq!(refused(&throttle, 59_999, "192.0.2.1", "acme"), Some(at(60_000)));
        assert_eq!(refused(&throttle, 60_000, "192.0.2.1", "acme"), None);
        assert_eq!(refused(&throttle, 0, "192.0.2.1", "other"), None, "its address has room");

        let of_both = Full { pair: Some(at(30_000)), address: Some(at(3_600_000)) };
        throttle.fails_elsewhere(at(0), ip("2001:db8::1"), "acme", &of_both);
        for (now, name) in [(0, "acme"), (59_000, "acme"), (59_000, "other"), (3_599_999, "new")] {
            assert_eq!(refused(&throttle, now, "2001:db8::2", name), Some(at(3_600_000)), "{name}");
        }
        assert_eq!(refused(&throttle, 3_600_000, "2001:db8::1", "acme"), None);
        assert_eq!(refused(&throttle, 0, "2001:db8:0:1::1", "acme"), None);
    }

    #[test]
    fn a_caller_that_was_found_to_have_room_is_let_in_by_that_for_a_moment() {
        let mut throttle = LoginThrottle::default();
        let shop = (ip("192.0.2.1"), "shop");
        let look = |throttle: &mut LoginThrottle, now| throttle.look(at(now), shop.0, shop.1);
        assert_eq!(look(&mut throttle, 0), Look::First);
        assert_eq!(look(&mut throttle, 0), Look::First, "until something was found");
        throttle.has_room_elsewhere(at(0), shop.0, shop.1);
        assert_eq!(look(&mut throttle, 999), Look::Needless);
        assert_eq!(throttle.look(at(0), ip("192.0.2.2"), "shop"), Look::First);
        assert_eq!(throttle.look(at(0), shop.0, "other"), Look::First);
        // One of many goes to read it again.
        assert_eq!(look(&mut throttle, 1_000), Look::Beside);
        assert_eq!(look(&mut throttle, 1_001), Look::Needless);
        // It came back without an answer.
        assert_eq!(look(&mut throttle, 2_000), Look::First);
        throttle.has_room_elsewhere(at(2_000), shop.0, shop.1);
        assert_eq!(look(&mut throttle, 1_999), Look::First, "the clock was moved back");
        assert_eq!(look(&mut throttle, 2_500), Look::Needless);
    }

    #[test]
    fn a_failure_and_a_full_count_end_what_was_found() {
        let mut throttle = LoginThrottle::default();
        let shop = (ip("192.0.2.1"), "shop");
        throttle.has_room_elsewhere(at(0), shop.0, shop.1);
        throttle.charge(at(1), shop.0, shop.1, &LoginLimits::default()).unwrap();
        assert_eq!(throttle.look(at(2), shop.0, shop.1), Look::First);
        throttle.has_room_elsewhere(at(3), shop.0, shop.1);
        let full = Full { pair: Some(at(4)), address: None };
        throttle.fails_elsewhere(at(3), shop.0, shop.1, &full);
        assert_eq!(throttle.look(at(5), shop.0, shop.1), Look::First);
    }

    #[test]
    fn what_is_known_stays_bounded() {
        let mut elsewhere = Elsewhere::default();
        let full = Full { pair: Some(at(60_000)), address: Some(at(60_000)) };
        for n in 0..120_000_u32 {
            let pair = (IpAddr::from(n.to_be_bytes()), n.to_string());
            elsewhere.is_full(at(0), pair.clone(), &full);
            elsewhere.has_room(at(0), pair);
        }
        let sizes = [elsewhere.full.len(), elsewhere.full_addresses.len(), elsewhere.found.len()];
        assert!(sizes.iter().all(|size| (1..=LOGIN_PAIRS_MAX).contains(size)), "{sizes:?}");
        let late = (ip("2001:db8::1"), "late".to_owned());
        for n in 0..LOGIN_PAIRS_MAX {
            elsewhere.has_room(at(0), (late.0, n.to_string()));
        }
        elsewhere.has_room(at(LOGIN_FOUND_SECONDS * 1_000), late.clone());
        assert!(elsewhere.found.len() < LOGIN_PAIRS_MAX / 2, "what no longer holds makes room");
        assert_eq!(elsewhere.look(at(LOGIN_FOUND_SECONDS * 1_000), &late), Look::Needless);
    }
}
