//! The widget's pages in the search for leaks: a signed address is a key to the page,
//! and numbers, codes and cookies go through it.

use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::{Client, Request};
use ringproof_blackbox::inbox::Inbox;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::widget::{Visitor, encoded, post, sign_1, sign_2};
use ringproof_blackbox::world::new_account;

use crate::needles::Needles;
use crate::{CONFIG, TYPED};

const SECRET: &str = "Canary-widget-secret-2f77";
const ONCE: &str = "Canary-one-time-value-8ac1";
const NONCE: &str = "Canary-nonce-5d0e61b7c3f9a2";
const NUMBER: &str = "+37255507799";
const OTHER: &str = "+37255507788";

#[test]
fn neither_logs_nor_metrics_tell_what_goes_through_the_widget() {
    let folder = Folder::with_config(CONFIG);
    let settings = ["--compat", "--countries", "all", "--home-country", "EE"];
    new_account(&folder, "widget-api", &settings);
    let target = ["--secret-file", "-", "--target", "https://shop.example/verify/"];
    let args = [&["account", "widget", "widget-api"][..], &target].concat();
    let _ = cli::run_with_input(&folder, &args, SECRET).succeeded();
    let mut server = Server::start(ServerOptions::dev(folder));
    let mut visitor = Visitor::of(server.address());

    let callback = format!("https://shop.example/verify/back?once={ONCE}");
    let pairs = [
        ("user", "widget-api"),
        ("version", "1"),
        ("callback_url", callback.as_str()),
        ("phone", NUMBER),
    ];
    let sig = sign_1(SECRET, "pass", &pairs);
    let signed = [&pairs[..], &[("sig", &sig)]].concat();
    // Refused: signed by nobody, and with a parameter too many.
    let forged = [&pairs[..], &[("sig", TYPED)]].concat();
    assert_eq!(visitor.enter("/widget", &forged).status(), 403);
    let twice = [&signed[..], &[("phone", OTHER)]].concat();
    assert_eq!(visitor.enter("/widget", &twice).status(), 403);
    // Version 2: refused with a parameter too many, which is signed as well; refused
    // when its nonce comes again; and given up.
    let exp = (jiff::Timestamp::now().as_second() + 600).to_string();
    let pairs_2 = [
        ("user", "widget-api"),
        ("version", "2"),
        ("callback_url", callback.as_str()),
        ("phone", NUMBER),
        ("nonce", NONCE),
        ("exp", &exp),
    ];
    let too_many = [&pairs_2[..], &[("note", TYPED)]].concat();
    let sig_too_many = sign_2(SECRET, "request", &too_many);
    let too_many = [&too_many[..], &[("sig", &sig_too_many)]].concat();
    assert_eq!(visitor.enter("/widget", &too_many).status(), 400);
    let sig_2 = sign_2(SECRET, "request", &pairs_2);
    let signed_2 = [&pairs_2[..], &[("sig", &sig_2)]].concat();
    let page = visitor.enter("/widget", &signed_2);
    assert_eq!(visitor.enter("/widget", &signed_2).status(), 409);
    let answer_2 = visitor.submit(&page.form("cancel"), &[]).answer();
    let page = visitor.enter("/widget", &signed);
    let token = page.form("number").value("token").to_owned();
    // Misplaced, mistyped and wrong.
    let misplaced = format!("{}?{}", page.path, encoded(&signed));
    assert_eq!(visitor.send(Request::new("GET", &misplaced)).status, 200);
    let typed = [("country", "EE"), ("phone", "+37255507799x")];
    let page = visitor.submit(&page.form("number"), &typed);
    let page = visitor.ask(&page, NUMBER);
    let text = Inbox::of(server.address()).next(NUMBER).text;
    let code = text.rsplit(' ').next().expect("the code is the last word").to_owned();
    let page = visitor.code(&page, TYPED);
    assert_eq!(visitor.send(post(&page.form("code"), &[("token", &code)])).status, 403);
    let page = visitor.code(&page, &code);
    let answer = page.answer();

    let metrics = Client::new(server.address()).send(&Request::new("GET", "/metrics"));
    let metrics = metrics.expect("/metrics answers").text();
    assert!(server.stop().success());
    let log = server.process().output().stderr.join("\n");
    assert!(log.contains("a session of the widget began"), "the log is of this run:\n{log}");
    let mut needles = Needles::default();
    for (what, secret) in [
        ("the widget's secret", SECRET),
        ("the callback's one-time value", ONCE),
        ("the request's signature", &sig),
        ("the request's signature of version 2", &sig_2),
        ("the signature of one parameter too many", &sig_too_many),
        ("the request's nonce", NONCE),
        ("the answer's signature of version 2", answer_2.value("sig")),
        ("the answer's id as it is confirmed with", answer_2.value("vid")),
        ("the answer's signature", answer.value("sig")),
        ("the form's token", &token),
        ("a number", &NUMBER[1..]),
        ("another number", &OTHER[1..]),
        ("a typed code", TYPED),
    ] {
        needles.text(what, secret);
    }
    for (_, cookie) in &visitor.cookies {
        needles.text("a cookie", cookie);
    }
    needles.code("the code", &code, &[]);
    for told in [&log, &metrics] {
        assert_eq!(needles.found_in(told.as_bytes()), Vec::<String>::new());
    }
}
