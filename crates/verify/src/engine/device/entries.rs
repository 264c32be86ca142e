//! What a device makes codes for: one seed for each user of its number, made when
//! it first asks, and good when it has proved that the seed arrived (S-24, S-29).

use super::{DeviceCall, DeviceRefusal, refused};
use crate::Timestamp;
use crate::code::EnteredCode;
use crate::device_keys::{self, Wrapped};
use crate::engine::authenticator::{SeedPlace, fresh, open_seed};
use crate::engine::{Change, Decision, Snapshot, check};
use crate::entropy::Entropy;
use crate::ids::{AccountId, AuthenticatorId};
use crate::keys::Keyring;
use crate::record::{Authenticator, Device, Entry};
use crate::totp::{Algorithm, Seed};

/// Everything that a device shows.
#[derive(Debug, Clone)]
pub struct State {
    /// The device that asks.
    pub device: Device,
    /// All devices of its number; of one that waits only itself.
    pub devices: Vec<Device>,
    /// The users of its number, each with what makes its codes; none for a device
    /// that waits.
    pub entries: Vec<(Entry, Option<Authenticator>)>,
}

/// What a device sees now; [`DeviceCall::keys_with_entries`] names the records.
/// `None` if it is gone.
pub fn state(snapshot: &Snapshot, call: &DeviceCall, now: Timestamp) -> Option<State> {
    let device = snapshot.device(call.device)?.clone();
    if !device.is_active(now) {
        return Some(State { devices: vec![device.clone()], device, entries: Vec::new() });
    }
    let of = |entry: &Entry| snapshot.authenticators.iter().find(|a| is_of(a, entry)).cloned();
    let entries = snapshot.entries.iter().map(|entry| (entry.clone(), of(entry))).collect();
    Some(State { device, devices: snapshot.devices.clone(), entries })
}

fn is_of(authenticator: &Authenticator, entry: &Entry) -> bool {
    (authenticator.service, authenticator.user) == (entry.user.service, entry.user.id)
}

/// Shows a device everything, and makes the seeds that it does not have yet.
pub fn sync(
    snapshot: &Snapshot,
    call: &DeviceCall,
    keys: &Keyring,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<Result<State, DeviceRefusal>> {
    call.admit(snapshot, now, |_| refresh(snapshot, call, keys, now, entropy))
}

/// The same for a call that was admitted and has waited for news since.
pub fn refresh(
    snapshot: &Snapshot,
    call: &DeviceCall,
    keys: &Keyring,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<Result<State, DeviceRefusal>> {
    let Some(mut state) = state(snapshot, call, now) else {
        return refused(DeviceRefusal::DeviceGone);
    };
    let mut changes = Vec::new();
    for (entry, authenticator) in &mut state.entries {
        if authenticator.is_none() {
            let made = make(entry, &state.device, keys, now, entropy);
            changes.push(Change::PutAuthenticator(Box::new(made.clone())));
            *authenticator = Some(made);
        }
    }
    Decision::with(changes, Ok(state))
}

fn make(
    entry: &Entry,
    device: &Device,
    keys: &Keyring,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Authenticator {
    let seed = Seed::generate(Algorithm::Sha256, entropy);
    let place =
        SeedPlace { service: entry.user.service, user: entry.user.id, device: Some(device.id) };
    let keys = keys.account(entry.account);
    fresh(&place, &device.name, Algorithm::Sha256, &seed, &keys, now, entropy)
}

/// The seed of an authenticator, wrapped for its device; `None` once the device
/// has proved that it has it, and if the seed does not open.
pub fn wrapped(
    account: AccountId,
    authenticator: &Authenticator,
    device: &Device,
    keys: &Keyring,
    entropy: &mut dyn Entropy,
) -> Option<Wrapped> {
    if authenticator.confirmed_at.is_some() || authenticator.device != Some(device.id) {
        return None;
    }
    let seed = open_seed(&keys.account(account), authenticator)?;
    device_keys::wrap(&seed, &device.wrap_key, device.id, authenticator.id, entropy)
}

/// Makes authenticators of a device count whose codes are right. The step is not
/// spent: this code was shown to nobody. A wrong code throws the seed away, so that
/// nobody has a second guess at it.
pub fn confirm(
    snapshot: &Snapshot,
    call: &DeviceCall,
    codes: &[(AuthenticatorId, EnteredCode)],
    keys: &Keyring,
    now: Timestamp,
) -> Decision<Result<Vec<AuthenticatorId>, DeviceRefusal>> {
    call.admit(snapshot, now, |device| {
        if !device.is_active(now) {
            return refused(DeviceRefusal::Held);
        }
        let (mut changes, mut confirmed) = (Vec::new(), Vec::new());
        for (place, (id, entered)) in codes.iter().enumerate() {
            // A second code for the same one in the same call is a second guess.
            if codes[..place].iter().any(|(earlier, _)| earlier == id) {
                continue;
            }
            let Some((entry, authenticator)) = unproved(snapshot, *id) else { continue };
            let keys = keys.account(entry.account);
            changes.push(match check::proved_step(authenticator, entered, &keys, now) {
                Some(step) => {
                    confirmed.push(*id);
                    Change::PutAuthenticator(Box::new(Authenticator {
                        confirmed_at: Some(now),
                        last_step: step - 1,
                        ..authenticator.clone()
                    }))
                }
                None => Change::DeleteAuthenticator(entry.user.service, entry.user.id, *id),
            });
        }
        Decision::with(changes, Ok(confirmed))
    })
}

fn unproved(snapshot: &Snapshot, id: AuthenticatorId) -> Option<(&Entry, &Authenticator)> {
    let authenticator =
        snapshot.authenticators.iter().find(|a| a.id == id && a.confirmed_at.is_none())?;
    let entry = snapshot.entries.iter().find(|entry| is_of(authenticator, entry))?;
    Some((entry, authenticator))
}

/// The entry that an active device names, and the device; for what it
/// does with [`crate::engine::authenticator`] in that user's name.
pub fn user_of(
    snapshot: &Snapshot,
    call: &DeviceCall,
    id: AuthenticatorId,
    now: Timestamp,
) -> Decision<Result<(Entry, Device), DeviceRefusal>> {
    call.admit(snapshot, now, |device| {
        if !device.is_active(now) {
            return refused(DeviceRefusal::Held);
        }
        let of_device = |a: &&Authenticator| a.id == id && a.confirmed_at.is_some();
        let found = snapshot.authenticators.iter().find(of_device);
        let entry = found.and_then(|a| snapshot.entries.iter().find(|entry| is_of(a, entry)));
        let found = entry.map(|entry| (entry.clone(), device.clone()));
        Decision::unchanged(found.ok_or(DeviceRefusal::NotFound))
    })
}
