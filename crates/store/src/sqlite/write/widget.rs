//! Writing what is kept of the verification widget.

use rusqlite::{Result, params};
use verify::Timestamp;
use verify::ids::{AccountId, VerificationId};
use verify::phone::PhoneNumber;
use verify::record::{
    NoticeKind, Version1, WidgetSession, WidgetSettings, WidgetStatus, WidgetTraffic,
};
use verify::sealed::Sealed;

use super::{Connection, count_change_of_accounts, execute};
use crate::columns::{self, StepColumns};
use crate::limits::WIDGET_SESSIONS_FORGOTTEN_MAX;

pub(super) fn put_settings(connection: &Connection, s: &WidgetSettings) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO widget_settings (account_id, secret_sealed, version_1, \
               version_1_until, targets, frame_origins, signs_twice, is_origin_bound, name, \
               accent, strip, logo) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let until = match s.version_1 {
        Version1::Until(at) => Some(at.as_millisecond()),
        Version1::AsAccount | Version1::Off | Version1::On => None,
    };
    let params = params![
        s.account.as_i64(),
        s.secret.as_ref().map(Sealed::as_bytes),
        columns::version_1_word(s.version_1),
        until,
        s.targets.join("\n"),
        s.frame_origins.join("\n"),
        s.signs_twice,
        s.is_origin_bound,
        s.brand.name,
        s.brand.accent.map(|colour| colour.0),
        s.brand.strip.map(|colour| colour.0),
        s.brand.logo,
    ];
    execute(connection, sql, params)?;
    count_change_of_accounts(connection)
}

pub(super) fn put_session(connection: &Connection, s: &WidgetSession) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO widget_session (id, account_id, cookie, wire, callback_url, \
               phone, is_phone_locked, nonce, is_framed, step, step_phone, verification_id, \
               expires_at, resend_at, status, done_at, confirmed_at, notice, notice_until, typed, \
               rounds, starts, created_at, used_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, \
               ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)";
    let step = StepColumns::of(&s.step);
    let params = params![
        s.id.as_bytes(),
        s.account.as_i64(),
        s.cookie.as_bytes(),
        columns::wire_word(s.wire),
        s.callback_url,
        s.phone.as_ref().map(PhoneNumber::as_e164),
        s.is_phone_locked,
        s.nonce,
        s.is_framed,
        step.word,
        step.phone.map(PhoneNumber::as_e164),
        step.verification.map(VerificationId::as_bytes),
        step.expires_at.map(Timestamp::as_millisecond),
        step.resend_at.map(Timestamp::as_millisecond),
        step.status.map(WidgetStatus::as_str),
        step.done_at.map(Timestamp::as_millisecond),
        step.confirmed_at.map(Timestamp::as_millisecond),
        s.notice.map(|notice| NoticeKind::as_str(notice.kind)),
        s.notice.and_then(|notice| notice.until).map(Timestamp::as_millisecond),
        s.typed.as_deref(),
        s.rounds,
        s.starts,
        s.created_at.as_millisecond(),
        s.used_at.as_millisecond(),
    ];
    execute(connection, sql, params)
}

pub(super) fn put_traffic(
    connection: &Connection,
    account: AccountId,
    traffic: &WidgetTraffic,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO widget_traffic (account_id, sends, entered, attack_until) \
               VALUES (?1, ?2, ?3, ?4)";
    let params = params![
        account.as_i64(),
        columns::times_bytes(&traffic.sends),
        columns::times_bytes(&traffic.entered),
        traffic.attack_until.map(Timestamp::as_millisecond),
    ];
    execute(connection, sql, params)
}

pub(super) fn forget_sessions(connection: &Connection, before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM widget_session WHERE id IN (SELECT id FROM widget_session \
               WHERE created_at < ?1 ORDER BY created_at, id LIMIT ?2)";
    execute(connection, sql, (before.as_millisecond(), WIDGET_SESSIONS_FORGOTTEN_MAX))
}
