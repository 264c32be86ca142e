//! What an outsider could count in a random story, and what must hold of it.

use std::collections::BTreeMap;

use ringproof_verify::engine::check::{CheckOutcome, RecoveryOutcome};
use ringproof_verify::guard::Lock;
use ringproof_verify::ids::{MessageId, VerificationId};
use ringproof_verify::policy::Policy;
use ringproof_verify::record::{Authenticator, Method};
use ringproof_verify::totp;
use ringproof_verify::{SignedDuration, Timestamp};

use crate::authing::Token;
use crate::world::{Person, World};

/// What the person has besides the phone.
#[derive(Debug, Clone, Default)]
pub(super) struct Holdings {
    pub(super) tokens: Vec<Token>,
    /// Recovery codes that were not used, and those that are dead.
    pub(super) recovery: Vec<String>,
    pub(super) dead: Vec<String>,
}

/// A wrong guess, in thousandths of a unit, by security.md 3.1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Guess {
    at: Timestamp,
    milliunits: u64,
    /// How often a recovery code had given the budget back before.
    epoch: usize,
}

/// The counts.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ledger {
    /// Codes that were compared, right or wrong, by verification.
    pub(super) compared: BTreeMap<VerificationId, u32>,
    guesses: Vec<Guess>,
    pub(super) approved: Vec<(VerificationId, Method)>,
    pub(super) recovered: Vec<String>,
    pub(super) epoch: usize,
    pub(super) given_back: Vec<MessageId>,
    /// Answers, to compare two runs.
    pub(super) answers: Vec<String>,
}

/// The wrong guesses that 3.1 allows at one of these.
fn chance_milliunits(world: &World, person: Person, method: Method) -> u64 {
    let of_person = |a: &&Authenticator| a.user == person.user && a.confirmed_at.is_some();
    let count = world.records.authenticators.iter().filter(of_person).count() as u64;
    match method {
        // One of 900,000.
        Method::Sms => 1_111,
        // Three of a million at each.
        Method::Totp => 3_000 * count,
    }
}

impl Ledger {
    pub(super) fn enter(&mut self, world: &mut World, person: Person, typed: &str) -> CheckOutcome {
        let outcome = world.check(person, typed);
        match &outcome {
            CheckOutcome::WrongCode { verification, method, .. } => {
                *self.compared.entry(*verification).or_default() += 1;
                let milliunits = chance_milliunits(world, person, *method);
                self.guesses.push(Guess { at: world.now, milliunits, epoch: self.epoch });
            }
            CheckOutcome::Approved { verification, method } => {
                *self.compared.entry(*verification).or_default() += 1;
                self.approved.push((*verification, *method));
            }
            _ => {}
        }
        self.answers.push(format!("{outcome:?}"));
        outcome
    }

    /// Enters the code of the last message, and holds that it is accepted if the
    /// verification lives by text message and nothing locks the person, and else
    /// only if an authenticator happens to make it.
    pub(super) fn enter_sent(&mut self, world: &mut World, person: Person, has: &Holdings) {
        if world.sent.is_empty() {
            return;
        }
        let code = world.code(person);
        let is_due = is_open(world, person, Method::Sms);
        let is_made = is_open(world, person, Method::Totp) && could_be_made(world, has, &code, 10);
        let outcome = self.enter(world, person, &code);
        let is_approved = matches!(outcome, CheckOutcome::Approved { .. });
        assert!(is_approved == is_due || (is_approved && is_made), "{outcome:?}");
    }

    /// Enters what an authenticator shows at a step, and holds that it is accepted
    /// if it is asked for, not spent, and near; and never if it is spent.
    pub(super) fn enter_shown(
        &mut self,
        world: &mut World,
        person: Person,
        has: &Holdings,
        (token, offset): (usize, i64),
    ) {
        let Some(token) = has.tokens.get(token) else { return };
        let code = token.of_step(totp::step_at(world.now) + offset);
        let is_open_now = is_open(world, person, Method::Totp);
        let is_near = could_be_made(world, has, &code, 1);
        let is_far = could_be_made(world, has, &code, 10);
        let is_sent = is_open(world, person, Method::Sms) && world.code(person) == code;
        let outcome = self.enter(world, person, &code);
        let is_approved = matches!(outcome, CheckOutcome::Approved { .. });
        assert!(is_approved || !(is_open_now && is_near), "{outcome:?}");
        assert!(!is_approved || (is_open_now && is_far) || is_sent, "{outcome:?}");
    }

