//! Writing what a rule decided.

use verify::engine::Change;
use verify::record::{KeptText, Service, User};

use super::{Records, last};
use crate::fault::Fault;

impl Records {
    /// All changes, or none if one of them would break what must be unique.
    pub(super) fn apply_all(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
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
            Change::QueueReport(new) => self.reports.contains_key(&new.id),
            Change::PutBalance(_, new) => new.reserved < 0 || new.amount < new.reserved,
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
            Change::PutDelivery(delivery) => {
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
            other => self.apply_number(other),
        }
    }

    /// Changes of number confirmations and what belongs to them.
    fn apply_number(&mut self, change: Change) {
        match change {
            Change::PutAddressSends(key, sends) => {
                self.address_sends.insert(*key.as_bytes(), sends);
            }
            Change::PutConfirmation(c) => {
                self.confirmations.insert((c.account, c.id), *c);
            }
            Change::PutTrust(t) => {
                let number = (t.account, *t.number_key.as_bytes());
                self.trusts.insert((number, *t.cookie.as_bytes()), *t);
            }
            Change::DropTrusts(account, number) => {
                let number = (account, *number.as_bytes());
                self.trusts.retain(|(of, _), _| *of != number);
            }
            Change::BlockNumber(blocked) => {
                let key = (blocked.account, *blocked.number_key.as_bytes());
                self.blocked.entry(key).or_insert(*blocked);
            }
            Change::UnblockNumber(account, number) => {
                self.blocked.remove(&(account, *number.as_bytes()));
            }
            Change::ForgetConfirmation(account, id, before) => {
                let key = (account, id);
                if self.confirmations.get(&key).is_some_and(|c| c.forget_at <= before) {
                    self.confirmations.remove(&key);
                }
            }
            Change::ForgetTrust(account, number, cookie, before) => {
                let key = ((account, *number.as_bytes()), *cookie.as_bytes());
                if self.trusts.get(&key).is_some_and(|t| t.created_at <= before) {
                    self.trusts.remove(&key);
                }
            }
            Change::ForgetAddress(key, before) => {
                let key = key.as_bytes();
                if self.address_sends.get(key).is_some_and(|s| s.last_at() <= before) {
                    self.address_sends.remove(key);
                }
            }
            other => self.apply_sms(other),
        }
    }

    /// Changes of clients' messages, money and reports.
    fn apply_sms(&mut self, change: Change) {
        match change {
            Change::PutBalance(account, balance) => {
                self.balances.insert(account, balance);
            }
            Change::ReplacePrices(prices) => {
                self.prices = prices;
                self.prices.sort_by(|a, b| (a.country, &a.mccmnc).cmp(&(b.country, &b.mccmnc)));
                self.prices_version += 1;
            }
            Change::PutSms(sms) => {
                self.sms.insert(sms.id, *sms);
            }
            Change::QueueReport(report) => {
                self.reports.insert(report.id, *report);
            }
            Change::UpdateReport(report) => {
                if let Some(kept) = self.reports.get_mut(&report.id) {
                    kept.attempts = report.attempts;
                    kept.next_at = report.next_at;
                    kept.lease = report.lease;
                }
            }
            Change::ReleaseReports(now) => {
                for report in self.reports.values_mut().filter(|r| r.lease != 0) {
                    (report.lease, report.next_at) = (0, now);
                }
            }
            Change::DropReport(id) => {
                self.reports.remove(&id);
            }
            Change::ForgetSmsText(id) => {
                if let Some(sms) = self.sms.get_mut(&id) {
                    sms.kept_text = KeptText::Nothing;
                }
            }
            Change::ForgetSms(id) => {
                self.sms.remove(&id);
            }
            // The three functions divide all changes among them.
            other => unreachable!("no engine knows {other:?}"),
        }
    }
}
