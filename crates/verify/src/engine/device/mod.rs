//! Devices with the authenticator app, from enrolment to removal
//! (`verigator-app.md` 6.4, 6.5).
//!
//! * [`enrol`]: a number is proved, a device is there, or waits.
//! * [`entries`]: what a device makes codes for, and the proof that seeds arrived.
//! * [`others`]: approving, refusing, removing; names and push.

pub mod enrol;
pub mod entries;
pub mod others;

use super::{Change, Decision, Keys, Snapshot};
use crate::ids::DeviceId;
use crate::keys::NonceDigest;
use crate::record::Device;
use crate::{SignedDuration, Timestamp};

/// A signed call of a device. The signature was checked by whoever made this: it
/// needs no decision.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCall {
    /// Who calls.
    pub device: DeviceId,
    /// The nonce that was signed.
    pub nonce: NonceDigest,
    /// When it is too old anyway.
    pub nonce_until: Timestamp,
}

/// Why a device does not get what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceRefusal {
    /// The nonce was used (S-34).
    NonceUsed,
    /// There is no such device, or no more.
    DeviceGone,
    /// It waits, and what waits may not do this (S-31).
    Held,
    /// There is no such device, entry or authenticator.
    NotFound,
    /// The code is wrong, over, or there is none.
    WrongCode,
    /// There are as many as there may be (D-22).
    Full,
}

impl DeviceCall {
    /// Records that every call needs.
    pub fn keys(&self) -> Keys {
        Keys { device: Some(self.device), nonce: Some(self.nonce), ..Keys::default() }
    }

    /// The same with the users of the number, whose integrators are to hear of what
    /// happens.
    pub fn keys_with_users(&self) -> Keys {
        Keys { entries_of_number: true, ..self.keys() }
    }

    /// The same with what the device makes codes for.
    pub fn keys_with_entries(&self) -> Keys {
        Keys { entries_of_device: true, ..self.keys() }
    }

    /// Runs a rule for a device that may call. Its nonce is used up by that,
    /// whatever comes of it.
    fn admit<T>(
        &self,
        snapshot: &Snapshot,
        now: Timestamp,
        rule: impl FnOnce(&Device) -> Decision<Result<T, DeviceRefusal>>,
    ) -> Decision<Result<T, DeviceRefusal>> {
        if snapshot.is_nonce_used {
            return Decision::unchanged(Err(DeviceRefusal::NonceUsed));
        }
        let Some(device) = snapshot.device(self.device) else {
            return Decision::unchanged(Err(DeviceRefusal::DeviceGone));
        };
        let mut changes = vec![Change::UseNonce(self.nonce, self.nonce_until)];
        // First, so that a rule that writes the device has the last word.
        if now.duration_since(device.last_seen_at) >= SEEN_GRAIN {
            let seen = Device { last_seen_at: now, ..device.clone() };
            changes.push(Change::PutDevice(Box::new(seen)));
        }
        let decision = rule(device);
        changes.extend(decision.changes);
        Decision::with(changes, decision.outcome)
    }
}

/// How exactly it is known when a device was last seen.
const SEEN_GRAIN: SignedDuration = SignedDuration::from_mins(1);

/// Forgets nonces that are too old to be used again anyway.
pub fn forget_nonces(now: Timestamp) -> Decision<()> {
    Decision::with(vec![Change::ForgetNonces(now)], ())
}

fn refused<T>(refusal: DeviceRefusal) -> Decision<Result<T, DeviceRefusal>> {
    Decision::unchanged(Err(refusal))
}
