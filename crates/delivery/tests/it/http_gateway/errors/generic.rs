//! A gateway by description (`delivery.md` 7.9): its operator's rules say what an answer means,
//! and what no rule knows is understood by the status.

use std::sync::Arc;

use super::super::generic::generic;
use super::super::stand_in::{Asked, Reply};
use super::{Kind, Row, play, slow_down};

const GENERIC: Kind = Kind { at: |url| Arc::new(generic(&description(url))), check };

fn description(url: &str) -> String {
    format!(
        r#"
url = "{url}/v1/send"
headers = {{ Authorization = "Bearer {{{{var.key}}}}" }}
body.json = '{{"to":"{{{{to_plus}}}}","from":"{{{{from}}}}","text":"{{{{text}}}}","back":"{{{{callback_url}}}}"}}'
vars = {{ key = "s3cret" }}
results = [
    {{ when = {{ http = 202, json_pointer = "/id" }}, outcome = "accepted", id = {{ json_pointer = "/id" }} }},
    {{ when = {{ json_pointer = "/error", in = ["busy"] }}, outcome = "retry" }},
    {{ when = {{ json_pointer = "/error", equals = "slow" }}, outcome = "throttled" }},
    {{ when = {{ json_pointer = "/error", equals = "credit" }}, outcome = "route_down" }},
    {{ when = {{ json_pointer = "/error", equals = "number" }}, outcome = "refused_dest" }},
    {{ when = {{ json_pointer = "/error", equals = "prefix" }}, outcome = "refused_dest_confirm" }},
    {{ when = {{ json_pointer = "/error", equals = "text" }}, outcome = "refused_content" }},
]
"#
    )
}

fn check(asked: &Asked) {
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/v1/send"));
    assert_eq!(asked.header("authorization"), Some("Bearer s3cret"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
    assert!(body["to"].as_str().is_some_and(|to| to.starts_with("+372")), "{body}");
    assert!(body["text"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
}

#[tokio::test]
async fn each_error_has_its_class_and_its_consequence() {
    let mut rows: Vec<Row> = vec![(slow_down(400, r#"{"error":"slow"}"#), "throttled")];
    for (word, class) in [
        ("busy", "retry"),
        ("credit", "route_down"),
        ("number", "refused_dest"),
        ("prefix", "refused_dest_confirm"),
        ("text", "refused_content"),
        ("of tomorrow", "refused_content"),
    ] {
        rows.push((Reply::json(400, &format!(r#"{{"error":"{word}"}}"#)), class));
    }
    rows.push((Reply::json(202, r#"{"id":null}"#), "in_doubt"));
    play(&GENERIC, rows).await;
}
