//! SIGTERM: what has begun is finished, nothing new is taken, exit code 0.

use ringproof_blackbox::caller::{P, service};
use ringproof_blackbox::http::{Connection, Request};
use ringproof_blackbox::server::STOP_WITHIN;
use ringproof_blackbox::world::World;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn sigterm_ends_an_idle_server_at_once_with_exit_code_0() {
    let mut world = World::fresh();
    // An open connection that waits for nothing does not hold the door.
    let _ = world.a.get(&service(world.s1)).service(200);
    let begun = Instant::now();
    assert_eq!(world.server.stop().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_request_that_has_begun_is_answered_and_nothing_new_is_taken() {
    let mut world = World::fresh();
    let address = world.server.address();
    let body = r#"{"fqdn":"a.example","name":"Begun"}"#;
    let request = world.a.request("POST", P).header("Expect", "100-continue").body(body);
    let bytes = request.to_bytes();
    let (head, body) = bytes.split_at(bytes.len() - body.len());
    let mut connection = Connection::open(address, None).expect("the server accepts");
    connection.write(head).expect("the server reads");
    assert_eq!(connection.read_head().expect("the server asks for the body").status, 100);
    world.server.process().terminate();
    let deadline = Instant::now() + STOP_WITHIN;
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "new connections are still taken");
        thread::sleep(Duration::from_millis(5));
    }
    connection.write(body).expect("the connection is still open");
    assert_eq!(connection.read_response(false).expect("the answer comes").status, 201);
    let status =
        world.server.process().wait_exit(STOP_WITHIN).expect("it ends after the last answer");
    assert_eq!(status.code(), Some(0));
    world.start_again();
    let _ = world.a.create_service("Begun", "a.example").error_code(409, "service_exists");
}

#[test]
fn a_waiting_inbox_call_does_not_hold_the_end_up() {
    let mut world = World::fresh();
    let mut waiting = Connection::open(world.server.address(), None).expect("the server accepts");
    let call = Request::new("GET", "/dev/inbox?to=%2B37255500999&after=0&wait_seconds=8");
    waiting.write(&call.to_bytes()).expect("the server reads");
    // Another answer on a later connection: the waiting call has been seen.
    let _ = world.a.get(&service(world.s1)).service(200);
    assert_eq!(world.server.stop().code(), Some(0));
}
