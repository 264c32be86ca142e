//! What the operator changes is in force at all servers within a second.

use crate::{Cluster, REQUESTS, wait_until};
use ringproof_blackbox::cli;
use ringproof_blackbox::http::{Client, Request};
use ringproof_blackbox::volley;
use ringproof_blackbox::world::{new_account, wrong_pin};
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
    let request = Request::new("GET", "/readyz");
    let answer = Client::new(cluster.nodes[node].address()).send(&request);
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
