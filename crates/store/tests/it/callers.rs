//! What API clients do about numbers and messages, over a store.

use std::collections::HashSet;

use ringproof_store::Fault;
use verify::code::{CodeLength, EnteredCode};
use verify::engine::admit::Destination;
use verify::engine::billing::{self, CreditOutcome};
use verify::engine::check::{self, NumberCheckOutcome, NumberCheckRequest};
use verify::engine::confirm::{self, ConfirmContext, ConfirmOutcome, ConfirmRequest};
use verify::engine::outbox;
use verify::engine::receipt::{self, ReceiptOutcome, ReceiptRequest};
use verify::engine::repeat::{self, RepeatContext, RepeatOutcome};
use verify::engine::report::{self, CallOutcome, ReportOutcome};
use verify::engine::sms::{self, CancelOutcome, SmsOutcome, SmsRequest};
use verify::entropy::SeededEntropy;
use verify::ids::{AccountId, MessageId, ReportId, SmsId, VerificationId};
use verify::message::{SenderId, Template};
use verify::phone::PhoneNumber;
use verify::record::{
    BrowserTrace, MessageForm, NumberProfile, OutgoingMessage, ReceiptState, Report, TextStore,
};
use verify::{SignedDuration, Timestamp};

use crate::world::{World, send_context};

/// A message that a client sends: where, for how much a segment, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'t> {
    pub(crate) account: AccountId,
    pub(crate) number: &'t str,
    pub(crate) price: Option<i64>,
    pub(crate) send_at: Option<Timestamp>,
}

fn phone(number: &str) -> PhoneNumber {
    PhoneNumber::parse(number).expect("a number")
}

impl World {
    /// The browser that every call of these tests tells of.
    fn browser(&self, account: AccountId) -> BrowserTrace {
        BrowserTrace {
            cookie: Some(self.ring.cookie_digest(account, "a cookie of 128 bits or more")),
            network: None,
            agent: Some(self.ring.browser_digest("Browser/1")),
        }
    }

    pub(crate) async fn confirm(
        &self,
        account: AccountId,
        number: &str,
        trusted_for: Option<SignedDuration>,
        now: Timestamp,
        seed: u64,
    ) -> Result<ConfirmOutcome, Fault> {
        let address = [24, 32].map(|prefix| {
            self.ring.address_key(account, "192.0.2.7".parse().expect("an address"), prefix)
        });
        let request = ConfirmRequest {
            subject: confirm::subject(&self.ring, account, phone(number)),
            length: CodeLength::DEFAULT,
            lifetime: self.policy.codes.lifetime,
            template: Template::default(),
            sender: SenderId::default(),
            messages_max: 3,
            repeat_pause: SignedDuration::from_secs(30),
            browser: self.browser(account),
            trusted_for,
            addresses: Some(address),
            enforces_address_limits: false,
        };
        let (policy, keys) = (self.policy.clone(), self.ring.account(account));
        let (names, nobody) = (confirm::keys(&request), HashSet::new());
        let rule = move |s: &_| {
            let context = ConfirmContext {
                policy: &policy,
                guard: confirm::guard_policy(&policy, NumberProfile::Standard),
                send: send_context(&policy, &keys, &nobody, true),
            };
            confirm::start(s, &request, &context, now, &mut SeededEntropy::new(seed))
        };
        self.store.transact(names, rule).await
    }

    pub(crate) async fn enter_number(
        &self,
        account: AccountId,
        confirmation: VerificationId,
        typed: &str,
        now: Timestamp,
    ) -> Result<NumberCheckOutcome, Fault> {
        let request = NumberCheckRequest {
            account,
            confirmation,
            entered: EnteredCode::parse(typed).expect("something was typed"),
            browser: self.browser(account),
            trusts_cookies: true,
            address: None,
            enforces_address_limits: false,
        };
        let (policy, keys) = (self.policy.clone(), self.ring.account(account));
        let names = check::number_keys(&request);
        let rule =
            move |s: &_| check::check_number(s, &request, &policy, &policy.guard, &keys, now);
        self.store.transact(names, rule).await
    }

