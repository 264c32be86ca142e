//! Keeping in memory: deterministic, for simulation and tests. Steps run one
//! after the other in the caller's thread, in the order of their arrival;
//! nothing survives the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use verify::Timestamp;
use verify::engine::{Change, Due, DueMessage, Keys, Snapshot};
use verify::guard::Guard;
use verify::ids::{AccountId, MessageId, ServiceId, UserId};
use verify::record::{Account, Delivery, OutgoingMessage, Service, User, Verification};
use verify::send_limits::{AccountSends, NumberSends};

use crate::engine::{Engine, Step};
use crate::fault::Fault;
use crate::read::{Expired, Page, Read, ReadAnswer, Stale};

/// The engine.
#[derive(Default)]
pub struct MemoryEngine {
    records: Mutex<Records>,
}

type UserKey = (ServiceId, UserId);

#[derive(Default)]
struct Records {
    is_closed: bool,
    accounts: BTreeMap<String, Account>,
    accounts_version: u64,
    services: BTreeMap<ServiceId, Service>,
    users: BTreeMap<UserKey, User>,
    verifications: BTreeMap<UserKey, Verification>,
    guards: BTreeMap<UserKey, Guard>,
    number_sends: BTreeMap<[u8; 16], NumberSends>,
    account_sends: BTreeMap<AccountId, AccountSends>,
    outbox: BTreeMap<MessageId, OutgoingMessage>,
    deliveries: BTreeMap<MessageId, Delivery>,
}

impl MemoryEngine {
    fn lock(&self) -> MutexGuard<'_, Records> {
        // A panic inside a rule is caught before it can reach the lock.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for MemoryEngine {
    fn submit(&self, mut step: Box<dyn Step>) {
        let result = {
            let mut records = self.lock();
            if records.is_closed {
                Err(Fault::Closed)
            } else {
                let snapshot = records.snapshot(step.keys());
                step.decide(&snapshot).and_then(|changes| records.apply_all(changes))
            }
        };
        step.finish(result);
    }

    fn read(&self, read: Read, reply: oneshot::Sender<Result<ReadAnswer, Fault>>) {
        let records = self.lock();
        let answer = if records.is_closed { Err(Fault::Closed) } else { Ok(records.answer(read)) };
        drop(records);
        let _ = reply.send(answer);
    }

    fn close(&self) {
        self.lock().is_closed = true;
    }
}

impl Records {
    fn snapshot(&self, keys: &Keys) -> Snapshot {
        let mut s = Snapshot::default();
        if let Some(name) = &keys.account_name {
            s.account = self.accounts.get(name).cloned();
        }
        if let Some((account, id)) = keys.service {
            s.service = self.services.get(&id).filter(|s| s.account == account).cloned();
        }
        if let Some((account, name)) = &keys.service_name {
            let mut services = self.services.values();
            s.service_named = services.find(|s| s.account == *account && s.name == *name).cloned();
        }
        if let Some(service) = keys.has_users {
            s.has_users = self.users_of(service).next().is_some();
        }
        if let Some(key) = keys.user {
            s.user = self.users.get(&key).cloned();
            if s.user.is_some() {
                s.verification = self.verifications.get(&key).cloned();
                s.guard = self.guards.get(&key).cloned().unwrap_or_default();
            }
        }
        if let Some((service, login)) = &keys.login {
            s.user_by_login = self.users_of(*service).find(|u| u.login == *login).cloned();
        }
        if let (true, Some(user)) = (keys.number_of_user, &s.user) {
            s.number_sends =
                self.number_sends.get(user.number_key.as_bytes()).cloned().unwrap_or_default();
        }
        if let Some(account) = keys.account_sends {
            s.account_sends = self.account_sends.get(&account).cloned().unwrap_or_default();
        }
        s.messages = keys.messages.iter().filter_map(|id| self.outbox.get(id).cloned()).collect();
        let held = keys.held.iter().filter_map(|id| self.outbox.get(id));
        s.held = held.map(|m| self.with_verification(m)).collect();
        if let Some(due) = keys.due {
            s.due = self.due(due);
        }
        s
    }

    fn users_of(&self, service: ServiceId) -> impl Iterator<Item = &User> {
        self.users.values().filter(move |u| u.service == service)
    }

    fn due(&self, due: Due) -> Vec<DueMessage> {
        let waiting = self.outbox.values().filter(|m| m.next_at <= due.now);
        waiting.take(due.limit as usize).map(|m| self.with_verification(m)).collect()
    }

    fn with_verification(&self, message: &OutgoingMessage) -> DueMessage {
        let user = (message.service, message.user);
        DueMessage {
            message: message.clone(),
            verification: self.verifications.get(&user).cloned(),
        }
    }

    /// All changes, or none if one of them would break what must be unique.
    fn apply_all(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        for (index, change) in changes.iter().enumerate() {
            if self.is_doubled_by(change, &changes[..index]) {
                return Err(Fault::Database("a record must be unique and is not".to_owned()));
            }
        }
        for change in changes {
            self.apply(change);
        }
        Ok(())
    }

