//! Writing what a rule decided.

use verify::Timestamp;
use verify::engine::Change;
use verify::guard::Guard;
use verify::ids::ServiceId;
use verify::limits::{ORPHANS_PER_GATEWAY_MAX, ORPHANS_SPARED};
use verify::phone::Country;
use verify::record::{
    Account, BindPlace, GatewayView, Orphan, OutgoingMessage, Price, Report, Service, User,
};

use super::{Records, UserKey};
use crate::fault::Fault;

mod device;
mod forget;
mod traffic;
mod widget;

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
            Change::QueueMessage(new) => {
                let id = new.id;
                let is_queued = |c: &Change| matches!(c, Change::QueueMessage(m) if m.id == id);
                let is_dropped = |c: &Change| matches!(c, Change::DropMessage(m) if *m == id);
                is_there(self.outbox.contains_key(&id), earlier, is_queued, is_dropped)
            }
            Change::QueueReport(new) => {
                let id = new.id;
                let is_queued = |c: &Change| matches!(c, Change::QueueReport(r) if r.id == id);
                let is_dropped = |c: &Change| matches!(c, Change::DropReport(r) if *r == id);
                is_there(self.reports.contains_key(&id), earlier, is_queued, is_dropped)
            }
            Change::ReplacePrices(lines) => has_twins(lines),
            Change::PutBalance(_, new) => new.reserved < 0 || new.amount < new.reserved,
            _ => false,
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::PutAccount(account) => self.put_account(*account),
            Change::PutWidgetSettings(settings) => self.put_widget_settings(*settings),
            Change::PutWidgetSession(s) => drop(self.widget_sessions.insert(s.id, *s)),
            Change::PutWidgetTraffic(account, traffic) => {
                self.widget_traffic.insert(account, traffic);
            }
            Change::ForgetWidgetSessions(before) => self.forget_widget_sessions(before),
            Change::InsertService(service) => drop(self.services.insert(service.id, *service)),
            Change::DeleteService(id) => self.delete_service(id),
            Change::InsertUser(user) => drop(self.users.insert((user.service, user.id), *user)),
            Change::PutDevice(device) => drop(self.devices.insert(device.id, *device)),
            Change::DeleteDevice(id) => self.delete_device(id),
            Change::PutAuthenticator(authenticator) => self.put_authenticator(*authenticator),
            Change::DeleteAuthenticator(service, user, id) => {
                self.delete_authenticator((service, user), id);
            }
            Change::PutPrompts(prompts) => self.put_prompts(*prompts),
            Change::PutRecovery(set) => self.put_recovery(*set),
            Change::UseNonce(nonce, until) => drop(self.nonces.insert(*nonce.as_bytes(), until)),
            Change::ForgetNonces(now) => self.forget_nonces(now),
            Change::DeleteUser(service, user) => self.delete_user((service, user)),
            Change::PutVerification(service, user, v) => {
                self.verifications.insert((service, user), *v);
            }
            Change::DeleteVerification(service, user) => {
                self.verifications.remove(&(service, user));
            }
            Change::PutGuard(service, user, guard) => self.put_guard((service, user), *guard),
            Change::PutNumberSends(number, sends) => {
                self.number_sends.insert(*number.as_bytes(), sends);
            }
            Change::PutAccountSends(id, sends) => drop(self.account_sends.insert(id, sends)),
            Change::PutAccountPart(id, part, sends) => {
                self.account_parts.insert((id, part), sends);
            }
            Change::PutAddressSends(key, sends) => {
                self.address_sends.insert(*key.as_bytes(), sends);
            }
            Change::PutConfirmation(c) => drop(self.confirmations.insert((c.account, c.id), *c)),
            Change::PutTrust(t) => {
                let number = (t.account, *t.number_key.as_bytes());
                self.trusts.insert((number, *t.cookie.as_bytes()), *t);
            }
            Change::DropTrusts(account, number) => {
                self.trusts.retain(|(of, _), _| *of != (account, *number.as_bytes()));
            }
            Change::BlockNumber(blocked) => {
                let key = (blocked.account, *blocked.number_key.as_bytes());
                self.blocked.entry(key).or_insert(*blocked);
            }
            Change::UnblockNumber(account, number) => {
                self.blocked.remove(&(account, *number.as_bytes()));
            }
            Change::PutBalance(account, balance) => drop(self.balances.insert(account, balance)),
            Change::ReplacePrices(prices) => self.replace_prices(prices),
            Change::PutSms(sms) => drop(self.sms.insert(sms.id, *sms)),
            Change::QueueReport(report) => drop(self.reports.insert(report.id, *report)),
            Change::UpdateReport(report) => self.update_report(&report),
            Change::DropReport(id) => drop(self.reports.remove(&id)),
            Change::QueueMessage(message) => drop(self.outbox.insert(message.id, *message)),
            Change::UpdateMessage(message) => self.update_message(&message),
            Change::ReleaseLeases(now) => self.release_leases(now),
            Change::ReleaseReports(now) => self.release_reports(now),
            Change::DropMessage(id) => drop(self.outbox.remove(&id)),
            Change::PutDelivery(d) => drop(self.deliveries.insert(d.message, *d)),
            Change::PutReference(r) => {
                let key = (r.gateway.clone(), r.form.clone(), r.message, r.part);
                self.references.insert(key, *r);
            }
            Change::PutOrphan(orphan) => self.put_orphan(*orphan),
            Change::ForgetReferences(before, orphans_before) => {
                self.references.retain(|_, r| r.created_at > before);
                self.orphans.retain(|_, o| o.created_at > orphans_before);
            }
            Change::PauseGateway(pause) => {
                self.gateway_pauses.entry(pause.gateway.clone()).or_insert(pause);
            }
            Change::ResumeGateway(name) => drop(self.gateway_pauses.remove(&name)),
            Change::PutBindPlace(place) => self.put_bind_place(place),
            Change::DropBindPlace(place) => {
                drop(self.bind_places.remove(&(place.gateway, place.place)));
            }
            Change::PutGatewayViews(node, views) => self.put_views(&node, views),
            Change::PutTrafficAreas(areas) => self.put_traffic_areas(areas),
            Change::ReleaseTraffic(area, service, at) => self.release_traffic(area, service, at),
            Change::ForgetTraffic(before) => self.forget_traffic(before),
            Change::ForgetNumber(number, before) => self.forget_number(number, before),
            Change::ForgetDelivery(id, before) => self.forget_delivery(id, before),
            Change::ForgetConfirmation(account, id, before) => {
                self.forget_confirmation((account, id), before);
            }
            Change::ForgetTrust(account, number, cookie, before) => {
                self.forget_trust((account, number, cookie), before);
            }
            Change::ForgetAddress(key, before) => self.forget_address(key, before),
            Change::ForgetSmsText(id) => self.forget_sms_text(id),
            Change::ForgetSms(id) => drop(self.sms.remove(&id)),
        }
    }

    /// Of each gateway only so many are kept: of more, the oldest go.
    fn put_orphan(&mut self, orphan: Orphan) {
        let gateway = orphan.gateway.clone();
        let key = (gateway.clone(), orphan.form.clone(), orphan.state.as_str());
        self.orphans.insert(key, orphan);
        let (max, spared) = (ORPHANS_PER_GATEWAY_MAX as usize, ORPHANS_SPARED as usize);
        let of_gateway = || self.orphans.iter().filter(|(key, _)| key.0 == gateway);
        if of_gateway().count() <= max {
            return;
        }
        let mut oldest: Vec<_> = of_gateway().map(|(key, o)| (o.created_at, key.clone())).collect();
        oldest.sort();
        let excess = oldest.len() - (max - spared);
        for (_, key) in oldest.drain(..excess) {
            self.orphans.remove(&key);
        }
    }

    fn put_account(&mut self, account: Account) {
        self.accounts_version += 1;
        self.accounts.insert(account.username.clone(), account);
    }

    fn delete_service(&mut self, id: ServiceId) {
        self.services.remove(&id);
        self.delete_traffic_of(id);
    }

    fn delete_user(&mut self, key: UserKey) {
        self.users.remove(&key);
        self.verifications.remove(&key);
        self.guards.remove(&key);
        self.delete_devices_of_user(key);
    }

    fn put_guard(&mut self, key: UserKey, guard: Guard) {
        if guard.is_clean() {
            self.guards.remove(&key);
        } else {
            self.guards.insert(key, guard);
        }
    }

    fn replace_prices(&mut self, prices: Vec<Price>) {
        self.prices = prices;
        self.prices.sort_by(|a, b| line(a).cmp(&line(b)));
        self.prices_version += 1;
    }

    fn update_report(&mut self, report: &Report) {
        if let Some(kept) = self.reports.get_mut(&report.id) {
            kept.attempts = report.attempts;
            kept.next_at = report.next_at;
            kept.lease = report.lease;
        }
    }

    fn put_bind_place(&mut self, place: BindPlace) {
        self.bind_places.insert((place.gateway.clone(), place.place), place);
    }

    fn put_views(&mut self, node: &str, views: Vec<GatewayView>) {
        self.gateway_views.retain(|view| view.node != node);
        self.gateway_views.extend(views);
        self.gateway_views.sort_by_key(|view| (view.gateway.clone(), view.node.clone()));
    }

    fn update_message(&mut self, message: &OutgoingMessage) {
        if let Some(kept) = self.outbox.get_mut(&message.id) {
            kept.attempts = message.attempts;
            kept.in_doubt = message.in_doubt;
            kept.next_at = message.next_at;
            kept.lease = message.lease;
            kept.trail.clone_from(&message.trail);
            kept.is_kept = message.is_kept;
            kept.left_for.clone_from(&message.left_for);
        }
    }

    fn release_reports(&mut self, now: Timestamp) {
        for report in self.reports.values_mut().filter(|r| r.lease != 0) {
            (report.lease, report.next_at) = (0, now);
        }
    }

    fn release_leases(&mut self, now: Timestamp) {
        for message in self.outbox.values_mut().filter(|m| m.lease != 0) {
            (message.lease, message.next_at) = (0, now);
            message.in_doubt = message.in_doubt.max(1);
        }
    }
}

/// Whether something is there after the earlier changes of its step.
fn is_there(
    was_there: bool,
    earlier: &[Change],
    adds: impl Fn(&Change) -> bool,
    removes: impl Fn(&Change) -> bool,
) -> bool {
    earlier.iter().fold(was_there, |is_there, c| adds(c) || (is_there && !removes(c)))
}

/// What a line of the price table must not share with another.
fn line(price: &Price) -> (Country, &str) {
    (price.country, &price.mccmnc)
}

fn has_twins(prices: &[Price]) -> bool {
    let mut lines: Vec<_> = prices.iter().map(line).collect();
    lines.sort_unstable();
    lines.windows(2).any(|pair| pair[0] == pair[1])
}
