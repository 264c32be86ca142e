//! What is a receipt and what it says (`delivery.md` 5.1, 5.2).

use ringproof_smpp::Tlvs;
use ringproof_smpp::pdu::{Data, Message};
use ringproof_smpp::receipt::{MessageState, Receipt, ReceiptKind};
use ringproof_smpp::tlv::{NetworkError, tag};

fn read(esm_class: u8, text: &[u8], tlvs: Tlvs) -> Option<Receipt> {
    let short_message = text.to_vec();
    Receipt::of_message(&Message { esm_class, short_message, tlvs, ..Message::default() })
}

fn marked(text: &str) -> Receipt {
    read(0x04, text.as_bytes(), Tlvs::NONE).expect("it is marked as one")
}

fn kind(esm_class: u8, text: &str) -> Option<ReceiptKind> {
    read(esm_class, text.as_bytes(), Tlvs::NONE).map(|receipt| receipt.kind)
}

#[test]
fn class_parameter_or_text_make_a_receipt() {
    use ReceiptKind::{Acknowledgement, Intermediate, Marked, Unmarked};
    for (esm_class, expected) in [
        (0x04, Some(Marked)),
        (0x44, Some(Marked)),
        (0x07, Some(Marked)),
        (0x08, Some(Acknowledgement)),
        (0x20, Some(Intermediate)),
        (0x00, None),
        (0x03, None),
        (0x10, None),
        (0x18, None),
        (0x0C, None),
    ] {
        assert_eq!(kind(esm_class, "hello"), expected, "{esm_class:#04x}");
        let named = Tlvs::NONE.with(tag::RECEIPTED_MESSAGE_ID, *b"1\0");
        let named = read(esm_class, b"hello", named).map(|receipt| receipt.kind);
        assert_eq!(named, Some(expected.unwrap_or(Unmarked)), "{esm_class:#04x}");
    }
    assert_eq!(kind(0x00, "id:1 sub:001 stat:DELIVRD"), Some(Unmarked));
    assert_eq!(kind(0x00, "ID:1 Stat:DELIVRD"), Some(Unmarked));
    assert_eq!(kind(0x00, "my id:1 stat:DELIVRD"), None, "it begins otherwise");
    assert_eq!(kind(0x00, "id:1 sub:001"), None, "it has no state");
    assert_eq!(kind(0x10, "id:1 stat:DELIVRD"), None, "it is marked as something else");
}

#[test]
fn a_receipt_of_the_specification() {
    let receipt = marked(
        "id:0000001A2B sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 \
         stat:DELIVRD err:000 text:Your code is 123456",
    );
    let expected = Receipt {
        kind: ReceiptKind::Marked,
        id: Some(b"0000001A2B".to_vec()),
        state: Some(MessageState::Delivered),
        error: Some(b"000".to_vec()),
        network_error: None,
        failure_reason: None,
        submit_date: Some(b"2611221200".to_vec()),
        done_date: Some(b"2611221201".to_vec()),
    };
    assert_eq!(receipt, expected);
    assert_eq!(receipt.failure_code(), None);
    assert_eq!(marked("id:1 stat:DELIVRD err:005").failure_code(), None, "an old one");
    assert_eq!(marked("id:1 stat:UNDELIV err:000").failure_code(), None);
    assert_eq!(marked("id:1 err:005").failure_code(), Some(&b"005"[..]));
}

#[test]
fn keys_come_in_any_order_and_case_and_may_be_missing() {
    let receipt = marked("STAT:undeliv Err:0A1 Id: 6E8BC430-9C3A Done Date:20261122120100");
    assert_eq!(receipt.id.as_deref(), Some(&b"6E8BC430-9C3A"[..]));
    assert_eq!(receipt.state, Some(MessageState::Undeliverable));
    assert_eq!(receipt.failure_code(), Some(&b"0A1"[..]));
    assert_eq!(receipt.done_date.as_deref(), Some(&b"20261122120100"[..]));
    assert_eq!(receipt.submit_date, None);
    let empty = marked("");
    assert_eq!((empty.id, empty.state, empty.error), (None, None, None));
    let without_id = marked("id: sub:001 stat:EXPIRED");
    assert_eq!((without_id.id, without_id.state), (None, Some(MessageState::Expired)));
    let words = marked("something else: stat: id:");
    assert_eq!((words.id, words.state), (None, None));
}

