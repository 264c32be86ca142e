//! Section 7: number verification, start.
//!
//! That every answer has status 200, is one documented line without a line
//! feed, and has the content type asked for, is checked for each of them in
//! `ringproof_blackbox::text`.

use ringproof_blackbox::http::Request;
use ringproof_blackbox::operator;
use ringproof_blackbox::text::{FORM, HTML, PLAIN, Parameters, TextAnswer, encode};
use ringproof_blackbox::world::{U1_NUMBER, U2_NUMBER, World};
use std::collections::HashSet;

const TO: &str = U1_NUMBER;

/// Insists that exactly one message was sent, with this text around the PIN.
#[track_caller]
fn assert_one_message(world: &World, before: &str, after: &str) {
    let messages = world.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0].to, TO);
    let text = messages[0].text.strip_prefix(before).and_then(|text| text.strip_suffix(after));
    let is_pin = |pin: &str| pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit());
    assert!(text.is_some_and(is_pin), "{messages:?}");
}

#[track_caller]
fn assert_documented_message(world: &World) {
    assert_one_message(world, "Your Verification PIN code is ", "");
}

/// Starts with these parameters besides `to` in a fresh world.
#[track_caller]
fn start_with(more: &Parameters<'_>) -> (World, TextAnswer) {
    let world = World::fresh();
    let answer = world.text_a.start(TO, more);
    (world, answer)
}

/// Insists that these parameters are refused with this line and nothing is sent.
#[track_caller]
fn assert_refused(more: &Parameters<'_>, line: &str) {
    let (world, answer) = start_with(more);
    answer.is(line);
    assert_eq!(world.messages(), []);
}

/// A world whose account A gives short codes.
#[track_caller]
fn legacy_world() -> World {
    let set = |folder: &_| operator::set(folder, "acme-api", &["--number-profile", "legacy-short"]);
    World::prepared("", set)
}

#[test]
fn case_156_start_sends_one_pin() {
    let world = World::fresh();
    world.text_a.get("/verify/start/", &[("to", TO)]).started();
    assert_documented_message(&world);
}

#[test]
fn case_157_start_without_slash_is_not_redirected() {
    let (world, answer) = start_with(&[]);
    answer.started();
    assert_documented_message(&world);
}

#[test]
fn case_158_start_by_form() {
    let world = World::fresh();
    world.text_a.post("/verify/start", &[("to", TO)]).started();
    assert_documented_message(&world);
}

#[test]
fn case_159_start_with_query_and_equal_form_sends_once() {
    let world = World::fresh();
    let parameters = world.text_a.with_credentials(&[("to", TO)]);
    let request = Request::new("POST", &format!("/verify/start/?{parameters}"));
    world.text_a.send(&request.header("Content-Type", FORM).body(parameters)).started();
    assert_documented_message(&world);
}

#[test]
fn case_160_start_with_query_and_empty_json_body_below_v1() {
    let world = World::fresh();
    let parameters = world.text_a.with_credentials(&[("to", TO)]);
    let request = Request::new("POST", &format!("/v1/verify/start?{parameters}"));
    world.text_a.send(&request.header("Content-Type", "application/json").body("")).started();
    assert_documented_message(&world);
}

#[test]
fn case_161_credentials_twice_but_equal() {
    let world = World::fresh();
    let credentials = world.text_a.with_credentials(&[]);
    let target = format!("/verify/start?{credentials}&{credentials}&to={}", encode(TO));
    world.text_a.send(&Request::new("GET", &target)).started();
}

#[test]
fn case_162_two_receivers_are_102() {
    assert_refused(&[("to", U2_NUMBER)], "ERROR 102");
}

#[test]
fn case_163_start_by_multipart() {
    let world = World::fresh();
    let request = world.text_a.multipart_request("/verify/start", &[("to", TO)]);
    world.text_a.send(&request).started();
    assert_documented_message(&world);
}

#[test]
fn case_164_wrong_password_is_101() {
    let world = World::fresh();
    let target = format!("/verify/start?username=acme-api&password=wrong&to={}", encode(TO));
    world.text_a.send(&Request::new("GET", &target)).is("ERROR 101");
    assert_eq!(world.messages(), []);
}

#[test]
fn case_165_empty_credentials_without_receiver_are_101() {
    let world = World::fresh();
    world.text_a.send(&Request::new("GET", "/verify/start?username=&password=")).is("ERROR 101");
}

#[test]
fn case_166_no_password_is_102() {
    let world = World::fresh();
    let target = format!("/verify/start?username=acme-api&to={}", encode(TO));
    world.text_a.send(&Request::new("GET", &target)).is("ERROR 102");
}

#[test]
fn case_167_no_receiver_is_102() {
    let world = World::fresh();
    world.text_a.get("/verify/start", &[]).is("ERROR 102");
}

