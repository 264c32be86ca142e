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

/// The right of one server to have a bind at a gateway: a provider allows so many
/// for all servers together (`delivery.md` 3.2). Who has it shows that it lives by
/// another beat every few seconds; who waits for it looks whether the beat changes,
/// so no clocks are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindPlace {
    /// Name of the gateway.
    pub gateway: String,
    /// Which of its places, from 0.
    pub place: u16,
    /// The run of a server that has it; never 0.
    pub holder: u64,
    /// Another one each time.
    pub beat: u64,
}

/// A gateway that the operator has paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayPause {
    /// Its name.
    pub gateway: String,
    /// Since when.
    pub paused_at: Timestamp,
}
