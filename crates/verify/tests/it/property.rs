//! Random stories of one person: whatever is done in whatever order, no extra
//! guess, no second approval and no extra message comes of it (S-4).

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::engine::outbox::{Refusal, RefusedOutcome};
use ringproof_verify::engine::start::StartOutcome;
use ringproof_verify::ids::{MessageId, VerificationId};
use ringproof_verify::policy::Policy;
use ringproof_verify::record::Method;
use ringproof_verify::{SignedDuration, Timestamp};

use crate::world::{LEASE, Person, World};

#[derive(Debug, Clone)]
enum Step {
    Start(Method),
    Wrong,
    Right,
    /// Wrong codes until nothing is compared any more.
    Hammer,
    AdvanceMs(i64),
    /// Time goes on to just before, or to, the end of the live verification.
    GoToExpiry(bool),
    /// A gateway takes, or finally refuses, the last message.
    Accept,
    Refuse,
    Claim,
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let minute = 60_000_i64;
    prop_oneof![
        4 => Just(Step::Start(Method::Sms)),
        1 => Just(Step::Start(Method::Totp)),
        3 => Just(Step::Wrong),
        2 => Just(Step::Right),
        2 => Just(Step::Hammer),
        2 => (0..1_000_i64).prop_map(Step::AdvanceMs),
        3 => (0..minute).prop_map(Step::AdvanceMs),
        2 => (0..10 * minute).prop_map(Step::AdvanceMs),
        1 => (0..10 * 60 * minute).prop_map(Step::AdvanceMs),
        1 => (0..20 * 24 * 60 * minute).prop_map(Step::AdvanceMs),
        1 => any::<bool>().prop_map(Step::GoToExpiry),
        1 => Just(Step::Accept),
        1 => Just(Step::Refuse),
        1 => Just(Step::Claim),
        1 => Just(Step::Sweep),
    ]
}

/// What an outsider could count.
#[derive(Debug, Default, PartialEq)]
struct Ledger {
    /// Codes that were compared, right or wrong, by verification.
    compared: BTreeMap<VerificationId, u32>,
    wrong: Vec<Timestamp>,
    approved: Vec<VerificationId>,
    given_back: Vec<MessageId>,
    /// Answers, to compare two runs.
    answers: Vec<String>,
}

impl Ledger {
    fn enter(&mut self, world: &mut World, person: Person, typed: &str) -> CheckOutcome {
        let outcome = world.check(person, typed);
        match &outcome {
            CheckOutcome::WrongCode { verification, .. } => {
                *self.compared.entry(*verification).or_default() += 1;
                self.wrong.push(world.now);
            }
            CheckOutcome::Approved { verification, .. } => {
                *self.compared.entry(*verification).or_default() += 1;
                self.approved.push(*verification);
            }
            _ => {}
        }
        self.answers.push(format!("{outcome:?}"));
        outcome
    }

    /// Enters the right code, and holds that it is accepted exactly if the
    /// verification lives by text message and nothing locks the person.
    fn enter_right(&mut self, world: &mut World, person: Person) {
        let live = world.records.verifications.get(&person.user);
        let live = live.filter(|v| v.is_live(world.now) && v.method == Method::Sms);
        let cost = world.policy.codes.length.guess_cost_milliunits();
        let lock = world.guard(person).lock(world.now, cost, &world.policy.guard);
        let is_due = live.is_some() && lock.is_none();
        if world.sent.is_empty() {
            return;
        }
        let code = world.code(person);
        let outcome = self.enter(world, person, &code);
        assert_eq!(matches!(outcome, CheckOutcome::Approved { .. }), is_due, "{outcome:?}");
    }

    fn play(&mut self, world: &mut World, person: Person, step: &Step) {
        match step {
            Step::Start(method) => match world.try_start(person, *method) {
                StartOutcome::Started(started) => self.answers.push(format!("{started:?}")),
                StartOutcome::Refused(refusal) => self.answers.push(format!("{refusal:?}")),
            },
            Step::Wrong => drop(self.enter(world, person, "000000")),
            Step::Right => self.enter_right(world, person),
            Step::Hammer => {
                while let CheckOutcome::WrongCode { .. } = self.enter(world, person, "000000") {}
            }
            Step::AdvanceMs(ms) => world.advance_ms(*ms),
            Step::GoToExpiry(is_before) => {
                let expiry = world.records.verifications.get(&person.user).map(|v| v.expires_at);
                if let Some(expiry) = expiry.filter(|expiry| *expiry > world.now) {
                    world.now = expiry;
                    world.advance_ms(-i64::from(*is_before));
                }
            }
            Step::Accept => {
                let last: Vec<MessageId> =
                    world.sent.last().map(|s| s.message).into_iter().collect();
                world.accept(LEASE, &last);
            }
            Step::Refuse => self.refuse(world),
            Step::Claim => drop(world.claim(LEASE)),
            Step::Sweep => drop(world.sweep(person)),
        }
    }