#[test]
fn a_value_ends_at_the_next_known_key() {
    let receipt = marked("id:a b\tc\r\nstat:DELIVRD vendor:7 err:001\0");
    assert_eq!(receipt.id.as_deref(), Some(&b"a b\tc"[..]));
    assert_eq!(receipt.state, Some(MessageState::Delivered), "keys of the peer's own may follow");
    assert_eq!(receipt.error.as_deref(), Some(&b"001"[..]));
    let inside = marked("id:xerr:7 stat:DELIVRD");
    assert_eq!(inside.id.as_deref(), Some(&b"xerr:7"[..]), "a key has a blank before it");
    let first = marked("id:1 stat:EXPIRED id:2 stat:DELIVRD");
    assert_eq!(first.id.as_deref(), Some(&b"1"[..]), "the first one counts");
    assert_eq!(first.state, Some(MessageState::Expired));
    let keyless = marked("id:1 stat:DELIVRD err:000 done date:2611221201 Your code is 424242");
    assert_eq!(keyless.done_date.as_deref(), Some(&b"2611221201"[..]), "a date is one word");
    let long = marked(&format!("id:{} stat:DELIVRD", "9".repeat(1_000)));
    assert_eq!(long.id.map(|id| id.len()), Some(255));
}

#[test]
fn the_text_of_the_message_is_never_read() {
    let forged = marked("id:1 stat:UNDELIV Text:id:2 stat:DELIVRD err:777 done date:9");
    assert_eq!(forged.id.as_deref(), Some(&b"1"[..]));
    assert_eq!(forged.state, Some(MessageState::Undeliverable));
    assert_eq!((&forged.error, &forged.done_date), (&None, &None));
    let receipt = marked("id:1 text:code 424242 stat:DELIVRD err:000");
    assert_eq!(receipt.state, Some(MessageState::Delivered), "keys may follow it");
    for text in ["id:1 stat:DELIVRD text:424242", "text:424242 id:1 stat:DELIVRD", "text:424242"] {
        let shown = format!("{:?}", marked(text));
        let digits = format!("{:?}", b"424242");
        let digits = digits.trim_matches(['[', ']']);
        assert!(!shown.contains("424242") && !shown.contains(digits), "{shown}");
    }
}

#[test]
fn parameters_win_over_the_text() {
    let tlvs = Tlvs::NONE
        .with(tag::RECEIPTED_MESSAGE_ID, *b"6699\0")
        .with(tag::MESSAGE_STATE, [5])
        .with(tag::NETWORK_ERROR_CODE, [3, 0, 27])
        .with(tag::DELIVERY_FAILURE_REASON, [3]);
    let receipt = read(0x04, b"id:1A2B stat:DELIVRD err:027", tlvs.clone()).unwrap();
    assert_eq!(receipt.id.as_deref(), Some(&b"6699"[..]));
    assert_eq!(receipt.state, Some(MessageState::Undeliverable));
    assert_eq!(receipt.network_error, Some(NetworkError { network: 3, code: 27 }));
    assert_eq!(receipt.failure_reason, Some(3));
    assert_eq!(receipt.failure_code(), Some(&b"027"[..]));
    let silent = read(0x04, b"", tlvs).unwrap();
    assert_eq!((silent.id, silent.error), (Some(b"6699".to_vec()), None));
    let broken = Tlvs::NONE.with(tag::RECEIPTED_MESSAGE_ID, *b"\0").with(tag::MESSAGE_STATE, []);
    let receipt = read(0x04, b"id:1A2B stat:REJECTD", broken).unwrap();
    assert_eq!(receipt.id.as_deref(), Some(&b"1A2B"[..]), "what does not fit is absent");
    assert_eq!(receipt.state, Some(MessageState::Rejected));
}

