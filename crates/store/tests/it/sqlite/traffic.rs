//! Rows that are no traffic areas.

use ringproof_store::Fault;
use rusqlite::Connection;
use verify::engine::Change;

use crate::asking::{put, wait};
use crate::engines::{folder, options, reopen};
use crate::sample::{at, traffic_area};

/// Whoever spoils a row hears of it, and the store goes on.
#[test]
fn a_row_that_is_no_area_is_an_error() {
    let folder = folder();
    let store = reopen(folder.path());
    let whole = || put(&store, vec![Change::PutTrafficAreas(vec![traffic_area(1, "EE")])]);
    let connection = Connection::open(options(folder.path()).path).expect("it opens");
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
        let sql = format!("UPDATE traffic_area SET {spoiled}");
        connection.execute(&sql, []).expect("SQLite takes it");
        for read in [wait(store.traffic_areas()), wait(store.traffic_holds(at(0)))] {
            assert!(matches!(read, Err(Fault::Database(_))), "{spoiled}: {read:?}");
        }
        connection.execute("DELETE FROM traffic_area", []).expect("it is done");
    }
    whole();
    assert_eq!(wait(store.traffic_areas()), Ok(vec![traffic_area(1, "EE")]));
}
