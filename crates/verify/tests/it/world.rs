//! One account with a service and some people, and a clock moved by hand.
//!
//! Whatever a test does, the world holds two promises of the rules for it: a
//! refusal changes no record, and only a compared code changes one.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use ringproof_verify::code::EnteredCode;
use ringproof_verify::engine::admit::{Destination, SendContext, Ways};
use ringproof_verify::engine::check::{self, CheckOutcome, CheckRequest};
use ringproof_verify::engine::outbox::{self, Promise};
use ringproof_verify::engine::start::{
    self, StartContext, StartOutcome, StartRefusal, StartRequest, Started,
};
use ringproof_verify::engine::user::{self, AddOutcome, Login, UserOutcome};
use ringproof_verify::engine::{Decision, Snapshot, service, sweep};
use ringproof_verify::entropy::SeededEntropy;
use ringproof_verify::guard::Guard;
use ringproof_verify::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};
use ringproof_verify::keys::{AccountKeys, Keyring, NumberKey, RootKey};
use ringproof_verify::phone::{Countries, Country, PhoneNumber};
use ringproof_verify::policy::Policy;
use ringproof_verify::record::{Method, NumberProfile, OutgoingMessage, Purpose, Verification};
use ringproof_verify::send_limits::{SendLimitOverrides, Throttle};
use ringproof_verify::{SignedDuration, Timestamp};

use crate::records::Records;

/// The lease under which a start hands over its own message.
pub(crate) const LEASE: u64 = 7;

/// Entered when a wrong code is meant: no code begins with `0`.
pub(crate) const WRONG: &str = "000000";

/// A user, with the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) service: ServiceId,
    pub(crate) user: UserId,
}

/// A message that was queued, and the code in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    pub(crate) person: Person,
    pub(crate) verification: VerificationId,
    pub(crate) message: MessageId,
    pub(crate) code: String,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) policy: Policy,
    pub(crate) overrides: SendLimitOverrides,
    pub(crate) countries: Countries,
    pub(crate) home_country: Option<Country>,
    /// Numbers that the configuration blocks.
    pub(crate) blocked: HashSet<NumberKey>,
    pub(crate) has_open_gateway: bool,
    pub(crate) is_time_trusted: bool,
    /// The only number that can be reached, if it is not open to all.
    pub(crate) reachable: Option<PhoneNumber>,
    /// Caps that were said to be nearly full.
    pub(crate) nearly_full: Arc<Mutex<Vec<Throttle>>>,
    /// Which codes number confirmations may have.
    pub(crate) profile: NumberProfile,
    /// Repeats also follow a message that was delivered.
    pub(crate) repeats_after_delivery: bool,
    /// What becomes of clients' messages in doubt.
    pub(crate) promise: Promise,
    pub(crate) records: Records,
    /// Every message that was ever queued, oldest first.
    pub(crate) sent: Vec<Sent>,
    pub(crate) ring: Keyring,
    pub(crate) keys: AccountKeys,
    pub(crate) entropy: SeededEntropy,
}

impl World {
    /// The world of `seed` with one person.
    pub(crate) fn seeded(seed: u64) -> (Self, Person) {
        let ring = Keyring::new(&RootKey::from_bytes([1; 32]));
        let mut world = Self {
            now: at(0),
            policy: Policy::default(),
            overrides: SendLimitOverrides::default(),
            countries: Countries::All,
            home_country: Country::parse("EE"),
            blocked: HashSet::new(),
            has_open_gateway: true,
            is_time_trusted: true,
            reachable: None,
            nearly_full: Arc::default(),
            profile: NumberProfile::Standard,
            repeats_after_delivery: false,
            promise: Promise::AtLeastOnce,
            records: Records::default(),
            sent: Vec::new(),
            keys: ring.account(AccountId::from_i64(1)),
            ring,
            entropy: SeededEntropy::new(seed),
        };
        let service = world.add_service();
        let person = world.add_person(service, "+37255500123");
        (world, person)
    }

    pub(crate) fn with_person() -> (Self, Person) {
        Self::seeded(1)
    }

