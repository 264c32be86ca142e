//! What a dispatcher may do: lease, end, accept, refuse.

use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::engine::outbox::{Acceptance, Attempt, Refusal, RefusedOutcome};
use ringproof_verify::engine::start::StartOutcome;
use ringproof_verify::engine::user::UserOutcome;
use ringproof_verify::ids::MessageId;
use ringproof_verify::limits::LEASE_SECONDS;
use ringproof_verify::record::{DeliveryState, Method, OutgoingMessage};

use crate::world::{LEASE, Person, World, at};

fn message_of(world: &mut World, person: Person) -> OutgoingMessage {
    *world.start(person).message.expect("a message is due")
}

fn state(world: &World, message: MessageId) -> Option<DeliveryState> {
    world.records.deliveries.get(&message).map(|delivery| delivery.state)
}

/// A person with two messages of one verification in the outbox, both free to
/// be claimed.
fn with_two_messages() -> (World, Person) {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    world.go_to(30);
    world.start(jane);
    assert_eq!(world.records.messages.len(), 2);
    (world, jane)
}

#[test]
fn a_fresh_message_is_leased_to_the_run_that_started_it() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    world.go_to(LEASE_SECONDS);
    world.advance_ms(-1);
    assert!(world.claim(8).messages.is_empty());
    world.advance_ms(1);
    let claimed = world.claim(8).messages;
    assert_eq!(claimed.len(), 1);
    // Nobody knows what became of the first hand-over.
    let leased = OutgoingMessage {
        lease: 8,
        attempts: 2,
        in_doubt: 1,
        next_at: at(2 * LEASE_SECONDS),
        ..message
    };
    assert_eq!(claimed[0], leased);
    assert_eq!(world.records.messages.get(&leased.id), Some(&leased));
    assert!(world.claim(9).messages.is_empty(), "one holder at a time");
}

#[test]
fn what_a_run_has_in_hand_it_does_not_claim_from_itself() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    let of_message = [Attempt::of(&message)];
    // The clock jumps over the lease while the message is with a gateway.
    world.go_to(2 * LEASE_SECONDS);
    let claimed = world.claim_with(LEASE, &of_message);
    assert_eq!((claimed.messages, claimed.ended, claimed.renewed), (vec![], vec![], 1));
    let renewed = OutgoingMessage { next_at: at(3 * LEASE_SECONDS), ..message.clone() };
    assert_eq!(world.records.messages[&message.id], renewed, "no attempt, no doubt");
    // What has become of it by then the hand-over notes.
    world.go_to(5 * LEASE_SECONDS);
    let verification = world.records.verifications.values_mut().next().expect("it lives");
    verification.code = None;
    assert_eq!(world.claim_with(LEASE, &of_message).renewed, 1);
    world.accept(LEASE, &[message.id]);
    assert!(world.records.messages.is_empty());
    assert_eq!(world.records.deliveries[&message.id].state, DeliveryState::Accepted);
}

#[test]
fn of_another_run_or_hand_over_nothing_is_in_hand() {
    for (lease, number) in [(8, 1), (LEASE, 2)] {
        let (mut world, jane) = World::with_person();
        let message = message_of(&mut world, jane);
        world.go_to(LEASE_SECONDS);
        let other = Attempt { message: message.id, number };
        let claimed = world.claim_with(lease, &[other]);
        assert_eq!((claimed.messages.len(), claimed.renewed), (1, 0), "{lease} {number}");
        assert_eq!((claimed.messages[0].attempts, claimed.messages[0].in_doubt), (2, 1));
    }
}

#[test]
fn only_the_holder_of_the_lease_notes_an_acceptance() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    world.go_to(30);
    world.claim(8);
    let before = world.records.clone();
    world.accept(LEASE, &[message.id]);
    assert_eq!(world.records, before, "the lease was lost");
    world.accept(8, &[message.id]);
    assert!(world.records.messages.is_empty(), "the text is gone");
    let delivery = &world.records.deliveries[&message.id];
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Accepted, 2));
    assert_eq!((delivery.queued_at, delivery.ended_at), (at(0), at(30)));
    assert_eq!(delivery.gateway, "inbox");
    world.accept(8, &[message.id]);
    assert_eq!(world.records.deliveries.len(), 1, "noted once");
}

