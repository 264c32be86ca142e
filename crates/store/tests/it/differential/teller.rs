//! Whoever tells a story to a store, and remembers what a caller would.

use std::collections::VecDeque;

use ringproof_store::read::{Expired, Page};
use verify::engine::outbox::Attempt;
use verify::engine::service::CreateOutcome;
use verify::engine::start::StartOutcome;
use verify::engine::sweep::Stale;
use verify::engine::user::AddOutcome;
use verify::engine::{AuthenticatorsOf, Decision, Due, Keys, Snapshot, account};
use verify::entropy::SeededEntropy;
use verify::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};
use verify::keys::NumberKey;
use verify::record::{
    Account, BlockedNumber, Method, OutgoingMessage, Price, User, WidgetSettings,
};
use verify::{SignedDuration, Timestamp};

use super::Act;
use super::clients::Clients;
use crate::asking::{assert_same, seen, wait};
use crate::engines::{Open, Opened};
use crate::sample::{self, at};
use crate::world::{LEASE, Person, WRONG, World};

/// A store with what its caller remembers.
pub(super) struct Teller {
    kept: Opened,
    pub(super) world: World,
    pub(super) now: Timestamp,
    entropy: SeededEntropy,
    services: Vec<(AccountId, ServiceId)>,
    people: Vec<Person>,
    numbers: Vec<NumberKey>,
    /// Messages in hand, the newest first, each with its lease.
    messages: VecDeque<(OutgoingMessage, u64)>,
    pub(super) message_ids: Vec<MessageId>,
    codes: Vec<(Person, String)>,
    pub(super) leases: u64,
    pub(super) clients: Clients,
}

impl Teller {
    pub(super) fn new(open: Open) -> Self {
        let kept = open();
        let world = World::over(&kept.store);
        Self {
            kept,
            world,
            now: at(0),
            entropy: SeededEntropy::new(1),
            services: Vec::new(),
            people: Vec::new(),
            numbers: Vec::new(),
            messages: VecDeque::new(),
            message_ids: Vec::new(),
            codes: Vec::new(),
            leases: 0,
            clients: Clients::default(),
        }
    }

    fn service(&self, n: u8) -> (AccountId, ServiceId) {
        let nobody = (AccountId::from_i64(1), ServiceId::from_bytes([9; 16]));
        self.services.get(usize::from(n)).copied().unwrap_or(nobody)
    }

    pub(super) fn person(&self, n: u8) -> Person {
        let (account, service) = self.service(0);
        let nobody = Person { account, service, user: UserId::from_bytes([9; 16]) };
        self.people.get(usize::from(n)).copied().unwrap_or(nobody)
    }

    pub(super) fn in_hand(&self, n: u8) -> Option<(OutgoingMessage, u64)> {
        self.messages.get(usize::from(n)).cloned()
    }

    pub(super) fn take(&mut self, message: OutgoingMessage, lease: u64) {
        self.message_ids.push(message.id);
        self.messages.push_front((message, lease));
    }

