//! The real rules over a store: what a server does, without a server.
//!
//! Every call takes its time and its chance from the test.

use std::collections::HashSet;
use std::sync::Arc;

use ringproof_store::{Fault, Store};
use verify::Timestamp;
use verify::code::EnteredCode;
use verify::engine::admit::SendContext;
use verify::engine::check::{self, CheckOutcome, CheckRequest};
use verify::engine::outbox::{
    self, Acceptance, Attempt, Claimed, Promise, Refusal, RefusedHandOver, RefusedOutcome,
};
use verify::engine::service::{self, CreateOutcome, DeleteOutcome, ServiceHost, ServiceName};
use verify::engine::start::{self, StartContext, StartOutcome, StartRequest, Started};
use verify::engine::sweep::{self, Stale, StaleBefore};
use verify::engine::user::{self, AddOutcome, Login, UserOutcome};
use verify::entropy::SeededEntropy;
use verify::ids::{AccountId, ServiceId, UserId, VerificationId};
use verify::keys::{AccountKeys, Keyring, NumberKey};
use verify::phone::{Countries, Country, PhoneNumber};
use verify::policy::Policy;
use verify::record::{Method, OutgoingMessage, Verification};

use crate::engines::ring;

/// Entered when a wrong code is meant: no code begins with `0`.
pub(crate) const WRONG: &str = "000000";

/// The lease under which a start hands over its own message.
pub(crate) const LEASE: u64 = u64::MAX;

/// A user, with the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) service: ServiceId,
    pub(crate) user: UserId,
}

/// A store with keys and numbers; cheap to clone.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) ring: Keyring,
    pub(crate) policy: Arc<Policy>,
}

impl World {
    /// The default numbers over this store.
    pub(crate) fn over(store: &Store) -> Self {
        Self { store: store.clone(), ring: ring(), policy: Arc::default() }
    }

    /// The same without any limit of messages per second, day …
    pub(crate) fn without_send_limits(store: &Store) -> Self {
        let mut world = Self::over(store);
        let policy = Arc::make_mut(&mut world.policy);
        for limit in [
            &mut policy.sends.number_service_per_30s,
            &mut policy.sends.number_service_per_10min,
            &mut policy.sends.number_service_per_hour,
            &mut policy.sends.number_service_per_day,
            &mut policy.sends.number_per_day,
            &mut policy.sends.account_sms_per_second,
            &mut policy.sends.account_sms_per_day,
            &mut policy.sends.country_sms_per_day,
        ] {
            *limit = 1_000_000_000;
        }
        world
    }

    pub(crate) async fn add_service(
        &self,
        account: AccountId,
        name: &str,
        now: Timestamp,
        seed: u64,
    ) -> Result<CreateOutcome, Fault> {
        let name = ServiceName::parse(name).expect("a name");
        let host = ServiceHost::parse("shop.example").expect("a host");
        let keys = service::create_keys(account, &name);
        let rule = move |s: &_| {
            service::create(s, account, &name, &host, now, &mut SeededEntropy::new(seed))
        };
        self.store.transact(keys, rule).await
    }

    pub(crate) async fn remove_service(
        &self,
        account: AccountId,
        service: ServiceId,
    ) -> Result<DeleteOutcome, Fault> {
        self.store.transact(service::delete_keys(account, service), service::delete).await
    }

    pub(crate) async fn add_user(
        &self,
        account: AccountId,
        service: ServiceId,
        (login, phone): (&str, &str),
        now: Timestamp,
        seed: u64,
    ) -> Result<AddOutcome, Fault> {
        let login = Login::parse(login).expect("a login name");
        let phone = PhoneNumber::parse(phone).expect("a number");
        let ring = self.ring.clone();
        let keys = user::add_keys(account, service, &login);
        let rule =
            move |s: &_| user::add(s, &login, phone, &ring, now, &mut SeededEntropy::new(seed));
        self.store.transact(keys, rule).await
    }

    /// A user of a service of its own, in an account of its own.
    pub(crate) async fn add_person(&self, n: u32, now: Timestamp) -> Person {
        let account = AccountId::from_i64(i64::from(n) + 1);
        let seed = u64::from(n) << 32;
        let created = self.add_service(account, "Shop", now, seed).await.expect("done");
        let CreateOutcome::Created(service) = created else { panic!("not created") };
        let phone = format!("+37255{n:08}");
        let added = self.add_user(account, service.id, ("jane", &phone), now, seed + 1).await;
        let AddOutcome::Added(user) = added.expect("done") else { panic!("not added") };
        Person { account, service: service.id, user: user.id }
    }

    pub(crate) async fn remove_user(&self, person: Person) -> Result<UserOutcome, Fault> {
        let Person { account, service, user } = person;
        self.store.transact(user::keys(account, service, user), user::remove).await
    }

    pub(crate) async fn unlock(&self, person: Person) -> Result<UserOutcome, Fault> {
        let Person { account, service, user } = person;
        self.store.transact(user::keys(account, service, user), user::unlock).await
    }

