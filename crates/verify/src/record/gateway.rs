//! What is kept of the gateways themselves.

use crate::Timestamp;

/// A gateway as the running server last saw it, and what the operator wants of
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayView {
    /// The server that looked; empty where only one works with the database.
    pub node: String,
    /// Its name.
    pub gateway: String,
    /// Whether it takes messages.
    pub is_open: bool,
    /// Why it does not.
    pub reason: String,
    /// Since when it is as it is.
    pub since: Timestamp,
    /// For people: lines.
    pub detail: String,
    /// When the server looked.
    pub seen_at: Timestamp,
}

/// A gateway that the operator has paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayPause {
    /// Its name.
    pub gateway: String,
    /// Since when.
    pub paused_at: Timestamp,
}
