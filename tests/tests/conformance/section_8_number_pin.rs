//! Section 8: number verification, pin.

use ringproof_blackbox::http::Request;
use ringproof_blackbox::operator;
use ringproof_blackbox::text::Parameters;
use ringproof_blackbox::world::{NONE, U1_NUMBER, U2_NUMBER, World, wrong_pin};

const TO: &str = U1_NUMBER;
/// 32 characters.
const COOKIE: &str = "c00kie-7f3a91b2d4e5f60718293a4b5c";
/// Addresses of persons, in networks of their own.
const HERE: &str = "192.0.2.7";
const ELSEWHERE: &str = "198.51.100.7";

/// Starts TO in a fresh world; gives world, id and PIN.
#[track_caller]
fn started() -> (World, String, String) {
    let world = World::fresh();
    let id = world.start_number(TO);
    let pin = world.pin_of_u1();
    (world, id, pin)
}

#[test]
fn case_199_right_pin_is_verified() {
    let (world, id, pin) = started();
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}

#[test]
fn case_200_wrong_pin_is_invalid() {
    let (world, id, pin) = started();
    world.text_a.pin(&id, &wrong_pin(&pin, 1), &[]).is("INVALID");
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}

#[test]
fn case_201_pin_after_its_life_is_expired() {
    let (world, id, pin) = started();
    world.clock.advance(301);
    world.text_a.pin(&id, &pin, &[]).is("EXPIRED");
}

#[test]
fn case_202_5_wrong_pins_throttle_the_right_one() {
    let (world, id, pin) = started();
    for n in 1..=5 {
        world.text_a.pin(&id, &wrong_pin(&pin, n), &[]).is("INVALID");
    }
    // Now, and when the number's own block of a minute is over.
    for seconds in [0, 65] {
        world.clock.advance(seconds);
        world.text_a.pin(&id, &pin, &[]).is("THROTTLED");
    }
}

#[test]
fn case_203_unknown_id_is_110() {
    let (world, _, pin) = started();
    for unknown in [&"0".repeat(32), "x", "", NONE] {
        world.text_a.pin(unknown, &pin, &[]).is("ERROR 110");
    }
}

#[test]
fn case_204_foreign_id_is_110() {
    let (world, id, pin) = started();
    world.text_b.pin(&id, &pin, &[]).is("ERROR 110");
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}

#[test]
fn case_205_missing_parameters_are_102() {
    let (world, id, pin) = started();
    world.text_a.get("/verify/pin", &[("verification_id", &id)]).is("ERROR 102");
    world.text_a.get("/verify/pin", &[("pin", &pin)]).is("ERROR 102");
}

#[test]
fn case_206_wrong_credentials_are_101() {
    let (world, id, pin) = started();
    let query = format!("username=acme-api&password=wrong&verification_id={id}&pin={pin}");
    world.text_a.send(&Request::new("GET", &format!("/verify/pin?{query}"))).is("ERROR 101");
}

#[test]
fn case_207_pin_that_is_no_number_is_invalid() {
    let (world, id, _) = started();
    world.text_a.pin(&id, "12a4", &[]).is("INVALID");
}

#[test]
fn case_208_pin_by_post_below_v1() {
    let (world, id, pin) = started();
    let parameters: &Parameters<'_> = &[("verification_id", &id), ("pin", &pin)];
    world.text_a.post("/v1/verify/pin", parameters).is("VERIFIED");
}

#[test]
fn case_209_start_at_the_main_and_pin_at_the_backup_address() {
    // Both names lead to one service; what tells them apart is `Host`.
    let world = World::fresh();
    let at = |request: Request, host: &str| request.without("host").header("Host", host);
    let start = world.text_a.get_request("/verify/start/", &[("to", TO)]);
    let id = world.text_a.send(&at(start, "api2.messente.com")).started();
    let pin = world.pin_of_u1();
    let check =
        world.text_a.get_request("/verify/pin/", &[("verification_id", &id), ("pin", &pin)]);
    world.text_a.send(&at(check, "api3.messente.com")).is("VERIFIED");
}

#[test]
fn case_210_right_pin_again_is_expired_for_a_day() {
    let (world, id, pin) = started();
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
    world.text_a.pin(&id, &pin, &[]).is("EXPIRED");
    world.clock.advance(23 * 3600);
    world.text_a.pin(&id, &pin, &[]).is("EXPIRED");
    world.clock.advance(2 * 3600);
    world.text_a.pin(&id, &pin, &[]).is("ERROR 110");
}

/// A world in which A's person at TO has entered a right PIN with `cookie`,
/// and the pause between two messages to a number is over.
#[track_caller]
fn trusting(trust: &str, cookie: &str, more: &Parameters<'_>) -> World {
    let world = World::prepared("", |folder| {
        for account in ["acme-api", "rival-api"] {
            operator::set(folder, account, &["--trust-cookies", trust]);
        }
    });
    let more = [&[("cookie", cookie)], more].concat();
    let id = world.text_a.start(TO, &more).started();
    let pin = world.pin_of_u1();
    world.text_a.pin(&id, &pin, &more).is("VERIFIED");
    world.clock.advance(31);
    world
}

/// Insists that account A's start of TO sends a PIN.
#[track_caller]
fn assert_sends(world: &World, more: &Parameters<'_>) {
    world.text_a.start(TO, more).started();
    world.pin_of_u1();
}

#[test]
fn case_211_known_cookie_needs_no_pin() {
    let world = trusting("on", COOKIE, &[]);
    world.text_a.start(TO, &[("cookie", COOKIE)]).is("VERIFIED");
    assert_eq!(world.pins_sent_to_u1().len(), 1);
}

#[test]
fn case_212_cookie_counts_for_its_number_only() {
    let world = trusting("on", COOKIE, &[]);
    world.text_a.start(U2_NUMBER, &[("cookie", COOKIE)]).started();
    world.inbox.next(U2_NUMBER).pin();
}

#[test]
fn case_213_address_elsewhere_needs_a_pin() {
    let world = trusting("on", COOKIE, &[("ip", HERE)]);
    world.text_a.start(TO, &[("cookie", COOKIE), ("ip", HERE)]).is("VERIFIED");
    assert_sends(&world, &[("cookie", COOKIE), ("ip", ELSEWHERE)]);
}

#[test]
fn case_214_cookie_counts_for_its_account_only() {
    let world = trusting("on", COOKIE, &[]);
    world.text_b.start(TO, &[("cookie", COOKIE)]).started();
    world.pin_of_u1();
}

#[test]
fn case_215_trust_ends_after_30_days() {
    let world = trusting("on", COOKIE, &[]);
    world.clock.advance(29 * 86_400);
    world.text_a.start(TO, &[("cookie", COOKIE)]).is("VERIFIED");
    world.clock.advance(2 * 86_400);
    assert_sends(&world, &[("cookie", COOKIE)]);
}

#[test]
fn case_216_no_trust_where_it_is_off() {
    let world = trusting("off", COOKIE, &[]);
    assert_sends(&world, &[("cookie", COOKIE)]);
}

#[test]
fn case_217_short_cookie_is_not_trusted() {
    let world = trusting("on", &COOKIE[..8], &[]);
    assert_sends(&world, &[("cookie", &COOKIE[..8])]);
}
