//! The helpers of `--dev`, and that they exist only there.

use ringproof_blackbox::caller::{Caller, service};
use ringproof_blackbox::http::{Client, Request, Response};
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::webhook::Webhook;
use ringproof_blackbox::world::{ACCOUNT_A, U1_NUMBER, U2_NUMBER, World, fixture_folder};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

#[track_caller]
fn send(address: SocketAddr, method: &str, target: &str, body: Option<&Value>) -> Response {
    let mut request = Request::new(method, target);
    if let Some(body) = body {
        request = request.header("Content-Type", "application/json").body(body.to_string());
    }
    Client::new(address).send(&request).expect("an answer")
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("JSON")
}

#[test]
fn without_dev_there_is_no_inbox_no_clock_and_no_faults() {
    let webhook = Webhook::start(&[]);
    let options =
        ServerOptions { dev: false, ..ServerOptions::dev(fixture_folder(&webhook.config())) };
    let server = Server::start(options);
    let caller = Caller::new(server.address(), ACCOUNT_A);
    for target in ["/dev/inbox", "/dev/inbox?to=", "/dev/clock", "/dev/faults"] {
        let _ = caller.get(target).error_code(404, "route_not_found");
    }
    let _ = caller
        .post("/dev/clock", &json!({ "advance_seconds": 400 }))
        .error_code(404, "route_not_found");
    let _ = caller
        .post("/dev/faults", &json!({ "store": "unavailable" }))
        .error_code(404, "route_not_found");
    assert!(!server.folder().file("dev.json").exists());
}

#[test]
fn inbox_is_a_page_for_people_and_json_for_programs() {
    let world = World::fresh();
    let page = send(world.server.address(), "GET", "/dev/inbox", None);
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")),
        "{page:?}"
    );
    let list = json_of(&send(world.server.address(), "GET", "/dev/inbox?to=", None));
    assert_eq!(list["messages"], json!([]));
}

#[test]
fn inbox_filters_by_number_in_every_spelling_and_lists_newest_first() {
    let world = World::fresh();
    world.a.start(world.s2, world.u2).started(201);
    world.inbox.next(U2_NUMBER);
    let pin = world.start_u1();
    world.clock.advance(31);
    assert_eq!(world.start_u1(), pin);
    let list = |query: &str| {
        json_of(&send(world.server.address(), "GET", &format!("/dev/inbox?{query}"), None))
    };
    for to in ["%2B37255500123", "+37255500123", "37255500123", "%2037255500123"] {
        let messages = list(&format!("to={to}"))["messages"].clone();
        assert_eq!(messages.as_array().map(Vec::len), Some(2), "{to}");
        assert_eq!(messages[0]["to"], U1_NUMBER);
        assert!(messages[0]["seq"].as_u64() > messages[1]["seq"].as_u64(), "newest first");
        assert_ne!(messages[0]["id"], messages[1]["id"]);
    }
    let all = list("to=");
    assert_eq!(all["messages"].as_array().map(Vec::len), Some(3));
    assert_eq!(all["last_seq"], all["messages"][0]["seq"]);
    let after = all["messages"][1]["seq"].clone();
    assert_eq!(list(&format!("to=&after={after}"))["messages"].as_array().map(Vec::len), Some(1));
}

#[test]
fn inbox_waits_for_a_message_and_not_longer() {
    let world = World::fresh();
    let address = world.server.address();
    let waiting = thread::spawn(move || {
        let begun = Instant::now();
        (
            send(address, "GET", "/dev/inbox?to=%2B37255500123&after=0&wait_seconds=8", None),
            begun.elapsed(),
        )
    });
    let begun = Instant::now();
    let empty = send(address, "GET", "/dev/inbox?to=%2B37255500999&after=0&wait_seconds=1", None);
    assert_eq!(json_of(&empty)["messages"], json!([]));
    assert!(begun.elapsed() >= Duration::from_millis(900), "it waited");
    world.a.start(world.s1, world.u1).started(201);
    let (answer, took) = waiting.join().expect("the waiting call was answered");
    assert_eq!(json_of(&answer)["messages"].as_array().map(Vec::len), Some(1));
    assert!(
        took < Duration::from_secs(7),
        "it came with the message and not with the end of the time"
    );
}

#[test]
fn clock_is_moved_set_and_reset() {
    let world = World::fresh();
    let address = world.server.address();
    let offset = |body: Value| {
        let answer = json_of(&send(address, "POST", "/dev/clock", Some(&body)));
        answer["offset_ms"].as_i64().expect("a number of milliseconds")
    };
    assert_eq!(json_of(&send(address, "GET", "/dev/clock", None))["offset_ms"], 0);
    assert_eq!(offset(json!({ "advance_seconds": 31.5 })), 31_500);
    assert_eq!(offset(json!({ "advance_seconds": -1.5 })), 30_000);
    assert!(offset(json!({ "set": "2031-01-01T00:00:00Z" })) > 0);
    assert!(world.clock.now().to_string().starts_with("2031-01-01T00:0"));
    assert_eq!(offset(json!({ "reset": true })), 0);
    for wrong in
        [json!({}), json!({ "advance_seconds": "x" }), json!({ "set": "tomorrow" }), json!([])]
    {
        let answer = send(address, "POST", "/dev/clock", Some(&wrong));
        assert!((400..500).contains(&answer.status), "{wrong}: {answer:?}");
        assert!(json_of(&answer)["message"].is_string(), "{wrong}: {answer:?}");
    }
}

#[test]
fn faults_are_shown_and_wrong_words_refused() {
    let world = World::fresh();
    let address = world.server.address();
    let shown = || json_of(&send(address, "GET", "/dev/faults", None));
    assert_eq!(shown(), json!({ "gateway": "accept", "store": "available" }));
    world.faults.gateway_refuses(true);
    world.faults.store_is_unavailable(true);
    assert_eq!(shown(), json!({ "gateway": "refuse", "store": "unavailable" }));
    let answer = send(address, "POST", "/dev/faults", Some(&json!({ "gateway": "explode" })));
    assert!((400..500).contains(&answer.status), "{answer:?}");
    assert_eq!(shown()["gateway"], "refuse");
}

#[test]
fn a_foreign_page_cannot_reach_the_helpers_by_a_name_of_its_own() {
    let world = World::fresh();
    let mut client = Client::new(world.server.address());
    for target in ["/dev/inbox", "/dev/inbox?to=", "/dev/clock", "/dev/faults"] {
        let request = Request::new("GET", target).without("host").header("Host", "evil.example");
        let status = client.send(&request).expect("an answer").status;
        assert_eq!(status, 403, "{target}");
    }
    // The API itself goes by whatever name the operator gives it.
    let request = world.a.request("GET", &service(world.s1)).without("host");
    let _ = world.a.send(&request.header("Host", "api.shop.example")).service(200);
}
