//! What one device does with another: let it in, refuse it, remove it; and what it
//! says of itself.

use zeroize::Zeroizing;

use super::{DeviceCall, DeviceRefusal, refused};
use crate::engine::authenticator::DeviceName;
use crate::engine::event::{Announce, EventKind, announce};
use crate::engine::{Change, Decision, Snapshot};
use crate::entropy::{Entropy, draw};
use crate::ids::DeviceId;
use crate::keys::Keyring;
use crate::limits::{DEVICES_MAX, PROOF_ATTEMPTS_MAX};
use crate::record::{Approval, Device};
use crate::sealed::{Place, Sealed};
use crate::{SignedDuration, Timestamp};

/// How long the code of a waiting device is good (D-20).
const APPROVAL_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Crockford's base 32: no I, L, O, U, so that a code is read the same by everybody.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code of a waiting device: 40 random bits, typed on another device that
/// names the waiting one (D-20, S-32).
#[derive(Clone)]
pub struct ApprovalCode(Zeroizing<String>);

const APPROVAL_CHARS: usize = 8;

impl ApprovalCode {
    fn generate(entropy: &mut dyn Entropy) -> Self {
        let bytes: Zeroizing<[u8; APPROVAL_CHARS]> = Zeroizing::new(draw(entropy));
        let signs = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(Zeroizing::new(signs.collect()))
    }

    /// Reads what was typed, in either case; blanks and hyphens do not matter, and
    /// what looks alike is the same. `None` for what cannot be one.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut kept = Zeroizing::new(String::with_capacity(APPROVAL_CHARS));
        for c in typed.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let sign = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let is_known = u8::try_from(sign).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !is_known || kept.len() == APPROVAL_CHARS {
                return None;
            }
            kept.push(sign);
        }
        (kept.len() == APPROVAL_CHARS).then_some(Self(kept))
    }

    /// The characters, for the screen.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ApprovalCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApprovalCode(…)")
    }
}

