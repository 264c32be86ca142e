//! Records of messages, deliveries, money and reports from rows.

use verify::ids::{AccountId, MessageId, ReportId, SmsId};
use verify::keys::{NumberKey, TextDigest};
use verify::record::{
    Balance, Delivery, DeliveryState, KeptText, Price, ReceiptState, Report, ReportKind, Sms,
    SmsState, TextStore,
};
use verify::sealed::Sealed;

use crate::columns;

use super::{Result, Row, Trouble, bad, country, form, gateway, lease, phone, time, time_opt};

fn word<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Option<T>,
    what: &'static str,
) -> Result<T> {
    parse(row.text(column)?).ok_or_else(|| bad(column, what))
}

pub(in crate::postgres) fn delivery(row: &Row<'_>) -> Result<Delivery> {
    let receipt = match time_opt(row, 15)? {
        Some(at) => Some((word(row, 14, ReceiptState::parse, "receipt")?, at)),
        None => None,
    };
    Ok(Delivery {
        message: MessageId::from_bytes(row.get(0)?),
        account: AccountId::from_i64(row.get(1)?),
        purpose: columns::purpose(row.get(5)?, row.get(2)?, row.get(3)?, row.get(4)?),
        number_key: NumberKey::from_bytes(row.get(6)?),
        country: country(row, 7)?,
        gateway: row.get(8)?,
        state: word(row, 9, DeliveryState::parse, "state")?,
        attempts: row.get(10)?,
        in_doubt: row.get(11)?,
        queued_at: time(row, 12)?,
        ended_at: time(row, 13)?,
        receipt,
        trail: gateway::trail(row, 16)?,
        choice: row.get(17)?,
        parts: gateway::parts(row, 18)?,
        cause: gateway::cause(row, 19)?,
        code: row.get(20)?,
    })
}

pub(in crate::postgres) fn sms(row: &Row<'_>) -> Result<Sms> {
    let has_number = !row.is_null(5)?;
    let sealed = row.get::<Option<Vec<u8>>>(16)?.map(Sealed::from_bytes).map(KeptText::Sealed);
    let digest = row.get::<Option<[u8; 32]>>(17)?.map(TextDigest::from_bytes);
    Ok(Sms {
        id: SmsId::from_bytes(row.get(0)?),
        account: AccountId::from_i64(row.get(1)?),
        message: MessageId::from_bytes(row.get(2)?),
        state: word(row, 3, SmsState::parse, "state")?,
        err: row.get(4)?,
        to: if has_number { Some(phone(row, 5)?) } else { None },
        number_key: NumberKey::from_bytes(row.get(6)?),
        sender: row.get(7)?,
        form: form(row, 8)?,
        scheduled_text: row.get::<Option<Vec<u8>>>(11)?.map(Sealed::from_bytes),
        parts: row.get(12)?,
        price: row.get(13)?,
        report_url: row.get(14)?,
        text_store: word(row, 15, TextStore::parse, "text store")?,
        kept_text: sealed.or(digest.map(KeptText::Digest)).unwrap_or(KeptText::Nothing),
        created_at: time(row, 18)?,
        send_at: time(row, 19)?,
        deadline: time(row, 20)?,
        changed_at: time(row, 21)?,
    })
}

pub(in crate::postgres) fn balance(row: &Row<'_>) -> Result<Balance> {
    Ok(Balance { amount: row.get(0)?, reserved: row.get(1)? })
}

pub(in crate::postgres) fn price(row: &Row<'_>) -> Result<Price> {
    Ok(Price {
        country: country(row, 0)?.ok_or_else(|| bad(0, "country"))?,
        country_name: row.get(1)?,
        mccmnc: row.get(2)?,
        network: row.get(3)?,
        price: row.get(4)?,
    })
}

pub(in crate::postgres) fn report(row: &Row<'_>) -> Result<Report> {
    let sms: Option<[u8; 20]> = row.get(2)?;
    let is_event: bool = row.get(11)?;
    let sealed = || Ok::<_, Trouble>((Sealed::from_bytes(row.get(5)?), row.get(6)?));
    let kind = match (sms, is_event) {
        (Some(sms), _) => ReportKind::Delivery {
            sms: SmsId::from_bytes(sms),
            state: word(row, 3, SmsState::parse, "state")?,
            err: row.get(4)?,
        },
        (None, true) => {
            let (body, signature) = sealed()?;
            ReportKind::Event { body, signature }
        }
        (None, false) => {
            let (body, signature) = sealed()?;
            ReportKind::Inbound { body, signature }
        }
    };
    Ok(Report {
        id: ReportId::from_bytes(row.get(0)?),
        account: AccountId::from_i64(row.get(1)?),
        kind,
        url: row.get(7)?,
        attempts: row.get(8)?,
        next_at: time(row, 9)?,
        lease: lease(row, 10)?,
    })
}
