//! The widget's page (`verification-widget.md` 4, S-79, S-80): sessions from the
//! request to the answer. Whatever a test does, [`World::apply_page`] holds what
//! every step of a session promises.

mod answer;
mod check;
mod leave;
mod open;
mod refusals;
mod send;
mod stories;

use std::net::IpAddr;

use ringproof_verify::Timestamp;
use ringproof_verify::code::EnteredCode;
use ringproof_verify::engine::check::{NumberCheckOutcome, NumberCheckRequest};
use ringproof_verify::engine::confirm::{
    ConfirmContext, ConfirmRefusal, ConfirmRequest, guard_policy,
};
use ringproof_verify::engine::widget::{
    self, CheckContext, CheckRequest, ConfirmOutcome, MESSAGES_MAX, OpenOutcome, OpenRequest,
    REPEAT_PAUSE, ROUNDS_MAX, SendOutcome, SendRequest, Stepped, Work,
};
use ringproof_verify::engine::{Change, Decision, Snapshot};
use ringproof_verify::ids::{AccountId, VerificationId, WidgetSessionId};
use ringproof_verify::keys::NonceDigest;
use ringproof_verify::record::{
    NoticeKind, OutgoingMessage, TypedNumber, WidgetSession, WidgetStatus, WidgetStep,
    WidgetTraffic, WidgetWire,
};
use ringproof_verify::widget::traffic::AttackMode;
use ringproof_verify::widget::work::BITS_ATTACK;

use crate::confirming::MINE;
use crate::world::World;

/// The number that most stories are about, and another.
const NUMBER: &str = "+37255500199";
const OTHER: &str = "+37255500198";

/// A person's browser: its session, and where it is.
#[derive(Debug, Clone, Copy)]
struct Visitor {
    id: WidgetSessionId,
    address: IpAddr,
}

/// What a browser pays for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pay {
    /// The work of the message that is next.
    Work,
    /// The work of the message of this number.
    WorkOf(u32),
    /// The work of the message that is next, as it was asked for then.
    WorkOfBits(u8),
    Nothing,
}

/// What came of asking for a message.
#[derive(Debug)]
struct Asked {
    session: WidgetSession,
    sent: Option<(VerificationId, OutgoingMessage)>,
    refusal: Option<ConfirmRefusal>,
}

impl Asked {
    fn notice(&self) -> Option<NoticeKind> {
        kind(&self.session)
    }

    fn until(&self) -> Option<Timestamp> {
        self.session.notice.and_then(|notice| notice.until)
    }
}

/// What a page says.
fn kind(session: &WidgetSession) -> Option<NoticeKind> {
    session.notice.map(|notice| notice.kind)
}

fn status(session: &WidgetSession) -> Option<WidgetStatus> {
    match session.step {
        WidgetStep::Done { status, .. } => Some(status),
        WidgetStep::Number | WidgetStep::Code { .. } => None,
    }
}

/// The confirmation whose code a session waits for.
fn waits_for(session: &WidgetSession) -> Option<VerificationId> {
    match session.step {
        WidgetStep::Code { verification, .. } => Some(verification),
        WidgetStep::Number | WidgetStep::Done { .. } => None,
    }
}

impl World {
    /// A session as it begins, of a browser with an address of its own.
    fn request(&mut self) -> OpenRequest {
        let id = WidgetSessionId::random(&mut self.entropy);
        let session = WidgetSession {
            id,
            account: MINE,
            cookie: self.ring.widget_cookie(id, "a cookie of 256 random bits"),
            wire: WidgetWire::Two,
            callback_url: "https://shop.example/back".to_owned(),
            phone: None,
            is_phone_locked: false,
            nonce: None,
            is_framed: false,
            step: WidgetStep::Number,
            notice: None,
            typed: None,
            rounds: 0,
            starts: 0,
            created_at: self.now,
            used_at: self.now,
        };
        OpenRequest { session, nonce: None }
    }

