//! Our own extension: any authenticator program, enrolled by the integrator
//! (S-29, D-18).

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{authenticators, user};
use ringproof_blackbox::device::{random, unb64};
use ringproof_blackbox::tool;
use ringproof_blackbox::totp::{self, Hash};
use ringproof_blackbox::world::{NONE, World};
use serde_json::{Value, json};

/// Comparisons with another authenticator.
const COMPARISONS: usize = 200;
const FULL: usize = 5;

fn path(world: &World) -> String {
    authenticators(world.s1, world.u1)
}

fn one(world: &World, id: &str) -> String {
    format!("{}/{id}", path(world))
}

#[track_caller]
fn create(world: &World, body: &Value) -> Answer {
    world.a.post(&path(world), body).expect(201)
}

fn code(world: &World, made: &Answer, hash: Hash) -> String {
    let secret = totp::from_base32(made.text("secret"));
    totp::code(&secret, hash, world.clock.now().as_second())
}

fn confirm(world: &World, made: &Answer, token: &str) -> Answer {
    world.a.put(&one(world, made.text("id")), &json!({ "token": token }))
}

/// Makes one that counts.
#[track_caller]
fn confirmed(world: &World, body: &Value) -> Answer {
    let made = create(world, body);
    let _ = confirm(world, &made, &code(world, &made, Hash::Sha1)).expect(200);
    made
}

/// A code that is certainly not shown now nor near now.
fn wrong(world: &World, made: &Answer) -> String {
    let secret = totp::from_base32(made.text("secret"));
    let now = world.clock.now().as_second();
    let near: Vec<_> =
        (-12..=12).map(|n| totp::code(&secret, Hash::Sha1, now + n * totp::PERIOD)).collect();
    (0..1_000_000).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).expect("a million")
}

fn members(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

const SHOWN: [&str; 9] =
    ["algorithm", "confirmed", "ctime", "digits", "id", "kind", "name", "period", "used"];

#[test]
fn it_is_made_confirmed_and_lets_a_person_in() {
    let world = World::fresh();
    let made = create(&world, &json!({ "name": "Aegis" }));
    let mut all = [&SHOWN[..], &["qr_png", "qr_svg", "secret", "uri"]].concat();
    all.sort_unstable();
    assert_eq!(members(&made.json), all);
    let told = json!([
        made.json["name"],
        made.json["kind"],
        made.json["confirmed"],
        made.json["algorithm"]
    ]);
    assert_eq!(told, json!(["Aegis", "other", false, "SHA1"]));
    assert_eq!(totp::from_base32(made.text("secret")).len(), 20, "160 bits");

    // It counts only once it has proved itself (S-29).
    world.a.start_totp(world.s1, world.u1).started(201);
    let _ = world.check_u1(&code(&world, &made, Hash::Sha1)).failed("INVALID");
    let answer = confirm(&world, &made, &code(&world, &made, Hash::Sha1)).expect(200);
    assert_eq!(members(&answer.json), SHOWN);
    assert_eq!(answer.json["confirmed"], true);

    world.clock.advance(301);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    world.check_u1(&code(&world, &made, Hash::Sha1)).verified_by_totp();
    let list = world.a.get(&path(&world)).expect(200);
    assert!(list.json["authenticators"][0]["used"].is_string(), "{list:?}");
}

#[test]
fn a_secret_is_shown_once() {
    let world = World::fresh();
    let made = confirmed(&world, &json!({}));
    let list = world.a.get(&path(&world)).expect(200);
    assert_eq!(members(&list.json), ["authenticators", "waiting"]);
    assert_eq!(list.json["authenticators"].as_array().map(Vec::len), Some(1));
    assert_eq!(members(&list.json["authenticators"][0]), SHOWN);
    assert!(!list.response.text().contains(made.text("secret")));
    let _ = world.a.get(&one(&world, made.text("id"))).error(405);
    let again = create(&world, &json!({}));
    assert_ne!(again.text("secret"), made.text("secret"));
}

#[test]
fn every_wish_is_granted_or_refused_by_name() {
    let world = World::fresh();
    let at = |body: &Value| world.a.post(&path(&world), body);
    for (member, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(41))),
        ("name", json!("a\u{202e}b")),
        ("name", json!(7)),
        ("algorithm", json!("sha1")),
        ("algorithm", json!("MD5")),
        ("algorithm", json!(1)),
        ("secret", json!("")),
        ("secret", json!(totp::base32(&[7; 15]))),
        ("secret", json!(totp::base32(&[7; 129]))),
        ("secret", json!("0189!")),
        ("secret", json!(9)),
    ] {
        let _ = at(&json!({ member: value })).invalid_field(member);
    }
    for body in ["", "[]", "{", "null", "{\"name\":\"a\",\"name\":\"b\"}"] {
        let answer = world.a.send_body("POST", &path(&world), body);
        let _ = answer.error_code(422, "invalid_body");
    }
    assert_eq!(world.a.get(&path(&world)).json["authenticators"], json!([]), "nothing was made");
    for length in [16, 128] {
        let secret = totp::base32(&vec![7; length]);
        assert_eq!(create(&world, &json!({ "secret": secret })).text("secret"), secret);
    }
}

