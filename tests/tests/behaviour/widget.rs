//! The verification widget beyond its numbered cases: whose session it is (S-79),
//! who pays for messages (S-80), where browsers are sent (S-78), and that an answer
//! counts once (S-77).

use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::{Client, Request};
use ringproof_blackbox::widget::{Form, Page, Visitor, encoded, post, sign_1, sign_2};
use ringproof_blackbox::world::{World, new_account};
use serde_json::{Value, json};

pub(crate) const USER: &str = "site-api";
pub(crate) const SECRET: &str = "a secret of the site's own";
pub(super) const CALLBACK: &str = "https://shop.example/verify/back?once=77";
pub(crate) const NUMBER: &str = "+37255500661";

/// An account with a widget, and more settings of it.
pub(crate) fn site(folder: &Folder, settings: &[&str]) -> String {
    site_of(folder, USER, settings)
}

pub(super) fn site_of(folder: &Folder, user: &str, settings: &[&str]) -> String {
    let credentials =
        new_account(folder, user, &["--compat", "--countries", "all", "--home-country", "EE"]);
    let target = ["--secret-file", "-", "--target", "https://shop.example/verify/"];
    let args = [&["account", "widget", user][..], &target, settings].concat();
    let _ = cli::run_with_input(folder, &args, &format!("{SECRET}\n")).succeeded();
    let profile = ["account", "set", user, "--number-profile", "standard"];
    let _ = cli::run(folder, &profile).succeeded();
    credentials
}

#[track_caller]
pub(super) fn world(config: &str, settings: &[&str]) -> World {
    World::prepared(config, |folder| drop(site(folder, settings)))
}

/// The signed request of version 1.
pub(super) fn request(callback: &str) -> Vec<(&str, String)> {
    request_of(USER, callback)
}

pub(super) fn request_of<'a>(user: &'a str, callback: &'a str) -> Vec<(&'a str, String)> {
    let pairs = [("user", user), ("version", "1"), ("callback_url", callback)];
    let sig = sign_1(SECRET, "pass", &pairs);
    let mut pairs: Vec<(&str, String)> =
        pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    pairs.push(("sig", sig));
    pairs
}

/// A browser follows a site's link.
#[track_caller]
pub(crate) fn enter(visitor: &mut Visitor) -> Page {
    enter_for(visitor, CALLBACK)
}

#[track_caller]
pub(super) fn enter_for(visitor: &mut Visitor, callback: &str) -> Page {
    enter_with(visitor, &request(callback))
}

#[track_caller]
pub(super) fn enter_with(visitor: &mut Visitor, pairs: &[(&str, String)]) -> Page {
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    visitor.enter("/widget/", &pairs)
}

pub(super) fn visitor(world: &World) -> Visitor {
    Visitor::of(world.server.address())
}

/// Asks for a message as a browser without scripts does.
#[track_caller]
pub(super) fn ask_without_work(visitor: &mut Visitor, page: &Page, number: &str) -> Page {
    visitor.submit(&page.form("number"), &[("country", "EE"), ("phone", number)])
}

pub(super) fn is_at_code(page: &Page) -> bool {
    page.try_form("code").is_some()
}

#[test]
fn session_is_for_the_browser_that_began_it() {
    let world = world("", &[]);
    let (mut own, mut other) = (visitor(&world), visitor(&world));
    let page = enter(&mut own);
    let others = enter(&mut other);
    assert!(own.see(&page.path).try_form("number").is_some());
    // Without a cookie, with that of another session, and with its value under the right name.
    let (name, _) = own.cookies[0].clone();
    let foreign = other.cookies[0].1.clone();
    for cookies in [vec![], other.cookies.clone(), vec![(name, foreign)]] {
        let mut thief = Visitor { cookies, ..visitor(&world) };
        let seen = thief.see(&page.path);
        assert!(seen.forms().is_empty() && seen.status() != 200, "{}", seen.text());
        let stolen = thief.go(post(&page.form("number"), &[("phone", NUMBER)]));
        assert!(stolen.forms().is_empty() && stolen.status() >= 400, "{}", stolen.text());
    }
    assert!(other.see(&others.path).try_form("number").is_some());
    assert_eq!(world.messages(), []);
}

