//! What the dispatcher does with messages that have to wait.

use std::sync::Arc;
use std::time::Duration;

use ringproof_delivery::limits::HANDED_OVER_MAX;
use ringproof_delivery::{Dispatcher, DispatcherParts, Routes, SendResult};
use verify::engine::outbox::Refusal;
use verify::ids::MessageId;
use verify::record::OutgoingMessage;

use crate::world::{Door, World, at};

#[tokio::test]
async fn while_no_gateway_is_open_messages_wait_and_use_no_attempt() {
    let door = Door::closed();
    let mut world = World::with(vec![door.clone()]).await;
    let jane = world.add_person().await;
    let message = world.start(jane).await;
    let id = message.id;
    world.outbox.offer(message);
    world.until(|waiting| waiting.iter().all(|m| m.lease == 0)).await;
    // Far longer than four attempts with their pauses take.
    world.go_to(200);
    assert_eq!(world.waiting().await.len(), 1);
    door.set_open(true);
    assert_eq!(door.calls(1).await, [[id]]);
    world.until(<[_]>::is_empty).await;
    assert_eq!(world.charged().await, 1);
    world.stop().await;
}

#[tokio::test]
async fn an_outage_that_closes_the_gateway_uses_no_message_up() {
    for refusal in [Refusal::Temporary, Refusal::Unreached, Refusal::GatewayDown] {
        outage_uses_no_message_up(refusal).await;
    }
}

async fn outage_uses_no_message_up(refusal: Refusal) {
    let door = Door::failing();
    door.answer(SendResult::Refused(refusal, "no connection".into()));
    let mut world = World::with(vec![door.clone()]).await;
    let jane = world.add_person().await;
    let message = world.start(jane).await;
    world.outbox.offer(message);
    for tries in 1..=8 {
        door.calls(tries).await;
        world.until(|waiting| waiting.iter().all(|m| m.lease == 0)).await;
        assert_eq!(world.waiting().await[0].attempts, 0, "after {tries} calls in vain");
        door.set_open(true);
    }
    door.answer(SendResult::TAKEN);
    door.set_open(true);
    world.until(<[_]>::is_empty).await;
    assert_eq!(world.charged().await, 1);
    world.stop().await;
}

#[tokio::test]
async fn what_expires_while_no_gateway_is_open_ends_there() {
    let door = Door::closed();
    let mut world = World::with(vec![door.clone()]).await;
    let jane = world.add_person().await;
    let message = world.start(jane).await;
    world.outbox.offer(message);
    world.until(|waiting| waiting.iter().all(|m| m.lease == 0)).await;
    world.go_to(240);
    world.until(<[_]>::is_empty).await;
    assert!(door.calls_now().is_empty());
    world.stop().await;
}

#[tokio::test]
async fn a_message_that_waited_is_not_sent_after_its_verification_ended() {
    let door = Door::open();
    door.hold_on();
    let mut world = World::with(vec![door.clone()]).await;
    let (jane, joe, jim) =
        (world.add_person().await, world.add_person().await, world.add_person().await);
    let first = world.start(jane).await;
    let (of_first, second) = (first.id, world.start(joe).await);
    world.outbox.offer(first);
    door.calls(1).await;
    // Joe's message waits behind a call that takes its time.
    world.outbox.offer(second);
    world.remove_person(joe).await;
    world.go_to(1);
    let third = world.start(jim).await;
    let of_third = third.id;
    world.outbox.offer(third);
    door.let_go();
    door.let_go();
    assert_eq!(door.calls(2).await, [[of_first], [of_third]]);
    world.until(<[_]>::is_empty).await;
    assert_eq!(door.calls_now().len(), 2);
    world.stop().await;
}

/// A gateway that has one message and does not answer, and one more behind it.
async fn one_under_way_and_one_behind() -> (World, Arc<Door>, MessageId) {
    let door = Door::open();
    door.hold_on();
    let mut world = World::with(vec![door.clone()]).await;
    let (jane, joe) = (world.add_person().await, world.add_person().await);
    let first = world.start(jane).await;
    world.outbox.offer(first);
    door.calls(1).await;
    let second = world.start(joe).await;
    let of_second = second.id;
    world.outbox.offer(second);
    (world, door, of_second)
}

#[tokio::test]
async fn a_message_that_waits_longer_than_its_lease_is_sent_once() {
    let (world, door, of_second) = one_under_way_and_one_behind().await;
    world.go_to(29);
    door.let_go();
    assert_eq!(door.calls(2).await[1], [of_second]);
    // Its first lease is over, and the call is under way.
    world.go_to(31);
    let renewed = world.waiting().await;
    assert!(renewed.iter().all(|m| m.next_at > world.now()), "{renewed:?}");
    door.let_go();
    world.until(<[_]>::is_empty).await;
    assert_eq!(door.calls_now().len(), 2);
    world.stop().await;
}

