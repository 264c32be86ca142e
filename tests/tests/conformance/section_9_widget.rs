//! Section 9: widget.

use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::{Request, Response};
use ringproof_blackbox::operator;
use ringproof_blackbox::widget::{Form, Page, Pairs, Visitor, encoded, sign_1, sign_2};
use ringproof_blackbox::world::{World, new_account, wrong_pin};

const USER: &str = "demouser01";
const SECRET: &str = "demo-pass-9f3a";
const CALLBACK: &str = "https://shop.example/verify/back";
const PHONE: &str = "+37255500123";
/// The host on which the widget stands at `/`.
const HOST: &str = "verify.example";

const SIG: &str = "9bfee034cbbc248e492b8dee3518afff";
const SIG_WITH_PHONE: &str = "bf98e792cec33c5c2a950d6671b57f73";

fn prepare(folder: &Folder) {
    new_account(folder, USER, &["--compat", "--countries", "all", "--home-country", "EE"]);
    operator::set(folder, USER, &["--number-profile", "standard"]);
    let settings = ["--secret-file", "-", "--target", "https://shop.example/verify"];
    let args = [&["account", "widget", USER][..], &settings].concat();
    let _ = cli::run_with_input(folder, &args, &format!("{SECRET}\n")).succeeded();
}

/// A world whose widget has a host of its own.
#[track_caller]
fn world() -> World {
    World::prepared(&format!("[widget]\nhost = \"{HOST}\"\n"), prepare)
}

fn visitor(world: &World) -> Visitor {
    Visitor::of(world.server.address()).on(HOST)
}

/// The parameters of version 1, without a signature.
const PLAIN: Pairs<'static> = &[("user", USER), ("version", "1"), ("callback_url", CALLBACK)];

/// Some parameters and more.
fn with<'a>(pairs: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [pairs, more].concat()
}

/// Signs parameters of version 1, and sends a browser with them.
#[track_caller]
fn enter_signed(world: &World, pairs: Pairs<'_>) -> Page {
    let sig = sign_1(SECRET, "pass", pairs);
    visitor(world).enter("/", &with(pairs, &[("sig", &sig)]))
}

/// Enters with the example that has a phone.
#[track_caller]
fn entered(world: &World) -> (Visitor, Page) {
    let mut visitor = visitor(world);
    let pairs = with(PLAIN, &[("phone", PHONE), ("sig", SIG_WITH_PHONE)]);
    let page = visitor.enter("/", &pairs);
    assert_eq!(page.status(), 200, "{}", page.text());
    (visitor, page)
}

#[track_caller]
fn assert_is(answer: &Form, expected: Pairs<'_>) {
    assert_eq!(answer.action, CALLBACK);
    let mut fields: Vec<(&str, &str)> =
        answer.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut expected = expected.to_vec();
    fields.sort_unstable();
    expected.sort_unstable();
    assert_eq!(fields, expected);
}

