//! Reading the snapshot that a rule needs.

use rusqlite::{Connection, OptionalExtension as _, Params, Result, Row};
use verify::engine::{Due, DueMessage, Keys, Snapshot};
use verify::guard::Guard;
use verify::ids::{MessageId, ServiceId, UserId};
use verify::record::{OutgoingMessage, Verification};

use super::{row, sql};

/// Reads the records that `keys` name, as they are in the open transaction.
pub(super) fn snapshot(connection: &Connection, keys: &Keys) -> Result<Snapshot> {
    let mut s = Snapshot::default();
    if let Some(name) = &keys.account_name {
        let sql = sql::ACCOUNT_BY_NAME;
        s.account = one(connection, sql, [name], row::account)?;
    }
    if let Some((account, id)) = keys.service {
        let params = (id.as_bytes(), account.as_i64());
        s.service = one(connection, sql::SERVICE_BY_ID, params, row::service)?;
    }
    if let Some((account, name)) = &keys.service_name {
        let params = (account.as_i64(), name);
        s.service_named = one(connection, sql::SERVICE_BY_NAME, params, row::service)?;
    }
    if let Some(service) = keys.has_users {
        let params = [service.as_bytes()];
        s.has_users = one(connection, sql::HAS_USERS, params, |_| Ok(()))?.is_some();
    }
    if let Some((service, user)) = keys.user {
        load_user(connection, service, user, &mut s)?;
    }
    if let Some((service, login)) = &keys.login {
        let params = (service.as_bytes(), login);
        s.user_by_login = one(connection, sql::USER_BY_LOGIN, params, row::user)?;
    }
    if let (true, Some(user)) = (keys.number_of_user, &s.user) {
        let params = [user.number_key.as_bytes()];
        let sends = one(connection, sql::NUMBER_SENDS, params, row::number_sends)?;
        s.number_sends = sends.unwrap_or_default();
    }
    if let Some(account) = keys.account_sends {
        let params = [account.as_i64()];
        let sends = one(connection, sql::ACCOUNT_SENDS, params, row::account_sends)?;
        s.account_sends = sends.unwrap_or_default();
    }
    for id in &keys.messages {
        s.messages.extend(message(connection, *id)?);
    }
    for id in &keys.held {
        if let Some(message) = message(connection, *id)? {
            s.held.push(with_verification(connection, message)?);
        }
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
    s.user = one(connection, sql::USER_BY_ID, params, row::user)?;
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
    one(connection, sql::VERIFICATION, params, row::verification)
}

fn guard(connection: &Connection, service: ServiceId, user: UserId) -> Result<Guard> {
    let params = (service.as_bytes(), user.as_bytes());
    Ok(one(connection, sql::GUARD, params, row::guard)?.unwrap_or_default())
}

fn message(connection: &Connection, id: MessageId) -> Result<Option<OutgoingMessage>> {
    one(connection, sql::MESSAGE_BY_ID, [id.as_bytes()], row::message)
}

fn due_messages(connection: &Connection, due: Due) -> Result<Vec<DueMessage>> {
    let mut statement = connection.prepare_cached(sql::DUE_MESSAGES)?;
    let rows = statement.query_map((due.now.as_millisecond(), due.limit), row::message)?;
    rows.map(|message| with_verification(connection, message?)).collect()
}

fn with_verification(connection: &Connection, message: OutgoingMessage) -> Result<DueMessage> {
    let verification = verification(connection, message.service, message.user)?;
    Ok(DueMessage { message, verification })
}

fn one<T, P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    connection.prepare_cached(sql)?.query_row(params, read).optional()
}
