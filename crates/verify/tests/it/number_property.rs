//! Random stories of bare numbers, told at all doors at once: whatever is done
//! in whatever order, no extra guess, no second approval and no extra message
//! comes of it (S-4, S-10).

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use ringproof_verify::code::CodeLength;
use ringproof_verify::engine::check::{CheckOutcome, NumberCheckOutcome, NumberCheckRequest};
use ringproof_verify::engine::confirm::{ConfirmOutcome, ConfirmRequest, guard_policy};
use ringproof_verify::engine::outbox::Refusal;
use ringproof_verify::engine::repeat::RepeatOutcome;
use ringproof_verify::engine::start::StartOutcome;
use ringproof_verify::ids::{AccountId, MessageId, VerificationId};
use ringproof_verify::record::{Method, NumberProfile, OutgoingMessage};
use ringproof_verify::{SignedDuration, Timestamp};

use crate::confirming::{MINE, enters};
use crate::world::{LEASE, Person, WRONG, World};

#[derive(Debug, Clone)]
enum Step {
    Start {
        account: u8,
        number: u8,
        digits: u8,
        messages: u32,
    },
    Wrong(usize),
    Right(usize),
    /// Wrong codes until nothing is compared any more.
    Hammer(usize),
    /// Every repeat that is due, tried twice.
    Repeat,
    /// The user of a service who has the first number starts, and guesses.
    OtherDoor,
    Accept,
    Refuse(Refusal),
    Claim,
    AdvanceMs(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let minute = 60_000_i64;
    let digits = prop_oneof![Just(4), Just(6), Just(6), Just(8)];
    let refusal =
        prop_oneof![Just(Refusal::Temporary), Just(Refusal::InDoubt), Just(Refusal::Content)];
    prop_oneof![
        6 => (1..3_u8, 0..2_u8, digits, 1..5_u32).prop_map(|(account, number, digits, messages)| {
            Step::Start { account, number, digits, messages }
        }),
        3 => (0..3_usize).prop_map(Step::Wrong),
        2 => (0..3_usize).prop_map(Step::Right),
        3 => (0..3_usize).prop_map(Step::Hammer),
        3 => Just(Step::Repeat),
        1 => Just(Step::OtherDoor),
        3 => Just(Step::Accept),
        1 => refusal.prop_map(Step::Refuse),
        1 => Just(Step::Claim),
        3 => (0..minute).prop_map(Step::AdvanceMs),
        2 => (0..10 * minute).prop_map(Step::AdvanceMs),
        2 => (0..10 * 60 * minute).prop_map(Step::AdvanceMs),
        1 => (0..20 * 24 * 60 * minute).prop_map(Step::AdvanceMs),
    ]
}

/// Whose number.
type Key = (AccountId, u8);

struct Story {
    world: World,
    jane: Person,
    /// Confirmations, oldest first.
    ids: Vec<(Key, VerificationId)>,
    /// The code of each, and how many digits it has.
    codes: BTreeMap<VerificationId, String>,
    compared: BTreeMap<VerificationId, u32>,
    approved: Vec<VerificationId>,
    /// What wrong guesses at a number cost, and when.
    costs: BTreeMap<Key, Vec<(Timestamp, u64)>>,
    sent: Vec<(Key, VerificationId, MessageId, Timestamp)>,
    given_back: Vec<MessageId>,
}

fn number(n: u8) -> &'static str {
    // The first is the one of the world's user.
    ["+37255500123", "+37255500199"][usize::from(n)]
}

fn length_of(code: &str) -> CodeLength {
    let digits = u8::try_from(code.len()).expect("a few digits");
    CodeLength::new(digits).expect("it is a length")
}

impl Story {
    fn begin(seed: u64, profile: NumberProfile) -> Self {
        let (mut world, jane) = World::seeded(seed);
        world.profile = profile;
        Self {
            world,
            jane,
            ids: Vec::new(),
            codes: BTreeMap::new(),
            compared: BTreeMap::new(),
            approved: Vec::new(),
            costs: BTreeMap::new(),
            sent: Vec::new(),
            given_back: Vec::new(),
        }
    }

