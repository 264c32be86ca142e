//! What callers do about bare numbers in a [`World`]: start, check, and what the
//! program does by itself.

use ringproof_verify::code::{CodeLength, EnteredCode};
use ringproof_verify::engine::begin::Subject;
use ringproof_verify::engine::check::{self, NumberCheckOutcome, NumberCheckRequest};
use ringproof_verify::engine::confirm::{
    self, ConfirmContext, ConfirmOutcome, ConfirmRefusal, ConfirmRequest, UnseenOutcome,
};
use ringproof_verify::engine::outbox;
use ringproof_verify::engine::repeat::{self, RepeatContext, RepeatOutcome};
use ringproof_verify::engine::{Decision, Snapshot};
use ringproof_verify::entropy::Entropy;
use ringproof_verify::guard::Guard;
use ringproof_verify::ids::{AccountId, VerificationId};
use ringproof_verify::message::{SenderId, Template};
use ringproof_verify::phone::PhoneNumber;
use ringproof_verify::record::{
    BrowserTrace, Confirmation, NumberProfile, OutgoingMessage, Verification,
};
use ringproof_verify::{SignedDuration, Timestamp};

use crate::world::World;

/// The number that most stories are about.
pub(crate) const NUMBER: &str = "+37255500199";

/// The account of most stories.
pub(crate) const MINE: AccountId = AccountId::from_i64(1);

/// What [`World::confirm`] sent, if anything.
#[derive(Debug)]
pub(crate) struct Confirmed {
    pub(crate) id: VerificationId,
    pub(crate) message: Option<OutgoingMessage>,
}

