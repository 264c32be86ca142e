//! Random stories of several pages at once: whatever is done in whatever order, no
//! message is free that is not allowed to be, no answer changes, and no code makes
//! two of them. What every step promises is held by `World::apply_page`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use ringproof_verify::engine::check::NumberCheckOutcome;
use ringproof_verify::engine::repeat::RepeatOutcome;
use ringproof_verify::engine::widget::{self, ConfirmOutcome, ROUNDS_MAX};
use ringproof_verify::ids::{MessageId, VerificationId, WidgetSessionId};
use ringproof_verify::record::{
    NoticeKind, OutgoingMessage, WidgetSession, WidgetStatus, WidgetStep,
};
use ringproof_verify::send_limits::MESSAGES_WITHOUT_WORK;
use ringproof_verify::widget::work::BITS;
use ringproof_verify::{SignedDuration, Timestamp};

use super::{Pay, Visitor, kind, status, unconfirmed, waits_for};
use crate::confirming::MINE;
use crate::world::{LEASE, WRONG, World};

#[derive(Debug, Clone)]
enum Step {
    Open {
        address: u8,
    },
    Ask {
        page: usize,
        number: u8,
        pay: Pay,
    },
    /// Asks twice with the same work, as a double click does.
    AskTwice {
        page: usize,
        number: u8,
    },
    Wrong(usize),
    Right(usize),
    /// Wrong codes until the page no longer waits for one.
    Hammer(usize),
    /// A code of whichever page, entered on this one.
    Foreign {
        page: usize,
        of: usize,
    },
    ChangeNumber(usize),
    Cancel(usize),
    Note(usize),
    Confirm(usize),
    /// Messages are handed over, and every repeat that is due is tried.
    Repeat,
    Forget,
    AdvanceMs(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let minute = 60_000_i64;
    let page = || 0..4_usize;
    let pay = prop_oneof![
        4 => Just(Pay::Work),
        1 => (0..3_u32).prop_map(Pay::WorkOf),
        1 => Just(Pay::WorkOfBits(BITS)),
        3 => Just(Pay::Nothing)
    ];
    prop_oneof![
        4 => (0..2_u8).prop_map(|address| Step::Open { address }),
        8 => (page(), 0..3_u8, pay).prop_map(|(page, number, pay)| Step::Ask { page, number, pay }),
        1 => (page(), 0..3_u8).prop_map(|(page, number)| Step::AskTwice { page, number }),
        3 => page().prop_map(Step::Wrong),
        2 => page().prop_map(Step::Right),
        2 => page().prop_map(Step::Hammer),
        1 => (page(), page()).prop_map(|(page, of)| Step::Foreign { page, of }),
        1 => page().prop_map(Step::ChangeNumber),
        1 => page().prop_map(Step::Cancel),
        1 => page().prop_map(Step::Note),
        2 => page().prop_map(Step::Confirm),
        3 => Just(Step::Repeat),
        1 => Just(Step::Forget),
        3 => (0..minute).prop_map(Step::AdvanceMs),
        2 => (0..6 * minute).prop_map(Step::AdvanceMs),
        1 => (0..90 * minute).prop_map(Step::AdvanceMs),
    ]
}

/// A message, and who asked for it.
struct Sent {
    at: Timestamp,
    verification: VerificationId,
    message: MessageId,
    /// The address of a browser that did no work.
    free_for: Option<std::net::IpAddr>,
}

struct Story {
    world: World,
    /// Oldest first.
    visitors: Vec<Visitor>,
    codes: BTreeMap<VerificationId, String>,
    sent: Vec<Sent>,
    compared: BTreeMap<VerificationId, u32>,
    approved: Vec<VerificationId>,
    /// Every answer that was ever seen, and whether it was confirmed.
    answers: BTreeMap<WidgetSessionId, (WidgetSession, bool)>,
    notices: Vec<NoticeKind>,
}

fn number(n: u8) -> &'static str {
    ["+37255500199", "+37255500198", "+37255500197"][usize::from(n)]
}

impl Story {
    /// With limits of an address that a story comes to.
    fn begin(seed: u64) -> Self {
        let mut world = World::seeded(seed).0;
        world.policy.addresses.starts_per_10min = 6;
        world.policy.addresses.checks_per_10min = 12;
        Self {
            world,
            visitors: Vec::new(),
            codes: BTreeMap::new(),
            sent: Vec::new(),
            compared: BTreeMap::new(),
            approved: Vec::new(),
            answers: BTreeMap::new(),
            notices: Vec::new(),
        }
    }

