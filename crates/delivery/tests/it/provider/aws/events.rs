//! What events say of messages.

use ringproof_delivery::provider::{CallbackError, Heard, ProviderReport};
use serde_json::json;
use verify::record::{Cause, ReceiptState};

use super::super::exchange::{OTHER_TAG, message_id, other_id};
use super::TABLE;
use super::envelope::{aws_that_knows, event, notification, signed};

const ROWS: &[(&str, ReceiptState, Option<Cause>)] = &[
    ("TEXT_QUEUED", ReceiptState::Accepted, None),
    ("TEXT_PENDING", ReceiptState::Accepted, None),
    ("TEXT_SENT", ReceiptState::Accepted, None),
    ("TEXT_SUCCESSFUL", ReceiptState::Accepted, None),
    ("TEXT_DELIVERED", ReceiptState::Delivered, None),
    ("TEXT_INVALID", ReceiptState::Undeliverable, Some(Cause::DestinationInvalid)),
    ("TEXT_INVALID_MESSAGE", ReceiptState::Rejected, Some(Cause::Blocked)),
    ("TEXT_UNREACHABLE", ReceiptState::Undeliverable, Some(Cause::DestinationOff)),
    ("TEXT_CARRIER_UNREACHABLE", ReceiptState::Undeliverable, Some(Cause::Network)),
    ("TEXT_BLOCKED", ReceiptState::Rejected, Some(Cause::Blocked)),
    ("TEXT_CARRIER_BLOCKED", ReceiptState::Rejected, Some(Cause::Blocked)),
    ("TEXT_SPAM", ReceiptState::Rejected, Some(Cause::Blocked)),
    ("TEXT_PROTECT_BLOCKED", ReceiptState::Rejected, Some(Cause::Blocked)),
    ("TEXT_TTL_EXPIRED", ReceiptState::Expired, Some(Cause::Expired)),
    ("TEXT_UNKNOWN", ReceiptState::Unknown, Some(Cause::Unknown)),
    ("TEXT_OF_TOMORROW", ReceiptState::Unknown, Some(Cause::Unknown)),
];

#[test]
fn each_type_of_event_is_read() {
    for (kind, state, cause) in ROWS {
        let report = signed(notification(&event(kind, true))).report(&aws_that_knows());
        let expected = ProviderReport {
            message: message_id(),
            provider_id: Some("862a8790-60c0-4430-9b2b-658bdexample".to_owned()),
            state: *state,
            cause: *cause,
            code: cause.map(|_| (*kind).to_owned()),
            is_pumped: *kind == "TEXT_PROTECT_BLOCKED",
        };
        assert_eq!(report, expected);
    }
}

#[test]
fn the_table_has_no_row_that_is_not_tried() {
    let table: toml::Table = TABLE.parse().unwrap();
    for section in ["states", "causes"] {
        for row in table[section].as_table().unwrap().keys() {
            assert!(ROWS.iter().any(|(kind, ..)| kind == row), "{row}");
        }
    }
}

#[test]
fn a_failure_that_is_not_final_is_none_yet() {
    for (kind, state, _) in ROWS {
        let report = signed(notification(&event(kind, false))).report(&aws_that_knows());
        let expected = match state {
            ReceiptState::Delivered => ReceiptState::Delivered,
            _ => ReceiptState::Accepted,
        };
        assert_eq!((report.state, report.cause, report.code), (expected, None, None), "{kind}");
    }
}

#[test]
fn the_tag_in_the_context_says_whose_event_it_is() {
    let mut event = event("TEXT_DELIVERED", true);
    event["context"]["tag"] = OTHER_TAG.into();
    let report = signed(notification(&event)).report(&aws_that_knows());
    assert_eq!(report.message, other_id());

    for tag in ["", "tag-of-on", "tag-of-one ", "tag-of-none"] {
        event["context"]["tag"] = tag.into();
        let heard = signed(notification(&event)).hear(&aws_that_knows());
        assert_eq!(heard, Err(CallbackError::NotProved), "{tag}");
    }
}

#[test]
fn events_of_messages_that_others_sent_are_passed_over() {
    for context in [json!({}), json!({ "account": "bar" })] {
        let mut event = event("TEXT_DELIVERED", true);
        event["context"] = context;
        let heard = signed(notification(&event)).hear(&aws_that_knows());
        assert_eq!(heard, Ok(Heard::Reports(Vec::new())));
    }
    let mut event = event("TEXT_DELIVERED", true);
    event.as_object_mut().unwrap().remove("context");
    let heard = signed(notification(&event)).hear(&aws_that_knows());
    assert_eq!(heard, Ok(Heard::Reports(Vec::new())));
}

#[test]
fn what_is_signed_and_no_event_is_unreadable() {
    for message in [json!("hello"), json!({}), json!([1]), json!({ "eventType": 7 })] {
        let heard = signed(notification(&message)).hear(&aws_that_knows());
        assert!(matches!(heard, Err(CallbackError::Unreadable(_))), "{heard:?}");
    }
}
