//! Writing what is kept of traffic.

use verify::Timestamp;
use verify::ids::ServiceId;
use verify::record::{Area, TrafficArea};

use super::{Batch, upsert};
use crate::columns::traffic;
use crate::limits::TRAFFIC_AREAS_FORGOTTEN_MAX;
use crate::postgres::value::params;

pub(super) fn put<'c>(batch: &mut Batch<'c>, areas: &'c [TrafficArea]) {
    for a in areas {
        let hold = a.hold.as_ref();
        let params = params![
            a.service.as_bytes(),
            a.area.to_string(),
            &a.node,
            a.account.as_i64(),
            traffic::days_text(&a.days),
            traffic::hours_text(&a.hours),
            hold.map(|h| h.stage.as_str()),
            hold.map(|h| h.rule.as_str()),
            hold.map(|h| h.since),
            hold.map(|h| h.until),
            hold.map(|h| h.times),
            hold.map(|h| h.sent),
            hold.map(|h| h.entered),
            hold.map(|h| h.base_permille),
            a.refused,
            a.updated_at,
        ];
        batch.execute(upsert::TRAFFIC_AREA.as_str(), params);
    }
}

pub(super) fn release(
    batch: &mut Batch<'_>,
    area: Area,
    service: Option<ServiceId>,
    at: Timestamp,
) {
    let area = area.to_string();
    match service {
        None => {
            let sql = "UPDATE traffic_area SET released_at = $2 WHERE area = $1";
            batch.execute(sql, params![area, at]);
        }
        Some(service) => {
            let sql =
                "UPDATE traffic_area SET released_at = $3 WHERE service_id = $1 AND area = $2";
            batch.execute(sql, params![*service.as_bytes(), area, at]);
        }
    }
}

pub(super) fn delete_of(batch: &mut Batch<'_>, service: ServiceId) {
    let sql = "DELETE FROM traffic_area WHERE service_id = $1";
    batch.execute(sql, params![*service.as_bytes()]);
}

pub(super) fn forget(batch: &mut Batch<'_>, before: Timestamp) {
    let sql = "DELETE FROM traffic_area WHERE (service_id, area, node) IN \
               (SELECT service_id, area, node FROM traffic_area WHERE updated_at < $1 \
               ORDER BY updated_at, service_id, area, node LIMIT $2)";
    batch.execute(sql, params![before, TRAFFIC_AREAS_FORGOTTEN_MAX]);
}
