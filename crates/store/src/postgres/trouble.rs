//! What a database can answer instead of what it was asked for.

use std::error::Error as _;

use tokio_postgres::error::{Severity, SqlState};

use crate::fault::Fault;

pub(super) type Result<T> = std::result::Result<T, Trouble>;

/// Why a statement or a row was not what we needed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The library or the server says so.
    #[error("{}", explain(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// A column holds something that its record does not allow.
    #[error("column {column} holds no {what}")]
    Unreadable { column: usize, what: &'static str },
    /// No answer within the time that a round trip may take.
    #[error("no answer within {} s", super::ANSWER.as_secs())]
    Silent,
    /// No answer within the time that a look at what a node must know soon may take.
    #[error("no answer in time to a look that must be quick")]
    Late,
    /// No session within the time that it may take.
    #[error("no connection within {} s", super::CONNECT.as_secs())]
    Unconnected,
    /// A host that others have left.
    #[error(
        "it is on timeline {timeline}, and {latest} has been written to since: it was the primary \
         before a fail-over. If the database was set up anew, start this server again"
    )]
    Left { timeline: u64, latest: u64 },
    /// None of several hosts can be written to.
    #[error("{0}")]
    Nowhere(String),
    /// The server has warned while it committed.
    #[error("the server warned while it committed")]
    Doubtful,
    /// No connection became free in time.
    #[error("no connection became free within {} s", super::CONNECTION_WAIT.as_secs())]
    Exhausted,
}

/// What to do about a failure before the commit was sent: nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Somebody else was quicker: do it again.
    Again,
    /// A record is there that must be unique. Either somebody else was quicker,
    /// or it always will be.
    AgainIfItWasARace,
    /// Doing it again changes nothing.
    GiveUp,
}

impl Trouble {
    pub(super) fn remedy(&self) -> Remedy {
        let Self::Postgres(error) = self else { return Remedy::GiveUp };
        let again = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
        ];
        match error.code() {
            Some(code) if again.contains(code) => Remedy::Again,
            Some(&SqlState::UNIQUE_VIOLATION) => Remedy::AgainIfItWasARace,
            Some(_) | None if self.ends_the_session() => Remedy::Again,
            Some(_) | None => Remedy::GiveUp,
        }
    }

    /// Whether the server has ended the session: it may have done whatever was
    /// sent and not answered.
    pub(super) fn ends_the_session(&self) -> bool {
        match self {
            Self::Postgres(error) => error.as_db_error().is_none_or(|db| {
                // Another host is the one to write to by now.
                db.code() == &SqlState::READ_ONLY_SQL_TRANSACTION
                    || matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
            }),
            Self::Silent | Self::Late => true,
            Self::Unreadable { .. }
            | Self::Exhausted
            | Self::Unconnected
            | Self::Left { .. }
            | Self::Nowhere(_)
            | Self::Doubtful => false,
        }
    }

    /// Whether other sessions with this host are of no use either: it is gone,
    /// or another one is written to by now.
    pub(super) fn is_of_the_host(&self) -> bool {
        match self {
            Self::Postgres(error) => error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION),
            Self::Silent | Self::Late => true,
            Self::Unreadable { .. }
            | Self::Exhausted
            | Self::Unconnected
            | Self::Left { .. }
            | Self::Nowhere(_)
            | Self::Doubtful => false,
        }
    }

    /// Whether the server says so, and not the line to it.
    pub(super) fn is_answer(&self) -> bool {
        matches!(self, Self::Postgres(error) if error.as_db_error().is_some())
    }

    /// Whether the server, asked to commit, says that it has not.
    pub(super) fn undoes_a_commit(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        let undone = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::IN_FAILED_SQL_TRANSACTION,
        ];
        error.code().is_some_and(|code| undone.contains(code)) && !self.ends_the_session()
    }

    /// As a fault of a step of which nothing was written.
    pub(super) fn into_fault(self) -> Fault {
        match self {
            Self::Exhausted => Fault::Overloaded,
            Self::Postgres(_)
            | Self::Unreadable { .. }
            | Self::Silent
            | Self::Late
            | Self::Unconnected
            | Self::Left { .. }
            | Self::Nowhere(_)
            | Self::Doubtful => Fault::Database(self.to_string()),
        }
    }
}

/// In the words of the server, without its details: they quote what stands in
/// the rows, and so phone numbers.
pub(super) fn explain(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{} {}", db.code().code(), db.message());
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
