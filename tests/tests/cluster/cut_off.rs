//! A server that hears nothing of its database knows of no revocation.
//!
//! To see these fail, let `Accounts::are_current` always say yes.

use crate::line::Line;
use crate::together::is_ready_at;
use crate::{CONFIG, Cluster, SOON, wait_until};
use ringproof_blackbox::caller::{self, Caller};
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::server::{Server, ServerOptions};
use std::time::{Duration, Instant};

/// S-59: what was revoked is dead everywhere after that.
const DEAD_WITHIN: Duration = Duration::from_secs(1);

/// How long the server is cut off.
const CUT_OFF_FOR: Duration = Duration::from_secs(4);

/// One more server of the cluster at the end of a line.
fn at_the_end_of_a_line(cluster: &Cluster) -> (Server, Line) {
    let first = cluster.nodes[0].folder();
    let database = first.database().expect("it is a PostgreSQL");
    let line = Line::to(database.socket());
    let config = format!("{CONFIG}{}", cluster.hook.config());
    let folder = Folder::beside_at(first, database.through(line.address()), &config);
    let options = ServerOptions { dev: false, ..ServerOptions::dev(folder) };
    (Server::start(options), line)
}

/// What the server says to the cluster's account: 422 to whoever is let in, since that
/// is found without the database.
fn status(server: &Server, cluster: &Cluster) -> u16 {
    let caller = Caller::new(server.address(), &cluster.credentials);
    caller.send_body("POST", caller::P, "{").status
}

#[test]
fn a_server_that_is_cut_off_lets_nobody_in_that_was_revoked_a_second_ago() {
    let cluster = Cluster::start();
    let (server, line) = at_the_end_of_a_line(&cluster);
    assert_eq!(status(&server, &cluster), 422);
    line.fall_silent(true);
    let cut_off = Instant::now();
    let _ = cli::run(cluster.nodes[0].folder(), &["account", "disable", "shop"]).succeeded();
    let revoked = Instant::now();
    let (mut let_in_at_last, mut refused) = (Duration::ZERO, 0);
    while cut_off.elapsed() < CUT_OFF_FOR {
        let asked = cut_off.elapsed();
        match status(&server, &cluster) {
            503 => refused += 1,
            422 => let_in_at_last = asked,
            other => panic!("{other} after {asked:?}"),
        }
        if asked > DEAD_WITHIN {
            assert!(!is_ready_at(server.address()), "not ready, and so led to by no balancer");
        }
    }
    let after = cut_off + let_in_at_last;
    assert!(
        after.saturating_duration_since(revoked) < DEAD_WITHIN && refused > 10,
        "let in {let_in_at_last:?} after it was cut off, then refused {refused} times"
    );
    // Nobody else is touched by it.
    assert!((0..3).all(|node| is_ready_at(cluster.nodes[node].address())));
    line.fall_silent(false);
    let heard = Instant::now();
    let dead = || status(&server, &cluster) == 401;
    wait_until("it hears that the account is disabled", SOON, dead);
    wait_until("it is ready", SOON, || is_ready_at(server.address()));
    println!("cut off: dead {:.1?} after the line spoke again", heard.elapsed());
}
