//! Who calls: `X-Service-Auth` and the accounts behind it.
//!
//! * [`header`]: the header's value, strictly parsed (S-55).
//! * [`accounts`]: the accounts in memory, refreshed when the store's change.
//! * [`freshness`]: how old their knowledge may be where several servers share them.
//! * [`password`]: passwords that people chose, hashed with Argon2id (D-36).
//! * [`login`]: the decision, with the throttle of failed logins (D-37).

pub mod accounts;
pub mod freshness;
pub mod header;
pub mod login;
pub mod password;
mod shared;

pub use accounts::{AccountAdditions, AccountEntry, AccountSettings, Accounts};
pub use login::{LoginOutcome, Logins};
