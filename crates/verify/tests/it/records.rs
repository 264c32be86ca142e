//! Records held in the hand: what a store does, without a store.

use std::collections::{BTreeMap, HashMap};

use ringproof_verify::engine::{Change, DueMessage, Keys, Snapshot};
use ringproof_verify::guard::Guard;
use ringproof_verify::ids::{AccountId, MessageId, ServiceId, UserId};
use ringproof_verify::keys::NumberKey;
use ringproof_verify::record::{Delivery, OutgoingMessage, Service, User, Verification};
use ringproof_verify::send_limits::{AccountSends, NumberSends};

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Records {
    pub(crate) services: Vec<Service>,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) verifications: BTreeMap<UserId, Verification>,
    pub(crate) guards: BTreeMap<UserId, Guard>,
    pub(crate) numbers: HashMap<NumberKey, NumberSends>,
    pub(crate) accounts: BTreeMap<AccountId, AccountSends>,
    pub(crate) messages: BTreeMap<MessageId, OutgoingMessage>,
    pub(crate) deliveries: BTreeMap<MessageId, Delivery>,
}

impl Records {
    /// What a rule may see: only what it asked for.
    pub(crate) fn snapshot(&self, keys: &Keys) -> Snapshot {
        let user = keys.user.and_then(|(service, id)| self.user(service, id)).cloned();
        let user_id = user.as_ref().map(|u| u.id);
        let number = user.as_ref().filter(|_| keys.number_of_user).map(|u| u.number_key);
        let service = |&(account, id): &(AccountId, ServiceId)| {
            self.services.iter().find(|s| s.account == account && s.id == id).cloned()
        };
        let named = |(account, name): &(AccountId, String)| {
            self.services.iter().find(|s| s.account == *account && s.name == *name).cloned()
        };
        let by_login = |(service, login): &(ServiceId, String)| {
            self.users.values().find(|u| u.service == *service && u.login == *login).cloned()
        };
        Snapshot {
            account: None,
            service: keys.service.as_ref().and_then(service),
            service_named: keys.service_name.as_ref().and_then(named),
            has_users: keys.has_users.is_some_and(|s| self.users.values().any(|u| u.service == s)),
            user,
            verification: user_id.and_then(|id| self.verifications.get(&id)).cloned(),
            guard: user_id.and_then(|id| self.guards.get(&id)).cloned().unwrap_or_default(),
            user_by_login: keys.login.as_ref().and_then(by_login),
            number_sends: number.and_then(|n| self.numbers.get(&n)).cloned().unwrap_or_default(),
            account_sends: keys
                .account_sends
                .and_then(|id| self.accounts.get(&id))
                .cloned()
                .unwrap_or_default(),
            messages: keys
                .messages
                .iter()
                .filter_map(|id| self.messages.get(id))
                .cloned()
                .collect(),
            held: keys
                .held
                .iter()
                .filter_map(|id| self.messages.get(id))
                .map(|m| self.with_verification(m))
                .collect(),
            due: self.due(keys),
        }
    }

    fn user(&self, service: ServiceId, id: UserId) -> Option<&User> {
        self.users.get(&id).filter(|u| u.service == service)
    }

    fn due(&self, keys: &Keys) -> Vec<DueMessage> {
        let Some(due) = keys.due else { return Vec::new() };
        self.messages
            .values()
            .filter(|m| m.next_at <= due.now)
            .take(due.limit as usize)
            .map(|m| self.with_verification(m))
            .collect()
    }

    fn with_verification(&self, message: &OutgoingMessage) -> DueMessage {
        let user = self.user(message.service, message.user);
        let verification = user.and_then(|u| self.verifications.get(&u.id)).cloned();
        DueMessage { message: message.clone(), verification }
    }

    pub(crate) fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            self.apply_one(change);
        }
    }

    fn apply_one(&mut self, change: Change) {
        match change {
            Change::PutAccount(_) => unreachable!("no test here changes an account"),
            Change::InsertService(s) => self.services.push(*s),
            Change::DeleteService(id) => self.services.retain(|s| s.id != id),
            Change::InsertUser(u) => assert!(self.users.insert(u.id, *u).is_none()),
            Change::DeleteUser(_, id) => {
                self.users.remove(&id);
                self.verifications.remove(&id);
                self.guards.remove(&id);
            }
            Change::PutVerification(_, user, v) => drop(self.verifications.insert(user, *v)),
            Change::DeleteVerification(_, user) => drop(self.verifications.remove(&user)),
            Change::PutGuard(_, user, g) if g.is_clean() => drop(self.guards.remove(&user)),
            Change::PutGuard(_, user, g) => drop(self.guards.insert(user, *g)),
            Change::PutNumberSends(number, sends) => drop(self.numbers.insert(number, sends)),
            Change::PutAccountSends(account, sends) => drop(self.accounts.insert(account, sends)),
            Change::QueueMessage(m) => assert!(self.messages.insert(m.id, *m).is_none()),
            Change::UpdateMessage(m) => assert!(self.messages.insert(m.id, *m).is_some()),
            Change::ReleaseLeases(now) => {
                for message in self.messages.values_mut().filter(|m| m.lease != 0) {
                    (message.lease, message.next_at) = (0, now);
                }
            }
            Change::DropMessage(id) => drop(self.messages.remove(&id)),
            Change::InsertDelivery(d) => assert!(self.deliveries.insert(d.message, *d).is_none()),
            Change::ForgetNumber(number, before) => {
                if self.numbers.get(&number).is_some_and(|s| s.0.iter().all(|s| s.at <= before)) {
                    self.numbers.remove(&number);
                }
            }
            Change::ForgetDelivery(id, before) => {
                if self.deliveries.get(&id).is_some_and(|d| d.ended_at <= before) {
                    self.deliveries.remove(&id);
                }
            }
        }
    }
}
