//! Passwords that people chose: Argon2id, few at a time, remembered for five
//! minutes.
//!
//! A hash costs some 30 ms and 19 MiB by design, so a flood of wrong passwords
//! must not take the machine: as many hashes run as there are cores, a short
//! queue waits at most two seconds (D-36). What was right is remembered under
//! a key of this process, so that the next call costs nothing (S-56).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};
use verify::Entropy;
use verify::entropy::draw;
use verify::ids::AccountId;
use verify::keys::{ApiSecretDigest, Keyring, RootKey};
use zeroize::Zeroizing;

/// How long a right password is remembered (S-56).
const REMEMBERED_FOR: Duration = Duration::from_mins(5);

/// Checks that may wait for a core (D-36).
const QUEUE_MAX: usize = 32;

/// How long a check may wait for a core (D-36).
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Every check was taken by others; the caller tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// Checks chosen passwords.
pub struct Passwords {
    cores: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// Digests the presented password; the key dies with the process.
    memory_key: Keyring,
    remembered: Mutex<HashMap<AccountId, Remembered>>,
    /// A hash that no password has, for callers who must not learn that there
    /// is no such account. Made when it is first needed: it costs 30 ms.
    nobody: Arc<OnceLock<String>>,
    nobody_salt: [u8; SALT_BYTES],
}

struct Remembered {
    hash: String,
    digest: ApiSecretDigest,
    until: Instant,
}

impl Passwords {
    /// Sets up for a machine with so many cores.
    pub fn new(cores: usize, entropy: &mut dyn Entropy) -> Self {
        Self {
            cores: Arc::new(Semaphore::new(cores.max(1))),
            queue: Arc::new(Semaphore::new(cores.max(1) + QUEUE_MAX)),
            memory_key: Keyring::new(&RootKey::from_bytes(draw(entropy))),
            remembered: Mutex::default(),
            nobody: Arc::default(),
            nobody_salt: draw(entropy),
        }
    }

    /// Waits for a core to hash on.
    ///
    /// # Errors
    /// [`Busy`] if too many wait, or none was free in time.
    pub async fn core(&self) -> Result<Core, Busy> {
        let _place = self.queue.try_acquire().map_err(|_| Busy)?;
        let core = timeout(WAIT_MAX, self.cores.clone().acquire_owned()).await;
        core.map_err(|_| Busy)?.map(Core).map_err(|_| Busy)
    }

    /// Whether `password` was found right for this hash a short while ago.
    pub fn remembers(&self, account: AccountId, hash: &str, password: &str) -> bool {
        let digest = self.memory_key.api_secret_digest(account, password);
        let memory = self.memory();
        let Some(kept) = memory.get(&account) else { return false };
        kept.hash == hash && Instant::now() < kept.until && kept.digest == digest
    }

    /// Whether `password` is the one that `hash` was made of; slow.
    pub async fn matches(
        &self,
        core: Core,
        account: AccountId,
        hash: &str,
        password: &str,
    ) -> bool {
        let kept = hash.to_owned();
        let is_right = slowly_matches(core, move || kept, password).await;
        if is_right {
            let digest = self.memory_key.api_secret_digest(account, password);
            let until = Instant::now() + REMEMBERED_FOR;
            let remembered = Remembered { hash: hash.to_owned(), digest, until };
            self.memory().insert(account, remembered);
        }
        is_right
    }

    /// Spends what a check costs, for nobody (S-57).
    pub async fn matches_nobody(&self, core: Core, password: &str) {
        let (nobody, salt) = (self.nobody.clone(), self.nobody_salt);
        let hash = move || nobody.get_or_init(|| hash_salted("", &salt)).clone();
        slowly_matches(core, hash, password).await;
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A core that nobody else hashes on meanwhile.
pub struct Core(OwnedSemaphorePermit);

#[expect(clippy::disallowed_methods, reason = "hashing takes a core, and `Core` bounds how many")]
async fn slowly_matches(
    core: Core,
    hash: impl FnOnce() -> String + Send + 'static,
    password: &str,
) -> bool {
    let password = Zeroizing::new(password.to_owned());
    let checked = tokio::task::spawn_blocking(move || {
        let hash = hash();
        let is_right = PasswordHash::new(&hash)
            .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
        drop(core.0);
        is_right
    });
    checked.await.unwrap_or(false)
}

/// The parameters of D-36.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).expect("the parameters of D-36 are in range");
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
}

const SALT_BYTES: usize = 16;

/// Hashes a chosen password for the store; gives the PHC form.
pub fn hash(password: &str, entropy: &mut dyn Entropy) -> String {
    hash_salted(password, &draw::<SALT_BYTES>(entropy))
}

fn hash_salted(password: &str, salt: &[u8; SALT_BYTES]) -> String {
    let hashed = argon2().hash_password_with_salt(password.as_bytes(), salt);
    hashed.expect("the parameters and the salt are in range").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use verify::entropy::SeededEntropy;

    #[tokio::test]
    async fn the_right_password_is_known_again_and_others_are_not() {
        let mut entropy = SeededEntropy::new(1);
        let passwords = Passwords::new(1, &mut entropy);
        let hash = hash("s3cr3t:pw", &mut entropy);
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let account = AccountId::from_i64(1);
        let core = || async { passwords.core().await.unwrap_or_else(|_| panic!("a core is free")) };
        assert!(!passwords.matches(core().await, account, &hash, "s3cr3t:pW").await);
        assert!(!passwords.remembers(account, &hash, "s3cr3t:pW"));
        assert!(passwords.matches(core().await, account, &hash, "s3cr3t:pw").await);
        assert!(passwords.remembers(account, &hash, "s3cr3t:pw"));
        assert!(!passwords.remembers(account, "another hash", "s3cr3t:pw"), "a change forgets");
        passwords.matches_nobody(core().await, "").await;
    }
}
