//! What the operator changes is in force at all servers within a second.

use crate::{CONFIG, Cluster, REQUESTS, SOON, wait_until};
use ringproof_blackbox::cli;
use ringproof_blackbox::clock::Clock;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::{Client, Request};
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::volley;
use ringproof_blackbox::world::{new_account, wrong_pin};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What is changed is in force everywhere after that (S-59).
const KNOWN_WITHIN: Duration = Duration::from_secs(1);

/// Waits until every server answers so to these credentials; gives the times
/// since `changed`. One look at each that fails: more would be counted as guesses.
fn wait_for_status(
    cluster: &Cluster,
    credentials: &str,
    status: u16,
    changed: Instant,
) -> Vec<Duration> {
    thread::scope(|scope| {
        let wait = |node| {
            wait_until("the answer changes", KNOWN_WITHIN, || {
                cluster.look(node, credentials).status == status
            });
            changed.elapsed()
        };
        let threads: Vec<_> =
            (0..cluster.nodes.len()).map(|node| scope.spawn(move || wait(node))).collect();
        threads.into_iter().map(|thread| thread.join().expect("in time")).collect()
    })
}

/// Revokes in turn by a new password and by a disabled account, at another
/// server's folder each time; gives the longest time until it was dead everywhere.
fn revoke(cluster: &Cluster, times: usize) -> Duration {
    let mut longest = Duration::ZERO;
    for round in 0..times {
        let folder = cluster.nodes[round % cluster.nodes.len()].folder();
        let name = format!("program-{round}");
        let credentials = new_account(folder, &name, &["--countries", "all"]);
        // Of another account a service is not seen, but the password is.
        wait_for_status(cluster, &credentials, 404, Instant::now());
        let command = if round % 2 == 0 { "rotate-secret" } else { "disable" };
        let _ = cli::run(folder, &["account", command, &name]).succeeded();
        let times = wait_for_status(cluster, &credentials, 401, Instant::now());
        longest = longest.max(times.into_iter().max().expect("three servers"));
    }
    longest
}

#[test]
fn a_revoked_credential_is_dead_on_all_servers_within_a_second() {
    let cluster = Cluster::start();
    let longest = revoke(&cluster, 6);
    println!("revoked credentials: dead on 3 servers after {longest:?} at most");
}

#[test]
fn a_revoked_credential_is_dead_within_a_second_while_all_servers_are_busy() {
    let cluster = Cluster::start();
    let person = cluster.person(0);
    let pin = cluster.start_person(0, &person);
    let guess = |n| cluster.check_request(&person, &wrong_pin(&pin, n));
    let requests: Vec<_> = (1..).take(REQUESTS).map(guess).collect();
    let is_over = AtomicBool::new(false);
    let longest = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _ = volley::fire_at(&cluster.addresses(), &requests);
            }
        });
        let longest = revoke(&cluster, 6);
        is_over.store(true, Ordering::Relaxed);
        longest
    });
    println!("revoked credentials under load: dead on 3 servers after {longest:?} at most");
}

fn is_ready(cluster: &Cluster, node: usize) -> bool {
    is_ready_at(cluster.nodes[node].address())
}

/// Whether the server there is ready.
pub(crate) fn is_ready_at(address: SocketAddr) -> bool {
    let answer = Client::new(address).send(&Request::new("GET", "/readyz"));
    answer.expect("an answer").status == 200
}

#[test]
fn a_paused_gateway_is_closed_on_all_servers_within_a_second() {
    let cluster = Cluster::start();
    for (command, is_open) in [("pause", false), ("resume", true)] {
        let _ = cli::run(cluster.nodes[1].folder(), &["gateway", command, "hook"]).succeeded();
        wait_until("all servers follow", KNOWN_WITHIN, || {
            (0..3).all(|node| is_ready(&cluster, node) == is_open)
        });
    }
}

/// The operator sees each gateway as each server sees it.
#[test]
fn gateways_are_listed_as_every_server_sees_them() {
    let cluster = Cluster::start();
    let list = || {
        let listed = cli::run(cluster.nodes[2].folder(), &["gateway", "list", "--json"]);
        let lines = listed.succeeded().stdout;
        let read = |line: &str| -> Value { serde_json::from_str(line).expect("JSON") };
        lines.lines().map(read).collect::<Vec<_>>()
    };
    wait_until("all servers have looked", SOON, || list().len() == 3);
    let seen = list();
    assert!(seen.iter().all(|one| one["name"] == "hook" && one["state"] == "open"), "{seen:?}");
    for address in cluster.addresses() {
        let port = format!(":{}", address.port());
        let of_node = |one: &&Value| one["node"].as_str().is_some_and(|node| node.ends_with(&port));
        assert_eq!(seen.iter().filter(of_node).count(), 1, "{port} in {seen:?}");
    }
}

/// S-28: a clock that is more than ten seconds off takes its server out within 30 s.
#[test]
fn a_server_whose_clock_is_wrong_is_not_ready_until_it_is_right() {
    let cluster = Cluster::start();
    let folder = Folder::beside(cluster.nodes[0].folder(), CONFIG);
    let skewed = Server::start(ServerOptions::dev(folder));
    let clock = Clock::of(skewed.address());
    let ready = || {
        let request = Request::new("GET", "/readyz");
        Client::new(skewed.address()).send(&request).expect("an answer")
    };
    assert_eq!(ready().status, 200);
    for (by, is_ready) in [(12, false), (-12, true), (-12, false), (12, true)] {
        clock.advance(by);
        let within = Duration::from_secs(30);
        let took = wait_until("it is noticed", within, || (ready().status == 200) == is_ready);
        println!("clock moved by {by} s: ready is {is_ready} after {took:.1?}");
        assert_eq!(ready().text().contains("from the database's"), !is_ready);
    }
    assert!((0..3).all(|node| is_ready(&cluster, node)), "the others are not touched");
}