    /// Whether a change adds what is there already, or what an earlier change
    /// of the same step adds.
    fn is_doubled_by(&self, change: &Change, earlier: &[Change]) -> bool {
        match change {
            Change::InsertService(new) => {
                let is_same = |s: &Service| {
                    s.id == new.id || (s.account == new.account && s.name == new.name)
                };
                let stays = |s: &&Service| {
                    !earlier.iter().any(|c| matches!(c, Change::DeleteService(id) if *id == s.id))
                };
                self.services.values().filter(stays).any(is_same)
                    || earlier.iter().any(|c| matches!(c, Change::InsertService(s) if is_same(s)))
            }
            Change::InsertUser(new) => {
                let is_same =
                    |u: &User| u.service == new.service && (u.id == new.id || u.login == new.login);
                let stays = |u: &&User| {
                    let key = (u.service, u.id);
                    !earlier
                        .iter()
                        .any(|c| matches!(c, Change::DeleteUser(s, u) if (*s, *u) == key))
                };
                self.users_of(new.service).filter(stays).any(is_same)
                    || earlier.iter().any(|c| matches!(c, Change::InsertUser(u) if is_same(u)))
            }
            Change::QueueMessage(new) => self.outbox.contains_key(&new.id),
            _ => false,
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::PutAccount(account) => {
                self.accounts_version += 1;
                self.accounts.insert(account.username.clone(), *account);
            }
            Change::InsertService(service) => {
                self.services.insert(service.id, *service);
            }
            Change::DeleteService(id) => {
                self.services.remove(&id);
            }
            Change::InsertUser(user) => {
                self.users.insert((user.service, user.id), *user);
            }
            Change::DeleteUser(service, user) => {
                self.users.remove(&(service, user));
                self.verifications.remove(&(service, user));
                self.guards.remove(&(service, user));
            }
            Change::PutVerification(service, user, verification) => {
                self.verifications.insert((service, user), *verification);
            }
            Change::DeleteVerification(service, user) => {
                self.verifications.remove(&(service, user));
            }
            Change::PutGuard(service, user, guard) if guard.is_clean() => {
                self.guards.remove(&(service, user));
            }
            Change::PutGuard(service, user, guard) => {
                self.guards.insert((service, user), *guard);
            }
            Change::PutNumberSends(number, sends) => {
                self.number_sends.insert(*number.as_bytes(), sends);
            }
            Change::PutAccountSends(account, sends) => {
                self.account_sends.insert(account, sends);
            }
            Change::QueueMessage(message) => {
                self.outbox.insert(message.id, *message);
            }
            Change::UpdateMessage(message) => {
                if let Some(kept) = self.outbox.get_mut(&message.id) {
                    kept.attempts = message.attempts;
                    kept.in_doubt = message.in_doubt;
                    kept.next_at = message.next_at;
                    kept.lease = message.lease;
                }
            }
            Change::ReleaseLeases(now) => {
                for message in self.outbox.values_mut().filter(|m| m.lease != 0) {
                    (message.lease, message.next_at) = (0, now);
                }
            }
            Change::DropMessage(id) => {
                self.outbox.remove(&id);
            }
            Change::InsertDelivery(delivery) => {
                self.deliveries.insert(delivery.message, *delivery);
            }
            Change::ForgetNumber(number, before) => {
                let key = number.as_bytes();
                if self.number_sends.get(key).is_some_and(|sends| last(sends) <= before) {
                    self.number_sends.remove(key);
                }
            }
            Change::ForgetDelivery(id, before) => {
                if self.deliveries.get(&id).is_some_and(|d| d.ended_at <= before) {
                    self.deliveries.remove(&id);
                }
            }
        }
    }

    fn answer(&self, read: Read) -> ReadAnswer {
        match read {
            Read::Snapshot(keys) => ReadAnswer::Snapshot(Box::new(self.snapshot(&keys))),
            Read::Users(service, page) => self.page(service, page),
            Read::Accounts => {
                let accounts = self.accounts.values().cloned().collect();
                ReadAnswer::Accounts(accounts, self.accounts_version)
            }
            Read::AccountsVersion => ReadAnswer::Version(self.accounts_version),
            Read::Expired(expired) => ReadAnswer::Expired(self.expired(expired)),
            Read::Stale(stale) => self.stale(stale),
        }
    }

    fn page(&self, service: ServiceId, page: Page) -> ReadAnswer {
        let mut users: Vec<User> = self.users_of(service).cloned().collect();
        users.sort_by_key(|u| (u.created_at, u.id));
        let total = users.len() as u64;
        let limit = page.limit.map_or(usize::MAX, |limit| limit as usize);
        let users = users.into_iter().skip(page.offset as usize).take(limit).collect();
        ReadAnswer::Users(users, total)
    }

    fn expired(&self, expired: Expired) -> Vec<UserKey> {
        let is_ended = |v: &Verification| {
            v.expires_at <= expired.rows_before
                || (v.expires_at <= expired.codes_before && v.code.is_some())
        };
        let ended = self.verifications.iter().filter(|(_, v)| is_ended(v));
        ended.map(|(key, _)| *key).take(expired.limit as usize).collect()
    }

    fn stale(&self, stale: Stale) -> ReadAnswer {
        let numbers = self.number_sends.iter().filter(|(_, s)| last(s) <= stale.numbers_before);
        let numbers = numbers.map(|(key, _)| verify::keys::NumberKey::from_bytes(*key));
        let deliveries = self.deliveries.values().filter(|d| d.ended_at <= stale.deliveries_before);
        let limit = stale.limit as usize;
        let deliveries = deliveries.map(|d| d.message).take(limit).collect();
        ReadAnswer::Stale(numbers.take(limit).collect(), deliveries)
    }
}

fn last(sends: &NumberSends) -> Timestamp {
    sends.0.last().map_or(Timestamp::MIN, |send| send.at)
}