#[test]
fn the_text_may_have_a_header_be_a_parameter_or_be_ucs2() {
    let text = b"id:1 stat:DELIVRD";
    let headed = [&[3, 0x24, 1, 1][..], text].concat();
    assert_eq!(read(0x44, &headed, Tlvs::NONE).unwrap().id.as_deref(), Some(&b"1"[..]));
    for broken in [&b""[..], b"\x05", b"\xffid:1 stat:DELIVRD"] {
        assert_eq!(read(0x44, broken, Tlvs::NONE).unwrap().id, None, "{broken:?}");
    }
    let payload = Tlvs::NONE.with(tag::MESSAGE_PAYLOAD, *text);
    assert_eq!(read(0x00, b"", payload.clone()).unwrap().state, Some(MessageState::Delivered));
    assert_eq!(read(0x00, b"hello", payload.clone()), None, "a text in its field counts");
    let data = Data { tlvs: payload, ..Data::default() };
    assert_eq!(Receipt::of_data(&data).unwrap().id.as_deref(), Some(&b"1"[..]));
    assert_eq!(Receipt::of_data(&Data::default()), None);
    let wide: Vec<u8> = text.iter().flat_map(|octet| [0, *octet]).collect();
    let ucs2 = |short_message| Message { data_coding: 8, short_message, ..Message::default() };
    assert_eq!(Receipt::of_message(&ucs2(wide.clone())).unwrap().id.as_deref(), Some(&b"1"[..]));
    let odd = [&wide[..], &[0x04, 0x1A, 7]].concat();
    let state = Receipt::of_message(&ucs2(odd)).unwrap().state;
    assert_eq!(state, Some(MessageState::Unknown), "the word has a letter more");
}

#[test]
fn the_table_of_states() {
    use MessageState::{
        Accepted, Deleted, Delivered, Enroute, Expired, Rejected, Undeliverable, Unknown,
    };
    let table: [(MessageState, &[u8], &[&str], bool); 8] = [
        (Enroute, &[0, 1], &["ENROUTE", "SCHEDULED", "BUFFERD", "BUFFRED"], false),
        (Accepted, &[6], &["ACCEPTD", "ACCEPTED", "ACKED"], false),
        (Delivered, &[2], &["DELIVRD", "DELIVERED", "delivrd"], true),
        (Expired, &[3], &["EXPIRED"], true),
        (Deleted, &[4], &["DELETED"], true),
        (Undeliverable, &[5], &["UNDELIV", "UNDELIVERABLE", "FAILED"], true),
        (Unknown, &[7, 10, 255], &["UNKNOWN", "WHATEVER", ""], true),
        (Rejected, &[8, 9], &["REJECTD", "REJECTED", "NACK", "SKIPPED"], true),
    ];
    for (state, numbers, words, is_final) in table {
        assert!(
            numbers.iter().all(|number| MessageState::of_number(*number) == state),
            "{state:?}"
        );
        assert!(
            words.iter().all(|word| MessageState::of_word(word.as_bytes()) == state),
            "{state:?}"
        );
        assert_eq!(state.is_final(), is_final, "{state:?}");
    }
    let by_strength: [&[MessageState]; 5] = [
        &[Enroute],
        &[Accepted],
        &[Unknown],
        &[Expired, Deleted, Undeliverable, Rejected],
        &[Delivered],
    ];
    for (strength, states) in by_strength.iter().enumerate() {
        for (other, others) in by_strength.iter().enumerate() {
            let raises = |state: &MessageState| {
                others.iter().all(|known| state.replaces(*known) == (strength > other))
            };
            assert!(states.iter().all(raises), "{states:?} after {others:?}");
        }
    }
}