    fn refuse(&mut self, world: &mut World) {
        let Some(last) = world.sent.last().map(|s| s.message) else { return };
        let Some(message) = world.records.messages.get(&last).cloned() else { return };
        let outcome = world.refuse(LEASE, &message, Refusal::Content);
        assert!(matches!(outcome, RefusedOutcome::Ended(_)), "{outcome:?}");
        self.given_back.push(last);
    }
}

/// The most events within any window of this length.
fn most_within(times: &[Timestamp], window: SignedDuration) -> usize {
    let within = |first: usize| {
        times[first..].iter().take_while(|t| t.duration_since(times[first]) < window).count()
    };
    (0..times.len()).map(within).max().unwrap_or(0)
}

fn assert_bounds(ledger: &Ledger, world: &World) {
    let Policy { codes, sends, .. } = &world.policy;
    for (verification, compared) in &ledger.compared {
        assert!(*compared <= codes.attempts_max, "{compared} guesses at {verification}");
        let approvals = ledger.approved.iter().filter(|id| *id == verification).count();
        assert!(approvals <= 1, "{verification} was approved {approvals} times");
    }
    // 900,000 codes: more than 90 guesses would be more than 1 in 10,000.
    let guesses = most_within(&ledger.wrong, SignedDuration::from_hours(30 * 24));
    assert!(guesses <= 90, "{guesses} guesses within 30 days");

    let left: Vec<_> =
        world.sent.iter().filter(|s| !ledger.given_back.contains(&s.message)).collect();
    for sent in &left {
        let of_one = left.iter().filter(|s| s.verification == sent.verification).count();
        assert!(of_one <= codes.sends_max as usize, "{of_one} messages");
        let codes = left.iter().filter(|s| s.verification == sent.verification);
        assert!(codes.clone().all(|s| s.code == sent.code), "one code for one verification");
    }
    let times: Vec<Timestamp> = left.iter().map(|s| s.at).collect();
    for (seconds, limit) in [
        (30, sends.number_service_per_30s),
        (600, sends.number_service_per_10min),
        (3_600, sends.number_service_per_hour),
        (86_400, sends.number_service_per_day),
    ] {
        let most = most_within(&times, SignedDuration::from_secs(seconds));
        assert!(most <= limit as usize, "{most} messages within {seconds} s");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_order_of_calls_gives_an_extra_guess_approval_or_message(
        seed in any::<u64>(),
        has_device in any::<bool>(),
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let (mut world, jane) = World::seeded(seed);
        if has_device {
            world.add_device(jane);
        }
        let mut ledger = Ledger::default();
        for step in &steps {
            ledger.play(&mut world, jane, step);
        }
        assert_bounds(&ledger, &world);
    }

    #[test]
    fn a_rule_that_is_run_twice_decides_the_same(
        seed in any::<u64>(),
        has_device in any::<bool>(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let (mut world, jane) = World::seeded(seed);
        if has_device {
            world.add_device(jane);
        }
        for step in &steps {
            let (mut again, mut ledgers) = (world.clone(), [Ledger::default(), Ledger::default()]);
            ledgers[0].play(&mut world, jane, step);
            ledgers[1].play(&mut again, jane, step);
            prop_assert_eq!(&world.records, &again.records);
            prop_assert_eq!(&world.sent, &again.sent);
            prop_assert_eq!(&ledgers[0], &ledgers[1]);
        }
    }
}

#[test]
fn the_random_stories_reach_approvals_refusals_and_every_message() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut approvals, mut most_guesses, mut most_messages) = (0, 0, 0);
    for seed in 0..50 {
        let steps = prop::collection::vec(step(), 200).new_tree(&mut runner).unwrap().current();
        let (mut world, jane) = World::seeded(seed);
        let mut ledger = Ledger::default();
        for step in &steps {
            ledger.play(&mut world, jane, step);
        }
        approvals += ledger.approved.len();
        most_guesses = most_guesses.max(ledger.compared.values().copied().max().unwrap_or(0));
        for sent in &world.sent {
            let of_one = world.sent.iter().filter(|s| s.verification == sent.verification);
            most_messages = most_messages.max(of_one.count());
        }
    }
    assert!(approvals > 100, "{approvals} approvals");
    assert_eq!(most_guesses, 5);
    assert!(most_messages >= 3, "{most_messages} messages of one verification");
}