#[test]
fn cookie_that_was_planted_before_is_worth_nothing() {
    let world = world("", &[]);
    let mut attacker = visitor(&world);
    let page = enter(&mut attacker);
    let planted = attacker.cookies.clone();
    let mut victim = Visitor { cookies: planted.clone(), ..visitor(&world) };
    let own = enter(&mut victim);
    assert_ne!(own.path, page.path, "a session of its own");
    assert_eq!(victim.cookies.len(), 2, "with a cookie of its own");
    let (_, value) = victim.cookies[1].clone();
    assert_ne!(value, planted[0].1);
    let forged =
        Visitor { cookies: vec![(victim.cookies[1].0.clone(), planted[0].1.clone())], ..attacker };
    assert!(forged.clone().see(&own.path).forms().is_empty());
}

#[test]
fn cookies_are_locked_to_the_page() {
    let world = world(
        "[server]\ntrusted_proxies = [\"127.0.0.1/32\"]\n",
        &["--frame-origin=https://shop.example"],
    );
    let cookie = |visitor: Visitor| {
        let mut visitor = visitor;
        let pairs = request(CALLBACK);
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let response = visitor.send(Request::new("GET", &format!("/widget?{}", encoded(&pairs))));
        assert_eq!(response.status, 303);
        response.header("set-cookie").expect("a cookie").to_owned()
    };
    let plain = cookie(visitor(&world));
    assert!(
        plain.starts_with("ringproof-")
            && plain.ends_with("; Path=/widget; HttpOnly; SameSite=Lax"),
        "{plain}"
    );
    let proxied =
        || visitor(&world).with("X-Forwarded-For", "192.0.2.7").with("X-Forwarded-Proto", "https");
    let secure = cookie(proxied());
    assert!(secure.starts_with("__Host-ringproof-"), "{secure}");
    assert!(secure.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{secure}");
    let framed = cookie(proxied().with("Sec-Fetch-Dest", "iframe"));
    assert!(framed.ends_with("; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"), "{framed}");
    // From another machine the page wants a private connection.
    let refused = enter(&mut visitor(&world).with("X-Forwarded-For", "192.0.2.7"));
    assert_eq!(refused.status(), 403, "{}", refused.text());
}

#[test]
fn posts_from_elsewhere_change_nothing() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let mut stranger = visitor.clone();
    let others = enter(&mut stranger);
    let form = page.form("number");
    for site in ["cross-site", "same-site", "none", ""] {
        let request = post(&form, &[("phone", NUMBER)]).without("sec-fetch-site");
        let answer = visitor.send(request.header("Sec-Fetch-Site", site));
        assert_eq!(answer.status, 403, "{site}");
    }
    for token in ["", "0", &"0".repeat(32), others.form("number").value("token")] {
        for act in ["number", "cancel"] {
            let request = post(&page.form(act), &[("token", token), ("phone", NUMBER)]);
            assert_eq!(visitor.send(request).status, 403, "{act} {token}");
        }
    }
    let bare = Form { action: form.action.clone(), fields: Vec::new() };
    assert_eq!(visitor.send(post(&bare, &[("phone", NUMBER)])).status, 403);
    assert!(visitor.see(&page.path).try_form("number").is_some());
    assert_eq!(world.messages(), []);
    // A browser that says nothing of where a form came from still has the token.
    let silent = post(&form, &[("country", "EE"), ("phone", NUMBER)]).without("sec-fetch-site");
    assert!(is_at_code(&visitor.go(silent)));
}

#[test]
fn two_tabs_do_not_disturb_each_other() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let (one, other) = (enter(&mut visitor), enter(&mut visitor));
    let (one, other) = (visitor.ask(&one, NUMBER), visitor.ask(&other, "+37255500662"));
    let pins = [NUMBER, "+37255500662"].map(|number| world.inbox.next(number).pin());
    for (page, pin, number) in [(&other, &pins[1], "+37255500662"), (&one, &pins[0], NUMBER)] {
        let answer = visitor.code(page, pin).answer();
        assert_eq!((answer.value("status"), answer.value("phone")), ("VERIFIED", number));
    }
}