#[test]
fn after_a_restart_what_waited_is_due_at_once_and_the_old_run_notes_nothing() {
    let (mut world, jane) = World::with_person();
    let joe = world.add_person(jane.service, "+37255500124");
    let message = message_of(&mut world, jane);
    let paused = message_of(&mut world, joe);
    world.refuse(LEASE, &paused, Refusal::Temporary);
    world.release_all();
    let claimed = world.claim(8).messages;
    assert_eq!(claimed.iter().map(|m| m.id).collect::<Vec<_>>(), [message.id], "a pause stays");
    world.accept(LEASE, &[message.id]);
    assert!(world.records.deliveries.is_empty());
    world.accept(8, &[message.id]);
    assert_eq!(state(&world, message.id), Some(DeliveryState::Accepted));
}

/// The run that claims anew is the same, so its name alone does not tell one
/// hand-over from the next.
#[test]
fn a_call_that_outlives_its_lease_settles_no_later_hand_over() {
    let (mut world, jane) = World::with_person();
    let first = message_of(&mut world, jane);
    world.go_to(30);
    let second = world.claim(LEASE).messages.remove(0);
    assert_eq!((second.lease, second.attempts), (first.lease, 2));
    let late = Attempt::of(&first);
    let before = world.records.clone();
    for refusal in [Refusal::Content, Refusal::Throttled(None), Refusal::InDoubt] {
        let outcome = world.refuse(LEASE, &first, refusal);
        assert_eq!(outcome, RefusedOutcome::NotOurs, "{refusal:?}");
    }
    world.put_attempts_back(LEASE, &[late]);
    let acceptance =
        |attempt, parts| Acceptance { attempt, choice: "late".to_owned(), parts, keep_until: None };
    world.accept_so("one", LEASE, &[acceptance(late, Vec::new())]);
    assert_eq!(world.records, before);
    // The name that comes with a late answer is known, and receipts count.
    let name = vec!["=a".to_owned()];
    world.accept_so("one", LEASE, &[acceptance(late, vec![name])]);
    assert_eq!(world.records.messages, before.messages);
    assert_eq!(world.records.references[0].message, first.id);
    world.accept_so("two", LEASE, &[acceptance(Attempt::of(&second), Vec::new())]);
    assert!(world.records.messages.is_empty());
    assert_eq!(world.records.deliveries[&first.id].gateway, "two");
}

/// Requests to slow down and outages give attempts back; the numbers of
/// hand-overs that are under way at a time differ all the same.
#[test]
fn an_attempt_that_was_given_back_is_not_taken_for_one_that_was_lost() {
    let (mut world, jane) = World::with_person();
    let lost = message_of(&mut world, jane);
    world.go_to(30);
    for round in 0..5 {
        let held = world.claim(LEASE).messages.remove(0);
        assert_ne!(Attempt::of(&held), Attempt::of(&lost), "{round}");
        let outcome = world.refuse(LEASE, &lost, Refusal::Content);
        assert_eq!(outcome, RefusedOutcome::NotOurs, "{round}");
        world.refuse(LEASE, &held, Refusal::Throttled(None));
        world.advance(1);
    }
}

#[test]
fn acceptances_of_several_messages_are_noted_together() {
    let (mut world, jane) = World::with_person();
    let joe = world.add_person(jane.service, "+37255500124");
    let messages = [jane, joe].map(|p| message_of(&mut world, p).id);
    world.accept(LEASE, &messages);
    assert!(world.records.messages.is_empty());
    assert!(messages.iter().all(|id| state(&world, *id) == Some(DeliveryState::Accepted)));
}

#[test]
fn a_message_past_its_deadline_ends_expired() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    world.go_to(240);
    world.advance_ms(-1);
    let mut in_time = world.clone();
    assert_eq!(in_time.claim(8).messages.len(), 1);
    world.advance_ms(1);
    let claimed = world.claim(8);
    assert!(claimed.messages.is_empty());
    assert_eq!(claimed.ended.len(), 1);
    assert_eq!(state(&world, message.id), Some(DeliveryState::Expired));
    assert!(world.records.messages.is_empty());
}

