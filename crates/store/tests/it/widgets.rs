//! What people do on the widget's page, over a store.

use std::collections::HashSet;

use ringproof_store::Fault;
use verify::Timestamp;
use verify::code::{CodeLength, EnteredCode};
use verify::engine::check::{NumberCheckOutcome, NumberCheckRequest};
use verify::engine::confirm::{self, ConfirmContext, ConfirmRequest};
use verify::engine::widget::{
    self, CheckContext, CheckRequest, ConfirmOutcome, OpenOutcome, OpenRequest, SendOutcome,
    SendRequest, Stepped, Work,
};
use verify::entropy::SeededEntropy;
use verify::ids::{AccountId, VerificationId, WidgetSessionId};
use verify::keys::NonceDigest;
use verify::message::{SenderId, Template};
use verify::phone::PhoneNumber;
use verify::record::{
    BrowserTrace, NumberProfile, OutgoingMessage, TypedNumber, WidgetSession, WidgetStatus,
    WidgetStep,
};
use verify::widget::traffic::AttackMode;
use verify::widget::work::BITS_ATTACK;

use crate::sample;
use crate::world::{World, send_context};

/// The account of every session: the first of the samples.
const ACCOUNT: AccountId = AccountId::from_i64(1 << 40);

/// A session in which nothing happened yet.
pub(crate) fn begun(id: WidgetSessionId, now: Timestamp) -> WidgetSession {
    WidgetSession {
        id,
        account: ACCOUNT,
        is_phone_locked: false,
        step: WidgetStep::Number,
        notice: None,
        typed: None,
        rounds: 0,
        starts: 0,
        created_at: now,
        used_at: now,
        ..sample::widget_session(1)
    }
}

impl World {
    pub(crate) async fn open_widget(
        &self,
        id: WidgetSessionId,
        nonce: Option<(NonceDigest, Timestamp)>,
        now: Timestamp,
    ) -> Result<OpenOutcome, Fault> {
        let request = OpenRequest { session: begun(id, now), nonce };
        let names = widget::open_keys(&request);
        self.store.transact(names, move |s| widget::open(s, &request)).await
    }

    /// The page's address is the same for everybody.
    pub(crate) async fn send_widget(
        &self,
        session: WidgetSessionId,
        number: &str,
        work: Option<u32>,
        now: Timestamp,
        seed: u64,
    ) -> Result<SendOutcome, Fault> {
        let to = PhoneNumber::parse(number).expect("a number");
        let address = "192.0.2.9".parse().expect("an address");
        let addresses = [32, 24].map(|prefix| self.ring.address_key(ACCOUNT, address, prefix));
        let request = SendRequest {
            session,
            attack: AttackMode::Auto,
            confirm: ConfirmRequest {
                subject: confirm::subject(&self.ring, ACCOUNT, to),
                length: CodeLength::DEFAULT,
                lifetime: self.policy.codes.lifetime,
                template: Template::default(),
                sender: SenderId::default(),
                messages_max: widget::MESSAGES_MAX,
                repeat_pause: widget::REPEAT_PAUSE,
                browser: BrowserTrace::default(),
                trusted_for: None,
                addresses: Some(addresses),
                enforces_address_limits: true,
            },
            work: match work {
                Some(start) => Work::Done { start, bits: BITS_ATTACK },
                None => Work::Nothing(self.ring.scriptless_key(address, 32)),
            },
            typed: Some(TypedNumber::new(number.to_owned())),
        };
        let (policy, keys) = (self.policy.clone(), self.ring.account(ACCOUNT));
        let (names, nobody) = (widget::send_keys(&request), HashSet::new());
        let rule = move |s: &_| {
            let context = ConfirmContext {
                policy: &policy,
                guard: confirm::guard_policy(&policy, NumberProfile::Standard),
                send: send_context(&policy, &keys, &nobody, true),
            };
            widget::send(s, &request, &context, now, &mut SeededEntropy::new(seed))
        };
        self.store.transact(names, rule).await
    }

    /// A session with its code, and the message that carries it.
    pub(crate) async fn widget_at_code(
        &self,
        id: WidgetSessionId,
        number: &str,
        now: Timestamp,
    ) -> (VerificationId, OutgoingMessage) {
        assert_eq!(self.open_widget(id, None, now).await, Ok(OpenOutcome::Opened));
        match self.send_widget(id, number, Some(0), now, 77).await {
            Ok(SendOutcome::Asked { sent: Some((verification, message)), .. }) => {
                (verification, *message)
            }
            other => panic!("not sent: {other:?}"),
        }
    }

    pub(crate) async fn check_widget(
        &self,
        session: WidgetSessionId,
        verification: VerificationId,
        typed: &str,
        now: Timestamp,
    ) -> Result<Option<(Stepped, Option<NumberCheckOutcome>)>, Fault> {
        let request = CheckRequest {
            session,
            number: NumberCheckRequest {
                account: ACCOUNT,
                confirmation: verification,
                entered: EnteredCode::parse(typed).expect("something was typed"),
                browser: BrowserTrace::default(),
                trusts_cookies: false,
                address: None,
                enforces_address_limits: false,
            },
        };
        let (policy, keys) = (self.policy.clone(), self.ring.account(ACCOUNT));
        let names = widget::check_keys(&request);
        let rule = move |s: &_| {
            let context = CheckContext { policy: &policy, guard: &policy.guard, keys: &keys };
            widget::check(s, &request, &context, now)
        };
        self.store.transact(names, rule).await
    }

    /// Goes back to the number, or gives up.
    pub(crate) async fn leave_widget(
        &self,
        session: WidgetSessionId,
        cancels: bool,
        now: Timestamp,
    ) -> Result<Option<Stepped>, Fault> {
        let Some(read) = self.store.read(widget::session_keys(session)).await?.widget_session
        else {
            return Ok(None);
        };
        let leave = if cancels { widget::cancel } else { widget::change_number };
        self.store.transact(widget::leave_keys(&read), move |s| leave(s, now)).await
    }

    pub(crate) async fn confirm_widget(
        &self,
        session: WidgetSessionId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<ConfirmOutcome, Fault> {
        let rule = move |s: &_| widget::confirm(s, account, now);
        self.store.transact(widget::session_keys(session), rule).await
    }
}

/// Whether a session ended with its number proved.
pub(crate) fn is_verified(session: &WidgetSession) -> bool {
    matches!(session.step, WidgetStep::Done { status: WidgetStatus::Verified, .. })
}