    /// Enters a recovery code: one that is good, or one that is dead or never was.
    pub(super) fn recover(
        &mut self,
        world: &mut World,
        person: Person,
        has: &mut Holdings,
        is_good: bool,
    ) {
        let good = if is_good { has.recovery.pop() } else { None };
        let dead = has.dead.last().cloned().unwrap_or_else(|| "A".repeat(24));
        let is_locked = has_spent_its_budget(world, person);
        let outcome = world.recover(person, good.as_ref().unwrap_or(&dead));
        match (&outcome, good) {
            (RecoveryOutcome::Approved { .. }, Some(code)) => {
                self.epoch += usize::from(is_locked);
                self.recovered.push(code.clone());
                has.dead.push(code);
                assert!(!has_spent_its_budget(world, person), "the lock is lifted");
            }
            (RecoveryOutcome::WrongCode, None) => {
                let milliunits = 0; // One of 2^120.
                self.guesses.push(Guess { at: world.now, milliunits, epoch: self.epoch });
            }
            (RecoveryOutcome::Throttled { until }, good) => {
                assert!(*until > world.now, "{until}");
                has.recovery.extend(good);
            }
            other => panic!("{other:?}"),
        }
        self.answers.push(format!("{outcome:?}"));
    }

    pub(super) fn assert_bounds(&self, world: &World) {
        let Policy { codes, sends, .. } = &world.policy;
        for (verification, compared) in &self.compared {
            assert!(*compared <= codes.attempts_max, "{compared} guesses at {verification}");
            let approvals = self.approved.iter().filter(|(id, _)| id == verification).count();
            assert!(approvals <= 1, "{verification} was approved {approvals} times");
        }
        self.assert_budget();

        let left: Vec<_> =
            world.sent.iter().filter(|s| !self.given_back.contains(&s.message)).collect();
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

    /// D-9, over all doors: no 30 days hold more than a chance of 1 in 10,000,
    /// unless a recovery code gave a spent budget back in between.
    fn assert_budget(&self) {
        let month = SignedDuration::from_hours(30 * 24);
        for (first, guess) in self.guesses.iter().enumerate() {
            let within = self.guesses[first..]
                .iter()
                .filter(|g| g.epoch == guess.epoch && g.at.duration_since(guess.at) < month);
            let milliunits: u64 = within.map(|g| g.milliunits).sum();
            assert!(milliunits <= 100_000, "{milliunits} from {} on", guess.at);
        }
    }

    /// The dearest 30 days.
    pub(super) fn most_milliunits(&self) -> u64 {
        (0..=self.epoch)
            .map(|n| self.guesses.iter().filter(|g| g.epoch == n).map(|g| g.milliunits).sum())
            .max()
            .unwrap_or(0)
    }
}

/// Whether a right code by this method is accepted now.
fn is_open(world: &World, person: Person, method: Method) -> bool {
    let live = world.records.verifications.get(&person.user);
    let is_live = live.is_some_and(|v| v.is_live(world.now) && v.method == method);
    let authenticators = u32::try_from(world.records.authenticators.len()).expect("they are few");
    let cost = match method {
        Method::Sms => world.policy.codes.length.guess_cost_milliunits(),
        Method::Totp => 3_000 * authenticators.max(1),
    };
    is_live && world.guard(person).lock(world.now, cost, &world.policy.guard).is_none()
}

/// Whether any authenticator makes this code in a step that is not spent, no
/// farther than so many steps from where its clock is taken to be, or from ours.
fn could_be_made(world: &World, has: &Holdings, code: &str, steps: i64) -> bool {
    let ours = totp::step_at(world.now);
    has.tokens.iter().any(|token| {
        let kept = world.kept(token.id);
        let centre = ours + if steps == 1 { i64::from(kept.drift) } else { 0 };
        (centre - steps..=centre + steps)
            .any(|step| step > kept.last_step && token.of_step(step) == code)
    })
}

/// Whether the budget, and not a passing block, keeps some method from being used.
fn has_spent_its_budget(world: &World, person: Person) -> bool {
    let mut guard = world.guard(person);
    guard.blocked_until = None;
    let authenticators = u32::try_from(world.records.authenticators.len()).expect("they are few");
    let lock = guard.lock(world.now, 3_000 * authenticators.max(1), &world.policy.guard);
    matches!(lock, Some(Lock::HardLocked | Lock::BudgetSpent { .. }))
}

/// The most events within any window of this length.
fn most_within(times: &[Timestamp], window: SignedDuration) -> usize {
    let within = |first: usize| {
        times[first..].iter().take_while(|t| t.duration_since(times[first]) < window).count()
    };
    (0..times.len()).map(within).max().unwrap_or(0)
}
