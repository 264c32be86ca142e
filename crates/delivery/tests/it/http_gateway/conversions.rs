//! What providers are told of codes that were entered (`delivery.md` 7.2, 7.3, 7.5).

use ringproof_delivery::Gateway as _;
use ringproof_delivery::conversion::{Conversion, Told};
use ringproof_delivery::provider::Provider as _;
use ringproof_delivery::provider::aws::signature::{self, Scope, Signed};
use ringproof_delivery::provider::aws::{Aws, AwsOptions};
use ringproof_delivery::provider::base_url::BaseUrl;
use ringproof_delivery::provider::twilio::{Twilio, TwilioOptions};
use ringproof_delivery::provider::vonage::{
    Vonage, VonageAlgorithm, VonageAuth, VonageError, VonageOptions,
};

use super::stand_in::{Asked, StandIn};
use super::{VECTOR_SECONDS, gateway, outgoing, prepared, twilio, vonage};
use crate::world::at;

const SID: &str = "SM00000000000000000000000000000001";

fn entered(id: &str) -> Conversion {
    let entered_at = verify::Timestamp::from_second(VECTOR_SECONDS).expect("it is a time");
    Conversion { provider_id: id.to_owned(), entered_at }
}

fn base(side: &StandIn) -> BaseUrl {
    BaseUrl::parse(&side.url(), false).expect("loopback may be plain")
}

fn twilio_at(side: &StandIn) -> Twilio {
    let options = TwilioOptions { base_url: Some(base(side)), ..twilio::options() };
    Twilio::new(options).expect("it is set up")
}

fn vonage_options() -> VonageOptions {
    VonageOptions { feedback: true, ..vonage::options() }
}

fn aws_options(feedback: bool) -> AwsOptions {
    AwsOptions {
        region: "eu-west-1".to_owned(),
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "secret".into(),
        origination_identity: None,
        configuration_set: None,
        topic_arn: None,
        max_price: None,
        protect_configuration: None,
        country_parameters: Vec::new(),
        feedback,
        base_url: None,
        code_rows: None,
    }
}

/// The request line, and the headers that say who asks and what is sent.
fn head(asked: &Asked) -> (&str, &str, Option<&str>, Option<&str>) {
    let header = |name| asked.header(name);
    (&asked.method, &asked.target, header("authorization"), header("content-type"))
}

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

