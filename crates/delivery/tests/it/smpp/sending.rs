//! Many who send at once, and what a message looks like on the wire.

use std::collections::HashSet;

use ringproof_delivery::Gateway as _;
use ringproof_delivery::smpp::BindKind;
use smpp::command;
use smpp::content::LongMessage;
use smpp::pdu::Pdu;
use smpp::tlv::Segment;
use tokio::task::JoinSet;
use verify::record::BodyKind;

use super::smsc::usual;
use super::{World, ids, text, within};

/// DL-4, with fewer messages each.
async fn all_are_answered(submitters: usize, each: usize, window: u16, binds: u16) {
    let world = World::new(usual(), |options| {
        options.window = window;
        options.max_binds = binds;
    })
    .await;
    let mut tasks = JoinSet::new();
    for _ in 0..submitters {
        let gateway = world.gateway.clone();
        tasks.spawn(async move {
            let mut ids_seen = Vec::new();
            for _ in 0..each {
                let results = within(gateway.send(vec![text("Your code is 123456")])).await;
                ids_seen.extend(ids(&results[0]));
            }
            ids_seen
        });
    }
    let mut seen = HashSet::new();
    while let Some(ids) = tasks.join_next().await {
        seen.extend(ids.expect("nobody fails"));
    }
    assert_eq!(seen.len(), submitters * each, "every message has an id of its own");
    assert_eq!(world.smsc.submits().len(), submitters * each, "and was sent once");
    assert!(world.smsc.open_max() <= window.into(), "{}", world.smsc.open_max());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_submitter() {
    all_are_answered(1, 500, 10, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_submitters() {
    all_are_answered(4, 500, 10, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_submitters() {
    all_are_answered(5, 500, 10, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_submitters() {
    all_are_answered(10, 500, 10, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_submitters_on_one_and_on_several_binds() {
    all_are_answered(100, 100, 10, 1).await;
    all_are_answered(100, 100, 1, 3).await;
    all_are_answered(100, 100, 100, 1).await;
}

#[tokio::test]
async fn a_batch_has_a_result_for_each_in_order() {
    let world = World::new(
        std::sync::Arc::new(|heard: &super::smsc::Heard| {
            let message = heard.submit()?;
            let id = String::from_utf8(message.short_message.clone()).unwrap();
            Some(heard.answer(0, &id))
        }),
        |_| {},
    )
    .await;
    let batch = (0..50).map(|number| text(&format!("n{number}"))).collect();
    let results = within(world.gateway.send(batch)).await;
    let seen: Vec<_> = results.iter().flat_map(ids).collect();
    assert_eq!(seen, (0..50).map(|number| format!("n{number}")).collect::<Vec<_>>());
}

/// The example of `delivery.md` 3.6, the sequence number aside.
#[tokio::test]
async fn a_message_looks_as_the_contract_says() {
    let world = World::new(usual(), |_| {}).await;
    ids(&world.send(text("Your code is 123456")).await);
    let heard = world.smsc.heard();
    let packet = &heard.iter().find(|heard| heard.submit().is_some()).unwrap().packet;
    let hex = verify::hex::encode(&packet.encode().unwrap()[16..]);
    let expected = "0005004d794272616e64000101333732353535313233343500000000003030303030303030\
                    3035303030303052000100000013596f757220636f646520697320313233343536";
    assert_eq!(hex, expected);
}

#[tokio::test]
async fn a_text_outside_gsm_goes_in_ucs2() {
    let world = World::new(usual(), |_| {}).await;
    ids(&world.send(text("Код 42")).await);
    let submits = world.smsc.submits();
    assert_eq!(submits[0].data_coding, 8);
    let octets = [4, 0x1a, 4, 0x3e, 4, 0x34, 0, 0x20, 0, 0x34, 0, 0x32];
    assert_eq!(submits[0].short_message, octets);
}

#[tokio::test]
async fn a_message_class_is_in_the_data_coding() {
    let world = World::new(usual(), |_| {}).await;
    for (content, class, expected) in
        [("now", 0, 0x10), ("now", 1, 0x11), ("сейчас", 0, 0x18), ("сейчас", 2, 0x1a)]
    {
        let mut message = text(content);
        message.form.class = Some(class);
        ids(&world.send(message).await);
        assert_eq!(world.smsc.submits().last().unwrap().data_coding, expected, "{content}");
    }
}

#[tokio::test]
async fn binary_content_goes_behind_its_header() {
    let world = World::new(usual(), |_| {}).await;
    let mut message = text("00ff10");
    message.form.body = BodyKind::Data;
    message.form.header = vec![6, 5, 4, 0x15, 0x81, 0, 0];
    ids(&world.send(message).await);
    let submit = &world.smsc.submits()[0];
    assert_eq!((submit.esm_class, submit.data_coding), (0x40, 4));
    assert_eq!(submit.short_message, [6, 5, 4, 0x15, 0x81, 0, 0, 0, 0xff, 0x10]);
}

#[tokio::test]
async fn parts_of_a_long_message_are_linked_and_go_over_one_session() {
    for window in [1, 10] {
        let world = World::new(usual(), |options| {
            options.max_binds = 3;
            options.window = window;
        })
        .await;
        let mut sending = JoinSet::new();
        for _ in 0..20 {
            let gateway = world.gateway.clone();
            sending.spawn(async move { gateway.send(vec![text(&"A".repeat(400))]).await });
        }
        while let Some(results) = within(sending.join_next()).await {
            assert_eq!(ids(&results.unwrap()[0]).len(), 3);
        }
        let mut of_reference = std::collections::HashMap::<u8, Vec<(usize, u8)>>::new();
        for heard in world.smsc.heard() {
            let Some(message) = heard.submit() else { continue };
            assert_eq!((message.esm_class, &message.short_message[..3]), (0x40, &[5, 0, 3][..]));
            let [reference, parts, number] = message.short_message[3..6] else { panic!() };
            assert_eq!(parts, 3);
            of_reference.entry(reference).or_default().push((heard.connection, number));
        }
        assert_eq!(of_reference.len(), 20, "each message has its own reference");
        for parts in of_reference.values() {
            let connection = parts[0].0;
            let expected: Vec<_> = (1..=3).map(|number| (connection, number)).collect();
            assert_eq!(*parts, expected);
        }
    }
}

#[tokio::test]
async fn the_other_ways_of_long_messages() {
    let sent = async |way| {
        let world = World::new(usual(), |options| options.long_message = way).await;
        ids(&world.send(text(&"A".repeat(161))).await);
        world.smsc.submits()
    };
    let wide = sent(LongMessage::Udh16).await;
    assert_eq!(wide[0].short_message[..3], [6, 8, 4]);
    assert_eq!([wide[0].short_message.len(), wide[1].short_message.len()], [7 + 152, 7 + 9]);
    let sar = sent(LongMessage::Sar).await;
    let segment = |message: &smpp::pdu::Message| message.tlvs.segment().unwrap();
    let Segment { parts, number, reference } = segment(&sar[1]);
    assert_eq!((parts, number, reference), (2, 2, segment(&sar[0]).reference));
    assert_eq!((sar[0].esm_class, sar[0].short_message.len()), (0, 153));
    let payload = sent(LongMessage::Payload).await;
    assert_eq!(payload.len(), 1);
    assert_eq!(payload[0].tlvs.message_payload().unwrap(), "A".repeat(161).as_bytes());
}

/// SMPP 3.4 §4.1, 5.0 §4.1.1: `interface_version` is what the client speaks.
#[tokio::test]
async fn a_bind_tells_its_version_and_its_kind() {
    for (bind, version, told) in [
        (BindKind::Transceiver, 0x34, command::BIND_TRANSCEIVER),
        (BindKind::Transceiver, 0x50, command::BIND_TRANSCEIVER),
        (BindKind::Transmitter, 0x50, command::BIND_TRANSMITTER),
    ] {
        let world = World::new(usual(), |options| {
            options.bind = bind;
            options.interface_version = version;
            options.registered_delivery = u8::from(bind != BindKind::Transmitter);
        })
        .await;
        ids(&world.send(text("hello")).await);
        let heard = world.smsc.heard();
        let binds: Vec<_> = heard
            .iter()
            .filter_map(|heard| match &heard.packet.pdu {
                Pdu::BindTransceiver(bind)
                | Pdu::BindTransmitter(bind)
                | Pdu::BindReceiver(bind) => {
                    Some((heard.packet.pdu.command_id(), bind.interface_version))
                }
                _ => None,
            })
            .collect();
        assert_eq!(binds, [(told, version)]);
    }
}

#[tokio::test]
async fn a_pair_sends_when_both_are_bound() {
    let late = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_late = late.clone();
    let world = World::begin(
        std::sync::Arc::new(move |heard| {
            let is_receiver = heard.packet.pdu.command_id() == command::BIND_RECEIVER;
            let holds = is_receiver && !is_late.load(std::sync::atomic::Ordering::SeqCst);
            holds.then(Vec::new)
        }),
        |options| options.bind = BindKind::Pair,
    )
    .await;
    world.smsc.hears(command::BIND_RECEIVER, 1).await;
    world.smsc.hears(command::BIND_TRANSMITTER, 1).await;
    super::becomes(|| world.gateway.view().bound() == 1).await;
    assert_ne!(world.gateway.state(), ringproof_delivery::GatewayState::Open);
    late.store(true, std::sync::atomic::Ordering::SeqCst);
    // The bind that was not answered is given up and made anew.
    world.is_open().await;
    ids(&world.send(text("hello")).await);
    let submit = world.smsc.heard().into_iter().find(|heard| heard.submit().is_some()).unwrap();
    let transmitter = world
        .smsc
        .heard()
        .into_iter()
        .find(|heard| heard.packet.pdu.command_id() == command::BIND_TRANSMITTER)
        .unwrap();
    assert_eq!(submit.connection, transmitter.connection);
}
