//! Writing number confirmations and what belongs to them.

use rusqlite::{Result, params};
use verify::Timestamp;
use verify::ids::{AccountId, VerificationId};
use verify::keys::{AddressKey, BrowserDigest, CookieDigest, NumberKey};
use verify::record::{BlockedNumber, Confirmation, Trust};
use verify::send_limits::AddressSends;

use super::{Connection, execute};
use crate::columns;

pub(super) fn put_confirmation(connection: &Connection, c: &Confirmation) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO confirmation (account_id, id, service_id, user_id, phone, \
               number_key, template, sender, messages_max, repeat_pause, repeat_at, cookie, \
               network, agent, forget_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
               ?12, ?13, ?14, ?15)";
    let pause = i64::try_from(c.repeat_pause.as_millis()).unwrap_or(i64::MAX);
    let params = params![
        c.account.as_i64(),
        c.id.as_bytes(),
        c.service.as_bytes(),
        c.user.as_bytes(),
        c.to.as_e164(),
        c.number_key.as_bytes(),
        c.template,
        c.sender,
        c.messages_max,
        pause,
        c.repeat_at.map(Timestamp::as_millisecond),
        c.browser.cookie.as_ref().map(CookieDigest::as_bytes),
        c.browser.network.as_ref().map(AddressKey::as_bytes),
        c.browser.agent.as_ref().map(BrowserDigest::as_bytes),
        c.forget_at.as_millisecond(),
    ];
    execute(connection, sql, params)
}

pub(super) fn forget_confirmation(
    connection: &Connection,
    account: AccountId,
    id: VerificationId,
    before: Timestamp,
) -> Result<()> {
    let sql = "DELETE FROM confirmation WHERE account_id = ?1 AND id = ?2 AND forget_at <= ?3";
    execute(connection, sql, (account.as_i64(), id.as_bytes(), before.as_millisecond()))
}

pub(super) fn put_trust(connection: &Connection, t: &Trust) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO trust (account_id, number_key, cookie, network, agent, \
               created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let params = params![
        t.account.as_i64(),
        t.number_key.as_bytes(),
        t.cookie.as_bytes(),
        t.network.as_ref().map(AddressKey::as_bytes),
        t.agent.as_ref().map(BrowserDigest::as_bytes),
        t.created_at.as_millisecond(),
    ];
    execute(connection, sql, params)
}

pub(super) fn drop_trusts(
    connection: &Connection,
    account: AccountId,
    number: NumberKey,
) -> Result<()> {
    let sql = "DELETE FROM trust WHERE account_id = ?1 AND number_key = ?2";
    execute(connection, sql, (account.as_i64(), number.as_bytes()))
}

pub(super) fn forget_trust(
    connection: &Connection,
    account: AccountId,
    number: NumberKey,
    cookie: CookieDigest,
    before: Timestamp,
) -> Result<()> {
    let sql = "DELETE FROM trust WHERE account_id = ?1 AND number_key = ?2 AND cookie = ?3 \
               AND created_at <= ?4";
    let params = (account.as_i64(), number.as_bytes(), cookie.as_bytes(), before.as_millisecond());
    execute(connection, sql, params)
}

/// A number that is on the list already stays as it was put there.
pub(super) fn block(connection: &Connection, b: &BlockedNumber) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO blocked_number (account_id, number_key, masked, created_at) \
               VALUES (?1, ?2, ?3, ?4)";
    let params =
        (b.account.as_i64(), b.number_key.as_bytes(), &b.masked, b.created_at.as_millisecond());
    execute(connection, sql, params)
}

pub(super) fn unblock(
    connection: &Connection,
    account: AccountId,
    number: NumberKey,
) -> Result<()> {
    let sql = "DELETE FROM blocked_number WHERE account_id = ?1 AND number_key = ?2";
    execute(connection, sql, (account.as_i64(), number.as_bytes()))
}

pub(super) fn put_address_sends(
    connection: &Connection,
    key: AddressKey,
    sends: &AddressSends,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO address_sends (address_key, last_at, starts, checks) \
               VALUES (?1, ?2, ?3, ?4)";
    let params = (
        key.as_bytes(),
        sends.last_at().as_millisecond(),
        columns::address_starts_bytes(sends),
        columns::times_bytes(&sends.checks),
    );
    execute(connection, sql, params)
}
