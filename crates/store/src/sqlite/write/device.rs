//! Writing devices, and what belongs to them.

use rusqlite::{Result, params};
use verify::Timestamp;
use verify::ids::{AuthenticatorId, DeviceId, ServiceId, UserId};
use verify::keys::NonceDigest;
use verify::limits::NONCES_FORGOTTEN_MAX;
use verify::record::{Authenticator, Device, Prompts, RecoverySet};
use verify::sealed::Sealed;

use super::{Connection, execute};
use crate::columns;

pub(super) fn put(connection: &Connection, d: &Device) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO device (id, number_key, name, language, sign_key, wrap_key, \
               held_until, approval_digest, approval_expires_at, approval_attempts, push_sealed, \
               created_at, last_seen_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let approval = d.approval.as_ref();
    let params = params![
        d.id.as_bytes(),
        d.number_key.as_bytes(),
        d.name,
        d.language,
        d.sign_key.as_bytes(),
        d.wrap_key.as_bytes(),
        d.held_until.map(Timestamp::as_millisecond),
        approval.map(|a| a.digest.as_bytes()),
        approval.map(|a| a.expires_at.as_millisecond()),
        approval.map(|a| a.attempts),
        d.push.as_ref().map(Sealed::as_bytes),
        d.created_at.as_millisecond(),
        d.last_seen_at.as_millisecond(),
    ];
    execute(connection, sql, params)
}

pub(super) fn delete(connection: &Connection, device: DeviceId) -> Result<()> {
    let sql = "DELETE FROM authenticator WHERE device_id = ?1 \
               RETURNING service_id, user_id, confirmed_at IS NOT NULL";
    let removed = connection.all(sql, [device.as_bytes()], |row| {
        let user = (ServiceId::from_bytes(row.get(0)?), UserId::from_bytes(row.get(1)?));
        Ok((user, row.get::<_, bool>(2)?))
    })?;
    let confirmed = removed.into_iter().filter(|(_, is_confirmed)| *is_confirmed);
    let mut users: Vec<_> = confirmed.map(|(user, _)| user).collect();
    users.sort_unstable();
    users.dedup();
    for (service, user) in users {
        count(connection, service, user)?;
    }
    execute(connection, "DELETE FROM device WHERE id = ?1", [device.as_bytes()])
}

pub(super) fn put_authenticator(connection: &Connection, a: &Authenticator) -> Result<()> {
    let sql = "SELECT a.confirmed_at IS NOT NULL FROM user AS u LEFT JOIN authenticator AS a \
               ON a.service_id = u.service_id AND a.user_id = u.id AND a.id = ?3 \
               WHERE u.service_id = ?1 AND u.id = ?2";
    let params = (a.service.as_bytes(), a.user.as_bytes(), a.id.as_bytes());
    let was_confirmed: Option<bool> = connection.one(sql, params, |row| row.get(0))?;
    let Some(was_confirmed) = was_confirmed else { return Ok(()) };
    let sql = "INSERT OR REPLACE INTO authenticator (service_id, user_id, id, device_id, name, \
               algorithm, seed_sealed, confirmed_at, attempts, last_step, drift, resync_step, \
               created_at, last_used_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let params = params![
        a.service.as_bytes(),
        a.user.as_bytes(),
        a.id.as_bytes(),
        a.device.as_ref().map(DeviceId::as_bytes),
        a.name,
        a.algorithm.as_str(),
        a.seed.as_bytes(),
        a.confirmed_at.map(Timestamp::as_millisecond),
        a.attempts,
        a.last_step,
        a.drift,
        a.resync_step,
        a.created_at.as_millisecond(),
        a.last_used_at.map(Timestamp::as_millisecond),
    ];
    execute(connection, sql, params)?;
    // A login only moves the step: the row of its user stays as it is.
    if was_confirmed == a.confirmed_at.is_some() {
        return Ok(());
    }
    count(connection, a.service, a.user)
}

pub(super) fn delete_authenticator(
    connection: &Connection,
    service: ServiceId,
    user: UserId,
    id: AuthenticatorId,
) -> Result<()> {
    let sql = "DELETE FROM authenticator WHERE service_id = ?1 AND user_id = ?2 AND id = ?3 \
               RETURNING confirmed_at IS NOT NULL";
    let params = (service.as_bytes(), user.as_bytes(), id.as_bytes());
    let was_confirmed: Option<bool> = connection.one(sql, params, |row| row.get(0))?;
    if was_confirmed == Some(true) { count(connection, service, user) } else { Ok(()) }
}

/// Counts the confirmed authenticators of a user, for the row that every login
/// reads.
fn count(connection: &Connection, service: ServiceId, user: UserId) -> Result<()> {
    let sql = "UPDATE user SET devices_active = (SELECT count(*) FROM authenticator \
               WHERE service_id = ?1 AND user_id = ?2 AND confirmed_at IS NOT NULL) \
               WHERE service_id = ?1 AND id = ?2";
    execute(connection, sql, (service.as_bytes(), user.as_bytes()))
}

pub(super) fn put_prompts(connection: &Connection, p: &Prompts) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO prompt (service_id, user_id, id, expires_at, sent_at) \
               SELECT service_id, id, ?3, ?4, ?5 FROM user \
               WHERE service_id = ?1 AND id = ?2";
    let params = params![
        p.service.as_bytes(),
        p.user.as_bytes(),
        p.id.as_bytes(),
        p.expires_at.as_millisecond(),
        columns::times_bytes(&p.sent_at),
    ];
    execute(connection, sql, params)
}

pub(super) fn put_recovery(connection: &Connection, set: &RecoverySet) -> Result<()> {
    let user = (set.service.as_bytes(), set.user.as_bytes());
    if set.digests.is_empty() {
        let sql = "DELETE FROM recovery WHERE service_id = ?1 AND user_id = ?2";
        return execute(connection, sql, user);
    }
    let sql = "INSERT OR REPLACE INTO recovery (service_id, user_id, digests, created_at) \
               SELECT service_id, id, ?3, ?4 FROM user WHERE service_id = ?1 AND id = ?2";
    let digests = columns::digests_bytes(&set.digests);
    execute(connection, sql, (user.0, user.1, digests, set.created_at.as_millisecond()))
}

pub(super) fn use_nonce(
    connection: &Connection,
    nonce: NonceDigest,
    until: Timestamp,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO app_nonce (digest, until) VALUES (?1, ?2)";
    execute(connection, sql, (nonce.as_bytes(), until.as_millisecond()))
}

pub(super) fn forget_nonces(connection: &Connection, now: Timestamp) -> Result<()> {
    let sql = "DELETE FROM app_nonce WHERE digest IN (SELECT digest FROM app_nonce \
               WHERE until <= ?1 ORDER BY until, digest LIMIT ?2)";
    execute(connection, sql, (now.as_millisecond(), NONCES_FORGOTTEN_MAX))
}

/// What a user takes along. A device stays: it belongs to the number.
pub(super) fn delete_of_user(
    connection: &Connection,
    service: ServiceId,
    user: UserId,
) -> Result<()> {
    let params = (service.as_bytes(), user.as_bytes());
    for sql in [
        "DELETE FROM authenticator WHERE service_id = ?1 AND user_id = ?2",
        "DELETE FROM prompt WHERE service_id = ?1 AND user_id = ?2",
        "DELETE FROM recovery WHERE service_id = ?1 AND user_id = ?2",
    ] {
        execute(connection, sql, params)?;
    }
    Ok(())
}
