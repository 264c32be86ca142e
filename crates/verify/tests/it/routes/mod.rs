//! One message and several gateways: where it goes next, what is kept of it,
//! and whose receipts count (`delivery.md` 5.3, 6.1, 8.3).

mod fail_over;
mod late;
mod outbox;
mod property;
mod receipt;
mod reference;

use ringproof_verify::engine::outbox::{
    Acceptance, Attempt, Refusal, RefusedHandOver, RefusedOutcome,
};
use ringproof_verify::engine::receipt::ReceiptRequest;
use ringproof_verify::ids::MessageId;
use ringproof_verify::record::{OutgoingMessage, ReceiptState};

use crate::dispatcher::current;
use crate::world::{LEASE, Person, World, at};

/// A person and the message with the code that was just queued.
fn started() -> (World, Person, OutgoingMessage) {
    let (mut world, jane) = World::with_person();
    let message = *world.start(jane).message.expect("a message is due");
    (world, jane, message)
}

/// An acceptance that keeps the message until so many seconds.
fn kept_until(message: MessageId, seconds: i64) -> Acceptance {
    let keep_until = Some(at(seconds));
    Acceptance {
        attempt: current(message),
        choice: "first".to_owned(),
        parts: Vec::new(),
        keep_until,
    }
}

/// The first gateway took the message, which is kept until second 25.
fn kept() -> (World, Person, OutgoingMessage) {
    let (mut world, jane, message) = started();
    world.accept_so("one", LEASE, &[kept_until(message.id, 25)]);
    let waiting = world.records.messages[&message.id].clone();
    assert!(waiting.is_kept);
    (world, jane, waiting)
}

/// The same after nothing came in time: the message goes out once more.
fn released() -> (World, Person, OutgoingMessage) {
    let (mut world, jane, message) = kept();
    world.go_to(25);
    world.fail_over(&message);
    let claimed = world.claim(8).messages.remove(0);
    assert_eq!((claimed.id, claimed.lease), (message.id, 8));
    (world, jane, claimed)
}

fn refuse(
    world: &mut World,
    message: &OutgoingMessage,
    gateway: &str,
    refusal: Refusal,
    has_other: bool,
) -> RefusedOutcome {
    let lease = world.records.messages[&message.id].lease;
    let attempt = Attempt::of(message);
    let hand_over = RefusedHandOver {
        attempt,
        gateway,
        choice: "asked",
        refusal,
        has_other,
        has_later: false,
        promise: world.promise,
    };
    world.refuse_so(lease, message, &hand_over)
}

/// Sends that count against this world's one number.
fn charged(world: &World) -> usize {
    world.records.numbers.values().map(|sends| sends.0.len()).sum()
}

fn trail(world: &World, message: MessageId) -> String {
    let waiting = world.records.messages.get(&message).map(|m| m.trail.to_string());
    waiting.unwrap_or_else(|| world.records.deliveries[&message].trail.to_string())
}

fn says(message: MessageId, gateway: &str, state: ReceiptState) -> ReceiptRequest {
    ReceiptRequest {
        message,
        gateway: gateway.to_owned(),
        in_hand: None,
        state,
        err: None,
        cause: None,
        code: None,
        part: None,
        repeats_after_delivery: false,
    }
}

/// The same of the gateway that is being asked at this moment.
fn says_in_hand(message: MessageId, gateway: &str, state: ReceiptState) -> ReceiptRequest {
    ReceiptRequest { in_hand: Some("in hand".to_owned()), ..says(message, gateway, state) }
}
