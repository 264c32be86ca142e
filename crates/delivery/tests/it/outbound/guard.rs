//! What must not be called is not called.
//!
//! To see these fail: let `TargetPolicy::look_at` answer `Ok(())`, or let the
//! client connect to the name instead of the checked address.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use ringproof_delivery::outbound::address::{FORBIDDEN_V4, FORBIDDEN_V6, is_global_unicast};
use ringproof_delivery::outbound::{
    CallResult, OutboundClient, OutboundClientParts, Target, TargetPolicy, TargetRefusal,
};

use super::canary::Canary;
use super::receiver::{OK, Receiver};
use super::zone::{Record, Zone};
use super::{client, ip, own_networks, spellings, target};

/// Ports that are tried to find one that is free on two addresses.
const PORTS_TRIED_MAX: usize = 20;

/// Admits the port of a canary, so that nothing but the address is in the way.
fn policy(canary: &Canary) -> TargetPolicy {
    TargetPolicy { ports: vec![canary.port], ..TargetPolicy::default() }
}

/// The address that the parser of `url` reads from a text.
fn address_in(text: &str) -> Option<IpAddr> {
    match url::Url::parse(text).ok()?.host()? {
        url::Host::Domain(_) => None,
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
    }
}

#[tokio::test]
async fn no_spelling_of_a_forbidden_address_is_called() {
    let canary = Canary::everywhere();
    let loopback = Zone::new(vec![
        ("localhost", Record::Addresses(vec![vec![ip("127.0.0.1")]])),
        ("shop.example", Record::Addresses(vec![vec![ip("127.0.0.1")]])),
    ]);
    let client = client(policy(&canary), Arc::new(loopback));
    let spellings = spellings::all(canary.port);
    assert!(spellings.len() >= 400, "{} spellings only", spellings.len());

    // The table is worth something: a client without guard would go there.
    let read: Vec<IpAddr> = spellings.iter().filter_map(|text| address_in(text)).collect();
    assert!(read.len() >= 400, "{} of them are addresses for the parser", read.len());
    let distinct: BTreeSet<IpAddr> = read.iter().copied().collect();
    assert!(distinct.iter().all(|address| !is_global_unicast(*address)), "{distinct:?}");

    let mut called = 0;
    for text in &spellings {
        if let Ok(target) = Target::parse(text, client.policy()) {
            called += 1;
            assert_eq!(client.get(&target).await, CallResult::Forbidden, "{text:?}");
        }
    }
    assert_eq!(canary.connections(), 0);
    // Only `localhost` in two spellings looks like any other name.
    assert_eq!(called, 2);
}

#[tokio::test]
async fn the_canary_sings_when_it_is_called() {
    let canary = Canary::everywhere();
    let client = OutboundClient::new(OutboundClientParts {
        policy: own_networks(&["127.0.0.0/8"]),
        call_timeout: Duration::from_millis(50),
        ..OutboundClientParts::default()
    });
    let target = target(&client, &format!("http://127.0.0.1:{}/", canary.port));
    assert_eq!(client.get(&target).await, CallResult::Failed("no answer in time"));
    assert_eq!(canary.connections(), 1);
}

#[test]
fn an_address_is_refused_when_it_is_read() {
    let policy = TargetPolicy::default();
    let networks = FORBIDDEN_V4.iter().map(|range| format!("{}", range.net.network()));
    let networks =
        networks.chain(FORBIDDEN_V6.iter().map(|range| format!("[{}]", range.net.network())));
    for host in networks {
        let refusal = Target::parse(&format!("http://{host}/"), &policy).err();
        assert_eq!(refusal, Some(TargetRefusal::Address), "{host}");
    }
}

