//! Our own extension: recovery codes (S-73, D-25).

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{authenticators, recovery};
use ringproof_blackbox::world::{NONE, World, wrong_pin};
use serde_json::json;
use std::collections::HashSet;

const CODES: usize = 10;

fn path(world: &World) -> String {
    recovery(world.s1, world.u1)
}

#[track_caller]
fn renew(world: &World) -> Vec<String> {
    let made = world.a.post(&path(world), &json!({})).expect(201);
    let codes = made.json["codes"].as_array().expect("a list").iter();
    codes.map(|code| code.as_str().expect("text").to_owned()).collect()
}

fn check(world: &World, code: &str) -> Answer {
    world.a.put(&path(world), &json!({ "code": code }))
}

#[track_caller]
fn assert_let_in(answer: Answer, left: usize) {
    let _ = answer.expect(200).body(&json!({ "verified": true, "left": left }));
}

#[track_caller]
fn assert_refused(answer: Answer, result: &str) -> Answer {
    answer.expect(200).body(&json!({ "verified": false, "result": result }))
}

/// A code that looks good and is nobody's.
const WRONG: &str = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA";

#[test]
fn ten_codes_are_made_each_good_once() {
    let world = World::fresh();
    let codes = renew(&world);
    assert_eq!(codes.iter().collect::<HashSet<_>>().len(), CODES);
    for code in &codes {
        let groups: Vec<_> = code.split('-').collect();
        let is_sign = |byte: u8| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte);
        let is_group = |group: &&str| group.len() == 4 && group.bytes().all(is_sign);
        assert!(groups.len() == 6 && groups.iter().all(is_group), "{code}");
    }
    let count = world.a.get(&path(&world)).expect(200).json;
    assert_eq!(count["left"], CODES);
    assert!(count["ctime"].is_string() && count.as_object().map(serde_json::Map::len) == Some(2));
    for (used, code) in codes.iter().enumerate() {
        assert_let_in(check(&world, code), CODES - 1 - used);
        let _ = assert_refused(check(&world, code), "INVALID");
        // Failures would add up to a block.
        world.clock.advance(86_400);
    }
    assert_eq!(world.a.get(&path(&world)).expect(200).json["left"], 0);
}

#[test]
fn it_is_read_as_people_write_it() {
    let world = World::fresh();
    let codes = renew(&world);
    assert_let_in(check(&world, &codes[0].to_lowercase()), 9);
    assert_let_in(check(&world, &codes[1].replace('-', "")), 8);
    assert_let_in(check(&world, &format!(" {} ", codes[2].replace('-', " "))), 7);
}

#[test]
fn a_new_set_kills_the_old_one() {
    let world = World::fresh();
    let old = renew(&world);
    let new = renew(&world);
    assert!(old.iter().all(|code| !new.contains(code)));
    let _ = assert_refused(check(&world, &old[0]), "INVALID");
    assert_let_in(check(&world, &new[0]), 9);
}

#[test]
fn codes_of_another_user_are_worth_nothing() {
    let world = World::fresh();
    let codes = renew(&world);
    let other = world.a.new_user(world.s1, "other", "+37255500124");
    let path = recovery(world.s1, &other);
    let _ = assert_refused(world.a.put(&path, &json!({ "code": codes[0] })), "INVALID");
    let count = world.a.get(&path).expect(200).json;
    assert_eq!(count, json!({ "left": 0, "ctime": null }));
    assert_let_in(check(&world, &codes[0]), 9);
}

#[test]
fn what_is_no_code_is_refused_by_name() {
    let world = World::fresh();
    let codes = renew(&world);
    for code in [
        json!(""),
        json!("x"),
        json!(7),
        json!(null),
        json!(&codes[0][1..]),
        json!(format!("{}A", codes[0])),
    ] {
        let _ = world.a.put(&path(&world), &json!({ "code": code })).invalid_field("code");
    }
    let _ = world.a.put(&path(&world), &json!({})).invalid_field("code");
    let _ = world.a.send_body("PUT", &path(&world), "{").error_code(422, "invalid_body");
    assert_let_in(check(&world, &codes[0]), 9);
}

#[test]
fn wrong_ones_block_for_a_while_and_then_a_right_one_is_good() {
    let world = World::fresh();
    let codes = renew(&world);
    let mut wrong = 0;
    let blocked = loop {
        let answer = check(&world, WRONG).expect(200);
        match answer.json["result"].as_str() {
            Some("INVALID") => wrong += 1,
            _ => break assert_refused(answer, "THROTTLED"),
        }
        assert!(wrong < 50, "no block ever comes");
    };
    let seconds = blocked.retry_after();
    let _ = assert_refused(check(&world, &codes[0]), "THROTTLED");
    assert_eq!(world.a.get(&path(&world)).json["left"], CODES, "nothing was compared");
    world.clock.advance(seconds + 1);
    assert_let_in(check(&world, &codes[0]), 9);
    println!("blocked after {wrong} wrong codes, for {seconds} s");
}

#[test]
fn a_right_one_ends_the_login_that_waits_and_lifts_what_wrong_pins_did() {
    let world = World::fresh();
    let codes = renew(&world);
    let pin = world.start_u1();
    assert_let_in(check(&world, &codes[0]), 9);
    let _ = world.check_u1(&pin).error_code(404, "verification_not_found");

    world.clock.advance(601);
    let pin = world.start_u1();
    for n in 1..=5 {
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
    }
    let blocked = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
    world.clock.advance(blocked.retry_after() + 1);
    assert_let_in(check(&world, &codes[1]), 8);
    world.clock.advance(31);
    let pin = world.start_u1();
    for n in 1..=4 {
        // Their count begins anew.
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
    }
    world.check_u1(&pin).verified();
}

#[test]
fn it_is_no_pin_and_no_code_of_an_authenticator() {
    let world = World::fresh();
    let codes = renew(&world);
    world.start_u1();
    let token: String = codes[0].chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    let _ = world.check_u1(&token).failed("INVALID");
    let list = world.a.get(&authenticators(world.s1, world.u1)).expect(200);
    assert_eq!(list.json["authenticators"], json!([]));
}

#[test]
fn what_is_another_accounts_looks_as_if_it_were_not_there() {
    let world = World::fresh();
    let codes = renew(&world);
    let calls = |service: &str, user: &str| {
        let path = recovery(service, user);
        [
            world.b.get(&path),
            world.b.post(&path, &json!({})),
            world.b.put(&path, &json!({ "code": codes[0] })),
            world.b.put(&path, &json!({ "code": 1 })),
            world.b.send_body("PUT", &path, "{"),
        ]
    };
    for (foreign, missing) in calls(world.s1, world.u1).into_iter().zip(calls(NONE, NONE)) {
        let missing = missing.error_code(404, "service_not_found");
        foreign.same_as(&missing);
    }
    let _ = world.a.get(&recovery(world.s1, NONE)).error_code(404, "user_not_found");
    let _ = world.anonymous().get(&path(&world)).error_code(401, "auth_required");
    let answer = world.a.delete(&path(&world)).error_code(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, POST, PUT"));
    assert_let_in(check(&world, &codes[0]), 9);
}

#[test]
fn a_body_of_the_renewal_does_not_matter() {
    let world = World::fresh();
    let answer = world.a.send(&world.a.request("POST", &path(&world))).expect(201);
    assert_eq!(answer.json["codes"].as_array().map(Vec::len), Some(CODES));
    assert_eq!(answer.json.as_object().map(serde_json::Map::len), Some(1));
}
