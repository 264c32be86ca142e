//! Random stories of one person: whatever is done in whatever order and by
//! whichever door, no extra guess, no second approval and no extra message comes
//! of it (S-4, S-8, S-10).

mod ledger;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::engine::outbox::{Refusal, RefusedOutcome};
use ringproof_verify::engine::start::StartOutcome;
use ringproof_verify::ids::MessageId;
use ringproof_verify::record::Method;

use self::ledger::{Holdings, Ledger};
use crate::world::{LEASE, Person, World};

#[derive(Debug, Clone)]
enum Step {
    Start(Method),
    Wrong,
    /// The code of the last message.
    Sent,
    /// What one of the authenticators shows, so many steps from now.
    Shown(usize, i64),
    /// A recovery code that is good, or one that is not.
    Recover(bool),
    Renew,
    /// Starts and wrong codes until nothing is compared any more.
    Hammer(Option<Method>),
    AdvanceMs(i64),
    /// Time goes on to just before, or to, the end of the live verification.
    GoToExpiry(bool),
    /// Time goes on to the end of the block.
    Unblock,
    /// A gateway takes, or finally refuses, the last message.
    Accept,
    Refuse,
    Claim,
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let minute = 60_000_i64;
    let method = || prop_oneof![Just(Method::Sms), Just(Method::Totp)];
    prop_oneof![
        4 => Just(Step::Start(Method::Sms)),
        3 => Just(Step::Start(Method::Totp)),
        3 => Just(Step::Wrong),
        2 => Just(Step::Sent),
        4 => (0..2_usize, -2..=2_i64).prop_map(|(token, offset)| Step::Shown(token, offset)),
        1 => (0..2_usize, -12..=12_i64).prop_map(|(token, offset)| Step::Shown(token, offset)),
        1 => any::<bool>().prop_map(Step::Recover),
        1 => prop::option::weighted(0.1, Just(())).prop_map(|renews| match renews {
            Some(()) => Step::Renew,
            None => Step::Recover(false),
        }),
        3 => prop::option::of(method()).prop_map(Step::Hammer),
        2 => (0..1_000_i64).prop_map(Step::AdvanceMs),
        3 => (0..minute).prop_map(Step::AdvanceMs),
        2 => (0..10 * minute).prop_map(Step::AdvanceMs),
        1 => (0..10 * 60 * minute).prop_map(Step::AdvanceMs),
        1 => (0..20 * 24 * 60 * minute).prop_map(Step::AdvanceMs),
        1 => any::<bool>().prop_map(Step::GoToExpiry),
        2 => Just(Step::Unblock),
        1 => Just(Step::Accept),
        1 => Just(Step::Refuse),
        1 => Just(Step::Claim),
        1 => Just(Step::Sweep),
    ]
}

/// The world of a seed; its person has so many authenticators and a set of
/// recovery codes.
fn world(seed: u64, authenticators: usize) -> (World, Person, Holdings) {
    let (mut world, jane) = World::seeded(seed);
    let tokens = (0..authenticators).map(|_| world.add_device(jane)).collect();
    let recovery = world.renew_recovery(jane);
    (world, jane, Holdings { tokens, recovery, dead: Vec::new() })
}

fn play(ledger: &mut Ledger, world: &mut World, person: Person, has: &mut Holdings, step: &Step) {
    match step {
        Step::Start(method) => start(ledger, world, person, *method),
        Step::Wrong => drop(ledger.enter(world, person, "000000")),
        Step::Sent => ledger.enter_sent(world, person, has),
        Step::Shown(token, offset) => ledger.enter_shown(world, person, has, (*token, *offset)),
        Step::Recover(is_good) => ledger.recover(world, person, has, *is_good),
        Step::Renew => {
            has.dead.append(&mut has.recovery);
            has.recovery = world.renew_recovery(person);
        }
        Step::Hammer(method) => {
            if let Some(method) = method {
                start(ledger, world, person, *method);
            }
            while let CheckOutcome::WrongCode { .. } = ledger.enter(world, person, "000000") {}
        }
        Step::AdvanceMs(ms) => world.advance_ms(*ms),
        Step::GoToExpiry(is_before) => {
            let expiry = world.records.verifications.get(&person.user).map(|v| v.expires_at);
            if let Some(expiry) = expiry.filter(|expiry| *expiry > world.now) {
                world.now = expiry;
                world.advance_ms(-i64::from(*is_before));
            }
        }
        Step::Unblock => {
            let until = world.guard(person).blocked_until;
            world.now = until.map_or(world.now, |until| until.max(world.now));
        }
        Step::Accept => {
            let last: Vec<MessageId> = world.sent.last().map(|s| s.message).into_iter().collect();
            world.accept(LEASE, &last);
        }
        Step::Refuse => refuse(ledger, world),
        Step::Claim => drop(world.claim(LEASE)),
        Step::Sweep => drop(world.sweep(person)),
    }
}

