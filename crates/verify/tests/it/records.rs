//! Records held in the hand: what a store does, without a store.

mod app;
mod snapshot;

use std::collections::{BTreeMap, HashMap};

use ringproof_verify::Timestamp;
use ringproof_verify::engine::Change;
use ringproof_verify::guard::Guard;
use ringproof_verify::ids::{
    AccountId, MessageId, ReportId, SmsId, UserId, VerificationId, WidgetSessionId,
};
use ringproof_verify::keys::{NonceDigest, NumberKey};
use ringproof_verify::record::{
    Account, Authenticator, Balance, Confirmation, Delivery, Device, HandOver, KeptText, Orphan,
    OutgoingMessage, Price, Prompts, RecoverySet, Reference, Report, Service, Sms, Trail, Trust,
    User, Verification, WidgetSession, WidgetSettings, WidgetTraffic,
};
use ringproof_verify::send_limits::{AccountSends, AddressSends, NumberSends};

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Records {
    pub(crate) credentials: BTreeMap<String, Account>,
    pub(crate) services: Vec<Service>,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) verifications: BTreeMap<UserId, Verification>,
    pub(crate) guards: BTreeMap<UserId, Guard>,
    pub(crate) numbers: HashMap<NumberKey, NumberSends>,
    pub(crate) accounts: BTreeMap<AccountId, AccountSends>,
    pub(crate) parts: BTreeMap<(AccountId, u16), AccountSends>,
    pub(crate) messages: BTreeMap<MessageId, OutgoingMessage>,
    pub(crate) deliveries: BTreeMap<MessageId, Delivery>,
    pub(crate) confirmations: BTreeMap<(AccountId, VerificationId), Confirmation>,
    pub(crate) trusts: Vec<Trust>,
    pub(crate) blocked: Vec<(AccountId, NumberKey)>,
    pub(crate) addresses: BTreeMap<[u8; 16], AddressSends>,
    pub(crate) balances: BTreeMap<AccountId, Balance>,
    pub(crate) prices: Vec<Price>,
    pub(crate) sms: BTreeMap<SmsId, Sms>,
    pub(crate) reports: BTreeMap<ReportId, Report>,
    pub(crate) references: Vec<Reference>,
    pub(crate) orphans: Vec<Orphan>,
    /// Oldest first, as are the authenticators.
    pub(crate) devices: Vec<Device>,
    pub(crate) authenticators: Vec<Authenticator>,
    pub(crate) prompts: BTreeMap<UserId, Prompts>,
    pub(crate) recovery: BTreeMap<UserId, RecoverySet>,
    /// Nonces that were used, each with the time from which it is too old anyway.
    pub(crate) nonces: Vec<(NonceDigest, Timestamp)>,
    pub(crate) widget_settings: BTreeMap<AccountId, WidgetSettings>,
    pub(crate) widget_sessions: BTreeMap<WidgetSessionId, WidgetSession>,
    pub(crate) widget_traffic: BTreeMap<AccountId, WidgetTraffic>,
}

impl Records {
    fn parts_of(&self, account: Option<AccountId>) -> Vec<(u16, AccountSends)> {
        let of_account = |((of, part), sends): (&(AccountId, u16), &AccountSends)| {
            (Some(*of) == account).then(|| (*part, sends.clone()))
        };
        self.parts.iter().filter_map(of_account).collect()
    }