    fn try_open(&mut self, request: &OpenRequest) -> OpenOutcome {
        let snapshot = self.records.snapshot(&widget::open_keys(request));
        let decided = widget::open(&snapshot, request);
        self.records.apply(decided.changes);
        decided.outcome
    }

    fn open_as(&mut self, request: &OpenRequest) -> Visitor {
        assert_eq!(self.try_open(request), OpenOutcome::Opened);
        let last = u8::try_from(self.records.widget_sessions.len() % 200).expect("below 200");
        Visitor { id: request.session.id, address: [192, 0, 2, last + 1].into() }
    }

    fn visit(&mut self) -> Visitor {
        let request = self.request();
        self.open_as(&request)
    }

    fn nonce_of(&self, text: &str) -> NonceDigest {
        self.ring.widget_nonce(MINE, text)
    }

    /// The page as it is now; `None` if it is over.
    fn page(&self, id: WidgetSessionId) -> Option<WidgetSession> {
        widget::settled(self.records.widget_sessions.get(&id)?, self.now)
    }

    fn live_page(&self, visitor: Visitor) -> WidgetSession {
        self.page(visitor.id).expect("it is not over")
    }

    fn traffic(&self) -> WidgetTraffic {
        self.records.widget_traffic.get(&MINE).cloned().unwrap_or_default()
    }

    /// Writes what a step of a session decided, and holds it against what every
    /// step promises.
    fn apply_page(&mut self, id: WidgetSessionId, changes: Vec<Change>) {
        let before = self.records.widget_sessions.get(&id).cloned();
        let seen_before = self.page(id);
        let queued = changes.iter().filter(|c| matches!(c, Change::QueueMessage(_))).count();
        let others = self.records.widget_sessions.len();
        self.records.apply(changes);
        assert_eq!(self.records.widget_sessions.len(), others, "no step opens a session");
        let (Some(before), Some(after)) = (before, self.records.widget_sessions.get(&id)) else {
            assert_eq!(queued, 0, "nobody sends without a session");
            return;
        };
        assert_eq!((after.starts - before.starts) as usize, queued, "a message is a start");
        assert!((before.rounds..=ROUNDS_MAX).contains(&after.rounds), "{after:?}");
        assert!(after.rounds < ROUNDS_MAX || status(after).is_some(), "{after:?}");
        let begun = |s: &WidgetSession| WidgetSession {
            step: WidgetStep::Number,
            notice: None,
            typed: None,
            rounds: 0,
            starts: 0,
            used_at: s.created_at,
            ..s.clone()
        };
        assert_eq!(begun(&before), begun(after), "what it began with stays");
        if let Some(done) = seen_before.filter(|seen| status(seen).is_some()) {
            let seen = self.page(id).expect("time did not move");
            assert_eq!(unconfirmed(&done), unconfirmed(&seen), "an answer never changes");
        }
    }

    fn pay(&self, visitor: Visitor, pay: Pay) -> Work {
        let starts = self.records.widget_sessions.get(&visitor.id).map_or(0, |s| s.starts);
        match pay {
            Pay::Work => Work::Done { start: starts, bits: BITS_ATTACK },
            Pay::WorkOf(start) => Work::Done { start, bits: BITS_ATTACK },
            Pay::WorkOfBits(bits) => Work::Done { start: starts, bits },
            Pay::Nothing => Work::Nothing(self.ring.scriptless_key(visitor.address, 32)),
        }
    }

    fn send_request(&self, visitor: Visitor, number: &str, pay: Pay) -> SendRequest {
        let key = |prefix| self.ring.address_key(MINE, visitor.address, prefix);
        let confirm = ConfirmRequest {
            messages_max: MESSAGES_MAX,
            repeat_pause: REPEAT_PAUSE,
            addresses: Some([key(32), key(24)]),
            enforces_address_limits: true,
            ..self.asks(MINE, number)
        };
        let work = self.pay(visitor, pay);
        let (attack, typed) = (AttackMode::Auto, Some(TypedNumber::new(number.to_owned())));
        SendRequest { session: visitor.id, confirm, work, attack, typed }
    }

