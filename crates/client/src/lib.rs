//! Client library of Ringproof, the self-hosted phone verification server.
//!
//! * [`widget`]: signs the requests that send a browser to the hosted page, and
//!   checks the answers that it comes back with.
//!
//! Nothing here speaks HTTP yet: what the server is to be asked is handed out as
//! path and body, and its answer is read from the text that came. The HTTP client,
//! and the calls of the Verification API, come with the client libraries of the
//! other languages.
//!
//! There is no clock and no randomness either. Times are Unix seconds that the
//! caller brings, and so are the values that must happen once.

mod limits;
pub mod widget;
