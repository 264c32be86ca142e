//! The Omnichannel interface.

use std::time::Duration;

use http::Request;
use ringproof_delivery::{SendResult, Taken};
use serde::Deserialize;
use verify::engine::outbox::Refusal;

use super::super::exchange::{CALLBACK_URL, Sample, read, refusal, shown};
use super::super::hostile::{self, payloads};
use super::{TABLE, messente};

/// The parts of the interface that are used, as its reference has them.
#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Omnimessage {
    to: String,
    messages: [Sms; 1],
    dlr_url: Option<String>,
    text_store: String,
    priority: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sms {
    channel: String,
    sender: Option<String>,
    text: String,
    ttl: u32,
    autoconvert: String,
}

fn strict(request: &Request<Vec<u8>>) -> Omnimessage {
    assert_eq!(request.uri(), "https://api.messente.com/v1/omnimessage");
    let headers = request.headers();
    assert_eq!(headers.len(), 2, "{headers:?}");
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["authorization"].is_sensitive());
    let body: Omnimessage = serde_json::from_slice(request.body()).expect("the reference");
    let digits = body.to.strip_prefix('+').expect("a plus");
    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
    let [sms] = &body.messages;
    assert_eq!((sms.channel.as_str(), sms.autoconvert.as_str()), ("sms", "off"));
    assert!(sms.ttl >= 1);
    assert_eq!((body.text_store.as_str(), body.priority.as_str()), ("nostore", "high"));
    assert!(body.dlr_url.as_deref().is_none_or(|url| url == CALLBACK_URL));
    body
}

#[test]
fn a_message_is_sent_as_in_the_golden_file() {
    let request = Sample::default().request(&messente()).unwrap();
    assert_eq!(shown(&request), include_str!("golden_omnichannel.txt"));
    strict(&request);

    let sample = Sample {
        sender: String::new(),
        text: "Kood: 1 \"õ\" €".to_owned(),
        valid_for: Duration::from_millis(1_900),
        callback_url: None,
        ..Sample::default()
    };
    let request = sample.request(&messente()).unwrap();
    assert_eq!(shown(&request), include_str!("golden_omnichannel_least.txt"));
    strict(&request);
}

#[test]
fn other_forms_than_plain_text_are_not_sent() {
    for sample in Sample::of_other_forms() {
        let refused = sample.request(&messente()).unwrap_err();
        assert!(matches!(refused, SendResult::Refused(Refusal::GatewayUnfit, _)), "{refused:?}");
    }
}

#[test]
fn no_text_and_no_sender_becomes_more_than_that() {
    let plain = || strict(&Sample::default().request(&messente()).unwrap());
    for payload in payloads() {
        let mut expected = plain();
        expected.messages[0].text.clone_from(&payload);
        let sample = Sample { text: payload.clone(), ..Sample::default() };
        assert_eq!(strict(&sample.request(&messente()).unwrap()), expected);

        let mut expected = plain();
        expected.messages[0].sender = Some(payload.clone());
        let sample = Sample { sender: payload, ..Sample::default() };
        assert_eq!(strict(&sample.request(&messente()).unwrap()), expected);
    }
}

const CREATED: &str = "{\"messages\":[{\"channel\":\"sms\",\"message_id\":\"m-1\",\
    \"sender\":\"MyBrand\"}],\"omnimessage_id\":\"o-1\",\"to\":\"+37255512345\"}";

fn error(code: &str, source: &str) -> String {
    format!(
        "{{\"errors\":[{{\"code\":\"{code}\",\"title\":\"t\",\"detail\":\"+37255512345\",\
         \"source\":\"{source}\"}}]}}"
    )
}

#[test]
fn a_taken_message_is_known_by_the_providers_id() {
    let taken = SendResult::Accepted(Taken { ids: vec!["m-1".to_owned()] });
    assert_eq!(read(&messente(), 201, CREATED), taken);
    let two = CREATED.replace("[{", "[{\"channel\":\"sms\",\"message_id\":\"m-0\"},{");
    assert_eq!(refusal(&messente(), 201, &two), Refusal::InDoubt);
}

/// Code, field, class.
const ROWS: &[(&str, &str, Refusal)] = &[
    ("101", "", Refusal::GatewayDown),
    ("102", "", Refusal::GatewayDown),
    ("103", "", Refusal::GatewayDown),
    ("104", "", Refusal::Temporary),
    ("105", "text", Refusal::Content),
    ("105", "to", Refusal::Destination { confirm: false }),
    ("106", "text", Refusal::Content),
    ("106", "to", Refusal::Content),
    ("107", "", Refusal::GatewayDown),
];

#[test]
fn each_row_of_the_table_is_read() {
    for (code, source, expected) in ROWS {
        for status in [400, 401, 403, 404, 405, 500] {
            let body = error(code, source);
            assert_eq!(refusal(&messente(), status, &body), *expected, "{status} {body}");
        }
    }
    let table: toml::Table = TABLE.parse().unwrap();
    for row in table["codes"].as_table().unwrap().keys() {
        let is_tried = |(code, source, _): &(&str, &str, Refusal)| {
            code == row || format!("{code}:{source}") == *row
        };
        assert!(ROWS.iter().any(is_tried), "{row}");
    }
}

#[test]
fn unknown_codes_are_read_by_the_status() {
    for (status, expected) in [
        (400, Refusal::Content),
        (401, Refusal::GatewayDown),
        (405, Refusal::GatewayDown),
        (429, Refusal::Throttled(None)),
        (500, Refusal::Temporary),
    ] {
        assert_eq!(refusal(&messente(), status, &error("199", "to")), expected, "{status}");
    }
    let both = error("199", "x").replace("[{", "[{\"code\":\"105\",\"source\":\"to\"},{");
    assert_eq!(refusal(&messente(), 400, &both), Refusal::Destination { confirm: false });
}

#[test]
fn hostile_answers_stay_within_the_model() {
    hostile::answers(&messente());
    hostile::nearly_right_answers(&messente(), CREATED, 8);
    hostile::nearly_right_answers(&messente(), &error("105", "to"), 9);
}
