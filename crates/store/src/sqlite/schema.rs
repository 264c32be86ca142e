//! Versions of the schema. Migrations are numbered and go forward only; each
//! runs in one transaction with the change of the version number.

use rusqlite::Connection;

/// One step from version n − 1 to n.
const MIGRATIONS: [&str; 6] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_numbers_and_sms.sql"),
    include_str!("migrations/0003_routes.sql"),
    include_str!("migrations/0004_devices.sql"),
    include_str!("migrations/0005_widget.sql"),
    include_str!("migrations/0006_traffic.sql"),
];

/// The schema version that this program writes.
pub const VERSION: u32 = 6;

const _: () = assert!(MIGRATIONS.len() == VERSION as usize);

/// The version of an open database; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings a database of an older version to the present one.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let found = version(connection)?;
    for (before, sql) in (0..).zip(MIGRATIONS).skip(found as usize) {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // Another process may have been quicker.
        if version(&transaction)? == before {
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", before + 1)?;
        }
        transaction.commit()?;
    }
    Ok(())
}
