//! Answers to reads that decide nothing.

use verify::Timestamp;
use verify::engine::sweep::{Stale, StaleBefore};
use verify::ids::{AccountId, ServiceId, VerificationId};
use verify::keys::{AddressKey, NumberKey};
use verify::record::{
    Confirmation, KeptText, OutgoingMessage, Sms, SmsState, TrafficArea, User, Verification,
};

use super::{Records, UserKey, last};
use crate::read::{Expired, Page, Read, ReadAnswer};

impl Records {
    pub(super) fn answer(&self, read: Read) -> ReadAnswer {
        match read {
            Read::Snapshot(keys) => ReadAnswer::Snapshot(Box::new(self.snapshot(&keys))),
            Read::Users(service, page) => self.page(service, page),
            Read::Accounts => {
                let accounts = self.accounts.values().cloned().collect();
                ReadAnswer::Accounts(accounts, self.accounts_version)
            }
            Read::AccountsVersion => ReadAnswer::Version(self.accounts_version),
            Read::WidgetSettings => {
                ReadAnswer::WidgetSettings(self.widget_settings.values().cloned().collect())
            }
            Read::Expired(expired) => ReadAnswer::Expired(self.expired(expired)),
            Read::Stale(before, limit) => {
                ReadAnswer::Stale(Box::new(self.stale(&before, limit as usize)))
            }
            Read::Prices => ReadAnswer::Prices(self.prices.clone(), self.prices_version),
            Read::PricesVersion => ReadAnswer::Version(self.prices_version),
            Read::BlockedNumbers(account) => {
                let of_account = self.blocked.values().filter(|b| b.account == account);
                let mut numbers: Vec<_> = of_account.cloned().collect();
                numbers.sort_by_key(|b| (b.created_at, *b.number_key.as_bytes()));
                ReadAnswer::BlockedNumbers(numbers)
            }
            Read::Repeats(now, limit) => ReadAnswer::Repeats(self.repeats(now, limit as usize)),
            Read::Kept(now, limit) => ReadAnswer::Kept(self.kept(now, limit as usize)),
            Read::GatewayViews => ReadAnswer::GatewayViews(self.gateway_views.clone()),
            Read::GatewayPauses => {
                ReadAnswer::GatewayPauses(self.gateway_pauses.values().cloned().collect())
            }
            Read::TrafficAreas => {
                ReadAnswer::TrafficAreas(self.traffic_areas.values().cloned().collect())
            }
            Read::TrafficHolds(now) => {
                let is_held = |a: &&TrafficArea| a.hold.as_ref().is_some_and(|h| h.until > now);
                let held = self.traffic_areas.values().filter(is_held);
                ReadAnswer::TrafficAreas(held.cloned().collect())
            }
            Read::Living(users) => {
                let found = users.iter().filter_map(|user| self.verifications.get(user));
                ReadAnswer::Living(found.map(|verification| verification.id).collect())
            }
            Read::Time => ReadAnswer::Time(None),
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

    fn repeats(&self, now: Timestamp, limit: usize) -> Vec<(AccountId, VerificationId)> {
        let due = |c: &Confirmation| c.repeat_at.filter(|at| *at <= now);
        let due = self.confirmations.values().filter_map(|c| Some((due(c)?, c.account, c.id)));
        let mut due: Vec<_> = due.collect();
        due.sort_unstable();
        due.into_iter().take(limit).map(|(_, account, id)| (account, id)).collect()
    }

    fn kept(&self, now: Timestamp, limit: usize) -> Vec<OutgoingMessage> {
        let due = self.outbox.values().filter(|m| m.is_kept && m.next_at <= now);
        let mut due: Vec<OutgoingMessage> = due.cloned().collect();
        due.sort_by_key(|message| (message.next_at, message.id));
        due.truncate(limit);
        due
    }

    fn stale(&self, before: &StaleBefore, limit: usize) -> Stale {
        let numbers = self.number_sends.iter().filter(|(_, s)| last(s) <= before.numbers);
        let deliveries = self.deliveries.values().filter(|d| d.ended_at <= before.deliveries);
        let confirmations = self.confirmations.values();
        let confirmations = confirmations.filter(|c| c.forget_at <= before.confirmations);
        let trusts = self.trusts.values().filter(|t| t.created_at <= before.trusts);
        let addresses = self.address_sends.iter().filter(|(_, s)| s.last_at() <= before.addresses);
        let has_text = |m: &&Sms| {
            m.changed_at <= before.sms_texts
                && m.state != SmsState::Scheduled
                && m.kept_text != KeptText::Nothing
        };
        let is_over = |m: &&Sms| {
            let waits = matches!(m.state, SmsState::Scheduled | SmsState::Queued);
            m.changed_at <= before.sms && !waits
        };
        Stale {
            numbers: numbers.map(|(key, _)| NumberKey::from_bytes(*key)).take(limit).collect(),
            deliveries: deliveries.map(|d| d.message).take(limit).collect(),
            confirmations: confirmations.map(|c| (c.account, c.id)).take(limit).collect(),
            trusts: trusts.map(|t| (t.account, t.number_key, t.cookie)).take(limit).collect(),
            addresses: addresses.map(|(k, _)| AddressKey::from_bytes(*k)).take(limit).collect(),
            sms_texts: self.sms.values().filter(has_text).map(|m| m.id).take(limit).collect(),
            sms: self.sms.values().filter(is_over).map(|m| m.id).take(limit).collect(),
        }
    }
}
