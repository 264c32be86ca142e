//! Section 1: the authentication header.

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{P, service};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::world::{ACCOUNT_A, NONE, World};

/// GET of S1 with no header but the given line.
#[track_caller]
fn get_with(world: &World, line: &str) -> Answer {
    world.anonymous().send(&Request::new("GET", &service(world.s1)).line(line))
}

/// Insists on the one answer to all wrong credentials.
#[track_caller]
fn assert_refused(world: &World, line: &str) {
    let none = world.anonymous().get(&service(world.s1)).error_code(401, "auth_required");
    get_with(world, line).same_as(&none);
}

#[test]
fn case_001_valid_header_gets_the_service() {
    let world = World::fresh();
    let answer = world.a.get(&service(world.s1)).service(200);
    assert_eq!(answer.text("id"), world.s1);
}

#[test]
fn case_002_missing_header_is_401_with_our_own_scheme() {
    let world = World::fresh();
    let answer = world.anonymous().get(&service(world.s1)).error_code(401, "auth_required");
    assert_eq!(answer.header("www-authenticate"), Some("X-Service-Auth realm=\"verigator\""));
}

#[test]
fn case_003_wrong_password_is_the_same_401() {
    assert_refused(&World::fresh(), "X-Service-Auth: acme-api:wrong");
}

#[test]
fn case_004_unknown_username_is_the_same_401() {
    assert_refused(&World::fresh(), "X-Service-Auth: nobody:s3cr3t:pw");
}

#[test]
fn case_005_semicolon_is_401() {
    assert_refused(&World::fresh(), "X-Service-Auth: acme-api;s3cr3t");
}

#[test]
fn case_006_no_separator_is_401() {
    assert_refused(&World::fresh(), "X-Service-Auth: acme-api");
}

#[test]
fn case_007_empty_header_is_401() {
    assert_refused(&World::fresh(), "X-Service-Auth:");
}

#[test]
fn case_008_lone_colon_is_401() {
    assert_refused(&World::fresh(), "X-Service-Auth: :");
}

#[test]
fn case_009_two_valid_headers_are_401() {
    let world = World::fresh();
    let request = world.a.request("GET", &service(world.s1)).header("X-Service-Auth", ACCOUNT_A);
    let _ = world.a.send(&request).error_code(401, "auth_required");
}

#[test]
fn case_010_lower_case_name_without_space_is_accepted() {
    let world = World::fresh();
    let _ = get_with(&world, "x-service-auth:acme-api:s3cr3t:pw").service(200);
}

#[test]
fn case_011_basic_authorization_is_401() {
    assert_refused(&World::fresh(), "Authorization: Basic YWNtZS1hcGk6czNjcjN0OnB3");
}

#[test]
fn case_012_base64_of_the_pair_is_401() {
    assert_refused(&World::fresh(), "X-Service-Auth: YWNtZS1hcGk6czNjcjN0OnB3");
}

#[test]
fn case_013_password_may_contain_a_colon() {
    let world = World::fresh();
    let _ = get_with(&world, "X-Service-Auth: acme-api:s3cr3t:pw").service(200);
    assert_refused(&world, "X-Service-Auth: acme-api:s3cr3t");
}

#[test]
fn case_014_credentials_are_judged_before_the_body() {
    let world = World::fresh();
    let _ = world.anonymous().send_body("POST", P, "{\"fqdn\":").error_code(401, "auth_required");
}

#[test]
fn case_015_credentials_are_judged_before_the_id() {
    let world = World::fresh();
    let _ = world.anonymous().get(&service(NONE)).error_code(401, "auth_required");
}

#[test]
fn case_016_unknown_route_is_404_before_credentials() {
    let world = World::fresh();
    let _ = world.caller("acme-api:wrong").get("/v1/nothing").error_code(404, "route_not_found");
}

#[test]
fn case_017_eleventh_wrong_password_in_a_minute_is_429() {
    let world = World::fresh();
    let stranger = world.caller("acme-api:wrong");
    for _ in 0..10 {
        let _ = stranger.get(&service(world.s1)).error_code(401, "auth_required");
    }
    let answer = stranger.get(&service(world.s1)).error_code(429, "rate_limited");
    assert!(answer.retry_after() <= 60);
}
