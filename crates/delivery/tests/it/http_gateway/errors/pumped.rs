//! G-6: a provider that takes messages for pumped traffic is heard by the guard, as five missing
//! codes of the prefix for each message.

use std::sync::Arc;

use ringproof_delivery::Gateway;
use verify::record::DeliveryState::{Accepted, Failed};
use verify::record::Stage;
use verify::traffic::GuardMode;

use super::super::stand_in::Reply;
use super::{Kind, aws, infobip, playing, twilio};
use crate::world::{Door, World, at};

/// What the guard holds once so many persons of one prefix met this answer.
async fn held_after(kind: &Kind, reply: &Reply, persons: usize) -> usize {
    let (side, gateway) = playing(kind, reply).await;
    let mut world = World::with(vec![Arc::new(gateway)]).await;
    world.outbox.exits().traffic().set_mode(GuardMode::On);
    for _ in 0..persons {
        let person = world.add_person().await;
        let message = world.start(person).await;
        let id = message.id;
        world.outbox.offer(message);
        world.until_delivery(id, |delivery| delivery.state == Failed).await;
    }
    side.asked().iter().for_each(kind.check);
    let held = world.outbox.exits().traffic().held(world.now(), Stage::Challenge);
    world.stop().await;
    held
}

#[tokio::test]
async fn codes_of_providers_that_mean_pumped_traffic_are_told_to_the_guard() {
    for (kind, is_pumped, reply) in [
        (&twilio::TWILIO, true, Reply::json(400, &twilio::error(400, 30_450))),
        (&twilio::TWILIO, false, Reply::json(400, &twilio::error(400, 21_211))),
        (&infobip::INFOBIP, true, infobip::status("REJECTED", "SIGNALS_BLOCKED")),
        (&infobip::INFOBIP, false, infobip::status("REJECTED", "REJECTED_DND")),
        (
            &aws::AWS,
            true,
            Reply::json(
                400,
                &aws::error(
                    "ConflictException",
                    Some("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"),
                ),
            ),
        ),
    ] {
        assert_eq!(held_after(kind, &reply, 3).await, 0, "fifteen prove nothing: {reply:?}");
        assert_eq!(held_after(kind, &reply, 4).await, usize::from(is_pumped), "{reply:?}");
    }
}

/// The gateway takes the messages, and says later what it takes them for.
#[tokio::test]
async fn receipts_of_pumped_traffic_are_told_as_long_as_the_code_is_on_its_way() {
    for (seconds, expected) in [(60, 1), (130, 0)] {
        let door = Door::named("door");
        let mut world = World::with(vec![door.clone() as Arc<dyn Gateway>]).await;
        let exits = world.outbox.exits().clone();
        exits.traffic().set_mode(GuardMode::On);
        let mut sent = Vec::new();
        for _ in 0..4 {
            let person = world.add_person().await;
            let message = world.start(person).await;
            sent.push(message.id);
            world.outbox.offer(message);
        }
        world.go_to(1);
        for id in &sent {
            world.until_delivery(*id, |delivery| delivery.state == Accepted).await;
        }
        exits.mature(at(seconds));
        // Neighbours whose codes are missing are held for themselves.
        let held = || exits.traffic().held(at(seconds), Stage::Challenge);
        let before = held();
        for id in sent {
            let delivery = world.delivery(id).await.expect("it was taken");
            exits.reported_as_pumped(&delivery, at(seconds));
        }
        assert_eq!(held() - before, expected, "{seconds}");
        world.stop().await;
    }
}
