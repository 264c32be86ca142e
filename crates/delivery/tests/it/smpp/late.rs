//! Answers that come after the wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ringproof_delivery::intake::{Intake as _, LateAnswer, RawReceipt};
use ringproof_delivery::names;
use smpp::command;
use smpp::pdu::{Packet, Pdu};
use tokio::time::sleep;
use verify::engine::outbox::{Attempt, Promise, Refusal};
use verify::ids::MessageId;
use verify::record::{DeliveryState, ReceiptState};

use super::smsc::{Habit, Heard, Smsc, usual};
use super::stored::Stored;
use super::{World, becomes, ids, refusal, text, within};

/// A peer that says nothing to submits.
pub(super) fn silent() -> Habit {
    Arc::new(|heard: &Heard| heard.submit().map(|_| Vec::new()))
}

/// The submits that the peer heard, to be answered later.
pub(super) fn submits(smsc: &Smsc) -> Vec<Heard> {
    smsc.heard().into_iter().filter(|heard| heard.submit().is_some()).collect()
}

/// Sends a text that the peer does not answer in time; gives its submits.
async fn in_doubt(world: &World, sent: &str) -> Vec<Heard> {
    let result = world.send(text(sent)).await;
    assert_eq!(refusal(&result), Some(Refusal::InDoubt), "{result:?}");
    submits(&world.smsc)
}

fn told(world: &World) -> Vec<LateAnswer> {
    world.ears.late.lock().expect("nobody panics").clone()
}

/// A later message goes its way, so whatever was said before was heard.
async fn all_heard(world: &World) {
    world.smsc.set(usual());
    ids(&world.send(text("another")).await);
}

