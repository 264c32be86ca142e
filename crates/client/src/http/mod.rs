//! How the server is asked.
//!
//! * [`exchange`]: one request and its answer, with its ends in time and size.
//! * [`transport`]: which address is asked, and when a call is made again.

pub(crate) mod exchange;
pub(crate) mod transport;
mod watched_body;
