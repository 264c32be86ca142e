//! Several gateways: who gets a message, who gets it next, and whose receipts
//! count (`delivery.md` 8.3, 9).

use std::sync::Arc;

use ringproof_delivery::receipts::ByName;
use ringproof_delivery::{Exit, Gateway, Route, Routes, SendResult, names};
use verify::SignedDuration;
use verify::engine::fail_over::FailOver;
use verify::engine::outbox::Refusal;
use verify::engine::receipt::{ReceiptOutcome, ReceiptRequest};
use verify::engine::reference::Meant;
use verify::ids::MessageId;
use verify::phone::PhoneNumber;
use verify::record::{Cause, DeliveryState, ReceiptState};
use verify::routing::Preference;

use crate::world::{Door, World, at};

fn refused(refusal: Refusal) -> SendResult {
    SendResult::Refused(refusal, "the test says so".into())
}

fn exits(doors: &[&Arc<Door>]) -> Vec<Exit> {
    let exit = |door: &&Arc<Door>| Exit { gateway: (*door).clone(), price: None };
    doors.iter().map(exit).collect()
}

fn route(prefixes: &[&str], doors: &[&Arc<Door>]) -> Route {
    Route {
        name: "route".to_owned(),
        prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
        accounts: Vec::new(),
        gateways: doors.iter().map(|door| door.name().to_owned()).collect(),
        preference: Preference::Order,
        receipt_within: None,
    }
}

/// A world with two gateways in this order.
async fn with_two() -> (World, Arc<Door>, Arc<Door>) {
    let (one, two) = (Door::named("one"), Door::named("two"));
    let world = World::with(vec![one.clone(), two.clone()]).await;
    (world, one, two)
}

/// Starts for a new person and hands the message over.
async fn send(world: &mut World) -> MessageId {
    send_to(world, "+3725550").await
}

/// The same for one whose number begins so.
async fn send_to(world: &mut World, prefix: &str) -> MessageId {
    let person = world.add_person_at(prefix).await;
    let message = world.start(person).await;
    let id = message.id;
    world.outbox.offer(message);
    id
}

fn says(message: MessageId, gateway: &str, state: ReceiptState) -> ReceiptRequest {
    ReceiptRequest {
        message,
        gateway: gateway.to_owned(),
        in_hand: None,
        state,
        err: None,
        cause: Some(Cause::Network),
        code: None,
        part: None,
        repeats_after_delivery: false,
    }
}

/// The clock stands still, so nothing here waits for a pause.
#[tokio::test]
async fn the_next_gateway_is_asked_at_once() {
    for (refusal, trail) in [
        (Refusal::Unreached, "one:unreached,two:accepted"),
        (Refusal::GatewayDown, "one:route_down,two:accepted"),
        (Refusal::GatewayUnfit, "one:route_unfit,two:accepted"),
        (Refusal::InDoubt, "one:in_doubt,two:accepted"),
        (Refusal::Destination { confirm: true }, "one:refused_dest,two:accepted"),
    ] {
        let (mut world, one, two) = with_two().await;
        one.answer(refused(refusal));
        let id = send(&mut world).await;
        assert_eq!(two.calls(1).await, [[id]], "{refusal:?}");
        let delivery = world.until_delivery(id, |_| true).await;
        assert_eq!((&*delivery.gateway, delivery.trail.to_string()), ("two", trail.to_owned()));
        assert_eq!(&*delivery.choice, "next after 1", "{refusal:?}");
        assert_eq!((one.calls_now().len(), world.charged().await), (1, 1), "{refusal:?}");
        world.stop().await;
    }
}

