//! Vonage SMS (`delivery.md` 7.3): always 200, with a status for each part.

use std::sync::Arc;

use ringproof_delivery::provider::vonage::{Vonage, VonageOptions};

use super::super::stand_in::{Asked, Reply};
use super::super::vonage::options;
use super::{Kind, Row, base, play, slow_down};

const VONAGE: Kind = Kind {
    at: |url| {
        let options = VonageOptions { base_url: Some(base(url)), ..options() };
        Arc::new(Vonage::new(options).expect("right options"))
    },
    check,
};

fn check(asked: &Asked) {
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/sms/json"));
    // `abcd1234:secret`.
    assert_eq!(asked.header("authorization"), Some("Basic YWJjZDEyMzQ6c2VjcmV0"));
    let fields = asked.form();
    let field = |name| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert!(field("to").is_some_and(|to| to.starts_with("372")), "{fields:?}");
    assert!(field("from").is_some() && field("text").is_some_and(|text| !text.is_empty()));
    assert!(field("ttl").is_some_and(|ttl| ttl.parse().is_ok_and(|ms: u64| ms >= 20_000)));
    assert!(field("client-ref").is_some_and(|id| id.len() == 36), "{fields:?}");
    assert!(field("callback").is_some_and(|url| url.len() <= 100), "{fields:?}");
}

/// An answer with these statuses, one for each part.
fn parts(statuses: &[u32]) -> String {
    let part = |status: &u32| match status {
        0 => r#"{"to":"37255512345","message-id":"0C01","status":"0"}"#.to_owned(),
        status => format!(r#"{{"status":"{status}","error-text":"to 37255512345"}}"#),
    };
    let all: Vec<String> = statuses.iter().map(part).collect();
    format!(r#"{{"message-count":"{}","messages":[{}]}}"#, all.len(), all.join(","))
}

#[tokio::test]
async fn each_error_has_its_class_and_its_consequence() {
    let mut rows: Vec<Row> = Vec::new();
    for (class, statuses) in [
        ("retry", &[5][..]),
        ("refused_content", &[2, 3, 12, 22, 23]),
        ("route_down", &[4, 8, 9, 11, 14, 32]),
        ("route_unfit", &[15, 29]),
        ("refused_dest", &[7, 33]),
        ("refused_dest_confirm", &[6]),
    ] {
        rows.extend(statuses.iter().map(|status| (Reply::json(200, &parts(&[*status])), class)));
    }
    rows.extend([1, 10].map(|status| (slow_down(200, &parts(&[status])), "throttled")));
    // One part is with them and one is not.
    rows.push((Reply::json(200, &parts(&[0, 9])), "in_doubt"));
    rows.push((Reply::json(200, &parts(&[])), "in_doubt"));
    play(&VONAGE, rows).await;
}
