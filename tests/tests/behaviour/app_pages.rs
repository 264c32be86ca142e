//! The app's pages and calls are locked down (S-38), and bounded (S-40).

use ringproof_blackbox::caller::{P, authenticators};
use ringproof_blackbox::device::{Device, plain};
use ringproof_blackbox::http::{Client, Request, Response};
use ringproof_blackbox::world::{NONE, U1_NUMBER, World};
use serde_json::json;
use std::collections::BTreeMap;

/// Largest body (D-45).
const BODY_OCTETS_MAX: usize = 64 * 1024;

/// What every answer below `/app` has, whatever it is.
const ALWAYS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
];

fn send(world: &World, method: &str, target: &str) -> Response {
    Client::new(world.server.address()).send(&Request::new(method, target)).expect("an answer")
}

/// The policy by directive.
fn policy(response: &Response) -> BTreeMap<String, String> {
    let text = response.header("content-security-policy").unwrap_or_default();
    let directive = |one: &str| {
        let (name, value) = one.trim().split_once(' ').unwrap_or((one.trim(), ""));
        (name.to_owned(), value.to_owned())
    };
    text.split(';').map(directive).collect()
}

#[track_caller]
fn assert_locked(what: &str, response: &Response) {
    for (name, value) in ALWAYS {
        assert_eq!(response.header(name), Some(value), "{what}: {name}");
    }
    let policy = policy(response);
    for (directive, value) in
        [("default-src", "'none'"), ("frame-ancestors", "'none'"), ("base-uri", "'none'")]
    {
        assert_eq!(policy.get(directive).map(String::as_str), Some(value), "{what}: {policy:?}");
    }
    for (directive, value) in &policy {
        for word in ["unsafe", "*", "http:", "https:", "data:", "blob:"] {
            let is_picture = (directive.as_str(), word) == ("img-src", "data:");
            assert!(!value.contains(word) || is_picture, "{what}: {directive} {value}");
        }
    }
    assert_eq!(response.header("set-cookie"), None, "{what}");
    assert_eq!(response.header("access-control-allow-origin"), None, "{what}");
}

#[test]
fn every_page_and_file_is_locked_down() {
    let world = World::fresh();
    let files = [
        ("/app", "text/html; charset=utf-8"),
        ("/app/", "text/html; charset=utf-8"),
        ("/app/index.html", "text/html; charset=utf-8"),
        ("/app/app.js", "text/javascript; charset=utf-8"),
        ("/app/views/pin.js", "text/javascript; charset=utf-8"),
        ("/app/worker.js", "text/javascript; charset=utf-8"),
        ("/app/base.css", "text/css; charset=utf-8"),
        ("/app/languages/et.json", "application/json; charset=utf-8"),
        ("/app/manifest.webmanifest", "application/manifest+json; charset=utf-8"),
        ("/app/icon.svg", "image/svg+xml"),
        ("/app/icon-192.png", "image/png"),
    ];
    for (path, kind) in files {
        let response = send(&world, "GET", path);
        assert_eq!((response.status, response.header("content-type")), (200, Some(kind)), "{path}");
        assert_locked(path, &response);
        let policy = policy(&response);
        let is = |name: &str, value: &str| policy.get(name).map(String::as_str) == Some(value);
        assert!(is("script-src", "'self'") && is("style-src", "'self'"), "{path}: {policy:?}");
        assert!(is("require-trusted-types-for", "'script'"), "{path}: {policy:?}");
        assert!(is("object-src", "'none'") && is("form-action", "'none'"), "{path}: {policy:?}");
    }
}

#[test]
fn what_is_not_there_is_locked_down_too() {
    let world = World::fresh();
    for path in ["/app/x", "/app/x.js", "/app/%2e%2e/Cargo.toml", "/app/views", "/app/views/"] {
        let response = send(&world, "GET", path);
        assert_eq!(response.status, 404, "{path}");
        assert_locked(path, &response);
    }
    for (method, path) in [
        ("POST", "/app"),
        ("POST", "/app/index.html"),
        ("DELETE", "/app/api/sync"),
        ("GET", "/app/api/sync"),
        ("GET", "/app/api"),
    ] {
        let response = send(&world, method, path);
        assert!((404..=405).contains(&response.status), "{method} {path}: {}", response.status);
        assert_locked(&format!("{method} {path}"), &response);
    }
}

#[test]
fn calls_are_locked_down_taken_and_refused() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let body = json!({ "seen": null, "wait": false });
    let unsigned = plain("sync", &body);
    let answers = [
        ("taken", device.call("sync", &body)),
        ("nonce", device.send(&plain("nonce", &json!({})))),
        ("unsigned", device.send(&unsigned)),
        ("missing", device.send(&plain("x", &json!({})))),
        ("site", device.send(&unsigned.header("Sec-Fetch-Site", "cross-site"))),
    ];
    for (what, answer) in &answers {
        assert_locked(what, &answer.response);
    }
}

#[test]
fn a_body_that_is_too_long_is_refused_before_it_is_read() {
    let world = World::fresh();
    let device = Device::new(&world);
    let padded = |length: usize| {
        let body = json!({ "phone": U1_NUMBER }).to_string();
        plain("enrol/start", &json!({})).body(body.clone() + &" ".repeat(length - body.len()))
    };
    device.send(&padded(BODY_OCTETS_MAX + 1)).refused(400, "body");
    let huge = Request::new("POST", "/app/api/enrol/start")
        .header("Content-Type", "application/json")
        .header("Content-Length", &(1_u64 << 40).to_string());
    let answer = Client::new(world.server.address()).send(&huge).expect("an answer");
    assert!((400..=413).contains(&answer.status), "{}", answer.text());
    assert_eq!(world.messages(), []);
    let _ = device.send(&padded(BODY_OCTETS_MAX)).taken();
}

#[test]
fn the_integrators_calls_have_the_same_bound() {
    let world = World::fresh();
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(BODY_OCTETS_MAX));
    for (method, path) in [
        ("POST", authenticators(world.s1, world.u1)),
        ("PUT", format!("{}/{NONE}", authenticators(world.s1, world.u1))),
        ("PUT", format!("{P}/{}/users/{}/recovery", world.s1, world.u1)),
    ] {
        let answer = world.a.send_body(method, &path, long.clone());
        let _ = answer.error_code(413, "body_too_large");
    }
}

#[test]
fn deep_and_odd_json_is_refused() {
    let world = World::fresh();
    let device = Device::new(&world);
    let start = |body: String| device.send(&plain("enrol/start", &json!({})).body(body));
    for body in [
        "[".repeat(60_000),
        format!("{{\"phone\":{}", "[".repeat(50_000)),
        "{\"phone\":\"+37255500123\",\"phone\":\"+37255500124\",\"language\":\"en\"}".to_owned(),
        "{\"phone\":\"+37255500123\",\"language\":\"en\"}x".to_owned(),
        "\u{feff}{\"phone\":\"+37255500123\",\"language\":\"en\"}".to_owned(),
        String::new(),
    ] {
        start(body).refused(400, "body");
    }
    let mut invalid = b"{\"phone\":\"+37255500123\",\"language\":\"en\",\"x\":\"".to_vec();
    invalid.extend([0xff, 0xfe, b'"', b'}']);
    device.send(&plain("enrol/start", &json!({})).body(invalid)).refused(400, "body");
    assert_eq!(world.messages(), []);
}