#[test]
fn a_message_whose_hand_overs_are_lost_is_tried_until_its_attempts_are_used_up() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    for attempts in 2..=4 {
        world.advance(30);
        let claimed = world.claim(8).messages;
        let counted: Vec<_> = claimed.iter().map(|m| (m.attempts, m.in_doubt)).collect();
        assert_eq!(counted, [(attempts, 1)], "lost calls are one doubt, however many");
    }
    world.advance(30);
    assert!(world.claim(8).messages.is_empty());
    assert_eq!(state(&world, message.id), Some(DeliveryState::Failed));
    let sends = world.records.numbers.values().map(|n| n.0.len()).sum::<usize>();
    assert_eq!(sends, 1, "a hand-over of unknown end counts as sent");
}

#[test]
fn a_program_that_dies_again_and_again_does_not_end_a_message_unsent() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    for _ in 0..20 {
        world.release_all();
    }
    let claimed = world.claim(8).messages;
    let counted: Vec<_> = claimed.iter().map(|m| (m.id, m.attempts, m.in_doubt)).collect();
    assert_eq!(counted, [(message.id, 2, 1)]);
}

/// The two messages are claimed at any later time, and never sent.
#[track_caller]
fn assert_never_sent(mut world: World, story: &str) {
    for _ in 0..20 {
        let claimed = world.claim(8);
        assert!(claimed.messages.is_empty(), "{story}");
        world.advance(30);
    }
    assert!(world.records.messages.is_empty(), "{story}: nothing rests");
}

#[test]
fn no_message_is_sent_after_its_verification_ended() {
    let (mut world, jane) = with_two_messages();
    world.right(jane);
    assert_never_sent(world, "success");

    let (mut world, jane) = with_two_messages();
    for _ in 0..5 {
        world.wrong(jane);
    }
    assert_never_sent(world, "exhaustion");

    let (mut world, _) = with_two_messages();
    world.go_to(300);
    assert_never_sent(world, "expiry");

    let (mut world, jane) = with_two_messages();
    world.remove(jane);
    assert_never_sent(world, "removal of the user");
}

#[test]
fn a_message_of_an_earlier_verification_is_cancelled_when_the_next_one_lives() {
    let (mut world, jane) = with_two_messages();
    let first = world.sent[0].message;
    world.right(jane);
    world.go_to(60);
    let message = message_of(&mut world, jane);
    world.go_to(90);
    let claimed = world.claim(8);
    assert_eq!(claimed.messages.iter().map(|m| m.id).collect::<Vec<_>>(), [message.id]);
    assert_eq!(state(&world, first), Some(DeliveryState::Cancelled));
}

#[test]
fn a_temporary_refusal_is_tried_again_after_a_pause() {
    let (mut world, jane) = World::with_person();
    let mut message = message_of(&mut world, jane);
    let mut lease = LEASE;
    for (pause_ms, attempts) in [(1_000, 2), (3_000, 3), (3_000, 4)] {
        let next = world.now + ringproof_verify::SignedDuration::from_millis(pause_ms);
        let outcome = world.refuse(lease, &message, Refusal::Temporary);
        assert_eq!(outcome, RefusedOutcome::Retry(next));
        world.advance_ms(pause_ms - 1);
        assert!(world.claim(8).messages.is_empty());
        world.advance_ms(1);
        message = world.claim(8).messages.remove(0);
        assert_eq!(message.attempts, attempts);
        lease = 8;
    }
    let outcome = world.refuse(lease, &message, Refusal::Temporary);
    assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{outcome:?}");
    assert_eq!(state(&world, message.id), Some(DeliveryState::Failed));
}

#[test]
fn a_temporary_refusal_near_the_deadline_is_the_end() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    world.go_to(239);
    let outcome = world.refuse(LEASE, &message, Refusal::Temporary);
    assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{outcome:?}");
}

#[test]
fn a_message_whose_time_ran_out_at_its_gateway_ends_expired() {
    for (refusal, end) in [
        (Refusal::Temporary, DeliveryState::Expired),
        (Refusal::Unreached, DeliveryState::Expired),
        (Refusal::Content, DeliveryState::Failed),
        (Refusal::InDoubt, DeliveryState::Failed),
    ] {
        let (mut world, jane) = World::with_person();
        let message = message_of(&mut world, jane);
        world.go_to(240);
        let outcome = world.refuse(LEASE, &message, refusal);
        assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{refusal:?}: {outcome:?}");
        assert_eq!(state(&world, message.id), Some(end), "{refusal:?}");
    }
}

