//! The shared reading and answering of the two plain-text interfaces.
//!
//! * [`params`]: parameters, from bytes of every kind.
//! * [`charsets`]: the alphabets, compared with a second source.
//! * [`amounts`]: money, read and written.
//! * [`edge`]: what old clients send, through the whole edge.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod amounts;
mod charsets;
mod edge;
mod params;
