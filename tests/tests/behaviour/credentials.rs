//! Credentials beyond the numbered cases (`verigator-api.md` section 3,
//! security D-37, S-55, S-57, S-58).

use ringproof_blackbox::caller::{AGENT, service};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::world::{ACCOUNT_A, ACCOUNT_B, World};
use std::net::{IpAddr, Ipv4Addr};

const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));

#[test]
fn the_401_says_what_to_send_and_nothing_of_what_came() {
    let world = World::fresh();
    let answer = world
        .caller("acme-api:wrong-secret")
        .get(&service(world.s1))
        .error_code(401, "auth_required");
    let message = answer.text("message");
    assert!(message.contains("X-Service-Auth"), "{message}");
    assert!(!message.contains("wrong-secret") && !message.contains("acme-api"), "{message}");
}

#[test]
fn blanks_around_the_whole_value_are_stripped_and_inside_they_count() {
    let world = World::fresh();
    let get =
        |line: &str| world.anonymous().send(&Request::new("GET", &service(world.s1)).line(line));
    let _ = get("X-Service-Auth:   acme-api:s3cr3t:pw \t ").service(200);
    let _ = get("X-Service-Auth: acme-api :s3cr3t:pw").error(401);
    let _ = get("X-Service-Auth: acme-api: s3cr3t:pw").error(401);
    let _ = get("X-Service-Auth: ACME-API:s3cr3t:pw").error(401);
}

#[test]
fn values_that_are_not_short_printable_ascii_are_401() {
    let world = World::fresh();
    let too_long = format!("acme-api:{}", "x".repeat(512));
    for value in [
        "acme-api:s3cr3t:pw\u{e9}",
        "acme-api:\ts3cr3t:pw",
        "acme-\u{2615}:x",
        &too_long,
        ":s3cr3t:pw",
        "acme-api:",
    ] {
        let request = Request::new("GET", &service(world.s1)).header("X-Service-Auth", value);
        let _ = world.anonymous().send(&request).error_code(401, "auth_required");
    }
}

#[test]
fn too_many_failures_of_one_name_leave_others_and_other_addresses_alone() {
    let world = World::fresh();
    let path = service(world.s1);
    for _ in 0..10 {
        let _ = world.caller("acme-api:wrong").get(&path).error(401);
    }
    let _ = world.caller("acme-api:wrong").get(&path).error_code(429, "rate_limited");
    let _ = world.b.get(&service(world.s3)).service(200);
    let elsewhere = world.a.from_source(ELSEWHERE);
    let _ = elsewhere.get(&path).service(200);
    let _ = world.caller("rival-api:wrong").get(&path).error(401);
}

#[test]
fn waiting_as_long_as_retry_after_says_lets_the_right_password_in_again() {
    let world = World::fresh();
    let path = service(world.s1);
    for _ in 0..10 {
        let _ = world.caller("acme-api:wrong").get(&path).error(401);
    }
    let wait = world.a.get(&path).error_code(429, "rate_limited").retry_after();
    assert!((1..=60).contains(&wait), "{wait}");
    world.clock.advance(wait + 1);
    let _ = world.a.get(&path).service(200);
}

#[test]
fn failures_of_many_names_from_one_address_are_limited_per_hour() {
    let world = World::configured("[limits]\nfailed_logins_per_hour_ip = 12\n");
    let path = service(world.s1);
    for n in 0..12 {
        let _ = world.caller(&format!("nobody-{n}:wrong")).get(&path).error(401);
    }
    let answer = world.caller("nobody-x:wrong").get(&path).error_code(429, "rate_limited");
    assert!((3400..=3600).contains(&answer.retry_after()), "{answer:?}");
    let _ = world.caller("nobody-x:wrong").from_source(ELSEWHERE).get(&path).error(401);
    world.clock.advance(3601);
    let _ = world.a.get(&path).service(200);
}

#[test]
fn successes_do_not_count_as_failures() {
    let world = World::fresh();
    for _ in 0..50 {
        let _ = world.a.get(&service(world.s1)).service(200);
    }
    let _ = world.caller("acme-api:wrong").get(&service(world.s1)).error(401);
}

#[test]
fn each_account_sees_only_its_own() {
    let world = World::fresh();
    for (credentials, own, foreign) in
        [(ACCOUNT_A, world.s1, world.s3), (ACCOUNT_B, world.s3, world.s1)]
    {
        let caller = world.caller(credentials).with_agent(Some(AGENT));
        let _ = caller.get(&service(own)).service(200);
        let _ = caller.get(&service(foreign)).error_code(404, "service_not_found");
    }
}
