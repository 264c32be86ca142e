//! What is sent.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Request;
use ringproof_delivery::SendResult;
use ringproof_delivery::provider::aws::{Aws, AwsOptions};
use ringproof_delivery::provider::base_url::BaseUrl;
use serde::Deserialize;
use verify::engine::outbox::Refusal;

use super::super::exchange::{Sample, TAG, message_id, shown};
use super::super::hostile::payloads;
use super::{aws, options};

/// The parameters of `SendTextMessage` as its reference has them.
#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SendTextMessage {
    destination_phone_number: String,
    message_body: String,
    message_type: String,
    time_to_live: u32,
    context: BTreeMap<String, String>,
    origination_identity: Option<String>,
    configuration_set_name: Option<String>,
    max_price: Option<String>,
    protect_configuration_id: Option<String>,
    destination_country_parameters: Option<BTreeMap<String, String>>,
}

fn strict(request: &Request<Vec<u8>>) -> SendTextMessage {
    let body: SendTextMessage = serde_json::from_slice(request.body()).expect("the reference");
    let digits = body.destination_phone_number.strip_prefix('+').expect("a plus");
    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
    assert!((1..=1_600).contains(&body.message_body.chars().count()));
    assert_eq!(body.message_type, "TRANSACTIONAL");
    assert!((5..=259_200).contains(&body.time_to_live));
    assert!(body.context.len() <= 5);
    assert_eq!(body.context["message"], message_id().to_string());
    assert_eq!(body.context["tag"], TAG);
    let headers = request.headers();
    assert_eq!(headers.len(), 4, "{headers:?}");
    assert_eq!(headers["content-type"], "application/x-amz-json-1.0");
    assert_eq!(headers["x-amz-target"], "PinpointSMSVoiceV2.SendTextMessage");
    assert!(headers["authorization"].is_sensitive());
    body
}

#[test]
fn a_message_is_sent_as_in_the_golden_file() {
    let request = Sample::default().request(&aws()).unwrap();
    assert_eq!(shown(&request), include_str!("golden_least.txt"));
    strict(&request);

    let everything = Aws::new(AwsOptions {
        origination_identity: Some("pool-0123456789abcdef".to_owned()),
        configuration_set: Some("codes".to_owned()),
        max_price: Some("0.50".to_owned()),
        protect_configuration: Some("protect-0123".to_owned()),
        country_parameters: vec![
            ("IN_TEMPLATE_ID".to_owned(), "1107".to_owned()),
            ("IN_ENTITY_ID".to_owned(), "1101".to_owned()),
        ],
        ..options()
    })
    .unwrap();
    let sample = Sample { text: "Kood: 1 \"õ\" €".to_owned(), ..Sample::default() };
    let request = sample.request(&everything).unwrap();
    assert_eq!(shown(&request), include_str!("golden_everything.txt"));
    strict(&request);
}

#[test]
fn the_time_to_live_stays_within_what_is_taken() {
    for (seconds, expected) in [(1, 5), (5, 5), (240, 240), (259_200, 259_200), (999_999, 259_200)]
    {
        let sample = Sample { valid_for: Duration::from_secs(seconds), ..Sample::default() };
        assert_eq!(strict(&sample.request(&aws()).unwrap()).time_to_live, expected);
    }
}

#[test]
fn what_the_service_cannot_take_is_not_sent() {
    let refused = |sample: &Sample| match sample.request(&aws()) {
        Err(SendResult::Refused(refusal, _)) => refusal,
        other => panic!("{other:?}"),
    };
    for sample in Sample::of_other_forms() {
        assert_eq!(refused(&sample), Refusal::GatewayUnfit);
    }
    let long = |chars| Sample { text: "õ".repeat(chars), ..Sample::default() };
    assert!(long(1_600).request(&aws()).is_ok());
    assert_eq!(refused(&long(1_601)), Refusal::Content);
    for sender in ["My Brand", "a.b", "é", &"x".repeat(257)] {
        let sample = Sample { sender: sender.to_owned(), ..Sample::default() };
        assert_eq!(refused(&sample), Refusal::GatewayUnfit, "{sender}");
    }
}

#[test]
fn a_message_without_sender_leaves_the_choice_to_the_account() {
    let sample = Sample { sender: String::new(), ..Sample::default() };
    assert_eq!(strict(&sample.request(&aws()).unwrap()).origination_identity, None);
}

#[test]
fn no_text_and_no_sender_becomes_more_than_that() {
    let plain = Sample::default().request(&aws()).unwrap();
    for payload in payloads() {
        let sample = Sample { text: payload.clone(), ..Sample::default() };
        let request = sample.request(&aws()).unwrap();
        let expected = SendTextMessage { message_body: payload.clone(), ..strict(&plain) };
        assert_eq!(strict(&request), expected);
        assert_eq!(request.uri(), plain.uri());

        let sample = Sample { sender: payload.clone(), ..Sample::default() };
        assert!(sample.request(&aws()).is_err(), "{payload:?}");
    }
}

#[test]
fn the_host_that_is_signed_is_the_one_that_is_called() {
    let base_url = BaseUrl::parse("http://127.0.0.1:4566", false).unwrap();
    let aws = Aws::new(AwsOptions { base_url: Some(base_url), ..options() }).unwrap();
    let here = Sample::default().request(&aws).unwrap();
    assert_eq!(here.uri(), "http://127.0.0.1:4566/");
    let there = Sample::default().request(&super::aws()).unwrap();
    assert_eq!(there.uri(), "https://sms-voice.eu-west-1.amazonaws.com/");
    assert_ne!(here.headers()["authorization"], there.headers()["authorization"]);
}