#[tokio::test]
async fn a_gateway_that_says_later_is_asked_twice_and_then_the_other() {
    let (mut world, one, two) = with_two().await;
    one.answer(refused(Refusal::Temporary));
    let id = send(&mut world).await;
    for (attempts, seconds) in [(1, 1), (2, 4)] {
        assert_eq!(one.calls(attempts).await, vec![[id]; attempts]);
        world.until(|w| w[0].lease == 0 && w[0].attempts as usize == attempts).await;
        assert_eq!(world.waiting().await[0].next_at, at(seconds));
        assert!(two.calls_now().is_empty());
        world.go_to(seconds);
    }
    assert_eq!(two.calls(1).await, [[id]]);
    let delivery = world.until_delivery(id, |_| true).await;
    assert_eq!(delivery.trail.to_string(), "one:retry,one:retry,two:accepted");
    assert_eq!(one.calls_now().len(), 2);
    world.stop().await;
}

#[tokio::test]
async fn nobody_is_asked_after_a_number_was_refused_or_two_may_have_it() {
    for (refusal, trail) in [
        (Refusal::Destination { confirm: false }, "one:refused_dest"),
        (Refusal::Destination { confirm: true }, "one:refused_dest,two:refused_dest"),
        (Refusal::InDoubt, "one:in_doubt,two:in_doubt"),
        (Refusal::Content, ""),
    ] {
        let (one, two, three) = (Door::named("one"), Door::named("two"), Door::named("three"));
        let all: Vec<Arc<dyn Gateway>> = vec![one.clone(), two.clone(), three.clone()];
        let mut world = World::with(all).await;
        one.answer(refused(refusal));
        two.answer(refused(refusal));
        let id = send(&mut world).await;
        let delivery = world.until_delivery(id, |_| true).await;
        assert_eq!(delivery.state, DeliveryState::Failed, "{refusal:?}");
        assert_eq!(delivery.trail.to_string(), trail, "{refusal:?}");
        assert!(!delivery.choice.is_empty(), "{refusal:?}");
        assert_eq!(world.waiting().await, []);
        let is_charged = u32::from(refusal == Refusal::InDoubt);
        assert_eq!(world.charged().await, is_charged, "{refusal:?}");
        assert!(three.calls_now().is_empty(), "{refusal:?}");
        world.stop().await;
    }
}

#[tokio::test]
async fn a_slow_gateway_of_one_route_holds_up_no_message_of_another() {
    let (slow, quick) = (Door::named("slow"), Door::named("quick"));
    slow.hold_on();
    // The first three people.
    let some = route(&["37255500001", "37255500002", "37255500003"], &[&slow]);
    let routes = Routes::new(exits(&[&slow, &quick]), &[some, route(&["372"], &[&quick])]);
    let mut world = World::with_routes(routes).await;
    for _ in 0..3 {
        send(&mut world).await;
    }
    slow.calls(1).await;
    let of_fourth = send(&mut world).await;
    assert_eq!(quick.calls(1).await, [[of_fourth]]);
    // What comes back from the outbox passes the slow one too.
    quick.answer(refused(Refusal::Temporary));
    let of_fifth = send(&mut world).await;
    world.until(|w| w.iter().any(|m| m.id == of_fifth && m.lease == 0)).await;
    quick.answer(SendResult::TAKEN);
    world.go_to(1);
    assert_eq!(quick.calls(3).await, [[of_fourth], [of_fifth], [of_fifth]]);
    assert_eq!(slow.calls_now().len(), 1, "its first call is still under way");
    (0..3).for_each(|_| slow.let_go());
    world.until(<[_]>::is_empty).await;
    assert_eq!(slow.calls_now().len(), 3);
    world.stop().await;
}

/// What a start asks: the gateways of the number's own route.
#[tokio::test]
async fn a_number_is_open_as_long_as_a_gateway_of_its_route_is() {
    let (one, two) = (Door::named("one"), Door::named("two"));
    let own = Route { accounts: vec!["bank".to_owned()], ..route(&["358"], &[&two]) };
    let routes = [route(&["372"], &[&one]), own, route(&["358"], &[&one, &two])];
    let world = World::with_routes(Routes::new(exits(&[&one, &two]), &routes)).await;
    let exits = world.outbox.exits().clone();
    let open = |account: &str| {
        let to = ["+37255500123", "+358401234567", "+37120000000"];
        to.map(|to| exits.are_open_to(account, &PhoneNumber::parse(to).expect("a number")))
    };
    assert_eq!(open("shop"), [true; 3]);
    one.set_open(false);
    assert_eq!(open("shop"), [false, true, true]);
    two.set_open(false);
    one.set_open(true);
    assert_eq!((open("shop"), open("bank")), ([true; 3], [true, false, true]));
    exits.set_paused(["one".to_owned()].into());
    assert_eq!(open("shop"), [false; 3]);
    world.stop().await;
}

