//! HTTP beyond the numbered cases: methods, sizes, broken and unusual
//! requests (`verigator-api.md` sections 2 and 4, security D-45, S-95, S-97).

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{P, auth, service, user, users};
use ringproof_blackbox::http::{Client, Connection, Request};
use ringproof_blackbox::world::{ACCOUNT_A, World};
use serde_json::json;
use std::collections::BTreeSet;

#[track_caller]
fn allowed(answer: &Answer) -> BTreeSet<String> {
    answer
        .header("allow")
        .expect("checked for every 405")
        .split(',')
        .map(|method| method.trim().to_owned())
        .collect()
}

#[test]
fn other_methods_are_405_and_allow_names_the_right_ones() {
    let world = World::fresh();
    let (s1, u1) = (world.s1, world.u1);
    let routes = [
        (P.to_owned(), &["POST"][..]),
        (service(s1), &["DELETE", "GET"]),
        (users(s1), &["GET", "POST"]),
        (user(s1, u1), &["DELETE", "GET"]),
        (format!("{P}/{s1}/user/{u1}"), &["DELETE", "GET"]),
        (auth(s1, u1), &["POST", "PUT"]),
        (format!("/v1/service/{s1}/users"), &["GET", "POST"]),
    ];
    for (path, methods) in routes {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"] {
            if methods.contains(&method) {
                continue;
            }
            let answer = world.a.send(&world.a.request(method, &path));
            assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
            let expected: BTreeSet<_> = methods.iter().map(|method| (*method).to_owned()).collect();
            assert_eq!(allowed(&answer), expected, "{method} {path}");
            assert!(method == "HEAD" || answer.text("code") == "method_not_allowed");
        }
    }
    let _ = world.a.get(&user(s1, u1)).user(200);
}

#[test]
fn unknown_routes_are_404_for_every_method_without_credentials() {
    let world = World::fresh();
    let targets = [
        "/v1",
        "/v2/service/service",
        "/v1/service/service/x/y",
        "/v1/service/service/x/users/y/z",
        "/v1/service/service/x/users/y/auth/z",
        "/v1/Service/service",
        "/nothing/%2e%2e/here",
    ];
    for target in targets {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            let request = world.anonymous().request(method, target).body("{}");
            let answer = world.anonymous().send(&request);
            assert_eq!(
                (answer.status, answer.text("code")),
                (404, "route_not_found"),
                "{method} {target}"
            );
        }
    }
}

#[test]
fn ids_of_any_kind_are_404_and_never_another_error() {
    let world = World::fresh();
    let long = "x".repeat(3000);
    for id in ["..", "%00", "%FF%FE", "%zz", "'%20OR%201=1--", "%2F", "*", "%E2%98%95", &long] {
        for path in [service(id), users(id), user(world.s1, id), auth(id, id)] {
            let method = if path.ends_with("auth") { "PUT" } else { "GET" };
            let answer = world.a.send(&world.a.request(method, &path).body("{\"token\":\"1\"}"));
            assert_eq!(answer.status, 404, "{path}: {answer:?}");
        }
    }
}

#[test]
fn body_of_64_kib_is_read_and_one_byte_more_is_413() {
    let world = World::fresh();
    let body = |name: &str, size: usize| {
        let bare = json!({ "fqdn": "a.example", "name": name, "pad": "" }).to_string();
        json!({ "fqdn": "a.example", "name": name, "pad": "x".repeat(size - bare.len()) })
            .to_string()
    };
    let _ = world.a.send_body("POST", P, body("Fits", 64 * 1024)).service(201);
    let _ = world
        .a
        .send_body("POST", P, body("Does not", 64 * 1024 + 1))
        .error_code(413, "body_too_large");
}

