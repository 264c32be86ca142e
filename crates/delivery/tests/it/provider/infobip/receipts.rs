//! How receipts are proved and read.

use ringproof_delivery::provider::{CallbackError, Heard, ProviderReport};
use serde_json::{Value, json};
use verify::record::{Cause, ReceiptState};

use super::super::exchange::{Call, OTHER_TAG, TAG, message_id, other_id};
use super::super::hostile::{self, Chance};
use super::{TABLE, infobip};

fn result(group: &str, name: &str, error: &str, permanent: bool) -> Value {
    json!({
        "bulkId": "b-1",
        "messageId": message_id().to_string(),
        "to": "37255512345",
        "sender": "MyBrand",
        "sentAt": "2026-11-22T12:00:00.000+0000",
        "doneAt": "2026-11-22T12:00:02.000+0000",
        "messageCount": 1,
        "mccMnc": "24801",
        "callbackData": TAG,
        "price": { "pricePerMessage": 0.05, "currency": "EUR" },
        "status": { "groupId": 3, "groupName": group, "id": 5, "name": name },
        "error": { "groupId": 1, "groupName": "X", "id": 1, "name": error, "permanent": permanent },
    })
}

fn call(results: &[Value]) -> Call {
    Call::post(json!({ "results": results }).to_string())
}

const DELIVERED: (&str, &str) = ("DELIVERED", "DELIVERED_TO_HANDSET");
const FAILED: (&str, &str) = ("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED");

#[test]
fn each_group_is_read() {
    for (group, name, state, cause) in [
        (DELIVERED.0, DELIVERED.1, ReceiptState::Delivered, None),
        ("DELIVERED", "DELIVERED_TO_OPERATOR", ReceiptState::Accepted, None),
        ("DELIVERED", "DELIVERED_TOMORROW", ReceiptState::Delivered, None),
        ("PENDING", "PENDING_ENROUTE", ReceiptState::Accepted, None),
        (FAILED.0, FAILED.1, ReceiptState::Undeliverable, Some(Cause::Unknown)),
        ("EXPIRED", "EXPIRED_EXPIRED", ReceiptState::Expired, Some(Cause::Expired)),
        ("EXPIRED", "EXPIRED_DLR_UNKNOWN", ReceiptState::Expired, Some(Cause::Unknown)),
        ("REJECTED", "REJECTED_TOMORROW", ReceiptState::Rejected, Some(Cause::Unknown)),
        ("OTHER", "OTHER", ReceiptState::Unknown, Some(Cause::Unknown)),
    ] {
        let report = call(&[result(group, name, "NO_ERROR", false)]).report(&infobip());
        let expected = ProviderReport {
            message: message_id(),
            provider_id: Some(message_id().to_string()),
            state,
            cause,
            code: cause.map(|_| name.to_owned()),
            is_pumped: false,
        };
        assert_eq!(report, expected);
    }
}

/// Name, whether of a status (else of an error), cause.
const CAUSES: &[(&str, bool, Cause)] = &[
    ("EXPIRED_EXPIRED", true, Cause::Expired),
    ("REJECTED_NETWORK", true, Cause::Blocked),
    ("REJECTED_PREFIX_MISSING", true, Cause::DestinationInvalid),
    ("REJECTED_DND", true, Cause::DestinationInvalid),
    ("REJECTED_SOURCE", true, Cause::Blocked),
    ("REJECTED_NOT_ENOUGH_CREDITS", true, Cause::Account),
    ("REJECTED_SENDER", true, Cause::Blocked),
    ("REJECTED_DESTINATION_BLOCKLISTED", true, Cause::Blocked),
    ("REJECTED_PREPAID_PACKAGE_EXPIRED", true, Cause::Account),
    ("REJECTED_DESTINATION_NOT_REGISTERED", true, Cause::Account),
    ("REJECTED_ROUTE_NOT_AVAILABLE", true, Cause::Account),
    ("REJECTED_FLOODING_FILTER", true, Cause::Blocked),
    ("REJECTED_SYSTEM_ERROR", true, Cause::Network),
    ("REJECTED_DESTINATION", true, Cause::DestinationInvalid),
    ("SIGNALS_BLOCKED", true, Cause::Blocked),
    ("EC_UNKNOWN_SUBSCRIBER", false, Cause::DestinationInvalid),
    ("EC_UNIDENTIFIED_SUBSCRIBER", false, Cause::DestinationInvalid),
    ("EC_ILLEGAL_SUBSCRIBER", false, Cause::DestinationInvalid),
    ("EC_BEARER_SERVICE_NOT_PROVISIONED", false, Cause::DestinationInvalid),
    ("EC_TELESERVICE_NOT_PROVISIONED", false, Cause::DestinationInvalid),
    ("EC_ILLEGAL_EQUIPMENT", false, Cause::DestinationInvalid),
    ("EC_CALL_BARRED", false, Cause::DestinationInvalid),
    ("EC_FACILITY_NOT_SUPPORTED", false, Cause::DestinationInvalid),
    ("EC_INVALID_DESTINATION_ADDRESS", false, Cause::DestinationInvalid),
    ("EC_DEST_ADDRESS_UNABLE_TO_RECEIVE_SMS", false, Cause::DestinationInvalid),
    ("EC_ABSENT_SUBSCRIBER", false, Cause::DestinationOff),
    ("EC_ABSENT_SUBSCRIBER_SM", false, Cause::DestinationOff),
    ("EC_SUBSCRIBER_BUSY_FOR_MT_SMS", false, Cause::DestinationOff),
    ("EC_SM_DELIVERY_FAILURE", false, Cause::DestinationOff),
    ("EC_MESSAGE_WAITING_LIST_FULL", false, Cause::DestinationOff),
    ("EC_SM_DF_MEMORYCAPACITYEXCEEDED", false, Cause::DestinationOff),
    ("EC_TEMPORARY_HANDSET_FAILURE", false, Cause::DestinationOff),
    ("EC_SYSTEM_FAILURE", false, Cause::Network),
    ("EC_DATA_MISSING", false, Cause::Network),
    ("EC_UNEXPECTED_DATA_VALUE", false, Cause::Network),
    ("EC_ROAMING_NOT_ALLOWED", false, Cause::Network),
    ("EC_NO_RESPONSE", false, Cause::Network),
    ("EC_SC_BLOCKED_BY_END_USER", false, Cause::Blocked),
];

