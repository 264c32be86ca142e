//! What the members of a body may be (`verigator-api.md` sections 4.1, 5.4, 5.7).

use ringproof_blackbox::caller::{P, auth, service, user, users};
use ringproof_blackbox::world::{U1_NUMBER, World};
use serde_json::json;

#[test]
fn fqdn_is_taken_as_a_host_or_a_url() {
    let world = World::fresh();
    let longest =
        format!("{}.{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61));
    assert_eq!(longest.len(), 253);
    let accepted = [
        "login.shop.example",
        "SHOP.Example",
        "shop.example.",
        "  shop.example  ",
        "localhost",
        "localhost:3000",
        "192.0.2.1",
        "192.0.2.1:8443",
        "https://[2001:db8::1]:8443/",
        "http://user:pw@shop.example/path?q=1#part",
        "xn--kk-fkaa.example",
        "1.example",
        &longest,
    ];
    for (n, fqdn) in accepted.iter().enumerate() {
        let answer = world.a.create_service(&format!("Service {n}"), fqdn);
        assert_eq!(answer.status, 201, "{fqdn:?}: {answer:?}");
    }
}

#[test]
fn fqdn_without_a_host_is_refused() {
    let world = World::fresh();
    let too_long =
        format!("{}.{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62));
    let label_too_long = format!("{}.example", "a".repeat(64));
    let refused = [
        "",
        "   ",
        "http://",
        "https:///path",
        "-a.example",
        "a-.example",
        "a..example",
        ".",
        "shop example",
        "shop.example\u{0}",
        &too_long,
        &label_too_long,
    ];
    for fqdn in refused {
        let answer = world.a.create_service("New", fqdn);
        assert_eq!(
            (answer.status, answer.json["field"].as_str()),
            (422, Some("fqdn")),
            "{fqdn:?}: {answer:?}"
        );
    }
}

#[test]
fn service_name_is_1_to_100_characters_and_is_trimmed() {
    let world = World::fresh();
    let longest = "õ".repeat(100);
    assert_eq!(world.a.create_service(&longest, "a.example").service(201).text("name"), longest);
    assert_eq!(
        world.a.create_service("  Blanks around  ", "a.example").service(201).text("name"),
        "Blanks around"
    );
    let _ = world.a.create_service(" Example Shop ", "a.example").error_code(409, "service_exists");
    let _ = world.a.create_service("example shop", "a.example").service(201);
    for name in ["", " \t ", "two\nlines", "bell\u{7}", "\u{85}", &"õ".repeat(101)] {
        let _ = world.a.create_service(name, "a.example").invalid_field("name");
    }
}

#[test]
fn name_of_a_deleted_service_is_free_again() {
    let world = World::fresh();
    let _ = world.a.delete(&service(world.s4)).expect(202);
    assert_ne!(world.a.new_service("Empty"), world.s4);
}

#[test]
fn login_is_1_to_255_characters_and_is_trimmed() {
    let world = World::fresh();
    let longest = "õ".repeat(255);
    let create = |login: &str| world.a.create_user(world.s1, login, "+37255500124");
    assert_eq!(create(&longest).user(201).text("id_in_service"), longest);
    assert_eq!(create(" bob ").user(201).text("id_in_service"), "bob");
    let _ = create("bob").error_code(409, "user_exists");
    for login in ["", "  ", "two\nlines", "nul\u{0}", &"õ".repeat(256)] {
        let _ = create(login).invalid_field("id_in_service");
    }
}

#[test]
fn phone_number_has_7_to_15_digits_in_many_spellings() {
    let world = World::fresh();
    let create =
        |n: usize, number: &str| world.a.create_user(world.s1, &format!("user {n}"), number);
    let accepted = [
        "+1234567",
        "+123456789012345",
        "(372) 555.00_124",
        "\t+372-5550-0124 ",
        "00 372 55500124",
        "+37255 5555",
        "+4401234567",
        "3 7 2 5 5 5 0 0 1 2 4",
    ];
    for (n, number) in accepted.iter().enumerate() {
        let answer = create(n, number);
        assert_eq!(answer.status, 201, "{number:?}: {answer:?}");
    }
    let refused = [
        "",
        " ",
        "+",
        "00",
        "+123456",
        "+1234567890123456",
        "+0123456789",
        "000372555001",
        "++37255500124",
        "+372+55500124",
        "+37255500124x5",
        "+37255500124;ext=5",
        "tel:+37255500124",
        "+372٥٥٥٠٠١٢٤",
        "+3725550\u{0}0124",
        "+37255500124,+37255500125",
    ];
    for number in refused {
        let answer = create(99, number);
        assert_eq!(
            (answer.status, answer.json["field"].as_str()),
            (422, Some("phone_number")),
            "{number:?}: {answer:?}"
        );
    }
}

#[test]
fn members_of_the_wrong_type_are_named_in_every_body() {
    let world = World::fresh();
    for wrong in [json!(7), json!(true), json!(null), json!(["x"]), json!({})] {
        let body = json!({ "id_in_service": wrong, "phone_number": U1_NUMBER });
        let _ = world.a.post(&users(world.s1), &body).invalid_field("id_in_service");
        let body = json!({ "token": wrong });
        let _ = world.a.put(&auth(world.s1, world.u1), &body).invalid_field("token");
        let _ = world
            .a
            .post(&auth(world.s1, world.u1), &json!({ "method": wrong }))
            .invalid_field("method");
        let _ = world.a.post(P, &json!({ "fqdn": wrong, "name": "x" })).invalid_field("fqdn");
    }
    let _ = world
        .a
        .put(&auth(world.s1, world.u1), &json!({ "token": "1", "method": 1 }))
        .invalid_field("method");
    let _ = world
        .a
        .put(&auth(world.s1, world.u1), &json!({ "token": "1", "auth_id": 1 }))
        .invalid_field("auth_id");
}

#[test]
fn a_member_named_twice_is_refused_in_every_body_and_changes_nothing() {
    let world = World::fresh();
    let pin = world.start_u1();
    let twice = format!("{{\"token\":\"{pin}\",\"token\":\"{pin}\"}}");
    let _ = world.a.send_body("PUT", &auth(world.s1, world.u1), twice).error(422);
    let escaped = format!("{{\"token\":\"{pin}\",\"t\\u006fken\":\"{pin}\"}}");
    let _ = world.a.send_body("PUT", &auth(world.s1, world.u1), escaped).error(422);
    let unknown = r#"{"method":"sms","x":1,"x":2}"#;
    let _ = world.a.send_body("POST", &auth(world.s1, world.u1), unknown).error(422);
    let user = r#"{"id_in_service":"a","id_in_service":"b","phone_number":"+37255500124"}"#;
    let _ = world.a.send_body("POST", &users(world.s1), user).error(422);
    assert_eq!(world.a.get(&users(world.s1)).expect(200).json["total"], 1);
    world.check_u1(&pin).verified();
}

#[test]
fn unknown_members_are_ignored_in_every_body() {
    let world = World::fresh();
    let user = json!({ "id_in_service": "bob", "phone_number": "+37255500124", "id": "mine", "service": 1 });
    let bob = world.a.post(&users(world.s1), &user).user(201).text("id").to_owned();
    assert_ne!(bob, "mine");
    let start = json!({ "method": "sms", "auth_id": "old", "pin_length": 3 });
    world.a.post(&auth(world.s1, &bob), &start).started(201);
    let pin = world.inbox.next("+37255500124").pin();
    let check = json!({ "token": pin, "verified": true, "extra": null });
    world.a.put(&auth(world.s1, &bob), &check).verified();
}

#[test]
fn blanks_and_hyphens_in_a_token_are_removed_and_16_characters_are_the_most() {
    let world = World::fresh();
    let pin = world.start_u1();
    let check = |token: &str| world.check_u1(token);
    for token in ["  ", "-", " - ", "12345678901234567", &"x".repeat(5000)] {
        let _ = check(token).invalid_field("token");
    }
    // As long as allowed, and no digit: two wrong attempts, not errors.
    let _ = check("1234567890123456").failed("INVALID");
    let _ = check("１２３４５６").failed("INVALID");
    check(&format!(" {}-{} ", &pin[..3], &pin[3..])).verified();
}

#[test]
fn refused_fields_touch_no_state() {
    let world = World::fresh();
    let pin = world.start_u1();
    // Many more than five: none of them is an attempt.
    for body in [
        "{}",
        "[]",
        "{\"token\":1}",
        "{\"token\":\"\"}",
        "{\"token\":\"1\",\"method\":\"x\"}",
        "nope",
        "{",
        "null",
    ] {
        let _ = world.a.send_body("PUT", &auth(world.s1, world.u1), body).error(422);
    }
    world.check_u1(&pin).verified();
    let _ = world.a.get(&user(world.s1, world.u1)).user(200);
}