    pub(crate) fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            self.apply_one(change);
        }
    }

    fn apply_one(&mut self, change: Change) {
        match change {
            Change::PutAccount(a) => drop(self.credentials.insert(a.username.clone(), *a)),
            Change::InsertService(s) => self.services.push(*s),
            Change::DeleteService(id) => self.services.retain(|s| s.id != id),
            Change::InsertUser(u) => assert!(self.users.insert(u.id, *u).is_none()),
            Change::DeleteUser(_, id) => {
                self.users.remove(&id);
                self.verifications.remove(&id);
                self.guards.remove(&id);
                self.forget_app_of(id);
            }
            Change::PutVerification(_, user, v) => drop(self.verifications.insert(user, *v)),
            Change::DeleteVerification(_, user) => drop(self.verifications.remove(&user)),
            Change::PutGuard(_, user, g) if g.is_clean() => drop(self.guards.remove(&user)),
            Change::PutGuard(_, user, g) => drop(self.guards.insert(user, *g)),
            Change::PutNumberSends(number, sends) => drop(self.numbers.insert(number, sends)),
            Change::PutAccountSends(account, sends) => drop(self.accounts.insert(account, sends)),
            Change::PutAccountPart(account, part, sends) => {
                drop(self.parts.insert((account, part), sends));
            }
            Change::QueueMessage(m) => assert!(self.messages.insert(m.id, *m).is_none()),
            Change::UpdateMessage(m) => assert!(self.messages.insert(m.id, *m).is_some()),
            Change::ReleaseLeases(now) => {
                for message in self.messages.values_mut().filter(|m| m.lease != 0) {
                    (message.lease, message.next_at) = (0, now);
                    message.in_doubt = message.in_doubt.max(1);
                }
            }
            Change::DropMessage(id) => drop(self.messages.remove(&id)),
            Change::PutDelivery(d) => self.put_delivery(&d),
            Change::PutReference(r) => self.references.push(*r),
            Change::PutOrphan(o) => self.orphans.push(*o),
            Change::PutConfirmation(c) => drop(self.confirmations.insert((c.account, c.id), *c)),
            Change::PutTrust(t) => {
                self.trusts.retain(|kept| !is_of_same_browser(kept, &t));
                self.trusts.push(*t);
            }
            Change::DropTrusts(account, number) => {
                self.trusts.retain(|t| (t.account, t.number_key) != (account, number));
            }
            Change::PutAddressSends(key, sends) => {
                self.addresses.insert(*key.as_bytes(), sends);
            }
            Change::BlockNumber(b) => self.blocked.push((b.account, b.number_key)),
            Change::UnblockNumber(account, number) => {
                self.blocked.retain(|b| *b != (account, number));
            }
            Change::PutBalance(account, balance) => self.put_balance(account, balance),
            Change::ReplacePrices(prices) => self.prices = prices,
            Change::PutSms(sms) => drop(self.sms.insert(sms.id, *sms)),
            Change::QueueReport(r) => assert!(self.reports.insert(r.id, *r).is_none()),
            Change::UpdateReport(r) => assert!(self.reports.insert(r.id, *r).is_some()),
            Change::DropReport(id) => assert!(self.reports.remove(&id).is_some()),
            Change::PutWidgetSettings(s) => drop(self.widget_settings.insert(s.account, *s)),
            Change::PutWidgetSession(s) => drop(self.widget_sessions.insert(s.id, *s)),
            Change::PutWidgetTraffic(account, traffic) => {
                self.widget_traffic.insert(account, traffic);
            }
            Change::PutDevice(_)
            | Change::DeleteDevice(_)
            | Change::PutAuthenticator(_)
            | Change::DeleteAuthenticator(..)
            | Change::PutPrompts(_)
            | Change::PutRecovery(_)
            | Change::UseNonce(..)
            | Change::ForgetNonces(_) => self.apply_app(change),
            forgetting => self.forget(forgetting),
        }
    }

    fn forget(&mut self, change: Change) {
        match change {
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
            Change::ForgetConfirmation(account, id, before) => {
                let key = (account, id);
                if self.confirmations.get(&key).is_some_and(|c| c.forget_at <= before) {
                    self.confirmations.remove(&key);
                }
            }
            Change::ForgetTrust(account, number, cookie, before) => {
                let is_it =
                    |t: &Trust| (t.account, t.number_key, t.cookie) == (account, number, cookie);
                self.trusts.retain(|t| !(is_it(t) && t.created_at <= before));
            }
            Change::ForgetAddress(key, before) => {
                if self.addresses.get(key.as_bytes()).is_some_and(|a| a.last_at() <= before) {
                    self.addresses.remove(key.as_bytes());
                }
            }
            Change::ForgetReferences(before, orphans_before) => {
                self.references.retain(|r| r.created_at > before);
                self.orphans.retain(|o| o.created_at > orphans_before);
            }
            Change::ForgetWidgetSessions(before) => {
                self.widget_sessions.retain(|_, s| s.created_at >= before);
            }
            Change::ForgetSmsText(id) => {
                if let Some(sms) = self.sms.get_mut(&id) {
                    sms.kept_text = KeptText::Nothing;
                }
            }
            Change::ForgetSms(id) => drop(self.sms.remove(&id)),
            other => unreachable!("apply_one knows {other:?}"),
        }
    }

    /// What became of a message is said once for each gateway that took it; only
    /// a receipt adds to it, and only a late answer ends a doubt.
    fn put_delivery(&mut self, new: &Delivery) {
        let Some(old) = self.deliveries.insert(new.message, new.clone()) else { return };
        if new.trail != old.trail {
            if is_doubt_ended(&old.trail, &new.trail) {
                // A hand-over that was lost stays in doubt, whatever gateways say.
                let was_lost = old.attempts as usize > old.trail.iter().count();
                let left = old.in_doubt - u32::from(!was_lost || new.in_doubt < old.in_doubt);
                assert_eq!((new.in_doubt, new.receipt), (left, old.receipt));
                return;
            }
            assert!(new.trail.to_string().starts_with(&old.trail.to_string()), "{new:?} {old:?}");
            return;
        }
        let Delivery { receipt, cause, .. } = *new;
        let (parts, code) = (new.parts.clone(), new.code.clone());
        let told = Delivery { receipt, cause, parts, code, ..old.clone() };
        assert_eq!(told, *new, "only what a receipt says is new");
        let strength = |d: &Delivery| d.receipt.map_or(0, |(state, _)| state.strength());
        let says_more = strength(new) > strength(&old);
        assert!(says_more || new.parts != old.parts, "{new:?} after {old:?}");
    }

    /// No rule may ever leave an account with less than it has set aside.
    fn put_balance(&mut self, account: AccountId, balance: Balance) {
        assert!(0 <= balance.reserved && balance.reserved <= balance.amount, "{balance:?}");
        self.balances.insert(account, balance);
    }
}

/// Whether a trail is the other one, but for the end of one hand-over in doubt.
fn is_doubt_ended(old: &Trail, new: &Trail) -> bool {
    let gateways: Vec<&str> = old.iter().map(|(gateway, _)| gateway).collect();
    let ends = HandOver::ALL.map(Some).into_iter().chain([None]);
    ends.filter(|end| *end != Some(HandOver::InDoubt)).any(|end| {
        gateways.iter().any(|gateway| {
            let mut ended = old.clone();
            ended.resolve(gateway, end) && ended == *new
        })
    })
}

fn is_of_same_browser(one: &Trust, other: &Trust) -> bool {
    let key = |t: &Trust| (t.account, t.number_key, t.cookie);
    key(one) == key(other)
}
