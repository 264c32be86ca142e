//! Authenticators that are no app of ours: any program that reads a QR code. An
//! integrator enrols one for a user, or a person does on a device of ours.

use unicode_normalization::UnicodeNormalization as _;

use super::event::{Announce, EventKind, announce};
use super::{AuthenticatorsOf, Change, Decision, Keys, Snapshot, check};
use crate::Timestamp;
use crate::code::EnteredCode;
use crate::entropy::Entropy;
use crate::ids::{AccountId, AuthenticatorId, DeviceId, ServiceId, UserId};
use crate::keys::AccountKeys;
use crate::limits::{DEVICE_NAME_CHARS_MAX, DEVICES_MAX, PROOF_ATTEMPTS_MAX};
use crate::record::{Authenticator, Device};
use crate::sealed::Place;
use crate::totp::{Algorithm, Seed};

/// What people call a device or an authenticator: trimmed, composed (NFC), 1–40
/// characters, none of them a control, one that turns the direction of text, or one
/// that nobody sees (S-88).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName(String);

impl DeviceName {
    /// Reads a name; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        // One character more than fits is enough to see that it is too long.
        let name: String = text.trim().nfc().take(DEVICE_NAME_CHARS_MAX + 1).collect();
        let fits = (1..=DEVICE_NAME_CHARS_MAX).contains(&name.chars().count());
        (fits && !name.chars().any(is_hidden)).then_some(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character draws nothing, or turns what is around it.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Shortest seed that may be brought along, in bytes: 128 bits (RFC 4226 R6).
pub const SEED_BYTES_MIN: usize = 16;
/// Longest seed that may be brought along, in bytes: a block of SHA-512.
pub const SEED_BYTES_MAX: usize = 128;

/// What an authenticator is made with.
#[derive(Debug, Clone)]
pub struct CreateRequest {
    /// What it is called.
    pub name: DeviceName,
    /// The hash below its codes.
    pub algorithm: Algorithm,
    /// A seed that the person's program has already; none for a new one.
    pub seed: Option<Seed>,
}

/// Records that the rules of this module need.
pub fn keys(account: AccountId, service: ServiceId, user: UserId) -> Keys {
    Keys {
        service: Some((account, service)),
        user: Some((service, user)),
        authenticators: AuthenticatorsOf::All,
        devices_of_user: true,
        ..Keys::default()
    }
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticatorRefusal {
    /// The account has no such service.
    ServiceNotFound,
    /// The service has no such user.
    UserNotFound,
    /// The user has no such authenticator, or it is confirmed already.
    NotFound,
    /// The user has as many as a user may have (D-22).
    Full,
    /// The code is wrong; after five of them the authenticator is gone.
    WrongCode {
        /// Codes that may still be tried.
        attempts_left: u32,
    },
}

/// An authenticator that waits for its first code.
#[derive(Debug)]
pub struct Created {
    /// The record.
    pub authenticator: Box<Authenticator>,
    /// What it makes codes from; shown once (S-29).
    pub seed: Seed,
    /// The service's name.
    pub issuer: String,
    /// The user's login name.
    pub account: String,
}

/// Makes an authenticator that counts once it has proved itself. What was made
/// before and never proved itself goes.
pub fn create(
    snapshot: &Snapshot,
    request: &CreateRequest,
    keys: &AccountKeys,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<Result<Created, AuthenticatorRefusal>> {
    let Some(service) = &snapshot.service else {
        return Decision::unchanged(Err(AuthenticatorRefusal::ServiceNotFound));
    };
    let Some(user) = &snapshot.user else {
        return Decision::unchanged(Err(AuthenticatorRefusal::UserNotFound));
    };
    let others = || snapshot.authenticators.iter().filter(|a| a.device.is_none());
    if others().filter(|a| a.confirmed_at.is_some()).count() >= DEVICES_MAX {
        return Decision::unchanged(Err(AuthenticatorRefusal::Full));
    }
    let unproved = others().filter(|a| a.confirmed_at.is_none());
    let mut changes: Vec<Change> =
        unproved.map(|a| Change::DeleteAuthenticator(a.service, a.user, a.id)).collect();
    let seed = request.seed.clone();
    let seed = seed.unwrap_or_else(|| Seed::generate(request.algorithm, entropy));
    let place = SeedPlace { service: service.id, user: user.id, device: None };
    let name = request.name.as_str();
    let authenticator = Box::new(fresh(&place, name, request.algorithm, &seed, keys, now, entropy));
    changes.push(Change::PutAuthenticator(authenticator.clone()));
    let (issuer, account) = (service.name.clone(), user.login.clone());
    Decision::with(changes, Ok(Created { authenticator, seed, issuer, account }))
}

/// Makes an authenticator count by its first code. The step is spent: the code was
/// seen on a screen.
pub fn confirm(
    snapshot: &Snapshot,
    id: AuthenticatorId,
    entered: &EnteredCode,
    keys: &AccountKeys,
    now: Timestamp,
) -> Decision<Result<Box<Authenticator>, AuthenticatorRefusal>> {
    let waits = |a: &Authenticator| a.device.is_none() && a.confirmed_at.is_none();
    let authenticator = match find(snapshot, id, waits) {
        Ok(authenticator) => authenticator,
        Err(refusal) => return Decision::unchanged(Err(refusal)),
    };
    if let Some(step) = check::proved_step(authenticator, entered, keys, now) {
        let confirmed = Authenticator {
            confirmed_at: Some(now),
            last_step: step,
            attempts: 0,
            last_used_at: Some(now),
            ..authenticator.clone()
        };
        let confirmed = Box::new(confirmed);
        // A seed that was brought along may be known here already: its step is spent
        // there too (S-26).
        let twins = snapshot.authenticators.iter().filter(|twin| {
            let is_other = twin.id != id && twin.confirmed_at.is_some() && twin.last_step < step;
            is_other && check::proved_step(twin, entered, keys, now) == Some(step)
        });
        let mut changes: Vec<Change> = twins
            .map(|twin| Authenticator { last_step: step, ..twin.clone() })
            .map(|twin| Change::PutAuthenticator(Box::new(twin)))
            .collect();
        changes.push(Change::PutAuthenticator(confirmed.clone()));
        return Decision::with(changes, Ok(confirmed));
    }
    let attempts = authenticator.attempts + 1;
    let attempts_left = PROOF_ATTEMPTS_MAX.saturating_sub(attempts);
    let change = if attempts_left == 0 {
        Change::DeleteAuthenticator(authenticator.service, authenticator.user, id)
    } else {
        Change::PutAuthenticator(Box::new(Authenticator { attempts, ..authenticator.clone() }))
    };
    Decision::with(vec![change], Err(AuthenticatorRefusal::WrongCode { attempts_left }))
}

/// Removes an authenticator, confirmed or not; of the app on a device too, which
/// then gets a new seed if its number still has this user.
pub fn remove(
    snapshot: &Snapshot,
    id: AuthenticatorId,
) -> Decision<Result<(), AuthenticatorRefusal>> {
    match find(snapshot, id, |_| true) {
        Ok(found) => {
            let change = Change::DeleteAuthenticator(found.service, found.user, id);
            Decision::with(vec![change], Ok(()))
        }
        Err(refusal) => Decision::unchanged(Err(refusal)),
    }
}

/// Records that [`refuse_device`] needs.
pub fn device_keys(account: AccountId, service: ServiceId, user: UserId, id: DeviceId) -> Keys {
    let of_user = keys(account, service, user);
    Keys { device: Some(id), entries_of_number: true, ..of_user }
}

/// Refuses a device that waits: the tenant objects (S-31), and everybody with a
/// user of the number hears of it (S-37).
pub fn refuse_device(
    snapshot: &Snapshot,
    id: DeviceId,
    make_report: Announce<'_>,
    now: Timestamp,
) -> Decision<Result<(), AuthenticatorRefusal>> {
    if let Err(refusal) = check_user(snapshot) {
        return Decision::unchanged(Err(refusal));
    }
    // The device was read by its id, whoever's it is.
    let number = snapshot.user.as_ref().map(|user| user.number_key);
    let is_meant = |d: &&Device| !d.is_active(now) && Some(d.number_key) == number;
    match snapshot.device(id).filter(is_meant) {
        Some(device) => {
            let kind = EventKind::DeviceRemoved;
            let mut changes = announce(kind, device, &snapshot.entries, make_report, now);
            changes.push(Change::DeleteDevice(id));
            Decision::with(changes, Ok(()))
        }
        None => Decision::unchanged(Err(AuthenticatorRefusal::NotFound)),
    }
}

/// Whether service and user of [`keys`] are there.
///
/// # Errors
/// What is not.
pub fn check_user(snapshot: &Snapshot) -> Result<(), AuthenticatorRefusal> {
    match (&snapshot.service, &snapshot.user) {
        (None, _) => Err(AuthenticatorRefusal::ServiceNotFound),
        (Some(_), None) => Err(AuthenticatorRefusal::UserNotFound),
        (Some(_), Some(_)) => Ok(()),
    }
}

fn find(
    snapshot: &Snapshot,
    id: AuthenticatorId,
    is_meant: impl Fn(&Authenticator) -> bool,
) -> Result<&Authenticator, AuthenticatorRefusal> {
    check_user(snapshot)?;
    let mut found = snapshot.authenticators.iter().filter(|a| a.id == id && is_meant(a));
    found.next().ok_or(AuthenticatorRefusal::NotFound)
}

/// Whose seed it is, beside the account.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeedPlace {
    /// The service.
    pub(super) service: ServiceId,
    /// The user.
    pub(super) user: UserId,
    /// The device with our app.
    pub(super) device: Option<DeviceId>,
}

/// An authenticator that has proved nothing yet.
pub(super) fn fresh(
    place: &SeedPlace,
    name: &str,
    algorithm: Algorithm,
    seed: &Seed,
    keys: &AccountKeys,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Authenticator {
    let id = AuthenticatorId::random(entropy);
    let SeedPlace { service, user, device } = *place;
    Authenticator {
        id,
        service,
        user,
        device,
        name: name.to_owned(),
        algorithm,
        seed: with_place(keys, place, id, |place| {
            keys.seal.seal(place, &seed.to_base32(), entropy)
        }),
        confirmed_at: None,
        attempts: 0,
        last_step: 0,
        drift: 0,
        resync_step: None,
        created_at: now,
        last_used_at: None,
    }
}

/// The seed of an authenticator; `None` if it does not open (another root key, or
/// a row that was moved).
pub(super) fn open_seed(keys: &AccountKeys, authenticator: &Authenticator) -> Option<Seed> {
    let Authenticator { id, service, user, device, .. } = *authenticator;
    let place = SeedPlace { service, user, device };
    let opened = with_place(keys, &place, id, |place| keys.seal.open(place, &authenticator.seed));
    Seed::from_base32(&opened.ok()?)
}

/// S-67: a seed opens for its account, service, user and device only.
fn with_place<T>(
    keys: &AccountKeys,
    place: &SeedPlace,
    id: AuthenticatorId,
    act: impl FnOnce(&Place<'_>) -> T,
) -> T {
    let account = keys.account().as_i64().to_be_bytes();
    let device: &[u8] = place.device.as_ref().map_or(&[], |device| device.as_bytes());
    let record: [&[u8]; 5] =
        [&account, place.service.as_bytes(), place.user.as_bytes(), device, id.as_bytes()];
    act(&Place { column: "authenticator.seed_sealed", record: &record })
}
