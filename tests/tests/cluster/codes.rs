//! Codes and messages of a person, asked for and entered at all servers at once.

use crate::{Cluster, REQUESTS, SOON, rounds};
use ringproof_blackbox::volley::{self, counts};
use ringproof_blackbox::world::wrong_pin;
use std::collections::BTreeSet;
use std::time::Instant;

/// Comparisons that were answered since `before`.
fn comparisons_since(cluster: &Cluster, before: f64) -> f64 {
    cluster.metric("ringproof_code_comparisons_total") - before
}

#[test]
fn a_thousand_right_pins_over_three_servers_let_in_exactly_once() {
    let cluster = Cluster::start();
    let begun = Instant::now();
    let mut accepted = 0;
    for round in 0..rounds() {
        let person = cluster.person(round);
        let pin = cluster.start_person(round as usize, &person);
        let requests = vec![cluster.check_request(&person, &pin); REQUESTS];
        let before = comparisons_since(&cluster, 0.0);
        let found = volley::tally(&volley::fire_at(&cluster.addresses(), &requests));
        let expected = [("verified", 1), ("404 verification_not_found", REQUESTS - 1)];
        assert_eq!(found, counts(&expected), "round {round}");
        assert!((comparisons_since(&cluster, before) - 1.0).abs() < 0.5);
        accepted += found["verified"];
    }
    println!(
        "right PINs: {} rounds of {REQUESTS} over 3 servers, {accepted} acceptances, {:.1} s",
        rounds(),
        begun.elapsed().as_secs_f64()
    );
}

#[test]
fn a_thousand_wrong_pins_over_three_servers_cost_exactly_five_comparisons() {
    let cluster = Cluster::start();
    let begun = Instant::now();
    for round in 0..rounds() {
        let person = cluster.person(round);
        let pin = cluster.start_person(round as usize, &person);
        let guess = |n| cluster.check_request(&person, &wrong_pin(&pin, n));
        let requests: Vec<_> = (1..).take(REQUESTS).map(guess).collect();
        let before = comparisons_since(&cluster, 0.0);
        let found = volley::tally(&volley::fire_at(&cluster.addresses(), &requests));
        let expected = counts(&[("INVALID", 5), ("THROTTLED", REQUESTS - 5)]);
        assert_eq!(found, expected, "round {round}");
        let _ = cluster.at(1).check(&cluster.service, &person.id, &pin).failed("THROTTLED");
        let compared = comparisons_since(&cluster, before);
        assert!((compared - 5.0).abs() < 0.5, "{compared} comparisons in round {round}");
    }
    println!(
        "wrong PINs: {} rounds of {REQUESTS} over 3 servers, 5 comparisons in each, {:.1} s",
        rounds(),
        begun.elapsed().as_secs_f64()
    );
}

#[test]
fn a_thousand_starts_over_three_servers_send_one_message() {
    let cluster = Cluster::start();
    for round in 0..rounds() {
        let person = cluster.person(round);
        let requests = vec![cluster.start_request(&person); REQUESTS];
        let answers = volley::fire_at(&cluster.addresses(), &requests);
        let started: BTreeSet<_> = answers.into_iter().map(|answer| answer.started(201)).collect();
        assert_eq!(started.len(), 1, "one live verification means one auth_id");
        let pin = cluster.hook.wait_for_code(&person.number, SOON).expect("a message comes");
        cluster.at(2).check(&cluster.service, &person.id, &pin).verified();
        assert_eq!(cluster.hook.codes(&person.number).len(), 1, "one start sends one message");
    }
}
