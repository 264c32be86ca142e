//! Who may hold a connection: so many in total, so many from one address (D-47).
//!
//! A slot is taken when a connection is accepted and given back when it is dropped. An address is
//! in the table only while it holds a slot, so the table is never larger than the number of
//! connections.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counts of one listener.
#[derive(Debug)]
pub(super) struct Slots {
    total_max: usize,
    per_address_max: usize,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    total: usize,
    per_address: HashMap<IpAddr, usize>,
}

/// Why there was no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSlot {
    /// The server has as many connections as it may have.
    Total,
    /// This address has as many connections as it may have.
    Address,
}

/// The right to one connection; given back on drop.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    /// The key that was counted; none for peers without a limit of their own.
    key: Option<IpAddr>,
}

impl Slots {
    pub(super) fn new(total_max: usize, per_address_max: usize) -> Arc<Self> {
        Arc::new(Self { total_max, per_address_max, table: Mutex::default() })
    }

    /// Takes a slot for a peer at `address`. Trusted proxies pass `is_proxy`: they bring
    /// everybody's connections, so only the total counts for them.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr, is_proxy: bool) -> Result<Slot, NoSlot> {
        let mut table = self.table();
        if table.total >= self.total_max {
            return Err(NoSlot::Total);
        }
        let key = (!is_proxy).then(|| network(address));
        if let Some(key) = key {
            let held = table.per_address.entry(key).or_insert(0);
            if *held >= self.per_address_max {
                // With a limit of zero the entry was just made for nothing.
                if *held == 0 {
                    table.per_address.remove(&key);
                }
                return Err(NoSlot::Address);
            }
            *held += 1;
        }
        table.total += 1;
        Ok(Slot { slots: Arc::clone(self), key })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut table = self.slots.table();
        table.total -= 1;
        if let Some(key) = self.key
            && let Some(held) = table.per_address.get_mut(&key)
        {
            *held -= 1;
            if *held == 0 {
                table.per_address.remove(&key);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or an IPv6 /64, because a single customer commonly
/// gets that much.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_gets_its_share_and_no_more() {
        let slots = Slots::new(10, 2);
        let first = slots.take(ip("192.0.2.1"), false).unwrap();
        let _second = slots.take(ip("192.0.2.1"), false).unwrap();
        assert_eq!(slots.take(ip("192.0.2.1"), false).unwrap_err(), NoSlot::Address);
        assert!(slots.take(ip("192.0.2.2"), false).is_ok(), "another address is unaffected");
        drop(first);
        assert!(slots.take(ip("192.0.2.1"), false).is_ok());
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let slots = Slots::new(10, 1);
        let _held = slots.take(ip("2001:db8:0:1::1"), false).unwrap();
        assert_eq!(slots.take(ip("2001:db8:0:1:ffff::2"), false).unwrap_err(), NoSlot::Address);
        assert!(slots.take(ip("2001:db8:0:2::1"), false).is_ok());
    }

    #[test]
    fn the_total_holds_for_proxies_too_and_nothing_is_left_behind() {
        let slots = Slots::new(3, 1);
        let held: Vec<_> = (0..3).map(|_| slots.take(ip("10.0.0.1"), true).unwrap()).collect();
        assert_eq!(slots.take(ip("10.0.0.1"), true).unwrap_err(), NoSlot::Total);
        assert_eq!(slots.take(ip("192.0.2.1"), false).unwrap_err(), NoSlot::Total);
        drop(held);
        let one = slots.take(ip("192.0.2.1"), false).unwrap();
        assert_eq!(slots.table().per_address.len(), 1);
        drop(one);
        let table = slots.table();
        assert_eq!((table.total, table.per_address.len()), (0, 0));
    }
}
