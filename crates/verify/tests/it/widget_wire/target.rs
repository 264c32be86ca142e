//! S-78.

use ringproof_verify::widget::target::{CallbackUrl, Origin, Target};

fn allows(target: &str, address: &str) -> bool {
    let target = Target::parse(target).expect("a target");
    CallbackUrl::parse(address).is_ok_and(|callback| target.allows(&callback))
}

#[test]
fn a_target_is_an_origin_and_whole_segments_of_a_path() {
    let folder = "https://shop.example/verify/";
    for path in ["", "back", "a/b?c=d", "?x", "./back", "a/../b", "a/%2e%2e/b"] {
        assert!(allows(folder, &format!("{folder}{path}")), "{path}");
    }
    for path in ["", "verify", "verifyx", "verify/../x", "verify/%2e%2E/x", "Verify/", "//verify/"]
    {
        assert!(!allows(folder, &format!("https://shop.example/{path}")), "{path}");
    }
    let file = "https://shop.example/verify";
    for (path, is_allowed) in [("", true), ("/", true), ("/a", true), ("?a", true), ("x", false)] {
        assert_eq!(allows(file, &format!("{file}{path}")), is_allowed, "{path}");
    }
    assert!(allows("https://shop.example", "https://shop.example/anything?at=all"));
    assert!(allows("https://shop.example", "https://shop.example"));
    assert!(allows("https://shop.example:8443/", "https://shop.example:8443/a"));
    assert!(!allows("https://shop.example:8443/", "https://shop.example/a"));
}

#[test]
fn this_machine_may_speak_http_at_any_port() {
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let target = format!("http://{host}:*/");
        for port in ["", ":80", ":3000", ":65535"] {
            assert!(allows(&target, &format!("http://{host}{port}/back")), "{host}{port}");
        }
        assert!(!allows(&target, &format!("https://{host}/back")));
        assert!(!allows(&target, "http://127.0.0.2/back"));
        assert_eq!(Target::parse(&target).unwrap().to_string(), target);
    }
    assert!(!allows("http://127.0.0.1:*/", "http://localhost:3000/"));
}

#[test]
fn what_is_no_target_is_refused_with_its_reason() {
    for (text, reason) in [
        ("https://shop.example:*/", "any port"),
        ("http://shop.example/", "http is allowed to"),
        ("https://shop.example/?a", "query"),
        ("https://shop.example/#a", "fragment"),
        ("https://me@shop.example/", "user information"),
        ("shop.example", "begin with https://"),
        ("https://*.shop.example/", "host and port"),
        ("https://shop.example:*:*/", "host and port"),
        ("", "begin with https://"),
    ] {
        let error = Target::parse(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn an_origin_has_no_path() {
    let callback = |text| CallbackUrl::parse(text).unwrap();
    let origin = Origin::parse("https://shop.example/").unwrap();
    assert_eq!(origin.to_string(), "https://shop.example");
    assert!(origin.allows(&callback("https://shop.example/any?x")));
    assert!(!origin.allows(&callback("https://shop.example:8443/any")));
    assert!(Origin::parse("https://shop.example/a").is_err());
    let here = Origin::parse("http://localhost:*").unwrap();
    assert_eq!(here.to_string(), "http://localhost:*");
    assert!(here.allows(&callback("http://localhost:3000/")));
}

#[test]
fn what_stands_in_the_form_is_what_the_parser_wrote() {
    for (text, written, origin) in [
        (
            "HTTPS://Shop.Example:443/a/../b?q=\u{e9}#".trim_end_matches('#'),
            "https://shop.example/b?q=%C3%A9",
            "https://shop.example",
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        (
            "https://xn--bcher-kva.example/",
            "https://xn--bcher-kva.example/",
            "https://xn--bcher-kva.example",
        ),
        (
            "https://shop.example/\"><script>",
            "https://shop.example/%22%3E%3Cscript%3E",
            "https://shop.example",
        ),
    ] {
        let callback = CallbackUrl::parse(text).unwrap();
        assert_eq!((callback.as_str(), callback.origin().as_str()), (written, origin));
        assert_eq!(CallbackUrl::parse(written).unwrap(), callback);
    }
    assert_eq!(CallbackUrl::parse("https://shop.example:8443/").unwrap().host(), "shop.example");
}
