//! Calls to addresses that integrators give.
//!
//! * [`guard`]: spellings of forbidden addresses ([`spellings`]) and names that
//!   lead to them ([`zone`]) reach nobody; a [`canary`] listens for those that do.
//! * [`any_text`]: the same for random texts.
//! * [`calls`], [`tls`]: what is called is called rightly, and has an end;
//!   [`receiver`] plays the other side.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod any_text;
mod calls;
pub(crate) mod canary;
mod guard;
mod receiver;
mod spellings;
mod tls;
pub(crate) mod zone;

use std::net::IpAddr;
use std::sync::Arc;

use ringproof_delivery::outbound::{
    OutboundClient, OutboundClientParts, Resolver, Target, TargetPolicy,
};

/// A policy that admits these networks as an operator's own.
fn own_networks(networks: &[&str]) -> TargetPolicy {
    let allow_private = networks.iter().map(|text| text.parse().unwrap()).collect();
    TargetPolicy { allow_private, ..TargetPolicy::default() }
}

/// A client with a policy, for which names lead where a resolver says.
fn client(policy: TargetPolicy, resolver: Arc<dyn Resolver>) -> OutboundClient {
    OutboundClient::new(OutboundClientParts { policy, resolver, ..OutboundClientParts::default() })
}

fn target(client: &OutboundClient, text: &str) -> Target {
    Target::parse(text, client.policy()).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
