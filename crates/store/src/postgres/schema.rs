//! Versions of the schema. Migrations are numbered and go forward only; all that
//! are missing run in one transaction with the change of the version number.

use super::connection::Connection;
use super::trouble::Result;
use super::value::params;
use super::{row::Row, sql};

/// One step from version n − 1 to n.
const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_nodes.sql"),
    include_str!("migrations/0003_traffic.sql"),
    include_str!("migrations/0004_binds.sql"),
];

/// The schema version that this program writes.
pub const VERSION: u32 = 4;

/// The latest version that this program works with. A migration keeps the program
/// before it working, so that the nodes of a cluster can be replaced one by one, and
/// one of the old ones can start anew in between; from version 2 on.
pub(super) const KNOWN: u32 = VERSION + 1;

const _: () = assert!(MIGRATIONS.len() == VERSION as usize);

/// Nodes that start at once come one after the other: whoever has the lock of
/// this table looks at the version and brings it to the present.
const BEGIN: &str = "BEGIN; \
    CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL); \
    LOCK TABLE schema_version IN ACCESS EXCLUSIVE MODE";

/// Brings a database to the present version and gives the version it has then:
/// a later one if a later program has written it.
pub(super) async fn migrate(connection: &Connection) -> Result<u32> {
    if let Some(found) = version(connection).await?
        && found >= VERSION
    {
        return Ok(found);
    }
    // Two that make the table at once: one of them fails, and finds it then.
    if connection.batch(BEGIN).await.is_err() {
        connection.batch("ROLLBACK").await?;
        connection.batch(BEGIN).await?;
    }
    let found = version(connection).await?.unwrap_or_default();
    for (before, migration) in (0..).zip(MIGRATIONS) {
        if found <= before {
            connection.batch(migration).await?;
        }
    }
    if found < VERSION {
        connection.batch(&sql::set_version(VERSION)).await?;
    }
    connection.batch("COMMIT").await?;
    Ok(found.max(VERSION))
}

/// The version of a database; none in an empty one.
pub(super) async fn version(connection: &Connection) -> Result<Option<u32>> {
    let read = |row: &Row<'_>| row.get::<bool>(0);
    let is_there = connection.one(sql::HAS_VERSION, params![], read).await?;
    if is_there != Some(true) {
        return Ok(None);
    }
    connection.one(sql::SCHEMA_VERSION, params![], |row| row.get(0)).await
}
