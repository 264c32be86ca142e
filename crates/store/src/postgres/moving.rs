//! A PostgreSQL as an end of a move.
//!
//! A move has one session of its own, which may take as long as it takes; the engine's would be cut short.

mod sends;

use std::fmt::Write as _;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row as Read};

use super::hosts::Hosts;
use super::trouble::Trouble;
use super::value::Value;
use super::{OpenError, PostgresOptions, open, schema, sql, trouble};
use crate::moving::cell::{Cell, Row, written};
use crate::moving::side::{Note, Position, Result, Side, Source, Target};
use crate::moving::tables::{Kind, META, TABLES, Table};
use crate::moving::{self, MoveError};

/// Notes how far a copy is. While it is there, this is no database that can be used.
const BEGIN_NOTES: &str = "CREATE TABLE moving (
    table_name TEXT COLLATE \"C\" PRIMARY KEY,
    source     BYTEA NOT NULL,      -- what this is a copy of
    row_count  BIGINT NOT NULL,     -- rows that are there
    last_key   BYTEA,               -- of the last of them
    is_whole   BOOLEAN NOT NULL
); DELETE FROM meta; DELETE FROM root_key; DELETE FROM gateway_view";
const READ_NOTES: &str = "SELECT table_name, source, row_count, last_key, is_whole FROM moving";
const ADD_NOTE: &str =
    "INSERT INTO moving (table_name, source, row_count, is_whole) VALUES ($1, $2, 0, FALSE)";
const SET_NOTE: &str =
    "UPDATE moving SET row_count = $2, last_key = $3, is_whole = $4 WHERE table_name = $1";

/// What the session of a move is told first. Pages are read by the key, without sorting what comes after them. What is
/// not on the disk yet is copied again after a crash: the notes are lost with the rows.
const SETTINGS: &str = "SET lock_timeout = '5s'; SET statement_timeout = 0; \
    SET idle_in_transaction_session_timeout = 0; \
    SELECT set_config(name, 'off', false) FROM pg_settings \
    WHERE name IN ('enable_sort', 'synchronous_commit')";

/// The last commit brings everything before it to the disk too, and where the server says so to that of a standby.
const END: &str = "RESET synchronous_commit; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write'); \
    DROP TABLE moving";

/// Sessions of programs like this one, but for our own.
const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
    AND application_name = 'ringproof' AND pid <> pg_backend_pid()";

/// How long the session of a program that has ended may take to go.
const OTHERS_GO: Duration = Duration::from_secs(3);

/// How often to look whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// One session with the server, and the event loop that carries it.
struct Session {
    client: Client,
    /// Carries messages until the session ends.
    _messenger: JoinSet<()>,
    place: String,
    runtime: Runtime,
}

impl Session {
    /// Opens a session with a database that no other ringproof works with.
    fn open(hosts: &Hosts) -> Result<Self> {
        let (runtime, place) = (super::runtime()?, hosts.place.clone());
        let connect = async {
            let (client, connection) = hosts.connect_bare().await?;
            let mut messenger = JoinSet::new();
            messenger.spawn(async move {
                // How it ends is told to whoever asks next.
                let _ = connection.await;
            });
            client.batch_execute(SETTINGS).await?;
            Ok::<_, Trouble>((client, messenger))
        };
        let unreachable = |trouble: Trouble| OpenError::Unreachable {
            place: place.clone(),
            reason: trouble.to_string(),
        };
        let (client, messenger) = runtime.block_on(connect).map_err(unreachable)?;
        let session = Self { client, _messenger: messenger, place, runtime };
        session.be_alone()?;
        Ok(session)
    }

    fn be_alone(&self) -> Result<()> {
        let look = async {
            let mut waited = Duration::ZERO;
            loop {
                let others: i64 = self.client.query_one(OTHERS, &[]).await?.try_get(0)?;
                if others == 0 || waited >= OTHERS_GO {
                    return Ok(others == 0);
                }
                sleep(LOOK_AGAIN).await;
                waited += LOOK_AGAIN;
            }
        };
        let is_alone: bool = self.runtime.block_on(look).map_err(self.explain())?;
        if is_alone { Ok(()) } else { Err(MoveError::InUse(self.place.clone())) }
    }