    /// The `n`-th newest page.
    fn visitor(&self, n: usize) -> Option<Visitor> {
        self.visitors.iter().rev().nth(n).copied()
    }

    fn play(&mut self, step: &Step) {
        match *step {
            Step::Open { address } => {
                let visitor = self.world.visit();
                let address = [192, 0, 2, address].into();
                self.visitors.push(Visitor { address, ..visitor });
            }
            Step::Ask { page, number, pay } => self.ask(page, number, pay),
            Step::AskTwice { page, number } => {
                let Some(visitor) = self.visitor(page) else { return };
                let starts = self.world.page(visitor.id).map_or(0, |session| session.starts);
                let before = self.sent.len();
                self.ask(page, number, Pay::WorkOf(starts));
                self.ask(page, number, Pay::WorkOf(starts));
                assert!(self.sent.len() <= before + 1, "one work, one message");
            }
            Step::Wrong(n) => drop(self.enter(n, |_, _| WRONG.to_owned())),
            Step::Right(n) => self.enter_right(n),
            Step::Hammer(n) => while self.enter(n, |_, _| WRONG.to_owned()) {},
            Step::Foreign { page, of } => {
                let other =
                    self.visitor(of).and_then(|v| self.kept(v)).as_ref().and_then(waits_for);
                let Some(code) = other.and_then(|id| self.codes.get(&id)).cloned() else { return };
                self.enter(page, |_, _| code);
            }
            Step::ChangeNumber(n) => self.leave(n, World::change_number),
            Step::Cancel(n) => self.leave(n, World::give_up),
            Step::Note(n) => {
                let Some(visitor) = self.visitor(n) else { return };
                self.world.note(visitor, NoticeKind::CodeIncomplete, None);
            }
            Step::Confirm(n) => self.confirm(n),
            Step::Repeat => self.repeat(),
            Step::Forget => {
                let forgotten = widget::forget(self.world.now);
                let alive = self.pages().len();
                self.world.records.apply(forgotten.changes);
                assert_eq!(self.pages().len(), alive, "only what is over is forgotten");
            }
            Step::AdvanceMs(ms) => self.world.advance_ms(ms),
        }
        self.look();
    }

    fn kept(&self, visitor: Visitor) -> Option<WidgetSession> {
        self.world.records.widget_sessions.get(&visitor.id).cloned()
    }

    fn pages(&self) -> Vec<WidgetSession> {
        self.visitors.iter().filter_map(|visitor| self.world.page(visitor.id)).collect()
    }

    fn note(&mut self, id: VerificationId, message: &OutgoingMessage, free_for: Option<Visitor>) {
        let code = self.world.code_in(message);
        let kept = self.codes.entry(id).or_insert_with(|| code.clone());
        assert_eq!(*kept, code, "one code for one verification");
        let free_for = free_for.map(|visitor| visitor.address);
        let (at, message) = (self.world.now, message.id);
        self.sent.push(Sent { at, verification: id, message, free_for });
    }

    fn ask(&mut self, n: usize, to: u8, pay: Pay) {
        let Some(visitor) = self.visitor(n) else { return };
        let before = self.world.page(visitor.id);
        let is_attack = self.world.traffic().is_under_attack(self.world.now);
        let address = self.world.ring.address_key(MINE, visitor.address, 32);
        let known = self.world.records.addresses.get(address.as_bytes());
        let is_busy = known.is_some_and(|address| address.is_busy(self.world.now));
        let Some(asked) = self.world.try_ask(visitor, number(to), pay) else {
            assert!(before.is_none_or(|session| status(&session).is_some()));
            return;
        };
        let Some((id, message)) = asked.sent else {
            return;
        };
        let before = before.expect("it lives");
        assert_eq!(message.to, self.world.subject(MINE, number(to)).to);
        let is_elsewhere = match before.step {
            WidgetStep::Code { to, .. } => to != message.to,
            WidgetStep::Number | WidgetStep::Done { .. } => false,
        };
        assert!(!is_elsewhere, "no other number while a code is awaited");
        match pay {
            Pay::WorkOf(start) => assert_eq!(start, before.starts, "paid for this one"),
            Pay::Nothing => assert!(!is_attack),
            Pay::WorkOfBits(bits) => {
                assert_eq!((bits, is_attack, is_busy), (BITS, false, false), "enough for now");
            }
            Pay::Work => {}
        }
        self.note(id, &message, (pay == Pay::Nothing).then_some(visitor));
    }

