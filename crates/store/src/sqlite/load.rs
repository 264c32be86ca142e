//! Reading the snapshot that a rule needs.

use rusqlite::Result;
use verify::engine::{DueMessage, DueOnly, Keys, Snapshot};
use verify::guard::Guard;
use verify::ids::{AccountId, MessageId, ServiceId, SmsId, UserId, VerificationId};
use verify::record::{Delivery, OutgoingMessage, Purpose, Verification};

use super::prepared::Connection;
use super::{row, sql};

mod device;
mod widget;

/// Reads the records that `keys` name, as they are in the open transaction.
pub(super) fn snapshot(connection: &Connection, keys: &Keys) -> Result<Snapshot> {
    let mut s = Snapshot::default();
    if let Some(name) = &keys.account_name {
        let sql = sql::ACCOUNT_BY_NAME;
        s.account = connection.one(sql, [name], row::account)?;
    }
    if let Some((account, id)) = keys.service {
        let params = (id.as_bytes(), account.as_i64());
        let read = || connection.one(sql::SERVICE_BY_ID, params, row::service);
        s.service = connection.service(account, id, read)?;
    }
    if let Some((account, name)) = &keys.service_name {
        let params = (account.as_i64(), name);
        s.service_named = connection.one(sql::SERVICE_BY_NAME, params, row::service)?;
    }
    if let Some(service) = keys.has_users {
        let params = [service.as_bytes()];
        s.has_users = connection.one(sql::HAS_USERS, params, |_| Ok(()))?.is_some();
    }
    if let Some((service, user)) = keys.user {
        load_user(connection, service, user, &mut s)?;
    }
    if let Some((service, login)) = &keys.login {
        let params = (service.as_bytes(), login);
        s.user_by_login = connection.one(sql::USER_BY_LOGIN, params, row::user)?;
    }
    if let Some((service, user)) = keys.subject {
        s.verification = verification(connection, service, user)?;
        s.guard = guard(connection, service, user)?;
        let id = s.verification.as_ref().map(|v| v.id);
        if let (Some(account), Some(id)) = (keys.confirmation_of_subject, id) {
            let params = (account.as_i64(), id.as_bytes());
            s.confirmation = connection.one(sql::CONFIRMATION, params, row::confirmation)?;
        }
    }
    if let Some((account, id)) = keys.confirmation {
        load_confirmation(connection, account, id, &mut s)?;
    }
    load_number(connection, keys, &mut s)?;
    device::load(connection, keys, &mut s)?;
    if let Some((number, at)) = keys.scheduled_near {
        let params = (number.as_bytes(), at.as_millisecond());
        let count = connection.one(sql::SCHEDULED_NEAR, params, |row| row.get(0))?;
        s.scheduled_near = count.unwrap_or_default();
    }
    if let Some((account, number, cookie)) = keys.trust {
        let params = (account.as_i64(), number.as_bytes(), cookie.as_bytes());
        s.trust = connection.one(sql::TRUST, params, row::trust)?;
    }
    for key in &keys.addresses {
        let sends = connection.one(sql::ADDRESS_SENDS, [key.as_bytes()], row::address_sends)?;
        s.addresses.push(sends.unwrap_or_default());
    }
    if let Some(account) = keys.account_sends {
        let params = [account.as_i64()];
        let read = || connection.one(sql::ACCOUNT_SENDS, params, row::account_sends);
        s.account_sends =
            connection.account_sends(account, || read().map(Option::unwrap_or_default))?;
    }
    widget::load(connection, keys, &mut s)?;
    load_messages(connection, keys, &mut s)?;
    load_sms(connection, keys, &mut s)?;
    if let Some(due) = keys.due_reports {
        let except: Vec<String> =
            keys.reports_except.iter().map(|account| account.as_i64().to_string()).collect();
        let except = format!("[{}]", except.join(","));
        let params = (due.now.as_millisecond(), due.limit, except);
        s.reports = connection.all(sql::DUE_REPORTS, params, row::report)?;
    }
    if let Some(id) = keys.report {
        s.reports.extend(connection.one(sql::REPORT_BY_ID, [id.as_bytes()], row::report)?);
    }
    Ok(s)
}