#[test]
fn end_is_counted_once_however_often_it_is_asked_for() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let form = page.form("cancel");
    let answers = std::thread::scope(|scope| {
        let cancel = || {
            let mut visitor = visitor.clone();
            visitor.go(post(&form, &[])).answer().value("status").to_owned()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(cancel)).collect();
        threads.into_iter().map(|t| t.join().expect("an answer")).collect::<Vec<_>>()
    });
    assert_eq!(answers, ["CANCELLED"; 8], "all see the one answer");
    let counted = world.labelled_metric("ringproof_widget_total", "cancelled");
    assert!((counted - 1.0).abs() < 0.5, "{counted}");
}

#[test]
fn back_button_and_reload_of_the_answer_show_a_button() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let page = visitor.ask(&page, NUMBER);
    let pin = world.inbox.next(NUMBER).pin();
    let first = visitor.code(&page, &pin).answer();
    // Back to the code, which is entered again; or a reload.
    for page in [visitor.code(&page, &pin), visitor.see(&page.path)] {
        let again = page.answer();
        assert_eq!((&again.action, &again.fields), (&first.action, &first.fields));
    }
    assert_eq!(first.action, CALLBACK);
    world.clock.advance(301);
    assert!(visitor.see(&page.path).forms().is_empty(), "an answer is fresh for 300 s");
}

#[test]
fn code_that_is_too_short_costs_no_try_and_a_wrong_one_stays_on_the_page() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let page = visitor.ask(&page, NUMBER);
    let pin = world.inbox.next(NUMBER).pin();
    for slip in ["", "12345", "1234567", "12345a", "one"] {
        for _ in 0..2 {
            assert!(is_at_code(&visitor.code(&page, slip)), "{slip}");
        }
    }
    assert!(world.metric("ringproof_code_comparisons_total") < 0.5);
    let wrong = ringproof_blackbox::world::wrong_pin(&pin, 1);
    assert!(is_at_code(&visitor.code(&page, &wrong)));
    let blanks = format!(" {}-{} ", &pin[..3], &pin[3..]);
    assert_eq!(visitor.code(&page, &blanks).answer().value("status"), "VERIFIED");
}

#[test]
fn what_is_no_number_is_shown_again() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let typed = format!("5550<\"&{}", "x".repeat(60));
    let page = visitor.submit(&page.form("number"), &[("country", "EE"), ("phone", &typed)]);
    assert_eq!(page.form("number").value("phone"), &typed[..32]);
    // A number of the chosen country, as it is dialled there.
    let page =
        visitor.submit(&page.form("number"), &[("country", "GB"), ("phone", "07700 900123")]);
    assert!(is_at_code(&page), "{}", page.text());
    world.inbox.next("+447700900123").pin();
}

#[test]
fn page_is_in_frames_of_listed_sites_only() {
    let listed = world("", &["--frame-origin=https://shop.example"]);
    let page = enter(&mut visitor(&listed).with("Sec-Fetch-Dest", "iframe"));
    assert_eq!(page.status(), 200, "{}", page.text());
    let policy = page.response.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("frame-ancestors https://shop.example;")
            || policy.ends_with("frame-ancestors https://shop.example"),
        "{policy}"
    );
    let page = enter(&mut visitor(&listed));
    let policy = page.response.header("content-security-policy").expect("a policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");

    let unlisted = world("", &["--frame-origin=https://other.example"]);
    let page = enter(&mut visitor(&unlisted).with("Sec-Fetch-Dest", "iframe"));
    assert_eq!(page.status(), 403);
    assert!(page.response.header("set-cookie").is_none() && page.forms().is_empty());
}