#[test]
fn chunked_bodies_are_read_and_limited_too() {
    let world = World::fresh();
    let chunked = |body: &str| {
        let request = world.a.request("POST", P).header("Transfer-Encoding", "chunked");
        let mut connection =
            Connection::open(world.server.address(), None).expect("the server accepts");
        let mut bytes = request.to_bytes();
        for part in body.as_bytes().chunks(1000) {
            bytes.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
            bytes.extend_from_slice(part);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        // The refusal may come before the last chunk is written.
        let written = connection.write(&bytes);
        let response = connection
            .read_response(false)
            .unwrap_or_else(|error| panic!("no answer: {error}, {written:?}"));
        Answer::checked(&request, response)
    };
    let _ = chunked(r#"{"fqdn":"a.example","name":"Chunked"}"#).service(201);
    let too_big =
        json!({ "fqdn": "a.example", "name": "Big", "pad": "x".repeat(64 * 1024) }).to_string();
    let _ = chunked(&too_big).error_code(413, "body_too_large");
}

#[test]
fn json_deeper_than_16_is_422() {
    let world = World::fresh();
    let nested = |depth: usize| {
        let inner = format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        format!("{{\"fqdn\":\"a.example\",\"name\":\"Deep\",\"pad\":{inner}}}")
    };
    let _ = world.a.send_body("POST", P, nested(17)).error_code(422, "invalid_body");
    let _ = world.a.send_body("POST", P, nested(30_000)).error_code(422, "invalid_body");
    let _ = world.a.send_body("POST", P, nested(16)).service(201);
}

#[test]
fn json_that_is_almost_right_is_422() {
    let world = World::fresh();
    let bodies = [
        "{'fqdn':'a.example','name':'x'}",
        "{\"fqdn\":\"a.example\",\"name\":\"x\",}",
        "{\"fqdn\":\"a.example\",\"name\":\"x\"} {}",
        "{\"fqdn\":\"a.example\",\"name\":\"\\ud800\"}",
        "{\"fqdn\":\"a.example\",\"name\":\"a\nb\"}",
        "fqdn=a.example&name=x",
        "7",
        "true",
    ];
    for body in bodies {
        let answer = world.a.send_body("POST", P, body);
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
    }
}

#[test]
fn address_longer_than_8_kib_and_too_many_headers_are_4xx_in_json() {
    let world = World::fresh();
    let long = format!("{}?pad={}", service(world.s1), "x".repeat(9 * 1024));
    let answer = world.a.get(&long);
    assert_eq!(answer.status, 414, "{answer:?}");
    let mut crowded = world.a.request("GET", &service(world.s1));
    for n in 0..70 {
        crowded = crowded.header(&format!("X-Pad-{n}"), "x");
    }
    let answer = world.a.send(&crowded);
    assert_eq!(answer.status, 431, "{answer:?}");
    let big = world.a.request("GET", &service(world.s1)).header("X-Pad", &"x".repeat(17 * 1024));
    let answer = world.a.send(&big);
    assert_eq!(answer.status, 431, "{answer:?}");
    let _ = world.a.get(&service(world.s1)).service(200);
}

#[test]
fn requests_that_could_be_read_two_ways_are_refused_and_end_the_connection() {
    let world = World::fresh();
    let head = format!("POST {P} HTTP/1.1\r\nHost: x\r\nX-Service-Auth: {ACCOUNT_A}\r\n");
    let hidden = format!(
        "GET {} HTTP/1.1\r\nHost: x\r\nX-Service-Auth: {ACCOUNT_A}\r\n\r\n",
        service(world.s1)
    );
    let ambiguous = [
        format!("{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{head}Content-Length: 0\r\nContent-Length: 5\r\n\r\n{hidden}"),
        format!("{head}Content-Length: +0\r\n\r\n{hidden}"),
        format!("{head}Content-Length : 0\r\n\r\n{hidden}"),
        format!("{head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}"),
        format!("GARBAGE\r\n\r\n{hidden}"),
    ];
    for bytes in ambiguous {
        let mut connection =
            Connection::open(world.server.address(), None).expect("the server accepts");
        connection.write(bytes.as_bytes()).expect("the server reads");
        match connection.read_response(false) {
            Ok(response) => {
                assert!((400..500).contains(&response.status), "{bytes}: {response:?}");
                assert!(
                    connection.is_closed_by_peer(),
                    "the rest must not be read as a request: {bytes}"
                );
            }
            // Closed without a word is as safe.
            Err(error) => assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "{bytes}"),
        }
    }
}

#[test]
fn one_connection_serves_many_requests_and_errors_do_not_end_it() {
    let world = World::fresh();
    let mut connection =
        Connection::open(world.server.address(), None).expect("the server accepts");
    let good = world.a.request("GET", &service(world.s1));
    let bad = world.a.request("POST", P).body("{");
    for request in [&good, &bad, &good, &world.anonymous().request("GET", P), &good] {
        connection.write(&request.to_bytes()).expect("the connection is open");
        Answer::checked(
            request,
            connection.read_response(false).expect("an answer on the same connection"),
        );
    }
    // Two at once: both are answered, in order.
    connection.write(&[bad.to_bytes(), good.to_bytes()].concat()).expect("the connection is open");
    let statuses = [(); 2].map(|()| connection.read_response(false).expect("an answer").status);
    assert_eq!(statuses, [422, 200]);
}

#[test]
fn http_1_0_completes_the_whole_flow_without_chunks() {
    let world = World::fresh();
    let send = |method: &str, path: &str, body: &str| {
        let request = Request::new(method, path).line(&format!("X-Service-Auth:{ACCOUNT_A}"));
        let request = request.line("Content-type: application/json").body(body).version("HTTP/1.0");
        let response = Client::new(world.server.address()).send(&request).expect("an answer");
        assert_eq!(response.header("transfer-encoding"), None);
        assert_eq!(
            response.header("content-length"),
            Some(response.body.len().to_string().as_str())
        );
        Answer::checked(&request, response)
    };
    let path = auth(world.s1, world.u1);
    send("POST", &path, r#"{"method":"sms"}"#).started(201);
    let pin = world.pin_of_u1();
    send("PUT", &path, &json!({ "method": "sms", "token": pin }).to_string()).verified();
    let _ = send("DELETE", &user(world.s1, world.u1), "").expect(202).body(&json!({}));
}

#[test]
fn answers_carry_a_request_id_of_their_own() {
    let world = World::fresh();
    let ids: BTreeSet<_> = (0..3)
        .map(|_| {
            world
                .a
                .get(&service(world.s1))
                .header("x-request-id")
                .expect("every answer has an id")
                .to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 3);
}
