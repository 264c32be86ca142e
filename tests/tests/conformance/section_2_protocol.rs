//! Section 2: protocol robustness.

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{P, service, user};
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::Request;
use ringproof_blackbox::world::{ACCOUNT_A, NONE, World, new_account};
use serde_json::json;
use std::collections::BTreeSet;

/// Insists that POST P with this body is refused as no usable JSON object.
#[track_caller]
fn assert_body_refused(body: impl Into<Vec<u8>>) {
    let world = World::fresh();
    let _ = world.a.send_body("POST", P, body).error_code(422, "invalid_body");
}

#[test]
fn case_018_trailing_slash_is_no_redirect() {
    let world = World::fresh();
    let _ = world.a.get(&format!("{P}/{}/", world.s1)).service(200);
}

#[test]
fn case_019_doubled_slash_is_accepted() {
    let world = World::fresh();
    let _ = world.a.get(&format!("//v1/service/service/{}", world.s1)).service(200);
}

#[test]
fn case_020_accept_is_not_judged() {
    let world = World::fresh();
    let request = world.a.request("GET", &service(world.s1)).header("Accept", "text/html");
    let _ = world.a.send(&request).service(200);
}

#[test]
fn case_021_no_header_but_the_credentials_is_needed() {
    let world = World::fresh();
    let request = Request::new("GET", &service(world.s1)).header("X-Service-Auth", ACCOUNT_A);
    let _ = world.a.send(&request).service(200);
}

#[test]
fn case_022_get_with_content_type_and_empty_body_is_accepted() {
    let world = World::fresh();
    let _ = world.a.send_body("GET", &service(world.s1), "").service(200);
}

#[test]
fn case_023_body_of_a_delete_is_ignored() {
    let world = World::fresh();
    let _ = world
        .a
        .send_body("DELETE", &user(world.s1, world.u1), "garbage")
        .expect(202)
        .body(&json!({}));
}

#[test]
fn case_024_content_type_is_not_judged() {
    let world = World::fresh();
    let request = world.a.request("POST", P).header("Content-Type", "text/plain");
    let request = request.body(json!({ "fqdn": "a.example", "name": "Plain" }).to_string());
    let _ = world.a.send(&request).service(201);
}

#[test]
fn case_025_empty_body_is_422() {
    assert_body_refused("");
}

#[test]
fn case_026_broken_json_is_422_and_not_400() {
    assert_body_refused("{\"fqdn\":");
}

#[test]
fn case_027_array_is_422() {
    assert_body_refused("[]");
}

#[test]
fn case_028_null_is_422() {
    assert_body_refused("null");
}

#[test]
fn case_029_text_is_422() {
    assert_body_refused("\"text\"");
}

#[test]
fn case_030_invalid_utf8_is_422() {
    assert_body_refused(*b"{\"fqdn\":\"a.example\",\"name\":\"\xff\xfe\"}");
}

#[test]
fn case_031_member_named_twice_is_422() {
    let world = World::fresh();
    let body = "{\"fqdn\":\"a.example\",\"name\":\"x\",\"name\":\"y\"}";
    let _ = world.a.send_body("POST", P, body).error(422);
}

#[test]
fn case_032_unknown_member_is_ignored() {
    let world = World::fresh();
    let body = json!({ "fqdn": "a.example", "name": "Extra", "extra": { "deep": [1, null] } });
    let _ = world.a.post(P, &body).service(201);
}

#[test]
fn case_033_body_of_65_kib_is_413() {
    let world = World::fresh();
    let body = json!({ "fqdn": "a.example", "name": "Big", "extra": "x".repeat(65 * 1024) });
    let _ = world.a.post(P, &body).error_code(413, "body_too_large");
}

#[test]
fn case_034_other_method_is_405_with_allow() {
    let world = World::fresh();
    let answer = world
        .a
        .send(&world.a.request("PATCH", &service(world.s1)))
        .error_code(405, "method_not_allowed");
    let allow = answer.header("allow").expect("checked for every 405");
    let methods: BTreeSet<_> = allow.split(',').map(str::trim).collect();
    assert!(methods.is_superset(&BTreeSet::from(["GET", "DELETE"])), "{allow}");
    assert!(!methods.contains("PATCH"), "{allow}");
}

#[test]
fn case_035_post_on_a_user_is_405() {
    let world = World::fresh();
    let _ =
        world.a.post(&user(world.s1, world.u1), &json!({})).error_code(405, "method_not_allowed");
}

