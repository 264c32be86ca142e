//! A provider that allows fewer binds than there are servers (`delivery.md` 3.2).

use crate::together::is_ready_at;
use crate::{CONFIG, SOON, wait_until};
use ringproof_blackbox::caller::Caller;
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::metrics;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::smsc::{Peer, Smsc};
use ringproof_blackbox::world::new_account;
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

/// A code may take so long from a server that is not bound.
const LEFT_WITHIN: Duration = Duration::from_secs(3);
/// A bind whose server has said farewell is another's after that.
const HANDED_ON_WITHIN: Duration = Duration::from_secs(6);
/// One whose server was killed: its lease is 15 s, and a look takes half a second.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(22);

/// Servers that have a gateway together.
struct Sharing {
    nodes: Vec<Server>,
    smsc: Smsc,
    credentials: String,
    service: String,
    people: u32,
}

impl Sharing {
    /// So many servers; the SMSC allows so many binds, and refuses one more.
    fn start(servers: usize, binds: u16) -> Self {
        let mut smsc = Smsc::start(&Peer::Sim);
        smsc.command(&json!({ "cmd": "binds_max", "count": binds }));
        let first = Folder::with_config("");
        let password = first.root().join("password");
        fs::write(&password, "secret\n").expect("our own folder can be written");
        let address = smsc.address();
        let config = format!(
            "{CONFIG}[[gateway]]\nname = \"carrier\"\nkind = \"smpp\"\nhosts = [\"{address}\"]\n\
             tls = false\nsystem_id = \"acct\"\npassword_file = {password:?}\n\
             max_binds = {binds}\ntps = 100\n"
        );
        first.write_config(&config);
        let credentials = new_account(&first, "shop", &["--countries", "all"]);
        let others: Vec<_> = (1..servers).map(|_| Folder::beside(&first, &config)).collect();
        let start =
            |folder| Server::start(ServerOptions { dev: false, ..ServerOptions::dev(folder) });
        let nodes: Vec<_> = [first].into_iter().chain(others).map(start).collect();
        let ready = || nodes.iter().all(|node| is_ready_at(node.address()));
        wait_until("all servers are ready", SOON, ready);
        let service = Caller::new(nodes[0].address(), &credentials).new_service("Shop");
        Self { nodes, smsc, credentials, service, people: 0 }
    }

    /// Sessions that a server has.
    fn bound(&self, node: usize) -> f64 {
        let metrics = metrics::read(self.nodes[node].address());
        metrics::sum(&metrics, "ringproof_smpp_bound_sessions", "gateway=\"carrier\"")
    }

    /// The only server that is bound.
    fn holder(&self) -> usize {
        let mut bound = Vec::new();
        wait_until("one server is bound", SOON, || {
            bound = (0..self.nodes.len()).filter(|node| self.bound(*node) > 0.5).collect();
            bound.len() == 1
        });
        bound[0]
    }

    /// Starts at one server; the code comes to the SMSC within that time, and is right at
    /// another server. Gives how long it took.
    #[track_caller]
    fn through(&mut self, node: usize, checked_at: usize, within: Duration) -> Duration {
        self.people += 1;
        let at = |node: usize| Caller::new(self.nodes[node].address(), &self.credentials);
        let number = format!("+37256{:06}", self.people);
        let person = at(node).new_user(&self.service, &format!("person-{}", self.people), &number);
        let begun = Instant::now();
        at(node).start(&self.service, &person).started(201);
        let submit = self.smsc.next_submit_within(SOON).expect("the code comes to the SMSC");
        let took = begun.elapsed();
        let pin = submit.text.rsplit(' ').next().expect("a text with a code");
        at(checked_at).check(&self.service, &person, pin).verified();
        assert!(took <= within, "{took:?} from server {node}");
        took
    }

    /// The statuses of all binds so far.
    fn binds(&self) -> Vec<u64> {
        self.smsc.all("bind").iter().map(|bind| bind["status"].as_u64().expect("one")).collect()
    }
}

/// How each server sees the gateway.
fn listed(node: &Server) -> Vec<String> {
    let list = cli::run(node.folder(), &["gateway", "list", "--json"]).succeeded().stdout;
    let state =
        |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["state"].to_string();
    let mut states: Vec<String> = list.lines().map(state).collect();
    states.sort();
    states
}

#[test]
fn one_bind_serves_three_servers() {
    let mut sharing = Sharing::start(3, 1);
    let holder = sharing.holder();
    let took = [0, 1, 2].map(|node| sharing.through(node, (node + 1) % 3, LEFT_WITHIN));
    println!("one bind, at server {holder}: codes of the three servers came after {took:.0?}");
    wait_until("all servers are listed", SOON, || {
        listed(&sharing.nodes[0]) == ["\"elsewhere\"", "\"elsewhere\"", "\"open\""]
    });
    assert_eq!(sharing.binds(), [0], "nobody else has tried to bind");
    let left: f64 = (0..3)
        .map(|node| {
            let metrics = metrics::read(sharing.nodes[node].address());
            metrics::sum(&metrics, "ringproof_messages_total", "outcome=\"left\"")
        })
        .sum();
    assert!((left - 2.0).abs() < 0.5, "{left} messages were left");
}

#[test]
fn the_only_bind_moves_on_when_its_server_stops_or_dies() {
    let mut sharing = Sharing::start(3, 1);
    let first = sharing.holder();
    let stopped = sharing.nodes.remove(first).stop();
    assert!(stopped.success(), "{stopped:?}");
    let begun = Instant::now();
    let second = sharing.holder();
    let moved = begun.elapsed();
    assert!(moved <= HANDED_ON_WITHIN, "{moved:?}");
    let took = [0, 1].map(|node| sharing.through(node, 1 - node, LEFT_WITHIN));
    println!("after a farewell the bind was another server's in {moved:.1?}; codes: {took:.0?}");

    sharing.nodes.remove(second).kill();
    let begun = Instant::now();
    // The other one does not know yet that it is gone, and takes the order.
    let took = sharing.through(0, 0, TAKEN_OVER_WITHIN);
    println!("a code that was left to a killed server came after {took:.1?}");
    assert_eq!(sharing.holder(), 0);
    assert!(begun.elapsed() <= TAKEN_OVER_WITHIN + SOON);
    assert_eq!(sharing.binds(), [0, 0, 0], "each had the bind before it tried");
}

#[test]
fn two_servers_have_one_of_two_binds_each_and_half_of_the_pace() {
    let mut sharing = Sharing::start(2, 2);
    wait_until("both are bound", SOON, || {
        [0, 1].iter().all(|node| (sharing.bound(*node) - 1.0).abs() < 0.5)
    });
    for node in [0, 1] {
        let metrics = metrics::read(sharing.nodes[node].address());
        let rate = metrics::sum(&metrics, "ringproof_smpp_rate", "gateway=\"carrier\"");
        assert!((rate - 50.0).abs() < 0.1, "{rate} parts a second at server {node}");
        sharing.through(node, 1 - node, LEFT_WITHIN);
    }
    let left = sharing.nodes.remove(0).stop();
    assert!(left.success(), "{left:?}");
    wait_until("the other one has both", SOON, || (sharing.bound(0) - 2.0).abs() < 0.5);
    let metrics = metrics::read(sharing.nodes[0].address());
    let rate = metrics::sum(&metrics, "ringproof_smpp_rate", "gateway=\"carrier\"");
    assert!((rate - 100.0).abs() < 0.1, "{rate} parts a second");
    assert!(sharing.binds().iter().all(|status| *status == 0), "{:?}", sharing.binds());
}