    fn explain(&self) -> impl Fn(tokio_postgres::Error) -> MoveError {
        |error| explain(&self.place, &error)
    }

    fn page(&self, table: &'static Table, after: Option<&[Cell]>, max: u32) -> Result<Vec<Row>> {
        let sql = page_sql(table, after.is_some(), max);
        let values: Vec<Value<'_>> = after.unwrap_or_default().iter().map(value).collect();
        let rows = self.runtime.block_on(self.client.query(&sql, &borrowed(&values)));
        let rows = rows.map_err(self.explain())?;
        let cells = |row: &Read| {
            let cell = |(index, column): (usize, &moving::tables::Column)| {
                cell(column.kind, row, index).map_err(|_| MoveError::Unfit {
                    table: table.name,
                    column: column.name,
                    place: self.place.clone(),
                })
            };
            table.columns.iter().enumerate().map(cell).collect()
        };
        let rows: Vec<Row> = rows.iter().map(cells).collect::<Result<_>>()?;
        if !sends::is_it(table) {
            return Ok(rows);
        }
        let place = || self.place.clone();
        let unfit = |column| MoveError::Unfit { table: table.name, column, place: place() };
        sends::add_up(rows).map_err(unfit)
    }
}

/// What an operator is told.
fn explain(place: &str, error: &tokio_postgres::Error) -> MoveError {
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => MoveError::InUse(place.to_owned()),
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => OpenError::NotAllowed(place.to_owned()).into(),
        Some(_) | None => {
            MoveError::Database { place: place.to_owned(), reason: trouble::explain(error) }
        }
    }
}

/// The name of a table here: `user` is a word of the language.
fn name(table: &Table) -> &'static str {
    if table.name == "user" { "users" } else { table.name }
}

fn page_sql(table: &Table, is_after: bool, max: u32) -> String {
    if sends::is_it(table) {
        return sends::page_sql(is_after, max);
    }
    let keys = Table::names(table.key_columns());
    let mut sql = format!("SELECT {} FROM {}", Table::names(table.columns), name(table));
    if is_after {
        let places: Vec<String> = (1..=table.keys).map(|n| format!("${n}")).collect();
        write!(sql, " WHERE ({keys}) > ({})", places.join(", "))
            .expect("a string takes everything");
    }
    write!(sql, " ORDER BY {keys} LIMIT {max}").expect("a string takes everything");
    sql
}

fn cell(kind: Kind, row: &Read, index: usize) -> Answer<Cell> {
    let cell = match kind {
        Kind::Flag => row.try_get::<_, Option<bool>>(index)?.map(Cell::Flag),
        Kind::Integer => row.try_get::<_, Option<i64>>(index)?.map(Cell::Integer),
        Kind::Text => row.try_get::<_, Option<String>>(index)?.map(Cell::Text),
        Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(index)?.map(Cell::Bytes),
    };
    Ok(cell.unwrap_or(Cell::Nothing))
}

fn value(cell: &Cell) -> Value<'_> {
    match cell {
        Cell::Nothing => Value::Nothing,
        Cell::Flag(value) => Value::Flag(*value),
        Cell::Integer(value) => Value::Integer(*value),
        Cell::Text(value) => Value::Text(value),
        Cell::Bytes(value) => Value::Bytes(value),
    }
}

fn borrowed<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// A database that is moved. Nobody can write to it meanwhile.
pub(crate) struct MoveSource {
    session: Session,
}

impl MoveSource {
    /// Opens a database of this version, under this root key, that is not a half-done copy itself, and holds off
    /// whoever would write.
    pub(crate) fn open(options: &PostgresOptions) -> Result<Self> {
        let hosts = Hosts::of(options)?;
        let found = super::runtime()?.block_on(open::check(&hosts, &options.key_fingerprint))?;
        check_version(&hosts.place, found)?;
        let session = Session::open(&hosts)?;
        let tables: Vec<&str> = TABLES.iter().map(name).collect();
        let hold = format!("BEGIN READ ONLY; LOCK TABLE {} IN SHARE MODE", tables.join(", "));
        session.runtime.block_on(session.client.batch_execute(&hold)).map_err(session.explain())?;
        Ok(Self { session })
    }
}

