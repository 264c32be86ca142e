//! What a rule may see: only what it asked for.

use ringproof_verify::engine::{Due, DueMessage, Keys, Snapshot};
use ringproof_verify::ids::{AccountId, ServiceId, SmsId, UserId};
use ringproof_verify::keys::NumberKey;
use ringproof_verify::record::{
    Orphan, OutgoingMessage, Purpose, Reference, Report, ReportKind, Sms, SmsState, User,
};

use super::Records;

impl Records {
    /// The records that the keys name.
    pub(crate) fn snapshot(&self, keys: &Keys) -> Snapshot {
        let user = keys.user.and_then(|(service, id)| self.user(service, id)).cloned();
        let service = |&(account, id): &(AccountId, ServiceId)| {
            self.services.iter().find(|s| s.account == account && s.id == id).cloned()
        };
        let named = |(account, name): &(AccountId, String)| {
            self.services.iter().find(|s| s.account == *account && s.name == *name).cloned()
        };
        let by_login = |(service, login): &(ServiceId, String)| {
            self.users.values().find(|u| u.service == *service && u.login == *login).cloned()
        };
        let mut s = Snapshot {
            account: keys.account_name.as_ref().and_then(|n| self.credentials.get(n)).cloned(),
            service: keys.service.as_ref().and_then(service),
            service_named: keys.service_name.as_ref().and_then(named),
            has_users: keys.has_users.is_some_and(|s| self.users.values().any(|u| u.service == s)),
            user,
            user_by_login: keys.login.as_ref().and_then(by_login),
            account_sends: keys
                .account_sends
                .and_then(|id| self.accounts.get(&id))
                .cloned()
                .unwrap_or_default(),
            ..Snapshot::default()
        };
        self.load_verification(keys, &mut s);
        self.load_number(keys, &mut s);
        self.load_app(keys, &mut s);
        let kept = |key: &[u8; 16]| self.addresses.get(key).cloned().unwrap_or_default();
        s.addresses = keys.addresses.iter().map(|key| kept(key.as_bytes())).collect();
        self.load_widget(keys, &mut s);
        self.load_messages(keys, &mut s);
        self.load_sms(keys, &mut s);
        s.reports = keys.due_reports.map(|due| self.due_reports(due)).unwrap_or_default();
        s.reports.extend(keys.report.and_then(|id| self.reports.get(&id)).cloned());
        s
    }

    fn load_verification(&self, keys: &Keys, s: &mut Snapshot) {
        s.confirmation = keys.confirmation.and_then(|key| self.confirmations.get(&key)).cloned();
        let of_user = s.user.as_ref().map(|u| u.id);
        let of_confirmation = s.confirmation.as_ref().map(|c| c.user);
        let subject = of_user.or(keys.subject.map(|(_, user)| user)).or(of_confirmation);
        s.verification = subject.and_then(|id| self.verifications.get(&id)).cloned();
        s.guard = subject.and_then(|id| self.guards.get(&id)).cloned().unwrap_or_default();
        let last = s.verification.as_ref().and_then(|v| v.last_message);
        if let Some(last) = last.filter(|_| s.confirmation.is_some()) {
            s.delivery = self.deliveries.get(&last).cloned();
            s.messages.extend(self.messages.get(&last).cloned());
        }
        let of_subject = keys.confirmation_of_subject.zip(s.verification.as_ref().map(|v| v.id));
        if let Some(key) = of_subject {
            s.confirmation = self.confirmations.get(&key).cloned();
        }
    }

    fn load_number(&self, keys: &Keys, s: &mut Snapshot) {
        let of_user = s.user.as_ref().map(|u| u.number_key);
        let of_confirmation = s.confirmation.as_ref().map(|c| c.number_key);
        let counted: Option<NumberKey> = keys
            .number
            .or(of_user.filter(|_| keys.number_of_user))
            .or(of_confirmation.filter(|_| keys.number_of_confirmation));
        s.number_sends = counted.and_then(|n| self.numbers.get(&n)).cloned().unwrap_or_default();
        let number = keys.number.or(of_user).or(of_confirmation);
        let blocked = keys.blocked_for.zip(number);
        s.is_blocked = blocked.is_some_and(|key| self.blocked.contains(&key));
        s.trust = keys.trust.and_then(|key| {
            self.trusts.iter().find(|t| (t.account, t.number_key, t.cookie) == key).cloned()
        });
    }

    fn load_widget(&self, keys: &Keys, s: &mut Snapshot) {
        let account = s.account.as_ref().filter(|_| keys.widget_settings);
        s.widget_settings = account.and_then(|a| self.widget_settings.get(&a.id)).cloned();
        s.widget_session =
            keys.widget_session.and_then(|id| self.widget_sessions.get(&id)).cloned();
        let traffic = keys.widget_traffic.and_then(|account| self.widget_traffic.get(&account));
        s.widget_traffic = traffic.cloned().unwrap_or_default();
    }