/// The outage of one route uses no message of it up, though another is open.
#[tokio::test]
async fn an_outage_of_its_own_route_uses_no_message_up() {
    let (failing, other) = (Door::failing(), Door::named("other"));
    failing.answer(refused(Refusal::Unreached));
    let routes = [route(&["372"], &[&failing]), route(&["358"], &[&other])];
    let mut world = World::with_routes(Routes::new(exits(&[&failing, &other]), &routes)).await;
    let id = send(&mut world).await;
    failing.calls(1).await;
    world.until(|w| w[0].lease == 0).await;
    let waiting = world.waiting().await;
    assert_eq!((waiting[0].id, waiting[0].attempts, waiting[0].next_at), (id, 0, at(3)));
    failing.answer(SendResult::TAKEN);
    failing.set_open(true);
    world.go_to(3);
    world.until(<[_]>::is_empty).await;
    assert!(other.calls_now().is_empty());
    world.stop().await;
}

/// It could not carry it later either, so nothing waits for it; also if it has
/// closed meanwhile, as if it were down.
#[tokio::test]
async fn what_the_only_gateway_cannot_carry_has_failed() {
    for door in [Door::open(), Door::failing()] {
        let mut world = World::with(vec![door.clone()]).await;
        door.answer(refused(Refusal::GatewayUnfit));
        let id = send(&mut world).await;
        let delivery = world.until_delivery(id, |_| true).await;
        assert_eq!(delivery.state, DeliveryState::Failed);
        assert_eq!(delivery.trail.to_string(), "door:route_unfit");
        assert_eq!((world.waiting().await, world.charged().await), (Vec::new(), 0));
        assert_eq!(door.calls_now().len(), 1);
        world.stop().await;
    }
}

/// The gateway that may carry it is not bound just now; the one that cannot is
/// not asked again.
#[tokio::test]
async fn what_one_gateway_cannot_carry_waits_for_the_other() {
    let (mut world, one, two) = with_two().await;
    one.answer(refused(Refusal::GatewayUnfit));
    two.set_open(false);
    let id = send(&mut world).await;
    world.until(|w| w[0].lease == 0 && w[0].attempts == 1).await;
    assert_eq!(world.waiting().await[0].next_at, at(1));
    two.set_open(true);
    world.go_to(1);
    let delivery = world.until_delivery(id, |_| true).await;
    assert_eq!(delivery.trail.to_string(), "one:route_unfit,two:accepted");
    assert_eq!((one.calls_now().len(), two.calls_now().len()), (1, 1));
    world.stop().await;
}

/// A gateway that is to be tried after failures is not kept waiting by a message
/// that says nothing of it.
#[tokio::test]
async fn a_probe_that_says_nothing_leaves_the_next_message_to_be_one() {
    let (mut world, one, _two) = with_two().await;
    let exits = world.outbox.exits().clone();
    one.answer(refused(Refusal::GatewayDown));
    for _ in 0..5 {
        let id = send(&mut world).await;
        world.until_delivery(id, |_| true).await;
    }
    world.go_to(30);
    one.answer(refused(Refusal::GatewayUnfit));
    let id = send(&mut world).await;
    world.until_delivery(id, |_| true).await;
    assert!(exits.left_alone("one", world.now()).is_some(), "nothing is known of it yet");
    one.answer(SendResult::TAKEN);
    let id = send(&mut world).await;
    assert_eq!(world.until_delivery(id, |_| true).await.gateway, "one");
    assert_eq!(exits.left_alone("one", world.now()), None);
    world.stop().await;
}

