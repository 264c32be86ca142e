//! Several hosts in the address: the one that can be written to is found, at the
//! start and after a fail-over.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use ringproof_store::postgres::{OpenError, PostgresEngine};
use ringproof_store::{Fault, Store};
use verify::engine::{Change, Decision, Keys};

use super::server::{Server, execute, shared};
use crate::asking::{put, seen, wait};
use crate::engines::{node, postgres_options};
use crate::sample::{self, account_id, service_id};

/// A host that takes calls and says nothing, as one that is paused.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    (listener, port)
}

fn keys() -> Keys {
    Keys { service: Some((account_id(1), service_id(1))), ..Keys::default() }
}

fn insert(store: &Store) -> Result<(), Fault> {
    let insert = || Change::InsertService(Box::new(sample::service(1)));
    wait(store.transact(keys(), move |_| Decision::with(vec![insert()], ())))
}

/// Whether sessions of a database may write from now on.
fn set_writable(server: &Server, database: &str, is_so: bool) {
    let read_only = if is_so { "off" } else { "on" };
    let sql = format!("ALTER DATABASE {database} SET default_transaction_read_only = {read_only}");
    execute(&server.address("postgres"), &sql);
}

#[test]
fn a_silent_host_and_one_that_cannot_be_written_to_are_passed_over() {
    let (_listener, port) = silent();
    let (standby, primary) = (Server::start(&["fsync=off"]), shared());
    let database = primary.database();
    let name = database.split(['/', '?']).nth(3).expect("it has a name").to_owned();
    execute(&standby.address("postgres"), &format!("CREATE DATABASE {name}"));
    set_writable(&standby, &name, false);
    let socket = |server: &Server| server.folder.clone();
    let address = format!(
        "user=postgres dbname={name} host=127.0.0.1,{},{} port={port},5432,5432",
        socket(&standby),
        socket(primary)
    );
    let began = Instant::now();
    let store = node(&address);
    insert(&store).expect("it is written");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(seen(&node(&database), &keys()).service.is_some(), "in the one that can be written to");

    let neither =
        format!("user=postgres dbname={name} host=127.0.0.1,{} port={port},5432", socket(&standby));
    let Err(error) = PostgresEngine::open(&postgres_options(&neither)) else {
        panic!("nobody can be written to")
    };
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("does not allow writes"), "{text}");
    assert!(text.contains("127.0.0.1: no connection within 4 s"), "{text}");
}

/// The machine of the old primary stood still, and wakes: it takes writes as ever.
#[test]
fn a_primary_that_others_have_left_is_not_believed() {
    let (mut old, mut new) = (Server::start(&["fsync=off"]), Server::start(&["fsync=off"]));
    for server in [&old, &new] {
        execute(&server.address("postgres"), "CREATE DATABASE cluster");
        drop(node(&server.address("cluster")));
    }
    set_writable(&new, "cluster", false);
    let store = node(&format!("user=postgres dbname=cluster host={},{}", old.folder, new.folder));
    assert!(seen(&store, &keys()).service.is_none(), "it has a session with the old one");

    new.promote();
    set_writable(&new, "cluster", true);
    old.kill();
    insert(&store).expect("it is written to the new one");
    old.start_again();
    new.kill();
    let store_of_old = node(&old.address("cluster"));
    assert!(
        seen(&store_of_old, &keys()).service.is_none(),
        "the old one takes calls, and is behind"
    );
    let Err(Fault::Database(text)) = wait(store.accounts_version()) else {
        panic!("it believes the old one")
    };
    assert!(text.contains("on timeline 1, and 2 has been written to since"), "{text}");
    new.start_again();
    assert!(seen(&store, &keys()).service.is_some());
}

#[test]
fn a_node_goes_to_the_new_primary_by_itself() {
    let (mut old, new) = (Server::start(&["fsync=off"]), Server::start(&["fsync=off"]));
    for server in [&old, &new] {
        execute(&server.address("postgres"), "CREATE DATABASE cluster");
        // Both know the key, as they would by replication.
        drop(node(&server.address("cluster")));
    }
    set_writable(&new, "cluster", false);
    let hosts = format!("{},{}", old.folder, new.folder);
    let store = node(&format!("user=postgres dbname=cluster host={hosts}"));
    put(&store, vec![Change::InsertService(Box::new(sample::service(2)))]);

    old.kill();
    assert!(matches!(insert(&store), Err(Fault::Database(_))), "nobody can be written to");
    set_writable(&new, "cluster", true);
    insert(&store).expect("the other one can be written to now");
    let there = seen(&node(&new.address("cluster")), &keys());
    assert!(there.service.is_some(), "in the new one");

    // The old one comes back, and is behind: it is not gone back to.
    old.start_again();
    set_writable(&old, "cluster", false);
    assert!(seen(&store, &keys()).service.is_some(), "still in the new one");
}