    fn load_messages(&self, keys: &Keys, s: &mut Snapshot) {
        s.messages.extend(keys.messages.iter().filter_map(|id| self.messages.get(id)).cloned());
        let held = keys.held.iter().filter_map(|id| self.messages.get(id));
        s.held = held.map(|m| self.with_verification(m)).collect();
        s.due = self.due(keys);
        if let Some(id) = keys.delivery {
            s.delivery = self.deliveries.get(&id).cloned();
        }
        if keys.confirmation_of_delivery {
            let of_delivery = s.delivery.as_ref().map(|d| (d.account, d.purpose));
            let of_message = s.messages.first().map(|m| (m.account, m.purpose));
            let key = of_delivery.or(of_message).and_then(|(a, p)| Some((a, p.verification()?)));
            s.confirmation = key.and_then(|key| self.confirmations.get(&key).cloned());
        }
        if let Some(query) = &keys.references {
            let of_form = |form: &String| {
                let is_meant = |r: &&Reference| {
                    r.gateway == query.gateway && r.form == *form && r.created_at > query.since
                };
                let found: Vec<_> = self.references.iter().filter(is_meant).cloned().collect();
                (!found.is_empty()).then_some(found)
            };
            s.references = query.forms.iter().find_map(of_form).unwrap_or_default();
        }
        for (gateway, forms) in &keys.orphans {
            let of_form = |form: &String| {
                let is_meant = |o: &&Orphan| o.gateway == *gateway && o.form == *form;
                let found: Vec<_> = self.orphans.iter().filter(is_meant).cloned().collect();
                (!found.is_empty()).then_some(found)
            };
            s.orphans.extend(forms.iter().find_map(of_form).unwrap_or_default());
        }
    }

    fn user(&self, service: ServiceId, id: UserId) -> Option<&User> {
        self.users.get(&id).filter(|u| u.service == service)
    }

    fn due(&self, keys: &Keys) -> Vec<DueMessage> {
        let Some(due) = keys.due else { return Vec::new() };
        self.messages
            .values()
            .filter(|m| m.next_at <= due.now && !m.is_kept)
            .take(due.limit as usize)
            .map(|m| self.with_verification(m))
            .collect()
    }

    fn with_verification(&self, message: &OutgoingMessage) -> DueMessage {
        let verification = match message.purpose {
            Purpose::Code { user, .. } => self.verifications.get(&user).cloned(),
            Purpose::Text(_) => None,
        };
        DueMessage { message: message.clone(), verification }
    }

    fn load_sms(&self, keys: &Keys, s: &mut Snapshot) {
        let of_account = |&(account, id): &(AccountId, SmsId)| {
            self.sms.get(&id).filter(|sms| sms.account == account).cloned()
        };
        s.sms.extend(keys.sms.as_ref().and_then(of_account));
        if let Some((number, at)) = keys.scheduled_near {
            let near = self.sms.values().filter(|sms| {
                let apart = sms.send_at.duration_since(at).unsigned_abs().as_secs();
                sms.state == SmsState::Scheduled && sms.number_key == number && apart < 86_400
            });
            s.scheduled_near = u32::try_from(near.count()).expect("they are few");
        }
        s.sms.extend(keys.due_sms.map(|due| self.due_sms(due)).unwrap_or_default());
        let of_messages = s.messages.iter().map(|m| m.purpose);
        let of_due = s.due.iter().chain(&s.held).map(|due| due.message.purpose);
        let of_delivery = s.delivery.iter().map(|delivery| delivery.purpose);
        let purposes: Vec<Purpose> = of_messages.chain(of_due).chain(of_delivery).collect();
        for id in purposes.iter().filter_map(Purpose::sms) {
            if s.sms(id).is_none() {
                s.sms.extend(self.sms.get(&id).cloned());
            }
        }
        let mut accounts: Vec<AccountId> = s.sms.iter().map(|sms| sms.account).collect();
        accounts.extend(keys.balance);
        accounts.sort_unstable();
        accounts.dedup();
        let balance = |account| Some((account, *self.balances.get(&account)?));
        s.balances = accounts.into_iter().filter_map(balance).collect();
    }

    fn due_sms(&self, due: Due) -> Vec<Sms> {
        let is_due = |sms: &&Sms| sms.state == SmsState::Scheduled && sms.send_at <= due.now;
        let mut found: Vec<Sms> = self.sms.values().filter(is_due).cloned().collect();
        found.sort_by_key(|sms| (sms.send_at, sms.id));
        found.truncate(due.limit as usize);
        found
    }

    fn due_reports(&self, due: Due) -> Vec<Report> {
        let is_first = |report: &&Report| match told(report) {
            None => true,
            sms => self.reports.values().find(|r| told(r) == sms).map(|r| r.id) == Some(report.id),
        };
        let found = self.reports.values().filter(|r| r.next_at <= due.now).filter(is_first);
        found.take(due.limit as usize).cloned().collect()
    }
}

/// The message that a report tells of.
fn told(report: &Report) -> Option<SmsId> {
    match report.kind {
        ReportKind::Delivery { sms, .. } => Some(sms),
        ReportKind::Inbound { .. } | ReportKind::Event { .. } => None,
    }
}
