//! Infobip (`delivery.md` 7.6): a refused message has a status within a 200, a refused call an
//! error object, in one of two forms.

use std::sync::Arc;

use ringproof_delivery::provider::infobip::{Infobip, InfobipOptions};

use super::super::stand_in::{Asked, Reply};
use super::{Kind, Row, base, play, slow_down};

pub(super) const INFOBIP: Kind = Kind {
    at: |url| {
        let options = InfobipOptions {
            base_url: base(url),
            api_key: "0123456789abcdef-key".into(),
            india: None,
            code_rows: None,
        };
        Arc::new(Infobip::new(options).expect("right options"))
    },
    check,
};

fn check(asked: &Asked) {
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/sms/3/messages"));
    assert_eq!(asked.header("authorization"), Some("App 0123456789abcdef-key"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
    let message = &body["messages"][0];
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(1), "{body}");
    let destination = &message["destinations"][0];
    assert!(destination["to"].as_str().is_some_and(|to| to.starts_with("372")), "{body}");
    assert!(destination["messageId"].as_str().is_some_and(|id| id.len() == 36), "{body}");
    assert!(message["content"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    let delivery = &message["webhooks"]["delivery"];
    assert_eq!(delivery["intermediateReport"], false, "{body}");
    assert!(delivery["url"].as_str().is_some_and(|url| url.starts_with("https://")), "{body}");
}

/// A message that is not taken, in an answer of success.
pub(super) fn status(group: &str, name: &str) -> Reply {
    let status = format!(
        r#"{{"groupId":5,"groupName":"{group}","id":6,"name":"{name}","description":"37255512345"}}"#
    );
    Reply::json(
        200,
        &format!(
            r#"{{"bulkId":"b-1","messages":[{{"messageId":"m-1","status":{status},"destination":"37255512345"}}]}}"#
        ),
    )
}

/// An error of the call as version 3 writes it.
fn newer(code: &str) -> String {
    format!(
        r#"{{"errorCode":"{code}","description":"d","action":"a","violations":[],"resources":[]}}"#
    )
}

/// The same as the versions before did.
fn older(code: &str) -> String {
    format!(
        r#"{{"requestError":{{"serviceException":{{"messageId":"{code}","text":"37255512345"}}}}}}"#
    )
}

#[tokio::test]
async fn each_error_has_its_class_and_its_consequence() {
    let mut rows: Vec<Row> = Vec::new();
    for (group, name, class) in [
        ("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS", "route_down"),
        ("REJECTED", "REJECTED_PREPAID_PACKAGE_EXPIRED", "route_down"),
        ("REJECTED", "REJECTED_SENDER", "route_unfit"),
        ("REJECTED", "REJECTED_ROUTE_NOT_AVAILABLE", "route_unfit"),
        ("REJECTED", "REJECTED_PREFIX_MISSING", "refused_dest_confirm"),
        ("REJECTED", "REJECTED_NETWORK", "refused_dest_confirm"),
        ("REJECTED", "REJECTED_OF_TOMORROW", "refused_dest_confirm"),
        ("UNDELIVERABLE", "UNDELIVERABLE_NOT_SENT", "refused_dest_confirm"),
        ("REJECTED", "REJECTED_DND", "refused_dest"),
        ("REJECTED", "REJECTED_DESTINATION", "refused_dest"),
        ("REJECTED", "REJECTED_MESSAGE_TOO_LONG", "refused_content"),
        ("EXPIRED", "EXPIRED_EXPIRED", "route_down"),
        ("OF_TOMORROW", "OF_TOMORROW", "in_doubt"),
    ] {
        rows.push((status(group, name), class));
    }
    for body in [newer("E400"), older("BAD_REQUEST")] {
        for (status, class) in [
            (400, "refused_content"),
            (401, "route_down"),
            (403, "route_down"),
            (500, "retry"),
            (503, "retry"),
        ] {
            rows.push((Reply::json(status, &body), class));
        }
        rows.push((slow_down(429, &body), "throttled"));
    }
    play(&INFOBIP, rows).await;
}