#[tokio::test]
async fn what_a_gateway_has_is_not_claimed_when_the_clock_jumps() {
    let (world, door, _) = one_under_way_and_one_behind().await;
    // The machine slept, twice.
    for seconds in [60, 120] {
        world.go_to(seconds);
        world.until(|waiting| waiting.iter().all(|m| m.next_at > at(seconds))).await;
        let waiting = world.waiting().await;
        let costs = waiting.iter().map(|m| (m.attempts, m.in_doubt));
        assert_eq!(costs.collect::<Vec<_>>(), [(1, 0), (1, 0)]);
    }
    door.let_go();
    door.let_go();
    world.until(<[_]>::is_empty).await;
    assert_eq!(door.calls_now().len(), 2);
    world.stop().await;
}

#[tokio::test]
async fn told_to_stop_it_hands_over_what_waits_in_memory() {
    let door = Door::open();
    door.hold_on();
    let mut world = World::with(vec![door.clone()]).await;
    let people = [world.add_person().await, world.add_person().await, world.add_person().await];
    let mut ids = Vec::new();
    for person in people {
        let message = world.start(person).await;
        ids.push([message.id]);
        world.outbox.offer(message);
        door.calls(1).await;
    }
    world.tell_to_stop(Duration::from_secs(20));
    for _ in 0..3 {
        door.let_go();
    }
    world.stopped().await;
    assert_eq!(door.calls_now(), ids);
    assert_eq!(world.waiting().await, []);
}

#[tokio::test]
async fn a_call_that_does_not_end_holds_the_stop_up_until_the_deadline_only() {
    let door = Door::open();
    door.hold_on();
    let mut world = World::with(vec![door.clone()]).await;
    let (jane, joe) = (world.add_person().await, world.add_person().await);
    for person in [jane, joe] {
        let message = world.start(person).await;
        world.outbox.offer(message);
    }
    door.calls(1).await;
    world.tell_to_stop(Duration::from_millis(50));
    world.stopped().await;
    assert_eq!(door.calls_now().len(), 1);
    assert_eq!(world.waiting().await.len(), 2, "they are there at the next start");
}

#[tokio::test]
async fn what_waits_for_a_replaced_gateway_goes_to_the_new_one() {
    let (old, new) = (Door::open(), Door::open());
    old.hold_on();
    let mut world = World::with(vec![old.clone()]).await;
    let (jane, joe) = (world.add_person().await, world.add_person().await);
    let (first, second) = (world.start(jane).await, world.start(joe).await);
    let (of_first, of_second) = (first.id, second.id);
    world.outbox.offer(first);
    old.calls(1).await;
    world.outbox.offer(second);
    world.outbox.exits().replace(Routes::in_order(vec![new.clone()]));
    assert_eq!(new.calls(1).await, [[of_second]]);
    old.let_go();
    world.until(<[_]>::is_empty).await;
    assert_eq!(old.calls_now(), [[of_first]]);
    world.stop().await;
}

#[tokio::test]
async fn replaced_gateways_finish_their_calls_and_get_no_more() {
    let (old, new) = (Door::open(), Door::open());
    old.hold_on();
    let mut world = World::with(vec![old.clone()]).await;
    let (jane, joe) = (world.add_person().await, world.add_person().await);
    let (first, second) = (world.start(jane).await, world.start(joe).await);
    let (of_first, of_second) = (first.id, second.id);
    world.outbox.offer(first);
    old.calls(1).await;
    world.outbox.exits().replace(Routes::in_order(vec![new.clone()]));
    assert_eq!(world.outbox.exits().routes().exits().len(), 1);
    old.let_go();
    world.outbox.offer(second);
    assert_eq!(new.calls(1).await, [[of_second]]);
    world.until(<[_]>::is_empty).await;
    assert_eq!(old.calls_now(), [[of_first]]);
    assert_eq!(world.charged().await, 2);
    world.outbox.exits().replace(Routes::in_order(Vec::new()));
    assert!(!world.outbox.has_open_gateway());
    world.stop().await;
}

/// One that found no room would lie in the outbox under a lease, and would be in doubt
/// when that ends, though it was with no gateway.
#[tokio::test]
async fn clients_messages_are_leased_only_while_the_queue_has_plenty_of_room() {
    let mut world = World::with(vec![Door::open()]).await;
    let receipts = world.receipts.clone();
    let (_idle, outbox) = Dispatcher::new(DispatcherParts {
        store: receipts.store.clone(),
        keys: receipts.keys.clone(),
        exits: receipts.exits.clone(),
        now: receipts.now.clone(),
        receipts,
        lease: 8,
    });
    let message = *world.text("+37255500199").await;
    let leased = OutgoingMessage { lease: 8, ..message.clone() };
    for queued in 0..HANDED_OVER_MAX / 2 {
        assert_eq!(outbox.lease_for_text(), 8, "{queued} are queued");
        outbox.offer(Box::new(leased.clone()));
    }
    assert_eq!(outbox.lease_for_text(), 0);
    world.stop().await;
}

#[tokio::test]
async fn only_what_this_run_has_leased_is_handed_over_at_once() {
    let door = Door::open();
    let mut world = World::with(vec![door.clone()]).await;
    let room = world.outbox.room();
    let message = *world.text("+37255500199").await;
    for lease in [0, 8] {
        world.outbox.offer(Box::new(OutgoingMessage { lease, ..message.clone() }));
        assert_eq!(world.outbox.room(), room);
    }
    world.outbox.offer(Box::new(message.clone()));
    assert_eq!(door.calls(1).await, [[message.id]]);
    world.stop().await;
}
