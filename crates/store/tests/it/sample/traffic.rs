//! Traffic areas: held and not.

use verify::engine::Change;
use verify::record::{DayTraffic, HourPeak, Stage, TrafficArea, TrafficHold, TrafficRule};

use super::{account_id, at, service_id};

/// A hold of the last kind, until then.
pub(crate) fn traffic_hold(until_milliseconds: i64) -> TrafficHold {
    TrafficHold {
        stage: Stage::Closed,
        rule: TrafficRule::Completion,
        since: at(-1),
        until: at(until_milliseconds),
        times: 3,
        sent: u32::MAX,
        entered: 12,
        base_permille: 583,
    }
}

/// What a server without a name knows of an area, with every field filled but the
/// time of a release.
pub(crate) fn traffic_area(n: u8, area: &str) -> TrafficArea {
    TrafficArea {
        account: account_id(1),
        service: service_id(n),
        area: area.parse().expect("an area"),
        node: String::new(),
        days: vec![
            DayTraffic { day: 20_374, sent: 40, entered: 31 },
            DayTraffic { day: 20_375, sent: u32::MAX, entered: 0 },
        ],
        hours: vec![
            HourPeak { hour: 489_000, entered: 4 },
            HourPeak { hour: 489_001, entered: u32::MAX },
        ],
        hold: Some(traffic_hold(600_000)),
        refused: 700,
        updated_at: at(i64::from(n) * 1_000),
        released_at: None,
    }
}

pub(super) fn everything() -> Vec<Change> {
    vec![Change::PutTrafficAreas(vec![traffic_area(1, "EE"), traffic_area(1, "+37251234xxx")])]
}
