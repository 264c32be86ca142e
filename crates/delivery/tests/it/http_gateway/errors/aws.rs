//! AWS End User Messaging (`delivery.md` 7.5): errors name a kind and often a reason.

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use ringproof_delivery::provider::aws::{Aws, AwsOptions};
use sha2::{Digest as _, Sha256};
use verify::engine::outbox::Refusal;
use verify::hex;

use super::super::stand_in::{Asked, Reply, StandIn};
use super::super::{gateway_with, options, prepared, refusal, send};
use super::{Kind, Row, base, play, slow_down};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

pub(super) const AWS: Kind = Kind { at: |url| Arc::new(aws(url, SECRET)), check };

fn aws(url: &str, secret: &str) -> Aws {
    let options = AwsOptions {
        region: "eu-west-1".to_owned(),
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: secret.into(),
        origination_identity: Some("MyBrand".to_owned()),
        configuration_set: Some("codes".to_owned()),
        topic_arn: None,
        max_price: Some("0.50".to_owned()),
        protect_configuration: None,
        country_parameters: Vec::new(),
        feedback: true,
        base_url: Some(base(url)),
        code_rows: None,
    };
    Aws::new(options).expect("right options")
}

/// Whether the request is signed with our secret (Signature Version 4), as AWS would find out.
fn is_signed(asked: &Asked) -> bool {
    let header = |name| asked.header(name).unwrap_or_default();
    let names = ["content-type", "host", "x-amz-date", "x-amz-target"];
    let headers: String = names.iter().flat_map(|name| [*name, ":", header(name), "\n"]).collect();
    let (names, body) = (names.join(";"), hex::encode(&Sha256::digest(&asked.body)));
    let canonical = hex::encode(&Sha256::digest(format!("POST\n/\n\n{headers}\n{names}\n{body}")));
    let date = header("x-amz-date");
    let scope = format!("{}/eu-west-1/sms-voice/aws4_request", date.get(..8).unwrap_or_default());
    let mut key = format!("AWS4{SECRET}").into_bytes();
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
    for text in scope.split('/').chain([to_sign.as_str()]) {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length is a key");
        mac.update(text.as_bytes());
        key = mac.finalize().into_bytes().to_vec();
    }
    let credential = format!("AKIDEXAMPLE/{scope}");
    header("authorization")
        == format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={}",
            hex::encode(&key)
        )
}

fn check(asked: &Asked) {
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/"));
    assert_eq!(asked.header("content-type"), Some("application/x-amz-json-1.0"));
    assert_eq!(asked.header("x-amz-target"), Some("PinpointSMSVoiceV2.SendTextMessage"));
    assert!(is_signed(asked), "{asked:?}");
    let body: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
    let is_number = |number: &str| number.starts_with("+372");
    assert!(body["DestinationPhoneNumber"].as_str().is_some_and(is_number), "{body}");
    assert_eq!(body["OriginationIdentity"], "MyBrand");
    assert_eq!(body["MessageType"], "TRANSACTIONAL");
    assert!(body["TimeToLive"].as_u64().is_some_and(|ttl| (5..=259_200).contains(&ttl)), "{body}");
}

/// An error as the service writes it: with the namespace, and what it says to people.
pub(super) fn error(kind: &str, reason: Option<&str>) -> String {
    let reason = reason.map(|reason| format!(r#","Reason":"{reason}""#)).unwrap_or_default();
    format!(
        r#"{{"__type":"com.amazonaws.pinpointsmsvoicev2#{kind}"{reason},"Message":"+37255512345"}}"#
    )
}

#[tokio::test]
async fn each_error_has_its_class_and_its_consequence() {
    let mut rows: Vec<Row> = vec![
        (slow_down(400, &error("ThrottlingException", None)), "throttled"),
        (Reply::json(500, &error("InternalServerException", None)), "in_doubt"),
        (Reply::json(503, &error("NewException", None)), "retry"),
    ];
    for (kind, reason, class) in [
        ("AccessDeniedException", Some("INSUFFICIENT_ACCOUNT_REPUTATION"), "route_down"),
        (
            "ServiceQuotaExceededException",
            Some("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
            "route_down",
        ),
        ("ResourceNotFoundException", None, "route_down"),
        ("ConflictException", Some("DESTINATION_PHONE_NUMBER_OPTED_OUT"), "refused_dest"),
        (
            "ConflictException",
            Some("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"),
            "refused_dest",
        ),
        (
            "ConflictException",
            Some("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
            "route_unfit",
        ),
        ("ConflictException", Some("NO_ORIGINATION_IDENTITIES_FOUND"), "route_unfit"),
        ("ConflictException", Some("RESOURCE_NOT_ACTIVE"), "route_down"),
        ("ConflictException", Some("REGISTRATION_NOT_COMPLETE"), "route_down"),
        ("ValidationException", Some("SENDER_ID_NOT_REGISTERED"), "route_unfit"),
        ("ValidationException", Some("COUNTRY_NOT_ENABLED"), "route_unfit"),
        ("ValidationException", Some("DESTINATION_COUNTRY_BLOCKED"), "route_unfit"),
        ("ValidationException", Some("PRICE_OVER_THRESHOLD"), "route_unfit"),
        ("ValidationException", Some("FIELD_VALIDATION_FAILED"), "refused_content"),
        ("ValidationException", None, "refused_content"),
    ] {
        rows.push((Reply::json(400, &error(kind, reason)), class));
    }
    play(&AWS, rows).await;
}

#[tokio::test]
async fn a_request_that_another_secret_signed_is_refused_and_the_route_is_down() {
    let side = StandIn::start(|asked| {
        if is_signed(asked) {
            Reply::json(200, r#"{"MessageId":"862a8790-60c0"}"#)
        } else {
            Reply::json(400, &error("InvalidSignatureException", None))
        }
    })
    .await;
    for (secret, expected) in [(SECRET, None), ("another", Some(Refusal::GatewayDown))] {
        let gateway = gateway_with(options(), Arc::new(aws(&side.url(), secret)));
        let result = send(&gateway, prepared("hello")).await;
        assert_eq!(refusal(&result), expected, "{result:?}");
    }
}