fn start(ledger: &mut Ledger, world: &mut World, person: Person, method: Method) {
    ledger.answers.push(match world.try_start(person, method) {
        StartOutcome::Started(started) => format!("{started:?}"),
        StartOutcome::Refused(refusal) => format!("{refusal:?}"),
    });
}

fn refuse(ledger: &mut Ledger, world: &mut World) {
    let Some(last) = world.sent.last().map(|s| s.message) else { return };
    let Some(message) = world.records.messages.get(&last).cloned() else { return };
    let outcome = world.refuse(LEASE, &message, Refusal::Content);
    assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{outcome:?}");
    ledger.given_back.push(last);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_order_of_calls_gives_an_extra_guess_approval_or_message(
        seed in any::<u64>(),
        authenticators in 0..3_usize,
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let (mut world, jane, mut has) = world(seed, authenticators);
        let mut ledger = Ledger::default();
        for step in &steps {
            play(&mut ledger, &mut world, jane, &mut has, step);
        }
        ledger.assert_bounds(&world);
    }

    #[test]
    fn a_rule_that_is_run_twice_decides_the_same(
        seed in any::<u64>(),
        authenticators in 0..3_usize,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let (mut world, jane, mut has) = world(seed, authenticators);
        for step in &steps {
            let (mut again, mut has_again) = (world.clone(), has.clone());
            let mut ledgers = [Ledger::default(), Ledger::default()];
            play(&mut ledgers[0], &mut world, jane, &mut has, step);
            play(&mut ledgers[1], &mut again, jane, &mut has_again, step);
            prop_assert_eq!(&world.records, &again.records);
            prop_assert_eq!(&world.sent, &again.sent);
            prop_assert_eq!(&ledgers[0], &ledgers[1]);
        }
    }
}

#[test]
fn the_random_stories_reach_approvals_refusals_and_every_message() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut by_message, mut by_authenticator, mut recovered, mut unlocked) = (0, 0, 0, 0);
    let (mut most_guesses, mut most_messages, mut most_milliunits) = (0, 0, 0);
    for seed in 0..60 {
        let steps = prop::collection::vec(step(), 200).new_tree(&mut runner).unwrap().current();
        let (mut world, jane, mut has) = world(seed, usize::try_from(seed % 3).unwrap());
        let mut ledger = Ledger::default();
        for step in &steps {
            play(&mut ledger, &mut world, jane, &mut has, step);
        }
        let by = |method| ledger.approved.iter().filter(|(_, by)| *by == method).count();
        by_message += by(Method::Sms);
        by_authenticator += by(Method::Totp);
        recovered += ledger.recovered.len();
        unlocked += ledger.epoch;
        most_guesses = most_guesses.max(ledger.compared.values().copied().max().unwrap_or(0));
        most_milliunits = most_milliunits.max(ledger.most_milliunits());
        for sent in &world.sent {
            let of_one = world.sent.iter().filter(|s| s.verification == sent.verification);
            most_messages = most_messages.max(of_one.count());
        }
    }
    assert!(by_message > 100 && by_authenticator > 30, "{by_message}, {by_authenticator}");
    assert!(recovered > 20 && unlocked > 3, "{recovered}, {unlocked}");
    assert_eq!(most_guesses, 5);
    assert!(most_messages >= 3, "{most_messages} messages of one verification");
    assert!(most_milliunits > 90_000, "the stories must press against the budget");
}