    /// Does one act; gives everything that came of it, as text.
    pub(super) fn act(&mut self, act: &Act) -> String {
        let (world, now, seed) = (self.world.clone(), self.now, self.entropy.next_u64());
        match *act {
            Act::PutAccount { account, is_enabled } => self.put_account(account, is_enabled),
            Act::AddService { account, name } => {
                let (account, name) = (AccountId::from_i64(i64::from(account)), format!("S{name}"));
                let outcome = wait(world.add_service(account, &name, now, seed));
                if let Ok(CreateOutcome::Created(service)) = &outcome {
                    self.services.push((account, service.id));
                }
                format!("{outcome:?}")
            }
            Act::RemoveService { service, of } => {
                let service = self.service(service).1;
                let account = AccountId::from_i64(i64::from(of));
                format!("{:?}", wait(world.remove_service(account, service)))
            }
            Act::AddUser { service, login, number } => self.add_user(service, login, number, seed),
            Act::RemoveUser(n) => format!("{:?}", wait(world.remove_user(self.person(n)))),
            Act::Unlock(n) => format!("{:?}", wait(world.unlock(self.person(n)))),
            Act::Start { person, method, has_gateway } => {
                self.start(self.person(person), method, has_gateway, seed)
            }
            Act::EnterRight(n) => self.enter(n, &self.code_of(n), None),
            Act::EnterWrong(n) => self.enter(n, WRONG, None),
            Act::Hammer(n) => (0..6).map(|_| self.enter(n, WRONG, None)).collect(),
            Act::EnterForAnother(n) => {
                let another = VerificationId::from_bytes([9; 16]);
                self.enter(n, &self.code_of(n), Some(another))
            }
            Act::Claim | Act::Accept(_) | Act::Refuse { .. } => self.dispatch(act),
            Act::Sweep => self.sweep(),
            Act::Forget => {
                let before = sample::stale_before(now);
                let stale = sorted(wait(world.store.stale(before)).expect("answered"));
                let forgotten = wait(world.forget(stale.clone(), before));
                let numbers: Vec<_> = stale.numbers.iter().map(|n| *n.as_bytes()).collect();
                format!("{numbers:?} {stale:?} {forgotten:?}")
            }
            Act::Client(ref act) => self.client(act, seed),
            Act::Device(ref act) => self.device(act),
            Act::Widget(ref act) => self.widget(act, seed),
            Act::AdvanceMs(milliseconds) => {
                self.now += SignedDuration::from_millis(milliseconds);
                String::new()
            }
        }
    }

    fn put_account(&self, n: u8, is_enabled: bool) -> String {
        let new = Account { is_enabled, ..sample::account(n) };
        let keys = account::keys(&new.username);
        let rule = move |s: &Snapshot| match &s.account {
            None => {
                let created = account::create(s, &new);
                Decision::with(created.changes, None)
            }
            Some(_) => account::update(s, |account| account.is_enabled = is_enabled),
        };
        format!("{:?}", wait(self.kept.store.transact(keys, rule)))
    }

    fn add_user(&mut self, service: u8, login: u8, number: u8, seed: u64) -> String {
        let (account, service) = self.service(service);
        let (login, phone) = (format!("user-{login}"), format!("+3725550012{number}"));
        let names = (login.as_str(), phone.as_str());
        let outcome = wait(self.world.add_user(account, service, names, self.now, seed));
        if let Ok(AddOutcome::Added(user)) = &outcome {
            self.people.push(Person { account, service, user: user.id });
            self.numbers.push(user.number_key);
        }
        format!("{outcome:?}")
    }

    fn start(&mut self, person: Person, method: Method, has_gateway: bool, seed: u64) -> String {
        let outcome = wait(self.world.try_start(person, method, has_gateway, self.now, seed));
        if let Ok(StartOutcome::Started(started)) = &outcome
            && let Some(message) = &started.message
        {
            self.codes.push((person, self.world.code_in(message)));
            self.take((**message).clone(), LEASE);
        }
        format!("{outcome:?}")
    }

    fn code_of(&self, n: u8) -> String {
        let person = self.person(n);
        let sent = self.codes.iter().rev().find(|(to, _)| *to == person);
        sent.map_or_else(|| "111111".to_owned(), |(_, code)| code.clone())
    }

    fn enter(&self, n: u8, typed: &str, verification: Option<VerificationId>) -> String {
        let outcome = self.world.try_check(self.person(n), typed, verification, self.now);
        format!("{:?}", wait(outcome))
    }

    fn dispatch(&mut self, act: &Act) -> String {
        match *act {
            Act::Claim => {
                self.leases += 1;
                let claimed = wait(self.world.claim(self.leases, self.now)).expect("done");
                let text = format!("{claimed:?}");
                for message in claimed.messages {
                    self.take(message, self.leases);
                }
                text
            }
            Act::Accept(n) => {
                let Some((message, lease)) = self.in_hand(n) else { return String::new() };
                format!("{:?}", wait(self.world.accept(&[Attempt::of(&message)], lease, self.now)))
            }
            Act::Refuse { message, refusal } => {
                let Some((message, lease)) = self.in_hand(message) else { return String::new() };
                format!("{:?}", wait(self.world.refuse(&message, refusal, lease, self.now)))
            }
            _ => unreachable!("only these are about messages"),
        }
    }