#[test]
fn all_three_hashes_work() {
    let world = World::fresh();
    for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha512] {
        let made = create(&world, &json!({ "algorithm": hash.word() }));
        let uri = made.text("uri");
        assert!(uri.contains(&format!("algorithm={}", hash.word())), "{uri}");
        let _ = confirm(&world, &made, &code(&world, &made, hash)).expect(200);
        world.clock.advance(61);
        world.a.start_totp(world.s1, world.u1).asks_for_totp();
        world.check_u1(&code(&world, &made, hash)).verified_by_totp();
    }
}

#[test]
fn five_wrong_codes_remove_one_that_waits() {
    let world = World::fresh();
    let made = create(&world, &json!({}));
    for token in [json!({}), json!({ "token": 123_456 }), json!({ "token": "" })] {
        let _ = world.a.put(&one(&world, made.text("id")), &token).invalid_field("token");
    }
    for _ in 0..5 {
        let _ = confirm(&world, &made, &wrong(&world, &made)).invalid_field("token");
    }
    let right = code(&world, &made, Hash::Sha1);
    let _ = confirm(&world, &made, &right).error_code(404, "authenticator_not_found");
    assert_eq!(world.a.get(&path(&world)).json["authenticators"], json!([]));
}

#[test]
fn the_code_of_the_proof_is_spent_and_it_is_given_once() {
    let world = World::fresh();
    let made = create(&world, &json!({}));
    let token = code(&world, &made, Hash::Sha1);
    let _ = confirm(&world, &made, &token).expect(200);
    let _ = confirm(&world, &made, &token).error_code(404, "authenticator_not_found");
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    let _ = world.check_u1(&token).failed_by("totp", "INVALID");
}

#[test]
fn a_new_one_replaces_one_that_never_proved_itself() {
    let world = World::fresh();
    let kept = confirmed(&world, &json!({ "name": "kept" }));
    let first = create(&world, &json!({ "name": "first" }));
    let second = create(&world, &json!({ "name": "second" }));
    let token = code(&world, &first, Hash::Sha1);
    let _ = confirm(&world, &first, &token).error_code(404, "authenticator_not_found");
    let list = world.a.get(&path(&world)).expect(200).json;
    let ids: Vec<_> = list["authenticators"].as_array().expect("a list").iter().collect();
    let ids: Vec<_> = ids.iter().map(|one| one["id"].as_str().expect("text")).collect();
    assert_eq!(ids, [kept.text("id"), second.text("id")]);
}

#[test]
fn a_sixth_is_refused_until_one_goes() {
    let world = World::fresh();
    let made: Vec<_> = (0..FULL).map(|_| confirmed(&world, &json!({}))).collect();
    let _ = world.a.post(&path(&world), &json!({})).error_code(409, "authenticators_full");
    // All of them count.
    for one in &made {
        world.clock.advance(61);
        world.a.start_totp(world.s1, world.u1).asks_for_totp();
        world.check_u1(&code(&world, one, Hash::Sha1)).verified_by_totp();
    }
    let _ = world.a.delete(&one(&world, made[0].text("id"))).expect(202);
    confirmed(&world, &json!({}));
}

#[test]
fn a_removed_one_is_gone_and_logins_go_by_sms_again() {
    let world = World::fresh();
    let made = confirmed(&world, &json!({}));
    world.clock.advance(61);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    let _ = world.a.delete(&one(&world, made.text("id"))).expect(202);
    let token = code(&world, &made, Hash::Sha1);
    let _ = world.check_u1(&token).failed_by("totp", "INVALID");
    let again = world.a.delete(&one(&world, made.text("id")));
    let _ = again.error_code(404, "authenticator_not_found");
    world.clock.advance(301);
    world.a.start_totp(world.s1, world.u1).started(201);
}

#[test]
fn what_is_another_accounts_looks_as_if_it_were_not_there() {
    let world = World::fresh();
    let made = create(&world, &json!({}));
    let id = made.text("id");
    let calls = |service: &str, user: &str, id: &str| {
        let all = authenticators(service, user);
        let one = format!("{all}/{id}");
        [
            world.b.get(&all),
            world.b.post(&all, &json!({})),
            world.b.post(&all, &json!({ "name": 1 })),
            world.b.send_body("POST", &all, "{"),
            world.b.put(&one, &json!({ "token": "123456" })),
            world.b.put(&one, &json!({})),
            world.b.delete(&one),
        ]
    };
    let foreign = calls(world.s1, world.u1, id);
    let missing = calls(NONE, NONE, NONE);
    for (foreign, missing) in foreign.into_iter().zip(missing) {
        let missing = missing.error_code(404, "service_not_found");
        foreign.same_as(&missing);
    }
    // The same within an account: another user's is missing.
    let elsewhere = authenticators(world.s2, world.u2);
    let missing = world.a.delete(&format!("{elsewhere}/{NONE}"));
    let missing = missing.error_code(404, "authenticator_not_found");
    world.a.delete(&format!("{elsewhere}/{id}")).same_as(&missing);
    world.a.delete(&format!("{elsewhere}/x")).same_as(&missing);
    let _ = world.a.get(&authenticators(world.s1, NONE)).error_code(404, "user_not_found");
    let _ = confirm(&world, &made, &code(&world, &made, Hash::Sha1)).expect(200);
}

