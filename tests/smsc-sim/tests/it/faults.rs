//! What the simulated SMSC does wrong when it is told to.

use std::time::{Duration, Instant};

use blackbox::smsc::Smsc;
use serde_json::json;
use smpp::{Packet, Pdu};

use crate::client::{Answer, Client, account, id_of, message, simulator, text};

/// An SMSC that sends no receipts, and does what else it is told.
fn told(command: &serde_json::Value) -> (Smsc, Client) {
    let mut smsc = Smsc::start(&simulator());
    smsc.command(&json!({"cmd": "receipts", "mode": "none"}));
    let client = Client::bound(&smsc);
    smsc.command(command);
    (smsc, client)
}

#[test]
fn slow_answers_come_late_and_in_order() {
    let (_smsc, mut client) = told(&json!({"cmd": "answer", "delay_ms": 200}));
    let began = Instant::now();
    let sent = [0; 3].map(|_| client.send(Pdu::SubmitSm(message(b"x"))));
    let answered = [0; 3].map(|_| client.answer().sequence);
    let took = began.elapsed();
    assert_eq!(answered, sent);
    assert!(took >= Duration::from_millis(200), "{took:?}");
}

#[test]
fn a_silent_peer_records_and_answers_nothing() {
    let silent = json!({"cmd": "silent", "submits": true, "enquire_links": true, "unbinds": true});
    let (mut smsc, mut client) = told(&silent);
    client.send(Pdu::SubmitSm(message(b"unanswered")));
    client.send(Pdu::EnquireLink);
    client.send(Pdu::Unbind);
    assert_eq!(smsc.next_submit().text, "unanswered");
    smsc.next("unbind");
    client.hears_nothing();
    smsc.command(&json!({"cmd": "defaults"}));
    client.send(Pdu::EnquireLink);
    assert_eq!(client.next().pdu, Pdu::EnquireLinkResp);
}

#[test]
fn a_half_open_peer_takes_the_connection_and_answers_no_bind() {
    let (mut smsc, _first) = told(&json!({"cmd": "half_open", "on": true}));
    smsc.next("bind");
    let mut client = Client::connect(smsc.address());
    client.send(Pdu::BindTransceiver(account("secret")));
    assert!(smsc.next("bind")["status"].is_null());
    client.hears_nothing();
}

#[test]
fn answers_bear_another_sequence_number() {
    let (_smsc, mut client) = told(&json!({"cmd": "sequence", "offset": 1000}));
    let sent = client.send(Pdu::SubmitSm(message(b"x")));
    assert_eq!(client.answer().sequence, sent + 1000);
}

#[test]
fn garbage_is_the_same_for_the_same_seed_or_as_given() {
    let garbage = |command: &serde_json::Value, octets: usize| {
        let (_smsc, mut client) = told(command);
        client.raw(octets)
    };
    let first = garbage(&json!({"cmd": "garbage", "octets": 40, "seed": 7}), 40);
    assert_eq!(first.len(), 40);
    assert_eq!(first, garbage(&json!({"cmd": "garbage", "octets": 40, "seed": 7}), 40));
    assert_ne!(first, garbage(&json!({"cmd": "garbage", "octets": 40, "seed": 8}), 40));
    let hex = "00000010 80000015 00000000 0000002a";
    let (_smsc, mut client) = told(&json!({"cmd": "garbage", "hex": hex}));
    assert_eq!(client.next(), Packet::new(42, Pdu::EnquireLinkResp));
}

#[test]
fn a_dribble_brings_a_pdu_in_pieces() {
    let (_smsc, mut client) = told(&json!({"cmd": "dribble", "octets": 1, "pause_ms": 5}));
    let began = Instant::now();
    assert_eq!(client.submit(message(b"x")).status, 0);
    // The answer has 24 octets: a header and an id of seven digits.
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(23 * 5), "{took:?}");
}

#[test]
fn a_flood_brings_as_many_receipts_as_told() {
    let (mut smsc, mut client) = told(&json!({"cmd": "flood", "count": 500, "per_second": 2000}));
    let began = Instant::now();
    let mut named = Vec::new();
    for _ in 0..500 {
        named.push(id_of(&client.receipt()).expect("an id"));
    }
    assert!(began.elapsed() >= Duration::from_millis(150), "{:?}", began.elapsed());
    assert_eq!((named[0].as_str(), named[499].as_str()), ("unknown-1", "unknown-500"));
    assert_eq!(smsc.next("flood_over")["sent"], 500);
    client.send(Pdu::EnquireLink);
    assert_eq!(client.next().pdu, Pdu::EnquireLinkResp);
    smsc.command(&json!({"cmd": "stats"}));
    let stats = smsc.next("stats");
    assert_eq!((&stats["receipts"], &stats["taken"]), (&json!(500), &json!(500)));
}

