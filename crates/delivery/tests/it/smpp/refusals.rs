//! What becomes of a message that the peer does not take as it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringproof_delivery::SendResult;
use smpp::command;
use smpp::content::LongMessage;
use verify::SignedDuration;
use verify::engine::outbox::Refusal;

use super::smsc::{Habit, Heard, usual};
use super::{World, ids, refusal, text};

/// A peer that refuses what `refuses` gives a status for.
fn refusing(refuses: impl Fn(&smpp::pdu::Message) -> u32 + Send + Sync + 'static) -> Habit {
    Arc::new(move |heard: &Heard| {
        let status = refuses(heard.submit()?);
        if status == 0 { None } else { Some(heard.answer(status, "")) }
    })
}

#[tokio::test]
async fn a_status_has_its_class() {
    let world = World::new(usual(), |options| {
        options.codes = Some("[submit]\n0x401 = \"refused_dest\"".to_owned());
    })
    .await;
    for (status, expected) in [
        (0x08, Refusal::Temporary),
        (0x0a, Refusal::GatewayUnfit),
        (0x0b, Refusal::Destination { confirm: true }),
        (0x01, Refusal::Content),
        (0x04, Refusal::Temporary),
        (0x103, Refusal::GatewayDown),
        (0x401, Refusal::Destination { confirm: false }),
        (0x4ff, Refusal::Temporary),
        (0x104, Refusal::GatewayUnfit),
        (0x43, Refusal::GatewayUnfit),
        (0x62, Refusal::Content),
        (0xc1, Refusal::GatewayUnfit),
    ] {
        world.is_open().await;
        world.smsc.set(refusing(move |_| status));
        let result = world.send(text("hello")).await;
        assert_eq!(refusal(&result), Some(expected), "{status:#x}: {result:?}");
    }
}

#[tokio::test]
async fn a_session_that_the_peer_holds_for_not_bound_is_bound_anew() {
    let world = World::new(refusing(|_| 0x04), |_| {}).await;
    assert_eq!(refusal(&world.send(text("hello")).await), Some(Refusal::Temporary));
    world.smsc.set(usual());
    world.smsc.hears(command::UNBIND, 1).await;
    world.smsc.hears(command::BIND_TRANSCEIVER, 2).await;
    super::becomes(|| world.gateway.view().bound() == 1).await;
    ids(&world.send(text("hello")).await);
}

#[tokio::test]
async fn a_busy_destination_waits_elsewhere_and_then_has_another_gateway() {
    let world = World::new(refusing(|_| 0x14), |_| {}).await;
    let wait = Some(SignedDuration::from_secs(5));
    assert_eq!(refusal(&world.send(text("hello")).await), Some(Refusal::Throttled(wait)));
    assert_eq!(refusal(&world.send(text("hello")).await), Some(Refusal::GatewayDown));
    assert_eq!(world.gateway.view().throttled, 0, "the others are not slowed down");
}

#[tokio::test]
async fn another_encoding_is_tried_once() {
    let world =
        World::new(refusing(|message| if message.data_coding == 0 { 0x104 } else { 0 }), |_| {})
            .await;
    ids(&world.send(text("hello")).await);
    let codings: Vec<u8> = world.smsc.submits().iter().map(|m| m.data_coding).collect();
    assert_eq!(codings, [0, 8]);
    assert_eq!(world.smsc.submits()[1].short_message, b"\0h\0e\0l\0l\0o");
}

#[tokio::test]
async fn a_refused_sender_gives_way_to_those_of_the_gateway_in_turn() {
    for status in [0x0a, 0x48, 0x49] {
        let only = |known: &'static [u8]| {
            refusing(
                move |message| if message.source.octets.as_bytes() == known { 0 } else { status },
            )
        };
        let world = World::new(only(b"37255500000"), |options| {
            options.fallback_senders = ["Shop", "+37255500000", "Never"].map(str::to_owned).into();
        })
        .await;
        let senders = || -> Vec<String> {
            let of = |m: &smpp::pdu::Message| m.source.octets.as_bytes().to_vec();
            let all = world.smsc.submits();
            all.iter().map(|m| String::from_utf8(of(m)).expect("ASCII")).collect()
        };
        ids(&world.send(text("hello")).await);
        assert_eq!(senders(), ["MyBrand", "Shop", "37255500000"], "{status:#x}");
        let number = world.smsc.submits()[2].source.clone();
        assert_eq!((number.ton_npi.ton, number.ton_npi.npi), (1, 1), "it is written as a number");

        // The next message begins with its own again.
        world.smsc.set(only(b"MyBrand"));
        ids(&world.send(text("hello")).await);
        assert_eq!(senders()[3..], ["MyBrand"]);
        world.smsc.set(refusing(move |_| status));
        let result = world.send(text("hello")).await;
        assert_eq!(refusal(&result), Some(Refusal::GatewayUnfit), "{status:#x}: {result:?}");
        assert_eq!(senders()[4..], ["MyBrand", "Shop", "37255500000", "Never"]);
    }
}

