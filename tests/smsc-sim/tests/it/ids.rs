//! How ids are written in answers and in receipts.

use blackbox::smsc::Smsc;
use serde_json::json;

use crate::client::{Client, id_of, message, simulator, text};

/// The id of an answer and the id of its receipt, by form.
fn ids(response: &str, receipt: &str) -> (Option<String>, Option<String>) {
    let mut smsc = Smsc::start(&simulator());
    smsc.command(&json!({"cmd": "ids", "response": response, "receipt": receipt}));
    let mut client = Client::bound(&smsc);
    let id = client.submit(message(b"x")).id;
    let receipt = client.receipt();
    assert!(text(&receipt).contains("stat:DELIVRD"), "{}", text(&receipt));
    (id, id_of(&receipt))
}

#[test]
fn ids_of_one_message_are_written_as_told() {
    for (response, receipt, written, repeated) in [
        ("decimal", "decimal", Some("1714945"), Some("1714945")),
        ("hex", "decimal", Some("1A2B01"), Some("1714945")),
        ("decimal", "lower_hex", Some("1714945"), Some("1a2b01")),
        ("padded_hex", "hex", Some("00001A2B01"), Some("1A2B01")),
        ("decimal", "padded", Some("1714945"), Some("0001714945")),
        ("none", "decimal", None, Some("1714945")),
        ("decimal", "none", Some("1714945"), None),
        ("decimal", "unknown", Some("1714945"), Some("unknown-1714945")),
    ] {
        let (id, named) = ids(response, receipt);
        assert_eq!((id.as_deref(), named.as_deref()), (written, repeated), "{response} {receipt}");
    }
    let (id, named) = ids("uuid", "uuid");
    assert_eq!((id.as_deref().map(str::len), &id), (Some(36), &named));
}

#[test]
fn an_answer_gives_no_id_that_is_unknown() {
    let mut smsc = Smsc::start(&simulator());
    smsc.send(&json!({"cmd": "ids", "response": "unknown", "receipt": "decimal"}));
    assert!(smsc.next_refusal().contains("unknown id"));
}