/// A new code for a device that waits; the one before is dead.
pub fn show_code(
    snapshot: &Snapshot,
    call: &DeviceCall,
    keys: &Keyring,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<Result<(ApprovalCode, Timestamp), DeviceRefusal>> {
    call.admit(snapshot, now, |device| {
        if device.is_active(now) {
            return refused(DeviceRefusal::NotFound);
        }
        let code = ApprovalCode::generate(entropy);
        let expires_at = now.saturating_add(APPROVAL_LIFE).unwrap_or(Timestamp::MAX);
        let digest = keys.approval_digest(device.id, code.expose());
        let approval = Some(Approval { digest, expires_at, attempts: 0 });
        Decision::with(vec![put(device, now, |d| d.approval = approval)], Ok((code, expires_at)))
    })
}

/// Lets a waiting device in by the code that it shows; five wrong ones void the
/// code.
pub fn approve(
    snapshot: &Snapshot,
    call: &DeviceCall,
    waiting: DeviceId,
    typed: Option<&ApprovalCode>,
    keys: &Keyring,
    make_report: Announce<'_>,
    now: Timestamp,
) -> Decision<Result<(), DeviceRefusal>> {
    call.admit(snapshot, now, |device| {
        if !device.is_active(now) {
            return refused(DeviceRefusal::Held);
        }
        let Some(waiting) = snapshot.device(waiting).filter(|d| !d.is_active(now)) else {
            return refused(DeviceRefusal::NotFound);
        };
        if snapshot.devices.iter().filter(|d| d.is_in_use(now)).count() >= DEVICES_MAX {
            return refused(DeviceRefusal::Full);
        }
        let Some(approval) = waiting.approval.filter(|a| now < a.expires_at) else {
            return refused(DeviceRefusal::WrongCode);
        };
        let is_right = typed
            .is_some_and(|code| keys.approval_digest(waiting.id, code.expose()) == approval.digest);
        if is_right {
            let let_in = Device { held_until: None, approval: None, ..waiting.clone() };
            let kind = EventKind::DeviceApproved;
            let mut changes = announce(kind, &let_in, &snapshot.entries, make_report, now);
            changes.push(Change::PutDevice(Box::new(let_in)));
            return Decision::with(changes, Ok(()));
        }
        let attempts = approval.attempts + 1;
        let left = (attempts < PROOF_ATTEMPTS_MAX).then_some(Approval { attempts, ..approval });
        let missed = Device { approval: left, ..waiting.clone() };
        let change = Change::PutDevice(Box::new(missed));
        Decision::with(vec![change], Err(DeviceRefusal::WrongCode))
    })
}

/// Removes a device; one that waits may only remove itself. Its seeds die with it
/// (S-36).
pub fn remove(
    snapshot: &Snapshot,
    call: &DeviceCall,
    removed: DeviceId,
    make_report: Announce<'_>,
    now: Timestamp,
) -> Decision<Result<Device, DeviceRefusal>> {
    call.admit(snapshot, now, |device| {
        if !device.is_active(now) && removed != device.id {
            return refused(DeviceRefusal::Held);
        }
        match snapshot.device(removed) {
            Some(found) => {
                let kind = EventKind::DeviceRemoved;
                let mut changes = announce(kind, found, &snapshot.entries, make_report, now);
                changes.push(Change::DeleteDevice(removed));
                Decision::with(changes, Ok(found.clone()))
            }
            None => refused(DeviceRefusal::NotFound),
        }
    })
}

/// Removes a device in the operator's name, who has made sure of the person by other
/// means: it was lost, and no other is there to remove it (S-36).
pub fn remove_lost(
    snapshot: &Snapshot,
    device: DeviceId,
    make_report: Announce<'_>,
    now: Timestamp,
) -> Decision<()> {
    let Some(found) = snapshot.device(device) else { return Decision::unchanged(()) };
    let kind = EventKind::DeviceRemoved;
    let mut changes = announce(kind, found, &snapshot.entries, make_report, now);
    changes.push(Change::DeleteDevice(device));
    Decision::with(changes, ())
}

/// Gives the calling device another name.
pub fn rename(
    snapshot: &Snapshot,
    call: &DeviceCall,
    name: &DeviceName,
    now: Timestamp,
) -> Decision<Result<(), DeviceRefusal>> {
    call.admit(snapshot, now, |device| {
        // What a waiting one is called was said when it asked.
        if !device.is_active(now) {
            return refused(DeviceRefusal::Held);
        }
        let change = put(device, now, |d| name.as_str().clone_into(&mut d.name));
        Decision::with(vec![change], Ok(()))
    })
}

/// Notes where the calling device is woken, or that it no longer wants to be.
pub fn subscribe(
    snapshot: &Snapshot,
    call: &DeviceCall,
    push: Option<&Sealed>,
    now: Timestamp,
) -> Decision<Result<(), DeviceRefusal>> {
    call.admit(snapshot, now, |device| {
        let change = put(device, now, |d| d.push = push.cloned());
        Decision::with(vec![change], Ok(()))
    })
}

/// Forgets where a device was woken, if it is still there: a push service said
/// that nobody listens (S-42).
pub fn forget_push(snapshot: &Snapshot, device: DeviceId, gone: &Sealed) -> Decision<()> {
    let change = snapshot
        .device(device)
        .filter(|device| device.push.as_ref() == Some(gone))
        .map(|device| Change::PutDevice(Box::new(Device { push: None, ..device.clone() })));
    Decision::with(change.into_iter().collect(), ())
}

/// The place to which a sealed push address belongs (S-67).
pub fn with_push_place<T>(device: DeviceId, act: impl FnOnce(&Place<'_>) -> T) -> T {
    act(&Place { column: "device.push_sealed", record: &[device.as_bytes()] })
}

/// The calling device, changed and seen.
fn put(device: &Device, now: Timestamp, change: impl FnOnce(&mut Device)) -> Change {
    let mut changed = Device { last_seen_at: now, ..device.clone() };
    change(&mut changed);
    Change::PutDevice(Box::new(changed))
}
