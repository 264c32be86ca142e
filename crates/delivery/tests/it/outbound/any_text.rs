//! Whatever an integrator writes.

use proptest::prelude::*;
use ringproof_delivery::outbound::address::is_global_unicast;
use ringproof_delivery::outbound::{Target, TargetPolicy};

/// Pieces that addresses are made of, and such that confuse their readers.
const PIECES: [&str; 52] = [
    "http",
    "https",
    "HTTP",
    "ftp",
    ":",
    "://",
    ":/",
    "//",
    "/",
    "\\",
    "?",
    "#",
    "@",
    "%",
    "%2e",
    "%40",
    "%31",
    "%00",
    ".",
    "..",
    "[",
    "]",
    "::",
    "::1",
    "::ffff:",
    "64:ff9b::",
    "2002:7f00:1::",
    "fe80::1",
    "%25lo",
    "127",
    "127.0.0.1",
    "127.1",
    "10.0.0.1",
    "0x7f",
    "0177",
    "0",
    "1",
    "2130706433",
    "8.8.8.8",
    "169.254.169.254",
    ":80",
    ":443",
    ":8080",
    ":25",
    "shop.example",
    "localhost",
    "xn--",
    "xn--bcher-kva",
    "\u{3002}",
    "\u{ff11}",
    "\t",
    "\r\n",
];

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    let tail = proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    let head = proptest::sample::select(vec!["http://", "https://", ""]);
    (head, tail).prop_map(|(head, tail)| format!("{head}{tail}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_or_yields_what_is_forbidden(text in any_text()) {
        let policy = TargetPolicy::default();
        let Ok(target) = Target::parse(&text, &policy) else { return Ok(()) };
        prop_assert!(policy.ports.contains(&target.port()));
        // Another reader of the text, who only knows where a host ends, finds the same one.
        let rest = text.split_once("://").unwrap().1;
        let written = rest.split(['/', '?', '#']).next().unwrap().to_ascii_lowercase();
        let host = url::Url::parse(&text.to_ascii_lowercase()).unwrap().host().unwrap().to_owned();
        match host {
            url::Host::Domain(name) => {
                let behind = written.strip_prefix(&name);
                prop_assert!(behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(':')));
                prop_assert!(name.parse::<std::net::Ipv4Addr>().is_err());
            }
            url::Host::Ipv4(address) => {
                prop_assert!(is_global_unicast(address.into()));
                prop_assert!(written.starts_with(&address.to_string()));
            }
            url::Host::Ipv6(address) => prop_assert!(is_global_unicast(address.into())),
        }
    }
}

/// Hosts of letters, some in a form that the parser decodes to Unicode.
fn any_host() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("xn--".to_owned()),
        Just("XN--".to_owned()),
        "(xn--|Xn--)?[a-zA-Z0-9_-]{1,8}",
        "[.]",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn no_host_panics(pieces in proptest::collection::vec(any_host(), 1..6), port in "(:[0-9]{1,5})?") {
        let text = format!("http://{}{port}/", pieces.concat());
        if let Ok(target) = Target::parse(&text, &TargetPolicy::default()) {
            let host = pieces.concat().to_ascii_lowercase();
            prop_assert!(target.authority().starts_with(&host), "{text}: {target:?}");
        }
    }
}

#[test]
fn the_random_texts_are_now_and_then_accepted() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..5_000).filter(|_| {
        let text = any_text().new_tree(&mut runner).unwrap().current();
        Target::parse(&text, &TargetPolicy::default()).is_ok()
    });
    assert!(accepted.count() > 50);
}
