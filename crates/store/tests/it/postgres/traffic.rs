//! Traffic areas of several servers, and rows that are none.

use ringproof_store::Fault;
use verify::engine::Change;
use verify::record::TrafficArea;

use super::server::{execute, query, shared};
use crate::asking::{put, wait};
use crate::engines::node;
use crate::sample::{at, traffic_area};

#[test]
fn what_one_server_holds_and_an_operator_releases_all_know() {
    let address = shared().database();
    let (one, two) = (node(&address), node(&address));
    let of = |name: &str| TrafficArea { node: name.to_owned(), ..traffic_area(1, "EE") };
    put(&one, vec![Change::PutTrafficAreas(vec![of("one")])]);
    assert_eq!(wait(two.traffic_holds(at(0))), Ok(vec![of("one")]));
    put(&two, vec![Change::PutTrafficAreas(vec![of("two")])]);
    let area = of("one").area;
    put(&two, vec![Change::ReleaseTraffic(area, None, at(5))]);
    // What a server writes that has not heard of it does not undo it.
    put(&one, vec![Change::PutTrafficAreas(vec![of("one")])]);
    let released = |name| TrafficArea { released_at: Some(at(5)), ..of(name) };
    let all = vec![released("one"), released("two")];
    assert_eq!(wait(one.traffic_holds(at(0))), Ok(all.clone()));
    assert_eq!(wait(two.traffic_areas()), Ok(all));
}

/// Whoever spoils a row hears of it, and the store goes on.
#[test]
fn a_row_that_is_no_area_is_an_error() {
    let address = shared().database();
    let store = node(&address);
    let whole = || put(&store, vec![Change::PutTrafficAreas(vec![traffic_area(1, "EE")])]);
    for spoiled in [
        "stage = 'ajar'",
        "rule = 'taste'",
        "rule = NULL",
        "held_since = NULL",
        "area = '+12x'",
        "area = 'Estonia'",
        "days = '1:2'",
        "hours = '1:-2'",
        "times = -1",
    ] {
        whole();
        execute(&address, &format!("UPDATE traffic_area SET {spoiled}"));
        for read in [wait(store.traffic_areas()), wait(store.traffic_holds(at(0)))] {
            assert!(matches!(read, Err(Fault::Database(_))), "{spoiled}: {read:?}");
        }
        execute(&address, "DELETE FROM traffic_area");
    }
    whole();
    assert_eq!(wait(store.traffic_areas()), Ok(vec![traffic_area(1, "EE")]));
}

/// It is asked every second, by every server.
#[test]
fn the_few_that_are_held_are_found_by_their_time() {
    let address = shared().database();
    drop(node(&address));
    execute(
        &address,
        "INSERT INTO traffic_area (service_id, area, node, account_id, days, hours, held_until, \
         refused, updated_at) SELECT '\\x01', n::TEXT, '', 1, '', '', \
         CASE WHEN n % 2 = 0 THEN n END, 0, 0 FROM generate_series(1, 20000) AS n; \
         ANALYZE traffic_area",
    );
    let plan = query(
        &address,
        "EXPLAIN SELECT * FROM traffic_area WHERE held_until > 19990 \
         ORDER BY service_id, area, node",
    );
    assert!(plan.iter().any(|line| line.contains("traffic_area_by_hold")), "{plan:?}");
}
