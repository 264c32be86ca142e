//! The Number Verification API (`/verify/start`, `/verify/pin`): a thin
//! translator between its parameters and the engine. No rule lives here.

pub mod browser;
pub mod pin;
pub mod start;