#[test]
fn number_that_is_locked_is_the_one_that_is_verified() {
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let exp = (world.clock.now().as_second() + 300).to_string();
    let pairs = [
        ("user", USER),
        ("version", "2"),
        ("callback_url", CALLBACK),
        ("phone", NUMBER),
        ("phone_lock", "1"),
        ("nonce", "b1946ac92492d2347c6235"),
        ("exp", &exp),
    ];
    let sig = sign_2(SECRET, "request", &pairs);
    let page = visitor.enter("/widget", &[&pairs[..], &[("sig", &sig)]].concat());
    let page = visitor.ask(&page, "+37255500699");
    assert!(page.try_form("change").is_none());
    let pin = world.inbox.next(NUMBER).pin();
    // A page that was made up has the form all the same.
    let form = page.form("code");
    let made_up = Form { action: form.action.replace("/code", "/change"), ..form };
    assert!(is_at_code(&visitor.submit(&made_up, &[])));
    assert_eq!(visitor.code(&page, &pin).answer().value("phone"), NUMBER);
    assert!(world.messages().iter().all(|message| message.to == NUMBER));
}

#[test]
fn nonce_that_is_signed_again_after_its_time_is_still_used() {
    const NONCE: &str = "c2946ac92492d2347c6235";
    let world = world("", &[]);
    let mut visitor = visitor(&world);
    let mut enter = |seconds: i64, nonce: &str| {
        let exp = (world.clock.now().as_second() + seconds).to_string();
        let pairs = [
            ("user", USER),
            ("version", "2"),
            ("callback_url", CALLBACK),
            ("nonce", nonce),
            ("exp", &exp),
        ];
        let sig = sign_2(SECRET, "request", &pairs);
        visitor.enter("/widget", &[&pairs[..], &[("sig", &sig)]].concat()).status()
    };
    assert_eq!(enter(60, NONCE), 200);
    for _ in 0..3 {
        world.clock.advance(1_200);
        assert_eq!(enter(60, NONCE), 409);
    }
    assert_eq!(enter(60, "d3946ac92492d2347c6235"), 200);
}

#[test]
fn look_ahead_does_not_use_up_a_request() {
    let world = world("", &[]);
    let response = visitor(&world).send(Request::new("HEAD", "/widget?user=x"));
    assert_eq!((response.status, response.header("allow")), (405, Some("GET, POST")));
}

#[test]
fn version_1_is_taken_as_long_as_the_account_allows_it() {
    let off = world("", &["--version1=off"]);
    let page = enter(&mut visitor(&off));
    assert_eq!(page.status(), 400, "{}", page.text());
    let until = world("", &["--version1=until=2100-01-01"]);
    assert_eq!(enter(&mut visitor(&until)).status(), 200);
    until.clock.go_to("2100-01-01T00:00:00Z".parse().expect("a time"), 0);
    assert_eq!(enter(&mut visitor(&until)).status(), 400);
}

#[test]
fn second_signature_covers_the_callback_as_the_site_wrote_it() {
    let world = world("", &["--sig2=on"]);
    // The parser of addresses would write the others differently.
    for callback in [
        CALLBACK,
        "https://shop.example/verify/back?name=O'Neil&city=Jõgeva",
        "HTTPS://Shop.Example:443/verify/./back",
    ] {
        let mut visitor = visitor(&world);
        let page = enter_for(&mut visitor, callback);
        let answer = visitor.submit(&page.form("cancel"), &[]).answer();
        let covered =
            [("callback_url", callback), ("status", "CANCELLED"), ("user", USER), ("version", "1")];
        assert_eq!(answer.value("sig2"), sign_2(SECRET, "response", &covered), "{callback}");
    }
}

#[test]
fn last_line_ties_the_code_to_the_host() {
    let world = world(
        "[widget]\nhost = \"verify.example\"\n",
        &["--origin-bound=on", "--frame-origin=https://shop.example"],
    );
    for (number, headers, ends) in [
        ("+37255500651", None, ""),
        ("+37255500652", Some(("Sec-Fetch-Dest", "iframe")), " @verify.example"),
    ] {
        let mut visitor = visitor(&world);
        if let Some((name, value)) = headers {
            visitor = visitor.with(name, value);
        }
        let page = enter(&mut visitor);
        visitor.ask(&page, number);
        let text = world.inbox.next(number).text;
        let (above, last) = text.rsplit_once('\n').expect("two lines");
        let pin = above.rsplit(' ').next().expect("a code");
        let host = if ends.is_empty() { "verify.example" } else { "shop.example" };
        assert_eq!(last, format!("@{host} #{pin}{ends}"));
    }
}

