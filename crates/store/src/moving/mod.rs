//! Moving all data from one database to another, and back.
//!
//! Rows go over table by table in the order of their keys, many at a time. With each handful the target notes how far
//! the table is, in the same transaction, so a run that was killed goes on where it was. As long as the notes are
//! there (a table `moving`), the target is a half-done copy, and no server starts on it. They go when every table has
//! been read once more on both sides and compared: its number of rows, and a SHA-256 over all values of all rows in the
//! order of their keys, written the same way whichever database they came from.
//!
//! A move is for databases that nobody works with. What it needs of them is in [`side`]; the words in which it is done
//! are the engines' own.

pub(crate) mod cell;
mod error;
pub(crate) mod side;
pub(crate) mod tables;

use std::sync::mpsc::{SyncSender, sync_channel};

use sha2::{Digest as _, Sha256};

use crate::limits::{MOVED_BYTES_MAX, MOVED_ROWS_MAX};
use crate::postgres::{self, PostgresOptions};
use crate::sqlite::{self, SqliteOptions};
use cell::{Cell, Row, RowsDigest};
pub use error::MoveError;
use side::{Note, Position, Result, Side, Source, Target};
use tables::{TABLES, Table};

/// One end of a move.
#[derive(Clone)]
pub enum Place {
    /// The embedded database.
    Sqlite(SqliteOptions),
    /// A PostgreSQL.
    Postgres(PostgresOptions),
}

impl Place {
    fn source(&self) -> Result<Box<dyn Source>> {
        Ok(match self {
            Self::Sqlite(options) => Box::new(sqlite::MoveSource::open(options)?),
            Self::Postgres(options) => Box::new(postgres::MoveSource::open(options)?),
        })
    }

    fn target(&self) -> Result<Box<dyn Target>> {
        Ok(match self {
            Self::Sqlite(options) => Box::new(sqlite::MoveTarget::open(options)?),
            Self::Postgres(options) => Box::new(postgres::MoveTarget::open(options)?),
        })
    }

    /// Engine, root key and version of a source.
    fn words(&self) -> (&'static str, &[u8; 16], u32) {
        match self {
            Self::Sqlite(options) => ("sqlite", &options.key_fingerprint, sqlite::VERSION),
            Self::Postgres(options) => ("postgres", &options.key_fingerprint, postgres::VERSION),
        }
    }
}

/// How far a move is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The table at hand.
    pub table: &'static str,
    /// Rows of all tables that are done.
    pub rows: u64,
    /// Rows of all tables.
    pub total: u64,
}

/// Is told of progress, some times a second.
pub type Tell<'t> = &'t mut dyn FnMut(Progress);

/// What a table was found to be, on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSum {
    /// Its name in the embedded database.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 over all values of all rows, in the order of their keys.
    pub digest: [u8; 32],
}

/// A move that has begun: the target is marked as half done.
pub struct Move {
    source: Box<dyn Source>,
    target: Box<dyn Target>,
    positions: Vec<Position>,
    total: u64,
}

impl Move {
    /// Opens both ends, and begins the copy or finds how far it is.
    ///
    /// # Errors
    /// [`MoveError`]: most of all if somebody works with one of them, or the target holds anything but a half-done copy
    /// of this source.
    pub fn begin(from: &Place, to: &Place) -> Result<Self> {
        let mut source = from.source()?;
        let counts =
            TABLES.iter().map(|table| source.count(table)).collect::<Result<Vec<u64>>>()?;
        let mut target = to.target()?;
        let positions = target.begin(&identity(from, &counts))?;
        Ok(Self { source, target, positions, total: counts.iter().sum() })
    }

    /// Rows of the source.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Rows that an earlier run has brought over.
    pub fn rows_there(&self) -> u64 {
        self.positions.iter().map(|position| position.rows).sum()
    }

    /// The names of both ends.
    pub fn places(&self) -> (&str, &str) {
        (self.source.place(), self.target.place())
    }

