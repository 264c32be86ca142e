//! The embedded database as an end of a move.

use std::fmt::Write as _;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, TransactionBehavior, params, params_from_iter};

use super::{OpenError, SqliteOptions, maintain, open, schema};
use crate::moving::cell::{Cell, Row, written};
use crate::moving::side::{Note, Position, Result, Side, Source, Target};
use crate::moving::tables::{KEY_FINGERPRINT, Kind, META, TABLES, Table};
use crate::moving::{self, MoveError};

/// Notes how far a copy is. While it is there, this is no database that can be used.
const BEGIN_NOTES: &str = "CREATE TABLE moving (
    table_name TEXT PRIMARY KEY,
    source     BLOB NOT NULL,       -- what this is a copy of
    row_count  INTEGER NOT NULL,    -- rows that are there
    last_key   BLOB,                -- of the last of them
    is_whole   INTEGER NOT NULL
) STRICT, WITHOUT ROWID";
const READ_NOTES: &str = "SELECT table_name, source, row_count, last_key, is_whole FROM moving";
const ADD_NOTE: &str =
    "INSERT INTO moving (table_name, source, row_count, is_whole) VALUES (?1, ?2, 0, 0)";
const SET_NOTE: &str =
    "UPDATE moving SET row_count = ?2, last_key = ?3, is_whole = ?4 WHERE table_name = ?1";
const SET_KEY: &str = "INSERT INTO meta (name, value) VALUES ('key_fingerprint', ?1)";

/// Indexes that are made by words of their own: all but those of keys.
const INDEXES: &str =
    "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";

/// Memory for pages of the file (64 MiB): indexes are made after all rows are there, and sorted in it.
const CACHE_KIB: i64 = 65_536;

/// Whether a database is a half-done copy.
pub(super) fn is_half_moved(connection: &Connection) -> rusqlite::Result<bool> {
    connection.table_exists(None, "moving")
}

/// A connection, and the name of its file.
struct File {
    connection: Connection,
    options: SqliteOptions,
    place: String,
}

impl File {
    fn new(connection: Connection, options: &SqliteOptions) -> Self {
        let place = options.path.display().to_string();
        Self { connection, options: options.clone(), place }
    }

    fn explain(&self) -> impl Fn(rusqlite::Error) -> MoveError {
        |error| explain(&self.options, &error)
    }

    fn count(&self, table: &Table) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {} WHERE {}", table.name, of_data(table));
        let count: i64 =
            self.connection.query_row(&sql, [], |row| row.get(0)).map_err(self.explain())?;
        Ok(count.unsigned_abs())
    }

    fn page(&self, table: &'static Table, after: Option<&[Cell]>, max: u32) -> Result<Vec<Row>> {
        let sql = page_sql(table, after.is_some(), max);
        let read = || -> rusqlite::Result<std::result::Result<Vec<Row>, &'static str>> {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params_from_iter(after.unwrap_or_default()))?;
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                let mut cells = Vec::with_capacity(table.columns.len());
                for (index, column) in table.columns.iter().enumerate() {
                    match cell(column.kind, row.get_ref(index)?) {
                        Some(cell) => cells.push(cell),
                        None => return Ok(Err(column.name)),
                    }
                }
                page.push(cells);
            }
            Ok(Ok(page))
        };
        let unfit =
            |column| MoveError::Unfit { table: table.name, column, place: self.place.clone() };
        read().map_err(self.explain())?.map_err(unfit)
    }
}

/// The rows of a table that are data.
fn of_data(table: &Table) -> String {
    if table.name == META { format!("name <> '{KEY_FINGERPRINT}'") } else { "1".to_owned() }
}

fn page_sql(table: &Table, is_after: bool, max: u32) -> String {
    let keys = Table::names(table.key_columns());
    let mut sql = format!(
        "SELECT {} FROM {} WHERE {}",
        Table::names(table.columns),
        table.name,
        of_data(table)
    );
    if is_after {
        let places = places(table.keys);
        write!(sql, " AND ({keys}) > ({places})").expect("a string takes everything");
    }
    write!(sql, " ORDER BY {keys} LIMIT {max}").expect("a string takes everything");
    sql
}

fn places(count: usize) -> String {
    (1..=count).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ")
}

