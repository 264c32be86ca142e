//! Records of the verification widget, from rows.

use verify::ids::{AccountId, VerificationId, WidgetSessionId};
use verify::keys::WidgetCookieDigest;
use verify::phone::PhoneNumber;
use verify::record::{
    Brand, Colour, Notice, NoticeKind, TypedNumber, Version1, WidgetSession, WidgetSettings,
    WidgetStatus, WidgetStep, WidgetTraffic, WidgetWire,
};
use verify::sealed::Sealed;

use crate::columns;

use super::device::times;
use super::{Result, Row, bad, phone, time, time_opt};

pub(in crate::postgres) fn widget_settings(row: &Row<'_>) -> Result<WidgetSettings> {
    Ok(WidgetSettings {
        account: AccountId::from_i64(row.get(0)?),
        secret: row.get::<Option<Vec<u8>>>(1)?.map(Sealed::from_bytes),
        version_1: version_1(row)?,
        targets: lines(row, 4)?,
        frame_origins: lines(row, 5)?,
        signs_twice: row.get(6)?,
        is_origin_bound: row.get(7)?,
        brand: Brand {
            name: row.get(8)?,
            accent: row.get::<Option<[u8; 3]>>(9)?.map(Colour),
            strip: row.get::<Option<[u8; 3]>>(10)?.map(Colour),
            logo: row.get(11)?,
        },
    })
}

fn version_1(row: &Row<'_>) -> Result<Version1> {
    match row.text(2)? {
        "account" => Ok(Version1::AsAccount),
        "off" => Ok(Version1::Off),
        "on" => Ok(Version1::On),
        "until" => Ok(Version1::Until(time(row, 3)?)),
        _ => Err(bad(2, "version 1")),
    }
}

fn lines(row: &Row<'_>, column: usize) -> Result<Vec<String>> {
    Ok(columns::lines(row.text(column)?))
}

pub(in crate::postgres) fn widget_session(row: &Row<'_>) -> Result<WidgetSession> {
    Ok(WidgetSession {
        id: WidgetSessionId::from_bytes(row.get(0)?),
        account: AccountId::from_i64(row.get(1)?),
        cookie: WidgetCookieDigest::from_bytes(row.get(2)?),
        wire: wire(row)?,
        callback_url: row.get(4)?,
        phone: phone_opt(row, 5)?,
        is_phone_locked: row.get(6)?,
        nonce: row.get(7)?,
        is_framed: row.get(8)?,
        step: step(row)?,
        notice: notice(row)?,
        typed: row.get::<Option<String>>(19)?.map(TypedNumber::new),
        rounds: row.get(20)?,
        starts: row.get(21)?,
        created_at: time(row, 22)?,
        used_at: time(row, 23)?,
    })
}

fn wire(row: &Row<'_>) -> Result<WidgetWire> {
    columns::wire(row.text(3)?).ok_or_else(|| bad(3, "wire"))
}

fn phone_opt(row: &Row<'_>, column: usize) -> Result<Option<PhoneNumber>> {
    let is_there = row.text_opt(column)?.is_some();
    is_there.then(|| phone(row, column)).transpose()
}

fn step(row: &Row<'_>) -> Result<WidgetStep> {
    match row.text(9)? {
        "number" => Ok(WidgetStep::Number),
        "code" => Ok(WidgetStep::Code {
            to: phone(row, 10)?,
            verification: VerificationId::from_bytes(row.get(11)?),
            expires_at: time(row, 12)?,
            resend_at: time_opt(row, 13)?,
        }),
        "done" => Ok(WidgetStep::Done {
            status: WidgetStatus::parse(row.text(14)?).ok_or_else(|| bad(14, "status"))?,
            phone: phone_opt(row, 10)?,
            at: time(row, 15)?,
            confirmed_at: time_opt(row, 16)?,
        }),
        _ => Err(bad(9, "step")),
    }
}

fn notice(row: &Row<'_>) -> Result<Option<Notice>> {
    let Some(word) = row.text_opt(17)? else { return Ok(None) };
    let kind = NoticeKind::parse(word).ok_or_else(|| bad(17, "notice"))?;
    Ok(Some(Notice { kind, until: time_opt(row, 18)? }))
}

pub(in crate::postgres) fn widget_traffic(row: &Row<'_>) -> Result<WidgetTraffic> {
    Ok(WidgetTraffic {
        sends: times(row, 0)?,
        entered: times(row, 1)?,
        attack_until: time_opt(row, 2)?,
    })
}
