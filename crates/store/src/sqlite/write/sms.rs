//! Writing clients' messages, money, prices and reports.

use rusqlite::{Result, params};
use verify::ids::AccountId;
use verify::keys::TextDigest;
use verify::phone::PhoneNumber;
use verify::record::{Balance, BodyKind, KeptText, Price, Report, ReportKind, Sms};
use verify::sealed::Sealed;

use super::{Connection, execute};
use crate::columns;

pub(super) fn put(connection: &Connection, m: &Sms) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO sms (id, account_id, message_id, state, err, phone, \
               number_key, sender, is_data, header, class, scheduled_text, parts, price, \
               report_url, text_store, kept_sealed, kept_digest, created_at, send_at, deadline, \
               changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
               ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";
    let (sealed, digest) = match &m.kept_text {
        KeptText::Nothing => (None, None),
        KeptText::Sealed(sealed) => (Some(sealed.as_bytes()), None),
        KeptText::Digest(digest) => (None, Some(TextDigest::as_bytes(digest))),
    };
    let params = params![
        m.id.as_bytes(),
        m.account.as_i64(),
        m.message.as_bytes(),
        m.state.as_str(),
        m.err,
        m.to.as_ref().map(PhoneNumber::as_e164),
        m.number_key.as_bytes(),
        m.sender,
        m.form.body == BodyKind::Data,
        columns::header_column(&m.form),
        m.form.class,
        m.scheduled_text.as_ref().map(Sealed::as_bytes),
        m.parts,
        m.price,
        m.report_url,
        m.text_store.as_str(),
        sealed,
        digest,
        m.created_at.as_millisecond(),
        m.send_at.as_millisecond(),
        m.deadline.as_millisecond(),
        m.changed_at.as_millisecond(),
    ];
    execute(connection, sql, params)
}

pub(super) fn put_balance(
    connection: &Connection,
    account: AccountId,
    balance: Balance,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO balance (account_id, amount, reserved) VALUES (?1, ?2, ?3)";
    execute(connection, sql, (account.as_i64(), balance.amount, balance.reserved))
}

pub(super) fn replace_prices(connection: &Connection, prices: &[Price]) -> Result<()> {
    execute(connection, "DELETE FROM price", [])?;
    for p in prices {
        let sql = "INSERT INTO price (country, country_name, mccmnc, network, price) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let params = (p.country.as_str(), &p.country_name, &p.mccmnc, &p.network, p.price);
        execute(connection, sql, params)?;
    }
    let sql = "UPDATE meta SET value = value + 1 WHERE name = 'prices_version'";
    execute(connection, sql, [])
}

pub(super) fn queue_report(connection: &Connection, r: &Report) -> Result<()> {
    let sql = "INSERT INTO report (id, account_id, sms_id, state, err, body, signature, url, \
               attempts, next_at, lease, is_event) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let (sms, state, err, body, signature) = match &r.kind {
        ReportKind::Delivery { sms, state, err } => {
            (Some(sms.as_bytes()), Some(state.as_str()), Some(*err), None, None)
        }
        ReportKind::Inbound { body, signature } | ReportKind::Event { body, signature } => {
            (None, None, None, Some(body.as_bytes()), Some(signature))
        }
    };
    let params = params![
        r.id.as_bytes(),
        r.account.as_i64(),
        sms,
        state,
        err,
        body,
        signature,
        r.url,
        r.attempts,
        r.next_at.as_millisecond(),
        r.lease.cast_signed(),
        matches!(r.kind, ReportKind::Event { .. }),
    ];
    execute(connection, sql, params)
}

pub(super) fn update_report(connection: &Connection, r: &Report) -> Result<()> {
    let sql = "UPDATE report SET attempts = ?2, next_at = ?3, lease = ?4 WHERE id = ?1";
    let params =
        params![r.id.as_bytes(), r.attempts, r.next_at.as_millisecond(), r.lease.cast_signed()];
    execute(connection, sql, params)
}
