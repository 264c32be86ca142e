//! Receipts and messages of persons, on their way to the store.

use std::sync::Arc;

use smpp::pdu::{Data, Message, Packet, Pdu};
use smpp::sender::{DESTINATION, SourceRules, destination};
use smpp::session::limits::DELIVERIES_MAX;
use smpp::{Address, command, tlv};
use verify::record::{Cause, ReceiptState};

use ringproof_delivery::smpp::{IdMatching, SmppOptions};

use super::smsc::{Heard, usual};
use super::{World, becomes, ids, text};

fn number() -> Address {
    destination("+37255512345", DESTINATION).expect("it is a number")
}

fn receipt(words: &str) -> Message {
    Message {
        source: number(),
        destination: SourceRules::default().source("MyBrand").expect("it is a sender"),
        esm_class: 0x04,
        short_message: words.into(),
        ..Message::default()
    }
}

/// The statuses of the answers to deliveries.
fn answers(world: &World) -> Vec<(u32, u32)> {
    let heard = world.smsc.heard();
    let is_answer =
        |heard: &&Heard| matches!(heard.packet.pdu, Pdu::DeliverSmResp(_) | Pdu::DataSmResp(_));
    heard
        .iter()
        .filter(is_answer)
        .map(|heard| (heard.packet.sequence, heard.packet.status))
        .collect()
}

async fn heard(message: Message, change: impl FnOnce(&mut SmppOptions)) -> World {
    let world = World::new(usual(), change).await;
    world.smsc.say(Packet::new(77, Pdu::DeliverSm(message)));
    world.smsc.hears(command::DELIVER_SM_RESP, 1).await;
    assert_eq!(answers(&world), [(77, 0)]);
    world
}

#[tokio::test]
async fn a_receipt_is_kept_with_all_that_finds_its_message() {
    let words = "id:0000001A2B sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 \
                 stat:UNDELIV err:005 text:Your code is 123456";
    let mut message = receipt(words);
    message.tlvs.push(tlv::tag::NETWORK_ERROR_CODE, [3, 0, 1]);
    let world = heard(message, |_| {}).await;
    let receipts = world.ears.receipts.lock().expect("nobody panics").clone();
    let [receipt] = &receipts[..] else { panic!("{receipts:?}") };
    assert_eq!(receipt.id_forms, ["=0000001A2B", "~1a2b", "x1a2b", "d1a2b"]);
    assert_eq!((receipt.to.as_str(), receipt.sender.as_str()), ("37255512345", "MyBrand"));
    assert_eq!(receipt.state, ReceiptState::Undeliverable);
    assert_eq!(receipt.cause, Some(Cause::DestinationInvalid));
    assert_eq!(receipt.code.as_deref(), Some("005"));
    assert!(!format!("{receipt:?}").contains("3725"));
}

/// They are not answered, so the peer brings them again.
#[tokio::test]
async fn receipts_whose_keeping_dies_cost_the_session_no_place() {
    let world = World::new(usual(), |_| {}).await;
    let message = receipt("id:1 stat:DELIVRD");
    *world.ears.is_deadly.lock().expect("nobody panics") = true;
    let count = DELIVERIES_MAX + 1;
    for sequence in (1..).take(count) {
        world.smsc.say(Packet::new(sequence, Pdu::DeliverSm(message.clone())));
    }
    becomes(|| *world.ears.deaths.lock().expect("nobody panics") == count).await;
    *world.ears.is_deadly.lock().expect("nobody panics") = false;
    world.smsc.say(Packet::new(5_000, Pdu::DeliverSm(message)));
    world.smsc.hears(command::DELIVER_SM_RESP, 1).await;
    assert_eq!(answers(&world), [(5_000, 0)]);
    assert_eq!(world.smsc.connections(), 1);
}

#[tokio::test]
async fn a_peers_own_codes_have_meaning_only_by_its_own_table() {
    let message = receipt("id:1 stat:UNDELIV err:043");
    let world = heard(message.clone(), |_| {}).await;
    assert_eq!(world.ears.receipts.lock().expect("nobody panics")[0].cause, None);
    let table = |options: &mut SmppOptions| {
        options.codes = Some("[err]\n43 = \"blocked\"".to_owned());
        options.msg_id = IdMatching::Exact;
    };
    let world = heard(message, table).await;
    let receipts = world.ears.receipts.lock().expect("nobody panics").clone();
    assert_eq!(
        (receipts[0].cause, receipts[0].code.as_deref()),
        (Some(Cause::Blocked), Some("043"))
    );
    assert_eq!(receipts[0].id_forms, ["=1"]);
}

#[tokio::test]
async fn a_delivery_has_no_cause() {
    let mut message = receipt("id:1 stat:DELIVRD err:099");
    message.tlvs.push(tlv::tag::NETWORK_ERROR_CODE, [3, 0, 0]);
    let world = heard(message, |_| {}).await;
    let receipts = world.ears.receipts.lock().expect("nobody panics").clone();
    assert_eq!(receipts[0].state, ReceiptState::Delivered);
    assert_eq!((receipts[0].cause, &receipts[0].code), (None, &None));
}