    /// Enters something on a page that waits for a code; whether it was compared
    /// and was wrong.
    fn enter(&mut self, n: usize, typed: impl FnOnce(&Self, VerificationId) -> String) -> bool {
        let Some(visitor) = self.visitor(n) else { return false };
        let Some(id) = self.kept(visitor).as_ref().and_then(waits_for) else { return false };
        let typed = typed(self, id);
        let Some((session, outcome)) = self.world.enter_for(visitor, id, &typed) else {
            return false;
        };
        match outcome {
            Some(NumberCheckOutcome::Approved) => {
                assert_eq!(typed, self.codes[&id], "only the code is right");
                let expected = self.sent.iter().rev().find(|sent| sent.verification == id);
                assert!(expected.is_some_and(|sent| sent.at <= self.world.now));
                *self.compared.entry(id).or_default() += 1;
                self.approved.push(id);
            }
            Some(NumberCheckOutcome::WrongCode { .. }) => {
                assert_ne!(typed, self.codes[&id]);
                *self.compared.entry(id).or_default() += 1;
                assert_ne!(status(&session), Some(WidgetStatus::Verified));
                return true;
            }
            Some(
                NumberCheckOutcome::Expired
                | NumberCheckOutcome::Throttled
                | NumberCheckOutcome::NotFound,
            )
            | None => {}
        }
        false
    }

    /// The right code is accepted exactly if page and code live, and neither the
    /// number nor the address is refused.
    fn enter_right(&mut self, n: usize) {
        let Some(visitor) = self.visitor(n) else { return };
        let Some(id) = self.world.page(visitor.id).as_ref().and_then(waits_for) else { return };
        let subject = self.world.confirmation(id).user;
        let (now, records) = (self.world.now, &self.world.records);
        let is_live =
            records.verifications.get(&subject).is_some_and(|v| v.id == id && v.is_live(now));
        let guard = records.guards.get(&subject).cloned().unwrap_or_default();
        let cost = self.world.policy.codes.length.guess_cost_milliunits();
        let is_locked = guard.lock(now, cost, &self.world.policy.guard).is_some();
        let key = self.world.ring.address_key(MINE, visitor.address, 32);
        let sends = records.addresses.get(key.as_bytes()).cloned().unwrap_or_default();
        let is_full = sends.check_refused_until(now, &self.world.policy.addresses).is_some();
        let before = self.approved.len();
        self.enter(n, |story, id| story.codes[&id].clone());
        let is_approved = self.approved.len() > before;
        assert_eq!(is_approved, is_live && !is_locked && !is_full);
    }

    fn leave(&mut self, n: usize, leave: fn(&mut World, Visitor) -> Option<WidgetSession>) {
        let Some(visitor) = self.visitor(n) else { return };
        let waited = self.world.page(visitor.id).as_ref().and_then(waits_for);
        leave(&mut self.world, visitor);
        if let Some(id) = waited {
            assert_eq!(self.world.repeat_at(id), None, "nothing follows by itself");
        }
    }

    fn confirm(&mut self, n: usize) {
        let Some(visitor) = self.visitor(n) else { return };
        let page = self.world.page(visitor.id).filter(|session| status(session).is_some());
        let was_confirmed = self.answers.get(&visitor.id).is_some_and(|(_, confirmed)| *confirmed);
        match self.world.confirm_answer(visitor, MINE) {
            ConfirmOutcome::Confirmed(session) => {
                assert!(!was_confirmed, "once");
                let page = page.expect("there is an answer");
                assert_eq!(unconfirmed(&session), unconfirmed(&page));
                self.answers.insert(visitor.id, (unconfirmed(&session), true));
            }
            ConfirmOutcome::Again(_) => assert!(was_confirmed),
            ConfirmOutcome::NotFound => assert_eq!(page, None),
        }
    }

    fn repeat(&mut self) {
        let queued: Vec<MessageId> = self.sent.iter().map(|sent| sent.message).collect();
        for id in queued {
            if self.world.records.messages.contains_key(&id) {
                self.world.accept(LEASE, &[id]);
            }
        }
        let ids: Vec<VerificationId> = self.codes.keys().copied().collect();
        for id in ids {
            if let RepeatOutcome::Sent(message) = self.world.try_repeat(id) {
                assert!(!self.approved.contains(&id));
                let first = self.sent.iter().find(|sent| sent.verification == id);
                assert!(first.is_some_and(|sent| sent.free_for.is_none()), "it was paid for");
                self.note(id, &message, None);
            }
        }
    }

