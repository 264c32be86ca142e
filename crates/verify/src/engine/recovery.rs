//! Makes recovery codes (D-25): ten of 120 random bits, for the day on which
//! phone and device are gone. They are checked in [`super::check`].

use zeroize::Zeroizing;

use super::{Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::code::EnteredCode;
use crate::entropy::{Entropy, draw};
use crate::ids::{AccountId, ServiceId, UserId};
use crate::keys::Keyring;
use crate::limits::RECOVERY_CODES;
use crate::record::RecoverySet;

/// Answer of [`renew`].
#[derive(Debug)]
pub enum RenewOutcome {
    /// These are the codes; only digests of them are kept.
    Renewed(Vec<Zeroizing<String>>),
    /// The account has no such service.
    ServiceNotFound,
    /// The service has no such user.
    UserNotFound,
}

/// Records that [`renew`] needs, and with which the codes that are left are counted.
pub fn keys(account: AccountId, service: ServiceId, user: UserId) -> Keys {
    Keys {
        service: Some((account, service)),
        user: Some((service, user)),
        recovery_of_user: true,
        ..Keys::default()
    }
}

/// Makes a new set; the old one is dead from here on.
pub fn renew(
    snapshot: &Snapshot,
    keys: &Keyring,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<RenewOutcome> {
    let Some(service) = &snapshot.service else {
        return Decision::unchanged(RenewOutcome::ServiceNotFound);
    };
    let Some(user) = &snapshot.user else {
        return Decision::unchanged(RenewOutcome::UserNotFound);
    };
    let codes: Vec<_> = (0..RECOVERY_CODES).map(|_| generate(entropy)).collect();
    let entered = codes.iter().filter_map(|code| EnteredCode::parse_recovery(code));
    let digests = entered
        .map(|code| keys.recovery_digest(service.account, service.id, user.id, &code))
        .collect();
    let set = RecoverySet { service: service.id, user: user.id, digests, created_at: now };
    Decision::with(vec![Change::PutRecovery(Box::new(set))], RenewOutcome::Renewed(codes))
}

/// 24 characters of base 32 in six groups: `ABCD-EFGH-…`.
fn generate(entropy: &mut dyn Entropy) -> Zeroizing<String> {
    let bits: Zeroizing<[u8; 15]> = Zeroizing::new(draw(entropy));
    let code = Zeroizing::new(data_encoding::BASE32_NOPAD.encode(&*bits));
    let mut grouped = Zeroizing::new(String::with_capacity(29));
    for (place, c) in code.chars().enumerate() {
        if place > 0 && place.is_multiple_of(4) {
            grouped.push('-');
        }
        grouped.push(c);
    }
    grouped
}