#[tokio::test]
async fn twilio_is_told_this_byte_by_byte() {
    let side = StandIn::saying(201, "", r#"{"outcome":"confirmed"}"#).await;
    assert_eq!(gateway(twilio_at(&side)).tell_conversion(&entered(SID)).await, Told::Yes);
    let asked = side.asked_once();
    let target = format!("/2010-04-01/Accounts/{}/Messages/{SID}/Feedback.json", twilio::ACCOUNT);
    // `AC…1:12345`.
    let authorization = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMToxMjM0NQ==";
    assert_eq!(head(&asked), ("POST", &*target, Some(authorization), FORM));
    assert_eq!(asked.body, "Outcome=confirmed");
}

/// It stands in a path, and comes from outside.
#[tokio::test]
async fn an_id_that_is_none_of_twilio_is_not_told() {
    let side = StandIn::saying(201, "", "{}").await;
    let gateway = gateway(twilio_at(&side));
    for id in
        ["", "SM1", "SM0000000000000000000000000000/../", "SM000000000000000000000000000000?a"]
    {
        let told = gateway.tell_conversion(&entered(id)).await;
        assert_eq!(told, Told::Refused("it cannot be told".into()), "{id}");
    }
    assert!(side.asked().is_empty());
}

#[tokio::test]
async fn vonage_is_told_this_byte_by_byte_at_its_other_host() {
    let side = StandIn::saying(200, "", "").await;
    let options = VonageOptions { conversion_base_url: Some(base(&side)), ..vonage_options() };
    let vonage = Vonage::new(options).expect("it is set up");
    let told = gateway(vonage).tell_conversion(&entered("0C000000217B7F02")).await;
    assert_eq!(told, Told::Yes);
    let asked = side.asked_once();
    // `abcd1234:secret`.
    let authorization = Some("Basic YWJjZDEyMzQ6c2VjcmV0");
    assert_eq!(head(&asked), ("POST", "/conversions/sms", authorization, FORM));
    let body = "message-id=0C000000217B7F02&delivered=true&timestamp=2026-11-22+12%3A00%3A00";
    assert_eq!(asked.body, body);
}

#[test]
fn without_another_address_each_is_told_at_its_own() {
    let uri =
        |request: Option<http::Request<Vec<u8>>>| request.expect("it is told").uri().to_string();
    let vonage = Vonage::new(vonage_options()).expect("it is set up");
    let told = vonage.conversion(&entered("1"), at(0));
    assert_eq!(uri(told), "https://api.nexmo.com/conversions/sms");
    let aws = Aws::new(aws_options(true)).expect("it is set up");
    let told = aws.conversion(&entered("1"), at(0));
    assert_eq!(uri(told), "https://sms-voice.eu-west-1.amazonaws.com/");
}

#[test]
fn aws_is_told_with_a_signature_of_its_own() {
    let aws = Aws::new(aws_options(true)).expect("it is set up");
    let now = entered("").entered_at;
    let request = aws.conversion(&entered("aws-1"), now).expect("it is told");
    let body = br#"{"MessageId":"aws-1","MessageFeedbackStatus":"RECEIVED"}"#;
    assert_eq!(request.body(), body);
    let header = |name: &str| request.headers()[name].to_str().expect("it is text");
    let target = "PinpointSMSVoiceV2.PutMessageFeedback";
    assert_eq!((request.method().as_str(), header("x-amz-target")), ("POST", target));
    let signed = [
        ("content-type", "application/x-amz-json-1.0"),
        ("host", "sms-voice.eu-west-1.amazonaws.com"),
        ("x-amz-date", "20261122T120000Z"),
        ("x-amz-target", target),
    ];
    assert!(signed.iter().all(|(name, value)| *name == "host" || header(name) == *value));
    let scope = Scope {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: "secret",
        region: "eu-west-1",
        service: "sms-voice",
    };
    let signed = Signed { headers: &signed, body };
    let expected = signature::authorization(&scope, &signed, "20261122T120000Z");
    assert_eq!(header("authorization"), expected);
    assert!(request.headers()["authorization"].is_sensitive());
}

/// What is never confirmed counts as failed there, so clients' texts do not ask for it.
#[test]
fn aws_waits_for_word_of_codes_only() {
    let asks = |feedback, is_code| {
        let aws = Aws::new(aws_options(feedback)).expect("it is set up");
        let mut message = prepared("hello");
        message.is_code = is_code;
        let request = aws.request(&outgoing(&message, None)).expect("it can be sent");
        let body: serde_json::Value = serde_json::from_slice(request.body()).expect("it is JSON");
        body.get("MessageFeedbackEnabled").cloned()
    };
    assert_eq!(asks(true, true), Some(true.into()));
    assert_eq!((asks(true, false), asks(false, true)), (None, None));
}

#[test]
fn who_is_not_to_be_told_is_not() {
    let twilio = TwilioOptions { feedback: false, ..twilio::options() };
    let twilio = Twilio::new(twilio).expect("it is set up");
    let vonage = Vonage::new(vonage::options()).expect("it is set up");
    let aws = Aws::new(aws_options(false)).expect("it is set up");
    assert!(!twilio.takes_conversions() && twilio.conversion(&entered(SID), at(0)).is_none());
    assert!(!vonage.takes_conversions() && vonage.conversion(&entered("1"), at(0)).is_none());
    assert!(!aws.takes_conversions());
    let auth = VonageAuth::Signed { secret: "s".into(), algorithm: VonageAlgorithm::Sha256 };
    let signed = Vonage::new(VonageOptions { auth, ..vonage_options() });
    assert_eq!(signed.err(), Some(VonageError::Feedback));
}

#[tokio::test]
async fn an_answer_says_whether_it_is_worth_another_try() {
    for (status, head, expected) in [
        (200, "", Some(Told::Yes)),
        (204, "", Some(Told::Yes)),
        (301, "Location: http://127.0.0.1:1/\r\n", Some(Told::Refused("status 301".into()))),
        (401, "", Some(Told::Refused("status 401".into()))),
        (404, "", Some(Told::Refused("status 404".into()))),
        (429, "Retry-After: 3\r\n", None),
        (500, "", None),
        (503, "", None),
    ] {
        let side = StandIn::saying(status, head, "").await;
        let told = gateway(twilio_at(&side)).tell_conversion(&entered(SID)).await;
        if let Some(expected) = expected {
            assert_eq!(told, expected, "{status}");
        } else {
            let Told::Later(pause, _) = told else { panic!("{status}: {told:?}") };
            assert_eq!(pause.map(|pause| pause.as_secs()), (status == 429).then_some(3));
        }
    }
    let side = StandIn::saying(201, "", "").await;
    let twilio = twilio_at(&side);
    drop(side);
    let told = gateway(twilio).tell_conversion(&entered(SID)).await;
    assert!(matches!(told, Told::Later(None, _)), "{told:?}");
}