#[test]
fn case_036_http_1_0_gets_a_length_and_no_chunks() {
    let world = World::fresh();
    let request = world.a.request("GET", &service(world.s1)).version("HTTP/1.0");
    let answer = world.a.send(&request).service(200);
    assert_eq!(
        answer.header("content-length"),
        Some(answer.response.body.len().to_string().as_str())
    );
    assert_eq!(answer.header("transfer-encoding"), None);
}

#[test]
fn case_037_every_answer_is_json_and_not_to_be_stored() {
    let world = World::fresh();
    // `send` checks both headers for each answer; these are all its kinds.
    let answers = [
        world.a.get(&service(world.s1)).expect(200),
        world.a.create_service("Third", "third.example").expect(201),
        world.a.delete(&service(world.s4)).expect(202),
    ];
    for answer in answers.iter().chain(&every_error()) {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    }
}

#[test]
fn case_038_non_ascii_is_escaped() {
    let world = World::fresh();
    let id = world.a.new_service("Köök ☕");
    let answer = world.a.get(&service(&id)).service(200);
    assert_eq!(answer.text("name"), "Köök ☕");
    let body = answer.response.text().to_ascii_lowercase();
    assert!(body.is_ascii() && body.contains("k\\u00f6\\u00f6k \\u2615"), "{body}");
}

#[test]
fn case_039_every_error_status_has_a_json_body_with_a_message() {
    let answers = every_error();
    let statuses: BTreeSet<_> = answers.iter().map(|answer| answer.status).collect();
    assert!(
        statuses.is_superset(&BTreeSet::from([401, 403, 404, 405, 409, 413, 422, 429, 503])),
        "{statuses:?}"
    );
    for answer in &answers {
        assert!(!answer.text("message").is_empty());
    }
    let codes: BTreeSet<_> = answers.iter().map(|answer| answer.text("code")).collect();
    assert_eq!(codes.len(), 16, "every documented code has been seen: {codes:?}");
}

/// Provokes every error there is on the routes of this interface.
fn every_error() -> Vec<Answer> {
    let mut far_away = String::new();
    let prepare = |folder: &Folder| {
        far_away =
            new_account(folder, "far-api", &["--countries", "all", "--allow-from", "192.0.2.0/24"]);
    };
    let world = World::prepared("", prepare);
    let a = &world.a;
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
    let mut answers = vec![
        world.anonymous().get(&service(world.s1)).error_code(401, "auth_required"),
        world.caller(&far_away).get(&service(NONE)).error_code(403, "forbidden"),
        a.get(&service(NONE)).error_code(404, "service_not_found"),
        a.get(&user(world.s1, NONE)).error_code(404, "user_not_found"),
        world.check_u1(&pin).error_code(404, "verification_not_found"),
        a.get("/v1/nothing").error_code(404, "route_not_found"),
        a.put(P, &json!({})).error_code(405, "method_not_allowed"),
        a.create_service("Example Shop", "b.example").error_code(409, "service_exists"),
        a.create_user(world.s1, "jane@shop.example", "+37255500123").error_code(409, "user_exists"),
        a.delete(&service(world.s1)).error_code(409, "service_not_empty"),
        a.send_body("POST", P, vec![b' '; 65 * 1024]).error_code(413, "body_too_large"),
        a.send_body("POST", P, "[]").error_code(422, "invalid_body"),
        a.create_service("", "b.example").invalid_field("name"),
        a.start(world.s1, world.u1).error_code(429, "rate_limited"),
    ];
    world.faults.gateway_refuses(true);
    answers.push(a.start(world.s2, world.u2).error_code(503, "sms_unavailable"));
    world.faults.store_is_unavailable(true);
    let broken = a.get(&service(world.s1));
    let status = broken.status;
    assert!(matches!(status, 500 | 503), "{broken:?}");
    answers.push(broken.error_code(status, "internal"));
    answers
}

#[test]
fn case_040_database_switched_off_is_an_error_in_json() {
    let world = World::fresh();
    world.faults.store_is_unavailable(true);
    let store_calls = [
        world.a.get(&service(world.s1)),
        world.a.start(world.s1, world.u1),
        world.check_u1("123456"),
        world.a.delete(&user(world.s1, world.u1)),
    ];
    for answer in store_calls {
        assert!(matches!(answer.status, 500 | 503), "{answer:?}");
    }
    world.faults.store_is_unavailable(false);
    let _ = world.a.get(&service(world.s1)).service(200);
    let _ = world.a.get(&user(world.s1, world.u1)).user(200);
    assert_eq!(world.messages(), []);
}