    /// Copies what is not there yet.
    ///
    /// # Errors
    /// [`MoveError`]; another run goes on from there.
    pub fn copy(mut self, tell: Tell<'_>) -> Result<Copied> {
        let mut rows_before = 0;
        for (table, position) in TABLES.iter().zip(&mut self.positions) {
            let mut tell = |rows| {
                tell(Progress { table: table.name, rows: rows_before + rows, total: self.total });
            };
            copy_table(&mut *self.source, &mut *self.target, table, position, &mut tell)?;
            rows_before += position.rows;
        }
        self.target.complete()?;
        Ok(Copied(self))
    }
}

/// A move whose rows are all there, and not compared yet.
pub struct Copied(Move);

impl Copied {
    /// Reads both sides and compares them.
    ///
    /// # Errors
    /// [`MoveError::Differs`], [`MoveError::Changed`], or what keeps it from reading.
    pub fn verify(mut self, tell: Tell<'_>) -> Result<Verified> {
        let (total, mut rows_before) = (self.0.total, 0);
        let (source, target) = (&mut *self.0.source, &mut *self.0.target);
        let mut sums = Vec::new();
        for table in TABLES {
            let mut tell =
                |rows| tell(Progress { table: table.name, rows: rows_before + rows, total });
            let (from, to) = std::thread::scope(|scope| {
                let there = scope.spawn(|| sum(&mut *target, table, &mut |_| {}));
                let here = sum(&mut *source, table, &mut tell);
                (here, there.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            });
            let (from, to) = (from?, to?);
            if from != to {
                return Err(MoveError::Differs {
                    table: table.name,
                    from_rows: from.rows,
                    to_rows: to.rows,
                });
            }
            rows_before += from.rows;
            sums.push(from);
        }
        if !source.is_unchanged()? {
            return Err(MoveError::Changed(source.place().to_owned()));
        }
        Ok(Verified { target: self.0.target, sums })
    }
}

/// A move that was found to be right.
pub struct Verified {
    target: Box<dyn Target>,
    sums: Vec<TableSum>,
}

impl Verified {
    /// Makes the target a database like any other, and gives what was compared.
    ///
    /// # Errors
    /// [`MoveError`]; another run compares again.
    pub fn finish(mut self) -> Result<Vec<TableSum>> {
        self.target.end()?;
        Ok(self.sums)
    }
}

/// What a half-done copy is a copy of: enough to tell another database, and this one after it grew or shrank. What it
/// does not see, the comparison at the end does.
fn identity(source: &Place, counts: &[u64]) -> [u8; 32] {
    let (engine, key, version) = source.words();
    let mut hash = Sha256::new();
    hash.update(engine);
    hash.update(key);
    hash.update(version.to_be_bytes());
    for count in counts {
        hash.update(count.to_be_bytes());
    }
    hash.finalize().into()
}

/// Reads the notes of a target: how far each table is. `None` if they are about another source.
pub(crate) fn positions(notes: &[Note], source: &[u8; 32]) -> Option<Vec<Position>> {
    let position = |table: &Table| {
        let note = notes.iter().find(|note| note.table == table.name && note.source == source)?;
        let last_key = match &note.last_key {
            None => None,
            Some(key) => Some(cell::read(key).filter(|key| key.len() == table.keys)?),
        };
        Some(Position { rows: u64::try_from(note.rows).ok()?, last_key, is_whole: note.is_whole })
    };
    TABLES.iter().map(position).collect()
}

/// The next rows of a table are read while those before them are written.
fn copy_table(
    source: &mut dyn Source,
    target: &mut dyn Target,
    table: &'static Table,
    position: &mut Position,
    tell: &mut dyn FnMut(u64),
) -> Result<()> {
    tell(position.rows);
    if position.is_whole {
        return Ok(());
    }
    let after = position.last_key.clone();
    std::thread::scope(|scope| {
        let (sender, pages) = sync_channel(1);
        scope.spawn(move || read_on(source, table, after, &sender));
        for page in pages {
            let rows = page?;
            position.rows += rows.len() as u64;
            match rows.last() {
                Some(last) => position.last_key = Some(last[..table.keys].to_vec()),
                None => position.is_whole = true,
            }
            target.append(table, &rows, position)?;
            tell(position.rows);
        }
        Ok(())
    })
}

/// Hands over the rows after a key, and an empty page at the end, as long as somebody takes them.
fn read_on(
    source: &mut dyn Source,
    table: &'static Table,
    mut after: Option<Vec<Cell>>,
    pages: &SyncSender<Result<Vec<Row>>>,
) {
    let mut size = PageSize::default();
    loop {
        let page = source.page(table, after.as_deref(), size.rows());
        let goes_on = page.as_ref().is_ok_and(|rows| !rows.is_empty());
        if let Ok(rows) = &page {
            size.learn(rows);
            after = rows.last().map(|last| last[..table.keys].to_vec());
        }
        if pages.send(page).is_err() || !goes_on {
            return;
        }
    }
}

fn sum<S: Side + ?Sized>(
    side: &mut S,
    table: &'static Table,
    tell: &mut dyn FnMut(u64),
) -> Result<TableSum> {
    let (mut digest, mut page) = (RowsDigest::default(), PageSize::default());
    let (mut after, mut rows_read) = (None::<Vec<Cell>>, 0);
    loop {
        let rows = side.page(table, after.as_deref(), page.rows())?;
        let Some(last) = rows.last() else { break };
        for row in &rows {
            digest.add(row);
        }
        page.learn(&rows);
        after = Some(last[..table.keys].to_vec());
        rows_read += rows.len() as u64;
        tell(rows_read);
    }
    let (rows, digest) = digest.sum();
    Ok(TableSum { table: table.name, rows, digest })
}

/// How many rows to read at once: so many that they fill a bounded piece of memory, going by those before.
struct PageSize(u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(64)
    }
}

