//! Which envelopes are believed.

use http::Uri;
use ringproof_delivery::provider::aws::{Aws, AwsOptions};
use ringproof_delivery::provider::{CallbackError, Heard, Provider as _};
use serde_json::Value;

use super::super::exchange::{Call, now};
use super::super::hostile::{self, Chance};
use super::envelope::{
    CERTIFICATE, CERTIFICATE_URL, OTHER_CERTIFICATE, aws_that_knows, confirmation, event,
    notification, signed,
};
use super::{aws, options};

const SUBSCRIBE_URL: &str =
    "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37";

fn delivered() -> Call {
    signed(notification(&event("TEXT_DELIVERED", true)))
}

/// An envelope with one field changed before it is signed.
fn signed_with(name: &str, value: &str) -> Call {
    let mut fields = notification(&event("TEXT_DELIVERED", true));
    fields.insert(name.to_owned(), value.into());
    signed(fields)
}

#[test]
fn a_signed_envelope_is_believed_with_and_without_a_subject() {
    assert!(matches!(delivered().hear(&aws_that_knows()), Ok(Heard::Reports(r)) if r.len() == 1));
    let call = signed_with("Subject", "Receipt");
    assert!(matches!(call.hear(&aws_that_knows()), Ok(Heard::Reports(r)) if r.len() == 1));
}

#[test]
fn a_certificate_that_is_not_known_is_asked_for_and_then_used() {
    let aws = aws();
    let uri = Uri::from_static(CERTIFICATE_URL);
    assert_eq!(delivered().hear(&aws), Ok(Heard::FetchCertificate(uri.clone())));
    assert_eq!(aws.learn(&uri, CERTIFICATE), Ok(()));
    assert!(matches!(delivered().hear(&aws), Ok(Heard::Reports(_))));
    // Another one at the same address takes its place.
    assert_eq!(aws.learn(&uri, OTHER_CERTIFICATE), Ok(()));
    assert_eq!(delivered().hear(&aws), Err(CallbackError::NotProved));
}

#[test]
fn calls_cannot_make_the_server_fetch_without_end() {
    let aws = aws();
    let later = |seconds| now() + verify::SignedDuration::from_secs(seconds);
    let asks = |at| {
        let call = Call { now: at, ..delivered() };
        matches!(call.hear(&aws), Ok(Heard::FetchCertificate(_)))
    };
    assert_eq!((0..100).filter(|_| asks(now())).count(), 6);
    assert_eq!((0..59).filter(|second| asks(later(*second))).count(), 0);
    assert!(asks(later(60)));
}

#[test]
fn certificates_are_taken_from_files_at_the_host_of_the_region_only() {
    for url in [
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-2.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://u:p@sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.crt",
        "https://sns.eu-west-1.amazonaws.com/.pem",
        "https://sns.eu-west-1.amazonaws.com/a/b.pem",
        "https://sns.eu-west-1.amazonaws.com/..%2fa.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem?x=.pem",
        "https://sns.eu-west-1.amazonaws.com/?Action=x.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem#.pem",
        "https://SNS.eu-west-1.amazonaws.com/a.pem",
        "https://evilsns.eu-west-1.amazonaws.com/a.pem",
        "https://[::1]/a.pem",
        "https://sns.eu-west-1.amazonaws.com\\a.pem",
        "file:///a.pem",
        "/a.pem",
        "",
    ] {
        let heard = signed_with("SigningCertURL", url).hear(&aws());
        assert_eq!(heard, Err(CallbackError::NotProved), "{url}");
        if let Ok(uri) = url.parse::<Uri>() {
            // An address loses its fragment when it is read, and is right then.
            let is_refused = aws().learn(&uri, CERTIFICATE).is_err();
            assert!(is_refused || url.contains('#'), "{url}");
        }
    }
}

#[test]
fn what_is_no_certificate_is_not_learned() {
    let aws = aws();
    let uri = Uri::from_static(CERTIFICATE_URL);
    let key = include_bytes!("sns_key.pem");
    let cut = &CERTIFICATE[..CERTIFICATE.len() / 2];
    for body in [&b""[..], b"<html>", key, cut, &vec![0xff; 65_536]] {
        assert!(matches!(aws.learn(&uri, body), Err(CallbackError::Unreadable(_))));
    }
    let broken = String::from_utf8_lossy(CERTIFICATE).replacen("MII", "AAA", 1);
    assert!(matches!(aws.learn(&uri, broken.as_bytes()), Err(CallbackError::Unreadable(_))));
    assert!(matches!(delivered().hear(&aws), Ok(Heard::FetchCertificate(_))));
}

