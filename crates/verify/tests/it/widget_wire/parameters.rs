//! `verification-widget.md` 2 and 7; S-75.

use proptest::prelude::*;
use ringproof_verify::Timestamp;
use ringproof_verify::widget::parameters::{Claim, ParametersError, Request, Rules, Version};
use ringproof_verify::widget::target::CallbackError;

use super::{CALLBACK, now, pairs, shop};

fn read(request: &[(&str, &str)], is_compat: bool) -> Result<Request, ParametersError> {
    Request::read(&pairs(request), &Rules { targets: &shop(), is_compat, now: now() })
}

/// Version 1 with one parameter changed, added, or left out (`None`).
fn one(name: &'static str, value: Option<&'static str>) -> Result<Request, ParametersError> {
    let mut request = vec![("user", "u1"), ("callback_url", CALLBACK), ("version", "1")];
    request.push(("sig", "00"));
    request.retain(|(known, _)| *known != name);
    request.extend(value.map(|value| (name, value)));
    read(&request, false)
}

/// The same for version 2.
fn two(name: &str, value: Option<&str>) -> Result<Request, ParametersError> {
    let at = (now().as_second() + 60).to_string();
    let mut request = vec![("user", "u1"), ("callback_url", CALLBACK), ("version", "2")];
    request.extend([("nonce", "0123456789abcdefABCDE-"), ("exp", &at), ("sig", "00")]);
    request.retain(|(known, _)| *known != name);
    request.extend(value.map(|value| (name, value)));
    read(&request, false)
}

#[test]
fn the_set_is_closed_and_nothing_stands_in_it_twice() {
    assert!(one("sig", Some("00")).is_ok());
    for name in
        ["pass", "password", "status", "phone_lock", "nonce", "exp", "callback_u", "", "User"]
    {
        assert_eq!(one(name, Some("1")), Err(ParametersError::Unknown), "{name}");
    }
    for name in ["pass", "status", "vid", "sig2"] {
        assert_eq!(two(name, Some("1")), Err(ParametersError::Unknown), "{name}");
    }
    for again in [("user", "u1"), ("callback_url", CALLBACK), ("version", "1"), ("sig", "00")] {
        let request =
            [("user", "u1"), ("callback_url", CALLBACK), ("version", "1"), ("sig", "00"), again];
        assert_eq!(read(&request, true), Err(ParametersError::Repeated));
    }
    // It is refused before anybody asks where the second address would lead.
    let forged = [
        ("callback_u", "rlhttps://shop.example/?n="),
        ("callback_url", "https://evil.example/"),
        ("user", "u1"),
        ("version", "1"),
    ];
    assert_eq!(read(&forged, true), Err(ParametersError::Unknown));
}

#[test]
fn version_and_address_come_first() {
    for version in [None, Some(""), Some("3"), Some("01"), Some("1 "), Some("+1"), Some("1.0")] {
        assert_eq!(one("version", version), Err(ParametersError::Version));
    }
    assert_eq!(one("callback_url", None), Err(ParametersError::CallbackMissing));
    let script = one("callback_url", Some("javascript:alert(1)"));
    assert_eq!(script, Err(ParametersError::Callback(CallbackError::Scheme)));
    let elsewhere = one("callback_url", Some("https://other.example/verify/"));
    assert_eq!(elsewhere, Err(ParametersError::NotRegistered));
    let rules = Rules { targets: &[], is_compat: true, now: now() };
    let request = pairs(&[("user", "u1"), ("callback_url", CALLBACK), ("version", "1")]);
    assert_eq!(Request::read(&request, &rules), Err(ParametersError::NotRegistered));
}

#[test]
fn a_number_is_taken_in_its_canonical_form_or_not_at_all() {
    for (phone, taken) in [
        (Some("+37255500123"), Some("+37255500123")),
        (Some("+372 5550-0123"), Some("+37255500123")),
        (Some(""), None),
        (None, None),
        (Some("+37255500199statusVERIFIED"), None),
        (Some("0123"), None),
    ] {
        let phone = one("phone", phone).unwrap().phone;
        assert_eq!(phone.as_ref().map(ringproof_verify::phone::PhoneNumber::as_e164), taken);
    }
    for phone in ["+372555user", "+37255501000statusVERIFIEDuseru1version1", "+372\n"] {
        assert_eq!(one("phone", Some(phone)), Err(ParametersError::Ambiguous), "{phone:?}");
    }
}

