//! Records from rows, and the few columns that hold a list.

use rusqlite::types::Type;
use rusqlite::{Error, Result, Row};
use verify::Timestamp;
use verify::code::CodeLength;
use verify::guard::{DayFailures, Guard};
use verify::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};
use verify::keys::{ApiSecretDigest, CodeDigest, NumberKey};
use verify::message::SenderId;
use verify::phone::{Countries, Country, PhoneNumber};
use verify::record::{
    Account, BodyKind, KeptCode, MessageForm, Method, NumberProfile, OutgoingMessage, Secret,
    Service, User, Verification,
};
use verify::sealed::Sealed;
use verify::send_limits::{AccountSends, CountrySends, HourSends, NumberSends, SendLimitOverrides};

use crate::columns;

mod device;
mod gateway;
mod number;
mod sms;
mod traffic;
mod widget;

pub(super) use device::{authenticator, device, entry, prompts, recovery};
pub(super) use gateway::{gateway_pause, gateway_view, orphan, reference};
pub(super) use number::{address_sends, blocked_number, confirmation, trust};
pub(super) use sms::{balance, delivery, price, report, sms};
pub(super) use traffic::traffic_area;
pub(super) use widget::{widget_session, widget_settings, widget_traffic};

/// A column that holds something its type does not allow.
pub(super) fn bad(column: usize, sql_type: Type, what: &str) -> Error {
    Error::FromSqlConversionFailure(column, sql_type, what.to_owned().into())
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|_| bad(column, Type::Integer, "time"))
}

pub(super) fn time_opt(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    match row.get::<_, Option<i64>>(column)? {
        None => Ok(None),
        Some(_) => time(row, column).map(Some),
    }
}

pub(super) fn phone(row: &Row<'_>, column: usize) -> Result<PhoneNumber> {
    let text = row.get_ref(column)?.as_str()?;
    PhoneNumber::parse(text).ok_or_else(|| bad(column, Type::Text, "phone number"))
}

pub(super) fn account(row: &Row<'_>) -> Result<Account> {
    let digest: Option<[u8; 32]> = row.get(2)?;
    let secret = match digest {
        Some(digest) => Secret::Issued(ApiSecretDigest::from_bytes(digest)),
        None => Secret::Chosen(row.get(3)?),
    };
    let countries: String = row.get(7)?;
    let allow_from: String = row.get(8)?;
    Ok(Account {
        id: AccountId::from_i64(row.get(0)?),
        username: row.get(1)?,
        secret,
        is_enabled: row.get(4)?,
        is_compat: row.get(5)?,
        create_status: row.get::<_, Option<String>>(6)?.as_deref().and_then(columns::create_status),
        countries: match countries.as_str() {
            "" => Countries::Listed(Vec::new()),
            list => Countries::parse(list).map_err(|_| bad(7, Type::Text, "countries"))?,
        },
        allow_from: allow_from.split(',').filter(|n| !n.is_empty()).map(str::to_owned).collect(),
        limits: SendLimitOverrides {
            account_sms_per_second: row.get(9)?,
            account_sms_per_hour: row.get(19)?,
            account_sms_per_day: row.get(10)?,
            country_sms_per_day: row.get(20)?,
        },
        created_at: time(row, 11)?,
        home_country: country(row, 12)?,
        takes_query_credentials: row.get(13)?,
        senders: senders(row, 14)?,
        number_profile: NumberProfile::parse(row.get_ref(15)?.as_str()?)
            .ok_or_else(|| bad(15, Type::Text, "number profile"))?,
        trusts_cookies: row.get(16)?,
        enforces_address_limits: row.get(17)?,
        report_url: row.get(18)?,
    })
}

pub(super) fn country(row: &Row<'_>, column: usize) -> Result<Option<Country>> {
    let Some(text) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    Country::parse(&text).map(Some).ok_or_else(|| bad(column, Type::Text, "country"))
}

fn senders(row: &Row<'_>, column: usize) -> Result<Vec<SenderId>> {
    let senders = columns::senders(row.get_ref(column)?.as_str()?);
    senders.ok_or_else(|| bad(column, Type::Text, "senders"))
}

pub(super) fn service(row: &Row<'_>) -> Result<Service> {
    Ok(Service {
        id: ServiceId::from_bytes(row.get(0)?),
        account: AccountId::from_i64(row.get(1)?),
        name: row.get(2)?,
        host: row.get(3)?,
        host_text: row.get(4)?,
        created_at: time(row, 5)?,
    })
}