fn cell(kind: Kind, value: ValueRef<'_>) -> Option<Cell> {
    match (kind, value) {
        (_, ValueRef::Null) => Some(Cell::Nothing),
        (Kind::Flag, ValueRef::Integer(0)) => Some(Cell::Flag(false)),
        (Kind::Flag, ValueRef::Integer(1)) => Some(Cell::Flag(true)),
        (Kind::Integer, ValueRef::Integer(value)) => Some(Cell::Integer(value)),
        (Kind::Text, ValueRef::Text(value)) => {
            std::str::from_utf8(value).ok().map(|text| Cell::Text(text.to_owned()))
        }
        (Kind::Bytes, ValueRef::Blob(value)) => Some(Cell::Bytes(value.to_vec())),
        (Kind::Flag | Kind::Integer | Kind::Text | Kind::Bytes, _) => None,
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Nothing => ValueRef::Null,
            Self::Flag(value) => ValueRef::Integer(i64::from(*value)),
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// What an operator is told: the file by its state, or the words of the database.
fn explain(options: &SqliteOptions, error: &rusqlite::Error) -> MoveError {
    match open::explain(&options.path, error) {
        OpenError::Locked(path) => MoveError::InUse(path.display().to_string()),
        OpenError::Database(reason) => {
            MoveError::Database { place: options.path.display().to_string(), reason }
        }
        other => other.into(),
    }
}

/// Refuses what another version of the program wrote.
fn check_version(options: &SqliteOptions, found: u32) -> Result<()> {
    let (path, known) = (&options.path, schema::VERSION);
    if found > known {
        return Err(OpenError::Newer { path: path.clone(), found, known }.into());
    }
    if found < known {
        return Err(MoveError::Older { place: path.display().to_string(), found, known });
    }
    Ok(())
}

/// A file that is moved. It is opened for reading only.
pub(crate) struct MoveSource {
    file: File,
    /// Changes when somebody else writes.
    data_version: i64,
}

impl MoveSource {
    /// Opens a database of this version, under this root key, that is not a half-done copy itself.
    pub(crate) fn open(options: &SqliteOptions) -> Result<Self> {
        let connection = open::read_connection(&options.path)?;
        let explain = |error| explain(options, &error);
        let found = schema::version(&connection).map_err(explain)?;
        if found == 0 {
            return Err(OpenError::Damaged(options.path.clone()).into());
        }
        check_version(options, found)?;
        if is_half_moved(&connection).map_err(explain)? {
            return Err(OpenError::HalfMoved(options.path.clone()).into());
        }
        if open::kept_key(&connection).map_err(explain)? != Some(options.key_fingerprint) {
            return Err(OpenError::WrongKey(options.path.clone()).into());
        }
        let data_version = data_version(&connection).map_err(explain)?;
        Ok(Self { file: File::new(connection, options), data_version })
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

impl Side for MoveSource {
    fn place(&self) -> &str {
        &self.file.place
    }

    fn page(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        rows_max: u32,
    ) -> Result<Vec<Row>> {
        self.file.page(table, after, rows_max)
    }
}

impl Source for MoveSource {
    fn count(&mut self, table: &'static Table) -> Result<u64> {
        self.file.count(table)
    }

    fn is_unchanged(&mut self) -> Result<bool> {
        let now = data_version(&self.file.connection).map_err(self.file.explain())?;
        Ok(now == self.data_version)
    }
}

/// A file that is moved to.
pub(crate) struct MoveTarget {
    file: File,
}

impl MoveTarget {
    /// Opens the file, or makes a new one with the tables of this version.
    pub(crate) fn open(options: &SqliteOptions) -> Result<Self> {
        maintain::make_private_if_missing(&options.path)?;
        let explain = |error| explain(options, &error);
        let mut connection = Connection::open(&options.path).map_err(explain)?;
        let set_up = |connection: &Connection| {
            open::set_up(connection)?;
            // What is not flushed yet is copied again after a power failure: the notes are lost with the rows.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
            connection.pragma_update(None, "temp_store", "FILE")
        };
        set_up(&connection).map_err(explain)?;
        if schema::version(&connection).map_err(explain)? == 0 {
            schema::migrate(&mut connection).map_err(explain)?;
        }
        check_version(options, schema::version(&connection).map_err(explain)?)?;
        Ok(Self { file: File::new(connection, options) })
    }

    fn notes(&self) -> rusqlite::Result<Vec<Note>> {
        let mut statement = self.file.connection.prepare(READ_NOTES)?;
        let notes = statement.query_map([], |row| {
            Ok(Note {
                table: row.get(0)?,
                source: row.get(1)?,
                rows: row.get(2)?,
                last_key: row.get(3)?,
                is_whole: row.get(4)?,
            })
        })?;
        notes.collect()
    }

    /// Whether nobody has put anything into it, under whatever root key.
    fn is_empty(&self) -> rusqlite::Result<bool> {
        for table in TABLES.iter().filter(|table| table.name != META) {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name);
            if self.file.connection.query_row(&sql, [], |row| row.get(0))? {
                return Ok(false);
            }
        }
        let kept = open::kept_key(&self.file.connection)?;
        Ok(kept.is_none_or(|kept| kept == self.file.options.key_fingerprint))
    }

    fn begin_notes(&mut self, source: &[u8; 32]) -> rusqlite::Result<()> {
        let fingerprint = self.file.options.key_fingerprint;
        let step =
            self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(BEGIN_NOTES)?;
        for table in TABLES {
            step.execute(ADD_NOTE, params![table.name, source])?;
        }
        step.execute("DELETE FROM meta", [])?;
        step.execute(SET_KEY, [fingerprint])?;
        for (name, _) in indexes(&step)? {
            step.execute_batch(&format!("DROP INDEX {name}"))?;
        }
        step.commit()
    }

    fn write(&mut self, table: &Table, rows: &[Row], position: &Position) -> rusqlite::Result<()> {
        let names = Table::names(table.columns);
        let places = places(table.columns.len());
        let sql = format!("INSERT INTO {} ({names}) VALUES ({places})", table.name);
        let step =
            self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = step.prepare_cached(&sql)?;
            for row in rows {
                insert.execute(params_from_iter(row))?;
            }
        }
        let key = position.last_key.as_deref().map(written);
        step.execute(
            SET_NOTE,
            params![table.name, position.rows.cast_signed(), key, position.is_whole],
        )?;
        step.commit()
    }

    /// Makes the indexes that a database of this version has and this one does not.
    fn make_indexes(&self) -> rusqlite::Result<()> {
        let mut like = Connection::open_in_memory()?;
        schema::migrate(&mut like)?;
        let there = indexes(&self.file.connection)?;
        for (name, sql) in indexes(&like)? {
            if !there.iter().any(|(other, _)| *other == name) {
                self.file.connection.execute_batch(&sql)?;
            }
        }
        Ok(())
    }
}

/// Names and words of indexes.
fn indexes(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(INDEXES)?;
    let indexes = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    indexes.collect()
}

impl Side for MoveTarget {
    fn place(&self) -> &str {
        &self.file.place
    }

    fn page(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        rows_max: u32,
    ) -> Result<Vec<Row>> {
        self.file.page(table, after, rows_max)
    }
}

impl Target for MoveTarget {
    fn begin(&mut self, source: &[u8; 32]) -> Result<Vec<Position>> {
        let is_begun = is_half_moved(&self.file.connection).map_err(self.file.explain())?;
        if !is_begun {
            if !self.is_empty().map_err(self.file.explain())? {
                return Err(MoveError::NotEmpty(self.file.place.clone()));
            }
            self.begin_notes(source).map_err(|e| explain(&self.file.options, &e))?;
        }
        let notes = self.notes().map_err(self.file.explain())?;
        moving::positions(&notes, source)
            .ok_or_else(|| MoveError::OtherSource(self.file.place.clone()))
    }

    fn append(&mut self, table: &'static Table, rows: &[Row], position: &Position) -> Result<()> {
        self.write(table, rows, position).map_err(|e| explain(&self.file.options, &e))
    }

    fn complete(&mut self) -> Result<()> {
        self.make_indexes().map_err(self.file.explain())
    }

    fn end(&mut self) -> Result<()> {
        let end = |connection: &Connection| {
            // This commit brings everything before it to the disk too.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch("DROP TABLE moving")
        };
        end(&self.file.connection).map_err(self.file.explain())?;
        Ok(maintain::sync_folder_of(&self.file.options.path)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moving::tables::Column;

    fn fresh() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        connection
    }

    /// Whoever adds a table or a column to the schema and not to the list loses it at a move.
    #[test]
    fn every_table_and_column_is_on_the_list() {
        let connection = fresh();
        let mut statement = connection
            .prepare(
                "SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema AS t \
                 JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name <> 'gateway_view' \
                 ORDER BY t.name, c.name",
            )
            .unwrap();
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let schema: Vec<(String, String, String, u32)> =
            statement.query_map([], row).unwrap().map(rusqlite::Result::unwrap).collect();
        let mut listed = Vec::new();
        for table in TABLES {
            for (index, Column { name, kind }) in (0_u32..).zip(table.columns) {
                let kind = match kind {
                    _ if (table.name, *name) == (META, "value") => "ANY",
                    Kind::Flag | Kind::Integer => "INTEGER",
                    Kind::Text => "TEXT",
                    Kind::Bytes => "BLOB",
                };
                let place_in_key = if (index as usize) < table.keys { index + 1 } else { 0 };
                listed.push((
                    table.name.to_owned(),
                    (*name).to_owned(),
                    kind.to_owned(),
                    place_in_key,
                ));
            }
        }
        listed.sort();
        assert_eq!(listed, schema);
    }

    /// A page that sorts the whole table first would make a move of many rows endless.
    #[test]
    fn a_page_is_found_by_the_key() {
        let connection = fresh();
        for table in TABLES {
            let sql = format!("EXPLAIN QUERY PLAN {}", page_sql(table, true, 10));
            let mut statement = connection.prepare(&sql).unwrap();
            let key = vec![Cell::Integer(1); table.keys];
            let mut rows = statement.query(params_from_iter(&key)).unwrap();
            let mut plan = String::new();
            while let Some(row) = rows.next().unwrap() {
                plan.push_str(&row.get::<_, String>(3).unwrap());
            }
            let key_is_used = plan
                .contains(&format!("({})>(", Table::names(table.key_columns()).replace(' ', "")))
                || plan.contains(&format!("{}>?", table.columns[0].name))
                || plan.contains("rowid>?");
            assert!(plan.starts_with("SEARCH") && key_is_used && !plan.contains("TEMP"), "{plan}");
        }
    }
}
