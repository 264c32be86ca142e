//! How many requests of the widget one address may begin. Each costs a signature and
//! a record, and nothing of it is worth money; so it is counted in memory, like
//! failed logins.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use verify::{SignedDuration, Timestamp};

/// Requests of one address within [`WINDOW`].
const ENTRIES_MAX: u32 = 60;
const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Addresses that are remembered; beyond it those that no longer count are
/// forgotten, or if all count, all of them.
const ADDRESSES_MAX: usize = 50_000;

/// Requests of one address since the first of them.
struct Window {
    began: Timestamp,
    entries: u32,
}

/// Counts requests that begin sessions.
#[derive(Default)]
pub(super) struct EntryThrottle(HashMap<IpAddr, Window>);

impl EntryThrottle {
    /// Counts one more, unless there were too many.
    pub(super) fn admit(&mut self, address: IpAddr, now: Timestamp) -> bool {
        let counts = |window: &Window| {
            let end = window.began.saturating_add(WINDOW).unwrap_or(Timestamp::MAX);
            window.began <= now && now < end
        };
        if self.0.len() >= ADDRESSES_MAX {
            self.0.retain(|_, window| counts(window));
            if self.0.len() >= ADDRESSES_MAX {
                self.0.clear();
            }
        }
        let window = self.0.entry(person(address)).or_insert(Window { began: now, entries: 0 });
        if !counts(window) {
            *window = Window { began: now, entries: 0 };
        }
        window.entries = window.entries.saturating_add(1);
        window.entries <= ENTRIES_MAX
    }
}

/// What of an address is one person's (D-28).
fn person(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + seconds).unwrap()
    }

    #[test]
    fn an_address_begins_sixty_in_ten_minutes() {
        let mut throttle = EntryThrottle::default();
        let mut admit =
            |address: &str, second| throttle.admit(address.parse().unwrap(), at(second));
        for n in 0..60 {
            assert!(admit("192.0.2.1", n) && admit("2001:db8::1", n));
        }
        assert!(!admit("192.0.2.1", 60) && !admit("192.0.2.1", 599));
        assert!(!admit("2001:db8::2:3:4:5", 60), "the same person's network");
        assert!(admit("192.0.2.2", 60) && admit("2001:db8:0:1::1", 60));
        assert!(admit("192.0.2.1", 600));
    }

    #[test]
    fn memory_is_bounded() {
        let mut throttle = EntryThrottle::default();
        for n in 0..=u32::try_from(ADDRESSES_MAX).unwrap() {
            assert!(throttle.admit(IpAddr::from(n.to_be_bytes()), at(0)));
        }
        assert_eq!(throttle.0.len(), 1);
    }
}