/// A refusal is a page that leads nowhere.
#[track_caller]
fn assert_refused(page: &Page, status: u16) {
    let Response { status: seen, .. } = page.response;
    assert_eq!(seen, status, "{}", page.text());
    let kind = page.response.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/html"), "{kind}");
    for name in ["location", "refresh", "set-cookie", "link"] {
        assert_eq!(page.response.header(name), None, "{name}");
    }
    let text = page.text();
    assert!(page.forms().is_empty() && !text.contains("<a "), "{text}");
    for part in ["shop.example", "evil.example", "javascript:", "http-equiv"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
}

/// The page after the right code for the number that is asked for.
#[track_caller]
fn verified(world: &World, visitor: &mut Visitor, page: &Page, phone: &str) -> Page {
    let page = visitor.ask(page, phone);
    let pin = world.inbox.next(phone).pin();
    visitor.code(&page, &pin)
}

#[test]
fn case_218_signed_request_without_phone_has_an_empty_field() {
    let world = world();
    let page = visitor(&world).enter("/", &with(PLAIN, &[("sig", SIG)]));
    assert_eq!(page.status(), 200, "{}", page.text());
    assert_eq!(page.form("number").value("phone"), "");
}

#[test]
fn case_219_phone_of_the_request_is_in_the_field() {
    let (_, page) = entered(&world());
    assert_eq!(page.form("number").value("phone"), PHONE);
}

#[test]
fn case_220_posted_form_gives_the_same_page() {
    let world = world();
    let pairs = with(PLAIN, &[("phone", PHONE), ("sig", SIG_WITH_PHONE)]);
    let urlencoded = Request::new("POST", "/")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(encoded(&pairs));
    let mut parts = String::new();
    for (name, value) in &pairs {
        parts.push_str("--b\r\nContent-Disposition: form-data; name=\"");
        parts.extend([name, "\"\r\n\r\n", value, "\r\n"]);
    }
    let multipart = Request::new("POST", "/widget/")
        .header("Content-Type", "multipart/form-data; boundary=b")
        .body(parts + "--b--\r\n");
    for request in [urlencoded, multipart] {
        let page = visitor(&world).go(request);
        assert_eq!(page.status(), 200, "{}", page.text());
        assert_eq!(page.form("number").value("phone"), PHONE);
    }
}

#[test]
fn case_221_signature_in_capitals_is_accepted() {
    let world = world();
    let page = visitor(&world).enter("/", &with(PLAIN, &[("sig", &SIG.to_uppercase())]));
    assert_eq!(page.form("number").value("phone"), "");
}

#[test]
fn case_222_secret_under_password_is_accepted_and_answered_in_kind() {
    let world = world();
    let mut visitor = visitor(&world);
    let sig = "5b379af4d67c7505db2aaffd6f1f30eb";
    let page = visitor.enter("/", &with(PLAIN, &[("phone", PHONE), ("sig", sig)]));
    let answer = verified(&world, &mut visitor, &page, PHONE).answer();
    assert_eq!(answer.value("sig"), "dd75386716368578f7d84faae0570c2c");
}

#[test]
fn case_223_one_wrong_digit_is_403() {
    let world = world();
    for at in [0, 15, 31] {
        let mut sig = SIG.to_owned();
        let other = if &sig[at..=at] == "0" { "1" } else { "0" };
        sig.replace_range(at..=at, other);
        assert_refused(&visitor(&world).enter("/", &with(PLAIN, &[("sig", &sig)])), 403);
    }
}

#[test]
fn case_224_signature_of_31_digits_is_403() {
    let world = world();
    assert_refused(&visitor(&world).enter("/", &with(PLAIN, &[("sig", &SIG[..31])])), 403);
}

#[test]
fn case_225_no_signature_and_unknown_user_are_the_same_403() {
    let world = world();
    let unsigned = visitor(&world).enter("/", PLAIN);
    assert_refused(&unsigned, 403);
    for pairs in [
        with(PLAIN, &[("sig", "")]),
        with(PLAIN, &[("sig", &"0".repeat(32))]),
        vec![("user", "nobody"), ("version", "1"), ("callback_url", CALLBACK), ("sig", SIG)],
        vec![("version", "1"), ("callback_url", CALLBACK), ("sig", SIG)],
        // An account without a widget.
        vec![("user", "acme-api"), ("version", "1"), ("callback_url", CALLBACK), ("sig", SIG)],
    ] {
        let page = visitor(&world).enter("/", &pairs);
        assert_refused(&page, 403);
        assert_eq!(page.text(), unsigned.text());
    }
}

#[test]
fn case_226_version_3_is_400() {
    let world = world();
    for version in ["3", "0", "", "01"] {
        let pairs = [("user", USER), ("version", version), ("callback_url", CALLBACK)];
        assert_refused(&enter_signed(&world, &pairs), 400);
    }
    assert_refused(&enter_signed(&world, &[("user", USER), ("callback_url", CALLBACK)]), 400);
}

#[test]
fn case_227_no_callback_is_refused() {
    let world = world();
    assert_refused(&enter_signed(&world, &[("user", USER), ("version", "1")]), 400);
}

#[test]
fn case_228_callback_that_is_no_web_address_is_400() {
    let world = world();
    for callback in ["javascript:alert(1)", "", "/verify/back", "shop.example/verify/back"] {
        let pairs = [("user", USER), ("version", "1"), ("callback_url", callback)];
        assert_refused(&enter_signed(&world, &pairs), 400);
    }
}

#[test]
fn case_229_origin_that_is_not_registered_is_403() {
    let world = world();
    for callback in ["https://evil.example/verify/back", "https://shop.example/other"] {
        let pairs = [("user", USER), ("version", "1"), ("callback_url", callback)];
        assert_refused(&enter_signed(&world, &pairs), 403);
    }
}

#[test]
fn case_230_parameter_that_leaves_the_signed_text_as_it_is_is_400() {
    let world = world();
    let honest = "https://shop.example/verify/back?n=callback_urlhttps://shop.example/verify/x";
    let sig = sign_1(SECRET, "pass", &[("user", USER), ("version", "1"), ("callback_url", honest)]);
    let forged = [
        ("callback_u", "rlhttps://shop.example/verify/back?n="),
        ("callback_url", "https://shop.example/verify/x"),
        ("user", USER),
        ("version", "1"),
    ];
    assert_eq!(sign_1(SECRET, "pass", &forged), sig, "the texts are the same");
    assert_refused(&visitor(&world).enter("/", &with(&forged, &[("sig", &sig)])), 400);
}

#[test]
fn case_231_right_pin_brings_the_signed_answer() {
    let world = world();
    let (mut visitor, page) = entered(&world);
    let page = verified(&world, &mut visitor, &page, PHONE);
    assert_eq!(page.status(), 200);
    assert_is(
        &page.answer(),
        &[
            ("user", USER),
            ("version", "1"),
            ("status", "VERIFIED"),
            ("phone", PHONE),
            ("sig", "3d8c81b8161197ff1ad097f01b3a0561"),
        ],
    );
}

#[test]
fn case_232_cancel_with_phone_tells_it() {
    let world = world();
    let (mut visitor, page) = entered(&world);
    let page = visitor.submit(&page.form("cancel"), &[]);
    let sig = "26f4a7bf41132c23aabe06cd1a6ebe2c";
    assert_is(
        &page.answer(),
        &[
            ("user", USER),
            ("version", "1"),
            ("status", "CANCELLED"),
            ("phone", PHONE),
            ("sig", sig),
        ],
    );
}

#[test]
fn case_233_cancel_without_phone_has_no_phone() {
    let world = world();
    let mut visitor = visitor(&world);
    let page = visitor.enter("/", &with(PLAIN, &[("sig", SIG)]));
    let page = visitor.submit(&page.form("cancel"), &[]);
    let sig = "97aa25055c6bc5520d04c0addb3446e9";
    let answer = [("user", USER), ("version", "1"), ("status", "CANCELLED"), ("sig", sig)];
    assert_is(&page.answer(), &answer);
}

#[test]
fn case_234_number_that_was_changed_on_the_page_is_the_one_answered() {
    let world = world();
    let (mut visitor, page) = entered(&world);
    let other = "+37255500199";
    // Changed before a message, and after one.
    let page = visitor.ask(&page, PHONE);
    let page = visitor.submit(&page.form("change"), &[]);
    let answer = verified(&world, &mut visitor, &page, other).answer();
    let signed = [("user", USER), ("version", "1"), ("status", "VERIFIED"), ("phone", other)];
    let sig = sign_1(SECRET, "pass", &signed);
    assert_is(&answer, &with(&signed, &[("sig", &sig)]));
}

#[test]
fn case_235_3_rounds_of_failure_are_cancelled() {
    let world = world();
    let (mut visitor, mut page) = entered(&world);
    for _ in 0..2 {
        page = visitor.ask(&page, PHONE);
        assert!(page.try_form("code").is_some(), "{}", page.text());
        world.clock.advance(301);
        page = visitor.see(&page.path);
        assert!(page.try_form("number").is_some(), "the round is over: {}", page.text());
    }
    let _ = world.messages();
    page = visitor.ask(&page, PHONE);
    let pin = world.messages().last().expect("a message").pin();
    for n in 1..=5 {
        page = visitor.code(&page, &wrong_pin(&pin, n));
    }
    assert_eq!(page.answer().value("status"), "CANCELLED");
}

#[test]
fn case_236_phone_that_smuggles_a_status_is_no_phone() {
    let world = world();
    let smuggled = "+37255500199statusVERIFIED";
    let pairs = with(PLAIN, &[("phone", smuggled)]);
    let sig = sign_1(SECRET, "pass", &pairs);
    assert_eq!(sig, "473a81f1045d45cca8fabba2c6d938d6");
    let mut visitor = visitor(&world);
    let page = visitor.enter("/", &with(&pairs, &[("sig", &sig)]));
    assert_eq!(page.form("number").value("phone"), "");
    let page = visitor.submit(&page.form("cancel"), &[]);
    assert!(!page.text().contains("statusVERIFIED"), "{}", page.text());
    let sig = "97aa25055c6bc5520d04c0addb3446e9";
    let answer = [("user", USER), ("version", "1"), ("status", "CANCELLED"), ("sig", sig)];
    assert_is(&page.answer(), &answer);
}

#[test]
fn case_237_checker_of_the_java_sdk_accepts_the_answer() {
    let world = world();
    let (mut visitor, page) = entered(&world);
    let answer = verified(&world, &mut visitor, &page, PHONE).answer();
    // It signs these of what it received, and ignores every other field.
    let known = ["user", "phone", "version", "callback_url", "status"];
    let received: Vec<(&str, &str)> = answer
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| known.contains(name))
        .collect();
    assert_eq!(sign_1(SECRET, "pass", &received), answer.value("sig"));
    assert_ne!(sign_1("another", "pass", &received), answer.value("sig"));
}

