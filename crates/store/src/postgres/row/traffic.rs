//! Traffic areas, from rows.

use std::str::FromStr;

use verify::ids::{AccountId, ServiceId};
use verify::record::{TrafficArea, TrafficHold};

use crate::columns;

use super::{Result, Row, bad, time, time_opt};

pub(in crate::postgres) fn traffic_area(row: &Row<'_>) -> Result<TrafficArea> {
    let days = columns::traffic::days(row.text(4)?);
    let hours = columns::traffic::hours(row.text(5)?);
    Ok(TrafficArea {
        service: ServiceId::from_bytes(row.get(0)?),
        area: word(row, 1, "area")?,
        node: row.get(2)?,
        account: AccountId::from_i64(row.get(3)?),
        days: days.ok_or_else(|| bad(4, "list of days"))?,
        hours: hours.ok_or_else(|| bad(5, "list of hours"))?,
        hold: hold(row)?,
        refused: row.get(14)?,
        updated_at: time(row, 15)?,
        released_at: time_opt(row, 16)?,
    })
}

fn hold(row: &Row<'_>) -> Result<Option<TrafficHold>> {
    if row.is_null(6)? {
        return Ok(None);
    }
    Ok(Some(TrafficHold {
        stage: word(row, 6, "stage")?,
        rule: word(row, 7, "rule")?,
        since: time(row, 8)?,
        until: time(row, 9)?,
        times: row.get(10)?,
        sent: row.get(11)?,
        entered: row.get(12)?,
        base_permille: row.get(13)?,
    }))
}

fn word<T: FromStr>(row: &Row<'_>, column: usize, what: &'static str) -> Result<T> {
    row.text(column)?.parse().map_err(|_| bad(column, what))
}