/// The sends to the number that is asked for, and whether it is blocked.
fn load_number(connection: &Connection, keys: &Keys, s: &mut Snapshot) -> Result<()> {
    let of_user = s.user.as_ref().map(|user| user.number_key);
    let of_confirmation = s.confirmation.as_ref().map(|c| c.number_key);
    let counted = keys
        .number
        .or(of_user.filter(|_| keys.number_of_user))
        .or(of_confirmation.filter(|_| keys.number_of_confirmation));
    if let Some(number) = counted {
        let sends = connection.one(sql::NUMBER_SENDS, [number.as_bytes()], row::number_sends)?;
        s.number_sends = sends.unwrap_or_default();
    }
    let number = keys.number.or(of_user).or(of_confirmation);
    if let (Some(account), Some(number)) = (keys.blocked_for, number) {
        let params = (account.as_i64(), number.as_bytes());
        s.is_blocked = connection.one(sql::IS_BLOCKED, params, |_| Ok(()))?.is_some();
    }
    Ok(())
}

fn load_confirmation(
    connection: &Connection,
    account: AccountId,
    id: VerificationId,
    s: &mut Snapshot,
) -> Result<()> {
    let params = (account.as_i64(), id.as_bytes());
    s.confirmation = connection.one(sql::CONFIRMATION, params, row::confirmation)?;
    let Some(kept) = &s.confirmation else { return Ok(()) };
    let (service, user) = (kept.service, kept.user);
    s.verification = verification(connection, service, user)?;
    s.guard = guard(connection, service, user)?;
    if let Some(last) = s.verification.as_ref().and_then(|v| v.last_message) {
        s.delivery = delivery(connection, last)?;
        s.messages.extend(message(connection, last)?);
    }
    Ok(())
}

fn load_messages(connection: &Connection, keys: &Keys, s: &mut Snapshot) -> Result<()> {
    for id in &keys.messages {
        s.messages.extend(message(connection, *id)?);
    }
    for id in &keys.held {
        if let Some(message) = message(connection, *id)? {
            s.held.push(with_verification(connection, message)?);
        }
    }
    if let Some(due) = keys.due {
        let only = match keys.due_only {
            DueOnly::All => 0,
            DueOnly::Codes => 1,
            DueOnly::Late => 2,
            DueOnly::LateOrInDoubt => 3,
        };
        let params = (due.now.as_millisecond(), due.limit, only);
        let messages = connection.all(sql::DUE_MESSAGES, params, row::message)?;
        let with_verification = |message| with_verification(connection, message);
        s.due = messages.into_iter().map(with_verification).collect::<Result<_>>()?;
    }
    if let Some(id) = keys.delivery {
        s.delivery = delivery(connection, id)?;
    }
    if keys.confirmation_of_delivery {
        load_confirmation_of_delivery(connection, s)?;
    }
    load_references(connection, keys, s)
}

/// The confirmation whose code the delivery, or else the message that still
/// waits, carries.
fn load_confirmation_of_delivery(connection: &Connection, s: &mut Snapshot) -> Result<()> {
    let of_delivery = s.delivery.as_ref().map(|d| (d.account, d.purpose));
    let of_message = s.messages.first().map(|m| (m.account, m.purpose));
    let Some((account, purpose)) = of_delivery.or(of_message) else { return Ok(()) };
    if let Some(verification) = purpose.verification() {
        let params = (account.as_i64(), verification.as_bytes());
        s.confirmation = connection.one(sql::CONFIRMATION, params, row::confirmation)?;
    }
    Ok(())
}

