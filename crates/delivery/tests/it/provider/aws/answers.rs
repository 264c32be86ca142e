//! How answers are read: each row of the table.

use http::{HeaderMap, StatusCode, header};
use ringproof_delivery::provider::Answer;
use ringproof_delivery::provider::Provider as _;
use ringproof_delivery::{SendResult, Taken};
use verify::SignedDuration;
use verify::engine::outbox::Refusal;

use super::super::exchange::{read, refusal};
use super::super::hostile;
use super::{TABLE, aws};

/// Kind, reason, class.
const ROWS: &[(&str, Option<&str>, Refusal)] = &[
    ("ThrottlingException", None, Refusal::Throttled(None)),
    ("InternalServerException", None, Refusal::InDoubt),
    ("AccessDeniedException", Some("INSUFFICIENT_ACCOUNT_REPUTATION"), Refusal::GatewayDown),
    ("ServiceQuotaExceededException", Some("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"), DOWN),
    ("ResourceNotFoundException", None, DOWN),
    ("UnrecognizedClientException", None, DOWN),
    ("InvalidSignatureException", None, DOWN),
    ("SignatureDoesNotMatch", None, DOWN),
    ("IncompleteSignature", None, DOWN),
    ("IncompleteSignatureException", None, DOWN),
    ("MissingAuthenticationTokenException", None, DOWN),
    ("InvalidClientTokenId", None, DOWN),
    ("ExpiredTokenException", None, DOWN),
    ("OptInRequired", None, DOWN),
    ("ConflictException", None, DOWN),
    ("ConflictException", Some("MESSAGE_TYPE_MISMATCH"), DOWN),
    ("ConflictException", Some("DESTINATION_PHONE_NUMBER_OPTED_OUT"), DESTINATION),
    (
        "ConflictException",
        Some("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"),
        DESTINATION,
    ),
    ("ConflictException", Some("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"), UNFIT),
    ("ConflictException", Some("NO_ORIGINATION_IDENTITIES_FOUND"), UNFIT),
    ("ConflictException", Some("RESOURCE_NOT_ACTIVE"), DOWN),
    ("ConflictException", Some("REGISTRATION_NOT_COMPLETE"), DOWN),
    ("ValidationException", None, Refusal::Content),
    ("ValidationException", Some("FIELD_VALIDATION_FAILED"), Refusal::Content),
    ("ValidationException", Some("SENDER_ID_NOT_REGISTERED"), UNFIT),
    ("ValidationException", Some("SENDER_ID_NOT_SUPPORTED"), UNFIT),
    ("ValidationException", Some("SENDER_ID_REQUIRES_REGISTRATION"), UNFIT),
    ("ValidationException", Some("COUNTRY_NOT_ENABLED"), UNFIT),
    ("ValidationException", Some("DESTINATION_COUNTRY_BLOCKED"), UNFIT),
    ("ValidationException", Some("PRICE_OVER_THRESHOLD"), UNFIT),
];

const DOWN: Refusal = Refusal::GatewayDown;
const UNFIT: Refusal = Refusal::GatewayUnfit;
const DESTINATION: Refusal = Refusal::Destination { confirm: false };

fn error(kind: &str, reason: Option<&str>) -> String {
    let reason = reason.map(|reason| format!(",\"Reason\":\"{reason}\"")).unwrap_or_default();
    format!("{{\"__type\":\"{kind}\"{reason},\"Message\":\"+37255512345 is no number\"}}")
}

#[test]
fn a_taken_message_is_known_by_the_services_id() {
    let id = "862a8790-60c0-4430-9b2b-658bdexample";
    let result = read(&aws(), 200, format!("{{\"MessageId\":\"{id}\"}}"));
    assert_eq!(result, SendResult::Accepted(Taken { ids: vec![id.to_owned()] }));
}

#[test]
fn each_row_of_the_table_is_read_with_and_without_a_namespace() {
    for (kind, reason, expected) in ROWS {
        for kind in [(*kind).to_owned(), format!("com.amazonaws.pinpointsmsvoicev2#{kind}")] {
            for status in [400, 500] {
                let body = error(&kind, *reason);
                assert_eq!(refusal(&aws(), status, &body), *expected, "{status} {body}");
            }
        }
    }
}

#[test]
fn the_table_has_no_row_that_is_not_tried() {
    let table: toml::Table = TABLE.parse().unwrap();
    for row in table["codes"].as_table().unwrap().keys() {
        let is_tried =
            |(kind, reason, _): &(&str, Option<&str>, Refusal)| kind == row || *reason == Some(row);
        assert!(ROWS.iter().any(is_tried), "{row}");
    }
}

#[test]
fn an_unknown_error_is_read_by_its_status() {
    let body = error("NewException", Some("NEW_REASON"));
    assert_eq!(refusal(&aws(), 400, &body), Refusal::Content);
    assert_eq!(refusal(&aws(), 403, &body), Refusal::GatewayDown);
    assert_eq!(refusal(&aws(), 503, &body), Refusal::Temporary);
    assert_eq!(refusal(&aws(), 503, "Service Unavailable"), Refusal::InDoubt);
}

#[test]
fn reasons_name_the_code_and_never_the_number() {
    let body = error("ValidationException", Some("SENDER_ID_NOT_REGISTERED"));
    let SendResult::Refused(_, reason) = read(&aws(), 400, body) else { panic!("refused") };
    assert_eq!(&*reason, "SENDER_ID_NOT_REGISTERED");
}

#[test]
fn a_throttle_says_how_long() {
    let body = error("ThrottlingException", None);
    let headers = HeaderMap::from_iter([(header::RETRY_AFTER, "3".parse().unwrap())]);
    let status = StatusCode::BAD_REQUEST;
    let result = aws().read(&Answer { status, headers: &headers, body: body.as_bytes() });
    let SendResult::Refused(refusal, _) = result else { panic!("refused") };
    assert_eq!(refusal, Refusal::Throttled(Some(SignedDuration::from_secs(3))));
}

#[test]
fn hostile_answers_stay_within_the_model() {
    hostile::answers(&aws());
    hostile::nearly_right_answers(&aws(), "{\"MessageId\":\"862a8790-60c0\"}", 1);
    hostile::nearly_right_answers(&aws(), &error("ConflictException", Some("NEW")), 2);
}