#[tokio::test]
async fn a_name_that_leads_into_a_forbidden_range_is_not_called() {
    let canary = Canary::everywhere();
    let v4 = FORBIDDEN_V4.map(|range| [range.net.network(), range.net.broadcast()].map(IpAddr::V4));
    let v6 = FORBIDDEN_V6.map(|range| [range.net.network(), range.net.broadcast()].map(IpAddr::V6));
    let mut answers: Vec<Vec<IpAddr>> =
        v4.into_iter().chain(v6).flatten().map(|address| vec![address]).collect();
    answers.push(vec![ip("::1"), ip("fd00::1")]);
    answers.push(vec![ip("127.0.0.1"), ip("::1"), ip("169.254.169.254"), ip("::ffff:8.8.8.8")]);
    for addresses in answers {
        let client = client(policy(&canary), Arc::new(Zone::shop(&addresses)));
        let target = target(&client, &format!("http://shop.example:{}/dlr", canary.port));
        assert_eq!(client.get(&target).await, CallResult::Forbidden, "{addresses:?}");
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_name_behind_aliases_is_looked_at_where_it_ends() {
    let canary = Canary::everywhere();
    let zone = Zone::new(vec![
        ("shop.example", Record::Alias("cdn.example")),
        ("cdn.example", Record::Alias("edge.example")),
        ("edge.example", Record::Addresses(vec![vec![ip("127.0.0.1")]])),
    ]);
    let client = client(policy(&canary), Arc::new(zone));
    let target = target(&client, &format!("http://shop.example:{}/", canary.port));
    assert_eq!(client.get(&target).await, CallResult::Forbidden);
    assert_eq!(canary.connections(), 0);
}

/// A receiver on 127.0.0.2, which the policy of these tests admits, and a
/// canary on the same port of 127.0.0.1, which it does not.
async fn neighbours() -> (Receiver, Canary) {
    for _ in 0..PORTS_TRIED_MAX {
        let receiver = Receiver::start("127.0.0.2", OK).await;
        // Another test may have this port of the other address.
        let address = SocketAddr::new(ip("127.0.0.1"), receiver.address.port());
        if let Ok(canary) = Canary::at(address) {
            return (receiver, canary);
        }
    }
    panic!("no port is free on both addresses");
}

#[tokio::test]
async fn of_several_addresses_only_admitted_ones_are_called() {
    let (receiver, canary) = neighbours().await;
    let (good, bad) = (ip("127.0.0.2"), ip("127.0.0.1"));
    for addresses in [[good, bad], [bad, good]] {
        let client = client(own_networks(&["127.0.0.2/32"]), Arc::new(Zone::shop(&addresses)));
        let target = target(&client, &format!("http://shop.example:{}/", canary.port));
        assert_eq!(client.get(&target).await, CallResult::Answered(StatusCode::OK));
    }
    receiver.stop().await;
    // Nor is the bad one a way out when the good one is gone.
    let client = client(own_networks(&["127.0.0.2/32"]), Arc::new(Zone::shop(&[good, bad])));
    let target = target(&client, &format!("http://shop.example:{}/", canary.port));
    assert_eq!(client.get(&target).await, CallResult::Failed("no connection"));
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let (_receiver, canary) = neighbours().await;
    let answers = vec![vec![ip("127.0.0.2")], vec![ip("127.0.0.1")]];
    let zone = Arc::new(Zone::new(vec![("shop.example", Record::Addresses(answers))]));
    let client = client(own_networks(&["127.0.0.2/32"]), zone.clone());
    let target = target(&client, &format!("http://shop.example:{}/", canary.port));
    // Asked twice within one call, it would have given the bad one here.
    assert_eq!(client.get(&target).await, CallResult::Answered(StatusCode::OK));
    assert_eq!(zone.asked().len(), 1);
    assert_eq!(client.get(&target).await, CallResult::Forbidden);
    assert_eq!(zone.asked().len(), 2);
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let canary = Canary::everywhere();
    let location = format!("http://127.0.0.1:{}/", canary.port);
    for status in [301, 302, 303, 307, 308] {
        let answer = format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\n\r\n");
        let receiver = Receiver::start("127.0.0.2", &answer).await;
        let client = client(own_networks(&["127.0.0.0/8"]), Arc::new(Zone::shop(&[])));
        let target = target(&client, &format!("http://{}/", receiver.address));
        let result = client.get(&target).await;
        assert_eq!(result, CallResult::Answered(StatusCode::from_u16(status).unwrap()));
        assert!(result.is_success());
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_target_read_under_another_policy_is_not_called() {
    let canary = Canary::everywhere();
    let lax = own_networks(&["127.0.0.0/8"]);
    let address = format!("http://127.0.0.1:{}/", canary.port);
    let address = Target::parse(&address, &lax).unwrap();
    let by_name = Target::parse("http://shop.example:9000/", &lax).unwrap();
    let is_forbidden = async |policy: TargetPolicy, target: &Target| {
        let public = Zone::shop(&[ip("8.8.8.8"), ip("2600::1")]);
        client(policy, Arc::new(public)).get(target).await == CallResult::Forbidden
    };
    assert!(is_forbidden(policy(&canary), &address).await);
    assert!(is_forbidden(TargetPolicy { allow_http: false, ..lax.clone() }, &address).await);
    // The name may be called on any port of 127/8, but leads elsewhere.
    assert!(is_forbidden(lax, &by_name).await);
    assert_eq!(canary.connections(), 0);
}
