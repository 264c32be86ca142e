//! Answers to reads that decide nothing.

use std::time::Duration;

use tokio::time::timeout;
use tokio::try_join;
use verify::Timestamp;
use verify::engine::sweep::{Stale, StaleBefore};
use verify::ids::{AccountId, MessageId, ServiceId, SmsId, UserId, VerificationId};
use verify::keys::{AddressKey, CookieDigest, NumberKey};

use super::connection::Connection;
use super::pool::Pool;
use super::row::Row;
use super::trouble::{Result, Trouble};
use super::value::params;
use super::{load, row, sql};
use crate::fault::Fault;
use crate::read::{Expired, Page, Read, ReadAnswer};

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Answers one read. If the session ends meanwhile, it is asked once more in
/// another: the server may have been started anew since we last asked.
pub(super) async fn answer(
    pool: &Pool,
    within: Option<Duration>,
    read: &Read,
) -> std::result::Result<ReadAnswer, Fault> {
    match Box::pin(once(pool, within, read)).await {
        // Whoever was silent was waited for long enough.
        Err(silent @ (Trouble::Silent | Trouble::Late)) => Err(silent),
        Err(trouble) if trouble.ends_the_session() => Box::pin(once(pool, within, read)).await,
        answer => answer,
    }
    .map_err(Trouble::into_fault)
}

async fn once(pool: &Pool, within: Option<Duration>, read: &Read) -> Result<ReadAnswer> {
    let taken = pool.take().await?;
    let whole = whole(&taken.connection, read);
    let (answer, is_over) = match within {
        Some(within) => timeout(within, whole).await.unwrap_or((Err(Trouble::Late), false)),
        None => whole.await,
    };
    match &answer {
        Err(trouble) if trouble.ends_the_session() => taken.doubt(trouble),
        Ok(_) | Err(_) if is_over => taken.give_back(),
        // Nobody knows what is still under way there: it is given up.
        Ok(_) | Err(_) => {}
    }
    answer
}

/// The answer, and whether its transaction is over.
async fn whole(connection: &Connection, read: &Read) -> (Result<ReadAnswer>, bool) {
    // What comes in several statements must be so at one moment.
    let (begun, answer) = tokio::join!(connection.batch(BEGIN), ask(connection, read));
    let answer = begun.and(answer);
    if matches!(&answer, Err(trouble) if trouble.ends_the_session()) {
        return (answer, false);
    }
    let is_over = connection.batch("COMMIT").await.is_ok();
    (answer, is_over)
}

async fn ask(c: &Connection, read: &Read) -> Result<ReadAnswer> {
    Ok(match read {
        Read::Snapshot(keys) => {
            ReadAnswer::Snapshot(Box::new(Box::pin(load::snapshot(c, keys)).await?))
        }
        Read::Users(service, page) => users(c, *service, *page).await?,
        Read::Accounts => {
            let accounts = c.all(sql::ACCOUNTS, params![], row::account);
            let (accounts, version) = try_join!(accounts, version(c, sql::ACCOUNTS_VERSION))?;
            ReadAnswer::Accounts(accounts, version)
        }
        Read::AccountsVersion => ReadAnswer::Version(version(c, sql::ACCOUNTS_VERSION).await?),
        Read::WidgetSettings => {
            let settings = c.all(sql::WIDGET_SETTINGS, params![], row::widget_settings).await?;
            ReadAnswer::WidgetSettings(settings)
        }
        Read::Expired(which) => expired(c, *which).await?,
        Read::Stale(before, limit) => stale(c, before, *limit).await?,
        Read::Prices => {
            let prices = c.all(sql::PRICES, params![], row::price);
            let (prices, version) = try_join!(prices, version(c, sql::PRICES_VERSION))?;
            ReadAnswer::Prices(prices, version)
        }
        Read::PricesVersion => ReadAnswer::Version(version(c, sql::PRICES_VERSION).await?),
        Read::BlockedNumbers(account) => {
            let params = params![account.as_i64()];
            let numbers = c.all(sql::BLOCKED_NUMBERS, params, row::blocked_number).await?;
            ReadAnswer::BlockedNumbers(numbers)
        }
        Read::Repeats(now, limit) => {
            ReadAnswer::Repeats(keys(c, sql::REPEATS, *now, *limit, confirmation_key).await?)
        }
        Read::Kept(now, limit) => {
            ReadAnswer::Kept(keys(c, sql::KEPT_MESSAGES, *now, *limit, row::message).await?)
        }
        Read::GatewayViews => {
            ReadAnswer::GatewayViews(c.all(sql::GATEWAY_VIEWS, params![], row::gateway_view).await?)
        }
        Read::GatewayPauses => {
            let pauses = c.all(sql::GATEWAY_PAUSES, params![], row::gateway_pause).await?;
            ReadAnswer::GatewayPauses(pauses)
        }
        Read::TrafficAreas => {
            ReadAnswer::TrafficAreas(c.all(sql::TRAFFIC_AREAS, params![], row::traffic_area).await?)
        }
        Read::TrafficHolds(now) => {
            let held = c.all(sql::TRAFFIC_HOLDS, params![*now], row::traffic_area).await?;
            ReadAnswer::TrafficAreas(held)
        }
        Read::Living(users) => {
            let services = users.iter().map(|(service, _)| &service.as_bytes()[..]);
            let ids = users.iter().map(|(_, user)| &user.as_bytes()[..]);
            let params = params![services.collect::<Vec<_>>(), ids.collect::<Vec<_>>()];
            let read = |row: &Row<'_>| row.get(0).map(VerificationId::from_bytes);
            ReadAnswer::Living(c.all(sql::LIVING, params, read).await?)
        }
        Read::Time => ReadAnswer::Time(c.one(sql::TIME, params![], |row| row::time(row, 0)).await?),
    })
}

