//! What each of the two databases must do for a move.

use super::cell::{Cell, Row};
use super::error::MoveError;
use super::tables::Table;

pub(crate) type Result<T> = std::result::Result<T, MoveError>;

/// A database that can be read.
pub(crate) trait Side: Send {
    /// Its name for people: file, or host and name.
    fn place(&self) -> &str;

    /// Rows in the order of the key, after a key or from the start; fewer than `rows_max` only at the end.
    fn page(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        rows_max: u32,
    ) -> Result<Vec<Row>>;
}

/// The database that is moved. It is not changed.
pub(crate) trait Source: Side {
    /// How many rows a table has.
    fn count(&mut self, table: &'static Table) -> Result<u64>;

    /// Whether nobody else has written to it since it was opened.
    fn is_unchanged(&mut self) -> Result<bool>;
}

/// The database that is moved to.
pub(crate) trait Target: Side {
    /// Begins a copy in an empty database, or finds the one that was begun there. From then on nobody can work with
    /// this database, until [`Target::end`].
    fn begin(&mut self, source: &[u8; 32]) -> Result<Vec<Position>>;

    /// Adds rows and notes how far the table is, both or neither.
    fn append(&mut self, table: &'static Table, rows: &[Row], position: &Position) -> Result<()>;

    /// Brings a database whose rows are all there into the shape in which it is used.
    fn complete(&mut self) -> Result<()>;

    /// Lets everybody work with it, durably.
    fn end(&mut self) -> Result<()>;
}

/// How far a table is.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Rows that are there.
    pub(crate) rows: u64,
    /// The key of the last of them.
    pub(crate) last_key: Option<Vec<Cell>>,
    /// Whether all are there.
    pub(crate) is_whole: bool,
}

/// The note about a table, as the target keeps it.
pub(crate) struct Note {
    pub(crate) table: String,
    pub(crate) source: Vec<u8>,
    pub(crate) rows: i64,
    pub(crate) last_key: Option<Vec<u8>>,
    pub(crate) is_whole: bool,
}
