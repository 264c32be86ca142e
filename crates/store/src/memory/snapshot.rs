//! Reading the snapshot that a rule needs.

use verify::engine::{Due, DueMessage, DueOnly, Keys, Snapshot};
use verify::ids::{AccountId, SmsId, VerificationId};
use verify::record::{Orphan, OutgoingMessage, Purpose, Reference, Report, Sms, SmsState};

use super::{Records, UserKey};

mod device;
mod widget;

impl Records {
    pub(super) fn snapshot(&self, keys: &Keys) -> Snapshot {
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
                self.load_subject(key, &mut s);
            }
        }
        if let Some((service, login)) = &keys.login {
            s.user_by_login = self.users_of(*service).find(|u| u.login == *login).cloned();
        }
        if let Some(key) = keys.subject {
            self.load_subject(key, &mut s);
            let id = s.verification.as_ref().map(|v| v.id);
            if let (Some(account), Some(id)) = (keys.confirmation_of_subject, id) {
                s.confirmation = self.confirmations.get(&(account, id)).cloned();
            }
        }
        if let Some(key) = keys.confirmation {
            self.load_confirmation(key, &mut s);
        }
        self.load_number(keys, &mut s);
        self.load_devices(keys, &mut s);
        if let Some((number, at)) = keys.scheduled_near {
            let is_near = |sms: &&Sms| {
                let apart = sms.send_at.duration_since(at).unsigned_abs();
                let waits = sms.state == SmsState::Scheduled && sms.number_key == number;
                waits && apart.as_secs() < 86_400
            };
            let count = self.sms.values().filter(is_near).count();
            s.scheduled_near = u32::try_from(count).unwrap_or(u32::MAX);
        }
        if let Some((account, number, cookie)) = keys.trust {
            let key = ((account, *number.as_bytes()), *cookie.as_bytes());
            s.trust = self.trusts.get(&key).cloned();
        }
        let sends = keys.addresses.iter().map(|key| self.address_sends.get(key.as_bytes()));
        s.addresses = sends.map(|sends| sends.cloned().unwrap_or_default()).collect();
        if let Some(account) = keys.account_sends {
            s.account_sends = self.account_sends.get(&account).cloned().unwrap_or_default();
            let parts = self.account_parts.range((account, 0)..=(account, u16::MAX));
            s.account_parts = parts.map(|((_, part), sends)| (*part, sends.clone())).collect();
        }
        self.load_widget(keys, &mut s);
        self.load_messages(keys, &mut s);
        self.load_sms(keys, &mut s);
        if let Some(due) = keys.due_reports {
            s.reports = self.due_reports(due, &keys.reports_except);
        }
        s.reports.extend(keys.report.and_then(|id| self.reports.get(&id).cloned()));
        s
    }

    fn load_subject(&self, key: UserKey, s: &mut Snapshot) {
        s.verification = self.verifications.get(&key).cloned();
        s.guard = self.guards.get(&key).cloned().unwrap_or_default();
    }

    fn load_number(&self, keys: &Keys, s: &mut Snapshot) {
        let of_user = s.user.as_ref().map(|user| user.number_key);
        let of_confirmation = s.confirmation.as_ref().map(|c| c.number_key);
        let counted = keys
            .number
            .or(of_user.filter(|_| keys.number_of_user))
            .or(of_confirmation.filter(|_| keys.number_of_confirmation));
        if let Some(number) = counted {
            s.number_sends = self.number_sends.get(number.as_bytes()).cloned().unwrap_or_default();
        }
        let number = keys.number.or(of_user).or(of_confirmation);
        if let (Some(account), Some(number)) = (keys.blocked_for, number) {
            s.is_blocked = self.blocked.contains_key(&(account, *number.as_bytes()));
        }
    }

    fn load_confirmation(&self, key: (AccountId, VerificationId), s: &mut Snapshot) {
        s.confirmation = self.confirmations.get(&key).cloned();
        let Some(kept) = &s.confirmation else { return };
        self.load_subject((kept.service, kept.user), s);
        if let Some(last) = s.verification.as_ref().and_then(|v| v.last_message) {
            s.delivery = self.deliveries.get(&last).cloned();
            s.messages.extend(self.outbox.get(&last).cloned());
        }
    }

    fn load_messages(&self, keys: &Keys, s: &mut Snapshot) {
        s.messages.extend(keys.messages.iter().filter_map(|id| self.outbox.get(id).cloned()));
        let held = keys.held.iter().filter_map(|id| self.outbox.get(id));
        s.held = held.map(|m| self.with_verification(m)).collect();
        if let Some(due) = keys.due {
            let is_meant = |m: &&OutgoingMessage| match keys.due_only {
                DueOnly::All => true,
                DueOnly::Codes => m.purpose.sms().is_none(),
                DueOnly::Late => m.deadline <= due.now,
                DueOnly::LateOrInDoubt => {
                    let may_be_out = m.in_doubt > 0 || m.lease != 0;
                    m.deadline <= due.now || m.purpose.sms().is_some() && may_be_out
                }
            };
            let waiting = self.outbox.values().filter(|m| m.next_at <= due.now && !m.is_kept);
            let is_left = |m: &OutgoingMessage| {
                m.left_for.as_ref().is_some_and(|g| keys.due_except.contains(g))
            };
            let waiting = waiting.filter(is_meant).filter(|m| !is_left(m));
            let (codes, texts): (Vec<_>, Vec<_>) = waiting.partition(|m| m.purpose.sms().is_none());
            let in_order = codes.into_iter().chain(texts).take(due.limit as usize);
            s.due = in_order.map(|m| self.with_verification(m)).collect();
        }
        if let Some(id) = keys.delivery {
            s.delivery = self.deliveries.get(&id).cloned();
        }
        if keys.confirmation_of_delivery {
            let of_delivery = s.delivery.as_ref().map(|d| (d.account, d.purpose));
            let of_message = s.messages.first().map(|m| (m.account, m.purpose));
            let purpose = of_delivery.or(of_message);
            let key = purpose.and_then(|(account, p)| Some((account, p.verification()?)));
            s.confirmation = key.and_then(|key| self.confirmations.get(&key).cloned());
        }
        if keys.bind_places {
            s.bind_places = self.bind_places.values().cloned().collect();
        }
        self.load_references(keys, s);
    }

    fn load_references(&self, keys: &Keys, s: &mut Snapshot) {
        if let Some(query) = &keys.references {
            let of_form = |form: &String| {
                let is_meant = |r: &&Reference| {
                    r.gateway == query.gateway && r.form == *form && r.created_at > query.since
                };
                let found: Vec<_> = self.references.values().filter(is_meant).cloned().collect();
                (!found.is_empty()).then_some(found)
            };
            s.references = query.forms.iter().find_map(of_form).unwrap_or_default();
        }
        for (gateway, forms) in &keys.orphans {
            let of_form = |form: &String| {
                let is_meant = |o: &&Orphan| o.gateway == *gateway && o.form == *form;
                let mut found: Vec<_> = self.orphans.values().filter(is_meant).cloned().collect();
                found.sort_by_key(|orphan| orphan.created_at);
                (!found.is_empty()).then_some(found)
            };
            s.orphans.extend(forms.iter().find_map(of_form).unwrap_or_default());
        }
    }

    fn with_verification(&self, message: &OutgoingMessage) -> DueMessage {
        let verification = match message.purpose {
            Purpose::Code { service, user, .. } => self.verifications.get(&(service, user)),
            Purpose::Text(_) => None,
        };
        DueMessage { message: message.clone(), verification: verification.cloned() }
    }

    fn load_sms(&self, keys: &Keys, s: &mut Snapshot) {
        if let Some((account, id)) = keys.sms {
            s.sms.extend(self.sms.get(&id).filter(|sms| sms.account == account).cloned());
        }
        if let Some(due) = keys.due_sms {
            s.sms = self.due_sms(due);
        }
        let of_messages = s.messages.iter().map(|m| &m.purpose);
        let of_due = s.due.iter().chain(&s.held).map(|due| &due.message.purpose);
        let of_delivery = s.delivery.iter().map(|delivery| &delivery.purpose);
        let purposes = of_messages.chain(of_due).chain(of_delivery);
        let ids: Vec<SmsId> = purposes.filter_map(Purpose::sms).collect();
        for id in ids {
            if s.sms(id).is_none() {
                s.sms.extend(self.sms.get(&id).cloned());
            }
        }
        let mut accounts: Vec<AccountId> = s.sms.iter().map(|sms| sms.account).collect();
        accounts.extend(keys.balance);
        accounts.sort_unstable();
        accounts.dedup();
        let balances = accounts.into_iter().filter_map(|a| Some((a, *self.balances.get(&a)?)));
        s.balances = balances.collect();
    }

    fn due_sms(&self, due: Due) -> Vec<Sms> {
        let is_due = |sms: &&Sms| sms.state == SmsState::Scheduled && sms.send_at <= due.now;
        let mut found: Vec<Sms> = self.sms.values().filter(is_due).cloned().collect();
        found.sort_by_key(|sms| (sms.send_at, sms.id));
        found.truncate(due.limit as usize);
        found
    }

    fn due_reports(&self, due: Due, except: &[AccountId]) -> Vec<Report> {
        let is_first = |report: &&Report| {
            let sms = sms_of(report);
            let earlier = self.reports.range(..report.id);
            sms.is_none() || !earlier.into_iter().any(|(_, other)| sms_of(other) == sms)
        };
        let found = self.reports.values().filter(|r| r.next_at <= due.now);
        let found = found.filter(|r| !except.contains(&r.account)).filter(is_first);
        let mut found: Vec<Report> = found.cloned().collect();
        found.sort_by_key(|report| (report.next_at, report.id));
        found.truncate(due.limit as usize);
        found
    }
}

fn sms_of(report: &Report) -> Option<SmsId> {
    match report.kind {
        verify::record::ReportKind::Delivery { sms, .. } => Some(sms),
        verify::record::ReportKind::Inbound { .. } | verify::record::ReportKind::Event { .. } => {
            None
        }
    }
}
