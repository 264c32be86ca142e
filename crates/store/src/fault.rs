//! What can go wrong with keeping, none of it the caller's affair.

/// A store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Too many steps wait already; nothing was done.
    #[error("the store is overloaded")]
    Overloaded,
    /// A rule panicked: a bug of ours. Nothing was written; the steps beside
    /// it were not touched.
    #[error("a rule panicked: {0}")]
    RulePanicked(String),
    /// The database refused; nothing was written.
    #[error("the database failed: {0}")]
    Database(String),
    /// The commit was sent and its fate is not known. Never report such a
    /// step as done.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(String),
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
    /// A developer switched the store off ([`crate::Store::switch_off`]).
    #[error("the store is switched off by /dev/faults")]
    SwitchedOff,
}
