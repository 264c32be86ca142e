//! Devices with the authenticator app, and what belongs to them.

use verify::device_keys::PublicBytes;
use verify::engine::Change;
use verify::hex;
use verify::ids::{AuthenticatorId, DeviceId, PromptId};
use verify::keys::{ApprovalDigest, NonceDigest, RecoveryDigest};
use verify::record::{Approval, Authenticator, Device, Prompts, RecoverySet};
use verify::sealed::Sealed;
use verify::totp::Algorithm;

use super::{at, number_key, service_id, user_id};

/// Points of P-256: the generator and its double (SEC 2 2.4.2).
const POINTS: [&str; 2] = [
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
     4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    "047cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978\
     07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1",
];

pub(crate) fn public_key(n: usize) -> PublicBytes {
    let bytes = hex::decode(POINTS[n % 2].as_bytes()).expect("hex digits");
    PublicBytes::parse(&bytes).expect("a point of the curve")
}

pub(crate) fn device_id(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

pub(crate) fn authenticator_id(n: u8) -> AuthenticatorId {
    AuthenticatorId::from_bytes([n; 16])
}

pub(crate) fn nonce(n: u8) -> NonceDigest {
    NonceDigest::from_bytes([n; 16])
}

/// A device of the number of user `n`; it waits.
pub(crate) fn device(n: u8) -> Device {
    Device {
        id: device_id(n),
        number_key: number_key(n),
        name: format!("Jäne ☎ {n}"),
        language: "et".to_owned(),
        sign_key: public_key(0),
        wrap_key: public_key(1),
        held_until: Some(at(86_400_001)),
        approval: Some(Approval {
            digest: ApprovalDigest::from_bytes([n; 32]),
            expires_at: at(600_001),
            attempts: 4,
        }),
        push: Some(Sealed::from_bytes(vec![n; 90])),
        created_at: at(i64::from(n)),
        last_seen_at: at(60_000 * i64::from(n)),
    }
}

/// A confirmed authenticator of user `n` on device `n`.
pub(crate) fn authenticator(n: u8) -> Authenticator {
    Authenticator {
        id: authenticator_id(n),
        service: service_id(1),
        user: user_id(n),
        device: Some(device_id(n)),
        name: format!("Jäne ☎ {n}"),
        algorithm: Algorithm::Sha256,
        seed: Sealed::from_bytes(vec![n; 61]),
        confirmed_at: Some(at(5_001)),
        attempts: 3,
        last_step: 58_680_003,
        drift: -2,
        resync_step: Some(58_680_099),
        created_at: at(i64::from(n)),
        last_used_at: Some(at(7_001)),
    }
}

/// The same user's confirmed authenticator that is no app of ours.
pub(crate) fn other_program(n: u8) -> Authenticator {
    Authenticator {
        id: authenticator_id(n + 100),
        device: None,
        algorithm: Algorithm::Sha1,
        drift: 0,
        resync_step: None,
        created_at: at(100 + i64::from(n)),
        last_used_at: None,
        ..authenticator(n)
    }
}

pub(crate) fn prompts(n: u8) -> Prompts {
    Prompts {
        service: service_id(1),
        user: user_id(n),
        id: PromptId::from_bytes([n; 16]),
        expires_at: at(300_001),
        sent_at: vec![at(1), at(1), at(2_000)],
    }
}

pub(crate) fn recovery(n: u8) -> RecoverySet {
    RecoverySet {
        service: service_id(1),
        user: user_id(n),
        digests: [n, 255, 0].map(|n| RecoveryDigest::from_bytes([n; 32])).to_vec(),
        created_at: at(i64::from(n)),
    }
}

/// After their users, who have two confirmed authenticators each.
pub(super) fn everything() -> Vec<Change> {
    let mut changes = Vec::new();
    for n in [1, 2] {
        changes.push(Change::PutDevice(Box::new(device(n))));
        changes.push(Change::PutAuthenticator(Box::new(authenticator(n))));
        changes.push(Change::PutAuthenticator(Box::new(other_program(n))));
        changes.push(Change::PutPrompts(Box::new(prompts(n))));
        changes.push(Change::PutRecovery(Box::new(recovery(n))));
        changes.push(Change::UseNonce(nonce(n), at(60_000 + i64::from(n))));
    }
    changes
}