#[test]
fn case_168_receiver_that_is_no_number_is_102() {
    let world = World::fresh();
    world.text_a.start("abc", &[]).is("ERROR 102");
}

#[test]
fn case_169_receiver_without_plus() {
    let world = World::fresh();
    world.text_a.start("37255500123", &[]).started();
    assert_documented_message(&world);
}

#[test]
fn case_170_caller_from_elsewhere_is_103() {
    let set = |folder: &_| operator::set(folder, "acme-api", &["--allow-from", "10.0.0.0/8"]);
    let world = World::prepared("", set);
    world.text_a.start(TO, &[]).is("ERROR 103");
    assert_eq!(world.messages(), []);
}

#[test]
fn case_171_own_template() {
    let (world, answer) = start_with(&[("template", "Code <PIN>!")]);
    answer.started();
    assert_one_message(&world, "Code ", "!");
}

#[test]
fn case_172_template_without_placeholder_is_109() {
    assert_refused(&[("template", "no placeholder")], "ERROR 109");
}

#[test]
fn case_173_placeholder_in_small_letters_is_109() {
    assert_refused(&[("template", "code <pin>")], "ERROR 109");
}

#[test]
fn case_174_empty_template_is_109() {
    assert_refused(&[("template", "")], "ERROR 109");
}

#[test]
fn case_175_every_placeholder_is_replaced() {
    let (world, answer) = start_with(&[("template", "<PIN> or <PIN>")]);
    let id = answer.started();
    let text = world.inbox.next(TO).text;
    let (first, second) = text.split_once(" or ").expect("the template's words");
    assert_eq!(first, second, "{text}");
    world.text_a.pin(&id, first, &[]).is("VERIFIED");
}

#[test]
fn case_176_legacy_profile_gives_4_digits() {
    let world = legacy_world();
    let id = world.start_number(TO);
    let pin = world.inbox.next(TO).pin_of(4);
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}

#[test]
fn case_177_standard_profile_gives_6_digits_whatever_is_asked() {
    for more in [&[][..], &[("pin_length", "4")]] {
        let (world, answer) = start_with(more);
        let id = answer.started();
        let pin = world.inbox.next(TO).pin_of(6);
        world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
    }
}

#[test]
fn case_178_pin_of_16_digits() {
    let (world, answer) = start_with(&[("pin_length", "16")]);
    let id = answer.started();
    let pin = world.inbox.next(TO).pin_of(16);
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}

#[test]
fn case_179_other_lengths_are_102() {
    for length in ["3", "17", "x", "0", "-6", "6.0", "+6"] {
        assert_refused(&[("pin_length", length)], "ERROR 102");
    }
}

#[test]
fn case_180_no_pin_begins_with_0() {
    const STARTS: usize = 1000;
    let config = "[limits]\naccount_sms_per_second = 1000000\naccount_sms_per_day = 1000000\n";
    let world = World::configured(config);
    let numbers: HashSet<_> = (0..STARTS).map(|n| format!("+37256{n:06}")).collect();
    for number in &numbers {
        world.start_number(number);
    }
    world.wait_until("all messages", |world| world.inbox.all().len() >= STARTS);
    let messages = world.messages();
    assert_eq!(messages.len(), STARTS);
    for message in messages {
        assert!(numbers.contains(&message.to), "{message:?}");
        // Insists on six digits of which the first is not 0.
        message.pin();
    }
}

#[test]
fn case_181_own_sender() {
    let (world, answer) = start_with(&[("from", "ExampleCo")]);
    answer.started();
    assert_eq!(world.inbox.next(TO).from, "ExampleCo");
}

#[test]
fn case_182_sender_of_nobody_is_111() {
    assert_refused(&[("from", "Unknown1")], "ERROR 111");
}

#[test]
fn case_183_default_sender() {
    let (world, answer) = start_with(&[]);
    answer.started();
    assert_eq!(world.inbox.next(TO).from, "Verigator");
}

/// A number whose messages show that repeats were looked at: what was due
/// before its own repeat came has been sent by then.
const CONTROL: &str = "+37255500444";

#[test]
fn case_184_the_pin_is_repeated_once_at_30_seconds() {
    let world = World::fresh();
    let base = world.clock.now();
    world.text_a.start(CONTROL, &[("max_tries", "3")]).started();
    let control = world.inbox.next(CONTROL).pin();
    world.clock.go_to(base, 10);
    let id = world.text_a.start(TO, &[("max_tries", "2"), ("retry_delay", "30")]).started();
    let started = world.clock.now();
    let pin = world.pin_of_u1();
    world.clock.go_to(base, 32);
    assert_eq!(world.inbox.next(CONTROL).pin(), control);
    assert_eq!(world.pins_sent_to_u1().len(), 1, "30 seconds have not passed");
    world.clock.go_to(started, 30);
    assert_eq!(world.pin_of_u1(), pin);
    // 60 s after the second message the control's third comes; ours has sent all.
    world.clock.go_to(started, 95);
    assert_eq!(world.inbox.next(CONTROL).pin(), control);
    assert_eq!(world.pins_sent_to_u1().len(), 2);
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}

