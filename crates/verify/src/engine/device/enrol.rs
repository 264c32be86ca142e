//! A person proves a number to a device. If no other device of the number is
//! active it may have codes at once, else it waits for one of them or for 24 hours
//! (S-31, D-21): who controls the number alone gets nothing before that.

use crate::device_keys::PublicBytes;
use crate::engine::authenticator::DeviceName;
use crate::engine::check::{self, NumberCheckOutcome, NumberCheckRequest};
use crate::engine::event::{self, Announce, EventKind};
use crate::engine::{Change, Decision, Keys, Snapshot};
use crate::guard::GuardPolicy;
use crate::ids::DeviceId;
use crate::keys::{AccountKeys, NonceDigest};
use crate::limits::{DEVICES_HELD_MAX, DEVICES_MAX};
use crate::policy::Policy;
use crate::record::Device;
use crate::{SignedDuration, Timestamp};

/// How long a device waits that nobody approves (D-21).
pub const HOLD: SignedDuration = SignedDuration::from_hours(24);

/// A device that asks to be enrolled. Its signature was checked.
#[derive(Debug, Clone)]
pub struct EnrolRequest {
    /// The PIN that was sent to the number, and for which enrolment.
    pub check: NumberCheckRequest,
    /// What the person calls the device.
    pub name: DeviceName,
    /// The language of its texts, two letters.
    pub language: String,
    /// Public half of the key that signs.
    pub sign_key: PublicBytes,
    /// Public half of the key that seeds are wrapped for.
    pub wrap_key: PublicBytes,
    /// What the device will be called: [`crate::keys::Keyring::device_id`].
    pub device: DeviceId,
    /// The nonce that was signed.
    pub nonce: NonceDigest,
    /// When it is too old anyway.
    pub nonce_until: Timestamp,
}

/// Answer of [`enrol`].
#[derive(Debug)]
pub enum EnrolOutcome {
    /// The device is there, active or waiting.
    Enrolled {
        /// The device.
        device: Box<Device>,
        /// Active devices of the number, which are to hear of it.
        others: Vec<Device>,
    },
    /// This key has enrolled this device before; the answer was lost.
    Again(Box<Device>),
    /// The PIN is wrong, expired, used, or there is no such enrolment (S-17).
    PinRefused,
    /// Too many wrong PINs; nothing was compared.
    Throttled,
    /// The number has as many active devices as it may have (D-22).
    Full(Vec<Device>),
    /// The nonce was used.
    NonceUsed,
}

/// Records that [`try_pin`] needs: none that only a known number has.
pub fn pin_keys(request: &EnrolRequest) -> Keys {
    Keys {
        device: Some(request.device),
        nonce: Some(request.nonce),
        ..check::number_keys(&request.check)
    }
}

/// Refuses what has no right PIN; `None` for what is to be put to [`enrol`], with
/// nothing changed. Devices and users of a number are so not even read for who has
/// not proved it, or the time that takes would tell that there are some (S-33).
pub fn try_pin(
    snapshot: &Snapshot,
    request: &EnrolRequest,
    context: &EnrolContext<'_>,
    now: Timestamp,
) -> Decision<Option<EnrolOutcome>> {
    if snapshot.is_nonce_used {
        return Decision::unchanged(Some(EnrolOutcome::NonceUsed));
    }
    if let Some(device) = snapshot.device(request.device) {
        let change = Change::UseNonce(request.nonce, request.nonce_until);
        return Decision::with(vec![change], Some(EnrolOutcome::Again(Box::new(device.clone()))));
    }
    let EnrolContext { policy, guard, keys } = context;
    let checked = check::check_number(snapshot, &request.check, policy, guard, keys, now);
    let Some(refusal) = refusal(&checked.outcome) else { return Decision::unchanged(None) };
    let mut changes = checked.changes;
    // A call about an enrolment that never was writes nothing.
    let is_known = snapshot.confirmation.is_some();
    changes.extend(is_known.then_some(Change::UseNonce(request.nonce, request.nonce_until)));
    Decision::with(changes, Some(refusal))
}