    fn sweep(&self) -> String {
        let day = SignedDuration::from_hours(24);
        let expired = Expired { codes_before: self.now, rows_before: self.now - day, limit: 100 };
        let found = wait(self.kept.store.expired(expired)).expect("answered");
        let swept = |&(service, user): &_| wait(self.world.sweep(service, user, self.now));
        format!("{found:?} {:?}", found.iter().map(swept).collect::<Vec<_>>())
    }

    /// Everything that can be read.
    pub(super) fn all(&self) -> All {
        let store = &self.kept.store;
        let far = at(i64::from(u32::MAX) * 1_000);
        let expired = Expired { codes_before: far, rows_before: far, limit: 1_000 };
        let mut keys = vec![Keys {
            messages: self.message_ids.clone(),
            due: Some(Due { now: far, limit: 1_000 }),
            ..Keys::default()
        }];
        keys.extend(self.services.iter().map(|&(account, service)| Keys {
            service: Some((account, service)),
            service_name: Some((account, "S1".to_owned())),
            has_users: Some(service),
            login: Some((service, "user-1".to_owned())),
            account_sends: Some(account),
            ..Keys::default()
        }));
        keys.extend(self.people.iter().map(|person| Keys {
            user: Some((person.service, person.user)),
            number_of_user: true,
            authenticators: AuthenticatorsOf::All,
            devices_of_user: true,
            recovery_of_user: true,
            ..Keys::default()
        }));
        keys.extend(self.keys_of_clients());
        keys.extend(Self::keys_of_widget());
        let users = |&(_, service): &_| wait(store.users(service, Page::ALL)).expect("answered");
        All {
            accounts: wait(store.accounts()).expect("answered"),
            users: self.services.iter().map(users).collect(),
            expired: wait(store.expired(expired)).expect("answered"),
            prices: wait(store.prices()).expect("answered"),
            settings: wait(store.widget_settings()).expect("answered"),
            blocked: [1, 2]
                .map(|n| wait(store.blocked_numbers(sample::account_id(n))).expect("answered")),
            repeats: wait(store.repeats(far)).expect("answered"),
            stale: sorted(wait(store.stale(sample::stale_before(far))).expect("answered")),
            snapshots: keys.iter().map(|keys| seen(store, keys)).collect(),
        }
    }
}

/// What [`Teller::all`] read.
pub(super) struct All {
    accounts: (Vec<Account>, u64),
    users: Vec<(Vec<User>, u64)>,
    expired: Vec<(ServiceId, UserId)>,
    prices: (Vec<Price>, u64),
    settings: Vec<WidgetSettings>,
    blocked: [Vec<BlockedNumber>; 2],
    repeats: Vec<(AccountId, VerificationId)>,
    stale: Stale,
    snapshots: Vec<Snapshot>,
}

/// The order in which records are found says nothing.
fn sorted(mut stale: Stale) -> Stale {
    stale.numbers.sort_by_key(|n| *n.as_bytes());
    stale.deliveries.sort();
    stale.confirmations.sort();
    stale.trusts.sort_by_key(|(account, n, cookie)| (*account, *n.as_bytes(), *cookie.as_bytes()));
    stale.addresses.sort_by_key(|a| *a.as_bytes());
    stale.sms_texts.sort();
    stale.sms.sort();
    stale
}

/// Compares what two stores hold.
pub(super) fn assert_all_the_same(one: &All, other: &All) {
    assert_eq!(one.accounts, other.accounts);
    assert_eq!(one.users, other.users);
    assert_eq!(one.expired, other.expired);
    assert_eq!(one.prices, other.prices);
    assert_eq!(one.settings, other.settings);
    assert_eq!(one.blocked, other.blocked);
    assert_eq!(one.repeats, other.repeats);
    assert_eq!(one.stale, other.stale);
    assert_eq!(one.snapshots.len(), other.snapshots.len());
    for (one, other) in one.snapshots.iter().zip(&other.snapshots) {
        assert_same(one, other);
    }
}