#[test]
fn a_refused_message_gives_the_send_back_and_the_next_start_sends_at_once() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    let before = world.verification(jane).clone();
    world.go_to(2);
    let outcome = world.refuse(LEASE, &message, Refusal::Content);
    assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{outcome:?}");
    assert!(world.records.messages.is_empty());
    assert!(world.records.numbers.values().all(|n| n.0.is_empty()), "the number is free");
    assert!(world.records.accounts.values().all(|a| a.hours.iter().all(|h| h.sends == 0)));
    assert_eq!(world.verification(jane).sends, 0);

    let again = world.start(jane);
    assert_eq!((again.verification, again.is_resend), (before.id, true));
    assert!(again.message.is_some());
    assert_eq!(world.sent[0].code, world.sent[1].code);
    let kept = world.verification(jane);
    assert_eq!((kept.sends, kept.expires_at), (1, before.expires_at));
}

#[test]
fn a_refused_send_is_given_back_to_the_account_too() {
    let (mut world, jane) = World::with_person();
    let joe = world.add_person(jane.service, "+37255500124");
    world.overrides.account_sms_per_day = Some(1);
    let message = message_of(&mut world, jane);
    assert!(matches!(world.try_start(joe, Method::Sms), StartOutcome::Refused(_)));
    world.refuse(LEASE, &message, Refusal::Content);
    world.start(joe);
}

#[test]
fn refusals_of_one_verification_never_use_up_its_three_messages() {
    let (mut world, jane) = World::with_person();
    for _ in 0..10 {
        let message = message_of(&mut world, jane);
        world.refuse(LEASE, &message, Refusal::Content);
        world.advance(1);
    }
    assert_eq!(world.verification(jane).sends, 0);
}

#[test]
fn a_late_refusal_of_an_older_message_leaves_the_newer_one_alone() {
    let (mut world, jane) = with_two_messages();
    let older = world.records.messages[&world.sent[0].message].clone();
    world.refuse(LEASE, &older, Refusal::Content);
    let kept = world.verification(jane);
    assert_eq!((kept.last_message, kept.last_sent_at), (Some(world.sent[1].message), Some(at(30))));
    assert!(world.start(jane).message.is_none(), "the cooldown of the newer one runs");
}

#[test]
fn a_refusal_without_the_lease_or_after_the_end_changes_nothing() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    let before = world.records.clone();
    assert_eq!(world.refuse(8, &message, Refusal::Content), RefusedOutcome::NotOurs);
    assert_eq!(world.records, before);
    world.right(jane);
    let before = world.records.clone();
    assert_eq!(world.refuse(LEASE, &message, Refusal::Content), RefusedOutcome::NotOurs);
    assert_eq!(world.records, before);
}

/// Sends that count against this world's one number.
fn charged(world: &World) -> usize {
    world.records.numbers.values().map(|sends| sends.0.len()).sum()
}

#[test]
fn a_message_in_doubt_is_tried_once_more_with_the_same_code_and_stays_charged() {
    let (mut world, jane) = World::with_person();
    let first = message_of(&mut world, jane);
    let outcome = world.refuse(LEASE, &first, Refusal::InDoubt);
    assert!(matches!(outcome, RefusedOutcome::Retry(_)), "{outcome:?}");
    world.advance(1);
    let again = world.claim(8).messages.remove(0);
    assert_eq!((again.id, &again.text, again.in_doubt), (first.id, &first.text, 1));
    let outcome = world.refuse(8, &again, Refusal::InDoubt);
    assert!(matches!(outcome, RefusedOutcome::Ended(_)), "two may have gone out: {outcome:?}");
    let delivery = &world.records.deliveries[&first.id];
    assert_eq!(delivery.state, DeliveryState::Failed);
    assert_eq!((delivery.attempts, delivery.in_doubt), (2, 2));
    assert!(world.records.messages.is_empty());
    assert_eq!(charged(&world), 1, "it may be with the person");
    assert_eq!(world.verification(jane).sends, 1);
    assert!(world.records.accounts.values().any(|a| a.hours.iter().any(|h| h.sends == 1)));
    assert!(world.start(jane).message.is_none(), "the cooldown runs");
}