    pub(crate) async fn repeat(
        &self,
        account: AccountId,
        confirmation: VerificationId,
        now: Timestamp,
        seed: u64,
    ) -> Result<RepeatOutcome, Fault> {
        let (policy, keys) = (self.policy.clone(), self.ring.account(account));
        let nobody = HashSet::new();
        let rule = move |s: &_| {
            let context = RepeatContext {
                policy: &policy,
                send: send_context(&policy, &keys, &nobody, true),
                repeats_after_delivery: false,
            };
            repeat::repeat(s, &context, now, &mut SeededEntropy::new(seed))
        };
        self.store.transact(repeat::keys(account, confirmation), rule).await
    }

    pub(crate) async fn send(
        &self,
        text: Text<'_>,
        now: Timestamp,
        seed: u64,
    ) -> Result<SmsOutcome, Fault> {
        let Text { account, number, price, send_at } = text;
        let to = phone(number);
        let (service, number_key) = (self.ring.sms_service(account), self.ring.number_key(&to));
        let request = SmsRequest {
            destination: Destination { account, service, to, number_key },
            sender: SenderId::default(),
            form: MessageForm::default(),
            content: "Tere".to_owned().into(),
            parts: 1,
            price,
            send_at,
            validity: SignedDuration::from_mins(360),
            report_url: Some("https://shop.example/dlr".to_owned()),
            text_store: TextStore::Plaintext,
            only_gateway: None,
        };
        let (policy, keys) = (self.policy.clone(), self.ring.account(account));
        let (names, nobody) = (sms::keys(&request), HashSet::new());
        let rule = move |s: &_| {
            let context = send_context(&policy, &keys, &nobody, true);
            sms::send(s, &request, &context, now, &mut SeededEntropy::new(seed))
        };
        self.store.transact(names, rule).await
    }

    pub(crate) async fn cancel(
        &self,
        account: AccountId,
        id: SmsId,
        now: Timestamp,
    ) -> Result<CancelOutcome, Fault> {
        let rule = move |s: &_| sms::cancel(s, id, now);
        self.store.transact(sms::cancel_keys(account, id), rule).await
    }

    pub(crate) async fn release_due(
        &self,
        lease: u64,
        now: Timestamp,
    ) -> Result<(Vec<OutgoingMessage>, usize), Fault> {
        let rule = move |s: &_| sms::release_due(s, |_| true, lease, now);
        self.store.transact(sms::due_keys(now), rule).await
    }

    pub(crate) async fn credit(
        &self,
        username: &str,
        account: AccountId,
        amount: i64,
    ) -> Result<CreditOutcome, Fault> {
        let rule = move |s: &_| billing::credit(s, account, amount);
        self.store.transact(billing::credit_keys(username, account), rule).await
    }

    pub(crate) async fn receive(
        &self,
        message: MessageId,
        state: ReceiptState,
        now: Timestamp,
    ) -> Result<ReceiptOutcome, Fault> {
        let ring = self.ring.clone();
        let gateway = "inbox".to_owned();
        let request = ReceiptRequest {
            message,
            gateway,
            in_hand: Some("only".to_owned()),
            state,
            err: None,
            cause: None,
            code: None,
            part: None,
            repeats_after_delivery: false,
        };
        let names = receipt::keys(&request);
        let rule = move |s: &_| receipt::receipt(s, &request, &ring, now);
        self.store.transact(names, rule).await
    }

    pub(crate) async fn claim_reports(
        &self,
        lease: u64,
        now: Timestamp,
    ) -> Result<Vec<Report>, Fault> {
        let rule = move |s: &_| report::claim(s, &[], lease, now);
        self.store.transact(report::claim_keys(now, &[], u32::MAX), rule).await
    }

    pub(crate) async fn settle(
        &self,
        id: ReportId,
        outcome: CallOutcome,
        lease: u64,
        now: Timestamp,
    ) -> Result<ReportOutcome, Fault> {
        let rule = move |s: &_| report::settle(s, outcome, lease, 0, now);
        self.store.transact(report::settle_keys(id), rule).await
    }

    /// Looks again at messages in hand.
    pub(crate) async fn hold(
        &self,
        messages: Vec<OutgoingMessage>,
        lease: u64,
        now: Timestamp,
    ) -> Result<outbox::Claimed, Fault> {
        let ring = self.ring.clone();
        let names = outbox::hold_keys(&messages);
        let rule = move |s: &_| outbox::hold(s, &messages, &ring, lease, now);
        self.store.transact(names, rule).await
    }
}
