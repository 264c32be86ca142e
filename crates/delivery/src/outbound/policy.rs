//! What the operator allows of integrators' addresses.

use std::net::IpAddr;

use ipnet::IpNet;

use super::address::is_global_unicast;
use crate::limits::TARGET_PORTS;

/// What the operator allows of integrators' addresses.
///
/// * HTTP without TLS is allowed unless the operator says otherwise. Security
///   rule S-83 asks for HTTPS, but the interface documents `dlr-url` as http or
///   https, and most of those in use are http. A report carries an id and a
///   state, no number, code or secret.
/// * Ports are a list, by default [`TARGET_PORTS`]. The guard of internal
///   services is the check of the address; the list keeps the server from
///   being made to knock at mail servers and the like on public ones.
/// * An address in a network that the operator names in `allow_private` may be
///   called on any port: who names a network means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPolicy {
    /// Whether calls without TLS are made.
    pub allow_http: bool,
    /// Ports of public addresses that are called.
    pub ports: Vec<u16>,
    /// Networks that are called although they are not public.
    pub allow_private: Vec<IpNet>,
}

impl Default for TargetPolicy {
    fn default() -> Self {
        Self { allow_http: true, ports: TARGET_PORTS.to_vec(), allow_private: Vec::new() }
    }
}

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barred {
    Address,
    Port,
}

impl TargetPolicy {
    /// Whether an address may be called on a port.
    pub fn admits(&self, address: IpAddr, port: u16) -> bool {
        self.look_at(address, port).is_ok()
    }

    pub(super) fn look_at(&self, address: IpAddr, port: u16) -> Result<(), Barred> {
        if self.allow_private.iter().any(|net| net.contains(&address)) {
            Ok(())
        } else if !is_global_unicast(address) {
            Err(Barred::Address)
        } else if !self.ports.contains(&port) {
            Err(Barred::Port)
        } else {
            Ok(())
        }
    }

    /// Whether a name may be called on a port, as far as that can be said
    /// before its addresses are known.
    pub(super) fn may_admit(&self, port: u16) -> bool {
        self.ports.contains(&port) || !self.allow_private.is_empty()
    }

    pub(super) fn admits_scheme(&self, is_https: bool) -> bool {
        is_https || self.allow_http
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_called_on_listed_ports_and_named_networks_on_any() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let policy = TargetPolicy {
            allow_private: vec!["10.1.0.0/16".parse().unwrap()],
            ..TargetPolicy::default()
        };
        assert!(policy.admits(address("8.8.8.8"), 8443) && policy.admits(address("2600::1"), 80));
        assert!(policy.admits(address("10.1.2.3"), 5432));
        assert_eq!(policy.look_at(address("8.8.8.8"), 25), Err(Barred::Port));
        assert_eq!(policy.look_at(address("10.2.0.1"), 443), Err(Barred::Address));
        assert_eq!(policy.look_at(address("::ffff:10.1.2.3"), 443), Err(Barred::Address));
        assert!(policy.may_admit(5432) && !TargetPolicy::default().may_admit(5432));
    }
}