impl Side for MoveSource {
    fn place(&self) -> &str {
        &self.session.place
    }

    fn page(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        rows_max: u32,
    ) -> Result<Vec<Row>> {
        self.session.page(table, after, rows_max)
    }
}

impl Source for MoveSource {
    fn count(&mut self, table: &'static Table) -> Result<u64> {
        let all = format!("SELECT count(*) FROM {}", name(table));
        let sql = if sends::is_it(table) { sends::COUNT.to_owned() } else { all };
        let session = &self.session;
        let count = async { session.client.query_one(&sql, &[]).await?.try_get::<_, i64>(0) };
        let count = session.runtime.block_on(count).map_err(session.explain())?;
        Ok(count.unsigned_abs())
    }

    /// The session holds all tables until it ends; it is asked, since a lost one holds
    /// nothing.
    fn is_unchanged(&mut self) -> Result<bool> {
        let session = &self.session;
        let asked = session.runtime.block_on(session.client.batch_execute("SELECT 1"));
        asked.map(|()| true).map_err(session.explain())
    }
}

/// A database that is moved to.
pub(crate) struct MoveTarget {
    session: Session,
    fingerprint: [u8; 16],
}

impl MoveTarget {
    /// Opens the database; makes the tables of this version in an empty one.
    pub(crate) fn open(options: &PostgresOptions) -> Result<Self> {
        let hosts = Hosts::of(options)?;
        let session = Session::open(&hosts)?;
        session.runtime.block_on(make_tables(&hosts))?;
        Ok(Self { session, fingerprint: options.key_fingerprint })
    }
}

/// What the library gives.
type Answer<T> = std::result::Result<T, tokio_postgres::Error>;

async fn begin_notes(client: &mut Client, key: &[u8; 16], source: &[u8; 32]) -> Answer<()> {
    let step = client.transaction().await?;
    step.batch_execute(BEGIN_NOTES).await?;
    for table in TABLES {
        step.execute(ADD_NOTE, &[&table.name, &source.as_slice()]).await?;
    }
    step.execute(sql::SET_KEY_FINGERPRINT, &[&key.as_slice()]).await?;
    step.commit().await
}

async fn write(
    client: &mut Client,
    table: &Table,
    rows: &[Row],
    position: &Position,
) -> Answer<()> {
    let step = client.transaction().await?;
    if !rows.is_empty() {
        let names = Table::names(table.columns);
        let copy = format!("COPY {} ({names}) FROM STDIN BINARY", name(table));
        let types: Vec<Type> = table.columns.iter().map(|column| type_of(column.kind)).collect();
        let sink = step.copy_in::<_, Bytes>(&copy).await?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        for row in rows {
            let values: Vec<Value<'_>> = row.iter().map(value).collect();
            writer.as_mut().write(&borrowed(&values)).await?;
        }
        writer.as_mut().finish().await?;
    }
    let key = position.last_key.as_deref().map(written);
    let count = position.rows.cast_signed();
    step.execute(SET_NOTE, &[&table.name, &count, &key, &position.is_whole]).await?;
    step.commit().await
}

async fn make_tables(hosts: &Hosts) -> Result<()> {
    let place = hosts.place.clone();
    let explain = |trouble: Trouble| MoveError::from(open::explain(&place, &trouble));
    let connection = open::connect(hosts).await?;
    let found = match schema::version(&connection).await.map_err(explain)? {
        Some(found) => found,
        None => schema::migrate(&connection).await.map_err(explain)?,
    };
    check_version(&place, found)
}

