//! Writing devices, and what belongs to them.

use verify::Timestamp;
use verify::ids::{AuthenticatorId, DeviceId};
use verify::limits::NONCES_FORGOTTEN_MAX;
use verify::record::{Authenticator, Prompts, RecoverySet};

use crate::memory::{Records, UserKey};

impl Records {
    pub(super) fn delete_device(&mut self, id: DeviceId) {
        self.devices.remove(&id);
        let is_of_device = |a: &Authenticator| a.device == Some(id);
        let removed = self.authenticators.extract_if(.., |_, a| is_of_device(a));
        let confirmed = removed.filter(|(_, a)| a.confirmed_at.is_some());
        let users: Vec<UserKey> = confirmed.map(|((user, _), _)| user).collect();
        for user in users {
            self.count_authenticators(user);
        }
    }

    pub(super) fn put_authenticator(&mut self, authenticator: Authenticator) {
        let user = (authenticator.service, authenticator.user);
        if !self.users.contains_key(&user) {
            return;
        }
        let is_confirmed = authenticator.confirmed_at.is_some();
        let before = self.authenticators.insert((user, authenticator.id), authenticator);
        if before.is_some_and(|a| a.confirmed_at.is_some()) != is_confirmed {
            self.count_authenticators(user);
        }
    }

    pub(super) fn delete_authenticator(&mut self, user: UserKey, id: AuthenticatorId) {
        let removed = self.authenticators.remove(&(user, id));
        if removed.is_some_and(|a| a.confirmed_at.is_some()) {
            self.count_authenticators(user);
        }
    }

    fn count_authenticators(&mut self, key: UserKey) {
        let of_user = self.authenticators.iter().filter(|((user, _), _)| *user == key);
        let confirmed = of_user.filter(|(_, a)| a.confirmed_at.is_some()).count();
        if let Some(user) = self.users.get_mut(&key) {
            user.devices_active = u32::try_from(confirmed).unwrap_or(u32::MAX);
        }
    }

    pub(super) fn put_prompts(&mut self, prompts: Prompts) {
        let user = (prompts.service, prompts.user);
        if self.users.contains_key(&user) {
            self.prompts.insert(user, prompts);
        }
    }

    pub(super) fn put_recovery(&mut self, set: RecoverySet) {
        let user = (set.service, set.user);
        if set.digests.is_empty() {
            self.recovery.remove(&user);
        } else if self.users.contains_key(&user) {
            self.recovery.insert(user, set);
        }
    }

    pub(super) fn forget_nonces(&mut self, now: Timestamp) {
        let old = self.nonces.iter().filter(|(_, until)| **until <= now);
        let mut old: Vec<_> = old.map(|(digest, until)| (*until, *digest)).collect();
        old.sort_unstable();
        for (_, digest) in old.into_iter().take(NONCES_FORGOTTEN_MAX as usize) {
            self.nonces.remove(&digest);
        }
    }

    /// What a user takes along. A device stays: it belongs to the number.
    pub(super) fn delete_devices_of_user(&mut self, key: UserKey) {
        self.authenticators.retain(|(user, _), _| *user != key);
        self.prompts.remove(&key);
        self.recovery.remove(&key);
    }
}
