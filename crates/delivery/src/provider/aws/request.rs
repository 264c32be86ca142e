//! The request that hands a message over.

use std::collections::BTreeMap;

use http::{HeaderValue, Request, header};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use verify::Timestamp;
use verify::engine::outbox::Refusal;

use super::signature::{self, Scope, Signed};
use super::{Aws, AwsError, AwsOptions};
use crate::gateway::SendResult;
use crate::limits::{AWS_TEXT_CHARS_MAX, AWS_TIME_TO_LIVE_SECONDS};
use crate::provider::{Outgoing, wire};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const TARGET: &str = "PinpointSMSVoiceV2.SendTextMessage";
const FEEDBACK_TARGET: &str = "PinpointSMSVoiceV2.PutMessageFeedback";

/// Parameters of `SendTextMessage`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendTextMessage<'a> {
    destination_phone_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origination_identity: Option<&'a str>,
    message_body: &'a str,
    message_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_set_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_price: Option<&'a str>,
    time_to_live: u64,
    context: Context<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    destination_country_parameters: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protect_configuration_id: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    message_feedback_enabled: bool,
}

/// Parameters of `PutMessageFeedback`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PutMessageFeedback<'a> {
    message_id: &'a str,
    message_feedback_status: &'static str,
}

/// What comes back with every event of the message.
#[derive(Serialize)]
struct Context<'a> {
    message: String,
    tag: &'a str,
}

pub(super) fn request(aws: &Aws, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
    let options = &aws.options;
    wire::plain_text_only(message.form)?;
    if message.text.chars().count() > AWS_TEXT_CHARS_MAX {
        return Err(SendResult::Refused(Refusal::Content, "the text is too long for it".into()));
    }
    let origin = options.origination_identity.as_deref();
    let origin = origin.or(Some(message.sender)).filter(|origin| !origin.is_empty());
    if !origin.is_none_or(is_name) {
        return Err(SendResult::Refused(Refusal::GatewayUnfit, "it has no such senders".into()));
    }
    let pairs = options.country_parameters.iter();
    let body = SendTextMessage {
        destination_phone_number: message.to.as_e164(),
        origination_identity: origin,
        message_body: message.text,
        message_type: "TRANSACTIONAL",
        configuration_set_name: options.configuration_set.as_deref(),
        max_price: options.max_price.as_deref(),
        time_to_live: (message.valid_for.as_secs())
            .clamp(*AWS_TIME_TO_LIVE_SECONDS.start(), *AWS_TIME_TO_LIVE_SECONDS.end()),
        context: Context { message: message.id.to_string(), tag: message.tag },
        destination_country_parameters: pairs.map(|(a, b)| (a.as_str(), b.as_str())).collect(),
        protect_configuration_id: options.protect_configuration.as_deref(),
        message_feedback_enabled: options.feedback && message.is_code,
    };
    let unmade = || SendResult::Refused(Refusal::GatewayDown, "no request can be made".into());
    let body = serde_json::to_vec(&body).map_err(|_| unmade())?;
    sign(aws, TARGET, message.now, body).ok_or_else(unmade)
}

/// The request that tells that a code was entered.
pub(super) fn feedback(aws: &Aws, message_id: &str, now: Timestamp) -> Option<Request<Vec<u8>>> {
    let body = PutMessageFeedback { message_id, message_feedback_status: "RECEIVED" };
    sign(aws, FEEDBACK_TARGET, now, serde_json::to_vec(&body).ok()?)
}

/// Makes the signed request of a body.
fn sign(
    aws: &Aws,
    target: &'static str,
    now: Timestamp,
    body: Vec<u8>,
) -> Option<Request<Vec<u8>>> {
    let date = signature::date(now);
    let headers = [
        ("content-type", CONTENT_TYPE),
        ("host", &*aws.host),
        ("x-amz-date", &*date),
        ("x-amz-target", target),
    ];
    let scope = Scope {
        access_key_id: &aws.options.access_key_id,
        secret_access_key: aws.options.secret_access_key.expose_secret(),
        region: &aws.options.region,
        service: "sms-voice",
    };
    let value = signature::authorization(&scope, &Signed { headers: &headers, body: &body }, &date);
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Request::post(aws.endpoint.clone())
        .header(header::CONTENT_TYPE, CONTENT_TYPE)
        .header("x-amz-date", &date)
        .header("x-amz-target", target)
        .header(header::AUTHORIZATION, value)
        .body(body)
        .ok()
}

/// Looks at everything that stands in a request or an address.
pub(super) fn check(options: &AwsOptions) -> Result<(), AwsError> {
    let AwsOptions { region, access_key_id, secret_access_key, .. } = options;
    if !is_region(region) {
        return Err(AwsError::Region(region.clone()));
    }
    let is_id = (1..=128).contains(&access_key_id.len())
        && access_key_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_id {
        return Err(AwsError::AccessKeyId);
    }
    let secret = secret_access_key.expose_secret();
    if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(AwsError::SecretAccessKey);
    }
    let names = [
        (&options.origination_identity, "origination identity"),
        (&options.configuration_set, "name of the configuration set"),
        (&options.protect_configuration, "id of the protect configuration"),
    ];
    for (name, what) in names {
        if !name.as_deref().is_none_or(is_name) {
            return Err(AwsError::Name(what));
        }
    }
    if let Some(price) = options.max_price.as_ref().filter(|price| !is_price(price)) {
        return Err(AwsError::MaxPrice(price.clone()));
    }
    for (name, value) in &options.country_parameters {
        if !is_country_parameter(name, value) {
            return Err(AwsError::CountryParameter(name.clone()));
        }
    }
    Ok(())
}

/// Whether the name of a region: it stands in host names.
pub(super) fn is_region(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !part.is_empty() && part.bytes().all(is_sign)
    };
    (5..=32).contains(&text.len()) && text.split('-').count() >= 3 && text.split('-').all(is_part)
}

fn is_name(text: &str) -> bool {
    let is_sign =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'/' | b'+' | b'-');
    (1..=256).contains(&text.len()) && text.bytes().all(is_sign)
}

/// Digits, and up to six more behind a point.
fn is_price(text: &str) -> bool {
    let (whole, parts) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=2).contains(&whole.len())
        && (1..=5).contains(&parts.len())
        && are_digits(whole)
        && are_digits(parts)
}

fn is_country_parameter(name: &str, value: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    (1..=32).contains(&name.len())
        && name.bytes().all(is_sign)
        && (1..=64).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_graphic())
}