    /// Looks at every page.
    fn look(&mut self) {
        for page in self.pages() {
            assert!(page.rounds <= ROUNDS_MAX);
            assert!(page.rounds < ROUNDS_MAX || status(&page).is_some(), "{page:?}");
            self.notices.extend(kind(&page));
            let known = self.answers.get(&page.id).map(|(answer, _)| answer.clone());
            match (known, status(&page)) {
                (Some(known), _) => assert_eq!(known, unconfirmed(&page), "it never changes"),
                (None, Some(_)) => drop(self.answers.insert(page.id, (page.clone(), false))),
                (None, None) => {}
            }
        }
    }

    fn assert_bounds(&self) {
        for id in self.codes.keys() {
            let compared = self.compared.get(id).copied().unwrap_or_default();
            assert!(compared <= self.world.policy.codes.attempts_max, "{compared} guesses");
            assert!(self.approved.iter().filter(|approved| *approved == id).count() <= 1);
            let messages = self.sent.iter().filter(|sent| sent.verification == *id).count();
            assert!(messages <= self.world.policy.codes.sends_max as usize, "{messages} (D-4)");
        }
        let is_verified =
            |(answer, _): &&(WidgetSession, bool)| status(answer) == Some(WidgetStatus::Verified);
        let verified = self.answers.values().filter(is_verified).count();
        assert_eq!(verified, self.approved.len(), "an answer for each code, and no other");
        let hour = SignedDuration::from_hours(1);
        for first in self.sent.iter().filter(|sent| sent.free_for.is_some()) {
            let within = self.sent.iter().filter(|sent| {
                sent.free_for == first.free_for
                    && sent.at >= first.at
                    && sent.at.duration_since(first.at) < hour
            });
            assert!(within.count() <= MESSAGES_WITHOUT_WORK as usize, "free within an hour");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_order_of_steps_gives_a_message_an_answer_or_a_guess_too_many(
        seed in any::<u64>(),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut story = Story::begin(seed);
        for step in &steps {
            story.play(step);
        }
        story.assert_bounds();
    }
}

/// Bounds that no story comes near prove nothing.
#[test]
fn the_random_stories_reach_every_end_and_every_bound() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut verified, mut cancelled, mut out_of_rounds, mut confirmed) = (0, 0, 0, 0);
    let (mut free, mut most_messages, mut most_starts) = (0, 0, 0);
    let mut notices = Vec::new();
    for seed in 0..100 {
        let steps = prop::collection::vec(step(), 200).new_tree(&mut runner).unwrap().current();
        let mut story = Story::begin(seed);
        for step in &steps {
            story.play(step);
        }
        for (answer, was_confirmed) in story.answers.values() {
            match status(answer) {
                Some(WidgetStatus::Verified) => verified += 1,
                Some(WidgetStatus::Cancelled) if answer.rounds == ROUNDS_MAX => out_of_rounds += 1,
                Some(WidgetStatus::Cancelled) => cancelled += 1,
                None => panic!("no answer: {answer:?}"),
            }
            confirmed += u32::from(*was_confirmed);
        }
        free += story.sent.iter().filter(|sent| sent.free_for.is_some()).count();
        for id in story.codes.keys() {
            let messages = story.sent.iter().filter(|sent| sent.verification == *id).count();
            most_messages = most_messages.max(messages);
        }
        let starts = story.world.records.widget_sessions.values().map(|s| s.starts);
        most_starts = most_starts.max(starts.max().unwrap_or(0));
        notices.extend(story.notices);
    }
    assert!(
        verified > 50 && cancelled > 50 && confirmed > 50,
        "{verified} {cancelled} {confirmed}"
    );
    assert!(out_of_rounds > 0 && free > 100, "{out_of_rounds} {free}");
    assert_eq!(most_messages, 3);
    assert!(most_starts >= 3, "{most_starts}");
    for said in [
        NoticeKind::NumberThrottled,
        NoticeKind::AddressThrottled,
        NoticeKind::Locked,
        NoticeKind::WorkMissing,
        NoticeKind::CodeIncomplete,
        NoticeKind::CodeWrong,
        NoticeKind::RoundOver,
        NoticeKind::Resent,
        NoticeKind::ResendLater,
    ] {
        assert!(notices.contains(&said), "no page ever said {said:?}");
    }
}
