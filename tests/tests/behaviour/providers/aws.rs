//! AWS End User Messaging SMS. What SNS signs truly is shown where its certificate can be given; here only that a call
//! which is not of the topic is a path that is not there, before anything is fetched.

use super::signatures::{hex, hmac_sha256, sha256_hex};
use super::{SECRET, Scene, TEXT, checks_head};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::provider::{Asked, Provider};
use ringproof_blackbox::world::U1_NUMBER;
use serde_json::json;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:receipts";

/// The signature that AWS would make of the request (Signature Version 4).
pub(super) fn signature(asked: &Asked) -> String {
    let names = ["content-type", "host", "x-amz-date", "x-amz-target"];
    let lines = names.iter().flat_map(|name| [*name, ":", asked.header(name), "\n"]);
    let headers: String = lines.collect();
    let canonical =
        format!("POST\n/\n\n{headers}\n{}\n{}", names.join(";"), sha256_hex(&asked.body));
    let date = asked.header("x-amz-date");
    let scope = format!("{}/eu-west-1/sms-voice/aws4_request", &date[..8]);
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in [&date[..8], "eu-west-1", "sms-voice", "aws4_request"] {
        key = hmac_sha256(&key, part.as_bytes());
    }
    let signature = hex(&hmac_sha256(&key, to_sign.as_bytes()));
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={}, Signature={signature}",
        names.join(";")
    )
}

#[test]
fn a_message_goes_out_signed_and_a_call_of_no_topic_is_unknown() {
    let provider = Provider::answering(200, r#"{"MessageId":"aws-1"}"#);
    let keys = format!(
        "region = \"eu-west-1\"\naccess_key_id = \"AKIDEXAMPLE\"\nconfiguration_set = \"codes\"\n\
         topic_arn = \"{TOPIC}\"\nbase_url = \"{}\"\n",
        provider.base_url()
    );
    let scene = Scene::start("aws", "SECRET_ACCESS_KEY", &keys);
    let id = scene.send();
    let asked = provider.next();
    checks_head(&asked, "/", "application/x-amz-json-1.0");
    assert_eq!(asked.header("x-amz-target"), "PinpointSMSVoiceV2.SendTextMessage");
    assert_eq!(asked.header("host"), provider.host());
    assert_eq!(asked.header("authorization"), signature(&asked));
    let body = asked.json();
    assert_eq!(body["DestinationPhoneNumber"], U1_NUMBER);
    assert_eq!(
        (&body["MessageBody"], &body["OriginationIdentity"]),
        (&json!(TEXT), &json!("Verigator"))
    );
    assert_eq!(body["ConfigurationSetName"], "codes");
    let tag = body["Context"]["tag"].as_str().expect("the tag").to_owned();
    assert_eq!(tag.len(), 43);
    scene.has_state(&id, "OK SENT");

    let event = json!({ "eventType": "TEXT_DELIVERED", "context": { "tag": tag } });
    let envelope = |topic: &str| {
        json!({
            "Type": "Notification", "MessageId": "1", "TopicArn": topic, "Message": event.to_string(),
            "Timestamp": "2026-11-22T12:00:00.000Z", "SignatureVersion": "2", "Signature": "AAAA",
            "SigningCertURL": "https://example.com/x.pem",
        })
    };
    let call = |path: &str, body: String| Request::new("POST", path).body(body);
    let other = envelope("arn:aws:sns:eu-west-1:210987654321:receipts");
    scene.is_unknown(&call("/dlr/gw", other.to_string()));
    // The topic is right, and the certificate is at no host of SNS.
    scene.is_unknown(&call("/dlr/gw", envelope(TOPIC).to_string()));
    scene.is_unknown(&call("/dlr/gw", "no envelope".to_owned()));
    scene.is_unknown(&call(&format!("/dlr/gw/{}", "A".repeat(43)), envelope(TOPIC).to_string()));
    scene.has_state(&id, "OK SENT");
    assert_eq!(scene.receipts(), Vec::<String>::new());
    scene.prints_no_secret();
}