    fn try_ask_as(&mut self, request: &SendRequest) -> Option<Asked> {
        let snapshot = self.records.snapshot(&widget::send_keys(request));
        let keys = self.keys_of(request.confirm.subject.account);
        let mut entropy = self.entropy.clone();
        let context = ConfirmContext {
            policy: &self.policy,
            guard: guard_policy(&self.policy, self.profile),
            send: self.send_context(&keys),
        };
        let refused = widget::refuse(&snapshot, request, &context, self.now, &mut entropy.clone());
        let decided = widget::send(&snapshot, request, &context, self.now, &mut entropy);
        assert_refuses_the_same(&refused, &decided);
        self.entropy = entropy;
        let asked = match decided.outcome {
            SendOutcome::Over => {
                assert!(decided.changes.is_empty(), "{:?}", decided.changes);
                None
            }
            SendOutcome::Asked { session, sent, refusal } => {
                let sent = sent.map(|(id, message)| (id, *message));
                Some(Asked { session: *session, sent, refusal })
            }
        };
        self.apply_page(request.session, decided.changes);
        if let Some(asked) = &asked {
            let seen = self.page(request.session).expect("it is not over");
            assert_eq!(asked.session, seen, "the answer is what is kept");
        }
        asked
    }

    fn try_ask(&mut self, visitor: Visitor, number: &str, pay: Pay) -> Option<Asked> {
        let request = self.send_request(visitor, number, pay);
        self.try_ask_as(&request)
    }

    fn ask(&mut self, visitor: Visitor, number: &str, pay: Pay) -> Asked {
        self.try_ask(visitor, number, pay).expect("it is not over")
    }

    /// Asks for a message and gets it; the code in it.
    fn get_code(&mut self, visitor: Visitor, number: &str) -> String {
        let asked = self.ask(visitor, number, Pay::Work);
        let (_, message) = asked.sent.as_ref().unwrap_or_else(|| panic!("not sent: {asked:?}"));
        self.code_in(message)
    }

    fn enter_for(
        &mut self,
        visitor: Visitor,
        confirmation: VerificationId,
        typed: &str,
    ) -> Option<(WidgetSession, Option<NumberCheckOutcome>)> {
        let number = NumberCheckRequest {
            address: Some(self.ring.address_key(MINE, visitor.address, 32)),
            enforces_address_limits: true,
            entered: EnteredCode::parse(typed).expect("something was typed"),
            ..crate::confirming::enters(confirmation, typed)
        };
        let request = CheckRequest { session: visitor.id, number };
        let snapshot = self.records.snapshot(&widget::check_keys(&request));
        let keys = self.keys_of(MINE);
        let guard = guard_policy(&self.policy, self.profile);
        let context = CheckContext { policy: &self.policy, guard: &guard, keys: &keys };
        let decided = widget::check(&snapshot, &request, &context, self.now);
        let approves = decided.changes.iter().any(|c| matches!(c, Change::DeleteVerification(..)));
        let is_approved = matches!(&decided.outcome, Some((_, Some(NumberCheckOutcome::Approved))));
        assert_eq!(approves, is_approved);
        let ended = decided.outcome.as_ref().is_some_and(|(stepped, _)| stepped.has_ended);
        assert_eq!(ended, ends(&snapshot, self.now, decided.outcome.as_ref().map(|(s, _)| s)));
        self.apply_page(visitor.id, decided.changes);
        if is_approved {
            let page = self.live_page(visitor);
            assert_eq!(status(&page), Some(WidgetStatus::Verified), "no code without an answer");
        }
        decided.outcome.map(|(stepped, outcome)| (stepped.session, outcome))
    }

