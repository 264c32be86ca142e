//! Devices and what belongs to them, from rows.

use verify::Timestamp;
use verify::device_keys::PublicBytes;
use verify::ids::{AccountId, AuthenticatorId, DeviceId, PromptId, ServiceId, UserId};
use verify::keys::{ApprovalDigest, NumberKey};
use verify::record::{Approval, Authenticator, Device, Entry, Prompts, RecoverySet};
use verify::sealed::Sealed;
use verify::totp::Algorithm;

use crate::columns;

use super::{Result, Row, bad, time, time_opt, user};

pub(in crate::postgres) fn device(row: &Row<'_>) -> Result<Device> {
    Ok(Device {
        id: DeviceId::from_bytes(row.get(0)?),
        number_key: NumberKey::from_bytes(row.get(1)?),
        name: row.get(2)?,
        language: row.get(3)?,
        sign_key: public_key(row, 4)?,
        wrap_key: public_key(row, 5)?,
        held_until: time_opt(row, 6)?,
        approval: approval(row)?,
        push: row.get::<Option<Vec<u8>>>(10)?.map(Sealed::from_bytes),
        created_at: time(row, 11)?,
        last_seen_at: time(row, 12)?,
    })
}

fn public_key(row: &Row<'_>, column: usize) -> Result<PublicBytes> {
    let bytes = row.bytes(column)?;
    PublicBytes::parse(bytes).ok_or_else(|| bad(column, "public key"))
}

fn approval(row: &Row<'_>) -> Result<Option<Approval>> {
    let Some(digest) = row.get(7)? else { return Ok(None) };
    Ok(Some(Approval {
        digest: ApprovalDigest::from_bytes(digest),
        expires_at: time(row, 8)?,
        attempts: row.get(9)?,
    }))
}

pub(in crate::postgres) fn authenticator(row: &Row<'_>) -> Result<Authenticator> {
    let algorithm = Algorithm::parse(row.text(5)?);
    Ok(Authenticator {
        service: ServiceId::from_bytes(row.get(0)?),
        user: UserId::from_bytes(row.get(1)?),
        id: AuthenticatorId::from_bytes(row.get(2)?),
        device: row.get::<Option<[u8; 16]>>(3)?.map(DeviceId::from_bytes),
        name: row.get(4)?,
        algorithm: algorithm.ok_or_else(|| bad(5, "algorithm"))?,
        seed: Sealed::from_bytes(row.get(6)?),
        confirmed_at: time_opt(row, 7)?,
        attempts: row.get(8)?,
        last_step: row.get(9)?,
        drift: row.get(10)?,
        resync_step: row.get(11)?,
        created_at: time(row, 12)?,
        last_used_at: time_opt(row, 13)?,
    })
}

/// A user, its service, and its prompts if it has any.
pub(in crate::postgres) fn entry(row: &Row<'_>) -> Result<Entry> {
    const PROMPTS: usize = 9;
    let has_prompts = row.get::<Option<[u8; 16]>>(PROMPTS)?.is_some();
    Ok(Entry {
        user: user(row)?,
        account: AccountId::from_i64(row.get(7)?),
        issuer: row.get(8)?,
        prompts: has_prompts.then(|| prompts(row, PROMPTS)).transpose()?,
    })
}

/// Five columns from `column` on.
pub(in crate::postgres) fn prompts(row: &Row<'_>, column: usize) -> Result<Prompts> {
    Ok(Prompts {
        service: ServiceId::from_bytes(row.get(column)?),
        user: UserId::from_bytes(row.get(column + 1)?),
        id: PromptId::from_bytes(row.get(column + 2)?),
        expires_at: time(row, column + 3)?,
        sent_at: times(row, column + 4)?,
    })
}

pub(super) fn times(row: &Row<'_>, column: usize) -> Result<Vec<Timestamp>> {
    let times = columns::times(row.bytes(column)?);
    times.ok_or_else(|| bad(column, "times"))
}

pub(in crate::postgres) fn recovery(row: &Row<'_>) -> Result<RecoverySet> {
    let digests = columns::digests(row.bytes(2)?);
    Ok(RecoverySet {
        service: ServiceId::from_bytes(row.get(0)?),
        user: UserId::from_bytes(row.get(1)?),
        digests: digests.ok_or_else(|| bad(2, "digests"))?,
        created_at: time(row, 3)?,
    })
}
