//! How often a login may fail before the door answers "later" (D-37, S-58).
//!
//! Kept in memory: it protects nothing that costs money, and no user name is
//! ever locked. The same name from another address is not affected. Several
//! servers count together by [`crate::engine::login`]; what each knows of that is
//! in [`elsewhere`].

mod elsewhere;

use std::collections::HashMap;
use std::net::IpAddr;

pub use elsewhere::{Full, Look};

use crate::limits::LOGIN_PAIRS_MAX;
use crate::{SignedDuration, Timestamp};
use elsewhere::Elsewhere;

/// The limits of D-37.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginLimits {
    /// Failures per minute of one address with one name.
    pub per_minute: u32,
    /// Failures per hour of one address with all names.
    pub per_hour_address: u32,
}

impl Default for LoginLimits {
    fn default() -> Self {
        Self { per_minute: 10, per_hour_address: 100 }
    }
}

/// Failures in one window that began at a failure.
#[derive(Debug, Clone, Copy)]
struct Window {
    began: Timestamp,
    failures: u32,
}

/// The failed logins that still count.
#[derive(Debug, Default)]
pub struct LoginThrottle {
    pairs: HashMap<(IpAddr, String), Window>,
    addresses: HashMap<IpAddr, Window>,
    elsewhere: Elsewhere,
}

/// How long the failures of an address with one name count.
pub(crate) const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// How long those of an address count.
pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl LoginThrottle {
    /// Whether a login must wait, and until when. Ask before the secret is
    /// looked at: a refused login learns nothing.
    pub fn refused_until(
        &self,
        now: Timestamp,
        address: IpAddr,
        name: &str,
        limits: &LoginLimits,
    ) -> Option<Timestamp> {
        // Almost always nobody has failed; then no key need be built.
        if self.addresses.is_empty() && self.elsewhere.is_empty() {
            return None;
        }
        let key = (network(address), name.to_owned());
        let elsewhere = self.elsewhere.refused_until(now, &key);
        elsewhere.max(self.refused_here(now, &key, *limits))
    }

    fn refused_here(
        &self,
        now: Timestamp,
        key: &(IpAddr, String),
        limits: LoginLimits,
    ) -> Option<Timestamp> {
        let by_address = self.addresses.get(&key.0)?;
        let pair = self.pairs.get(key);
        let full = |window: &Window, length, limit| {
            let until = window.began.saturating_add(length).unwrap_or(Timestamp::MAX);
            (window.failures >= limit && now < until && window.began <= now).then_some(until)
        };
        let by_pair = pair.and_then(|w| full(w, MINUTE, limits.per_minute));
        by_pair.max(full(by_address, HOUR, limits.per_hour_address))
    }

    /// Charges a login as failed if it need not wait: before its secret is
    /// looked at, so that many at once learn no more than many in a row. A
    /// login that turns out right gives the charge back ([`Self::succeeded`]).
    pub fn charge(
        &mut self,
        now: Timestamp,
        address: IpAddr,
        name: &str,
        limits: &LoginLimits,
    ) -> Result<(), Timestamp> {
        if let Some(until) = self.refused_until(now, address, name, limits) {
            return Err(until);
        }
        self.failed(now, address, name);
        Ok(())
    }

    /// Gives back what [`Self::charge`] took.
    pub fn succeeded(&mut self, address: IpAddr, name: &str) {
        let address = network(address);
        let pair = (address, name.to_owned());
        if let Some(window) = self.pairs.get_mut(&pair) {
            window.failures = window.failures.saturating_sub(1);
            if window.failures == 0 {
                self.pairs.remove(&pair);
            }
        }
        if let Some(window) = self.addresses.get_mut(&address) {
            window.failures = window.failures.saturating_sub(1);
            if window.failures == 0 {
                self.addresses.remove(&address);
            }
        }
    }

    /// Notes that a caller fails too often at all servers together: it waits here too,
    /// whatever its secret.
    pub fn fails_elsewhere(&mut self, now: Timestamp, address: IpAddr, name: &str, full: &Full) {
        self.elsewhere.is_full(now, (network(address), name.to_owned()), full);
    }

    /// Whether a caller with the right secret has to be looked for where all servers
    /// count. After [`Look::Beside`] the next ones are not told so again for a while.
    pub fn look(&mut self, now: Timestamp, address: IpAddr, name: &str) -> Look {
        self.elsewhere.look(now, &(network(address), name.to_owned()))
    }

    /// Notes that a caller had room where all servers count, at that time.
    pub fn has_room_elsewhere(&mut self, at: Timestamp, address: IpAddr, name: &str) {
        self.elsewhere.has_room(at, (network(address), name.to_owned()));
    }

    /// Notes a failed login.
    fn failed(&mut self, now: Timestamp, address: IpAddr, name: &str) {
        if self.pairs.len() >= LOGIN_PAIRS_MAX {
            self.forget(now);
        }
        let address = network(address);
        let pair = (address, name.to_owned());
        self.elsewhere.failed(&pair);
        count(self.pairs.entry(pair), now, MINUTE);
        count(self.addresses.entry(address), now, HOUR);
    }

    /// Drops what no longer counts; if that frees too little, all pairs (their
    /// addresses still count).
    fn forget(&mut self, now: Timestamp) {
        let counts =
            |w: &Window, length| now < w.began.saturating_add(length).unwrap_or(Timestamp::MAX);
        self.pairs.retain(|_, w| counts(w, MINUTE));
        self.addresses.retain(|_, w| counts(w, HOUR));
        if self.pairs.len() >= LOGIN_PAIRS_MAX {
            self.pairs.clear();
        }
        if self.addresses.len() >= LOGIN_PAIRS_MAX {
            self.addresses.clear();
        }
    }
}

