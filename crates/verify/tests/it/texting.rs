//! What API clients do with messages in a [`World`]: send, schedule, cancel,
//! pay, and what gateways and reports bring.

use ringproof_verify::SignedDuration;
use ringproof_verify::engine::admit::Destination;
use ringproof_verify::engine::billing::{self, CreditOutcome};
use ringproof_verify::engine::receipt::{self, ReceiptOutcome, ReceiptRequest};
use ringproof_verify::engine::report::{self, CallOutcome, ReportOutcome};
use ringproof_verify::engine::sms::{self, CancelOutcome, SmsOutcome, SmsRefusal, SmsRequest};
use ringproof_verify::ids::{AccountId, MessageId, SmsId};
use ringproof_verify::keys::ApiSecretDigest;
use ringproof_verify::message::SenderId;
use ringproof_verify::phone::{Countries, PhoneNumber};
use ringproof_verify::record::{
    Account, Balance, MessageForm, NumberProfile, OutgoingMessage, ReceiptState, Report, Secret,
    Sms, TextStore,
};
use ringproof_verify::send_limits::SendLimitOverrides;

use crate::world::{World, at};

/// Where reports go.
pub(crate) const URL: &str = "https://shop.example/dlr";

impl World {
    /// A message of two segments at once, with reports.
    pub(crate) fn text_to(&self, account: AccountId, number: &str) -> SmsRequest {
        let to = PhoneNumber::parse(number).expect("it is a number");
        SmsRequest {
            destination: Destination {
                account,
                service: self.ring.sms_service(account),
                to,
                number_key: self.ring.number_key(&to),
            },
            sender: SenderId::parse("Shop").expect("it is a sender"),
            form: MessageForm::default(),
            content: "Tere, köök".to_owned().into(),
            parts: 2,
            price: Some(6_000),
            send_at: None,
            validity: SignedDuration::from_mins(360),
            report_url: Some(URL.to_owned()),
            text_store: TextStore::Plaintext,
            only_gateway: None,
        }
    }

    /// A refusal changes nothing.
    pub(crate) fn try_send(&mut self, request: &SmsRequest) -> SmsOutcome {
        let snapshot = self.records.snapshot(&sms::keys(request));
        let keys = self.keys_of(request.destination.account);
        let mut entropy = self.entropy.clone();
        let context = self.send_context(&keys);
        let decided = sms::send(&snapshot, request, &context, self.now, &mut entropy);
        self.entropy = entropy;
        if let SmsOutcome::Refused(_) = decided.outcome {
            assert!(decided.changes.is_empty(), "{decided:?}");
        }
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn send(&mut self, request: &SmsRequest) -> (SmsId, Option<OutgoingMessage>) {
        match self.try_send(request) {
            SmsOutcome::Taken { id, message } => (id, message.map(|message| *message)),
            SmsOutcome::Refused(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    pub(crate) fn refused_send(&mut self, request: &SmsRequest) -> SmsRefusal {
        match self.try_send(request) {
            SmsOutcome::Refused(refusal) => refusal,
            SmsOutcome::Taken { id, .. } => panic!("not refused: {id}"),
        }
    }

    pub(crate) fn cancel(&mut self, account: AccountId, id: SmsId) -> CancelOutcome {
        let snapshot = self.records.snapshot(&sms::cancel_keys(account, id));
        let decided = sms::cancel(&snapshot, id, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// Queues the scheduled messages whose time has come.
    pub(crate) fn release_due(&mut self, lease: u64) -> Vec<OutgoingMessage> {
        let snapshot = self.records.snapshot(&sms::due_keys(self.now));
        let decided = sms::release_due(&snapshot, |_| true, lease, self.now);
        self.records.apply(decided.changes);
        decided.outcome.0
    }

    pub(crate) fn receive(
        &mut self,
        message: MessageId,
        gateway: &str,
        state: ReceiptState,
        err: Option<u16>,
    ) -> ReceiptOutcome {
        let request = ReceiptRequest {
            message,
            gateway: gateway.to_owned(),
            in_hand: Some("only".to_owned()),
            state,
            err,
            cause: None,
            code: None,
            part: None,
            repeats_after_delivery: self.repeats_after_delivery,
        };
        self.receive_as(&request)
    }

    /// Only what says something new changes something.
    pub(crate) fn receive_as(&mut self, request: &ReceiptRequest) -> ReceiptOutcome {
        let snapshot = self.records.snapshot(&receipt::keys(request));
        let decided = receipt::receipt(&snapshot, request, &self.ring, self.now);
        let is_new = matches!(decided.outcome, ReceiptOutcome::Raised(_) | ReceiptOutcome::Part(_));
        assert_eq!(!decided.changes.is_empty(), is_new, "{decided:?}");
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn claim_reports(&mut self, lease: u64) -> Vec<Report> {
        let snapshot = self.records.snapshot(&report::claim_keys(self.now, &[], u32::MAX));
        let decided = report::claim(&snapshot, &[], lease, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn settle(
        &mut self,
        called: &Report,
        outcome: CallOutcome,
        lease: u64,
        jitter_permille: i64,
    ) -> ReportOutcome {
        let snapshot = self.records.snapshot(&report::settle_keys(called.id));
        let decided = report::settle(&snapshot, outcome, lease, jitter_permille, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// Adds an account that can have money.
    pub(crate) fn add_account(&mut self, id: AccountId) {
        let username = format!("account-{id}");
        let account = Account {
            id,
            username: username.clone(),
            secret: Secret::Issued(ApiSecretDigest::from_bytes([1; 32])),
            is_enabled: true,
            is_compat: false,
            create_status: None,
            countries: Countries::All,
            home_country: None,
            allow_from: Vec::new(),
            takes_query_credentials: true,
            senders: Vec::new(),
            number_profile: NumberProfile::Standard,
            trusts_cookies: false,
            enforces_address_limits: false,
            report_url: None,
            limits: SendLimitOverrides::default(),
            created_at: at(0),
        };
        self.records.credentials.insert(username, account);
    }

    pub(crate) fn credit(&mut self, id: AccountId, amount: i64) -> CreditOutcome {
        let keys = billing::credit_keys(&format!("account-{id}"), id);
        let decided = billing::credit(&self.records.snapshot(&keys), id, amount);
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn balance(&self, id: AccountId) -> Option<Balance> {
        self.records.balances.get(&id).copied()
    }

    pub(crate) fn sms(&self, id: SmsId) -> &Sms {
        self.records.sms.get(&id).expect("a message is kept")
    }

    /// Takes away every limit on how much is sent.
    pub(crate) fn without_send_limits(&mut self) {
        let off = u32::MAX;
        let sends = &mut self.policy.sends;
        (sends.number_service_per_30s, sends.number_service_per_10min) = (off, off);
        (sends.number_service_per_hour, sends.number_service_per_day) = (off, off);
        (sends.number_per_day, sends.account_sms_per_second) = (off, off);
        (sends.account_sms_per_day, sends.country_sms_per_day) = (off, off);
    }
}
