//! Failed logins where several servers let the same callers in (D-37).
//!
//! Each server counts in memory ([`crate::login_throttle`]), which costs nothing.
//! Where others are asked too, a failure is counted here as well before it is
//! answered, so that all of them together answer no more than the limit; and a caller
//! that is right is looked for here too ([`full`]). It stands here under keyed names only.

use super::{Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::keys::LoginTraces;
use crate::login_throttle::{Full, HOUR, LoginLimits, MINUTE};

/// Records that [`charge`] and [`full`] need.
pub fn keys(traces: &LoginTraces) -> Keys {
    Keys { addresses: vec![traces.pair, traces.address], ..Keys::default() }
}

/// Which of the counts are full.
pub fn full(snapshot: &Snapshot, limits: &LoginLimits, now: Timestamp) -> Full {
    let [of_pair, of_address] = snapshot.addresses.as_slice() else { return Full::default() };
    Full {
        pair: of_pair.logins_refused_until(now, MINUTE, limits.per_minute),
        address: of_address.logins_refused_until(now, HOUR, limits.per_hour_address),
    }
}

/// Counts a failed login, or says which counts are full. Then nothing is to be learned
/// from the answer, and nothing is counted.
pub fn charge(
    snapshot: &Snapshot,
    traces: &LoginTraces,
    limits: &LoginLimits,
    now: Timestamp,
) -> Decision<Result<(), Full>> {
    let full = full(snapshot, limits, now);
    let [of_pair, of_address] = snapshot.addresses.as_slice() else {
        return Decision::unchanged(Err(full));
    };
    if full.until().is_some() {
        return Decision::unchanged(Err(full));
    }
    let (mut of_pair, mut of_address) = (of_pair.clone(), of_address.clone());
    of_pair.record_failed_login(now, MINUTE);
    of_address.record_failed_login(now, HOUR);
    let changes = vec![
        Change::PutAddressSends(traces.pair, of_pair),
        Change::PutAddressSends(traces.address, of_address),
    ];
    Decision::with(changes, Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Keyring, RootKey};
    use crate::send_limits::AddressSends;
    use std::net::IpAddr;

    /// Fails to log in so often in a row; gives how many failures were counted.
    fn fail(kept: &mut [AddressSends; 2], times: usize, at: Timestamp) -> usize {
        let traces = traces("192.0.2.1", "acme");
        let mut counted = 0;
        for _ in 0..times {
            let snapshot = Snapshot { addresses: kept.to_vec(), ..Snapshot::default() };
            let decision = charge(&snapshot, &traces, &LoginLimits::default(), at);
            for change in decision.changes {
                let Change::PutAddressSends(key, sends) = change else { panic!("{change:?}") };
                kept[usize::from(key == traces.address)] = sends;
            }
            counted += usize::from(decision.outcome.is_ok());
        }
        counted
    }

    fn traces(address: &str, name: &str) -> LoginTraces {
        let keyring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let address: IpAddr = address.parse().unwrap();
        keyring.login_traces(address, name)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_760_400_000 + seconds).unwrap()
    }

    #[test]
    fn ten_in_a_minute_and_a_hundred_in_an_hour_are_counted() {
        let mut kept = [AddressSends::default(), AddressSends::default()];
        assert_eq!(fail(&mut kept, 30, at(0)), 10);
        assert_eq!(fail(&mut kept, 30, at(59)), 0);
        assert_eq!(fail(&mut kept, 30, at(60)), 10);
        let others: usize = (2..20).map(|minute| fail(&mut kept, 11, at(minute * 60))).sum();
        assert_eq!(others, 80, "the address has used up its hour");
        assert_eq!(fail(&mut kept, 30, at(3_599)), 0);
        assert_eq!(fail(&mut kept, 30, at(3_600)), 10);
    }

    #[test]
    fn it_is_told_which_count_is_full() {
        let mut kept = [AddressSends::default(), AddressSends::default()];
        let full_at = |kept: &[AddressSends; 2], seconds| {
            let snapshot = Snapshot { addresses: kept.to_vec(), ..Snapshot::default() };
            full(&snapshot, &LoginLimits::default(), at(seconds))
        };
        assert_eq!(full_at(&kept, 0), Full::default());
        fail(&mut kept, 10, at(0));
        assert_eq!(full_at(&kept, 1), Full { pair: Some(at(60)), address: None });
        let more: usize = (1..10).map(|minute| fail(&mut kept, 10, at(minute * 60))).sum();
        assert_eq!(more, 90);
        let both = Full { pair: Some(at(600)), address: Some(at(3_600)) };
        assert_eq!(full_at(&kept, 599), both);
        assert_eq!(full_at(&kept, 600), Full { pair: None, ..both });
        assert_eq!(both.until(), Some(at(3_600)));
    }

    #[test]
    fn callers_are_told_apart_by_network_and_name() {
        let one = traces("192.0.2.1", "acme");
        assert_eq!(one.pair, traces("::ffff:192.0.2.1", "acme").pair);
        let other_name = traces("192.0.2.1", "acm");
        assert!(one.address == other_name.address && one.pair != other_name.pair);
        let other = traces("192.0.2.2", "acme");
        assert!(one.address != other.address && one.pair != other.pair);
        assert!(traces("2001:db8::1", "a").address == traces("2001:db8::2", "a").address);
        assert!(traces("2001:db8::1", "a").address != traces("2001:db8:0:1::1", "a").address);
    }
}
