//! Clients' messages of which nobody knows whether the peer has them.

use ringproof_delivery::{Gateway as _, GatewayState};
use verify::engine::outbox::Promise;
use verify::record::{DeliveryState, OutgoingMessage};

use super::late::{silent, submits};
use super::smsc::usual;
use super::stored::Stored;
use super::{becomes, within};

/// A text that a peer did not answer in time.
async fn in_doubt(promise: Promise) -> (Stored, OutgoingMessage) {
    let mut stored = Stored::new(silent(), promise).await;
    let message = stored.world.text("+37255500199").await;
    stored.world.outbox.offer(message.clone());
    within(stored.world.until(|all| all.first().is_some_and(|m| m.in_doubt == 1))).await;
    assert_eq!(submits(&stored.smsc).len(), 1);
    (stored, *message)
}

#[tokio::test(start_paused = true)]
async fn at_least_once_it_goes_out_once_more_after_the_wait_for_its_receipt() {
    let (stored, message) = in_doubt(Promise::AtLeastOnce).await;
    stored.smsc.set(usual());
    stored.world.go_to(29);
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(submits(&stored.smsc).len(), 1);
    stored.world.go_to(30);
    let delivery = stored.world.until_delivery(message.id, |_| true).await;
    assert_eq!((delivery.state, delivery.in_doubt), (DeliveryState::Accepted, 1));
    assert_eq!(submits(&stored.smsc).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn at_most_once_it_has_failed_after_the_wait_for_its_receipt() {
    let (stored, message) = in_doubt(Promise::AtMostOnce).await;
    stored.smsc.set(usual());
    stored.world.go_to(29);
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(stored.world.delivery(message.id).await, None, "nothing is known yet");
    stored.world.go_to(30);
    let delivery = stored.world.until_delivery(message.id, |_| true).await;
    assert_eq!((delivery.state, delivery.in_doubt), (DeliveryState::Failed, 1));
    assert_eq!(submits(&stored.smsc).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn at_most_once_it_ends_in_time_though_the_peer_has_died() {
    let (stored, message) = in_doubt(Promise::AtMostOnce).await;
    let Stored { smsc, gateway, world, .. } = &stored;
    smsc.set(std::sync::Arc::new(|_| Some(Vec::new())));
    smsc.cut();
    becomes(|| gateway.state() != GatewayState::Open).await;
    world.go_to(30);
    let delivery = world.until_delivery(message.id, |_| true).await;
    assert_eq!((delivery.state, delivery.in_doubt), (DeliveryState::Failed, 1));
}

#[tokio::test(start_paused = true)]
async fn at_most_once_a_late_answer_settles_it() {
    let (stored, message) = in_doubt(Promise::AtMostOnce).await;
    let open = submits(&stored.smsc).remove(0);
    stored.smsc.say(open.answer(0, "a1").remove(0));
    let delivery = stored.world.until_delivery(message.id, |_| true).await;
    assert_eq!((delivery.state, delivery.in_doubt), (DeliveryState::Accepted, 0));
    stored.world.go_to(60);
    assert!(stored.world.waiting().await.is_empty());
    assert_eq!(submits(&stored.smsc).len(), 1);
}
