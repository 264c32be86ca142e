//! Messages for a gateway that another server is bound to.

use std::collections::HashSet;

use ringproof_delivery::GatewayState;
use verify::engine::{Change, Decision, Due, Keys};
use verify::record::OutgoingMessage;

use crate::world::{Door, World};

fn elsewhere(world: &World, names: &[&str]) {
    let names: HashSet<String> = names.iter().map(|&name| name.to_owned()).collect();
    world.outbox.exits().set_elsewhere(names);
}

/// What a server reads that leaves messages for these gateways to others.
async fn due_except(world: &World, except: &[&str]) -> Vec<OutgoingMessage> {
    let due = Some(Due { now: world.now(), limit: 100 });
    let due_except = except.iter().map(|&name| name.to_owned()).collect();
    let keys = Keys { due, due_except, ..Keys::default() };
    let found = world.store.read(keys).await.expect("it is read").due;
    found.into_iter().map(|due| due.message).collect()
}

#[tokio::test]
async fn a_message_is_left_to_the_server_that_is_bound() {
    let door = Door::closed();
    let mut world = World::with(vec![door.clone()]).await;
    assert!(!world.outbox.has_open_gateway());
    elsewhere(&world, &["door"]);
    assert!(world.outbox.has_open_gateway() && !world.outbox.has_open_gateway_here());
    assert_eq!(world.outbox.exits().state(&*door), GatewayState::Elsewhere);
    let jane = world.add_person().await;
    let message = world.start(jane).await;
    let id = message.id;
    world.outbox.offer(message);
    world.until(|waiting| waiting.iter().all(|m| m.left_for.is_some())).await;
    let left = world.waiting().await.remove(0);
    assert_eq!((left.lease, left.attempts, left.in_doubt), (0, 0, 0), "it was with nobody");
    assert_eq!(left.left_for.as_deref(), Some("door"));
    assert_eq!(due_except(&world, &["door"]).await, []);
    assert_eq!(due_except(&world, &["another"]).await, [left], "the bound server finds it");

    // That server is gone, and this one is bound.
    world.go_to(20);
    assert!(door.calls_now().is_empty());
    door.set_open(true);
    assert_eq!(world.outbox.exits().state(&*door), GatewayState::Open, "it is bound itself");
    assert_eq!(door.calls(1).await, [[id]]);
    world.until(<[_]>::is_empty).await;
    assert_eq!(world.charged().await, 1);
    world.stop().await;
}

/// One gateway is bound here, the first choice elsewhere.
#[tokio::test]
async fn the_order_of_the_route_counts_wherever_a_gateway_is_bound() {
    let (one, two) = (Door::named("one"), Door::named("two"));
    one.set_open(false);
    let mut world = World::with(vec![one.clone(), two.clone()]).await;
    elsewhere(&world, &["one"]);
    let jane = world.add_person().await;
    let message = world.start(jane).await;
    let left = message.id;
    world.outbox.offer(message);
    world.until(|waiting| waiting.iter().all(|m| m.left_for.is_some())).await;
    // It is looked for again and again, and not what is left.
    let joe = world.add_person().await;
    world.go_to(10);
    elsewhere(&world, &[]);
    let message = world.start(joe).await;
    let second = message.id;
    world.outbox.offer(message);
    let mut sent = two.calls(2).await.concat();
    sent.sort();
    let mut both = [left, second];
    both.sort();
    assert_eq!(sent, both, "nobody is bound to the first choice any more");
    assert!(one.calls_now().is_empty());
    world.stop().await;
}

/// Two servers that judge gateways differently would leave it to each other for ever.
#[tokio::test]
async fn what_was_left_for_this_server_is_sent_by_it() {
    let (one, two) = (Door::named("one"), Door::named("two"));
    one.set_open(false);
    let mut world = World::with(vec![one.clone(), two.clone()]).await;
    elsewhere(&world, &["one"]);
    let jane = world.add_person().await;
    // Another server started it, and has the first choice, and left it for the second.
    let message = world.start(jane).await;
    let left = OutgoingMessage {
        lease: 0,
        attempts: 0,
        next_at: world.now(),
        left_for: Some("two".to_owned()),
        ..*message
    };
    let (id, change) = (left.id, Change::UpdateMessage(Box::new(left)));
    let rule = move |_: &_| Decision::with(vec![change.clone()], ());
    world.store.transact(Keys::default(), rule).await.expect("it is left");
    assert_eq!(two.calls(1).await, [[id]]);
    world.until(<[_]>::is_empty).await;
    assert!(one.calls_now().is_empty());
    world.stop().await;
}

#[tokio::test]
async fn what_waits_here_is_left_when_the_bind_goes_elsewhere() {
    let door = Door::open();
    door.hold_on();
    let mut world = World::with(vec![door.clone()]).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let person = world.add_person().await;
        let message = world.start(person).await;
        ids.push(message.id);
        world.outbox.offer(message);
    }
    door.calls(1).await;
    elsewhere(&world, &["door"]);
    door.set_open(false);
    world.until(|waiting| waiting.iter().filter(|m| m.left_for.is_some()).count() == 2).await;
    door.let_go();
    world.until(|waiting| waiting.len() == 2).await;
    assert_eq!(door.calls_now(), [[ids[0]]], "the one under way was sent here");
    world.stop().await;
}

#[tokio::test]
async fn a_pause_counts_for_all_servers() {
    let door = Door::closed();
    let world = World::with(vec![door.clone()]).await;
    elsewhere(&world, &["door"]);
    world.outbox.exits().set_paused(HashSet::from(["door".to_owned()]));
    assert!(!world.outbox.has_open_gateway());
    assert_eq!(world.outbox.exits().state(&*door), GatewayState::Closed("paused by the operator"));
    world.stop().await;
}