    pub(crate) async fn try_start(
        &self,
        person: Person,
        method: Method,
        has_open_gateway: bool,
        now: Timestamp,
        seed: u64,
    ) -> Result<StartOutcome, Fault> {
        let Person { account, service, user } = person;
        let request = StartRequest { account, service, user, method };
        let (policy, keys) = (self.policy.clone(), self.ring.account(account));
        let nobody = HashSet::new();
        let rule = {
            let request = request.clone();
            move |s: &_| {
                let context = StartContext {
                    is_time_trusted: true,
                    policy: &policy,
                    send: send_context(&policy, &keys, &nobody, has_open_gateway),
                };
                start::start(s, &request, &context, now, &mut SeededEntropy::new(seed))
            }
        };
        self.store.transact(start::keys(&request), rule).await
    }

    /// Starts by text message and expects a verification.
    pub(crate) async fn start(&self, person: Person, now: Timestamp, seed: u64) -> Started {
        match self.try_start(person, Method::Sms, true, now, seed).await {
            Ok(StartOutcome::Started(started)) => started,
            other => panic!("not started: {other:?}"),
        }
    }

    /// Starts and gives the code that was sent.
    pub(crate) async fn code(&self, person: Person, now: Timestamp, seed: u64) -> String {
        let started = self.start(person, now, seed).await;
        self.code_in(&started.message.expect("a message was due"))
    }

    /// The code in a message.
    pub(crate) fn code_in(&self, message: &OutgoingMessage) -> String {
        let keys = self.ring.account(message.account);
        let text = outbox::open_text(&keys, message).expect("it opens");
        text.rsplit(' ').next().unwrap_or_default().to_owned()
    }

    pub(crate) async fn try_check(
        &self,
        person: Person,
        typed: &str,
        verification: Option<VerificationId>,
        now: Timestamp,
    ) -> Result<CheckOutcome, Fault> {
        let Person { account, service, user } = person;
        let entered = EnteredCode::parse(typed).expect("something was typed");
        let verification = verification.map(Some);
        let request = CheckRequest { account, service, user, entered, verification };
        let (policy, keys) = (self.policy.clone(), self.ring.account(account));
        let names = check::keys(&request);
        self.store.transact(names, move |s| check::check(s, &request, &policy, &keys, now)).await
    }

    /// Checks a code and expects no fault.
    pub(crate) async fn check(&self, person: Person, typed: &str, now: Timestamp) -> CheckOutcome {
        self.try_check(person, typed, None, now).await.expect("the step is done")
    }

    /// The verification that a user has now.
    pub(crate) async fn verification(&self, person: Person) -> Option<Verification> {
        let keys = sweep::verification_keys(person.service, person.user);
        self.store.read(keys).await.expect("the read is answered").verification
    }

    pub(crate) async fn claim(&self, lease: u64, now: Timestamp) -> Result<Claimed, Fault> {
        let ring = self.ring.clone();
        let in_hand = [].into_iter().collect();
        let rule = move |s: &_| outbox::claim(s, &ring, Promise::AtLeastOnce, lease, &in_hand, now);
        self.store.transact(outbox::claim_keys(now), rule).await
    }

    pub(crate) async fn accept(
        &self,
        attempts: &[Attempt],
        lease: u64,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let accept = |attempt: &Attempt| Acceptance {
            attempt: *attempt,
            choice: "only".to_owned(),
            parts: Vec::new(),
            keep_until: None,
        };
        let all: Vec<Acceptance> = attempts.iter().map(accept).collect();
        let (ring, names) = (self.ring.clone(), outbox::accepted_keys("inbox", &all));
        let rule = move |s: &_| outbox::accepted(s, &all, &ring, "inbox", lease, now);
        self.store.transact(names, rule).await.map(drop)
    }

    pub(crate) async fn refuse(
        &self,
        message: &OutgoingMessage,
        refusal: Refusal,
        lease: u64,
        now: Timestamp,
    ) -> Result<RefusedOutcome, Fault> {
        let ring = self.ring.clone();
        let attempt = Attempt::of(message);
        let hand_over = RefusedHandOver {
            attempt,
            gateway: "hook",
            choice: "only",
            refusal,
            has_other: false,
            has_later: false,
            promise: Promise::AtLeastOnce,
        };
        let rule = move |s: &_| outbox::refused(s, &ring, &hand_over, lease, now);
        self.store.transact(outbox::refused_keys(message, &self.ring), rule).await
    }

    pub(crate) async fn sweep(
        &self,
        service: ServiceId,
        user: UserId,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let policy = self.policy.clone();
        let rule = move |s: &_| sweep::verification(s, service, user, now, &policy.codes);
        self.store.transact(sweep::verification_keys(service, user), rule).await
    }

    pub(crate) async fn forget(&self, stale: Stale, before: StaleBefore) -> Result<(), Fault> {
        let rule = move |_: &_| sweep::forget(&stale, &before);
        self.store.transact(verify::engine::Keys::default(), rule).await
    }
}

/// What governs sending: an account at home in Estonia that blocks nobody.
pub(crate) fn send_context<'c>(
    policy: &'c Policy,
    keys: &'c AccountKeys,
    blocked: &'c HashSet<NumberKey>,
    has_open_gateway: bool,
) -> SendContext<'c> {
    SendContext {
        sends: policy.sends,
        countries: &Countries::All,
        home_country: Country::parse("EE"),
        blocked,
        keys,
        ways: if has_open_gateway { &true } else { &false },
        lease: LEASE,
    }
}
