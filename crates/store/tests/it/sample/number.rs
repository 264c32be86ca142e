//! Records of number confirmations and what belongs to them.

use verify::SignedDuration;
use verify::engine::Change;
use verify::ids::VerificationId;
use verify::keys::{AddressKey, BrowserDigest, CookieDigest};
use verify::record::{BlockedNumber, BrowserTrace, Confirmation, Trust};
use verify::send_limits::AddressSends;
use verify::send_limits::address::AddressStart;

use super::{account_id, at, number_key, service_id, user, user_id};

/// The confirmation of a number; its verification is the one of user `n`.
pub(crate) fn confirmation(n: u8) -> Confirmation {
    Confirmation {
        account: account_id(1),
        id: confirmation_id(n),
        service: service_id(1),
        user: user_id(n),
        to: user(n).phone,
        number_key: number_key(n),
        template: "Kood: <PIN>, jah, <PIN>".to_owned(),
        sender: "Verigator".to_owned(),
        messages_max: 3,
        repeat_pause: SignedDuration::from_millis(45_001),
        repeat_at: Some(at(1_000 * i64::from(n))),
        browser: BrowserTrace {
            cookie: Some(cookie(n)),
            network: Some(address_key(n)),
            agent: Some(BrowserDigest::from_bytes([n; 16])),
        },
        forget_at: at(10_000 * i64::from(n)),
    }
}

pub(crate) fn confirmation_id(n: u8) -> VerificationId {
    VerificationId::from_bytes([n; 16])
}

pub(crate) fn cookie(n: u8) -> CookieDigest {
    CookieDigest::from_bytes([n; 32])
}

pub(crate) fn address_key(n: u8) -> AddressKey {
    AddressKey::from_bytes([n; 16])
}

pub(crate) fn trust(n: u8) -> Trust {
    Trust {
        account: account_id(1),
        number_key: number_key(n),
        cookie: cookie(n),
        network: Some(address_key(n)),
        agent: Some(BrowserDigest::from_bytes([n; 16])),
        created_at: at(1_000 * i64::from(n)),
    }
}

pub(crate) fn blocked(n: u8) -> BlockedNumber {
    BlockedNumber {
        account: account_id(1),
        number_key: number_key(n),
        masked: format!("+372•••••{n:02}"),
        created_at: at(i64::from(n)),
    }
}

pub(crate) fn address_sends() -> AddressSends {
    let start = |milliseconds, number| AddressStart { at: at(milliseconds), number };
    AddressSends {
        starts: vec![start(0, 7), start(1, u32::MAX), start(2_000, 0)],
        checks: vec![at(3), at(1_500)],
    }
}

pub(super) fn everything() -> Vec<Change> {
    let mut changes = Vec::new();
    for n in [1, 2] {
        changes.push(Change::PutConfirmation(Box::new(confirmation(n))));
        changes.push(Change::PutTrust(Box::new(trust(n))));
        changes.push(Change::PutAddressSends(address_key(n), address_sends()));
    }
    changes.push(Change::BlockNumber(Box::new(blocked(2))));
    changes
}
