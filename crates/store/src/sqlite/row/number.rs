//! Records of number confirmations from rows.

use rusqlite::types::Type;
use rusqlite::{Result, Row};
use verify::ids::{AccountId, ServiceId, UserId, VerificationId};
use verify::keys::{AddressKey, BrowserDigest, CookieDigest, NumberKey};
use verify::record::{BlockedNumber, BrowserTrace, Confirmation, Trust};
use verify::send_limits::AddressSends;
use verify::send_limits::address::AddressStart;
use verify::{SignedDuration, Timestamp};

use super::{bad, phone, time, time_opt};

pub(in crate::sqlite) fn confirmation(row: &Row<'_>) -> Result<Confirmation> {
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
            cookie: row.get::<_, Option<[u8; 32]>>(11)?.map(CookieDigest::from_bytes),
            network: row.get::<_, Option<[u8; 16]>>(12)?.map(AddressKey::from_bytes),
            agent: row.get::<_, Option<[u8; 16]>>(13)?.map(BrowserDigest::from_bytes),
        },
        forget_at: time(row, 14)?,
    })
}

pub(in crate::sqlite) fn trust(row: &Row<'_>) -> Result<Trust> {
    Ok(Trust {
        account: AccountId::from_i64(row.get(0)?),
        number_key: NumberKey::from_bytes(row.get(1)?),
        cookie: CookieDigest::from_bytes(row.get(2)?),
        network: row.get::<_, Option<[u8; 16]>>(3)?.map(AddressKey::from_bytes),
        agent: row.get::<_, Option<[u8; 16]>>(4)?.map(BrowserDigest::from_bytes),
        created_at: time(row, 5)?,
    })
}

pub(in crate::sqlite) fn blocked_number(row: &Row<'_>) -> Result<BlockedNumber> {
    Ok(BlockedNumber {
        account: AccountId::from_i64(row.get(0)?),
        number_key: NumberKey::from_bytes(row.get(1)?),
        masked: row.get(2)?,
        created_at: time(row, 3)?,
    })
}

/// Bytes of one start: eight of time, four of number.
const START_BYTES: usize = 12;
/// Bytes of one check: its time.
const CHECK_BYTES: usize = 8;

pub(in crate::sqlite) fn address_sends(row: &Row<'_>) -> Result<AddressSends> {
    let start = |chunk: &[u8]| {
        let (at, number) = chunk.split_first_chunk::<8>()?;
        Some(AddressStart { at: millis(*at)?, number: u32::from_be_bytes(number.try_into().ok()?) })
    };
    let check = |chunk: &[u8]| millis(chunk.try_into().ok()?);
    let starts = row.get_ref(0)?.as_blob()?.chunks_exact(START_BYTES).map(start).collect();
    let checks = row.get_ref(1)?.as_blob()?.chunks_exact(CHECK_BYTES).map(check).collect();
    let (starts, checks): (Option<Vec<_>>, Option<Vec<_>>) = (starts, checks);
    Ok(AddressSends {
        starts: starts.ok_or_else(|| bad(0, Type::Blob, "starts"))?,
        checks: checks.ok_or_else(|| bad(1, Type::Blob, "checks"))?,
    })
}

fn millis(bytes: [u8; 8]) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::from_be_bytes(bytes)).ok()
}

pub(in crate::sqlite) fn address_starts_bytes(sends: &AddressSends) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sends.starts.len() * START_BYTES);
    for start in &sends.starts {
        bytes.extend_from_slice(&start.at.as_millisecond().to_be_bytes());
        bytes.extend_from_slice(&start.number.to_be_bytes());
    }
    bytes
}

pub(in crate::sqlite) fn checks_bytes(sends: &AddressSends) -> Vec<u8> {
    sends.checks.iter().flat_map(|at| at.as_millisecond().to_be_bytes()).collect()
}
