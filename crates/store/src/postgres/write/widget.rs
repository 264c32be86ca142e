//! Writing what is kept of the verification widget.

use verify::Timestamp;
use verify::ids::{AccountId, VerificationId};
use verify::phone::PhoneNumber;
use verify::record::{
    NoticeKind, Version1, WidgetSession, WidgetSettings, WidgetStatus, WidgetTraffic,
};
use verify::sealed::Sealed;

use super::{Batch, count_change_of_accounts, upsert};
use crate::columns::{self, StepColumns};
use crate::limits::WIDGET_SESSIONS_FORGOTTEN_MAX;
use crate::postgres::value::params;

pub(super) fn put_settings<'c>(batch: &mut Batch<'c>, s: &'c WidgetSettings) {
    let sql = upsert::WIDGET_SETTINGS.as_str();
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
        s.brand.name.as_ref(),
        s.brand.accent.map(|colour| colour.0),
        s.brand.strip.map(|colour| colour.0),
        s.brand.logo.as_ref(),
    ];
    batch.execute(sql, params);
    count_change_of_accounts(batch);
}

pub(super) fn put_session<'c>(batch: &mut Batch<'c>, s: &'c WidgetSession) {
    let sql = upsert::WIDGET_SESSION.as_str();
    let step = StepColumns::of(&s.step);
    let params = params![
        s.id.as_bytes(),
        s.account.as_i64(),
        s.cookie.as_bytes(),
        columns::wire_word(s.wire),
        &s.callback_url,
        s.phone.as_ref().map(PhoneNumber::as_e164),
        s.is_phone_locked,
        s.nonce.as_ref(),
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
    batch.execute(sql, params);
}

pub(super) fn put_traffic(batch: &mut Batch<'_>, account: AccountId, traffic: &WidgetTraffic) {
    let sql = upsert::WIDGET_TRAFFIC.as_str();
    let params = params![
        account.as_i64(),
        columns::times_bytes(&traffic.sends),
        columns::times_bytes(&traffic.entered),
        traffic.attack_until.map(Timestamp::as_millisecond),
    ];
    batch.execute(sql, params);
}

pub(super) fn forget_sessions(batch: &mut Batch<'_>, before: Timestamp) {
    let sql = "DELETE FROM widget_session WHERE id IN (SELECT id FROM widget_session \
               WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)";
    batch.execute(sql, params![before.as_millisecond(), WIDGET_SESSIONS_FORGOTTEN_MAX]);
}
