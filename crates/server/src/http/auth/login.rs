//! The decision whether a caller is who he says he is.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::Store;
use verify::Timestamp;
use verify::ids::AccountId;
use verify::keys::Keyring;
use verify::login_throttle::{LoginLimits, LoginThrottle};
use verify::record::Secret;

use super::accounts::{AccountEntry, Accounts};
use super::header::Credentials;
use super::password::{Busy, Passwords};
use super::shared::{Attempt, Shared};

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
    /// No core was free to hash the password, or a failure could not be counted.
    Busy,
    /// What is known of accounts is too old to let anybody in by it (S-59).
    Outdated,
}

/// The door.
pub struct Logins {
    /// The accounts.
    pub accounts: Accounts,
    keyring: Keyring,
    passwords: Passwords,
    limits: Mutex<LoginLimits>,
    throttle: Arc<Mutex<LoginThrottle>>,
    /// Where several servers count failures together; none if this one is alone.
    shared: Option<Shared>,
}

impl Logins {
    /// Sets the door up.
    pub fn new(
        accounts: Accounts,
        keyring: Keyring,
        passwords: Passwords,
        limits: LoginLimits,
    ) -> Self {
        let (limits, throttle) = (Mutex::new(limits), Arc::default());
        Self { accounts, keyring, passwords, limits, throttle, shared: None }
    }

    /// The same door in one of several servers, which count failures in this store
    /// together.
    #[must_use]
    pub fn shared_by(mut self, store: Store) -> Self {
        self.shared = Some(Shared::new(store, self.keyring.clone(), self.throttle.clone()));
        self
    }

    /// Puts new limits in force.
    pub fn set_limits(&self, limits: LoginLimits) {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Decides. Unknown names and wrong passwords cost the same and answer the
    /// same (S-57). A failure is charged before anything can be learned from
    /// it, so that many logins at once get no more tries than one after another.
    pub async fn login(
        &self,
        credentials: &Credentials<'_>,
        address: IpAddr,
        now: Timestamp,
    ) -> LoginOutcome {
        if self.accounts.are_current() == Some(false) {
            return LoginOutcome::Outdated;
        }
        let found = self.accounts.find(credentials.username);
        let hash = found.as_ref().and_then(|entry| match &entry.account.secret {
            Secret::Chosen(hash) => Some((entry.account.id, hash.clone())),
            Secret::Issued(_) => None,
        });
        let has_hashed = hash.is_some();
        let tried = match hash {
            Some((id, hash)) => self.try_chosen(id, &hash, credentials, address, now).await,
            None => self.try_issued(found.as_deref(), credentials, address, now),
        };
        let tried = match (tried, &self.shared) {
            (Ok(false), _) => {
                let attempt = self.attempt(credentials, address, now);
                self.fail(attempt, credentials.password, has_hashed).await
            }
            // A right one is refused as well while others have used the tries up.
            (Ok(true), Some(shared)) => {
                shared.look(self.attempt(credentials, address, now)).await.map(|()| true)
            }
            (tried, _) => tried,
        };
        match (tried, found) {
            (Ok(true), Some(entry)) if !entry.account.is_enabled => LoginOutcome::Unknown,
            (Ok(true), Some(entry)) if !is_allowed(&entry, address) => {
                LoginOutcome::AddressNotAllowed
            }
            (Ok(true), Some(entry)) if !self.is_still_so(&entry) => LoginOutcome::Outdated,
            (Ok(true), Some(entry)) => LoginOutcome::Known(entry),
            (Ok(_), _) => LoginOutcome::Unknown,
            (Err(outcome), _) => outcome,
        }
    }

    /// Whether an account is what it was when its password was looked at, which may have
    /// taken seconds.
    fn is_still_so(&self, entry: &Arc<AccountEntry>) -> bool {
        let now = self.accounts.by_id(entry.account.id);
        let is_same = |now: Arc<AccountEntry>| {
            now.account.is_enabled && now.account.secret == entry.account.secret
        };
        self.accounts.are_current() != Some(false) && now.is_some_and(is_same)
    }

    /// A password of ours, or no account at all: compared and charged under
    /// one lock.
    fn try_issued(
        &self,
        found: Option<&AccountEntry>,
        credentials: &Credentials<'_>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<bool, LoginOutcome> {
        let limits = self.limits();
        let nobody = AccountId::from_i64(0);
        let id = found.map_or(nobody, |entry| entry.account.id);
        let is_right = {
            let throttled = |until| LoginOutcome::Throttled { until };
            let mut throttle = self.throttle();
            if let Some(until) = throttle.refused_until(now, address, credentials.username, &limits)
            {
                return Err(throttled(until));
            }
            let digest = self.keyring.api_secret_digest(id, credentials.password);
            let kept = found.map(|entry| &entry.account.secret);
            let is_right = matches!(kept, Some(Secret::Issued(kept)) if digest == *kept);
            // The lock is held from the look at the throttle until a wrong one
            // is charged, so nobody slips in between; a right one costs nothing.
            if !is_right {
                throttle.charge(now, address, credentials.username, &limits).map_err(throttled)?;
            }
            is_right
        };
        Ok(is_right)
    }

    /// A password that a person chose: slow, unless it was right a short while
    /// ago. At most as many are charged and not yet decided as there are cores.
    async fn try_chosen(
        &self,
        id: AccountId,
        hash: &str,
        credentials: &Credentials<'_>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<bool, LoginOutcome> {
        let (username, password) = (credentials.username, credentials.password);
        let limits = self.limits();
        let throttled = |until| LoginOutcome::Throttled { until };
        if let Some(until) = self.throttle().refused_until(now, address, username, &limits) {
            return Err(throttled(until));
        }
        if self.passwords.remembers(id, hash, password) {
            return Ok(true);
        }
        let core = self.passwords.core().await.map_err(|Busy| LoginOutcome::Busy)?;
        // Another call may have found it right while this one waited.
        if self.passwords.remembers(id, hash, password) {
            return Ok(true);
        }
        self.throttle().charge(now, address, username, &limits).map_err(throttled)?;
        let is_right = self.passwords.matches(core, id, hash, password).await;
        if is_right {
            self.throttle().succeeded(address, username);
        }
        Ok(is_right)
    }

    /// What is done about a failure before it is answered: it is counted where all servers
    /// count, and unless it has cost a slow hash it costs one now, if any account of this
    /// installation could have cost one.
    async fn fail(
        &self,
        attempt: Attempt,
        password: &str,
        has_hashed: bool,
    ) -> Result<bool, LoginOutcome> {
        // Begun before anything is waited for: a caller that hangs up is counted too.
        let counting = self.shared.as_ref().map(|shared| shared.count(attempt));
        if !has_hashed && self.accounts.has_chosen_password() {
            let core = self.passwords.core().await.map_err(|Busy| LoginOutcome::Busy)?;
            self.passwords.matches_nobody(core, password).await;
        }
        match counting {
            None => Ok(false),
            Some(counting) => counting?.await.unwrap_or(Err(LoginOutcome::Busy)).map(|()| false),
        }
    }

    fn attempt(&self, credentials: &Credentials<'_>, address: IpAddr, now: Timestamp) -> Attempt {
        Attempt { address, name: credentials.username.to_owned(), limits: self.limits(), now }
    }

    fn throttle(&self) -> MutexGuard<'_, LoginThrottle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limits(&self) -> LoginLimits {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_allowed(entry: &AccountEntry, address: IpAddr) -> bool {
    entry.allow_from.is_empty() || entry.allow_from.iter().any(|net| net.contains(&address))
}

#[cfg(test)]
mod tests;