#[tokio::test]
async fn another_way_of_linking_is_tried_once() {
    let habit = refusing(|message| if message.esm_class == 0x40 { 0x43 } else { 0 });
    let world = World::new(habit, |_| {}).await;
    let result = world.send(text(&"A".repeat(200))).await;
    assert_eq!(ids(&result).len(), 2);
    let submits = world.smsc.submits();
    assert!(submits[submits.len() - 2..].iter().all(|message| message.tlvs.segment().is_some()));
    let habit = refusing(|message| if message.tlvs.segment().is_some() { 0x43 } else { 0 });
    let world = World::new(habit, |options| options.long_message = LongMessage::Sar).await;
    ids(&world.send(text(&"A".repeat(200))).await);
    assert!(world.smsc.submits().last().unwrap().tlvs.message_payload().is_some());
}

#[tokio::test]
async fn a_peer_that_wants_no_validity_is_told_none_any_more() {
    let habit = refusing(|message| if message.validity_period.is_empty() { 0 } else { 0x62 });
    let world = World::new(habit, |_| {}).await;
    ids(&world.send(text("one")).await);
    ids(&world.send(text("two")).await);
    let told: Vec<bool> =
        world.smsc.submits().iter().map(|m| !m.validity_period.is_empty()).collect();
    assert_eq!(told, [true, false, false]);
}

#[tokio::test]
async fn optional_parameters_are_left_out_once_they_are_refused() {
    let habit = refusing(|message| if message.tlvs.is_empty() { 0 } else { 0xc1 });
    let world = World::new(habit, |options| options.vendor_tlvs = vec![(0x1400, vec![1])]).await;
    ids(&world.send(text("hello")).await);
    let submits = world.smsc.submits();
    assert_eq!(submits[0].tlvs.get(0x1400), Some(&[1][..]));
    assert_eq!((submits.len(), submits[1].tlvs.len()), (2, 0));
}

#[tokio::test]
async fn a_message_of_which_a_part_was_taken_is_in_doubt() {
    let third = |message: &smpp::pdu::Message| {
        if message.short_message[5] == 3 { 0x0b } else { 0 }
    };
    for window in [1, 10] {
        let world = World::new(refusing(third), |options| options.window = window).await;
        let result = world.send(text(&"A".repeat(400))).await;
        assert_eq!(refusal(&result), Some(Refusal::InDoubt), "{result:?}");
    }
}

#[tokio::test]
async fn a_message_whose_first_part_is_refused_sends_no_other() {
    let world = World::new(refusing(|_| 0x0b), |options| options.window = 1).await;
    let result = world.send(text(&"A".repeat(400))).await;
    assert_eq!(refusal(&result), Some(Refusal::Destination { confirm: true }));
    assert_eq!(world.smsc.submits().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_asking_the_peer() {
    let world = World::new(usual(), |_| {}).await;
    let mut no_sender = text("hello");
    no_sender.sender = "two@home".to_owned();
    assert_eq!(refusal(&world.send(no_sender).await), Some(Refusal::GatewayUnfit));
    let mut no_hex = text("xyz");
    no_hex.form.body = verify::record::BodyKind::Data;
    assert_eq!(refusal(&world.send(no_hex).await), Some(Refusal::Content));
    let mut late = text("hello");
    late.deadline = late.handed_at;
    assert_eq!(refusal(&world.send(late).await), Some(Refusal::Temporary));
    assert!(world.smsc.submits().is_empty());
}

#[tokio::test]
async fn an_answer_without_an_id_is_an_answer() {
    let count = Arc::new(AtomicUsize::new(0));
    let world = World::new(
        Arc::new(move |heard: &Heard| {
            heard.submit()?;
            match count.fetch_add(1, Ordering::SeqCst) {
                0 => Some(heard.answer(0, "")),
                _ => Some(heard.answer(0, &"9".repeat(200))),
            }
        }),
        |_| {},
    )
    .await;
    assert_eq!(ids(&world.send(text("hello")).await), [""]);
    let result: SendResult = world.send(text("hello")).await;
    assert_eq!(ids(&result), ["9".repeat(128)]);
}
