//! SNS, as a test plays it: it signs envelopes with a key of its own.

use base64ct::{Base64, Encoding as _};
use http::Uri;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use ringproof_delivery::provider::Provider as _;
use ringproof_delivery::provider::aws::Aws;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Map, Value, json};

use super::super::exchange::{Call, TAG, message_id};
use super::{TOPIC, aws};

pub(crate) const CERTIFICATE: &[u8] = include_bytes!("sns_certificate.pem");

/// Of another key.
pub(crate) const OTHER_CERTIFICATE: &[u8] = include_bytes!("other_certificate.pem");

pub(crate) const CERTIFICATE_URL: &str =
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";

/// The provider, which knows the certificate.
pub(crate) fn aws_that_knows() -> Aws {
    let aws = aws();
    aws.learn(&Uri::from_static(CERTIFICATE_URL), CERTIFICATE).expect("it is a certificate");
    aws
}

pub(crate) fn event(kind: &str, is_final: bool) -> Value {
    json!({
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": 1_795_348_800_000_i64,
        "isFinal": is_final,
        "originationPhoneNumber": "+12065550152",
        "destinationPhoneNumber": "+37255512345",
        "isoCountryCode": "EE",
        "mcc": "248",
        "mnc": "01",
        "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
        "messageType": "TRANSACTIONAL",
        "messageStatus": "DELIVERED",
        "messageStatusDescription": "Message has been accepted by phone",
        "context": { "message": message_id().to_string(), "tag": TAG },
        "totalMessageParts": 1,
        "totalMessagePrice": 0.09582,
        "totalCarrierFee": 0.0,
    })
}

/// The fields of an envelope before it is signed.
pub(crate) fn notification(message: &Value) -> Map<String, Value> {
    fields(json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": message.to_string(),
        "Timestamp": "2026-11-22T12:00:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
    }))
}

pub(crate) fn confirmation(subscribe_url: &str) -> Map<String, Value> {
    fields(json!({
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe.\nTo confirm, visit the SubscribeURL.",
        "SubscribeURL": subscribe_url,
        "Timestamp": "2026-11-22T12:00:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
    }))
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other}"),
    }
}

/// Signs an envelope as SNS documents it.
pub(crate) fn signed(mut fields: Map<String, Value>) -> Call {
    let names: &[&str] = match fields["Type"].as_str().expect("text") {
        "Notification" => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        _ => &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
    };
    let lines = names.iter().filter_map(|name| Some((name, fields.get(*name)?.as_str()?)));
    let text: String = lines.flat_map(|(name, value)| [*name, "\n", value, "\n"]).collect();
    fields.insert("Signature".to_owned(), sign(&text).into());
    // SNS announces text, whatever is in it, and knows no tag in the path.
    Call { message: None, ..Call::post(Value::Object(fields).to_string()) }
}

#[expect(clippy::disallowed_methods, reason = "ring signs with no other chance than its own")]
fn sign(text: &str) -> String {
    let key = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("sns_key.pem")).expect("a key");
    let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).expect("an RSA key");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .expect("it signs");
    Base64::encode_string(&signature)
}