    fn play(&mut self, step: &Step) {
        match *step {
            Step::Start { account, number, digits, messages } => {
                self.start((AccountId::from_i64(account.into()), number), digits, messages);
            }
            Step::Wrong(n) => drop(self.enter(n, |_| WRONG.to_owned())),
            Step::Right(n) => self.enter_right(n),
            Step::Hammer(n) => {
                while let Some(NumberCheckOutcome::WrongCode { .. }) =
                    self.enter(n, |_| WRONG.to_owned())
                {}
            }
            Step::Repeat => self.repeat(),
            Step::OtherDoor => {
                if let StartOutcome::Started(_) = self.world.try_start(self.jane, Method::Sms) {
                    let outcome = self.world.wrong(self.jane);
                    assert!(!matches!(outcome, CheckOutcome::Approved { .. }));
                }
            }
            Step::Accept => {
                let last: Vec<MessageId> = self.sent.last().map(|s| s.2).into_iter().collect();
                self.world.accept(LEASE, &last);
            }
            Step::Refuse(refusal) => {
                let Some(last) = self.sent.last().map(|s| s.2) else { return };
                let Some(message) = self.world.records.messages.get(&last).cloned() else { return };
                self.world.refuse(LEASE, &message, refusal);
                let ended = self.world.records.deliveries.get(&last);
                if ended.is_some_and(|delivery| delivery.in_doubt == 0) {
                    self.given_back.push(last);
                }
            }
            Step::Claim => drop(self.world.claim(LEASE)),
            Step::AdvanceMs(ms) => self.world.advance_ms(ms),
        }
    }

    fn start(&mut self, key: Key, digits: u8, messages_max: u32) {
        let length = CodeLength::new(digits).expect("it is a length");
        let length = if self.world.profile.allows_short_codes() || !length.is_short() {
            length
        } else {
            CodeLength::DEFAULT
        };
        let asks = self.world.asks(key.0, number(key.1));
        let request = ConfirmRequest { length, messages_max, ..asks };
        let before = self.world.records.verifications.get(&request.subject.user).cloned();
        let live = before.filter(|v| v.is_live(self.world.now)).map(|v| v.id);
        let outcome = self.world.try_confirm(&request);
        let ConfirmOutcome::Started { verification, message, .. } = outcome else { return };
        assert!(live.is_none_or(|id| id == verification), "one lives per account and number");
        if !self.ids.contains(&(key, verification)) {
            assert!(message.is_some(), "a new one is sent");
            self.ids.push((key, verification));
        }
        if let Some(message) = message {
            self.note(key, verification, &message);
        }
    }

    fn note(&mut self, key: Key, id: VerificationId, message: &OutgoingMessage) {
        let code = self.world.code_in(message);
        let kept = self.codes.entry(id).or_insert_with(|| code.clone());
        assert_eq!(*kept, code, "one code for one verification");
        self.sent.push((key, id, message.id, self.world.now));
    }

    /// Enters something for the `n`-th newest confirmation.
    fn enter(
        &mut self,
        n: usize,
        typed: impl FnOnce(&Self) -> String,
    ) -> Option<NumberCheckOutcome> {
        let (key, id) = *self.ids.iter().rev().nth(n)?;
        let typed = typed(self);
        let request = NumberCheckRequest { account: key.0, ..enters(id, &typed) };
        let before = self.world.records.clone();
        let outcome = self.world.enter_as(&request);
        match outcome {
            NumberCheckOutcome::Approved => {
                *self.compared.entry(id).or_default() += 1;
                self.approved.push(id);
            }
            NumberCheckOutcome::WrongCode { .. } => {
                *self.compared.entry(id).or_default() += 1;
                let length = length_of(&self.codes[&id]);
                let cost = u64::from(length.guess_cost_milliunits());
                self.costs.entry(key).or_default().push((self.world.now, cost));
            }
            NumberCheckOutcome::Expired
            | NumberCheckOutcome::Throttled
            | NumberCheckOutcome::NotFound => assert_eq!(self.world.records, before),
        }
        Some(outcome)
    }

    /// The right code is accepted exactly if the confirmation lives and nothing
    /// locks the number.
    fn enter_right(&mut self, n: usize) {
        let Some(&(key, id)) = self.ids.iter().rev().nth(n) else { return };
        let code = self.codes[&id].clone();
        let subject = self.world.subject(key.0, number(key.1));
        let kept = self.world.records.verifications.get(&subject.user);
        let live = kept.filter(|v| v.id == id && v.is_live(self.world.now));
        let guard = self.world.records.guards.get(&subject.user).cloned().unwrap_or_default();
        let length = length_of(&code);
        let policy = guard_policy(&self.world.policy, self.world.profile);
        let lock = guard.lock(self.world.now, length.guess_cost_milliunits(), &policy);
        let is_due = live.is_some() && lock.is_none();
        let outcome = self.enter(n, |_| code);
        assert_eq!(outcome == Some(NumberCheckOutcome::Approved), is_due, "{outcome:?}");
    }

