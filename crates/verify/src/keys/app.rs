//! Keys for devices, their calls, and recovery codes.

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::{ApprovalDigest, Keyring, MacKey, NonceDigest, RecoveryDigest, expand, first_16};
use crate::code::EnteredCode;
use crate::device_keys::PublicBytes;
use crate::entropy::{Entropy, draw};
use crate::ids::{AccountId, DeviceId, ServiceId, UserId, VerificationId};
use crate::{SignedDuration, Timestamp};

/// How long a nonce is good (S-34).
const NONCE_LIFE: SignedDuration = SignedDuration::from_secs(60);

/// Bytes of a nonce: time, random bits, tag.
pub const NONCE_BYTES: usize = 40;

impl Keyring {
    /// The key of the nonces that devices sign.
    pub fn nonce_key(&self) -> NonceKey {
        NonceKey(MacKey(expand(&self.root, "app nonce v1", None)))
    }

    /// The id of the device that an enrolment makes for this key: the same once more
    /// where the answer was lost, and found without looking at a number.
    pub fn device_id(&self, enrolment: VerificationId, sign_key: &PublicBytes) -> DeviceId {
        let key = MacKey(expand(&self.root, "device id v1", None));
        DeviceId::from_bytes(first_16(&key.digest(&[enrolment.as_bytes(), sign_key.as_bytes()])))
    }

    /// The digest under which the code of a waiting device is kept.
    pub fn approval_digest(&self, device: DeviceId, code: &str) -> ApprovalDigest {
        let key = MacKey(expand(&self.root, "device approval v1", None));
        ApprovalDigest(key.digest(&[device.as_bytes(), code.as_bytes()]))
    }

    /// The digest under which a recovery code is kept (S-73).
    pub fn recovery_digest(
        &self,
        account: AccountId,
        service: ServiceId,
        user: UserId,
        code: &EnteredCode,
    ) -> RecoveryDigest {
        let key = MacKey(expand(&self.root, "recovery code v1", Some(account)));
        RecoveryDigest(key.digest(&[service.as_bytes(), user.as_bytes(), code.expose().as_bytes()]))
    }
}

/// Makes nonces and knows them again without keeping them: the time and 128
/// random bits behind a tag.
#[derive(Clone)]
pub struct NonceKey(MacKey);

impl NonceKey {
    /// A new nonce.
    pub fn issue(&self, now: Timestamp, entropy: &mut dyn Entropy) -> [u8; NONCE_BYTES] {
        let random: [u8; 16] = draw(entropy);
        let time = now.as_millisecond().to_be_bytes();
        let mut nonce = [0; NONCE_BYTES];
        nonce[..8].copy_from_slice(&time);
        nonce[8..24].copy_from_slice(&random);
        nonce[24..].copy_from_slice(&first_16(&self.0.digest(&[&time, &random])));
        nonce
    }

    /// What is kept of a nonce that is used, and until when; `None` if it is not
    /// ours or too old.
    pub fn read(&self, nonce: &[u8], now: Timestamp) -> Option<(NonceDigest, Timestamp)> {
        let (time, rest) = nonce.split_first_chunk::<8>()?;
        let (random, tag) = rest.split_first_chunk::<16>()?;
        let expected = first_16(&self.0.digest(&[time, random]));
        let is_ours: bool = expected[..].ct_eq(tag).into();
        let issued = Timestamp::from_millisecond(i64::from_be_bytes(*time)).ok()?;
        let until = issued.saturating_add(NONCE_LIFE).ok()?;
        (is_ours && now < until).then_some((NonceDigest(*random), until))
    }
}

impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::keys::RootKey;

    #[test]
    fn a_nonce_is_good_for_a_minute_and_ours() {
        let key = Keyring::new(&RootKey::from_bytes([1; 32])).nonce_key();
        let other = Keyring::new(&RootKey::from_bytes([2; 32])).nonce_key();
        let at = |ms: i64| Timestamp::from_millisecond(1_764_180_000_000 + ms).unwrap();
        let nonce = key.issue(at(0), &mut SeededEntropy::new(1));
        assert_eq!(key.read(&nonce, at(0)).unwrap().1, at(60_000));
        assert!(key.read(&nonce, at(59_999)).is_some() && key.read(&nonce, at(60_000)).is_none());
        assert!(other.read(&nonce, at(0)).is_none());
        assert!(key.read(&nonce[..39], at(0)).is_none() && key.read(&[], at(0)).is_none());
        for bit in 0..NONCE_BYTES * 8 {
            let mut changed = nonce;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key.read(&changed, at(0)).is_none(), "bit {bit}");
        }
    }
}
