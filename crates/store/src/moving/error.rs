//! Why data cannot be moved; each says what to do.

use crate::{postgres, sqlite};

/// Why a move ended. The source is as it was, whatever happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// The file cannot be opened.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
    /// The database server cannot be reached, or its database not be opened.
    #[error(transparent)]
    Postgres(#[from] postgres::OpenError),
    /// An earlier program wrote the source, or began the target.
    #[error(
        "the database {place} has version {found}, this program has {known}: bring it there first, by \
         `ringproof migrate` without --from and --to on a configuration that names it, or by a start of the server"
    )]
    Older {
        /// File, or host and name.
        place: String,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// Somebody works with it.
    #[error("the database {0} is in use: stop every ringproof that works with it, and try again")]
    InUse(String),
    /// There are data in the target already.
    #[error(
        "the database {0} has data of its own: a move overwrites nothing; name an empty database, or move the \
         file away"
    )]
    NotEmpty(String),
    /// The target is a half-done copy, but not of this source as it is now.
    #[error(
        "the database {0} is a half-done copy of another database, or of this one before it was changed: begin \
         anew with an empty database"
    )]
    OtherSource(String),
    /// The source was written to.
    #[error(
        "the database {0} was changed while it was copied: stop whatever works with it, and begin anew with an \
         empty target"
    )]
    Changed(String),
    /// The copy is not what the source is.
    #[error(
        "the copy differs from its source in table {table} ({from_rows} rows there, {to_rows} here, other \
         checksums): it stays unusable; begin anew with an empty target, and look after the disks if it happens again"
    )]
    Differs {
        /// The first table that differs.
        table: &'static str,
        /// Rows in the source.
        from_rows: u64,
        /// Rows in the target.
        to_rows: u64,
    },
    /// A value that does not belong where it stands, or that the target cannot keep.
    #[error(
        "the table {table} holds something in its column {column} that {place} cannot keep: change it there, and \
         run the same command again"
    )]
    Unfit {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The database that does not take it, or has it.
        place: String,
    },
    /// Anything else, in the words of the database.
    #[error(
        "the database {place} failed: {reason}; run the same command again, it goes on where it was"
    )]
    Database {
        /// File, or host and name.
        place: String,
        /// In the words of the database.
        reason: String,
    },
}
