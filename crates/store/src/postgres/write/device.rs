//! Writing devices, and what belongs to them.

use verify::Timestamp;
use verify::ids::{AuthenticatorId, DeviceId, ServiceId, UserId};
use verify::keys::NonceDigest;
use verify::limits::NONCES_FORGOTTEN_MAX;
use verify::record::{Authenticator, Device, Prompts, RecoverySet};
use verify::sealed::Sealed;

use super::{Batch, upsert};
use crate::columns;
use crate::postgres::value::params;

pub(super) fn put<'c>(batch: &mut Batch<'c>, d: &'c Device) {
    let sql = upsert::DEVICE.as_str();
    let approval = d.approval.as_ref();
    let params = params![
        d.id.as_bytes(),
        d.number_key.as_bytes(),
        &d.name,
        &d.language,
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
    batch.execute(sql, params);
}

/// Its authenticators go with it, out of the count of each user.
pub(super) fn delete(batch: &mut Batch<'_>, device: DeviceId) {
    let id = *device.as_bytes();
    let sql = "UPDATE users AS u SET devices_active = (SELECT count(*) FROM authenticator AS a \
               WHERE a.service_id = u.service_id AND a.user_id = u.id \
               AND a.confirmed_at IS NOT NULL AND a.device_id IS DISTINCT FROM $1) \
               WHERE (u.service_id, u.id) IN (SELECT service_id, user_id FROM authenticator \
               WHERE device_id = $1 AND confirmed_at IS NOT NULL)";
    batch.execute(sql, params![id]);
    batch.execute("DELETE FROM authenticator WHERE device_id = $1", params![id]);
    batch.execute("DELETE FROM device WHERE id = $1", params![id]);
}

pub(super) fn put_authenticator<'c>(batch: &mut Batch<'c>, a: &'c Authenticator) {
    count(batch, (a.service, a.user, a.id), a.confirmed_at.is_some());
    let sql = upsert::AUTHENTICATOR.as_str();
    let params = params![
        a.service.as_bytes(),
        a.user.as_bytes(),
        a.id.as_bytes(),
        a.device.as_ref().map(DeviceId::as_bytes),
        &a.name,
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
    batch.execute(sql, params);
}

pub(super) fn delete_authenticator(
    batch: &mut Batch<'_>,
    service: ServiceId,
    user: UserId,
    id: AuthenticatorId,
) {
    count(batch, (service, user, id), false);
    let sql = "DELETE FROM authenticator WHERE service_id = $1 AND user_id = $2 AND id = $3";
    batch.execute(sql, params![*service.as_bytes(), *user.as_bytes(), *id.as_bytes()]);
}

/// Before an authenticator is written or removed: counts the confirmed ones of
/// its user, for the row that every login reads. A login only moves the step:
/// then the row stays as it is.
fn count(
    batch: &mut Batch<'_>,
    (service, user, id): (ServiceId, UserId, AuthenticatorId),
    will_be_confirmed: bool,
) {
    let sql = "UPDATE users SET devices_active = $4::BIGINT + (SELECT count(*) \
               FROM authenticator WHERE service_id = $1 AND user_id = $2 AND id <> $3 \
               AND confirmed_at IS NOT NULL) \
               WHERE service_id = $1 AND id = $2 AND $4 <> (SELECT count(*) \
               FROM authenticator WHERE service_id = $1 AND user_id = $2 AND id = $3 \
               AND confirmed_at IS NOT NULL)";
    let confirmed = i64::from(will_be_confirmed);
    let params = params![*service.as_bytes(), *user.as_bytes(), *id.as_bytes(), confirmed];
    batch.execute(sql, params);
}

pub(super) fn put_prompts<'c>(batch: &mut Batch<'c>, p: &'c Prompts) {
    let sql = upsert::PROMPTS.as_str();
    let params = params![
        p.service.as_bytes(),
        p.user.as_bytes(),
        p.id.as_bytes(),
        p.expires_at.as_millisecond(),
        columns::times_bytes(&p.sent_at),
    ];
    batch.execute(sql, params);
}

pub(super) fn put_recovery<'c>(batch: &mut Batch<'c>, set: &'c RecoverySet) {
    let (service, user) = (set.service.as_bytes(), set.user.as_bytes());
    if set.digests.is_empty() {
        let sql = "DELETE FROM recovery WHERE service_id = $1 AND user_id = $2";
        return batch.execute(sql, params![service, user]);
    }
    let digests = columns::digests_bytes(&set.digests);
    let params = params![service, user, digests, set.created_at];
    batch.execute(upsert::RECOVERY.as_str(), params);
}

pub(super) fn use_nonce(batch: &mut Batch<'_>, nonce: NonceDigest, until: Timestamp) {
    batch.execute(upsert::NONCE.as_str(), params![*nonce.as_bytes(), until]);
}

pub(super) fn forget_nonces(batch: &mut Batch<'_>, now: Timestamp) {
    let sql = "DELETE FROM app_nonce WHERE digest IN (SELECT digest FROM app_nonce \
               WHERE until <= $1 ORDER BY until, digest LIMIT $2)";
    batch.execute(sql, params![now, NONCES_FORGOTTEN_MAX]);
}

/// What a user takes along. A device stays: it belongs to the number.
pub(super) fn delete_of_user(batch: &mut Batch<'_>, service: ServiceId, user: UserId) {
    for sql in [
        "DELETE FROM authenticator WHERE service_id = $1 AND user_id = $2",
        "DELETE FROM prompt WHERE service_id = $1 AND user_id = $2",
        "DELETE FROM recovery WHERE service_id = $1 AND user_id = $2",
    ] {
        batch.execute(sql, params![*service.as_bytes(), *user.as_bytes()]);
    }
}
