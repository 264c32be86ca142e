//! The decision whether a caller is who he says he is.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use verify::Timestamp;
use verify::keys::Keyring;
use verify::login_throttle::{LoginLimits, LoginThrottle};
use verify::record::Secret;

use super::accounts::{AccountEntry, Accounts};
use super::header::Credentials;
use super::password::{Busy, Passwords};

/// How a login ended.
#[derive(Debug)]
pub enum LoginOutcome {
    /// It is this account.
    Known(Arc<AccountEntry>),
    /// Unknown name, wrong password or disabled account; not told apart.
    Unknown,
    /// Too many failures (D-37); nothing was looked at.
    Throttled {
        /// When it is looked at again.
        until: Timestamp,
    },
    /// The account is known, but not from this address.
    AddressNotAllowed,
    /// No core was free to hash the password.
    Busy,
}

/// The door.
pub struct Logins {
    /// The accounts.
    pub accounts: Accounts,
    keyring: Keyring,
    passwords: Passwords,
    limits: Mutex<LoginLimits>,
    throttle: Mutex<LoginThrottle>,
}

impl Logins {
    /// Sets the door up.
    pub fn new(
        accounts: Accounts,
        keyring: Keyring,
        passwords: Passwords,
        limits: LoginLimits,
    ) -> Self {
        let (limits, throttle) = (Mutex::new(limits), Mutex::default());
        Self { accounts, keyring, passwords, limits, throttle }
    }

    /// Puts new limits in force.
    pub fn set_limits(&self, limits: LoginLimits) {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Decides. Unknown names and wrong passwords cost the same and answer the
    /// same (S-57).
    pub async fn login(
        &self,
        credentials: &Credentials<'_>,
        address: IpAddr,
        now: Timestamp,
    ) -> LoginOutcome {
        let username = credentials.username;
        if let Some(until) = self.throttled(now, address, username) {
            return LoginOutcome::Throttled { until };
        }
        let found = self.accounts.find(username);
        let is_known = match &found {
            Some(entry) => self.is_password_of(entry, credentials.password).await,
            None => Ok(false),
        };
        let entry = match (is_known, found) {
            (Ok(true), Some(entry)) if entry.account.is_enabled => entry,
            (Err(Busy), _) => return LoginOutcome::Busy,
            (Ok(_), found) => {
                return self.refuse(found.as_deref(), credentials, address, now).await;
            }
        };
        let is_allowed = entry.allow_from.is_empty()
            || entry.allow_from.iter().any(|net| net.contains(&address));
        if is_allowed { LoginOutcome::Known(entry) } else { LoginOutcome::AddressNotAllowed }
    }

    async fn is_password_of(&self, entry: &AccountEntry, password: &str) -> Result<bool, Busy> {
        let account = &entry.account;
        match &account.secret {
            Secret::Issued(kept) => {
                Ok(self.keyring.api_secret_digest(account.id, password) == *kept)
            }
            Secret::Chosen(hash) => self.passwords.matches(account.id, hash, password).await,
        }
    }

    /// A refusal that has cost one slow hash if any account of this
    /// installation could have cost one.
    async fn refuse(
        &self,
        found: Option<&AccountEntry>,
        credentials: &Credentials<'_>,
        address: IpAddr,
        now: Timestamp,
    ) -> LoginOutcome {
        let has_hashed = found.is_some_and(|e| matches!(e.account.secret, Secret::Chosen(_)));
        if self.accounts.has_chosen_password() && !has_hashed {
            if self.passwords.matches_nobody(credentials.password).await.is_err() {
                return LoginOutcome::Busy;
            }
        } else if !has_hashed && found.is_none() {
            let nobody = verify::ids::AccountId::from_i64(0);
            std::hint::black_box(self.keyring.api_secret_digest(nobody, credentials.password));
        }
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.failed(now, address, credentials.username);
        LoginOutcome::Unknown
    }

    fn throttled(&self, now: Timestamp, address: IpAddr, username: &str) -> Option<Timestamp> {
        let limits = *self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.refused_until(now, address, username, &limits)
    }
}