/// Starts TO with these parameters, lets `meanwhile` happen, and insists that
/// no second message to TO has come when the repeat of a later start has.
#[track_caller]
fn assert_no_repeat(more: &Parameters<'_>, meanwhile: impl FnOnce(&World, &str)) {
    let world = World::fresh();
    let id = world.text_a.start(TO, more).started();
    meanwhile(&world, &id);
    world.start_number(CONTROL);
    let control = world.inbox.next(CONTROL).pin();
    world.clock.advance(45);
    assert_eq!(world.inbox.next(CONTROL).pin(), control);
    assert_eq!(world.pins_sent_to_u1().len(), 1);
}

#[test]
fn case_185_one_try_sends_one_message() {
    assert_no_repeat(&[("max_tries", "1")], |_, _| {});
}

#[test]
fn case_186_no_repeat_once_the_pin_was_entered() {
    assert_no_repeat(&[], |world, id| {
        world.clock.advance(10);
        let pin = world.pin_of_u1();
        world.text_a.pin(id, &pin, &[]).is("VERIFIED");
    });
}

#[test]
fn case_187_other_numbers_of_tries_are_102() {
    for tries in ["0", "-1", "abc"] {
        assert_refused(&[("max_tries", tries)], "ERROR 102");
    }
}

#[test]
fn case_188_delay_that_is_no_number_is_102() {
    assert_refused(&[("retry_delay", "abc")], "ERROR 102");
}

#[test]
fn case_189_legacy_profile_lets_a_pin_live_30_minutes() {
    let world = legacy_world();
    let base = world.clock.now();
    let id = world.text_a.start(TO, &[("validity", "1800")]).started();
    let pin = world.inbox.next(TO).pin_of(4);
    world.clock.go_to(base, 1799);
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}

#[test]
fn case_190_longer_validity_is_102() {
    assert_refused(&[("validity", "1801")], "ERROR 102");
}

#[test]
fn case_191_validity_0_counts_as_300() {
    for (seconds, line) in [(299, "VERIFIED"), (302, "EXPIRED")] {
        let world = World::fresh();
        let base = world.clock.now();
        let id = world.text_a.start(TO, &[("validity", "0")]).started();
        let started = world.clock.now();
        let pin = world.pin_of_u1();
        world.clock.go_to(if line == "VERIFIED" { base } else { started }, seconds);
        world.text_a.pin(&id, &pin, &[]).is(line);
    }
}

#[test]
fn case_192_validity_with_a_fraction_is_102() {
    assert_refused(&[("validity", "3.14")], "ERROR 102");
}

#[test]
fn case_193_unknown_parameters_are_ignored() {
    let (world, answer) = start_with(&[("text", "hello"), ("mclass", "1")]);
    answer.started();
    assert_documented_message(&world);
}

#[test]
fn case_194_blocked_number_is_108() {
    let world = World::prepared("", |folder| operator::block(folder, "acme-api", TO));
    world.text_a.start(TO, &[]).is("ERROR 108");
    assert_eq!(world.messages(), []);
    world.text_b.start(TO, &[]).started();
}

#[test]
fn case_195_refusing_route_is_209_and_the_next_start_is_possible() {
    let world = World::fresh();
    world.faults.gateway_refuses(true);
    world.text_a.start(TO, &[]).is("FAILED 209");
    world.faults.gateway_refuses(false);
    world.start_number(TO);
    assert_documented_message(&world);
}

/// The content type of a start with this `Accept`.
#[track_caller]
fn content_type(accept: Option<&str>) -> String {
    let world = World::fresh();
    let mut request = world.text_a.get_request("/verify/start", &[("to", TO)]);
    if let Some(accept) = accept {
        request = request.header("Accept", accept);
    }
    let answer = world.text_a.send(&request);
    answer.started();
    answer.header("content-type").expect("a content type").to_owned()
}

#[test]
fn case_196_plain_text_for_who_names_it() {
    assert_eq!(content_type(Some("text/plain")), PLAIN);
}

#[test]
fn case_197_html_for_everybody_else() {
    assert_eq!([Some("*/*"), None].map(content_type), [HTML, HTML]);
}

#[test]
fn case_198_second_start_after_5_seconds_sends_nothing() {
    let world = World::fresh();
    let id = world.start_number(TO);
    world.clock.advance(5);
    assert_eq!(world.start_number(TO), id);
    assert_documented_message(&world);
    let pin = world.pin_of_u1();
    world.text_a.pin(&id, &pin, &[]).is("VERIFIED");
}