fn count<K>(
    entry: std::collections::hash_map::Entry<'_, K, Window>,
    now: Timestamp,
    length: SignedDuration,
) {
    let window = entry.or_insert(Window { began: now, failures: 0 });
    let over = window.began.saturating_add(length).unwrap_or(Timestamp::MAX);
    if now >= over || now < window.began {
        *window = Window { began: now, failures: 0 };
    }
    window.failures = window.failures.saturating_add(1);
}

/// An IPv6 caller owns its /64; an IPv4 caller its address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_760_000_000 + seconds).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_eleventh_failure_of_a_minute_waits_and_others_do_not() {
        let limits = LoginLimits::default();
        let mut throttle = LoginThrottle::default();
        for second in 0..10 {
            assert_eq!(throttle.refused_until(at(second), ip("192.0.2.1"), "acme", &limits), None);
            throttle.failed(at(second), ip("192.0.2.1"), "acme");
        }
        let refused =
            |now, address, name| throttle.refused_until(at(now), ip(address), name, &limits);
        assert_eq!(refused(10, "192.0.2.1", "acme"), Some(at(60)));
        assert_eq!(refused(59, "::ffff:192.0.2.1", "acme"), Some(at(60)));
        assert_eq!(refused(10, "192.0.2.2", "acme"), None);
        assert_eq!(refused(10, "192.0.2.1", "other"), None);
        assert_eq!(refused(60, "192.0.2.1", "acme"), None);
    }

    #[test]
    fn a_right_login_gives_its_charge_back_and_many_at_once_do_not_slip_through() {
        let limits = LoginLimits::default();
        let mut throttle = LoginThrottle::default();
        for _ in 0..1_000 {
            assert_eq!(throttle.charge(at(0), ip("192.0.2.1"), "acme", &limits), Ok(()));
            throttle.succeeded(ip("192.0.2.1"), "acme");
        }
        assert!(throttle.pairs.is_empty() && throttle.addresses.is_empty());
        let at_once =
            (0..34).filter(|_| throttle.charge(at(1), ip("192.0.2.1"), "acme", &limits).is_ok());
        assert_eq!(at_once.count(), 10);
    }

    #[test]
    fn an_address_has_an_hour_for_all_names() {
        let limits = LoginLimits::default();
        let mut throttle = LoginThrottle::default();
        for n in 0..100 {
            let name = format!("name-{n}");
            assert_eq!(throttle.refused_until(at(n), ip("2001:db8::1"), &name, &limits), None);
            throttle.failed(at(n), ip("2001:db8::1"), &name);
        }
        let refused = throttle.refused_until(at(100), ip("2001:db8::2"), "new", &limits);
        assert_eq!(refused, Some(at(3_600)), "the whole /64 waits");
        assert_eq!(throttle.refused_until(at(100), ip("2001:db8:0:1::1"), "new", &limits), None);
    }

    #[test]
    fn a_flood_of_names_and_addresses_stays_bounded() {
        let mut throttle = LoginThrottle::default();
        for n in 0..120_000_u32 {
            throttle.failed(at(0), IpAddr::from(n.to_be_bytes()), &n.to_string());
        }
        assert!(throttle.pairs.len() <= LOGIN_PAIRS_MAX);
        assert!(throttle.addresses.len() <= LOGIN_PAIRS_MAX);
    }
}