/// Nor by one that is over before anybody has it.
#[tokio::test]
async fn a_probe_that_nobody_gets_leaves_the_next_message_to_be_one() {
    let (mut world, one, _two) = with_two().await;
    one.answer(refused(Refusal::GatewayDown));
    for _ in 0..5 {
        let id = send(&mut world).await;
        world.until_delivery(id, |_| true).await;
    }
    one.answer(SendResult::TAKEN);
    world.go_to(30);
    let jane = world.add_person().await;
    let message = world.start(jane).await;
    world.remove_person(jane).await;
    world.go_to(31);
    world.outbox.offer(message);
    // This one may be chosen a gateway before that one is found to be over.
    let id = send(&mut world).await;
    world.until_delivery(id, |_| true).await;
    let id = send(&mut world).await;
    assert_eq!(world.until_delivery(id, |_| true).await.gateway, "one");
    world.stop().await;
}

/// The gateway itself is open; the operator reads why its messages go elsewhere.
#[tokio::test]
async fn a_gateway_that_is_left_alone_is_told_with_the_reason() {
    let (mut world, one, two) = with_two().await;
    let exits = world.outbox.exits().clone();
    one.answer(SendResult::Refused(Refusal::GatewayDown, "code 20003".into()));
    for count in 1..=5 {
        assert_eq!(exits.left_alone("one", world.now()), None, "{count}");
        let id = send(&mut world).await;
        world.until_delivery(id, |_| true).await;
    }
    let told = "left alone until 2025-10-14T00:00:30Z, since it failed too often; the last time: \
                code 20003";
    assert_eq!(exits.left_alone("one", world.now()).as_deref(), Some(told));
    assert_eq!(exits.left_alone("two", world.now()), None);
    assert_eq!((one.calls_now().len(), two.calls_now().len()), (5, 5));
    world.go_to(30);
    let probing = exits.left_alone("one", world.now()).expect("it is not trusted yet");
    assert!(probing.starts_with("one message at a time is tried"), "{probing}");
    one.answer(SendResult::TAKEN);
    let id = send(&mut world).await;
    assert_eq!(world.until_delivery(id, |_| true).await.gateway, "one");
    assert_eq!(exits.left_alone("one", world.now()), None);
    world.stop().await;
}

/// Its way to one operator is broken, and those to others are not.
#[tokio::test]
async fn a_gateway_that_fails_at_one_prefix_is_left_alone_there_only() {
    let (mut world, one, two) = with_two().await;
    let exits = world.outbox.exits().clone();
    for second in 0..5 {
        world.go_to(second);
        assert_eq!(exits.left_alone("one", world.now()), None);
        for (prefix, answer) in
            [("+3725550", refused(Refusal::GatewayDown)), ("+3725660", SendResult::TAKEN)]
        {
            one.answer(answer);
            let id = send_to(&mut world, prefix).await;
            world.until_delivery(id, |_| true).await;
        }
    }
    let told = "+3725550: left alone until 2025-10-14T00:00:34Z, since it failed too often; the \
                last time: the test says so";
    assert_eq!(exits.left_alone("one", world.now()).as_deref(), Some(told));
    assert_eq!((one.calls_now().len(), two.calls_now().len()), (10, 5));
    for (prefix, gateway) in [("+3725550", "two"), ("+3725660", "one")] {
        let id = send_to(&mut world, prefix).await;
        assert_eq!(world.until_delivery(id, |_| true).await.gateway, gateway);
    }
    assert_eq!((one.calls_now().len(), two.calls_now().len()), (11, 6), "it is not asked there");
    world.go_to(34);
    let id = send(&mut world).await;
    assert_eq!(world.until_delivery(id, |_| true).await.gateway, "one");
    assert_eq!(exits.left_alone("one", world.now()), None);
    world.stop().await;
}

