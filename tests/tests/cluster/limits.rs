//! Limits that all servers share.

use crate::{Cluster, SOON};
use ringproof_blackbox::caller::{self, Caller};
use ringproof_blackbox::device::own_source;
use ringproof_blackbox::operator;
use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::volley::{self, counts};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a server may go by what it has found of a caller's failures, and some air.
const FOUND_FOR: Duration = Duration::from_secs(3);

/// Sends a code to each of so many numbers at once, over all servers; counts
/// the answers, of `OK` with an id the word alone.
fn confirm(cluster: &Cluster, first: u32, numbers: u32) -> BTreeMap<String, usize> {
    let caller = TextCaller::new(cluster.nodes[0].address(), &cluster.credentials);
    let start = |n| {
        let number = format!("+37255{:06}", first + n);
        caller.get_request("/verify/start", &[("to", &number)])
    };
    let requests: Vec<_> = (0..numbers).map(start).collect();
    let mut found = BTreeMap::new();
    for answer in volley::fire_text_at(&cluster.addresses(), &requests) {
        let line = if answer.text.starts_with("OK ") { "OK".to_owned() } else { answer.text };
        *found.entry(line).or_default() += 1;
    }
    found
}

/// The limit is no multiple of anything, and reached in the middle of a volley.
#[test]
fn an_account_sends_exactly_what_it_may_however_many_servers_it_asks() {
    const CAP: usize = 301;
    let cluster = Cluster::start();
    let limit = format!("sms_per_day={CAP}");
    operator::set(cluster.nodes[0].folder(), "shop", &["--limit", &limit]);
    cluster.wait_for_accounts();
    let (mut sent, mut refused) = (0, 0);
    for volley in 0..3 {
        let found = confirm(&cluster, volley * 200, 200);
        let now_sent = found.get("OK").copied().unwrap_or(0);
        println!("volley {volley}: {found:?}");
        sent += now_sent;
        refused += 200 - now_sent;
        assert!(sent == CAP || refused == 0, "nobody is refused while there is room");
    }
    assert_eq!((sent, refused), (CAP, 600 - CAP));
    cluster.hook.wait_for_distinct(CAP, SOON);
    assert_eq!(cluster.hook.counts(), (CAP, CAP));
}

/// Fewer messages than there are connections, and than an account has parts.
#[test]
fn a_small_limit_holds_too() {
    const CAP: usize = 3;
    let cluster = Cluster::start();
    operator::set(cluster.nodes[0].folder(), "shop", &["--limit", "sms_per_hour=3"]);
    cluster.wait_for_accounts();
    let found = confirm(&cluster, 0, 100);
    assert_eq!(found.get("OK"), Some(&CAP), "{found:?}");
    cluster.hook.wait_for_distinct(CAP, SOON);
    assert_eq!(cluster.hook.counts(), (CAP, CAP));
}

#[test]
fn a_number_gets_exactly_twenty_messages_from_all_services_and_servers() {
    const PER_NUMBER: usize = 20;
    const SERVICES: usize = 30;
    let cluster = Cluster::start();
    let number = "+37255500777";
    let request = |n: usize| {
        let caller = Caller::new(cluster.nodes[0].address(), &cluster.credentials);
        let service = caller.new_service(&format!("Shop {n}"));
        let user = caller.new_user(&service, "jane", number);
        let body = json!({ "method": "sms" }).to_string();
        cluster.request("POST", &caller::auth(&service, &user), &body)
    };
    let requests: Vec<_> = (0..SERVICES).map(request).collect();
    let found = volley::tally(&volley::fire_at(&cluster.addresses(), &requests));
    let expected = [("201", PER_NUMBER), ("429 rate_limited", SERVICES - PER_NUMBER)];
    assert_eq!(found, counts(&expected));
    crate::wait_until("all are sent", SOON, || cluster.hook.codes(number).len() >= PER_NUMBER);
    assert_eq!(cluster.hook.codes(number).len(), PER_NUMBER);
}

/// D-37: whoever guesses a password is told "no" ten times in a minute, by all
/// servers together, and then none of them listens.
#[test]
fn ten_failed_logins_are_answered_by_all_servers_together() {
    const ANSWERED: usize = 10;
    let cluster = Cluster::start();
    let guess = |n: usize| {
        let caller = Caller::new(cluster.nodes[0].address(), &format!("shop:guess-{n}"));
        caller.request("GET", &caller::service(&cluster.service))
    };
    let requests: Vec<_> = (0..90).map(guess).collect();
    let found = volley::tally(&volley::fire_at(&cluster.addresses(), &requests));
    let expected = [("401 auth_required", ANSWERED), ("429 rate_limited", 90 - ANSWERED)];
    assert_eq!(found, counts(&expected));
    for node in 0..3 {
        // The right one too, from there; from elsewhere it is welcome.
        let _ = cluster.at(node).get(&caller::service(&cluster.service)).error(429);
        let _ = cluster.look(node, &cluster.credentials).expect(200);
    }
}

/// D-37: also at a server that has seen none of the ten, and to which the caller comes
/// with the right password at once.
#[test]
fn the_right_password_is_refused_at_a_server_that_has_seen_no_failure() {
    let cluster = Cluster::start();
    let from = |node: usize, credentials: &str, source| {
        let caller = Caller::new(cluster.nodes[node].address(), credentials);
        caller.from_source(source).get(&caller::service(&cluster.service)).status
    };
    let (guesser, other) = (own_source(), own_source());
    assert_eq!(from(1, &cluster.credentials, guesser), 200);
    for n in 0..10 {
        assert_eq!(from(0, &format!("shop:guess-{n}"), guesser), 401);
    }
    assert_eq!(from(2, &cluster.credentials, guesser), 429);
    assert_eq!(from(2, &cluster.credentials, other), 200);
    // The one that has let it in before goes by that for a moment only.
    let refused = || from(1, &cluster.credentials, guesser) == 429;
    crate::wait_until("it is refused there too", FOUND_FOR, refused);
}