#[test]
fn names_of_accounts_are_taken_as_they_are() {
    for user in ["u1", "legacy-api", "me@shop.example", "xuserx"] {
        assert_eq!(one("user", Some(user)).unwrap().user, user);
    }
    for user in ["", "a b", "a:b", "b\u{fc}ro", "x\0"] {
        assert_eq!(one("user", Some(user)), Err(ParametersError::Ambiguous), "{user:?}");
    }
}

#[test]
fn a_lock_needs_a_usable_number() {
    assert!(!two("phone_lock", Some("0")).unwrap().is_phone_locked);
    for lock in ["1", "", "true", "2", "01"] {
        assert_eq!(two("phone_lock", Some(lock)), Err(ParametersError::PhoneLock), "{lock}");
    }
    let at = (now().as_second() + 60).to_string();
    for (phone, is_locked) in [("+37255500123", Some(true)), ("", None), ("0123", None)] {
        let request = [
            ("user", "u1"),
            ("callback_url", CALLBACK),
            ("version", "2"),
            ("nonce", "0123456789abcdef"),
            ("exp", at.as_str()),
            ("phone", phone),
            ("phone_lock", "1"),
        ];
        assert_eq!(read(&request, true).ok().map(|request| request.is_phone_locked), is_locked);
    }
}

#[test]
fn a_nonce_is_long_enough_and_of_plain_characters() {
    let long = "x".repeat(64);
    for good in ["0123456789abcdefABCDE-", &long] {
        assert_eq!(two("nonce", Some(good)).unwrap().nonce.as_deref(), Some(good));
    }
    let (short, too_long) = ("x".repeat(21), "x".repeat(65));
    for bad in [None, Some(""), Some(&*short), Some(&*too_long), Some("0123456789abcdefABCDE.")] {
        assert_eq!(two("nonce", bad), Err(ParametersError::Nonce), "{bad:?}");
    }
    let at = (now().as_second() + 60).to_string();
    for (nonce, is_compat, is_good) in [
        ("0123456789abcdef", true, true),
        ("0123456789abcdef", false, false),
        ("0123456789abcde", true, false),
    ] {
        let request = [
            ("user", "u1"),
            ("callback_url", CALLBACK),
            ("version", "2"),
            ("nonce", nonce),
            ("exp", at.as_str()),
        ];
        assert_eq!(read(&request, is_compat).is_ok(), is_good, "{nonce}");
    }
}

#[test]
fn a_request_lives_an_hour_at_most_and_its_end_has_one_spelling() {
    let at = |ahead: i64| (now().as_second() + ahead).to_string();
    for ahead in [1, 3_600] {
        let end = Timestamp::from_second(now().as_second() + ahead).unwrap();
        assert_eq!(two("exp", Some(&at(ahead))).unwrap().expires_at, Some(end));
    }
    for ahead in [0, -1, -100_000] {
        assert_eq!(two("exp", Some(&at(ahead))), Err(ParametersError::Expired));
    }
    assert_eq!(two("exp", Some("0")), Err(ParametersError::Expired));
    let (plus, zero) = (format!("+{}", at(60)), format!("0{}", at(60)));
    let (blank, part) = (format!(" {}", at(60)), format!("{}.0", at(60)));
    for bad in [&*at(3_601), "", "x", &plus, &zero, &blank, &part, "99999999999999999999", "-0"] {
        assert_eq!(two("exp", Some(bad)), Err(ParametersError::Expiry), "{bad}");
    }
    assert_eq!(two("exp", None), Err(ParametersError::Expiry));
}

#[test]
fn a_claim_needs_a_name_and_a_signature() {
    let whole = pairs(&[("user", "u1"), ("sig", "00"), ("user", "u2")]);
    assert_eq!(Claim::of(&whole), Some(Claim { user: "u1", sig: "00", version: None }));
    for part in [vec![("user", "u1")], vec![("sig", "00")], vec![("user", ""), ("sig", "00")]] {
        assert_eq!(Claim::of(&pairs(&part)), None);
    }
    let many: Vec<_> = whole.iter().cloned().cycle().take(17).collect();
    assert_eq!(Claim::of(&many), None);
    assert_eq!(Version::parse("2").map(Version::as_str), Some("2"));
}

proptest! {
    #[test]
    fn nothing_that_is_sent_makes_the_reader_panic(
        request in proptest::collection::vec(
            ("user|sig|version|phone|callback_url|nonce|exp|phone_lock|.{0,4}", ".{0,60}|[12]"), 0..12)
    ) {
        let _ = Request::read(&request, &Rules { targets: &shop(), is_compat: true, now: now() });
    }
}
