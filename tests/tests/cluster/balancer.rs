//! The example of a load balancer, in front of three servers.

use crate::{CONFIG, Cluster, Person, SOON, wait_until};
use ringproof_blackbox::caller::Caller;
use ringproof_blackbox::process::Process;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Runs `HAProxy` with the example, its addresses replaced; gives where it listens.
fn start(cluster: &Cluster) -> (Process, SocketAddr) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cluster/haproxy.cfg");
    let mut config = fs::read_to_string(example).expect("the example is there");
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = listener.local_addr().expect("a bound socket has an address");
    drop(listener);
    let bind = "bind :443 ssl crt /etc/haproxy/verify.pem alpn http/1.1";
    let servers = ["10.0.0.11:8080", "10.0.0.12:8080", "10.0.0.13:8080"];
    let replaced = servers.into_iter().map(str::to_owned).zip(cluster.addresses());
    for (from, to) in replaced.chain([(bind.to_owned(), address)]) {
        assert!(config.contains(&from), "{from} is in the example");
        let to = if from == bind { format!("bind {to}") } else { to.to_string() };
        config = config.replace(&from, &to);
    }
    let file = cluster.nodes[0].folder().root().join("haproxy.cfg");
    fs::write(&file, config).expect("our own folder can be written");
    // Debian keeps it where only root's path leads.
    let path = format!("{}:/usr/sbin", env::var("PATH").unwrap_or_default());
    let mut command = Command::new("haproxy");
    command.env("PATH", path).arg("-db").arg("-f").arg(file);
    (Process::spawn(&mut command, ""), address)
}

/// One login through the balancer.
fn log_in(cluster: &Cluster, caller: &Caller, person: &Person) {
    caller.start(&cluster.service, &person.id).started(201);
    let pin = cluster.hook.wait_for_code(&person.number, SOON).expect("the code is sent");
    caller.check(&cluster.service, &person.id, &pin).verified();
}

#[test]
fn the_example_of_a_balancer_leads_to_servers_that_are_ready() {
    let proxies = format!("[server]\ntrusted_proxies = [\"127.0.0.1/32\"]\n{CONFIG}");
    let mut cluster = Cluster::configured(&proxies);
    let (mut balancer, address) = start(&cluster);
    let listens = || std::net::TcpStream::connect(address).is_ok();
    wait_until("the balancer listens", SOON, || {
        assert!(!balancer.has_ended(), "{:?}", balancer.output());
        listens()
    });
    let people: Vec<_> = (0..9).map(|n| cluster.person(n)).collect();
    // Each login on a connection of its own, and so at another server.
    for person in &people[..6] {
        log_in(&cluster, &Caller::new(address, &cluster.credentials), person);
    }
    // A server dies. Who is not answered by it is led to another.
    cluster.nodes[1].kill();
    for person in &people[6..] {
        log_in(&cluster, &Caller::new(address, &cluster.credentials), person);
    }
}