/// Messages by the names that gateways gave them, and receipts that wait for
/// such a name.
fn load_references(connection: &Connection, keys: &Keys, s: &mut Snapshot) -> Result<()> {
    if let Some(query) = &keys.references {
        for form in &query.forms {
            let params = (&query.gateway, form, query.since.as_millisecond());
            s.references = connection.all(sql::REFERENCES, params, row::reference)?;
            if !s.references.is_empty() {
                break;
            }
        }
    }
    for (gateway, forms) in &keys.orphans {
        for form in forms {
            let found = connection.all(sql::ORPHANS, (gateway, form), row::orphan)?;
            if !found.is_empty() {
                s.orphans.extend(found);
                break;
            }
        }
    }
    Ok(())
}

/// Clients' messages: those asked for, and those that the messages and the
/// delivery of the snapshot are; then the money of their accounts.
fn load_sms(connection: &Connection, keys: &Keys, s: &mut Snapshot) -> Result<()> {
    let by_id = |id: SmsId| connection.one(sql::SMS_BY_ID, [id.as_bytes()], row::sms);
    if let Some((account, id)) = keys.sms {
        s.sms.extend(by_id(id)?.filter(|sms| sms.account == account));
    }
    if let Some(due) = keys.due_sms {
        s.sms = connection.all(sql::DUE_SMS, (due.now.as_millisecond(), due.limit), row::sms)?;
    }
    let of_messages = s.messages.iter().map(|m| &m.purpose);
    let of_due = s.due.iter().chain(&s.held).map(|due| &due.message.purpose);
    let of_delivery = s.delivery.iter().map(|delivery| &delivery.purpose);
    let purposes = of_messages.chain(of_due).chain(of_delivery);
    let mut ids: Vec<SmsId> = purposes.filter_map(Purpose::sms).collect();
    ids.dedup();
    for id in ids {
        if s.sms(id).is_none() {
            s.sms.extend(by_id(id)?);
        }
    }
    let mut accounts: Vec<AccountId> = s.sms.iter().map(|sms| sms.account).collect();
    accounts.extend(keys.balance);
    accounts.sort_unstable();
    accounts.dedup();
    for account in accounts {
        let balance = connection.one(sql::BALANCE, [account.as_i64()], row::balance)?;
        s.balances.extend(balance.map(|balance| (account, balance)));
    }
    Ok(())
}

fn load_user(
    connection: &Connection,
    service: ServiceId,
    user: UserId,
    s: &mut Snapshot,
) -> Result<()> {
    let params = (service.as_bytes(), user.as_bytes());
    s.user = connection.one(sql::USER_BY_ID, params, row::user)?;
    if s.user.is_some() {
        s.verification = verification(connection, service, user)?;
        s.guard = guard(connection, service, user)?;
    }
    Ok(())
}

fn verification(
    connection: &Connection,
    service: ServiceId,
    user: UserId,
) -> Result<Option<Verification>> {
    let params = (service.as_bytes(), user.as_bytes());
    connection.one(sql::VERIFICATION, params, row::verification)
}

fn guard(connection: &Connection, service: ServiceId, user: UserId) -> Result<Guard> {
    let params = (service.as_bytes(), user.as_bytes());
    Ok(connection.one(sql::GUARD, params, row::guard)?.unwrap_or_default())
}

fn message(connection: &Connection, id: MessageId) -> Result<Option<OutgoingMessage>> {
    connection.one(sql::MESSAGE_BY_ID, [id.as_bytes()], row::message)
}

fn with_verification(connection: &Connection, message: OutgoingMessage) -> Result<DueMessage> {
    let verification = match message.purpose {
        Purpose::Code { service, user, .. } => verification(connection, service, user)?,
        Purpose::Text(_) => None,
    };
    Ok(DueMessage { message, verification })
}

fn delivery(connection: &Connection, id: MessageId) -> Result<Option<Delivery>> {
    connection.one(sql::DELIVERY, [id.as_bytes()], row::delivery)
}
