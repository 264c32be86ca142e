//! The HTTP SMS API: a thin translator between its parameters and the engine.
//! No rule lives here.
//!
//! * [`send`]: send or schedule a message (S1); [`content`] reads what it says.
//! * [`state`]: ask for its state, cancel it (S2, S3).
//! * [`money`]: balance and prices (S4, S5, S6).

pub mod content;
pub mod money;
pub mod prices;
pub mod send;
pub mod state;
