//! Answers to reads that decide nothing.

use rusqlite::{Connection, OptionalExtension as _, Result, Row};
use verify::Timestamp;
use verify::engine::sweep::{Stale, StaleBefore};
use verify::ids::{AccountId, MessageId, ServiceId, SmsId, UserId, VerificationId};
use verify::keys::{AddressKey, CookieDigest, NumberKey};

use super::{load, prepared, row, sql};
use crate::read::{Expired, Page, Read, ReadAnswer};

/// Answers one read, in a read transaction of its own.
pub(super) fn answer(connection: &prepared::Connection, read: Read) -> Result<ReadAnswer> {
    let transaction = connection.begin_read()?;
    let answer = match read {
        Read::Snapshot(keys) => ReadAnswer::Snapshot(Box::new(load::snapshot(connection, &keys)?)),
        Read::Users(service, page) => users(&transaction, service, page)?,
        Read::Accounts => accounts(&transaction)?,
        Read::AccountsVersion => ReadAnswer::Version(version(&transaction, sql::ACCOUNTS_VERSION)?),
        Read::WidgetSettings => {
            let settings = connection.all(sql::WIDGET_SETTINGS, [], row::widget_settings)?;
            ReadAnswer::WidgetSettings(settings)
        }
        Read::Expired(which) => expired(&transaction, which)?,
        Read::Stale(before, limit) => stale(&transaction, &before, limit)?,
        Read::Prices => prices(&transaction)?,
        Read::PricesVersion => ReadAnswer::Version(version(&transaction, sql::PRICES_VERSION)?),
        Read::BlockedNumbers(account) => blocked_numbers(&transaction, account)?,
        Read::Repeats(now, limit) => {
            let due = keys(&transaction, sql::REPEATS, now, limit, confirmation_key)?;
            ReadAnswer::Repeats(due)
        }
        Read::Kept(now, limit) => {
            ReadAnswer::Kept(keys(&transaction, sql::KEPT_MESSAGES, now, limit, row::message)?)
        }
        Read::GatewayViews => {
            let views = connection.all(sql::GATEWAY_VIEWS, [], row::gateway_view)?;
            ReadAnswer::GatewayViews(views)
        }
        Read::GatewayPauses => {
            let pauses = connection.all(sql::GATEWAY_PAUSES, [], row::gateway_pause)?;
            ReadAnswer::GatewayPauses(pauses)
        }
        Read::TrafficAreas => {
            let areas = connection.all(sql::TRAFFIC_AREAS, [], row::traffic_area)?;
            ReadAnswer::TrafficAreas(areas)
        }
        Read::TrafficHolds(now) => {
            let params = [now.as_millisecond()];
            let held = connection.all(sql::TRAFFIC_HOLDS, params, row::traffic_area)?;
            ReadAnswer::TrafficAreas(held)
        }
        Read::Living(users) => living(&transaction, &users)?,
        Read::Time => ReadAnswer::Time(None),
    };
    transaction.finish()?;
    Ok(answer)
}

fn living(connection: &Connection, users: &[(ServiceId, UserId)]) -> Result<ReadAnswer> {
    let mut statement = connection.prepare_cached(sql::LIVING)?;
    let mut living = Vec::new();
    for (service, user) in users {
        let read = |row: &Row<'_>| row.get(0).map(VerificationId::from_bytes);
        let found = statement.query_row((service.as_bytes(), user.as_bytes()), read);
        living.extend(found.optional()?);
    }
    Ok(ReadAnswer::Living(living))
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
    Ok(ReadAnswer::Accounts(accounts, version(connection, sql::ACCOUNTS_VERSION)?))
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

fn stale(connection: &Connection, before: &StaleBefore, limit: u32) -> Result<ReadAnswer> {
    let c = connection;
    Ok(ReadAnswer::Stale(Box::new(Stale {
        numbers: keys(c, sql::STALE_NUMBERS, before.numbers, limit, |row| {
            row.get(0).map(NumberKey::from_bytes)
        })?,
        deliveries: keys(c, sql::STALE_DELIVERIES, before.deliveries, limit, |row| {
            row.get(0).map(MessageId::from_bytes)
        })?,
        confirmations: keys(
            c,
            sql::STALE_CONFIRMATIONS,
            before.confirmations,
            limit,
            confirmation_key,
        )?,
        trusts: keys(c, sql::STALE_TRUSTS, before.trusts, limit, |row| {
            let (number, cookie) = (row.get(1)?, row.get(2)?);
            let account = AccountId::from_i64(row.get(0)?);
            Ok((account, NumberKey::from_bytes(number), CookieDigest::from_bytes(cookie)))
        })?,
        addresses: keys(c, sql::STALE_ADDRESSES, before.addresses, limit, |row| {
            row.get(0).map(AddressKey::from_bytes)
        })?,
        sms_texts: keys(c, sql::STALE_SMS_TEXTS, before.sms_texts, limit, sms_key)?,
        sms: keys(c, sql::STALE_SMS, before.sms, limit, sms_key)?,
    })))
}

/// Keys of records that are due or stale by a time.
fn keys<T>(
    connection: &Connection,
    sql: &str,
    before: Timestamp,
    limit: u32,
    read: fn(&rusqlite::Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map((before.as_millisecond(), limit), read)?.collect()
}

fn confirmation_key(row: &rusqlite::Row<'_>) -> Result<(AccountId, VerificationId)> {
    Ok((AccountId::from_i64(row.get(0)?), VerificationId::from_bytes(row.get(1)?)))
}

fn sms_key(row: &rusqlite::Row<'_>) -> Result<SmsId> {
    row.get(0).map(SmsId::from_bytes)
}

fn prices(connection: &Connection) -> Result<ReadAnswer> {
    let mut statement = connection.prepare_cached(sql::PRICES)?;
    let prices = statement.query_map([], row::price)?.collect::<Result<_>>()?;
    Ok(ReadAnswer::Prices(prices, version(connection, sql::PRICES_VERSION)?))
}

fn blocked_numbers(connection: &Connection, account: AccountId) -> Result<ReadAnswer> {
    let mut statement = connection.prepare_cached(sql::BLOCKED_NUMBERS)?;
    let numbers = statement.query_map([account.as_i64()], row::blocked_number)?;
    numbers.collect::<Result<_>>().map(ReadAnswer::BlockedNumbers)
}

fn version(connection: &Connection, sql: &str) -> Result<u64> {
    connection.prepare_cached(sql)?.query_row([], count)
}

fn count(row: &rusqlite::Row<'_>) -> Result<u64> {
    row.get::<_, i64>(0).map(i64::cast_unsigned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::schema;

    /// It is asked every second, and few of many rows are held.
    #[test]
    fn areas_that_are_held_are_found_by_their_time() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", sql::TRAFFIC_HOLDS);
        let plan: String = connection.query_row(&sql, [1], |row| row.get(3)).unwrap();
        assert!(plan.contains("USING INDEX traffic_area_by_hold (held_until>?)"), "{plan}");
    }
}