#[test]
fn only_a_few_certificates_are_kept() {
    let aws = aws_that_knows();
    let name = |n| format!("https://sns.eu-west-1.amazonaws.com/{n}.pem").parse::<Uri>().unwrap();
    for n in 0..3 {
        aws.learn(&name(n), OTHER_CERTIFICATE).unwrap();
    }
    assert!(matches!(delivered().hear(&aws), Ok(Heard::Reports(_))));
    aws.learn(&name(3), OTHER_CERTIFICATE).unwrap();
    assert!(matches!(delivered().hear(&aws), Ok(Heard::FetchCertificate(_))));
}

#[test]
fn other_topics_are_not_believed_whoever_signed() {
    for topic in [
        "arn:aws:sns:eu-west-1:210987654321:receipts",
        "arn:aws:sns:eu-west-1:123456789012:receipts2",
        "arn:aws:sns:eu-west-2:123456789012:receipts",
        "",
    ] {
        let heard = signed_with("TopicArn", topic).hear(&aws_that_knows());
        assert_eq!(heard, Err(CallbackError::NotProved), "{topic}");
    }
    let without = Aws::new(AwsOptions { topic_arn: None, ..options() }).unwrap();
    assert_eq!(delivered().hear(&without), Err(CallbackError::NotProved));
    assert!(without.learn(&Uri::from_static(CERTIFICATE_URL), CERTIFICATE).is_err());
}

#[test]
fn the_weak_signature_is_refused_and_the_log_says_what_to_do() {
    for version in ["1", "3", "", "02"] {
        let heard = signed_with("SignatureVersion", version).hear(&aws_that_knows());
        let Err(CallbackError::Unreadable(reason)) = heard else { panic!("{heard:?}") };
        assert!(reason.contains("SignatureVersion"));
    }
}

#[test]
fn a_subscription_is_confirmed_at_sns_only() {
    let heard = signed(confirmation(SUBSCRIBE_URL)).hear(&aws_that_knows());
    let uri = Uri::from_static(SUBSCRIBE_URL);
    assert_eq!(heard, Ok(Heard::Confirm(uri)));
    for url in [
        "https://evil.example/?Action=ConfirmSubscription",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-2.amazonaws.com/?Action=ConfirmSubscription",
        "",
    ] {
        let heard = signed(confirmation(url)).hear(&aws_that_knows());
        assert_eq!(heard, Err(CallbackError::NotProved), "{url}");
    }
    assert!(aws().confirms_at("sns.eu-west-1.amazonaws.com"));
    assert!(!aws().confirms_at("sns.eu-west-2.amazonaws.com"));
    assert!(!aws().tags_callbacks());
}

#[test]
fn the_end_of_a_subscription_is_heard() {
    let mut fields = confirmation(SUBSCRIBE_URL);
    fields.insert("Type".to_owned(), "UnsubscribeConfirmation".into());
    assert_eq!(signed(fields).hear(&aws_that_knows()), Ok(Heard::Reports(Vec::new())));
}

/// What of an envelope is signed, or says how.
fn signed_fields(body: &[u8]) -> Option<Vec<Option<Value>>> {
    let names = [
        "Message",
        "MessageId",
        "Subject",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
        "Signature",
        "SignatureVersion",
        "SigningCertURL",
    ];
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(names.iter().map(|name| value.get(name).filter(|v| !v.is_null()).cloned()).collect())
}

/// Each change of a byte or more, wherever it changes what was said.
#[test]
fn a_thousand_mutations_of_each_signed_envelope_are_refused() {
    let aws = aws_that_knows();
    for (seed, call) in [(1, delivered()), (2, signed(confirmation(SUBSCRIBE_URL)))] {
        assert!(call.hear(&aws).is_ok());
        let mut chance = Chance::new(seed);
        let mut refused = 0;
        while refused < 1_000 {
            let body = chance.mutated(&call.body);
            if signed_fields(&body) == signed_fields(&call.body) {
                continue;
            }
            match (Call { body: body.clone(), ..call.clone() }).hear(&aws) {
                Err(CallbackError::NotProved | CallbackError::Unreadable(_)) => {}
                // Another file at the same host: nothing is believed yet.
                Ok(Heard::FetchCertificate(uri)) => assert_ne!(uri, CERTIFICATE_URL),
                Ok(heard) => panic!("{heard:?} of {}", String::from_utf8_lossy(&body)),
            }
            refused += 1;
        }
    }
}

#[test]
fn hostile_calls_are_not_believed() {
    hostile::calls(&aws_that_knows());
    hostile::nearly_right_calls(&aws_that_knows(), &delivered(), 3);
}
