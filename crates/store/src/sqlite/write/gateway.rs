//! Writing what belongs to gateways.

use rusqlite::{Result, params};
use verify::Timestamp;
use verify::limits::{ORPHANS_PER_GATEWAY_MAX, ORPHANS_SPARED};
use verify::record::{Cause, GatewayPause, GatewayView, Orphan, Reference};

use super::execute;
use crate::limits::REFERENCES_FORGOTTEN_MAX;
use crate::sqlite::prepared::Connection;

pub(super) fn put_reference(connection: &Connection, r: &Reference) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO reference (gateway, form, message_id, part, number_key, \
               created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let params = params![
        r.gateway,
        r.form,
        r.message.as_bytes(),
        r.part,
        r.number_key.as_bytes(),
        r.created_at.as_millisecond(),
    ];
    execute(connection, sql, params)
}

/// While there is room for more nothing is counted, and neither is one that is there
/// already, which takes none: in a flood of receipts each would cost a count of all.
pub(super) fn put_orphan(connection: &Connection, o: &Orphan) -> Result<()> {
    let has_place = connection.take_orphan_room(&o.gateway) || is_kept(connection, o)?;
    let sql = "INSERT OR REPLACE INTO orphan (gateway, form, state, cause, code, created_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let params = params![
        o.gateway,
        o.form,
        o.state.as_str(),
        o.cause.map(Cause::as_str),
        o.code,
        o.created_at.as_millisecond(),
    ];
    execute(connection, sql, params)?;
    if !has_place {
        connection.set_orphan_room(&o.gateway, make_room(connection, &o.gateway)?);
    }
    Ok(())
}

fn is_kept(connection: &Connection, o: &Orphan) -> Result<bool> {
    let sql = "SELECT 1 FROM orphan WHERE gateway = ?1 AND form = ?2 AND state = ?3";
    let one = connection.one(sql, params![o.gateway, o.form, o.state.as_str()], |_| Ok(()))?;
    Ok(one.is_some())
}

/// Forgets the oldest orphans of a gateway if it has too many; gives for how many
/// more there is room.
fn make_room(connection: &Connection, gateway: &str) -> Result<u32> {
    let count = "SELECT count(*) FROM orphan WHERE gateway = ?1";
    let count: u32 = connection.one(count, [gateway], |row| row.get(0))?.unwrap_or_default();
    if count <= ORPHANS_PER_GATEWAY_MAX {
        return Ok(ORPHANS_PER_GATEWAY_MAX - count);
    }
    let oldest = "DELETE FROM orphan WHERE gateway = ?1 AND (form, state) IN \
                  (SELECT form, state FROM orphan WHERE gateway = ?1 \
                  ORDER BY created_at, form, state LIMIT ?2)";
    let excess = count - (ORPHANS_PER_GATEWAY_MAX - ORPHANS_SPARED);
    execute(connection, oldest, params![gateway, excess])?;
    Ok(ORPHANS_SPARED)
}

pub(super) fn forget_references(
    connection: &Connection,
    before: Timestamp,
    orphans_before: Timestamp,
) -> Result<()> {
    let sql = "DELETE FROM reference WHERE (gateway, form, message_id, part) IN (SELECT gateway, \
               form, message_id, part FROM reference WHERE created_at <= ?1 LIMIT ?2)";
    execute(connection, sql, (before.as_millisecond(), REFERENCES_FORGOTTEN_MAX))?;
    let sql = "DELETE FROM orphan WHERE (gateway, form, state) IN (SELECT gateway, form, state \
               FROM orphan WHERE created_at <= ?1 LIMIT ?2)";
    execute(connection, sql, (orphans_before.as_millisecond(), REFERENCES_FORGOTTEN_MAX))
}

/// One that is paused stays so since then.
pub(super) fn pause(connection: &Connection, pause: &GatewayPause) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO gateway_pause (gateway, paused_at) VALUES (?1, ?2)";
    execute(connection, sql, (&pause.gateway, pause.paused_at.as_millisecond()))
}

pub(super) fn put_views(connection: &Connection, views: &[GatewayView]) -> Result<()> {
    execute(connection, "DELETE FROM gateway_view", [])?;
    for view in views {
        let sql = "INSERT INTO gateway_view (gateway, is_open, reason, since, detail, seen_at) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let params = params![
            view.gateway,
            view.is_open,
            view.reason,
            view.since.as_millisecond(),
            view.detail,
            view.seen_at.as_millisecond(),
        ];
        execute(connection, sql, params)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use verify::record::ReceiptState;

    use super::*;
    use crate::sqlite::{SqliteOptions, open};

    #[test]
    fn of_a_flood_few_receipts_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            path: folder.path().join("ringproof.db"),
            key_fingerprint: [1; 16],
            ends_process_on_lost_flush: false,
        };
        let library = open::write_connection(&options).unwrap();
        let connection = Connection::new(&library);
        connection.begin().unwrap();
        let mut at = 0;
        let mut is_dear = |form: String| {
            at += 1;
            connection.count_work();
            let orphan = Orphan {
                gateway: "one".to_owned(),
                form,
                state: ReceiptState::Failed,
                cause: None,
                code: None,
                created_at: Timestamp::from_millisecond(at).unwrap(),
            };
            put_orphan(&connection, &orphan).unwrap();
            connection.count_work() > 1_000
        };
        let mut dear =
            |forms: Vec<String>| forms.into_iter().filter(|f| is_dear(f.clone())).count();
        let of =
            |sign: &str, count: u32| (0..count).map(|n| format!("{sign}{n}")).collect::<Vec<_>>();
        assert_eq!(dear(of("=", ORPHANS_PER_GATEWAY_MAX)), 0);
        assert_eq!(dear(of("=", 1_000)), 0, "as many as may be, and these are among them");
        assert_eq!(dear(of("+", 2 * ORPHANS_SPARED)), 2);
    }
}