/// A rule that starts confirmations.
type StartRule<O> =
    fn(&Snapshot, &ConfirmRequest, &ConfirmContext<'_>, Timestamp, &mut dyn Entropy) -> Decision<O>;

impl World {
    /// What a call without any wishes asks for.
    pub(crate) fn asks(&self, account: AccountId, number: &str) -> ConfirmRequest {
        ConfirmRequest {
            subject: self.subject(account, number),
            length: CodeLength::DEFAULT,
            lifetime: self.policy.codes.lifetime,
            template: Template::default(),
            sender: SenderId::default(),
            messages_max: 2,
            repeat_pause: SignedDuration::from_secs(30),
            browser: BrowserTrace::default(),
            trusted_for: None,
            addresses: None,
            enforces_address_limits: false,
        }
    }

    pub(crate) fn subject(&self, account: AccountId, number: &str) -> Subject {
        let number = PhoneNumber::parse(number).expect("it is a number");
        confirm::subject(&self.ring, account, number)
    }

    /// Starts under the profile of this world; a refusal changes nothing.
    pub(crate) fn try_confirm(&mut self, request: &ConfirmRequest) -> ConfirmOutcome {
        let decided = self.decide(request, confirm::start);
        if !matches!(decided.outcome, ConfirmOutcome::Started { .. }) {
            assert!(decided.changes.is_empty(), "{decided:?}");
        }
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// Starts at a door that must not tell what others send to the number.
    pub(crate) fn start_unseen(&mut self, request: &ConfirmRequest) -> UnseenOutcome {
        let decided = self.decide(request, confirm::start_unseen);
        self.records.apply(decided.changes);
        decided.outcome
    }

    fn decide<O>(&mut self, request: &ConfirmRequest, rule: StartRule<O>) -> Decision<O> {
        let snapshot = self.records.snapshot(&confirm::keys(request));
        let keys = self.keys_of(request.subject.account);
        let mut entropy = self.entropy.clone();
        let context = ConfirmContext {
            policy: &self.policy,
            guard: confirm::guard_policy(&self.policy, self.profile),
            send: self.send_context(&keys),
        };
        let decided = rule(&snapshot, request, &context, self.now, &mut entropy);
        self.entropy = entropy;
        decided
    }

    pub(crate) fn confirm_as(&mut self, request: &ConfirmRequest) -> Confirmed {
        match self.try_confirm(request) {
            ConfirmOutcome::Started { verification, message, .. } => {
                Confirmed { id: verification, message: message.map(|message| *message) }
            }
            other => panic!("not started: {other:?}"),
        }
    }

    pub(crate) fn confirm(&mut self) -> Confirmed {
        self.confirm_as(&self.asks(MINE, NUMBER))
    }

    pub(crate) fn refused_confirm(&mut self, request: &ConfirmRequest) -> ConfirmRefusal {
        match self.try_confirm(request) {
            ConfirmOutcome::Refused(refusal) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn enter_as(&mut self, request: &NumberCheckRequest) -> NumberCheckOutcome {
        let snapshot = self.records.snapshot(&check::number_keys(request));
        let (keys, guard) =
            (self.keys_of(request.account), confirm::guard_policy(&self.policy, self.profile));
        let decided =
            check::check_number(&snapshot, request, &self.policy, &guard, &keys, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn enter_number(&mut self, id: VerificationId, typed: &str) -> NumberCheckOutcome {
        self.enter_as(&enters(id, typed))
    }

    /// The code in a message.
    pub(crate) fn code_in(&self, message: &OutgoingMessage) -> String {
        let text = outbox::open_text(&self.keys_of(message.account), message).expect("it opens");
        text.rsplit(' ').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn try_repeat(&mut self, id: VerificationId) -> RepeatOutcome {
        let snapshot = self.records.snapshot(&repeat::keys(MINE, id));
        let keys = self.keys_of(MINE);
        let mut entropy = self.entropy.clone();
        let context = RepeatContext {
            policy: &self.policy,
            send: self.send_context(&keys),
            repeats_after_delivery: self.repeats_after_delivery,
        };
        let decided = repeat::repeat(&snapshot, &context, self.now, &mut entropy);
        self.entropy = entropy;
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// Lets time go on until then; whenever a repeat is due it is tried, and
    /// its message is handed over. Gives the seconds and codes of the messages.
    pub(crate) fn repeats_until(&mut self, id: VerificationId, end: i64) -> Vec<(i64, String)> {
        let end = crate::world::at(end);
        let mut sent = Vec::new();
        while let Some(at) = self.repeat_at(id).filter(|at| *at <= end) {
            self.now = self.now.max(at);
            match self.try_repeat(id) {
                RepeatOutcome::Sent(message) => {
                    sent.push((seconds(self.now), self.code_in(&message)));
                    self.accept(crate::world::LEASE, &[message.id]);
                }
                RepeatOutcome::Later(later) => assert!(later > self.now, "{later}"),
                RepeatOutcome::Over => assert_eq!(self.repeat_at(id), None),
                RepeatOutcome::NotDue => panic!("it was due at {at}"),
            }
        }
        self.now = self.now.max(end);
        sent
    }

    pub(crate) fn repeat_at(&self, id: VerificationId) -> Option<Timestamp> {
        self.confirmation(id).repeat_at
    }

    pub(crate) fn confirmation(&self, id: VerificationId) -> &Confirmation {
        self.records.confirmations.get(&(MINE, id)).expect("a confirmation is kept")
    }

    pub(crate) fn verification_of(&self, number: &str) -> Option<&Verification> {
        self.records.verifications.get(&self.subject(MINE, number).user)
    }

    pub(crate) fn guard_of(&self, number: &str) -> Guard {
        let user = self.subject(MINE, number).user;
        self.records.guards.get(&user).cloned().unwrap_or_default()
    }

    pub(crate) fn with_profile(profile: NumberProfile) -> Self {
        let (mut world, _) = Self::with_person();
        world.profile = profile;
        world
    }
}

/// A check that tells nothing but the code.
pub(crate) fn enters(id: VerificationId, typed: &str) -> NumberCheckRequest {
    NumberCheckRequest {
        account: MINE,
        confirmation: id,
        entered: EnteredCode::parse(typed).expect("something was typed"),
        browser: BrowserTrace::default(),
        trusts_cookies: false,
        address: None,
        enforces_address_limits: false,
    }
}

/// Seconds since the beginning of the world.
pub(crate) fn seconds(time: Timestamp) -> i64 {
    time.duration_since(crate::world::at(0)).as_secs()
}
