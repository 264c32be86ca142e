//! Writing what is kept of traffic.

use rusqlite::{Result, params};
use verify::Timestamp;
use verify::ids::ServiceId;
use verify::record::{Area, TrafficArea};

use super::{Connection, execute};
use crate::columns::traffic;
use crate::limits::TRAFFIC_AREAS_FORGOTTEN_MAX;

/// The time of a release stays what it is.
const PUT: &str = "INSERT INTO traffic_area (service_id, area, node, account_id, days, hours, \
    stage, rule, held_since, held_until, times, held_sent, held_entered, base_permille, refused, \
    updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
    ON CONFLICT (service_id, area, node) DO UPDATE SET account_id = ?4, days = ?5, hours = ?6, \
    stage = ?7, rule = ?8, held_since = ?9, held_until = ?10, times = ?11, held_sent = ?12, \
    held_entered = ?13, base_permille = ?14, refused = ?15, updated_at = ?16";

pub(super) fn put(connection: &Connection, areas: &[TrafficArea]) -> Result<()> {
    for a in areas {
        let hold = a.hold.as_ref();
        let params = params![
            a.service.as_bytes(),
            a.area.to_string(),
            a.node,
            a.account.as_i64(),
            traffic::days_text(&a.days),
            traffic::hours_text(&a.hours),
            hold.map(|h| h.stage.as_str()),
            hold.map(|h| h.rule.as_str()),
            hold.map(|h| h.since.as_millisecond()),
            hold.map(|h| h.until.as_millisecond()),
            hold.map(|h| h.times),
            hold.map(|h| h.sent),
            hold.map(|h| h.entered),
            hold.map(|h| h.base_permille),
            a.refused,
            a.updated_at.as_millisecond(),
        ];
        execute(connection, PUT, params)?;
    }
    Ok(())
}

pub(super) fn release(
    connection: &Connection,
    area: Area,
    service: Option<ServiceId>,
    at: Timestamp,
) -> Result<()> {
    let (area, at) = (area.to_string(), at.as_millisecond());
    match service {
        None => execute(
            connection,
            "UPDATE traffic_area SET released_at = ?2 WHERE area = ?1",
            (area, at),
        ),
        Some(service) => {
            let sql =
                "UPDATE traffic_area SET released_at = ?3 WHERE service_id = ?1 AND area = ?2";
            execute(connection, sql, (service.as_bytes(), area, at))
        }
    }
}

pub(super) fn delete_of(connection: &Connection, service: ServiceId) -> Result<()> {
    let sql = "DELETE FROM traffic_area WHERE service_id = ?1";
    execute(connection, sql, [service.as_bytes()])
}

pub(super) fn forget(connection: &Connection, before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM traffic_area WHERE (service_id, area, node) IN \
               (SELECT service_id, area, node FROM traffic_area WHERE updated_at < ?1 \
               ORDER BY updated_at, service_id, area, node LIMIT ?2)";
    execute(connection, sql, (before.as_millisecond(), TRAFFIC_AREAS_FORGOTTEN_MAX))
}