    fn repeat(&mut self) {
        let now = self.world.now;
        let ids: Vec<_> =
            self.ids.iter().filter(|((account, _), _)| *account == MINE).copied().collect();
        for (key, id) in ids {
            let is_due = self.world.repeat_at(id).is_some_and(|at| at <= now);
            match self.world.try_repeat(id) {
                RepeatOutcome::Sent(message) => {
                    assert!(is_due && !self.approved.contains(&id));
                    self.note(key, id, &message);
                }
                RepeatOutcome::Later(at) => assert!(is_due && at > now),
                RepeatOutcome::Over => assert!(is_due),
                RepeatOutcome::NotDue => assert!(!is_due),
            }
            assert!(matches!(self.world.try_repeat(id), RepeatOutcome::NotDue), "once");
        }
    }

    fn assert_bounds(&self) {
        let codes = &self.world.policy.codes;
        for (id, compared) in &self.compared {
            let length = length_of(&self.codes[id]);
            assert!(*compared <= codes.attempts_max_of(length), "{compared} guesses at {id}");
            assert!(self.approved.iter().filter(|a| *a == id).count() <= 1);
        }
        let budget = guard_policy(&self.world.policy, self.world.profile).budget_milliunits;
        for (key, costs) in &self.costs {
            for first in 0..costs.len() {
                let window = SignedDuration::from_hours(30 * 24);
                let in_window = costs[first..]
                    .iter()
                    .take_while(|(at, _)| at.duration_since(costs[first].0) < window);
                let cost: u64 = in_window.map(|(_, cost)| cost).sum();
                assert!(cost <= u64::from(budget), "{key:?}: {cost} within 30 days");
            }
        }
        self.assert_messages();
    }

    fn assert_messages(&self) {
        let left: Vec<_> = self.sent.iter().filter(|s| !self.given_back.contains(&s.2)).collect();
        for sent in &left {
            let of_one = left.iter().filter(|s| s.1 == sent.1).count();
            assert!(of_one <= self.world.policy.codes.sends_max as usize, "{of_one} messages");
            let sends = &self.world.policy.sends;
            for (seconds, limit) in [
                (30, sends.number_service_per_30s),
                (600, sends.number_service_per_10min),
                (3_600, sends.number_service_per_hour),
                (86_400, sends.number_service_per_day),
            ] {
                let window = SignedDuration::from_secs(seconds);
                let within = left.iter().filter(|s| {
                    s.0 == sent.0 && s.3 >= sent.3 && s.3.duration_since(sent.3) < window
                });
                assert!(within.count() <= limit as usize, "within {seconds} s");
            }
        }
    }
}

fn profile() -> impl Strategy<Value = NumberProfile> {
    prop_oneof![
        Just(NumberProfile::Standard),
        Just(NumberProfile::ShortWhenAsked),
        Just(NumberProfile::LegacyShort),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_order_of_calls_gives_an_extra_guess_approval_or_message(
        seed in any::<u64>(),
        profile in profile(),
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut story = Story::begin(seed, profile);
        for step in &steps {
            story.play(step);
        }
        story.assert_bounds();
    }
}

#[test]
fn the_random_stories_reach_approvals_exhaustion_and_every_message() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut approvals, mut most_guesses, mut most_messages, mut short) = (0, 0, 0, 0);
    for seed in 0..60 {
        let steps = prop::collection::vec(step(), 200).new_tree(&mut runner).unwrap().current();
        let mut story = Story::begin(seed, NumberProfile::ShortWhenAsked);
        for step in &steps {
            story.play(step);
        }
        approvals += story.approved.len();
        short += story.codes.values().filter(|code| code.len() == 4).count();
        most_guesses = most_guesses.max(story.compared.values().copied().max().unwrap_or(0));
        for (_, id, ..) in &story.sent {
            let of_one = story.sent.iter().filter(|s| s.1 == *id).count();
            most_messages = most_messages.max(of_one);
        }
    }
    assert!(approvals > 100, "{approvals} approvals");
    assert!(short > 100, "{short} short codes");
    assert_eq!(most_guesses, 5);
    assert!(most_messages >= 3, "{most_messages} messages of one verification");
}
