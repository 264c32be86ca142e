//! Three servers on one database: what one of them answered holds on all.
//!
//! Needs `RINGPROOF_TEST_STORE=postgres`. The races are run a few times here;
//! `RINGPROOF_CLUSTER_ROUNDS=100` runs them as often as the promise was made for.

mod balancer;
mod binds;
mod claims;
mod codes;
mod cut_off;
mod limits;
mod line;
#[path = "../support/receiver.rs"]
mod receiver;
mod together;

use receiver::Receiver;
use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{self, Caller};
use ringproof_blackbox::device::own_source;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::Request;
use ringproof_blackbox::metrics;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::world::new_account;
use serde_json::json;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// Requests of one volley.
const REQUESTS: usize = 1000;
/// How often each race is run unless the environment says otherwise.
const ROUNDS: u32 = 3;
/// How long a message may take to the gateway.
const SOON: Duration = Duration::from_secs(20);
/// One address may hold as many connections as a volley needs, and an account
/// may send as much as the races ask for.
const CONFIG: &str = "[server.limits]\nconnections_per_ip_max = 400\nhandler_seconds = 25\n\
    [limits]\naccount_sms_per_second = 1000000\naccount_sms_per_day = 1000000\n\
    country_sms_per_day = 1000000\n\
    guard = \"observe\"\n";

/// Servers on one database with one gateway.
struct Cluster {
    nodes: Vec<Server>,
    hook: Receiver,
    credentials: String,
    service: String,
}

/// A user with a number of its own.
struct Person {
    id: String,
    number: String,
}

impl Cluster {
    /// Three servers.
    fn start() -> Self {
        Self::configured(CONFIG)
    }

    /// Three servers with this configuration, which ends with a table.
    fn configured(config: &str) -> Self {
        let hook = Receiver::start(Duration::ZERO);
        let config = format!("{config}{}", hook.config());
        let first = Folder::with_config(&config);
        let credentials = new_account(&first, "shop", &["--countries", "all"]);
        let others = [(); 2].map(|()| Folder::beside(&first, &config));
        let start =
            |folder| Server::start(ServerOptions { dev: false, ..ServerOptions::dev(folder) });
        let nodes: Vec<_> = [first].into_iter().chain(others).map(start).collect();
        let service = Caller::new(nodes[0].address(), &credentials).new_service("Shop");
        Self { nodes, hook, credentials, service }
    }

    /// Where the servers listen.
    fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(Server::address).collect()
    }

    /// A caller of the account at a server, counted round and round.
    fn at(&self, node: usize) -> Caller {
        Caller::new(self.nodes[node % self.nodes.len()].address(), &self.credentials)
    }

    /// Adds user number `index`.
    fn person(&self, index: u32) -> Person {
        let number = format!("+37256{index:06}");
        let id = self.at(0).new_user(&self.service, &format!("person-{index}"), &number);
        Person { id, number }
    }

    /// Starts an authentication at a server and gives the code that was sent.
    fn start_person(&self, node: usize, person: &Person) -> String {
        self.at(node).start(&self.service, &person.id).started(201);
        self.hook.wait_for_code(&person.number, SOON).expect("the code is sent")
    }

    fn start_request(&self, person: &Person) -> Request {
        let target = caller::auth(&self.service, &person.id);
        self.request("POST", &target, &json!({ "method": "sms" }).to_string())
    }

    fn check_request(&self, person: &Person, token: &str) -> Request {
        let target = caller::auth(&self.service, &person.id);
        self.request("PUT", &target, &json!({ "token": token }).to_string())
    }

    fn request(&self, method: &str, target: &str, body: &str) -> Request {
        let request = self.at(0).request(method, target);
        request.header("Content-Type", "application/json").body(body)
    }

    /// Reads the service at a server, each time from another address: one that is
    /// refused too often is not listened to (D-37).
    fn look(&self, node: usize, credentials: &str) -> Answer {
        let caller = Caller::new(self.nodes[node].address(), credentials);
        caller.from_source(own_source()).get(&caller::service(&self.service))
    }

    /// Waits until every server knows what was changed of accounts before: each
    /// knows an account that was made after it.
    fn wait_for_accounts(&self) {
        let marker = new_account(self.nodes[0].folder(), "marker", &["--countries", "all"]);
        let knows = |node| self.look(node, &marker).status == 404;
        wait_until("all know the marker", SOON, || (0..self.nodes.len()).all(knows));
    }

    /// Adds up a metric over all servers.
    fn metric(&self, name: &str) -> f64 {
        let of = |address: &SocketAddr| metrics::sum(&metrics::read(*address), name, "");
        self.addresses().iter().map(of).sum()
    }
}

/// How often each race is run.
fn rounds() -> u32 {
    let said = std::env::var("RINGPROOF_CLUSTER_ROUNDS").ok();
    said.map_or(ROUNDS, |said| said.parse().expect("RINGPROOF_CLUSTER_ROUNDS is a number"))
}

/// Waits until the condition holds; gives how long that took.
#[track_caller]
fn wait_until(what: &str, within: Duration, mut holds: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < within, "not within {within:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
    begun.elapsed()
}
