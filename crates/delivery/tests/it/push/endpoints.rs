//! Whatever an app gives as its address.

use proptest::prelude::*;
use ringproof_delivery::limits::PUSH_ENDPOINT_CHARS_MAX;
use ringproof_delivery::outbound::TargetRefusal;
use ringproof_delivery::push::{Endpoint, EndpointRefusal, PushServices};

const REAL: [&str; 6] = [
    "https://fcm.googleapis.com/fcm/send/dQw4w9WgXcQ:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABl_0-x",
    "https://autopush.prod.push.services.mozilla.com/wpush/v1/gAAAAA",
    "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD0%2b%2fx",
    "https://web.push.apple.com/QPs0Tw",
    "https://eu.web.push.apple.com:443/QPs0Tw",
];

fn parse(text: &str) -> Result<Endpoint, EndpointRefusal> {
    Endpoint::parse(text, &PushServices::default())
}

#[test]
fn the_addresses_that_browsers_give_are_taken() {
    for text in REAL {
        let endpoint = parse(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
        let origin = text.replace(":443", "").split('/').take(3).collect::<Vec<_>>().join("/");
        assert_eq!(endpoint.origin(), origin);
        assert_eq!(format!("{endpoint:?}"), format!("Endpoint({origin}/…)"));
    }
    let endpoint = parse("https://FCM.GoogleApis.COM/x").unwrap();
    assert_eq!(endpoint.origin(), "https://fcm.googleapis.com");
}

#[test]
fn each_refusal_has_its_cause() {
    use EndpointRefusal::{Address, Fragment, TooLong, Unknown};
    use TargetRefusal::{Characters, Credentials, Host, NotAbsolute, NotHttps, Port};
    let long = format!("https://web.push.apple.com/{}", "x".repeat(PUSH_ENDPOINT_CHARS_MAX));
    for (text, refusal) in [
        ("", Address(NotAbsolute)),
        ("web.push.apple.com/x", Address(NotAbsolute)),
        ("http://web.push.apple.com/x", Address(NotHttps)),
        ("ftp://web.push.apple.com/x", Address(NotAbsolute)),
        ("https://web.push.apple.com/x#y", Fragment),
        ("https://web.push.apple.com/#", Fragment),
        ("https://shop.example#.push.apple.com/", Fragment),
        ("https://u@web.push.apple.com/x", Address(Credentials)),
        ("https://web.push.apple.com@shop.example/x", Address(Credentials)),
        ("https://web.push.apple.com:8443/x", Address(Port)),
        ("https://web.push.apple.com:80/x", Address(Port)),
        ("https://web.push.apple.com:0443/x", Address(Port)),
        ("https://web.push.apple.com:/x", Address(Port)),
        ("https://web.push.apple.com./x", Address(Host)),
        ("https://web.push.apple.com/\r\nX: y", Address(Characters)),
        ("https://web.push.apple.com/\u{0}", Address(Characters)),
        ("https://web.push.apple.com/a b", Address(Characters)),
        ("https://web.push.apple.com\\@shop.example/", Address(Characters)),
        ("https://web.push.apple.com/\u{202e}", Address(Characters)),
        ("https://web%2epush.apple.com/x", Address(Host)),
        ("https://push.apple.com/x", Unknown),
        ("https://.push.apple.com/x", Address(Host)),
        ("https://xpush.apple.com/x", Unknown),
        ("https://web.push.apple.com.shop.example/x", Unknown),
        ("https://shop.example/web.push.apple.com", Unknown),
        ("https://shop.example?.push.apple.com", Unknown),
        ("https://xfcm.googleapis.com/x", Unknown),
        ("https://x.fcm.googleapis.com/x", Unknown),
        ("https://googleapis.com/x", Unknown),
        ("https://127.0.0.1/x", Address(TargetRefusal::Address)),
        ("https://[::1]/x", Address(TargetRefusal::Address)),
        ("https://8.8.8.8/x", Unknown),
        ("https://localhost/x", Unknown),
        (&long, TooLong),
    ] {
        assert_eq!(parse(text).err(), Some(refusal), "{text}");
    }
    let fits = &long[..PUSH_ENDPOINT_CHARS_MAX];
    assert!(parse(fits).is_ok() && parse(&long[..=PUSH_ENDPOINT_CHARS_MAX]).is_err());
}

#[test]
fn an_entry_with_a_port_is_for_that_port_and_own_networks_open_no_other_name() {
    let hosts = ["push.example:8443", "other.example"].map(|host| host.parse().unwrap());
    let services = PushServices::new(hosts.into(), vec!["10.0.0.0/8".parse().unwrap()]);
    let parse = |text| Endpoint::parse(text, &services);
    assert_eq!(parse("https://push.example:8443/x").unwrap().origin(), "https://push.example:8443");
    assert!(parse("https://other.example/x").is_ok());
    for text in [
        "https://push.example/x",
        "https://other.example:8443/x",
        "https://push.example:9000/x",
        "https://10.0.0.1:8443/x",
        "https://10.0.0.1/x",
        "https://web.push.apple.com/x",
    ] {
        assert_eq!(parse(text).err(), Some(EndpointRefusal::Unknown), "{text}");
    }
}

/// What is put somewhere into a good address.
const PIECES: [&str; 34] = [
    "@",
    ":",
    "/",
    "//",
    "\\",
    "?",
    "#",
    ".",
    "..",
    "%",
    "%2e",
    "%40",
    "%00",
    "[",
    "]",
    "*",
    "*.",
    "-",
    "_",
    ":80",
    ":443",
    "u:p@",
    "shop.example",
    ".shop.example",
    "127.0.0.1",
    "localhost",
    "\r\n",
    "\t",
    " ",
    "\0",
    "\u{3002}",
    "\u{ff0f}",
    "xn--",
    "http",
];

#[derive(Debug, Clone)]
enum Change {
    Insert(&'static str),
    InsertChar(char),
    Remove,
    Upper,
    Double,
    CutBefore,
    SwapWithNext,
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => proptest::sample::select(&PIECES[..]).prop_map(Change::Insert),
        1 => any::<char>().prop_map(Change::InsertChar),
        2 => Just(Change::Remove),
        1 => Just(Change::Upper),
        1 => Just(Change::Double),
        1 => Just(Change::CutBefore),
        1 => Just(Change::SwapWithNext),
    ]
}

/// Most changes are made where host and path meet.
fn any_mutation() -> impl Strategy<Value = String> {
    let place = prop_oneof![3 => 0..40_usize, 1 => 0..100_usize];
    let changes = proptest::collection::vec((place, any_change()), 1..5);
    (proptest::sample::select(&REAL[..]), changes).prop_map(|(text, changes)| {
        let mut text: Vec<char> = text.chars().collect();
        for (place, change) in changes {
            let at = place.min(text.len().saturating_sub(1));
            match change {
                Change::Insert(piece) => drop(text.splice(at..at, piece.chars())),
                Change::InsertChar(char) => text.insert(at, char),
                _ if text.is_empty() => {}
                Change::Remove => drop(text.remove(at)),
                Change::Upper => text[at] = text[at].to_ascii_uppercase(),
                Change::Double => text.insert(at, text[at]),
                Change::CutBefore => drop(text.drain(..at)),
                Change::SwapWithNext if at + 1 < text.len() => text.swap(at, at + 1),
                Change::SwapWithNext => {}
            }
        }
        text.into_iter().collect()
    })
}

/// The list, written down once more.
fn is_on_the_list(host: &str) -> bool {
    let is_below = |parent: &str| {
        host.len() > parent.len() && host.ends_with(parent) && !host.starts_with('.')
    };
    host == "fcm.googleapis.com"
        || is_below(".push.services.mozilla.com")
        || is_below(".notify.windows.com")
        || is_below(".push.apple.com")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_an_address_panics_or_leads_off_the_list(text in any_mutation()) {
        let Ok(endpoint) = parse(&text) else { return Ok(()) };
        // What another reader makes of the text.
        let url = url::Url::parse(&text).unwrap();
        prop_assert_eq!(url.scheme(), "https");
        prop_assert_eq!(url.port(), None);
        prop_assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
        let host = url.host_str().unwrap();
        prop_assert!(is_on_the_list(host), "{}", host);
        prop_assert_eq!(endpoint.origin(), format!("https://{host}"));
        // And what stands there for everybody to see.
        let written = text.split('/').nth(2).unwrap().split('?').next().unwrap().to_ascii_lowercase();
        prop_assert!(written == host || written == format!("{host}:443"), "{}", written);
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}

#[test]
fn some_changes_are_harmless_and_most_are_not() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..5_000).filter(|_| {
        let text = any_mutation().new_tree(&mut runner).unwrap().current();
        parse(&text).is_ok()
    });
    let accepted = accepted.count();
    assert!((200..4_000).contains(&accepted), "{accepted}");
}
