//! Messente's Omnichannel interface (`delivery.md` 7.4): a list of errors, each with a code and
//! what it is about.

use std::sync::Arc;

use ringproof_delivery::provider::messente::{Messente, MessenteOptions};

use super::super::stand_in::{Asked, Reply};
use super::{Kind, Row, base, play, slow_down};

const MESSENTE: Kind = Kind {
    at: |url| {
        let options = MessenteOptions {
            username: "user".to_owned(),
            password: "secret".into(),
            base_url: Some(base(url)),
            code_rows: None,
        };
        Arc::new(Messente::new(options).expect("right options"))
    },
    check,
};

fn check(asked: &Asked) {
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/v1/omnimessage"));
    // `user:secret`.
    assert_eq!(asked.header("authorization"), Some("Basic dXNlcjpzZWNyZXQ="));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
    assert!(body["to"].as_str().is_some_and(|to| to.starts_with("+372")), "{body}");
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(1), "{body}");
    assert_eq!(body["messages"][0]["channel"], "sms", "{body}");
    assert!(body["messages"][0]["ttl"].as_u64().is_some_and(|ttl| ttl > 0), "{body}");
    assert!(body["dlr_url"].as_str().is_some_and(|url| url.starts_with("https://")), "{body}");
    assert_eq!(body["text_store"], "nostore", "{body}");
}

fn error(code: &str, source: &str) -> String {
    format!(
        r#"{{"errors":[{{"code":"{code}","title":"t","detail":"+37255512345","source":"{source}"}}]}}"#
    )
}

#[tokio::test]
async fn each_error_has_its_class_and_its_consequence() {
    let mut rows: Vec<Row> = Vec::new();
    for (status, code, source, class) in [
        (404, "101", "", "route_down"),
        (403, "102", "", "route_down"),
        (401, "103", "authorization", "route_down"),
        (500, "104", "", "retry"),
        (400, "105", "messages", "refused_content"),
        (400, "105", "to", "refused_dest"),
        (400, "106", "text", "refused_content"),
        (405, "107", "", "route_down"),
        // A code of tomorrow is understood by the status.
        (400, "199", "", "refused_content"),
        (403, "199", "", "route_down"),
        (500, "199", "", "retry"),
    ] {
        rows.push((Reply::json(status, &error(code, source)), class));
    }
    rows.push((slow_down(429, &error("199", "")), "throttled"));
    play(&MESSENTE, rows).await;
}