#[tokio::test(start_paused = true)]
async fn a_late_acceptance_is_told_of_its_hand_over() {
    let world = World::new(silent(), |_| {}).await;
    let open = in_doubt(&world, "hello").await;
    sleep(Duration::from_secs(30)).await;
    assert!(told(&world).is_empty());
    world.smsc.say(open[0].answer(0, "a1").remove(0));
    becomes(|| told(&world).len() == 1).await;
    let late = told(&world).remove(0);
    assert_eq!(late.attempt, Attempt { message: MessageId::from_bytes([7; 16]), number: 1 });
    assert_eq!(ids(&late.result), ["a1"]);
    world.smsc.say(open[0].answer(0, "a1").remove(0));
    all_heard(&world).await;
    assert_eq!(told(&world).len(), 1, "it is told once");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_late_for_five_minutes_and_then_none() {
    for (after, count) in [(290, 1), (293, 0)] {
        let world = World::new(silent(), |_| {}).await;
        let open = in_doubt(&world, "hello").await;
        sleep(Duration::from_secs(after)).await;
        world.smsc.say(open[0].answer(0, "a1").remove(0));
        all_heard(&world).await;
        assert_eq!(told(&world).len(), count, "{after} seconds after the doubt");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_refusal_says_what_it_is_worth_by_now() {
    let table = [
        (0x58, Refusal::Temporary),
        (0x08, Refusal::Temporary),
        (0x61, Refusal::Temporary),
        (0x43, Refusal::GatewayUnfit),
        (0x0a, Refusal::GatewayUnfit),
        (0x0b, Refusal::Destination { confirm: true }),
        (0x01, Refusal::Content),
    ];
    for (status, expected) in table {
        let world = World::new(silent(), |_| {}).await;
        let open = in_doubt(&world, "hello").await;
        world.smsc.say(open[0].answer(status, "").remove(0));
        becomes(|| told(&world).len() == 1).await;
        let late = told(&world).remove(0);
        assert_eq!(refusal(&late.result), Some(expected), "{status:#x}");
        assert_eq!(submits(&world.smsc).len(), 1, "{status:#x}: nothing is repeated from here");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_late_no_to_the_sender_another_one_can_still_be_tried() {
    let with = |senders: &'static [&'static str]| async move {
        let senders = senders.iter().map(|&sender| sender.to_owned()).collect();
        let world = World::new(silent(), |options| options.fallback_senders = senders).await;
        let open = in_doubt(&world, "hello").await;
        world.smsc.say(open[0].answer(0x0a, "").remove(0));
        becomes(|| told(&world).len() == 1).await;
        refusal(&told(&world).remove(0).result)
    };
    assert_eq!(with(&["Shop"]).await, Some(Refusal::Temporary));
    assert_eq!(with(&[]).await, Some(Refusal::GatewayUnfit));
}

/// Of two parts; answered with these statuses, the first one in time.
async fn of_two_parts(first: u32, second: u32) -> Vec<LateAnswer> {
    let answered = Arc::new(AtomicUsize::new(0));
    let habit = move |heard: &Heard| {
        heard.submit()?;
        let is_first = answered.fetch_add(1, Ordering::SeqCst) == 0;
        Some(if is_first { heard.answer(first, "p1") } else { Vec::new() })
    };
    let world = World::new(Arc::new(habit), |_| {}).await;
    let open = in_doubt(&world, &"long ".repeat(40)).await;
    assert_eq!(open.len(), 2);
    world.smsc.say(open[1].answer(second, "p2").remove(0));
    all_heard(&world).await;
    told(&world)
}

#[tokio::test(start_paused = true)]
async fn a_message_of_parts_is_taken_when_all_are() {
    let all = of_two_parts(0, 0).await;
    assert_eq!(all.iter().map(|late| ids(&late.result)).collect::<Vec<_>>(), [["p1", "p2"]]);
    assert_eq!(of_two_parts(0, 0x08).await, [], "one part may be on the phone");
}

#[tokio::test(start_paused = true)]
async fn all_parts_may_be_late_in_any_order() {
    let world = World::new(silent(), |_| {}).await;
    let open = in_doubt(&world, &"long ".repeat(40)).await;
    world.smsc.say(open[1].answer(0, "p2").remove(0));
    world.smsc.say(open[0].answer(0, "p1").remove(0));
    becomes(|| told(&world).len() == 1).await;
    assert_eq!(ids(&told(&world)[0].result), ["p1", "p2"]);
}

/// Nobody repeats it, so the end of the session does not lose it.
#[tokio::test(start_paused = true)]
async fn an_answer_with_which_the_peer_takes_leave_counts() {
    let world = World::new(silent(), |_| {}).await;
    let open = in_doubt(&world, "hello").await;
    world.smsc.say(open[0].answer(0, "a1").remove(0));
    world.smsc.say(Packet::new(9, Pdu::Unbind));
    world.smsc.hears(command::UNBIND_RESP, 1).await;
    becomes(|| told(&world).len() == 1).await;
}

/// From a start to the outbox, with a peer that is slow.
#[tokio::test(start_paused = true)]
async fn a_code_whose_answer_is_late_is_not_sent_twice_and_its_receipt_finds_it() {
    let Stored { smsc, to_store, world, .. } =
        &mut Stored::new(silent(), Promise::AtLeastOnce).await;
    let jane = world.add_person().await;
    let message = world.start(jane).await;
    world.outbox.offer(message.clone());
    within(world.until(|all| all.first().is_some_and(|m| m.in_doubt == 1))).await;
    let open = submits(smsc).remove(0);
    smsc.say(open.answer(0, "a1").remove(0));
    let delivery = world.until_delivery(message.id, |d| d.gateway == "carrier").await;
    assert_eq!((delivery.state, delivery.in_doubt), (DeliveryState::Accepted, 0));
    assert!(world.waiting().await.is_empty());

    // Its time for another try comes, and goes.
    world.go_to(60);
    let other = world.add_person().await;
    smsc.set(usual());
    let second = world.start(other).await;
    world.outbox.offer(second.clone());
    world.until_delivery(second.id, |d| d.state == DeliveryState::Accepted).await;
    assert_eq!(submits(smsc).len(), 2, "one of each");

    let receipt = RawReceipt {
        id_forms: names::of_receipt(b"a1"),
        to: String::new(),
        sender: String::new(),
        state: ReceiptState::Delivered,
        cause: None,
        code: None,
    };
    to_store.receipt("carrier", receipt).await.expect("it is kept");
    let delivery = world.delivery(message.id).await.expect("it is known");
    assert_eq!(delivery.receipt.map(|(state, _)| state), Some(ReceiptState::Delivered));
}