    pub(crate) fn add_service(&mut self) -> ServiceId {
        let name = format!("Shop {}", self.records.services.len());
        let name = service::ServiceName::parse(&name).expect("it is a name");
        let host = service::ServiceHost::parse("shop.example").expect("it is a host");
        let account = self.keys.account();
        let snapshot = self.records.snapshot(&service::create_keys(account, &name));
        let created =
            service::create(&snapshot, account, &name, &host, self.now, &mut self.entropy);
        self.records.apply(created.changes);
        self.records.services.last().expect("it was just added").id
    }

    pub(crate) fn add_person(&mut self, service: ServiceId, phone: &str) -> Person {
        let login = format!("user {}", self.records.users.len());
        let login = Login::parse(&login).expect("it is a login name");
        let phone = PhoneNumber::parse(phone).expect("it is a number");
        let account = self.keys.account();
        let snapshot = self.records.snapshot(&user::add_keys(account, service, &login));
        let added = user::add(&snapshot, &login, phone, &self.ring, self.now, &mut self.entropy);
        self.records.apply(added.changes);
        let AddOutcome::Added(user) = added.outcome else { panic!("not added") };
        Person { account, service, user: user.id }
    }

    /// Sets the clock to so many seconds after the beginning.
    pub(crate) fn go_to(&mut self, seconds: i64) {
        self.now = at(seconds);
    }

    pub(crate) fn advance_ms(&mut self, milliseconds: i64) {
        self.now += SignedDuration::from_millis(milliseconds);
    }

    pub(crate) fn advance(&mut self, seconds: i64) {
        self.advance_ms(seconds * 1_000);
    }

