//! Providers are told which of their codes were entered, and of no others.

use super::signatures::basic;
use super::{FORM, SECRET, Scene, aws, checks_head, field};
use ringproof_blackbox::clock::Clock;
use ringproof_blackbox::http::Request;
use ringproof_blackbox::provider::{Asked, Provider};
use ringproof_blackbox::world::{U1_NUMBER, wrong_pin};
use serde_json::json;
use std::time::{Duration, Instant};

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const MESSAGE: &str = "SM0123456789abcdef0123456789abcdef";

fn twilio(more: &str) -> (Provider, Scene) {
    let body = format!(r#"{{"sid":"{MESSAGE}","status":"queued","error_code":null}}"#);
    let provider = Provider::answering(201, &body);
    let keys = format!("account_sid = \"{SID}\"\nbase_url = \"{}\"\n{more}", provider.base_url());
    let scene = Scene::start("twilio", "AUTH_TOKEN", &keys);
    (provider, scene)
}

/// Starts and enters a wrong code and then the right one, which `text_of` finds in the message.
#[track_caller]
fn verify(provider: &Provider, scene: &Scene, text_of: impl Fn(&Asked) -> String) {
    let id = scene.caller.start(U1_NUMBER, &[]).started();
    let text = text_of(&provider.next());
    let pin = text.strip_prefix("Your Verification PIN code is ").expect("it holds a code");
    // Nobody can tell of a message before its answer is noted.
    has_counted(scene, "ringproof_messages_total{gateway=\"gw\",outcome=\"accepted\"} 1");
    scene.caller.pin(&id, &wrong_pin(pin, 1), &[]).is("INVALID");
    scene.caller.pin(&id, pin, &[]).is("VERIFIED");
}

/// Waits until the metrics have this line.
#[track_caller]
fn has_counted(scene: &Scene, line: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let metrics = || scene.call(&Request::new("GET", "/metrics")).text();
    while !metrics().lines().any(|found| found == line) {
        assert!(Instant::now() < deadline, "{line} is not counted:\n{}", metrics());
    }
}

const TOLD: &str = "ringproof_conversions_total{gateway=\"gw\",result=\"told\"} 1";

#[test]
fn twilio_is_told_once_of_a_code_that_was_entered() {
    let (provider, scene) = twilio("feedback = true\n");
    verify(&provider, &scene, |asked| field(&asked.form(), "Body").to_owned());
    let asked = provider.next();
    let target = format!("/2010-04-01/Accounts/{SID}/Messages/{MESSAGE}/Feedback.json");
    checks_head(&asked, &target, FORM);
    assert_eq!(asked.header("authorization"), basic(SID, SECRET));
    assert_eq!(asked.body, b"Outcome=confirmed");
    has_counted(&scene, TOLD);
    // The next call is the next message.
    scene.send();
    assert!(provider.next().target.ends_with("/Messages.json"));
    scene.prints_no_secret();
}

#[test]
fn a_code_that_expired_or_whose_gateway_is_not_to_be_told_tells_nothing() {
    let (provider, scene) = twilio("feedback = false\n");
    verify(&provider, &scene, |asked| field(&asked.form(), "Body").to_owned());
    scene.send();
    assert!(provider.next().target.ends_with("/Messages.json"));

    let inbox = "[[gateway]]\nname = \"inbox\"\nkind = \"inbox\"\nallow_beside_real = true\n";
    let (provider, scene) = twilio(inbox);
    let id = scene.caller.start(U1_NUMBER, &[]).started();
    let text = field(&provider.next().form(), "Body").to_owned();
    let pin = text.strip_prefix("Your Verification PIN code is ").expect("it holds a code");
    has_counted(&scene, "ringproof_messages_total{gateway=\"gw\",outcome=\"accepted\"} 1");
    Clock::of(scene.server.address()).advance(3_600);
    scene.caller.pin(&id, pin, &[]).is("EXPIRED");
    scene.send();
    assert!(provider.next().target.ends_with("/Messages.json"));
}

#[test]
fn vonage_is_told_at_its_other_host() {
    let body = concat!(
        r#"{"message-count":"1","messages":[{"to":"37255500123","message-id":"0A0000001","#,
        r#""status":"0","remaining-balance":"1.0","message-price":"0.03","network":"24801"}]}"#
    );
    let provider = Provider::answering(200, body);
    let conversions = Provider::answering(200, "");
    let keys = format!(
        "account_key = \"abcd1234\"\nbase_url = \"{}\"\nfeedback = true\nconversion_base_url = \"{}\"\n",
        provider.base_url(),
        conversions.base_url()
    );
    let scene = Scene::start("vonage", "API_SECRET", &keys);
    verify(&provider, &scene, |asked| field(&asked.form(), "text").to_owned());
    let asked = conversions.next();
    checks_head(&asked, "/conversions/sms", FORM);
    assert_eq!(asked.header("authorization"), basic("abcd1234", SECRET));
    let form = asked.form();
    assert_eq!((field(&form, "message-id"), field(&form, "delivered")), ("0A0000001", "true"));
    let time = field(&form, "timestamp");
    let is_sign = |(at, sign): (usize, char)| match at {
        4 | 7 => sign == '-',
        10 => sign == ' ',
        13 | 16 => sign == ':',
        _ => sign.is_ascii_digit(),
    };
    assert!(time.len() == 19 && time.char_indices().all(is_sign), "{time}");
    assert_eq!(form.len(), 3, "{form:?}");
    has_counted(&scene, TOLD);
}

#[test]
fn aws_is_told_with_a_signature() {
    let provider = Provider::answering(200, r#"{"MessageId":"aws-1"}"#);
    let keys = format!(
        "region = \"eu-west-1\"\naccess_key_id = \"AKIDEXAMPLE\"\nbase_url = \"{}\"\nfeedback = true\n",
        provider.base_url()
    );
    let scene = Scene::start("aws", "SECRET_ACCESS_KEY", &keys);
    verify(&provider, &scene, |asked| {
        assert_eq!(asked.json()["MessageFeedbackEnabled"], true);
        asked.json()["MessageBody"].as_str().expect("a text").to_owned()
    });
    let asked = provider.next();
    checks_head(&asked, "/", "application/x-amz-json-1.0");
    assert_eq!(asked.header("x-amz-target"), "PinpointSMSVoiceV2.PutMessageFeedback");
    assert_eq!(asked.header("authorization"), aws::signature(&asked));
    let told = json!({ "MessageId": "aws-1", "MessageFeedbackStatus": "RECEIVED" });
    assert_eq!(asked.json(), told);
    has_counted(&scene, TOLD);
}