#[tokio::test]
async fn news_on_the_way_are_acknowledged_and_not_kept() {
    let world = heard(receipt("id:1 stat:ENROUTE"), |_| {}).await;
    assert!(world.ears.receipts.lock().expect("nobody panics").is_empty());
}

#[tokio::test]
async fn a_receipt_may_come_before_the_answer_to_its_submit() {
    let world = World::new(
        Arc::new(|heard: &Heard| {
            heard.submit()?;
            let receipt = Pdu::DeliverSm(receipt("id:early stat:DELIVRD"));
            let mut both = vec![Packet::new(5, receipt)];
            both.extend(heard.answer(0, "early"));
            Some(both)
        }),
        |_| {},
    )
    .await;
    assert_eq!(ids(&world.send(text("hello")).await), ["early"]);
    becomes(|| answers(&world) == [(5, 0)]).await;
    assert_eq!(world.ears.receipts.lock().expect("nobody panics")[0].id_forms[0], "=early");
}

/// DL-10.
#[tokio::test]
async fn what_the_store_cannot_keep_is_asked_for_again() {
    let world = World::new(usual(), |_| {}).await;
    *world.ears.is_down.lock().expect("nobody panics") = true;
    let all = || (1..=200).map(|n| Packet::new(n, Pdu::DeliverSm(receipt("id:1 stat:DELIVRD"))));
    all().for_each(|packet| world.smsc.say(packet));
    world.smsc.hears(command::DELIVER_SM_RESP, 200).await;
    assert!(answers(&world).iter().all(|(_, status)| *status == 0x08));
    assert!(world.ears.receipts.lock().expect("nobody panics").is_empty());
    *world.ears.is_down.lock().expect("nobody panics") = false;
    all().for_each(|packet| world.smsc.say(packet));
    world.smsc.hears(command::DELIVER_SM_RESP, 400).await;
    let mut answered = answers(&world).split_off(200);
    answered.sort_unstable();
    assert_eq!(answered, (1..=200).map(|n| (n, 0)).collect::<Vec<_>>());
    assert_eq!(world.ears.receipts.lock().expect("nobody panics").len(), 200);
}

#[tokio::test]
async fn a_message_of_a_person_is_handed_up() {
    let reply = |short_message: &[u8], esm_class, data_coding| Message {
        source: number(),
        destination: SourceRules::default().source("70007").unwrap(),
        esm_class,
        data_coding,
        short_message: short_message.to_vec(),
        ..Message::default()
    };
    for (message, expected) in [
        (reply(b"STOP", 0, 0), "STOP"),
        (reply(b"\x04\x14\x04\x30", 0, 8), "Да"),
        (reply(b"\x05\x00\x03\x2a\x02\x01first", 0x40, 0), "first"),
        (reply(b"\xe9t\xe9", 0, 3), "été"),
    ] {
        let world = heard(message, |_| {}).await;
        let inbound = world.ears.inbound.lock().expect("nobody panics").clone();
        assert_eq!(inbound[0].text, expected);
        assert_eq!((inbound[0].from.as_str(), inbound[0].to.as_str()), ("37255512345", "70007"));
        assert!(!format!("{inbound:?}").contains(expected));
    }
}

#[tokio::test]
async fn a_receipt_may_come_in_a_data_sm() {
    let world = World::new(usual(), |_| {}).await;
    let mut data = Data { source: number(), esm_class: 0x04, ..Data::default() };
    data.tlvs.push(tlv::tag::RECEIPTED_MESSAGE_ID, *b"abc\0");
    data.tlvs.push(tlv::tag::MESSAGE_STATE, [2]);
    world.smsc.say(Packet::new(6, Pdu::DataSm(data)));
    world.smsc.hears(command::DATA_SM_RESP, 1).await;
    assert_eq!(answers(&world), [(6, 0)]);
    let receipts = world.ears.receipts.lock().expect("nobody panics").clone();
    assert_eq!(
        (receipts[0].id_forms[0].as_str(), receipts[0].state),
        ("=abc", ReceiptState::Delivered)
    );
}

#[tokio::test]
async fn headers_of_pdus_are_remembered_and_texts_are_not() {
    let world = World::new(usual(), |_| {}).await;
    ids(&world.send(text("Your code is 123456")).await);
    becomes(|| world.gateway.pdus()[0].len() == 4).await;
    let seen: Vec<_> = world.gateway.pdus()[0].iter().map(|note| note.command_id).collect();
    let expected = [
        command::BIND_TRANSCEIVER,
        command::BIND_TRANSCEIVER_RESP,
        command::SUBMIT_SM,
        command::SUBMIT_SM_RESP,
    ];
    assert_eq!(seen, expected);
    let shown = format!("{:?}{:?}", world.gateway.view(), world.gateway.pdus());
    for secret in ["123456", "37255512345", "secret"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}
