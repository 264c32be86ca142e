//! S-78.

use proptest::prelude::*;
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
            "HTTPS://Shop.Example:443/a/../b?q=\u{e9}",
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
        assert_eq!(CallbackUrl::parse(written).unwrap().as_str(), written);
        assert_eq!(callback.as_written(), text, "what the site signed");
    }
    assert_eq!(CallbackUrl::parse("https://shop.example:8443/").unwrap().host(), "shop.example");
}

/// The targets against which the spellings of the file are held.
fn registered() -> Vec<Target> {
    let texts = [
        "https://shop.example/verify/",
        "http://127.0.0.1:*/",
        "http://localhost:*/",
        "http://[::1]:*/",
    ];
    texts.into_iter().map(|text| Target::parse(text).expect("a target")).collect()
}

/// What a line of the file stands for; its head says how.
fn spelled(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        rest = match escape.as_bytes().first() {
            Some(b'e') => &escape[1..],
            Some(b'u') => {
                let (number, after) = escape[2..].split_once('}').expect("a number in braces");
                let number = u32::from_str_radix(number, 16).expect("hex digits");
                text.push(char::from_u32(number).expect("a character"));
                after
            }
            _ => {
                text.push('\\');
                &escape[1..]
            }
        };
    }
    text + rest
}

#[test]
fn no_spelling_of_an_open_redirect_is_allowed() {
    let (mut trick, mut counts) = ("", Vec::<(&str, usize)>::new());
    let mut let_through = Vec::new();
    for line in include_str!("open_redirects.txt").lines().filter(|line| !line.starts_with(';')) {
        if let Some(name) = line.strip_prefix("# ") {
            trick = name;
            counts.push((name, 0));
            continue;
        }
        let text = spelled(line);
        if let Ok(callback) = CallbackUrl::parse(&text)
            && registered().iter().any(|target| target.allows(&callback))
        {
            let_through.push(format!("{trick}: {line}"));
        }
        counts.last_mut().expect("a trick is named first").1 += 1;
    }
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    println!("{all} spellings of open redirects, by trick: {counts:?}");
    assert!(let_through.is_empty(), "{let_through:#?}");
    assert!(all >= 300 && counts.iter().all(|(_, count)| *count > 0));
}

#[test]
fn honest_addresses_are_allowed() {
    let long = format!("https://shop.example/verify/?state={}", "x".repeat(1_900));
    for text in [
        "https://shop.example/verify/",
        "https://shop.example:443/verify/back",
        "https://SHOP.example/verify/back?order=17&state=a%2Fb%5Cc%0A",
        "https://shop.example/verify/?next=https://other.example/?a=b@c",
        "https://shop.example/verify/a//b/",
        "https://shop.example/verify/.well-known/x..y/...",
        "https://shop.example/verify/a%2fb%20c%C3%A9",
        "https://shop.example/verify/100%25",
        "https://shop.example/verify/;jsessionid=1?a;b",
        "https://shop.example/verify/r\u{fc}ck/\u{434}\u{430}?\u{e9}",
        "https://shop.example/verify/@me:you",
        "https://shop.example/verify",
        "http://127.0.0.1:3000/back",
        "http://localhost/back?x",
        "http://[::1]:8080/",
        &long,
    ] {
        let allowed = CallbackUrl::parse(text)
            .map(|callback| registered().iter().any(|target| target.allows(&callback)));
        // The folder without its slash is another address, and the only one here that is not below it.
        assert_eq!(allowed, Ok(text != "https://shop.example/verify"), "{text}");
    }
    let too_long = format!("{long}{long}");
    assert!(CallbackUrl::parse(&too_long).is_err());
    assert!(CallbackUrl::parse("https://xn--80ak6aa92e.example/").is_ok(), "one script alone");
}

proptest! {
    #[test]
    fn what_is_taken_is_read_alike_again_and_stays_at_its_host(
        text in "(https?|HTTPS|ftp)?:?/{0,3}[a-z.@:%\\\\\\[\\]0-9*\u{e9}\u{200b} -]{0,24}[/?#]?.{0,40}"
    ) {
        if let Ok(callback) = CallbackUrl::parse(&text) {
            let written = callback.as_str();
            prop_assert_eq!(CallbackUrl::parse(written), Ok(callback.clone()));
            let plain: String = text.chars().take_while(|c| !matches!(c, '?' | '#')).collect();
            let authority = plain.split('/').nth(2).expect("a host").to_ascii_lowercase();
            let origin = callback.origin();
            let host = origin.split_once("://").expect("an origin").1;
            prop_assert!(authority == host || authority.starts_with(&format!("{host}:")), "{}", text);
            prop_assert!(written.is_ascii() && !written.contains(['#', '\\', ' ', '"', '<']));
        }
        let _ = Target::parse(&text);
        let _ = Origin::parse(&text);
    }
}