#[test]
fn it_needs_credentials_and_a_known_method() {
    let world = World::fresh();
    for method in ["GET", "POST"] {
        let answer = world.anonymous().send_body(method, &path(&world), "{}");
        let _ = answer.error_code(401, "auth_required");
    }
    let answer = world.a.delete(&path(&world)).error_code(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, POST"));
    let answer = world.a.get(&one(&world, NONE)).error_code(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("PUT, DELETE"));
    let _ = world.a.get(&format!("{}/x", one(&world, NONE))).error_code(404, "route_not_found");
}

#[test]
fn it_dies_with_its_user() {
    let world = World::fresh();
    let made = confirmed(&world, &json!({}));
    let _ = world.a.delete(&user(world.s1, world.u1)).expect(202);
    let _ = world.a.get(&path(&world)).error_code(404, "user_not_found");
    let again = world.a.new_user(world.s1, "jane@shop.example", "+37255500123");
    let list = world.a.get(&authenticators(world.s1, &again)).expect(200).json;
    assert_eq!(list["authenticators"], json!([]));
    world.a.start_totp(world.s1, &again).started(201);
    let token = code(&world, &made, Hash::Sha1);
    let _ = world.a.check(world.s1, &again, &token).failed("INVALID");
}

/// The parts of an `otpauth` address that stand after its `?`.
fn parameters(uri: &str) -> Vec<(&str, &str)> {
    let (_, query) = uri.split_once('?').expect("a query");
    query.split('&').filter_map(|pair| pair.split_once('=')).collect()
}

#[test]
fn both_pictures_show_the_address_and_another_authenticator_makes_good_codes_of_it() {
    let world = World::fresh();
    let login = "Jörg: ☕ & co?";
    let service = world.a.new_service("Köök: \"shop\" #1");
    let user = world.a.new_user(&service, login, "+37255500321");
    let all = authenticators(&service, &user);
    let made = world.a.post(&all, &json!({})).expect(201);
    let uri = made.text("uri");
    let png = made.text("qr_png").strip_prefix("data:image/png;base64,").expect("a picture");
    let png = unb64(png.trim_end_matches('=').replace('+', "-").replace('/', "_").as_str());
    assert_eq!(tool::scan(&png), uri);
    assert_eq!(tool::scan_svg(made.text("qr_svg")), uri);

    let label = "otpauth://totp/K%C3%B6%C3%B6k%3A%20%22shop%22%20%231:J%C3%B6rg%3A%20%E2%98%95%20%26%20co%3F?";
    assert!(uri.starts_with(label), "{uri}");
    let mut found = parameters(uri);
    found.sort_unstable();
    let issuer = "K%C3%B6%C3%B6k%3A%20%22shop%22%20%231";
    let secret = made.text("secret");
    let expected = [
        ("algorithm", "SHA1"),
        ("digits", "6"),
        ("issuer", issuer),
        ("period", "30"),
        ("secret", secret),
    ];
    assert_eq!(found, expected);

    let now = world.clock.now().as_second();
    let scanned = tool::scan(&png);
    let secret = parameters(&scanned).into_iter().find(|(name, _)| *name == "secret");
    let (_, secret) = secret.expect("a secret");
    let token = tool::oathtool("SHA1", secret, now);
    let _ =
        world.a.put(&format!("{all}/{}", made.text("id")), &json!({ "token": token })).expect(200);
    world.clock.advance(61);
    world.a.start_totp(&service, &user).asks_for_totp();
    let token = tool::oathtool("SHA1", secret, world.clock.now().as_second());
    world.a.check(&service, &user, &token).verified_by_totp();
}

#[test]
fn codes_of_oathtool_are_ours() {
    let hashes = [Hash::Sha1, Hash::Sha256, Hash::Sha512];
    for index in 0..COMPARISONS {
        let secret = random::<20>();
        let time = i64::from(u32::from_be_bytes(random::<4>()));
        let hash = hashes[index % 3];
        let theirs = tool::oathtool(hash.word(), &totp::base32(&secret), time);
        assert_eq!(totp::code(&secret, hash, time), theirs, "{hash:?} at {time}");
    }
    println!("{COMPARISONS} random codes are equal");
}

#[test]
fn codes_of_oathtool_let_in_at_any_time() {
    let world = World::fresh();
    let made = confirmed(&world, &json!({}));
    for _ in 0..COMPARISONS {
        let seconds = 61 + i64::from(u32::from_be_bytes(random::<4>()) % 40_000);
        world.clock.advance(seconds);
        world.a.start_totp(world.s1, world.u1).asks_for_totp();
        let now = world.clock.now().as_second();
        let token = tool::oathtool("SHA1", made.text("secret"), now);
        world.check_u1(&token).verified_by_totp();
    }
    println!("{COMPARISONS} logins with codes of oathtool");
}
