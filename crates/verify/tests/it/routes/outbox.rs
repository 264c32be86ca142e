//! Hand-overs to several gateways: who is asked next, and how it ends.

use ringproof_verify::SignedDuration;
use ringproof_verify::engine::outbox::{
    Acceptance, Attempt, Refusal, RefusedHandOver, RefusedOutcome,
};
use ringproof_verify::engine::start::StartOutcome;
use ringproof_verify::record::{DeliveryState, Method};

use super::{charged, kept, kept_until, refuse, released, started, trail};
use crate::confirming::{MINE, NUMBER};
use crate::world::{LEASE, World, at};

/// What one refusal of a fresh message does: the pause in milliseconds until the
/// next hand-over or none for the end, the trail, and attempts and sends that
/// count after it.
type Told = (Option<i64>, &'static str, u32, usize);

#[test]
fn each_refusal_of_a_fresh_message_does_what_the_table_says() {
    let ten = Some(SignedDuration::from_secs(10));
    let quick = Some(SignedDuration::from_millis(20));
    let (sure, unsure) =
        (Refusal::Destination { confirm: false }, Refusal::Destination { confirm: true });
    let table: [(Refusal, bool, Told); 22] = [
        (Refusal::Throttled(None), false, (Some(1_000), "", 0, 1)),
        (Refusal::Throttled(None), true, (Some(1_000), "one:retry", 0, 1)),
        (Refusal::Throttled(ten), false, (Some(10_000), "", 0, 1)),
        (Refusal::Throttled(ten), true, (Some(1_000), "one:retry", 0, 1)),
        (Refusal::Throttled(quick), false, (Some(1_000), "", 0, 1)),
        (Refusal::Throttled(quick), true, (Some(1_000), "one:retry", 0, 1)),
        (Refusal::Temporary, false, (Some(1_000), "one:retry", 1, 1)),
        (Refusal::Temporary, true, (Some(1_000), "one:retry", 1, 1)),
        (Refusal::Unreached, false, (Some(1_000), "one:unreached", 1, 1)),
        (Refusal::Unreached, true, (Some(0), "one:unreached", 1, 1)),
        (Refusal::GatewayDown, false, (Some(1_000), "one:route_down", 1, 1)),
        (Refusal::GatewayDown, true, (Some(0), "one:route_down", 1, 1)),
        (Refusal::GatewayUnfit, false, (None, "one:route_unfit", 1, 0)),
        (Refusal::GatewayUnfit, true, (Some(0), "one:route_unfit", 1, 1)),
        (sure, false, (None, "one:refused_dest", 1, 0)),
        (sure, true, (None, "one:refused_dest", 1, 0)),
        (unsure, false, (None, "one:refused_dest", 1, 0)),
        (unsure, true, (Some(0), "one:refused_dest", 1, 1)),
        (Refusal::Content, false, (None, "", 1, 0)),
        (Refusal::Content, true, (None, "", 1, 0)),
        (Refusal::InDoubt, false, (Some(1_000), "one:in_doubt", 1, 1)),
        (Refusal::InDoubt, true, (Some(0), "one:in_doubt", 1, 1)),
    ];
    for (refusal, has_other, told) in table {
        let (mut world, _, message) = started();
        world.go_to(2);
        let outcome = refuse(&mut world, &message, "one", refusal, has_other);
        let pause = match outcome {
            RefusedOutcome::Retry(next) => Some(next.duration_since(at(2)).as_millis()),
            RefusedOutcome::Ended(_) => None,
            RefusedOutcome::NotOurs | RefusedOutcome::Waits(_) => panic!("it is ours to try"),
        };
        let waiting = world.records.messages.get(&message.id);
        let ended = world.records.deliveries.get(&message.id);
        assert_eq!(waiting.is_some(), ended.is_none(), "{refusal:?}: it is in one place");
        if let Some(waiting) = waiting {
            assert_eq!((waiting.lease, waiting.is_kept), (0, false), "{refusal:?}");
        }
        if let Some(ended) = ended {
            assert_eq!((&*ended.gateway, ended.state), ("one", DeliveryState::Failed));
            assert_eq!(ended.choice, "asked", "{refusal:?}");
        }
        let attempts = waiting.map(|m| m.attempts).or(ended.map(|d| d.attempts)).unwrap();
        let found = (
            pause.map(|milliseconds| i64::try_from(milliseconds).unwrap()),
            &*trail(&world, message.id),
            attempts,
            charged(&world),
        );
        assert_eq!(found, told, "{refusal:?}, another gateway: {has_other}");
        let of_account: u32 =
            world.records.accounts.values().flat_map(|a| &a.hours).map(|hour| hour.sends).sum();
        assert_eq!(of_account as usize, charged(&world), "{refusal:?}: account and number agree");
    }
}

/// The other gateway is not bound just now: the message is not given up for that.
#[test]
fn a_message_that_one_gateway_cannot_carry_waits_for_one_that_may() {
    let (mut world, _, message) = started();
    let hand_over = RefusedHandOver {
        attempt: Attempt::of(&message),
        gateway: "one",
        choice: "asked",
        refusal: Refusal::GatewayUnfit,
        has_other: false,
        has_later: true,
        promise: world.promise,
    };
    let outcome = world.refuse_so(message.lease, &message, &hand_over);
    assert_eq!(outcome, RefusedOutcome::Retry(at(1)));
    assert_eq!(trail(&world, message.id), "one:route_unfit");
    assert_eq!(charged(&world), 1);
}

#[test]
fn the_words_of_refusals_are_read_as_they_are_written() {
    for refusal in [
        Refusal::Throttled(None),
        Refusal::Temporary,
        Refusal::GatewayDown,
        Refusal::GatewayUnfit,
        Refusal::Destination { confirm: false },
        Refusal::Destination { confirm: true },
        Refusal::Content,
        Refusal::InDoubt,
    ] {
        assert_eq!(Refusal::parse(refusal.as_str()), Some(refusal));
    }
    assert_eq!(Refusal::parse("accepted"), None);
    // No code of a gateway can say that it was not reached.
    assert_eq!(Refusal::parse(Refusal::Unreached.as_str()), None);
}

#[test]
fn a_gateway_that_slows_us_down_uses_no_message_up() {
    let (mut world, _, message) = started();
    refuse(&mut world, &message, "one", Refusal::Throttled(None), true);
    for _ in 0..100 {
        world.advance(1);
        let claimed = world.claim(8).messages.remove(0);
        assert_eq!((claimed.attempts, claimed.in_doubt), (1, 0));
        let outcome = refuse(&mut world, &claimed, "one", Refusal::Throttled(None), true);
        assert!(matches!(outcome, RefusedOutcome::Retry(_)), "{outcome:?}");
    }
    assert_eq!(world.records.messages[&message.id].attempts, 0);
    // After two of them another gateway is asked first; no more are counted.
    assert_eq!(trail(&world, message.id), "one:retry,one:retry");
    // A pause beyond the deadline is not the end before the deadline is.
    world.advance(1);
    let claimed = world.claim(8).messages.remove(0);
    let day = Refusal::Throttled(Some(SignedDuration::from_hours(24)));
    let outcome = refuse(&mut world, &claimed, "one", day, false);
    assert_eq!(outcome, RefusedOutcome::Retry(message.deadline));
    world.go_to(240);
    assert_eq!(world.claim(8).ended[0].state, DeliveryState::Expired);
}

#[test]
fn two_gateways_that_refuse_a_number_are_right() {
    let (mut world, _, message) = started();
    let unsure = Refusal::Destination { confirm: true };
    assert_eq!(refuse(&mut world, &message, "one", unsure, true), RefusedOutcome::Retry(at(0)));
    let again = world.claim(8).messages.remove(0);
    assert_eq!(again.attempts, 2);
    let outcome = refuse(&mut world, &again, "two", unsure, true);
    let RefusedOutcome::Ended(delivery) = outcome else { panic!("{outcome:?}") };
    assert_eq!((&*delivery.gateway, delivery.in_doubt), ("two", 0));
    assert_eq!(delivery.trail.to_string(), "one:refused_dest,two:refused_dest");
    assert_eq!(charged(&world), 0, "nobody has it");
}

#[test]
fn a_message_is_handed_over_four_times_at_most() {
    let (mut world, _, mut message) = started();
    for attempt in 1..=4 {
        assert_eq!(message.attempts, attempt);
        let outcome = refuse(&mut world, &message, "one", Refusal::GatewayDown, true);
        assert_eq!(matches!(outcome, RefusedOutcome::Ended(_)), attempt == 4, "{outcome:?}");
        message = world.claim(8).messages.pop().unwrap_or(message);
    }
    assert_eq!(charged(&world), 0);
    assert_eq!(trail(&world, message.id), ["one:route_down"; 4].join(","));
}

#[test]
fn a_clients_message_is_tried_six_times_with_longer_pauses() {
    let (mut world, _) = World::with_person();
    let request = world.text_to(MINE, NUMBER);
    let mut message = world.send(&request).1.expect("it goes at once");
    for pause in [5, 30, 120, 600, 1_800] {
        let next = world.now + SignedDuration::from_secs(pause);
        let outcome = refuse(&mut world, &message, "one", Refusal::Temporary, true);
        assert_eq!(outcome, RefusedOutcome::Retry(next));
        world.advance(pause);
        message = world.claim(8).messages.remove(0);
    }
    assert_eq!(message.attempts, 6);
    let outcome = refuse(&mut world, &message, "two", Refusal::GatewayDown, true);
    assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{outcome:?}");
}

#[test]
fn at_most_two_gateways_may_have_a_message() {
    let (mut world, _, message) = started();
    let outcome = refuse(&mut world, &message, "one", Refusal::InDoubt, true);
    assert_eq!(outcome, RefusedOutcome::Retry(at(0)), "the next at once");
    let again = world.claim(8).messages.remove(0);
    let outcome = refuse(&mut world, &again, "two", Refusal::InDoubt, true);
    let RefusedOutcome::Ended(delivery) = outcome else { panic!("{outcome:?}") };
    assert_eq!(delivery.trail.to_string(), "one:in_doubt,two:in_doubt");
    assert_eq!((delivery.attempts, delivery.in_doubt), (2, 2));
    assert_eq!(charged(&world), 1);

    // The same when the second one takes it: it is kept for nobody else.
    let (mut world, _, message) = started();
    refuse(&mut world, &message, "one", Refusal::InDoubt, true);
    let again = world.claim(8).messages.remove(0);
    world.accept_so("two", 8, &[kept_until(again.id, 25)]);
    assert_eq!(trail(&world, message.id), "one:in_doubt,two:accepted");
    for second in (0..300).step_by(5) {
        world.go_to(second);
        world.fail_over(&again);
        assert!(world.claim(8).messages.is_empty(), "second {second}");
    }
    assert!(world.records.messages.is_empty());
}

#[test]
fn a_code_that_was_taken_stays_until_its_time_and_nobody_claims_it() {
    let (mut world, jane, message) = kept();
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((&*delivery.gateway, delivery.state), ("one", DeliveryState::Accepted));
    assert_eq!((&*delivery.choice, delivery.trail.to_string()), ("first", "one:accepted".into()));
    assert_eq!((message.next_at, message.lease), (at(25), 0));
    for second in [0, 24, 25, 100] {
        world.go_to(second);
        let claimed = world.claim(8);
        assert!(claimed.messages.is_empty() && claimed.ended.is_empty(), "second {second}");
        assert!(world.end_due().is_empty(), "second {second}");
        assert!(world.hold(LEASE, std::slice::from_ref(&message)).messages.is_empty());
        assert_eq!(world.records.messages[&message.id], message);
    }
    assert!(matches!(world.try_start(jane, Method::Sms), StartOutcome::Started(_)));
    world.release_all();
    assert!(world.records.messages[&message.id].is_kept, "a restart leaves it where it is");
}

#[test]
fn only_what_may_still_go_out_is_kept() {
    // No longer than its deadline.
    let (mut world, _, message) = started();
    world.accept_so("one", LEASE, &[kept_until(message.id, 10_000)]);
    assert_eq!(world.records.messages[&message.id].next_at, message.deadline);
    // Not at all when that has come.
    let (mut world, _, message) = started();
    world.go_to(20);
    world.accept_so("one", LEASE, &[kept_until(message.id, 20)]);
    assert!(world.records.messages.is_empty());
    // A client's message never.
    let (mut world, _) = World::with_person();
    let request = world.text_to(MINE, NUMBER);
    let message = world.send(&request).1.expect("it goes at once");
    world.accept_so("one", LEASE, &[kept_until(message.id, 25)]);
    assert!(world.records.messages.is_empty());
    assert_eq!(world.records.deliveries[&message.id].state, DeliveryState::Accepted);
}

#[test]
fn what_ends_after_an_acceptance_stays_as_the_first_gateway_left_it() {
    for (refusal, ending) in [
        (Refusal::Content, "one:accepted"),
        (Refusal::Destination { confirm: false }, "one:accepted,two:refused_dest"),
        (Refusal::InDoubt, "one:accepted,two:in_doubt"),
    ] {
        let (mut world, _, message) = released();
        let first = world.records.deliveries[&message.id].clone();
        let outcome = refuse(&mut world, &message, "two", refusal, false);
        let RefusedOutcome::Ended(told) = outcome else { panic!("{outcome:?}") };
        assert_eq!((&*told.gateway, told.state), ("one", DeliveryState::Accepted), "{refusal:?}");
        let kept = &world.records.deliveries[&message.id];
        assert_eq!((&*kept.gateway, kept.state), ("one", DeliveryState::Accepted), "{refusal:?}");
        assert_eq!((kept.ended_at, kept.receipt), (first.ended_at, first.receipt), "{refusal:?}");
        assert_eq!(kept.trail.to_string(), ending);
        assert!(world.records.messages.is_empty());
        let may_have_it = refusal == Refusal::InDoubt;
        let of_account: u32 =
            world.records.accounts.values().flat_map(|a| &a.hours).map(|hour| hour.sends).sum();
        let expected = 1 + usize::from(may_have_it);
        assert_eq!(charged(&world), expected, "{refusal:?}: the first one has it");
        assert_eq!(of_account as usize, expected, "{refusal:?}: account and number agree");
        let left = world.records.numbers.values().next().expect("the number is known");
        assert_eq!(left.0[0].at, at(0), "{refusal:?}: the first send is not the one given back");
    }
    // The same by time and by the end of its verification.
    for is_late in [true, false] {
        let (mut world, jane, message) = released();
        refuse(&mut world, &message, "two", Refusal::Temporary, false);
        let first = world.records.deliveries[&message.id].clone();
        if is_late {
            world.go_to(241);
        } else {
            world.go_to(40);
            (0..5).for_each(|_| _ = world.wrong(jane));
        }
        let ended = world.claim(8);
        assert!(ended.messages.is_empty());
        assert!(ended.ended.iter().all(|d| d.state == DeliveryState::Accepted), "{ended:?}");
        assert!(world.records.messages.is_empty());
        assert_eq!(world.records.deliveries[&message.id], first);
    }
}

#[test]
fn the_names_that_a_gateway_gives_are_kept_with_the_acceptance() {
    let (mut world, _, message) = started();
    let parts = vec![vec!["=a".to_owned(), "~a".to_owned()], Vec::new()];
    let acceptance = Acceptance { parts, keep_until: None, ..kept_until(message.id, 0) };
    world.accept_so("one", LEASE, &[acceptance]);
    let number = world.ring.number_key(&message.to);
    let by_number = |sender| ringproof_verify::record::Reference::of_number(&number, sender);
    let nameless = |sender| ringproof_verify::record::Reference::of_nameless(&number, sender);
    let (any, any_nameless) = (by_number(None), nameless(None));
    let (ours, ours_nameless) = (by_number(Some("Verigator")), nameless(Some("verigator")));
    let kept: Vec<(&str, u16)> =
        world.records.references.iter().map(|r| (&*r.form, r.part)).collect();
    let expected = [
        ("=a", 0),
        ("~a", 0),
        (&*any, 0),
        (&*ours, 0),
        (&*any, 1),
        (&*any_nameless, 1),
        (&*ours, 1),
        (&*ours_nameless, 1),
    ];
    assert_eq!(kept, expected);
    assert!(world.records.references.iter().all(|r| r.gateway == "one" && r.created_at == at(0)));
    assert_eq!(world.records.deliveries[&message.id].parts, [None, None]);
    assert!(!ours.contains("372"), "a number is never kept in the clear");
}