#[tokio::test]
async fn a_paused_gateway_gets_nothing_until_it_is_resumed() {
    let (mut world, one, two) = with_two().await;
    let exits = world.outbox.exits().clone();
    let pause = |names: &[&str]| {
        exits.set_paused(names.iter().map(|&name| name.to_owned()).collect());
    };
    pause(&["one"]);
    let first = send(&mut world).await;
    assert_eq!(two.calls(1).await, [[first]]);
    pause(&["one", "two"]);
    assert!(!world.outbox.has_open_gateway());
    let second = send(&mut world).await;
    world.until(|w| w.iter().any(|m| m.id == second && m.lease == 0 && m.attempts == 0)).await;
    pause(&["two"]);
    assert_eq!(one.calls(1).await, [[second]]);
    pause(&[]);
    let third = send(&mut world).await;
    assert_eq!(one.calls(2).await[1], [third]);
    assert_eq!(two.calls_now().len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn a_receipt_that_is_ahead_of_the_answer_is_noted_when_that_comes() {
    let door = Door::reporting("one", "00AB12");
    door.hold_on();
    let mut world = World::with(vec![door.clone()]).await;
    let id = send(&mut world).await;
    door.calls(1).await;
    let receipt = || ByName {
        forms: names::of_receipt(b"ab12"),
        to: String::new(),
        sender: String::new(),
        state: ReceiptState::Delivered,
        cause: None,
        code: None,
    };
    let early = world.receipts.note_by_name("one", receipt()).await;
    assert_eq!(early, Ok(Meant::Orphan));
    // The same name at another gateway is another message.
    assert_eq!(world.receipts.note_by_name("two", receipt()).await, Ok(Meant::Orphan));
    assert!(world.delivery(id).await.is_none());
    door.let_go();
    let delivery = world.until_delivery(id, |d| d.receipt.is_some()).await;
    assert_eq!(delivery.receipt, Some((ReceiptState::Delivered, at(0))));
    assert_eq!(
        world.receipts.note_by_name("one", receipt()).await,
        Ok(Meant::Message(id, Some(0)))
    );
    world.stop().await;
}

#[tokio::test]
async fn while_a_gateway_is_asked_no_other_one_may_report() {
    let (mut world, one, two) = with_two().await;
    one.hold_on();
    let first = send(&mut world).await;
    one.calls(1).await;
    // It waits in memory for the call before it.
    let second = send(&mut world).await;
    world.until(|w| w.len() == 2).await;
    for (id, gateway) in [(first, "two"), (second, "one"), (second, "two")] {
        let noted = world.receipts.note(says(id, gateway, ReceiptState::Delivered)).await;
        assert_eq!(noted, Ok(ReceiptOutcome::Unknown), "{gateway}");
    }
    let noted = world.receipts.note(says(first, "one", ReceiptState::Delivered)).await;
    let Ok(ReceiptOutcome::Raised(early)) = noted else { panic!("{noted:?}") };
    assert_eq!(early.choice, "order", "the choice is kept with an early receipt too");
    (0..2).for_each(|_| one.let_go());
    let delivery = world.until_delivery(second, |_| true).await;
    assert_eq!((&*delivery.gateway, delivery.receipt), ("one", None));
    let noted = world.receipts.note(says(second, "two", ReceiptState::Delivered)).await;
    assert_eq!(noted, Ok(ReceiptOutcome::Unknown));
    assert!(two.calls_now().is_empty());
    world.stop().await;
}

#[tokio::test]
async fn a_code_whose_receipt_says_failed_goes_out_by_the_other_gateway() {
    let (mut world, one, two) = with_two().await;
    let person = world.add_person().await;
    let message = world.start(person).await;
    let (id, copy) = (message.id, message.clone());
    world.outbox.offer(message);
    assert_eq!(one.calls(1).await, [[id]]);
    world.until_delivery(id, |_| true).await;
    assert_eq!(world.fail_over(&copy).await, FailOver::NotDue, "it may be delivered yet");
    let noted = world.receipts.note(says(id, "two", ReceiptState::Failed)).await;
    assert_eq!(noted, Ok(ReceiptOutcome::Unknown), "the other one has no such message");
    let noted = world.receipts.note(says(id, "one", ReceiptState::Failed)).await;
    assert!(matches!(noted, Ok(ReceiptOutcome::Raised(_))), "{noted:?}");
    assert_eq!(world.fail_over(&copy).await, FailOver::Released);
    assert_eq!(two.calls(1).await, [[id]]);
    let delivery = world.until_delivery(id, |d| d.gateway == "two").await;
    assert_eq!(delivery.trail.to_string(), "one:accepted,two:accepted");
    assert_eq!(world.charged().await, 2);
    let noted = world.receipts.note(says(id, "two", ReceiptState::Delivered)).await;
    assert!(matches!(noted, Ok(ReceiptOutcome::Raised(_))), "{noted:?}");
    assert_eq!(world.fail_over(&copy).await, FailOver::NotDue, "never a third");
    assert_eq!((one.calls_now().len(), two.calls_now().len()), (1, 1));
    world.stop().await;
}

#[tokio::test]
async fn a_code_is_kept_as_long_as_its_route_says_and_not_without_another_gateway() {
    let (one, two) = (Door::named("one"), Door::named("two"));
    // No receipt of it is no sign, but one that comes leads to the other gateway.
    let fails = Door::telling_failures("fails");
    let within = |prefix, first| Route {
        receipt_within: Some(SignedDuration::from_secs(25)),
        ..route(&[prefix], &[first, &two])
    };
    let alone = route(&["37255500002"], &[&one]);
    let of_failures = within("37255500003", &fails);
    let rest = route(&[], &[&one, &two]);
    let all = [within("37255500001", &one), alone, of_failures, rest];
    let mut world = World::with_routes(Routes::new(exits(&[&one, &two, &fails]), &all)).await;
    for kept_until in [Some(at(25)), None, Some(at(240)), Some(at(240))] {
        let id = send(&mut world).await;
        world.until_delivery(id, |_| true).await;
        let kept = world.store.kept(at(10_000)).await.expect("it is read");
        let kept = kept.into_iter().find(|message| message.id == id);
        assert_eq!(kept.map(|message| message.next_at), kept_until);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_gateway_that_fails_is_passed_over_while_another_is_open() {
    let (mut world, one, two) = with_two().await;
    one.answer(refused(Refusal::GatewayDown));
    for n in 1..=5 {
        let id = send(&mut world).await;
        assert_eq!(two.calls(n).await[n - 1], [id]);
        world.until_delivery(id, |_| true).await;
    }
    assert_eq!(one.calls_now().len(), 5);
    let id = send(&mut world).await;
    assert_eq!(two.calls(6).await[5], [id]);
    assert_eq!(one.calls_now().len(), 5, "it is left alone");
    // It is better than none.
    one.answer(SendResult::TAKEN);
    two.set_open(false);
    let id = send(&mut world).await;
    assert_eq!(one.calls(6).await[5], [id]);
    world.until_delivery(id, |d| d.gateway == "one").await;
    world.stop().await;
}

/// The first gateway takes everything and delivers nothing; the second one's
/// codes are entered.
#[tokio::test]
async fn codes_that_are_entered_bring_a_gateway_the_next_ones() {
    let (one, two) = (Door::named("one"), Door::named("two"));
    let by_conversion = Route { preference: Preference::Conversion, ..route(&[], &[&one, &two]) };
    let mut world = World::with_routes(Routes::new(exits(&[&one, &two]), &[by_conversion])).await;
    let mut first = None;
    for round in 0..30 {
        world.go_to(round * 200);
        world.outbox.exits().mature(world.now());
        let person = world.add_person().await;
        let message = world.start(person).await;
        let (id, verification) = (message.id, message.purpose.verification());
        world.outbox.offer(message);
        let delivery = world.until_delivery(id, |_| true).await;
        first.get_or_insert_with(|| delivery.gateway.clone());
        if delivery.gateway == "two" {
            world.outbox.exits().verified(verification.expect("it is a code"), world.now());
        }
    }
    assert_eq!(first.as_deref(), Some("one"), "while nothing is known the order decides");
    let (of_one, of_two) = (one.calls_now().len(), two.calls_now().len());
    assert!(of_two >= 4 * of_one, "{of_one} went to the one, {of_two} to the other");
    assert!(!world.outbox.exits().known().is_empty());
    world.stop().await;
}
