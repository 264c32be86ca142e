//! Users of a service (V4, V8), and the unlock of one (S-11).

use super::{Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::entropy::Entropy;
use crate::guard::Guard;
use crate::ids::{AccountId, ServiceId, UserId};
use crate::keys::Keyring;
use crate::limits::LOGIN_CHARS_MAX;
use crate::phone::PhoneNumber;
use crate::record::User;

/// A login name: trimmed, 1–255 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// Reads a login name; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let chars = text.chars().count();
        let fits = (1..=LOGIN_CHARS_MAX).contains(&chars);
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }
}

/// Records that [`add`] needs.
pub fn add_keys(account: AccountId, service: ServiceId, login: &Login) -> Keys {
    Keys {
        service: Some((account, service)),
        login: Some((service, login.0.clone())),
        ..Keys::default()
    }
}

/// Answer of [`add`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddOutcome {
    /// The user is there.
    Added(Box<User>),
    /// The account has no such service.
    ServiceNotFound,
    /// The service has a user of this login name.
    LoginTaken,
}

/// Adds a user, unless the service has one of this login name (V4). Sends
/// nothing.
pub fn add(
    snapshot: &Snapshot,
    login: &Login,
    phone: PhoneNumber,
    keys: &Keyring,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<AddOutcome> {
    let Some(service) = &snapshot.service else {
        return Decision::unchanged(AddOutcome::ServiceNotFound);
    };
    if snapshot.user_by_login.is_some() {
        return Decision::unchanged(AddOutcome::LoginTaken);
    }
    let user = Box::new(User {
        id: UserId::random(entropy),
        service: service.id,
        login: login.0.clone(),
        phone,
        number_key: keys.number_key(&phone),
        devices_active: 0,
        created_at: now,
    });
    Decision::with(vec![Change::InsertUser(user.clone())], AddOutcome::Added(user))
}

/// Records that [`remove`] and [`unlock`] need.
pub fn keys(account: AccountId, service: ServiceId, user: UserId) -> Keys {
    Keys { service: Some((account, service)), user: Some((service, user)), ..Keys::default() }
}

/// Answer of [`remove`] and [`unlock`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserOutcome {
    /// It is done.
    Done,
    /// The account has no such service.
    ServiceNotFound,
    /// The service has no such user.
    UserNotFound,
}

/// Removes a user; a pending verification dies with it, and so does a message
/// that still waits (V8).
pub fn remove(snapshot: &Snapshot) -> Decision<UserOutcome> {
    let (service, user) = match (&snapshot.service, &snapshot.user) {
        (None, _) => return Decision::unchanged(UserOutcome::ServiceNotFound),
        (Some(_), None) => return Decision::unchanged(UserOutcome::UserNotFound),
        (Some(service), Some(user)) => (service.id, user.id),
    };
    let mut changes = vec![Change::DeleteUser(service, user)];
    let waiting = snapshot.verification.as_ref().and_then(|v| v.last_message);
    changes.extend(waiting.map(Change::DropMessage));
    Decision::with(changes, UserOutcome::Done)
}

/// Lifts every block and lock of a user and forgets the failures: the tenant
/// has made sure of the person by other means (S-11 a).
pub fn unlock(snapshot: &Snapshot) -> Decision<UserOutcome> {
    match (&snapshot.service, &snapshot.user) {
        (None, _) => Decision::unchanged(UserOutcome::ServiceNotFound),
        (Some(_), None) => Decision::unchanged(UserOutcome::UserNotFound),
        (Some(service), Some(user)) => Decision::with(
            vec![Change::PutGuard(service.id, user.id, Box::<Guard>::default())],
            UserOutcome::Done,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_trimmed_bounded_and_keep_their_case() {
        assert_eq!(Login::parse(" Jane@Shop.example ").unwrap().0, "Jane@Shop.example");
        assert!(Login::parse("").is_none());
        assert!(Login::parse("a\u{0}b").is_none());
        assert!(Login::parse(&"a".repeat(255)).is_some());
        assert!(Login::parse(&"a".repeat(256)).is_none());
    }
}
