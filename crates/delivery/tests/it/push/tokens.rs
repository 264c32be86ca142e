//! Tokens are used again for a while, and only where they belong.

use std::time::Duration;

use http::HeaderValue;
use ringproof_delivery::limits::{VAPID_TOKEN_USED_FOR, VAPID_TOKENS_MAX};
use ringproof_delivery::push::Contact;
use verify::{SignedDuration, Timestamp};

use super::{now, vapid};

fn later(by: Duration) -> Timestamp {
    now().saturating_add(SignedDuration::try_from(by).unwrap()).unwrap()
}

#[test]
fn a_token_is_used_for_an_hour_and_never_when_the_clock_went_back() {
    let vapid = vapid();
    let first = vapid.authorization("https://a.example", now());
    assert!(first.is_sensitive());
    let almost = VAPID_TOKEN_USED_FOR.saturating_sub(Duration::from_secs(1));
    assert_eq!(first, vapid.authorization("https://a.example", later(almost)));
    assert_ne!(first, vapid.authorization("https://b.example", now()));
    let next = vapid.authorization("https://a.example", later(VAPID_TOKEN_USED_FOR));
    assert_ne!(first, next);
    // Its time is over more than twelve hours from here.
    assert_eq!(vapid.authorization("https://a.example", now()), first);
}

#[test]
fn many_services_do_not_push_out_the_one_that_is_in_use() {
    let vapid = vapid();
    let sign = |name: usize, seconds: u64| -> HeaderValue {
        let origin = format!("https://{name}.example");
        vapid.authorization(&origin, later(Duration::from_secs(seconds)))
    };
    let (used, first_of_others) = (sign(0, 0), sign(1, 0));
    for name in 1..=VAPID_TOKENS_MAX * 2 {
        sign(name, 0);
        // Kept: signed now, it would end a second later and be another one.
        assert_eq!(sign(0, 1), used, "after {name} others");
    }
    assert_ne!(sign(1, 1), first_of_others, "so many are not kept");
}

#[test]
fn a_contact_is_a_mail_address_or_a_page() {
    for text in ["mailto:operator@example.com", "https://example.com", "https://example.com/push?x"]
    {
        assert_eq!(text.parse::<Contact>().unwrap().as_str(), text);
    }
    let long = format!("mailto:{}@example.com", "x".repeat(300));
    for text in [
        "",
        "operator@example.com",
        "mailto:",
        "mailto:@example.com",
        "mailto:operator",
        "mailto:a@b@c.example",
        "mailto:operator@localhost",
        "http://example.com",
        "https://",
        "https://u:p@example.com",
        "https://a b",
        "mailto:operator@example.com\r\nX: y",
        "mailto:öperator@example.com",
        "ftp://example.com",
        &long,
    ] {
        assert!(text.parse::<Contact>().is_err(), "{text}");
    }
}