pub(super) fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        service: ServiceId::from_bytes(row.get(0)?),
        id: UserId::from_bytes(row.get(1)?),
        login: row.get(2)?,
        phone: phone(row, 3)?,
        number_key: NumberKey::from_bytes(row.get(4)?),
        devices_active: row.get(5)?,
        created_at: time(row, 6)?,
    })
}

pub(super) fn verification(row: &Row<'_>) -> Result<Verification> {
    let method = row.get_ref(1)?.as_str()?;
    Ok(Verification {
        id: VerificationId::from_bytes(row.get(0)?),
        method: Method::parse(method).ok_or_else(|| bad(1, Type::Text, "method"))?,
        code: kept_code(row)?,
        attempts: row.get(5)?,
        is_exhausted: row.get(6)?,
        sends: row.get(7)?,
        last_sent_at: time_opt(row, 8)?,
        last_message: row.get::<_, Option<[u8; 16]>>(9)?.map(MessageId::from_bytes),
        created_at: time(row, 10)?,
        expires_at: time(row, 11)?,
    })
}

fn kept_code(row: &Row<'_>) -> Result<Option<KeptCode>> {
    let Some(digest) = row.get::<_, Option<[u8; 32]>>(2)? else { return Ok(None) };
    let length = CodeLength::new(row.get(4)?);
    Ok(Some(KeptCode {
        digest: CodeDigest::from_bytes(digest),
        sealed: Sealed::from_bytes(row.get(3)?),
        length: length.ok_or_else(|| bad(4, Type::Integer, "code length"))?,
    }))
}

pub(super) fn guard(row: &Row<'_>) -> Result<Guard> {
    let days = pairs(row, 4)?;
    let days = days.map(|(day, milliunits)| DayFailures { day, milliunits });
    Ok(Guard {
        consecutive_failures: row.get(0)?,
        blocks: row.get(1)?,
        blocked_until: time_opt(row, 2)?,
        milliunits_since_success: row.get(3)?,
        days: days.collect(),
    })
}

pub(super) fn account_sends(row: &Row<'_>) -> Result<AccountSends> {
    let hours = pairs(row, 2)?.map(|(hour, sends)| HourSends { hour, sends });
    Ok(AccountSends {
        second: row.get(0)?,
        second_sends: row.get(1)?,
        hours: hours.collect(),
        countries: country_sends(row, 3)?,
        // One writer has no use for parts.
        divided: 0,
    })
}

/// Reads `EE:489000:17,…`.
fn country_sends(row: &Row<'_>, column: usize) -> Result<Vec<CountrySends>> {
    let sends = columns::country_sends(row.get_ref(column)?.as_str()?);
    sends.ok_or_else(|| bad(column, Type::Text, "list of countries"))
}

pub(super) fn number_sends(row: &Row<'_>) -> Result<NumberSends> {
    let sends = columns::number_sends(row.get_ref(0)?.as_blob()?);
    sends.ok_or_else(|| bad(0, Type::Blob, "sends"))
}

pub(super) fn message(row: &Row<'_>) -> Result<OutgoingMessage> {
    let sms: Option<[u8; 20]> = row.get(14)?;
    Ok(OutgoingMessage {
        id: MessageId::from_bytes(row.get(0)?),
        account: AccountId::from_i64(row.get(1)?),
        purpose: columns::purpose(sms, row.get(2)?, row.get(3)?, row.get(4)?),
        to: phone(row, 5)?,
        sender: row.get(6)?,
        form: form(row, 15)?,
        text: Sealed::from_bytes(row.get(7)?),
        created_at: time(row, 8)?,
        deadline: time(row, 9)?,
        attempts: row.get(10)?,
        in_doubt: row.get(13)?,
        next_at: time(row, 11)?,
        lease: lease(row, 12)?,
        trail: gateway::trail(row, 18)?,
        only_gateway: row.get(19)?,
        is_kept: row.get(20)?,
        // There is no other server.
        left_for: None,
    })
}

pub(super) fn lease(row: &Row<'_>, column: usize) -> Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

/// Three columns from `column` on: whether it is data, header, class.
pub(super) fn form(row: &Row<'_>, column: usize) -> Result<MessageForm> {
    let is_data: bool = row.get(column)?;
    Ok(MessageForm {
        body: if is_data { BodyKind::Data } else { BodyKind::Text },
        header: row.get::<_, Option<Vec<u8>>>(column + 1)?.unwrap_or_default(),
        class: row.get(column + 2)?,
    })
}

/// Reads `a:b,c:d`.
fn pairs(row: &Row<'_>, column: usize) -> Result<impl Iterator<Item = (i64, u32)>> {
    let parsed = columns::pairs(row.get_ref(column)?.as_str()?);
    parsed.map(Vec::into_iter).ok_or_else(|| bad(column, Type::Text, "list of pairs"))
}