#[test]
fn answer_is_confirmed_once_to_its_own_account() {
    let mut credentials = String::new();
    let world = World::prepared("", |folder| credentials = site(folder, &[]));
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let vid = page.path.rsplit('/').next().expect("an id").to_owned();
    let confirm = |credentials: &str, vid: &str| {
        let request = Request::new("POST", "/v1/widget/confirm")
            .header("X-Service-Auth", credentials)
            .header("Content-Type", "application/json")
            .body(json!({ "vid": vid }).to_string());
        let response = Client::new(world.server.address()).send(&request).expect("an answer");
        let body: Value = serde_json::from_slice(&response.body).expect("JSON");
        (response.status, body)
    };
    assert_eq!(confirm(&credentials, &vid).0, 404, "there is no answer yet");
    let page = visitor.ask(&page, NUMBER);
    let pin = world.inbox.next(NUMBER).pin();
    let _ = visitor.code(&page, &pin).answer();
    assert_eq!(confirm("site-api:wrong", &vid).0, 401);
    let (status, foreign) = confirm("acme-api:s3cr3t:pw", &vid);
    let (_, missing) = confirm("acme-api:s3cr3t:pw", &"0".repeat(32));
    assert_eq!((status, &foreign), (404, &missing), "foreign is missing");
    for wrong in ["", "x", &vid.to_uppercase()] {
        assert_eq!(confirm(&credentials, wrong).0, 404, "{wrong}");
    }
    let (status, answer) = confirm(&credentials, &vid);
    assert_eq!(status, 200, "{answer}");
    for (name, value) in [
        ("vid", vid.as_str()),
        ("status", "VERIFIED"),
        ("phone", NUMBER),
        ("user", USER),
        ("callback_url", CALLBACK),
    ] {
        assert_eq!(answer[name], value, "{name}");
    }
    assert_eq!(answer["nonce"], Value::Null);
    let (status, again) = confirm(&credentials, &vid);
    assert_eq!((status, again["message"].is_string()), (409, true));
    world.clock.advance(301);
    assert_eq!(confirm(&credentials, &vid).0, 404, "too late");
}

/// Undoes the escapes of the corpus.
fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        if let Some(after) = escape.strip_prefix('\\') {
            text.push('\\');
            rest = after;
        } else if let Some(after) = escape.strip_prefix('e') {
            rest = after;
        } else {
            let (digits, after) =
                escape.strip_prefix("u{").and_then(|e| e.split_once('}')).expect("\\u{…}");
            let number = u32::from_str_radix(digits, 16).expect("hex");
            text.push(char::from_u32(number).expect("a character"));
            rest = after;
        }
    }
    text + rest
}

#[test]
fn no_spelling_of_another_place_is_ever_gone_to() {
    const SPELLINGS: &str =
        include_str!("../../../crates/verify/tests/it/widget_wire/open_redirects.txt");
    let local = [
        "--target=http://127.0.0.1:*/",
        "--target=http://[::1]:*/",
        "--target=http://localhost:*/",
    ];
    let world = world("", &local);
    let mut visitor = visitor(&world);
    let spellings: Vec<&str> =
        SPELLINGS.lines().filter(|line| !line.starts_with([';', '#'])).collect();
    assert!(spellings.len() >= 300, "{}", spellings.len());
    for (index, line) in spellings.iter().enumerate() {
        if index % 50 == 0 {
            world.clock.advance(601);
        }
        let callback = unescaped(line);
        let pairs = request(&callback);
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = Request::new("POST", "/widget")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(encoded(&pairs));
        let response = visitor.send(request);
        assert!(matches!(response.status, 400 | 403), "{line}: {}", response.status);
        for name in ["location", "refresh", "set-cookie", "link"] {
            assert_eq!(response.header(name), None, "{line}");
        }
        let text = response.text();
        assert!(!text.contains("evil.example") && !text.contains("<form"), "{line}: {text}");
    }
}