/// What an outcome without a right PIN means.
fn refusal(outcome: &NumberCheckOutcome) -> Option<EnrolOutcome> {
    match outcome {
        NumberCheckOutcome::Approved => None,
        NumberCheckOutcome::WrongCode { attempts_left: _ }
        | NumberCheckOutcome::Expired
        | NumberCheckOutcome::NotFound => Some(EnrolOutcome::PinRefused),
        NumberCheckOutcome::Throttled => Some(EnrolOutcome::Throttled),
    }
}

/// Records that [`enrol`] needs.
pub fn keys(request: &EnrolRequest) -> Keys {
    Keys { devices_of_confirmation: true, entries_of_number: true, ..pin_keys(request) }
}

/// What governs an enrolment, besides the snapshot.
#[derive(Debug)]
pub struct EnrolContext<'a> {
    /// The numbers in force.
    pub policy: &'a Policy,
    /// Budget and blocks of a number.
    pub guard: &'a GuardPolicy,
    /// The keys of the installation.
    pub keys: &'a AccountKeys,
}

/// Enrols a device whose person enters the right PIN.
pub fn enrol(
    snapshot: &Snapshot,
    request: &EnrolRequest,
    context: &EnrolContext<'_>,
    make_report: Announce<'_>,
    now: Timestamp,
) -> Decision<EnrolOutcome> {
    if snapshot.is_nonce_used {
        return Decision::unchanged(EnrolOutcome::NonceUsed);
    }
    let EnrolContext { policy, guard, keys } = context;
    let checked = check::check_number(snapshot, &request.check, policy, guard, keys, now);
    let mut changes = checked.changes;
    changes.push(Change::UseNonce(request.nonce, request.nonce_until));
    let outcome = if let Some(refusal) = refusal(&checked.outcome) {
        refusal
    } else {
        let outcome = add(snapshot, request, &mut changes, now);
        if let EnrolOutcome::Enrolled { device, .. } = &outcome {
            let kind = match device.held_until {
                Some(_) => EventKind::DeviceHeld,
                None => EventKind::DeviceAdded,
            };
            let entries = &snapshot.entries;
            changes.extend(event::announce(kind, device, entries, make_report, now));
        }
        outcome
    };
    Decision::with(changes, outcome)
}

fn add(
    snapshot: &Snapshot,
    request: &EnrolRequest,
    changes: &mut Vec<Change>,
    now: Timestamp,
) -> EnrolOutcome {
    let Some(confirmation) = &snapshot.confirmation else { return EnrolOutcome::PinRefused };
    let (active, held): (Vec<_>, Vec<_>) =
        snapshot.devices.iter().cloned().partition(|device| device.is_active(now));
    // One that was not seen for long keeps no other out, or five lost ones would for
    // ever; it still makes a new one wait.
    let in_use = active.iter().filter(|device| device.is_in_use(now)).count();
    if in_use >= DEVICES_MAX {
        return EnrolOutcome::Full(active);
    }
    // Another program that makes codes is a device too (`verigator-app.md` 6.4): who
    // controls the number alone must not get beside it at once.
    let has_other = snapshot.entries.iter().any(|entry| entry.user.devices_active > 0);
    let must_wait = !active.is_empty() || has_other;
    let held_until = must_wait.then(|| now.saturating_add(HOLD).unwrap_or(Timestamp::MAX));
    if held_until.is_some() {
        // Those that wait become active by time alone; then too they are no more
        // than may be active.
        let held_max = DEVICES_HELD_MAX.min(DEVICES_MAX - in_use);
        let too_many = (held.len() + 1).saturating_sub(held_max);
        changes.extend(held.iter().take(too_many).map(|device| Change::DeleteDevice(device.id)));
    }
    let device = Box::new(Device {
        id: request.device,
        number_key: confirmation.number_key,
        name: request.name.as_str().to_owned(),
        language: request.language.clone(),
        sign_key: request.sign_key,
        wrap_key: request.wrap_key,
        held_until,
        approval: None,
        push: None,
        created_at: now,
        last_seen_at: now,
    });
    changes.push(Change::PutDevice(device.clone()));
    EnrolOutcome::Enrolled { device, others: active }
}