#[test]
fn each_cause_is_read_from_the_status_or_else_from_the_error() {
    for (name, is_status, cause) in CAUSES {
        let result = if *is_status {
            result("REJECTED", name, "NO_ERROR", true)
        } else {
            result(FAILED.0, FAILED.1, name, true)
        };
        let report = call(&[result]).report(&infobip());
        assert_eq!(report.cause, Some(*cause), "{name}");
        assert_eq!(report.code.as_deref(), name.get(..name.len().min(32)), "{name}");
    }
}

#[test]
fn the_table_has_no_row_that_is_not_tried() {
    let table: toml::Table = TABLE.parse().unwrap();
    for row in table["causes"].as_table().unwrap().keys() {
        assert!(CAUSES.iter().any(|(name, ..)| name == row), "{row}");
    }
    assert_eq!(table["states"].as_table().unwrap().len(), 7);
}

#[test]
fn an_unknown_error_that_is_not_for_good_is_the_networks() {
    let of = |permanent| {
        call(&[result(FAILED.0, FAILED.1, "EC_TOMORROW", permanent)]).report(&infobip()).cause
    };
    assert_eq!((of(false), of(true)), (Some(Cause::Network), Some(Cause::Unknown)));
}

#[test]
fn several_results_are_reports_of_their_own_messages() {
    let mut other = result(FAILED.0, FAILED.1, "EC_ABSENT_SUBSCRIBER", false);
    other["callbackData"] = OTHER_TAG.into();
    other["messageId"] = other_id().to_string().into();
    let one = result(DELIVERED.0, DELIVERED.1, "NO_ERROR", false);
    let Ok(Heard::Reports(reports)) = call(&[one, other]).hear(&infobip()) else { panic!("heard") };
    let said: Vec<_> = reports.iter().map(|report| (report.message, report.state)).collect();
    let expected =
        [(message_id(), ReceiptState::Delivered), (other_id(), ReceiptState::Undeliverable)];
    assert_eq!(said, expected);
    assert_eq!(call(&[]).hear(&infobip()), Ok(Heard::Reports(Vec::new())));
}

#[test]
fn one_wrong_tag_and_nothing_is_believed() {
    let right = result(DELIVERED.0, DELIVERED.1, "NO_ERROR", false);
    for tag in ["", "tag-of-on", "tag-of-one ", "tag-of-none"] {
        let mut wrong = right.clone();
        wrong["callbackData"] = tag.into();
        let heard = call(&[right.clone(), wrong]).hear(&infobip());
        assert_eq!(heard, Err(CallbackError::NotProved), "{tag}");
    }
    // The tag of one message does not prove another.
    let mut wrong = right.clone();
    wrong["callbackData"] = OTHER_TAG.into();
    assert_eq!(call(&[wrong]).hear(&infobip()), Err(CallbackError::NotProved));
}

#[test]
fn without_a_tag_of_its_own_a_result_is_that_of_the_path_if_it_names_it() {
    let mut result = result(DELIVERED.0, DELIVERED.1, "NO_ERROR", false);
    result.as_object_mut().unwrap().remove("callbackData");
    assert_eq!(call(&[result.clone()]).report(&infobip()).message, message_id());

    let pathless = Call { message: None, ..call(&[result.clone()]) };
    assert_eq!(pathless.hear(&infobip()), Err(CallbackError::NotProved));
    result["messageId"] = other_id().to_string().into();
    assert_eq!(call(&[result.clone()]).hear(&infobip()), Err(CallbackError::NotProved));
    result.as_object_mut().unwrap().remove("messageId");
    assert_eq!(call(&[result]).hear(&infobip()), Err(CallbackError::NotProved));
}

#[test]
fn there_is_a_most_of_results() {
    let result = json!({
        "callbackData": TAG,
        "status": { "groupName": DELIVERED.0, "name": DELIVERED.1 },
    });
    let heard = |count| call(&vec![result.clone(); count]).hear(&infobip());
    assert!(matches!(heard(1_000), Ok(Heard::Reports(reports)) if reports.len() == 1_000));
    assert!(matches!(heard(1_001), Err(CallbackError::Unreadable(_))));
}

#[test]
fn a_thousand_mutated_tags_are_refused() {
    let right = result(DELIVERED.0, DELIVERED.1, "NO_ERROR", false);
    let mut chance = Chance::new(6);
    let mut refused = 0;
    while refused < 1_000 {
        let tag = chance.mutated(TAG.as_bytes());
        let Ok(tag) = String::from_utf8(tag) else { continue };
        if tag == TAG {
            continue;
        }
        let mut wrong = right.clone();
        wrong["callbackData"] = tag.as_str().into();
        assert_eq!(call(&[wrong]).hear(&infobip()), Err(CallbackError::NotProved), "{tag}");
        refused += 1;
    }
}

#[test]
fn hostile_calls_are_not_believed() {
    hostile::calls(&infobip());
    let right = call(&[result(DELIVERED.0, DELIVERED.1, "NO_ERROR", false)]);
    hostile::nearly_right_calls(&infobip(), &right, 7);
}
