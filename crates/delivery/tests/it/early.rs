//! Receipts that are ahead of the answer to their message, and those of messages that
//! nobody sent (`delivery.md` 5.3).

use std::time::Duration;

use ringproof_delivery::limits::{EARLY_RECEIPTS_AT_ONCE, EARLY_RECEIPTS_PER_SECOND};
use ringproof_delivery::names;
use ringproof_delivery::receipts::{ByName, NotNoted, Receipts};
use tokio::task::JoinSet;
use verify::engine::reference::Meant;
use verify::record::ReceiptState;

use crate::world::{Door, World, at};

fn delivered(name: &str) -> ByName {
    ByName {
        forms: names::of_receipt(name.as_bytes()),
        to: String::new(),
        sender: String::new(),
        state: ReceiptState::Delivered,
        cause: None,
        code: None,
    }
}

/// How many receipts of messages that nobody sent are kept of so many at once, and how
/// many are refused.
async fn flood(
    receipts: &Receipts,
    gateway: &'static str,
    names: std::ops::Range<u32>,
) -> (u32, u32) {
    let mut calls = JoinSet::new();
    for name in names {
        let receipts = receipts.clone();
        calls.spawn(async move {
            receipts.note_by_name(gateway, delivered(&format!("nobody-{name}"))).await
        });
    }
    let (mut kept, mut refused) = (0, 0);
    while let Some(noted) = calls.join_next().await {
        match noted.expect("it does not panic") {
            Ok(Meant::Orphan) => kept += 1,
            Err(NotNoted::TooMany) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    (kept, refused)
}

#[tokio::test]
async fn a_gateway_that_floods_is_asked_to_repeat_and_its_real_receipts_are_noted() {
    let door = Door::reporting("one", "00AB12");
    let mut world = World::with(vec![door.clone()]).await;
    let person = world.add_person().await;
    let message = world.start(person).await;
    let id = message.id;
    world.outbox.offer(message);
    world.until_delivery(id, |_| true).await;
    let many = EARLY_RECEIPTS_AT_ONCE + 100;
    assert_eq!(flood(&world.receipts, "one", 0..many).await, (EARLY_RECEIPTS_AT_ONCE, 100));
    assert_eq!(
        flood(&world.receipts, "two", 0..1).await,
        (1, 0),
        "another gateway does not feel it"
    );
    let noted = world.receipts.note_by_name("one", delivered("00AB12")).await;
    assert_eq!(noted, Ok(Meant::Message(id, Some(0))));
    // The same in the notation that has to be looked for.
    let noted = world.receipts.note_by_name("one", delivered("ab12")).await;
    assert_eq!(noted, Ok(Meant::Message(id, Some(0))));
    world.go_to(1);
    let again = many..many + EARLY_RECEIPTS_PER_SECOND + 10;
    assert_eq!(flood(&world.receipts, "one", again).await, (EARLY_RECEIPTS_PER_SECOND, 10));
    world.stop().await;
}

/// The clock stands until nothing else is to be done, so whatever the answer brings about
/// comes before the receipts are looked for again.
#[tokio::test(start_paused = true)]
async fn a_receipt_waits_a_moment_for_the_answer_that_it_overtook() {
    let door = Door::reporting("one", "00AB12");
    door.hold_on();
    let mut world = World::with(vec![door.clone()]).await;
    let person = world.add_person().await;
    let message = world.start(person).await;
    let id = message.id;
    world.outbox.offer(message);
    door.calls(1).await;
    // So it is too while there is no place for one more.
    let all = 0..EARLY_RECEIPTS_AT_ONCE - 1;
    assert_eq!(flood(&world.receipts, "one", all).await, (EARLY_RECEIPTS_AT_ONCE - 1, 0));
    let mut calls = JoinSet::new();
    for name in ["nobody", "another", "00AB12"] {
        let receipts = world.receipts.clone();
        calls.spawn(async move { (name, receipts.note_by_name("one", delivered(name)).await) });
    }
    // The clock moves on only when all three have looked, and wait.
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(calls.try_join_next().is_none());
    assert!(world.delivery(id).await.is_none());
    door.let_go();
    let mut noted = calls.join_all().await;
    noted.sort_unstable_by_key(|(name, _)| *name);
    let own = ("00AB12", Ok(Meant::Message(id, Some(0))));
    let refused = ("another", Err(NotNoted::TooMany));
    assert_eq!(noted, [own, refused, ("nobody", Ok(Meant::Orphan))]);
    let delivery = world.until_delivery(id, |delivery| delivery.receipt.is_some()).await;
    assert_eq!(delivery.receipt, Some((ReceiptState::Delivered, at(0))));
    world.stop().await;
}
