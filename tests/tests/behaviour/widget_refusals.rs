//! What the widget turns away without harm to others, and what it shows of an account.

use std::cell::RefCell;
use std::fs;

use ringproof_blackbox::cli;
use ringproof_blackbox::http::Request;
use ringproof_blackbox::widget::{encoded, sign_1};

use super::widget::{CALLBACK, SECRET, USER, enter, enter_with, request, visitor, world};

/// One black pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\
    \0\0\0\nIDAT\x78\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xae\x42\x60\x82";

#[test]
fn browser_that_looks_ahead_begins_nothing() {
    let world = world("", &[]);
    let pairs = request(CALLBACK);
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let path = format!("/widget?{}", encoded(&pairs));
    for purpose in ["prefetch", "prefetch;prerender"] {
        let ahead = Request::new("GET", &path).header("Sec-Purpose", purpose);
        let response = visitor(&world).send(ahead);
        assert_eq!((response.status, response.header("set-cookie")), (503, None), "{purpose}");
    }
    assert!(world.labelled_metric("ringproof_widget_total", "outcome=\"opened\"") < 0.5);
    assert_eq!(enter(&mut visitor(&world)).status(), 200);
}

#[test]
fn requests_that_nobody_signed_lock_nobody_out() {
    let world = world("", &[]);
    let mut anybody = visitor(&world);
    for _ in 0..70 {
        assert_eq!(anybody.send(Request::new("GET", "/widget?x=1")).status, 403);
    }
    assert_eq!(enter(&mut anybody).status(), 200);
}

#[test]
fn refusal_of_a_signed_request_is_shown_in_the_frame_that_may_be_there() {
    let world = world("", &["--frame-origin=https://shop.example"]);
    let mut pairs = vec![("user", USER), ("version", "3"), ("callback_url", CALLBACK)];
    let sig = sign_1(SECRET, "pass", &pairs);
    pairs.push(("sig", &sig));
    let pairs: Vec<(&str, String)> = pairs.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
    let page = enter_with(&mut visitor(&world).with("Sec-Fetch-Dest", "iframe"), &pairs);
    let policy = page.response.header("content-security-policy").expect("a policy");
    assert_eq!(page.status(), 400);
    assert!(policy.contains("frame-ancestors https://shop.example"), "{policy}");
    let outside = enter_with(&mut visitor(&world), &pairs);
    let policy = outside.response.header("content-security-policy").expect("a policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
}

#[test]
fn target_that_was_taken_off_the_list_gets_no_answer() {
    let world = world("", &["--target=https://shop.example/other/"]);
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let remove = ["account", "widget", USER, "--remove-target=https://shop.example/verify/"];
    let _ = cli::run(world.server.folder(), &remove).succeeded();
    world.wait_until("the target is gone", |world| {
        enter(&mut super::widget::visitor(world)).status() == 403
    });
    let ended = visitor.submit(&page.form("cancel"), &[]);
    assert_eq!((ended.status(), ended.forms().is_empty()), (403, true), "{}", ended.text());
}

#[test]
fn logo_is_served_as_long_as_an_account_has_it() {
    let world = world("", &[]);
    let path = world.server.folder().root().join("logo.png");
    fs::write(&path, PNG).expect("it is written");
    let set = ["account", "widget", USER, "--logo", path.to_str().expect("UTF-8")];
    let _ = cli::run(world.server.folder(), &set).succeeded();
    let mut visitor = visitor(&world);
    let page = enter(&mut visitor);
    let source = |text: &str| {
        let from = text.find("/widget/logo/")?;
        Some(text[from..].split('"').next().unwrap_or_default().to_owned())
    };
    let visitor = RefCell::new(visitor);
    let shown = || source(&visitor.borrow_mut().see(&page.path).text());
    world.wait_until("the logo is on the page", |_| shown().is_some());
    let shown = shown();
    let mut visitor = visitor.into_inner();
    let logo = visitor.send(Request::new("GET", &shown.expect("a logo")));
    assert_eq!((logo.status, logo.header("content-type")), (200, Some("image/png")));
    assert_eq!(logo.body, PNG);
    let other = visitor.send(Request::new("GET", "/widget/logo/0123456789abcdef.png"));
    assert_eq!(other.status, 404);
}
