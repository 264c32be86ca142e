//! How answers are read: each row of the table.

use ringproof_delivery::gateway::Reason;
use ringproof_delivery::{SendResult, Taken};
use verify::engine::outbox::Refusal;

use super::super::exchange::{message_id, read, refusal};
use super::super::hostile;
use super::{TABLE, infobip};

const DOWN: Refusal = Refusal::GatewayDown;
const UNFIT: Refusal = Refusal::GatewayUnfit;
const DESTINATION: Refusal = Refusal::Destination { confirm: false };
const CONFIRM: Refusal = Refusal::Destination { confirm: true };

/// Group, name, class of refusal; none: accepted.
const ROWS: &[(&str, &str, Option<Refusal>)] = &[
    ("PENDING", "PENDING_ACCEPTED", None),
    ("PENDING", "PENDING_WAITING_DELIVERY", None),
    ("PENDING", "PENDING_ENROUTE", None),
    ("DELIVERED", "DELIVERED_TO_OPERATOR", None),
    ("DELIVERED", "DELIVERED_TO_HANDSET", None),
    ("REJECTED", "REJECTED_DUPLICATE_MESSAGE_ID", None),
    ("UNDELIVERABLE", "UNDELIVERABLE_NOT_SENT", Some(CONFIRM)),
    ("EXPIRED", "EXPIRED_EXPIRED", Some(DOWN)),
    ("REJECTED", "REJECTED_TOMORROW", Some(CONFIRM)),
    ("REJECTED", "REJECTED_NETWORK", Some(CONFIRM)),
    ("REJECTED", "REJECTED_PREFIX_MISSING", Some(CONFIRM)),
    ("REJECTED", "REJECTED_DND", Some(DESTINATION)),
    ("REJECTED", "REJECTED_SOURCE", Some(UNFIT)),
    ("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS", Some(DOWN)),
    ("REJECTED", "REJECTED_SENDER", Some(UNFIT)),
    ("REJECTED", "REJECTED_DESTINATION_BLOCKLISTED", Some(DESTINATION)),
    ("REJECTED", "REJECTED_PREPAID_PACKAGE_EXPIRED", Some(DOWN)),
    ("REJECTED", "REJECTED_DESTINATION_NOT_REGISTERED", Some(UNFIT)),
    ("REJECTED", "REJECTED_ROUTE_NOT_AVAILABLE", Some(UNFIT)),
    ("REJECTED", "REJECTED_FLOODING_FILTER", Some(CONFIRM)),
    ("REJECTED", "REJECTED_SYSTEM_ERROR", Some(DOWN)),
    ("REJECTED", "REJECTED_INVALID_UDH", Some(Refusal::Content)),
    ("REJECTED", "REJECTED_MESSAGE_TOO_LONG", Some(Refusal::Content)),
    ("REJECTED", "MISSING_TO", Some(DESTINATION)),
    ("REJECTED", "REJECTED_DESTINATION", Some(DESTINATION)),
    ("REJECTED", "UNDELIVERABLE_REJECTED_PLATFORM", Some(DOWN)),
    ("REJECTED", "SIGNALS_BLOCKED", Some(DESTINATION)),
];

fn sent(id: &str, group: &str, name: &str) -> String {
    format!(
        "{{\"bulkId\":\"b-1\",\"messages\":[{{\"messageId\":\"{id}\",\"status\":{{\"groupId\":1,\
         \"groupName\":\"{group}\",\"id\":26,\"name\":\"{name}\",\"description\":\"+37255512345\"}},\
         \"destination\":\"37255512345\",\"details\":{{\"messageCount\":1}}}}]}}"
    )
}

#[test]
fn each_row_of_the_table_is_read() {
    let id = message_id().to_string();
    for (group, name, expected) in ROWS {
        let body = sent(&id, group, name);
        match expected {
            None => assert_eq!(read(&infobip(), 200, body), SendResult::TAKEN, "{name}"),
            Some(expected) => {
                let reason = &name[..name.len().min(32)];
                let reason = Reason::from(reason).pumped(*name == "SIGNALS_BLOCKED");
                let expected = SendResult::Refused(*expected, reason);
                assert_eq!(read(&infobip(), 200, body), expected);
            }
        }
    }
}

#[test]
fn the_table_has_no_row_that_is_not_tried() {
    let table: toml::Table = TABLE.parse().unwrap();
    for row in table["codes"].as_table().unwrap().keys() {
        assert!(ROWS.iter().any(|(group, name, _)| group == row || name == row), "{row}");
    }
}

#[test]
fn an_id_that_is_not_ours_is_kept() {
    let result = read(&infobip(), 200, sent("2250be2d4219-3af1", "PENDING", "PENDING_ACCEPTED"));
    let ids = vec!["2250be2d4219-3af1".to_owned()];
    assert_eq!(result, SendResult::Accepted(Taken { ids }));
}

#[test]
fn a_status_of_no_known_group_leaves_open_whether_it_was_taken() {
    assert_eq!(refusal(&infobip(), 200, &sent("a", "OTHER", "OTHER")), Refusal::InDoubt);
    let twice = sent("a", "PENDING", "PENDING_ACCEPTED");
    let message = twice.split_once('[').unwrap().1.strip_suffix("]}").unwrap();
    let body = format!("{{\"messages\":[{message},{message}]}}");
    assert_eq!(refusal(&infobip(), 200, &body), Refusal::InDoubt);
}

#[test]
fn errors_of_the_call_are_read_by_status_in_both_forms() {
    let older = |code| {
        format!(
            "{{\"requestError\":{{\"serviceException\":{{\"messageId\":\"{code}\",\"text\":\"+1\"}}}}}}"
        )
    };
    let newer =
        |code| format!("{{\"errorCode\":\"{code}\",\"description\":\"+1\",\"violations\":[]}}");
    for body in [older("BAD"), newer("E1")] {
        for (status, expected) in [
            (400, Refusal::Content),
            (401, DOWN),
            (403, DOWN),
            (429, Refusal::Throttled(None)),
            (500, Refusal::Temporary),
            (503, Refusal::Temporary),
            (502, Refusal::InDoubt),
        ] {
            assert_eq!(refusal(&infobip(), status, &body), expected, "{status} {body}");
        }
    }
}

#[test]
fn hostile_answers_stay_within_the_model() {
    hostile::answers(&infobip());
    hostile::nearly_right_answers(&infobip(), &sent("x-1", "PENDING", "PENDING_ACCEPTED"), 4);
    hostile::nearly_right_answers(&infobip(), &sent("x-1", "REJECTED", "REJECTED_DND"), 5);
}
