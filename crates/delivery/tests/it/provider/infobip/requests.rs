//! What is sent.

use std::time::Duration;

use http::Request;
use ringproof_delivery::SendResult;
use ringproof_delivery::provider::infobip::{IndiaDlt, Infobip, InfobipOptions};
use serde::Deserialize;
use verify::engine::outbox::Refusal;
use verify::phone::PhoneNumber;

use super::super::exchange::{CALLBACK_URL, Sample, TAG, message_id, shown};
use super::super::hostile::payloads;
use super::{infobip, options};

/// The parts of the interface that are used, as its reference has them.
#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Body {
    messages: [Message; 1],
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Message {
    sender: Option<String>,
    destinations: [Destination; 1],
    content: Content,
    options: Options,
    webhooks: Option<Webhooks>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Destination {
    to: String,
    message_id: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Content {
    text: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Options {
    validity_period: ValidityPeriod,
    regional: Option<serde_json::Value>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ValidityPeriod {
    amount: u32,
    time_unit: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Webhooks {
    delivery: Delivery,
    content_type: String,
    callback_data: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Delivery {
    url: String,
    intermediate_report: bool,
    notify: bool,
}

fn strict(request: &Request<Vec<u8>>) -> Message {
    assert_eq!(request.uri(), "https://xyz123.api.infobip.com/sms/3/messages");
    let headers = request.headers();
    assert_eq!(headers.len(), 2, "{headers:?}");
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["authorization"].is_sensitive());
    let Body { messages: [message] } = serde_json::from_slice(request.body()).expect("reference");
    let [destination] = &message.destinations;
    assert!(destination.to.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(destination.message_id, message_id().to_string());
    let period = &message.options.validity_period;
    assert_eq!(period.time_unit, "MINUTES");
    assert!((1..=2_880).contains(&period.amount));
    if let Some(webhooks) = &message.webhooks {
        assert_eq!(webhooks.delivery.url, CALLBACK_URL);
        assert!(webhooks.delivery.notify && !webhooks.delivery.intermediate_report);
        assert_eq!(webhooks.content_type, "application/json");
        assert_eq!(webhooks.callback_data, TAG);
    }
    message
}

#[test]
fn a_message_is_sent_as_in_the_golden_file() {
    let request = Sample::default().request(&infobip()).unwrap();
    assert_eq!(shown(&request), include_str!("golden_least.txt"));
    strict(&request);
}

#[test]
fn messages_to_india_carry_their_registration_and_others_do_not() {
    let india = IndiaDlt {
        principal_entity_id: "1101".to_owned(),
        content_template_id: Some("1107".to_owned()),
    };
    let infobip = Infobip::new(InfobipOptions { india: Some(india), ..options() }).unwrap();
    let sample = Sample {
        to: PhoneNumber::parse("+919876543210").unwrap(),
        sender: String::new(),
        text: "Kood: 1 \"õ\" €".to_owned(),
        callback_url: None,
        ..Sample::default()
    };
    let request = sample.request(&infobip).unwrap();
    assert_eq!(shown(&request), include_str!("golden_india.txt"));
    strict(&request);
    assert_eq!(strict(&Sample::default().request(&infobip).unwrap()).options.regional, None);
}

#[test]
fn the_validity_is_in_whole_minutes_within_what_is_taken() {
    for (seconds, expected) in [(1, 1), (60, 1), (239, 3), (240, 4), (999_999, 2_880)] {
        let sample = Sample { valid_for: Duration::from_secs(seconds), ..Sample::default() };
        let message = strict(&sample.request(&infobip()).unwrap());
        assert_eq!(message.options.validity_period.amount, expected);
    }
}

#[test]
fn other_forms_than_plain_text_are_not_sent() {
    for sample in Sample::of_other_forms() {
        let refused = sample.request(&infobip()).unwrap_err();
        assert!(matches!(refused, SendResult::Refused(Refusal::GatewayUnfit, _)), "{refused:?}");
    }
}

#[test]
fn no_text_and_no_sender_becomes_more_than_that() {
    let plain = || strict(&Sample::default().request(&infobip()).unwrap());
    for payload in payloads() {
        let sample = Sample { text: payload.clone(), ..Sample::default() };
        let content = Content { text: payload.clone() };
        assert_eq!(strict(&sample.request(&infobip()).unwrap()), Message { content, ..plain() });

        let sample = Sample { sender: payload.clone(), ..Sample::default() };
        let sender = Some(payload);
        assert_eq!(strict(&sample.request(&infobip()).unwrap()), Message { sender, ..plain() });
    }
}
