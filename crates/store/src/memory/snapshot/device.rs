//! Devices, and what belongs to them.

use verify::engine::{AuthenticatorsOf, Keys, Snapshot};
use verify::keys::NumberKey;
use verify::limits::ENTRIES_PER_NUMBER_MAX;
use verify::record::{Authenticator, Device, Entry, User};

use crate::memory::Records;

impl Records {
    pub(super) fn load_devices(&self, keys: &Keys, s: &mut Snapshot) {
        self.load_devices_of_user(keys, s);
        let of_device = keys.device.and_then(|id| self.devices.get(&id)).map(|d| d.number_key);
        let of_confirmation = s.confirmation.as_ref().map(|c| c.number_key);
        let of_user = s.user.as_ref().map(|user| user.number_key);
        let with_devices = [
            of_device,
            keys.devices_of_number,
            of_confirmation.filter(|_| keys.devices_of_confirmation),
            of_user.filter(|_| keys.devices_of_user),
        ];
        let is_asked_for = |device: &&Device| with_devices.contains(&Some(device.number_key));
        s.devices = self.devices.values().filter(is_asked_for).cloned().collect();
        s.devices.sort_by_key(|device| (device.created_at, device.id));
        let with_entries = [
            of_device.filter(|_| keys.entries_of_device || keys.entries_of_number),
            keys.devices_of_number.filter(|_| keys.entries_of_number),
            of_confirmation.filter(|_| keys.entries_of_number),
        ];
        s.entries = self.entries(&with_entries);
        if let Some(nonce) = keys.nonce {
            s.is_nonce_used = self.nonces.contains_key(nonce.as_bytes());
        }
    }

    fn load_devices_of_user(&self, keys: &Keys, s: &mut Snapshot) {
        let is_of_user = |a: &Authenticator, user: &User| {
            let is_asked_for = match keys.authenticators {
                AuthenticatorsOf::Nobody => false,
                AuthenticatorsOf::Confirmed => user.devices_active > 0 && a.confirmed_at.is_some(),
                AuthenticatorsOf::All => true,
            };
            is_asked_for && (a.service, a.user) == (user.service, user.id)
        };
        let device = keys.device.filter(|_| keys.entries_of_device);
        let is_asked_for = |a: &&Authenticator| {
            s.user.as_ref().is_some_and(|user| is_of_user(a, user))
                || (device.is_some() && a.device == device)
        };
        let mut found: Vec<Authenticator> =
            self.authenticators.values().filter(is_asked_for).cloned().collect();
        found.sort_by_key(|a| (a.created_at, a.id, a.service, a.user));
        s.authenticators = found;
        let Some(key) = s.user.as_ref().map(|user| (user.service, user.id)) else { return };
        if keys.devices_of_user {
            s.prompts = self.prompts.get(&key).cloned();
        }
        if keys.recovery_of_user {
            s.recovery = self.recovery.get(&key).cloned();
        }
    }

    /// The users of these numbers, oldest first.
    fn entries(&self, numbers: &[Option<NumberKey>]) -> Vec<Entry> {
        let users = self.users.values().filter(|user| numbers.contains(&Some(user.number_key)));
        let mut users: Vec<&User> = users.collect();
        users.sort_by_key(|user| (user.created_at, user.id, user.service));
        let entry = |user: &User| {
            let service = self.services.get(&user.service)?;
            Some(Entry {
                account: service.account,
                issuer: service.name.clone(),
                user: user.clone(),
                prompts: self.prompts.get(&(user.service, user.id)).cloned(),
            })
        };
        users.into_iter().filter_map(entry).take(ENTRIES_PER_NUMBER_MAX).collect()
    }
}
