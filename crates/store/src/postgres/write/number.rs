//! Writing number confirmations and what belongs to them.

use verify::Timestamp;
use verify::ids::{AccountId, VerificationId};
use verify::keys::{AddressKey, BrowserDigest, CookieDigest, NumberKey};
use verify::record::{BlockedNumber, Confirmation, Trust};
use verify::send_limits::AddressSends;

use super::{Batch, upsert};
use crate::columns;
use crate::postgres::value::params;

pub(super) fn put_confirmation<'c>(batch: &mut Batch<'c>, c: &'c Confirmation) {
    let sql = upsert::CONFIRMATION.as_str();
    let pause = i64::try_from(c.repeat_pause.as_millis()).unwrap_or(i64::MAX);
    let params = params![
        c.account.as_i64(),
        c.id.as_bytes(),
        c.service.as_bytes(),
        c.user.as_bytes(),
        c.to.as_e164(),
        c.number_key.as_bytes(),
        &c.template,
        &c.sender,
        c.messages_max,
        pause,
        c.repeat_at.map(Timestamp::as_millisecond),
        c.browser.cookie.as_ref().map(CookieDigest::as_bytes),
        c.browser.network.as_ref().map(AddressKey::as_bytes),
        c.browser.agent.as_ref().map(BrowserDigest::as_bytes),
        c.forget_at.as_millisecond(),
    ];
    batch.execute(sql, params);
}

pub(super) fn forget_confirmation(
    batch: &mut Batch<'_>,
    account: AccountId,
    id: VerificationId,
    before: Timestamp,
) {
    let sql = "DELETE FROM confirmation WHERE account_id = $1 AND id = $2 AND forget_at <= $3";
    batch.execute(sql, params![account.as_i64(), *id.as_bytes(), before.as_millisecond()]);
}

pub(super) fn put_trust<'c>(batch: &mut Batch<'c>, t: &'c Trust) {
    let sql = upsert::TRUST.as_str();
    let params = params![
        t.account.as_i64(),
        t.number_key.as_bytes(),
        t.cookie.as_bytes(),
        t.network.as_ref().map(AddressKey::as_bytes),
        t.agent.as_ref().map(BrowserDigest::as_bytes),
        t.created_at.as_millisecond(),
    ];
    batch.execute(sql, params);
}

pub(super) fn drop_trusts(batch: &mut Batch<'_>, account: AccountId, number: NumberKey) {
    let sql = "DELETE FROM trust WHERE account_id = $1 AND number_key = $2";
    batch.execute(sql, params![account.as_i64(), *number.as_bytes()]);
}

pub(super) fn forget_trust(
    batch: &mut Batch<'_>,
    account: AccountId,
    number: NumberKey,
    cookie: CookieDigest,
    before: Timestamp,
) {
    let sql = "DELETE FROM trust WHERE account_id = $1 AND number_key = $2 AND cookie = $3 \
               AND created_at <= $4";
    let params =
        params![account.as_i64(), *number.as_bytes(), *cookie.as_bytes(), before.as_millisecond()];
    batch.execute(sql, params);
}

/// A number that is on the list already stays as it was put there.
pub(super) fn block<'c>(batch: &mut Batch<'c>, b: &'c BlockedNumber) {
    let sql = "INSERT INTO blocked_number (account_id, number_key, masked, created_at) \
               VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, number_key) DO NOTHING";
    let params = params![b.account.as_i64(), b.number_key.as_bytes(), &b.masked, b.created_at];
    batch.execute(sql, params);
}

pub(super) fn unblock(batch: &mut Batch<'_>, account: AccountId, number: NumberKey) {
    let sql = "DELETE FROM blocked_number WHERE account_id = $1 AND number_key = $2";
    batch.execute(sql, params![account.as_i64(), *number.as_bytes()]);
}

pub(super) fn put_address_sends(batch: &mut Batch<'_>, key: AddressKey, sends: &AddressSends) {
    let sql = upsert::ADDRESS_SENDS.as_str();
    let params = params![
        *key.as_bytes(),
        sends.last_at().as_millisecond(),
        columns::address_starts_bytes(sends),
        columns::times_bytes(&sends.checks),
    ];
    batch.execute(sql, params);
}