    /// Enters a code on the page that the browser shows.
    fn type_code(&mut self, visitor: Visitor, typed: &str) -> WidgetSession {
        let here = self.records.widget_sessions.get(&visitor.id).and_then(waits_for);
        let confirmation = here.expect("it waits for a code");
        self.enter_for(visitor, confirmation, typed).expect("it is not over").0
    }

    fn run_page(
        &mut self,
        visitor: Visitor,
        rule: impl FnOnce(&Snapshot, Timestamp) -> Decision<Option<WidgetSession>>,
    ) -> Option<WidgetSession> {
        let keys = match self.records.widget_sessions.get(&visitor.id) {
            Some(read) => widget::leave_keys(read),
            None => widget::session_keys(visitor.id),
        };
        let decided = rule(&self.records.snapshot(&keys), self.now);
        self.apply_page(visitor.id, decided.changes);
        assert_eq!(decided.outcome, self.page(visitor.id), "the answer is what is kept");
        decided.outcome
    }

    fn give_up(&mut self, visitor: Visitor) -> Option<WidgetSession> {
        self.run_page(visitor, |s, now| left(widget::cancel(s, now), s, now))
    }

    fn change_number(&mut self, visitor: Visitor) -> Option<WidgetSession> {
        self.run_page(visitor, |s, now| left(widget::change_number(s, now), s, now))
    }

    fn note(
        &mut self,
        visitor: Visitor,
        kind: NoticeKind,
        typed: Option<&str>,
    ) -> Option<WidgetSession> {
        let typed = typed.map(|text| TypedNumber::new(text.to_owned()));
        self.run_page(visitor, |s, now| widget::note(s, kind, typed.as_ref(), now))
    }

    fn confirm_answer(&mut self, visitor: Visitor, account: AccountId) -> ConfirmOutcome {
        let snapshot = self.records.snapshot(&widget::session_keys(visitor.id));
        let decided = widget::confirm(&snapshot, account, self.now);
        self.apply_page(visitor.id, decided.changes);
        decided.outcome
    }
}

/// What is refused without asking others is what is refused, and it queues and counts
/// nothing; all else is left for later as a whole.
fn assert_refuses_the_same(
    refused: &Decision<Option<SendOutcome>>,
    decided: &Decision<SendOutcome>,
) {
    let is_of_session = |change: &Change| matches!(change, Change::PutWidgetSession(_));
    assert!(refused.changes.iter().all(is_of_session), "{:?}", refused.changes);
    if let Some(outcome) = &refused.outcome {
        assert_eq!(format!("{outcome:?}"), format!("{:?}", decided.outcome));
        assert_eq!(format!("{:?}", refused.changes), format!("{:?}", decided.changes));
        return;
    }
    assert!(refused.changes.is_empty());
    let SendOutcome::Asked { session, refusal, .. } = &decided.outcome else {
        panic!("nothing was refused: {decided:?}")
    };
    assert!(refusal.is_none() && waits_for(session).is_some());
}

/// Whether the session lived before and has its answer now.
fn ends(before: &Snapshot, now: Timestamp, after: Option<&Stepped>) -> bool {
    let before = before.widget_session.as_ref().and_then(|kept| widget::settled(kept, now));
    let lived = before.is_some_and(|session| status(&session).is_none());
    lived && after.is_some_and(|stepped| status(&stepped.session).is_some())
}

/// Holds what a step says of the end against what was there.
fn left(
    decided: Decision<Option<Stepped>>,
    before: &Snapshot,
    now: Timestamp,
) -> Decision<Option<WidgetSession>> {
    let has_ended = decided.outcome.as_ref().is_some_and(|stepped| stepped.has_ended);
    assert_eq!(has_ended, ends(before, now, decided.outcome.as_ref()));
    Decision::with(decided.changes, decided.outcome.map(|stepped| stepped.session))
}

fn unconfirmed(session: &WidgetSession) -> WidgetSession {
    let mut session = session.clone();
    if let WidgetStep::Done { confirmed_at, .. } = &mut session.step {
        *confirmed_at = None;
    }
    session
}