/// The request of version 2 in `verification-widget.md` 7.
const VERSION_2: Pairs<'static> = &[
    ("callback_url", CALLBACK),
    ("exp", "1767226500"),
    ("nonce", "4f1d2c7b9a60e835"),
    ("phone", PHONE),
    ("user", USER),
    ("version", "2"),
    ("sig", "0c15079a720dfcada5921cdbb166b9f623564e8911d3ce073a667d28837724ab"),
];

#[track_caller]
fn set_seconds_before_expiry(world: &World, seconds: i64) {
    world.clock.go_to("2026-01-01T00:15:00Z".parse().expect("a time"), -seconds);
}

#[test]
fn case_238_version_2_before_its_expiry_is_accepted_and_answered() {
    let world = world();
    set_seconds_before_expiry(&world, 600);
    let mut visitor = visitor(&world);
    let page = visitor.enter("/", VERSION_2);
    assert_eq!(page.form("number").value("phone"), PHONE);
    let answer = verified(&world, &mut visitor, &page, PHONE).answer();
    let signed: Vec<(&str, &str)> = answer
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != "sig")
        .collect();
    let mut names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(names, ["exp", "nonce", "phone", "status", "user", "version", "vid"]);
    assert_eq!(sign_2(SECRET, "response", &signed), answer.value("sig"));
    assert_eq!(answer.value("nonce"), "4f1d2c7b9a60e835");
}

#[test]
fn case_239_version_2_again_or_after_its_expiry_is_refused() {
    let world = world();
    set_seconds_before_expiry(&world, 600);
    assert_eq!(visitor(&world).enter("/", VERSION_2).status(), 200);
    assert_refused(&visitor(&world).enter("/", VERSION_2), 409);
    set_seconds_before_expiry(&world, 0);
    assert_refused(&visitor(&world).enter("/", VERSION_2), 403);
    // Long before it, too: nobody prepares requests for later.
    set_seconds_before_expiry(&world, 3_700);
    assert_refused(&visitor(&world).enter("/", VERSION_2), 400);
}
