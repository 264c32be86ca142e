//! Reading the snapshot that a rule needs.

use rusqlite::Result;
use verify::engine::{Due, DueMessage, Keys, Snapshot};
use verify::guard::Guard;
use verify::ids::{MessageId, ServiceId, UserId};
use verify::record::{OutgoingMessage, Verification};

use super::prepared::Connection;
use super::{row, sql};

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
    if let (true, Some(user)) = (keys.number_of_user, &s.user) {
        let params = [user.number_key.as_bytes()];
        let sends = connection.one(sql::NUMBER_SENDS, params, row::number_sends)?;
        s.number_sends = sends.unwrap_or_default();
    }
    if let Some(account) = keys.account_sends {
        let params = [account.as_i64()];
        let read = || connection.one(sql::ACCOUNT_SENDS, params, row::account_sends);
        s.account_sends =
            connection.account_sends(account, || read().map(Option::unwrap_or_default))?;
    }
    for id in &keys.messages {
        s.messages.extend(message(connection, *id)?);
    }
    if let Some(due) = keys.due {
        s.due = due_messages(connection, due)?;
    }
    Ok(s)
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

fn due_messages(connection: &Connection, due: Due) -> Result<Vec<DueMessage>> {
    let params = (due.now.as_millisecond(), due.limit);
    let messages = connection.all(sql::DUE_MESSAGES, params, row::message)?;
    let with_verification = |message: OutgoingMessage| {
        let verification = verification(connection, message.service, message.user)?;
        Ok(DueMessage { message, verification })
    };
    messages.into_iter().map(with_verification).collect()
}
