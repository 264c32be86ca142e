//! Records of number confirmations from rows.

use verify::SignedDuration;
use verify::ids::{AccountId, ServiceId, UserId, VerificationId};
use verify::keys::{AddressKey, BrowserDigest, CookieDigest, NumberKey};
use verify::record::{BlockedNumber, BrowserTrace, Confirmation, Trust};
use verify::send_limits::AddressSends;

use crate::columns;

use super::{Result, Row, bad, phone, time, time_opt};

pub(in crate::postgres) fn confirmation(row: &Row<'_>) -> Result<Confirmation> {
    Ok(Confirmation {
        account: AccountId::from_i64(row.get(0)?),
        id: VerificationId::from_bytes(row.get(1)?),
        service: ServiceId::from_bytes(row.get(2)?),
        user: UserId::from_bytes(row.get(3)?),
        to: phone(row, 4)?,
        number_key: NumberKey::from_bytes(row.get(5)?),
        template: row.get(6)?,
        sender: row.get(7)?,
        messages_max: row.get(8)?,
        repeat_pause: SignedDuration::from_millis(row.get(9)?),
        repeat_at: time_opt(row, 10)?,
        browser: BrowserTrace {
            cookie: row.get::<Option<[u8; 32]>>(11)?.map(CookieDigest::from_bytes),
            network: row.get::<Option<[u8; 16]>>(12)?.map(AddressKey::from_bytes),
            agent: row.get::<Option<[u8; 16]>>(13)?.map(BrowserDigest::from_bytes),
        },
        forget_at: time(row, 14)?,
    })
}

pub(in crate::postgres) fn trust(row: &Row<'_>) -> Result<Trust> {
    Ok(Trust {
        account: AccountId::from_i64(row.get(0)?),
        number_key: NumberKey::from_bytes(row.get(1)?),
        cookie: CookieDigest::from_bytes(row.get(2)?),
        network: row.get::<Option<[u8; 16]>>(3)?.map(AddressKey::from_bytes),
        agent: row.get::<Option<[u8; 16]>>(4)?.map(BrowserDigest::from_bytes),
        created_at: time(row, 5)?,
    })
}

pub(in crate::postgres) fn blocked_number(row: &Row<'_>) -> Result<BlockedNumber> {
    Ok(BlockedNumber {
        account: AccountId::from_i64(row.get(0)?),
        number_key: NumberKey::from_bytes(row.get(1)?),
        masked: row.get(2)?,
        created_at: time(row, 3)?,
    })
}

pub(in crate::postgres) fn address_sends(row: &Row<'_>) -> Result<AddressSends> {
    let (starts, checks) = (row.bytes(0)?, row.bytes(1)?);
    columns::address_sends(starts, checks).ok_or_else(|| bad(0, "starts and checks"))
}