#[test]
fn a_receipt_comes_before_its_answer_and_twice() {
    let command = json!({
        "cmd": "receipts", "mode": "delivered", "before_response": true, "copies": 2,
    });
    let (_smsc, mut client) = told(&command);
    let sent = client.send(Pdu::SubmitSm(message(b"x")));
    let named = [id_of(&client.receipt()), id_of(&client.receipt())];
    let Answer { sequence, id, .. } = client.answer();
    assert_eq!((sequence, [id.clone(), id]), (sent, named));
}

#[test]
fn receipts_overtake_each_other() {
    let command = json!({"cmd": "receipts", "mode": "delivered", "swap_ms": 300});
    let (_smsc, mut client) = told(&command);
    let ids = [client.submit(message(b"one")).id, client.submit(message(b"two")).id];
    let named = [id_of(&client.receipt()), id_of(&client.receipt())];
    assert_eq!([named[1].clone(), named[0].clone()], ids);
}

#[test]
fn more_than_the_rate_is_throttled() {
    let (_smsc, mut client) = told(&json!({"cmd": "rate", "per_second": 5}));
    let began = Instant::now();
    let statuses: Vec<u32> = (0..40).map(|_| client.submit(message(b"x")).status).collect();
    let accepted = statuses.iter().filter(|status| **status == 0).count();
    let seconds = usize::try_from(began.elapsed().as_secs()).expect("few") + 1;
    assert!((5..=5 + 5 * seconds).contains(&accepted), "{accepted} of {statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 0 | 0x58)), "{statuses:?}");
}

#[test]
fn each_message_has_the_status_of_the_list() {
    let (_smsc, mut client) = told(&json!({"cmd": "statuses", "list": [0, 0x58, 0x402]}));
    let statuses = [0; 4].map(|_| client.submit(message(b"x")).status);
    assert_eq!(statuses, [0, 0x58, 0x402, 0]);
}

#[test]
fn the_connection_ends_with_the_message_that_was_told() {
    let (mut smsc, mut client) = told(&json!({"cmd": "disconnect", "after": 3}));
    let sent = [0; 4].map(|_| client.send(Pdu::SubmitSm(message(b"x"))));
    assert_eq!([client.answer().sequence, client.answer().sequence], sent[..2]);
    client.ends();
    assert_eq!(smsc.next("close")["why"], "finished");
    assert_eq!(smsc.all("submit").len(), 3);
}

#[test]
fn a_receipt_made_by_hand_says_what_it_was_told() {
    let receipt = json!({
        "cmd": "receipt", "id": "someone-else", "destination": "37255500001",
        "source": "1234", "stat": "EXPIRED", "err": "27",
    });
    let (mut smsc, mut client) = told(&receipt);
    let message = client.receipt();
    assert_eq!(id_of(&message).as_deref(), Some("someone-else"));
    assert!(text(&message).contains("stat:EXPIRED err:27"), "{}", text(&message));
    assert_eq!(message.source.octets.to_string(), "37255500001");
    assert_eq!(smsc.next("receipt_answer")["id"], "someone-else");
}

#[test]
fn sessions_are_asked_and_dropped() {
    let (mut smsc, mut client) = told(&json!({"cmd": "enquire_link"}));
    let asked = client.next();
    assert_eq!(asked.pdu, Pdu::EnquireLink);
    client.send_packet(&Packet::new(asked.sequence, Pdu::EnquireLinkResp));
    smsc.next("enquire_link_answer");
    smsc.command(&json!({"cmd": "drop"}));
    client.ends();
    assert_eq!(smsc.next("close")["why"], "dropped");
}

#[test]
fn receipts_go_to_the_session_that_receives() {
    let mut smsc = Smsc::start(&simulator());
    let mut sending = Client::connect(smsc.address());
    assert_eq!(sending.bind(Pdu::BindTransmitter(account("secret"))).status, 0);
    let lost = sending.submit(message(b"nobody receives"));
    assert_eq!(smsc.next("undeliverable")["id"], json!(lost.id));
    let mut receiving = Client::connect(smsc.address());
    assert_eq!(receiving.bind(Pdu::BindReceiver(account("secret"))).status, 0);
    let id = sending.submit(message(b"x")).id;
    assert_eq!(id_of(&receiving.receipt()), id);
    assert_eq!(receiving.submit(message(b"x")).status, 0x04, "a receiver sends nothing");
}

#[test]
fn what_is_no_pdu_ends_the_connection_and_what_is_unknown_is_refused() {
    let (mut smsc, mut client) = told(&json!({"cmd": "go"}));
    client.send(Pdu::Unknown { command_id: 0x77 });
    let nack = client.next();
    assert_eq!((nack.status, nack.pdu), (3, Pdu::GenericNack));
    client.send_bytes(&[0, 0, 0, 16, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9]);
    assert_eq!(client.next().sequence, 9, "a message without fields");
    client.send_bytes(&[0xFF; 16]);
    client.ends();
    let why = smsc.next("close")["why"].to_string();
    assert!(why.contains("not between"), "{why}");
}