    pub(crate) fn try_start(&mut self, person: Person, method: Method) -> StartOutcome {
        let Person { account, service, user } = person;
        let request = StartRequest { account, service, user, method };
        let snapshot = self.records.snapshot(&start::keys(&request));
        let keys = self.keys_of(account);
        let context = StartContext {
            policy: &self.policy,
            send: self.send_context(&keys),
            is_time_trusted: self.is_time_trusted,
        };
        let mut entropy = self.entropy.clone();
        let decided = start::start(&snapshot, &request, &context, self.now, &mut entropy);
        self.entropy = entropy;
        match &decided.outcome {
            StartOutcome::Refused(_) => assert!(decided.changes.is_empty(), "{decided:?}"),
            StartOutcome::Started(started) => {
                let message = started.message.as_deref();
                let sent = message.map(|message| self.read(person, message));
                self.sent.extend(sent);
            }
        }
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// What governs sending in this world.
    pub(crate) fn send_context<'w>(&'w self, keys: &'w AccountKeys) -> SendContext<'w> {
        SendContext {
            sends: self.policy.sends.with(&self.overrides),
            countries: &self.countries,
            home_country: self.home_country,
            blocked: &self.blocked,
            keys,
            ways: self,
            lease: LEASE,
        }
    }

    pub(crate) fn keys_of(&self, account: AccountId) -> AccountKeys {
        if account == self.keys.account() { self.keys.clone() } else { self.ring.account(account) }
    }

    fn read(&self, person: Person, message: &OutgoingMessage) -> Sent {
        let text = outbox::open_text(&self.keys_of(person.account), message).expect("it opens");
        let code = text.rsplit(' ').next().unwrap_or_default().to_owned();
        let OutgoingMessage { purpose, id, .. } = *message;
        let verification = purpose.verification().expect("it carries a code");
        Sent { at: self.now, person, verification, message: id, code }
    }

    /// Starts by text message and expects a verification.
    pub(crate) fn start(&mut self, person: Person) -> Started {
        self.start_by(person, Method::Sms)
    }

    pub(crate) fn start_by(&mut self, person: Person, method: Method) -> Started {
        match self.try_start(person, method) {
            StartOutcome::Started(started) => started,
            StartOutcome::Refused(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    /// Starts by text message and expects a refusal.
    pub(crate) fn refused_start(&mut self, person: Person) -> StartRefusal {
        match self.try_start(person, Method::Sms) {
            StartOutcome::Refused(refusal) => refusal,
            StartOutcome::Started(started) => panic!("not refused: {started:?}"),
        }
    }

    pub(crate) fn check(&mut self, person: Person, typed: &str) -> CheckOutcome {
        let Person { account, service, user } = person;
        let entered = EnteredCode::parse(typed).expect("something was typed");
        self.enter(&CheckRequest { account, service, user, entered, verification: None })
    }

    /// Checks a code for the verification that is meant; `None` is an id that
    /// cannot be read.
    pub(crate) fn check_of(
        &mut self,
        person: Person,
        typed: &str,
        meant: Option<VerificationId>,
    ) -> CheckOutcome {
        let Person { account, service, user } = person;
        let entered = EnteredCode::parse(typed).expect("something was typed");
        self.enter(&CheckRequest { account, service, user, entered, verification: Some(meant) })
    }

    fn enter(&mut self, request: &CheckRequest) -> CheckOutcome {
        let snapshot = self.records.snapshot(&check::keys(request));
        let keys = self.keys_of(request.account);
        let decided = check::check(&snapshot, request, &self.policy, &keys, self.now);
        let was_compared = matches!(
            decided.outcome,
            CheckOutcome::Approved { .. } | CheckOutcome::WrongCode { .. }
        );
        assert_eq!(!decided.changes.is_empty(), was_compared, "{decided:?}");
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn wrong(&mut self, person: Person) -> CheckOutcome {
        self.check(person, WRONG)
    }

    /// Enters the code of the last message to this person.
    pub(crate) fn right(&mut self, person: Person) -> CheckOutcome {
        let code = self.code(person);
        self.check(person, &code)
    }

    /// The code in the last message to this person.
    pub(crate) fn code(&self, person: Person) -> String {
        let last = self.sent.iter().rev().find(|s| s.person == person);
        last.expect("a message was sent").code.clone()
    }

    pub(crate) fn verification(&self, person: Person) -> &Verification {
        self.records.verifications.get(&person.user).expect("a verification is kept")
    }

    pub(crate) fn guard(&self, person: Person) -> Guard {
        self.records.guards.get(&person.user).cloned().unwrap_or_default()
    }

    pub(crate) fn sweep(&mut self, person: Person) -> bool {
        let snapshot =
            self.records.snapshot(&sweep::verification_keys(person.service, person.user));
        let codes = &self.policy.codes;
        let decided = sweep::verification(&snapshot, person.service, person.user, self.now, codes);
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn remove(&mut self, person: Person) -> UserOutcome {
        self.change_user(person, user::remove)
    }

    pub(crate) fn unlock(&mut self, person: Person) -> UserOutcome {
        self.change_user(person, user::unlock)
    }

    fn change_user(
        &mut self,
        Person { account, service, user }: Person,
        rule: fn(&Snapshot) -> Decision<UserOutcome>,
    ) -> UserOutcome {
        let decided = rule(&self.records.snapshot(&user::keys(account, service, user)));
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// Whether any record still holds this person's code.
    pub(crate) fn keeps_a_code_of(&self, person: Person) -> bool {
        self.records.verifications.get(&person.user).is_some_and(|v| v.code.is_some())
            || self.records.messages.values().any(|m| user_of(m) == Some(person.user))
    }
}

impl Ways for World {
    fn are_open_to(&self, to: &PhoneNumber) -> bool {
        self.has_open_gateway && self.reachable.is_none_or(|only| only == *to)
    }

    fn nearly_full(&self, _destination: &Destination, cap: Throttle) {
        self.nearly_full.lock().expect("nobody panicked").push(cap);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

/// The user whose code a message carries.
fn user_of(message: &OutgoingMessage) -> Option<UserId> {
    match message.purpose {
        Purpose::Code { user, .. } => Some(user),
        Purpose::Text(_) => None,
    }
}

/// So many seconds after the beginning of the world, which is a midnight.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_760_400_000 + seconds).expect("it is within the range of time")
}