async fn users(c: &Connection, service: ServiceId, page: Page) -> Result<ReadAnswer> {
    let params = params![*service.as_bytes(), page.limit, page.offset];
    let users = c.all(sql::USERS, params, row::user);
    let count = c.one(sql::USERS_COUNT, params![*service.as_bytes()], count);
    let (users, total) = try_join!(users, count)?;
    Ok(ReadAnswer::Users(users, total.unwrap_or_default()))
}

async fn expired(c: &Connection, which: Expired) -> Result<ReadAnswer> {
    let params = params![which.rows_before, which.codes_before, which.limit];
    let read =
        |row: &Row<'_>| Ok((ServiceId::from_bytes(row.get(0)?), UserId::from_bytes(row.get(1)?)));
    c.all(sql::EXPIRED, params, read).await.map(ReadAnswer::Expired)
}

async fn stale(c: &Connection, before: &StaleBefore, limit: u32) -> Result<ReadAnswer> {
    let (numbers, deliveries, confirmations, trusts, addresses, sms_texts, sms) = try_join!(
        keys(c, sql::STALE_NUMBERS, before.numbers, limit, |row| {
            row.get(0).map(NumberKey::from_bytes)
        }),
        keys(c, sql::STALE_DELIVERIES, before.deliveries, limit, |row| {
            row.get(0).map(MessageId::from_bytes)
        }),
        keys(c, sql::STALE_CONFIRMATIONS, before.confirmations, limit, confirmation_key),
        keys(c, sql::STALE_TRUSTS, before.trusts, limit, |row| {
            let (number, cookie) = (row.get(1)?, row.get(2)?);
            let account = AccountId::from_i64(row.get(0)?);
            Ok((account, NumberKey::from_bytes(number), CookieDigest::from_bytes(cookie)))
        }),
        keys(c, sql::STALE_ADDRESSES, before.addresses, limit, |row| {
            row.get(0).map(AddressKey::from_bytes)
        }),
        keys(c, sql::STALE_SMS_TEXTS, before.sms_texts, limit, sms_key),
        keys(c, sql::STALE_SMS, before.sms, limit, sms_key),
    )?;
    let stale = Stale { numbers, deliveries, confirmations, trusts, addresses, sms_texts, sms };
    Ok(ReadAnswer::Stale(Box::new(stale)))
}

/// Keys of records that are due or stale by a time.
async fn keys<T>(
    c: &Connection,
    sql: &'static str,
    before: Timestamp,
    limit: u32,
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    c.all(sql, params![before, limit], read).await
}

fn confirmation_key(row: &Row<'_>) -> Result<(AccountId, VerificationId)> {
    Ok((AccountId::from_i64(row.get(0)?), VerificationId::from_bytes(row.get(1)?)))
}

fn sms_key(row: &Row<'_>) -> Result<SmsId> {
    row.get(0).map(SmsId::from_bytes)
}

async fn version(c: &Connection, sql: &'static str) -> Result<u64> {
    Ok(c.one(sql, params![], count).await?.unwrap_or_default())
}

fn count(row: &Row<'_>) -> Result<u64> {
    row.get::<i64>(0).map(i64::cast_unsigned)
}
