//! Counts that are cheap enough to be kept always.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

/// A number that many tasks add to.
#[derive(Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// Adds one; gives the sum.
    pub(crate) fn add_one(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The sum.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What has happened since the start.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) connections: Count,
    pub(crate) binds: Count,
    pub(crate) submits: Count,
    pub(crate) accepted: Count,
    pub(crate) receipts: Count,
    /// Receipts and messages from phones that were answered with status 0.
    pub(crate) taken: Count,
    /// Those that were answered with another status.
    pub(crate) not_taken: Count,
    pub(crate) enquire_links: Count,
}

impl Tally {
    /// The counts as an event.
    pub(crate) fn event(&self) -> Value {
        json!({
            "event": "stats",
            "connections": self.connections.get(),
            "binds": self.binds.get(),
            "submits": self.submits.get(),
            "accepted": self.accepted.get(),
            "receipts": self.receipts.get(),
            "taken": self.taken.get(),
            "not_taken": self.not_taken.get(),
            "enquire_links": self.enquire_links.get(),
        })
    }
}
