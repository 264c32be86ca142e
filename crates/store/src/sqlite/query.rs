//! Answers to reads that decide nothing.

use rusqlite::{Connection, Result};
use verify::ids::{MessageId, ServiceId, UserId};
use verify::keys::NumberKey;

use super::{load, prepared, row, sql};
use crate::read::{Expired, Page, Read, ReadAnswer, Stale};

/// Answers one read, in a read transaction of its own.
pub(super) fn answer(connection: &prepared::Connection, read: Read) -> Result<ReadAnswer> {
    let transaction = connection.begin_read()?;
    let answer = match read {
        Read::Snapshot(keys) => ReadAnswer::Snapshot(Box::new(load::snapshot(connection, &keys)?)),
        Read::Users(service, page) => users(&transaction, service, page)?,
        Read::Accounts => accounts(&transaction)?,
        Read::AccountsVersion => ReadAnswer::Version(accounts_version(&transaction)?),
        Read::Expired(which) => expired(&transaction, which)?,
        Read::Stale(which) => stale(&transaction, which)?,
    };
    transaction.finish()?;
    Ok(answer)
}

fn users(connection: &Connection, service: ServiceId, page: Page) -> Result<ReadAnswer> {
    let limit = page.limit.map_or(-1, i64::from);
    let params = (service.as_bytes(), limit, page.offset);
    let mut statement = connection.prepare_cached(sql::USERS)?;
    let users: Vec<_> = statement.query_map(params, row::user)?.collect::<Result<_>>()?;
    let total = if page == Page::ALL {
        users.len() as u64
    } else {
        let mut statement = connection.prepare_cached(sql::USERS_COUNT)?;
        statement.query_row([service.as_bytes()], count)?
    };
    Ok(ReadAnswer::Users(users, total))
}

fn accounts(connection: &Connection) -> Result<ReadAnswer> {
    let mut statement = connection.prepare_cached(sql::ACCOUNTS)?;
    let accounts = statement.query_map([], row::account)?.collect::<Result<_>>()?;
    Ok(ReadAnswer::Accounts(accounts, accounts_version(connection)?))
}

fn accounts_version(connection: &Connection) -> Result<u64> {
    connection.prepare_cached(sql::ACCOUNTS_VERSION)?.query_row([], count)
}

fn expired(connection: &Connection, which: Expired) -> Result<ReadAnswer> {
    let mut statement = connection.prepare_cached(sql::EXPIRED)?;
    let params =
        (which.rows_before.as_millisecond(), which.codes_before.as_millisecond(), which.limit);
    let rows = statement.query_map(params, |row| {
        Ok((ServiceId::from_bytes(row.get(0)?), UserId::from_bytes(row.get(1)?)))
    })?;
    rows.collect::<Result<_>>().map(ReadAnswer::Expired)
}

fn stale(connection: &Connection, which: Stale) -> Result<ReadAnswer> {
    let mut statement = connection.prepare_cached(sql::STALE_NUMBERS)?;
    let params = (which.numbers_before.as_millisecond(), which.limit);
    let numbers = statement.query_map(params, |row| row.get(0).map(NumberKey::from_bytes))?;
    let numbers = numbers.collect::<Result<_>>()?;
    let mut statement = connection.prepare_cached(sql::STALE_DELIVERIES)?;
    let params = (which.deliveries_before.as_millisecond(), which.limit);
    let deliveries = statement.query_map(params, |row| row.get(0).map(MessageId::from_bytes))?;
    Ok(ReadAnswer::Stale(numbers, deliveries.collect::<Result<_>>()?))
}

fn count(row: &rusqlite::Row<'_>) -> Result<u64> {
    row.get::<_, i64>(0).map(i64::cast_unsigned)
}
