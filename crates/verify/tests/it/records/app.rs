//! Devices, authenticators, prompts, recovery codes and nonces.

use ringproof_verify::engine::{AuthenticatorsOf, Change, Keys, Snapshot};
use ringproof_verify::ids::UserId;
use ringproof_verify::keys::NumberKey;
use ringproof_verify::limits::ENTRIES_PER_NUMBER_MAX;
use ringproof_verify::record::{Authenticator, Device, Entry, User};

use super::Records;

impl Records {
    pub(super) fn apply_app(&mut self, change: Change) {
        match change {
            Change::PutDevice(d) => match self.devices.iter_mut().find(|kept| kept.id == d.id) {
                Some(kept) => *kept = *d,
                None => self.devices.push(*d),
            },
            Change::DeleteDevice(id) => {
                self.devices.retain(|d| d.id != id);
                self.authenticators.retain(|a| a.device != Some(id));
            }
            Change::PutAuthenticator(a) => self.put_authenticator(*a),
            Change::DeleteAuthenticator(service, user, id) => {
                let is_it = |a: &Authenticator| (a.service, a.user, a.id) == (service, user, id);
                self.authenticators.retain(|a| !is_it(a));
            }
            Change::PutPrompts(p) => drop(self.prompts.insert(p.user, *p)),
            Change::PutRecovery(set) if set.digests.is_empty() => {
                self.recovery.remove(&set.user);
            }
            Change::PutRecovery(set) => drop(self.recovery.insert(set.user, *set)),
            Change::UseNonce(nonce, until) => {
                assert!(!self.is_nonce_used(&nonce), "a rule took a nonce that was used");
                self.nonces.push((nonce, until));
            }
            Change::ForgetNonces(now) => self.nonces.retain(|(_, until)| *until > now),
            other => unreachable!("apply_one does {other:?}"),
        }
        self.count_authenticators();
    }

    fn put_authenticator(&mut self, new: Authenticator) {
        if !self.users.contains_key(&new.user) {
            return;
        }
        if let Some(kept) = self.authenticators.iter_mut().find(|kept| kept.id == new.id) {
            *kept = new;
            return;
        }
        let of = |a: &Authenticator| (a.service, a.user, a.device);
        let is_double = |a: &Authenticator| a.device.is_some() && of(a) == of(&new);
        assert!(!self.authenticators.iter().any(is_double), "two seeds for one place");
        self.authenticators.push(new);
    }

    fn count_authenticators(&mut self) {
        for user in self.users.values_mut() {
            let of_user = |a: &&Authenticator| a.user == user.id && a.confirmed_at.is_some();
            let confirmed = self.authenticators.iter().filter(of_user).count();
            user.devices_active = u32::try_from(confirmed).expect("they are few");
        }
    }

    pub(super) fn forget_app_of(&mut self, user: UserId) {
        self.authenticators.retain(|a| a.user != user);
        self.prompts.remove(&user);
        self.recovery.remove(&user);
    }

    fn is_nonce_used(&self, nonce: &ringproof_verify::keys::NonceDigest) -> bool {
        self.nonces.iter().any(|(used, _)| used == nonce)
    }

    pub(super) fn load_app(&self, keys: &Keys, s: &mut Snapshot) {
        let user = s.user.clone();
        s.authenticators = user.iter().flat_map(|u| self.of_user(u, keys.authenticators)).collect();
        let of_user = user.as_ref().filter(|_| keys.devices_of_user).map(|u| u.number_key);
        let of_device = keys
            .device
            .and_then(|id| self.devices.iter().find(|d| d.id == id))
            .map(|d| d.number_key);
        let of_confirmation = s.confirmation.as_ref().map(|c| c.number_key);
        let number = of_user
            .or(of_device)
            .or(keys.devices_of_number)
            .or(of_confirmation.filter(|_| keys.devices_of_confirmation));
        s.devices = number.iter().flat_map(|n| self.devices_of(*n)).collect();
        if keys.devices_of_user {
            s.prompts = user.as_ref().and_then(|u| self.prompts.get(&u.id)).cloned();
        }
        if keys.recovery_of_user {
            s.recovery = user.as_ref().and_then(|u| self.recovery.get(&u.id)).cloned();
        }
        if keys.entries_of_device || keys.entries_of_number {
            s.entries = number.or(of_confirmation).map(|n| self.entries(n)).unwrap_or_default();
        }
        if let Some(device) = of_device.and(keys.device).filter(|_| keys.entries_of_device) {
            let of_device = |a: &&Authenticator| a.device == Some(device);
            s.authenticators.extend(self.authenticators.iter().filter(of_device).cloned());
        }
        s.is_nonce_used = keys.nonce.is_some_and(|nonce| self.is_nonce_used(&nonce));
    }

    fn of_user(&self, user: &User, which: AuthenticatorsOf) -> Vec<Authenticator> {
        let is_asked_for = |a: &&Authenticator| match which {
            AuthenticatorsOf::Nobody => false,
            AuthenticatorsOf::Confirmed => a.confirmed_at.is_some(),
            AuthenticatorsOf::All => true,
        };
        let of_user = self.authenticators.iter().filter(|a| a.user == user.id);
        of_user.filter(is_asked_for).cloned().collect()
    }

    pub(crate) fn devices_of(&self, number: NumberKey) -> Vec<Device> {
        self.devices.iter().filter(|d| d.number_key == number).cloned().collect()
    }

    fn entries(&self, number: NumberKey) -> Vec<Entry> {
        let mut users: Vec<&User> =
            self.users.values().filter(|u| u.number_key == number).collect();
        users.sort_by_key(|u| u.created_at);
        users.truncate(ENTRIES_PER_NUMBER_MAX);
        let entry = |user: &User| {
            let service = self.services.iter().find(|s| s.id == user.service)?;
            Some(Entry {
                account: service.account,
                issuer: service.name.clone(),
                user: user.clone(),
                prompts: self.prompts.get(&user.id).cloned(),
            })
        };
        users.into_iter().filter_map(entry).collect()
    }
}