impl PageSize {
    fn rows(&self) -> u32 {
        self.0
    }

    fn learn(&mut self, rows: &[Row]) {
        let size_of = |cell: &Cell| match cell {
            Cell::Nothing | Cell::Flag(_) | Cell::Integer(_) => size_of::<Cell>(),
            Cell::Text(text) => size_of::<Cell>() + text.len(),
            Cell::Bytes(bytes) => size_of::<Cell>() + bytes.len(),
        };
        let bytes: usize = rows.iter().flatten().map(size_of).sum();
        let fitting = MOVED_BYTES_MAX * rows.len() / bytes.max(1);
        let fitting = u32::try_from(fitting).unwrap_or(u32::MAX);
        // Rows that are small at first may be large later: grow slowly.
        self.0 = fitting.clamp(1, MOVED_ROWS_MAX).min(self.0.saturating_mul(4));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(table: &str, source: [u8; 32], last_key: Option<Vec<u8>>) -> Note {
        Note {
            table: table.to_owned(),
            source: source.to_vec(),
            rows: 5,
            last_key,
            is_whole: false,
        }
    }

    #[test]
    fn notes_are_taken_from_the_same_source_and_for_all_tables_only() {
        let notes = |source| -> Vec<Note> {
            TABLES.iter().map(|table| note(table.name, source, None)).collect()
        };
        let read = positions(&notes([1; 32]), &[1; 32]).unwrap();
        assert!(read.len() == TABLES.len() && read.iter().all(|position| position.rows == 5));
        assert!(positions(&notes([2; 32]), &[1; 32]).is_none(), "another source");
        assert!(positions(&notes([1; 32])[1..], &[1; 32]).is_none(), "a table is missing");
        let mut broken = notes([1; 32]);
        broken[0].last_key = Some(cell::written(&[Cell::Integer(1), Cell::Integer(2)]));
        assert!(positions(&broken, &[1; 32]).is_none(), "a key of two columns, where one is");
    }

    #[test]
    fn pages_grow_slowly_and_stay_within_their_bytes() {
        let row = |bytes: usize| vec![Cell::Bytes(vec![0; bytes])];
        let mut size = PageSize::default();
        let mut sizes = Vec::new();
        for _ in 0..6 {
            size.learn(&[row(10)]);
            sizes.push(size.rows());
        }
        assert!(sizes[0] == 256 && sizes[1] == 1_024 && sizes[5] == MOVED_ROWS_MAX, "{sizes:?}");
        size.learn(&[row(1_000_000), row(1_000_000)]);
        assert!(
            (1..=MOVED_BYTES_MAX / 1_000_000).contains(&(size.rows() as usize)),
            "{}",
            size.rows()
        );
        size.learn(&[row(2 * MOVED_BYTES_MAX)]);
        assert_eq!(size.rows(), 1);
    }
}
