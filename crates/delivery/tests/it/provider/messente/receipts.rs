//! Receipts of both interfaces.

use http::Method;
use ringproof_delivery::provider::{CallbackError, ProviderReport};
use serde_json::json;
use verify::record::{Cause, ReceiptState};

use super::super::exchange::{Call, message_id};
use super::super::hostile;
use super::{OLDER_TABLE, TABLE, messente, older};

const STATES: &[(&str, ReceiptState)] = &[
    ("ACK", ReceiptState::Accepted),
    ("ACCEPTD", ReceiptState::Accepted),
    ("SENT", ReceiptState::Accepted),
    ("DELIVRD", ReceiptState::Delivered),
    ("DELIVERED", ReceiptState::Delivered),
    ("SEEN", ReceiptState::Delivered),
    ("UNDELIV", ReceiptState::Undeliverable),
    ("FAILED", ReceiptState::Undeliverable),
    ("REJECTD", ReceiptState::Rejected),
    ("REJECTED", ReceiptState::Rejected),
    ("NACK", ReceiptState::Rejected),
    ("DELETED", ReceiptState::Deleted),
    ("EXPIRED", ReceiptState::Expired),
    ("UNKNOWN", ReceiptState::Unknown),
    ("TOMORROW", ReceiptState::Unknown),
];

const CAUSES: &[(u16, Cause)] = &[
    (0, Cause::Unknown),
    (1, Cause::Unknown),
    (2, Cause::Expired),
    (3, Cause::DestinationInvalid),
    (4, Cause::Account),
    (5, Cause::DestinationInvalid),
    (6, Cause::Blocked),
    (7, Cause::Blocked),
    (8, Cause::Blocked),
    (9, Cause::Network),
    (10, Cause::Unknown),
    (999, Cause::Network),
];

fn omnichannel(status: &str, err: &serde_json::Value) -> Call {
    let body = json!({
        "status": status,
        "channel": "sms",
        "message_id": "m-1",
        "omnimessage_id": "o-1",
        "error": "because",
        "err": err,
        "timestamp": "2026-11-22T12:00:00",
        "sender": "MyBrand",
        "price_info": { "total_price": "0.1" },
    });
    Call::post(body.to_string())
}

fn of_older(stat: &str, err: &str) -> Call {
    Call::get(&format!("sms_unique_id=m-1&status=FAILED&stat={stat}&err={err}&dlr-mask=2"))
}

fn is_failure(state: ReceiptState) -> bool {
    !matches!(state, ReceiptState::Accepted | ReceiptState::Delivered)
}

#[test]
fn each_word_is_read_in_both_interfaces_and_either_case() {
    for (word, state) in STATES {
        let expected = ProviderReport {
            message: message_id(),
            provider_id: Some("m-1".to_owned()),
            state: *state,
            cause: is_failure(*state).then_some(Cause::Network),
            code: is_failure(*state).then(|| "9".to_owned()),
            is_pumped: false,
        };
        for word in [(*word).to_owned(), word.to_lowercase()] {
            assert_eq!(omnichannel(&word, &json!(9)).report(&messente()), expected, "{word}");
            assert_eq!(of_older(&word, "009").report(&older()), expected, "{word}");
        }
    }
}

#[test]
fn each_cause_is_read_as_number_and_as_digits() {
    for (err, cause) in CAUSES {
        let code = (*err != 0).then(|| err.to_string());
        for value in [json!(err), json!(err.to_string()), json!(format!("{err:03}"))] {
            let report = omnichannel("FAILED", &value).report(&messente());
            assert_eq!((report.cause, &report.code), (Some(*cause), &code), "{value}");
        }
        let report = of_older("UNDELIV", &format!("{err:03}")).report(&older());
        assert_eq!((report.cause, &report.code), (Some(*cause), &code), "{err}");
    }
    let report = omnichannel("FAILED", &json!(null)).report(&messente());
    assert_eq!((report.cause, report.code), (Some(Cause::Unknown), None));
}

#[test]
fn the_tables_have_no_row_that_is_not_tried() {
    for table in [TABLE, OLDER_TABLE] {
        let table: toml::Table = table.parse().unwrap();
        for row in table["states"].as_table().unwrap().keys() {
            assert!(STATES.iter().any(|(word, _)| word == row), "{row}");
        }
        for row in table["causes"].as_table().unwrap().keys() {
            assert!(CAUSES.iter().any(|(err, _)| err.to_string() == *row), "{row}");
        }
    }
}

#[test]
fn the_word_that_says_more_goes_first() {
    let report = Call::get("sms_unique_id=m-1&status=FAILED&stat=EXPIRED&err=002").report(&older());
    assert_eq!((report.state, report.cause), (ReceiptState::Expired, Some(Cause::Expired)));
    let report = Call::get("status=DELIVERED").report(&older());
    assert_eq!((report.state, report.provider_id), (ReceiptState::Delivered, None));
}

#[test]
fn a_receipt_without_a_proved_tag_is_not_believed() {
    let call = Call { message: None, ..omnichannel("DELIVRD", &json!(0)) };
    assert_eq!(call.hear(&messente()), Err(CallbackError::NotProved));
    let call = Call { message: None, ..of_older("DELIVRD", "000") };
    assert_eq!(call.hear(&older()), Err(CallbackError::NotProved));
}

#[test]
fn each_interface_calls_in_its_own_way_only() {
    let get = Call { method: Method::GET, ..omnichannel("DELIVRD", &json!(0)) };
    assert!(matches!(get.hear(&messente()), Err(CallbackError::Unreadable(_))));
    let post = Call { method: Method::POST, ..of_older("DELIVRD", "000") };
    assert!(matches!(post.hear(&older()), Err(CallbackError::Unreadable(_))));
    for query in ["", "sms_unique_id=m-1", "stat=DELIVRD&stat=FAILED", "stat=%ff"] {
        let heard = Call::get(query).hear(&older());
        assert!(matches!(heard, Err(CallbackError::Unreadable(_))), "{query}");
    }
}

#[test]
fn hostile_calls_are_not_believed() {
    hostile::calls(&messente());
    hostile::calls(&older());
    hostile::nearly_right_calls(&messente(), &omnichannel("FAILED", &json!(9)), 12);
    hostile::nearly_right_calls(&older(), &of_older("FAILED", "009"), 13);
}
