//! A server dies with messages in its hands: another hands them over.

use crate::{Cluster, SOON};
use ringproof_blackbox::volley::{self, counts};
use std::time::{Duration, Instant};

/// Messages that the dying server holds.
const MESSAGES: u32 = 60;
/// From its death to the last message at the gateway.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(30);

#[test]
fn messages_of_a_killed_server_go_out_by_another_within_30_seconds() {
    let mut cluster = Cluster::start();
    let people: Vec<_> = (0..MESSAGES).map(|n| cluster.person(n)).collect();
    cluster.hook.hold(true);
    let starts: Vec<_> = people.iter().map(|person| cluster.start_request(person)).collect();
    // All at one server, which answers them although no gateway has taken one.
    let found = volley::tally(&volley::fire(cluster.nodes[0].address(), &starts));
    assert_eq!(found, counts(&[("201", MESSAGES as usize)]));
    assert!(cluster.hook.wait_for_held_call(SOON), "some are with the gateway, unanswered");
    cluster.nodes[0].kill();
    let died = Instant::now();
    // It took all of them with it: each is leased, by the same run, and for a while to come.
    assert_eq!(leased(&cluster), format!("{MESSAGES} by 1"));
    cluster.hook.hold(false);
    cluster.hook.wait_for_distinct(MESSAGES as usize, TAKEN_OVER_WITHIN);
    let (numbers, messages) = cluster.hook.counts();
    println!(
        "killed server: {numbers} of {MESSAGES} messages out after {:.1} s, {} of them twice",
        died.elapsed().as_secs_f64(),
        messages - numbers
    );
    for person in &people {
        let codes = cluster.hook.codes(&person.number);
        assert!(codes.iter().all(|code| *code == codes[0]), "one person, one code");
        cluster.at(1).check(&cluster.service, &person.id, &codes[0]).verified();
    }
}

/// Messages whose lease runs, and by how many runs of a server they were leased.
fn leased(cluster: &Cluster) -> String {
    let database = cluster.nodes[0].folder().database().expect("it is a PostgreSQL");
    database.ask(
        "SELECT count(*) || ' by ' || count(DISTINCT lease) FROM outbox WHERE lease <> 0 \
         AND next_at > extract(epoch FROM now()) * 1000",
    )
}