/// Refuses what another version of the program wrote: also the next one, with which a server would work, since
/// nobody knows here what else it keeps.
fn check_version(place: &str, found: u32) -> Result<()> {
    let (place, known) = (place.to_owned(), schema::VERSION);
    if found > known {
        return Err(OpenError::Newer { place, found, known }.into());
    }
    if found < known { Err(MoveError::Older { place, found, known }) } else { Ok(()) }
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Flag => Type::BOOL,
        Kind::Integer => Type::INT8,
        Kind::Text => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
    }
}

async fn notes(client: &Client) -> Answer<Vec<Note>> {
    let note = |row: &Read| {
        Ok(Note {
            table: row.try_get(0)?,
            source: row.try_get(1)?,
            rows: row.try_get(2)?,
            last_key: row.try_get(3)?,
            is_whole: row.try_get(4)?,
        })
    };
    client.query(READ_NOTES, &[]).await?.iter().map(note).collect()
}

/// Whether nobody has put anything into it, under whatever root key.
async fn is_empty(client: &Client, fingerprint: &[u8; 16]) -> Answer<bool> {
    for table in TABLES.iter().filter(|table| table.name != META) {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", name(table));
        if client.query_one(&sql, &[]).await?.try_get(0)? {
            return Ok(false);
        }
    }
    let kept = client.query_opt(sql::KEY_FINGERPRINT, &[]).await?;
    let kept = kept.map(|row| row.try_get::<_, Vec<u8>>(0)).transpose()?;
    Ok(kept.is_none_or(|kept| kept == fingerprint))
}

/// What PostgreSQL cannot keep in a text.
fn first_unfit(table: &'static Table, rows: &[Row]) -> Option<&'static str> {
    let is_unfit = |cell: &Cell| matches!(cell, Cell::Text(text) if text.contains('\0'));
    let column = rows.iter().find_map(|row| row.iter().position(is_unfit))?;
    Some(table.columns[column].name)
}

impl Side for MoveTarget {
    fn place(&self) -> &str {
        &self.session.place
    }

    fn page(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        rows_max: u32,
    ) -> Result<Vec<Row>> {
        self.session.page(table, after, rows_max)
    }
}

impl Target for MoveTarget {
    fn begin(&mut self, source: &[u8; 32]) -> Result<Vec<Position>> {
        let Session { client, runtime, place, .. } = &mut self.session;
        let explain = |error| explain(place, &error);
        let is_begun =
            async { client.query_one(sql::IS_HALF_MOVED, &[]).await?.try_get::<_, bool>(0) };
        if !runtime.block_on(is_begun).map_err(explain)? {
            if !runtime.block_on(is_empty(client, &self.fingerprint)).map_err(explain)? {
                return Err(MoveError::NotEmpty(place.clone()));
            }
            runtime.block_on(begin_notes(client, &self.fingerprint, source)).map_err(explain)?;
            // A server may have come in before there were notes to keep it out.
            self.session.be_alone()?;
        }
        let session = &self.session;
        let notes = session.runtime.block_on(notes(&session.client)).map_err(session.explain())?;
        moving::positions(&notes, source)
            .ok_or_else(|| MoveError::OtherSource(session.place.clone()))
    }

    fn append(&mut self, table: &'static Table, rows: &[Row], position: &Position) -> Result<()> {
        let Session { client, runtime, place, .. } = &mut self.session;
        if let Some(column) = first_unfit(table, rows) {
            return Err(MoveError::Unfit { table: table.name, column, place: place.clone() });
        }
        let written = runtime.block_on(write(client, table, rows, position));
        written.map_err(|error| explain(place, &error))
    }

    /// Tells the planner what is in the tables.
    fn complete(&mut self) -> Result<()> {
        let tables: Vec<&str> = TABLES.iter().map(name).collect();
        let analyze = format!("ANALYZE {}", tables.join(", "));
        let session = &self.session;
        session.runtime.block_on(session.client.batch_execute(&analyze)).map_err(session.explain())
    }

    fn end(&mut self) -> Result<()> {
        let session = &self.session;
        session.runtime.block_on(session.client.batch_execute(END)).map_err(session.explain())
    }
}