#[test]
fn one_doubt_keeps_the_send_charged_however_the_message_ends() {
    for last in [Refusal::Content, Refusal::Temporary, Refusal::InDoubt] {
        let (mut world, jane) = World::with_person();
        let mut message = message_of(&mut world, jane);
        world.refuse(LEASE, &message, Refusal::InDoubt);
        while let Some(next) = {
            world.advance(3);
            world.claim(8).messages.pop()
        } {
            message = next;
            world.refuse(8, &message, last);
        }
        let delivery = &world.records.deliveries[&message.id];
        assert_eq!(delivery.state, DeliveryState::Failed, "{last:?}");
        assert!(delivery.in_doubt >= 1, "{last:?}");
        assert_eq!(charged(&world), 1, "{last:?}");
    }
}

#[test]
fn a_gateway_that_times_out_cannot_make_more_be_sent_than_the_limits_allow() {
    let (mut world, jane) = World::with_person();
    let mut hand_overs = 0;
    for _ in 0..3_600 {
        if let StartOutcome::Started(started) = world.try_start(jane, Method::Sms)
            && let Some(message) = started.message
        {
            hand_overs += 1;
            world.refuse(LEASE, &message, Refusal::InDoubt);
        }
        for message in world.claim(8).messages {
            hand_overs += 1;
            world.refuse(8, &message, Refusal::InDoubt);
        }
        world.advance(1);
    }
    let most = world.policy.sends.number_service_per_hour;
    assert_eq!(world.sent.len(), most as usize);
    assert_eq!(hand_overs, 2 * most, "each message is handed over twice at most");
}

#[test]
fn a_message_put_back_has_used_no_attempt_and_is_due_at_once() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    let before = world.records.clone();
    world.put_back(8, &[message.id]);
    assert_eq!(world.records, before, "the lease is another's");
    for _ in 0..200 {
        world.put_back(world.records.messages[&message.id].lease, &[message.id]);
        assert_eq!(world.end_due(), []);
        let claimed = world.claim(8).messages;
        assert_eq!(
            claimed.iter().map(|m| (m.id, m.attempts)).collect::<Vec<_>>(),
            [(message.id, 1)]
        );
        world.advance(1);
    }
    world.put_back(8, &[message.id]);
    world.go_to(240);
    let ended = world.end_due();
    assert_eq!(
        ended.iter().map(|d| (d.state, d.attempts)).collect::<Vec<_>>(),
        [(DeliveryState::Expired, 0)]
    );
    assert!(world.records.messages.is_empty(), "the text is gone");
}

#[test]
fn a_held_message_is_given_only_while_its_verification_waits_for_it() {
    type Story = fn(&mut World, Person);
    let stories: [(&str, Story); 5] = [
        ("used", |world, jane| assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }))),
        ("exhausted", |world, jane| (0..5).for_each(|_| _ = world.wrong(jane))),
        ("removed", |world, jane| assert_eq!(world.remove(jane), UserOutcome::Done)),
        ("expired", |world, _| world.go_to(301)),
        ("deadline", |world, _| world.go_to(240)),
    ];
    for (story, end) in stories {
        let (mut world, jane) = with_two_messages();
        let messages: Vec<_> = world.records.messages.values().cloned().collect();
        let held = world.hold(LEASE, &messages);
        assert_eq!(held.messages.len(), 2, "{story}");
        end(&mut world, jane);
        let held = world.hold(LEASE, &held.messages);
        assert!(held.messages.is_empty(), "{story}: {held:?}");
        assert!(world.records.messages.is_empty(), "{story}: nothing rests");
    }
}

#[test]
fn a_held_message_has_a_lease_that_outlasts_its_hand_over() {
    let (mut world, jane) = World::with_person();
    let message = message_of(&mut world, jane);
    world.go_to(LEASE_SECONDS / 2);
    let one = std::slice::from_ref(&message);
    assert_eq!(world.hold(LEASE, one).messages, one);
    world.go_to(LEASE_SECONDS / 2 + 1);
    let renewed_until = LEASE_SECONDS / 2 + 1 + LEASE_SECONDS;
    let held = world.hold(LEASE, one).messages;
    let renewed = OutgoingMessage { next_at: at(renewed_until), ..message.clone() };
    assert_eq!(held, std::slice::from_ref(&renewed));
    assert_eq!(world.records.messages[&message.id], renewed);
    assert!(world.hold(8, one).messages.is_empty(), "the lease is another's");
    world.go_to(renewed_until);
    assert_eq!(world.claim(LEASE).messages.len(), 1);
    assert!(world.hold(LEASE, one).messages.is_empty(), "it was leased anew");
}
