//! Traffic areas, from rows.

use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{Result, Row};
use verify::ids::{AccountId, ServiceId};
use verify::record::{TrafficArea, TrafficHold};

use crate::columns;

use super::{bad, time, time_opt};

pub(in crate::sqlite) fn traffic_area(row: &Row<'_>) -> Result<TrafficArea> {
    let days = columns::traffic::days(row.get_ref(4)?.as_str()?);
    let hours = columns::traffic::hours(row.get_ref(5)?.as_str()?);
    Ok(TrafficArea {
        service: ServiceId::from_bytes(row.get(0)?),
        area: word(row, 1, "area")?,
        node: row.get(2)?,
        account: AccountId::from_i64(row.get(3)?),
        days: days.ok_or_else(|| bad(4, Type::Text, "list of days"))?,
        hours: hours.ok_or_else(|| bad(5, Type::Text, "list of hours"))?,
        hold: hold(row)?,
        refused: row.get(14)?,
        updated_at: time(row, 15)?,
        released_at: time_opt(row, 16)?,
    })
}

fn hold(row: &Row<'_>) -> Result<Option<TrafficHold>> {
    if row.get_ref(6)?.as_str_or_null()?.is_none() {
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

fn word<T: FromStr>(row: &Row<'_>, column: usize, what: &str) -> Result<T> {
    let word = row.get_ref(column)?.as_str()?;
    word.parse().map_err(|_| bad(column, Type::Text, what))
}
