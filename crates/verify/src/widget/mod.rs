//! The verification widget (`verification-widget.md`): what a site may ask for,
//! what it is told, and what a robot pays first.
//!
//! * [`parameters`]: the closed set of a request's parameters.
//! * [`signature`]: version 1 (legacy) and version 2 (HMAC-SHA-256).
//! * [`target`]: where answers may go.
//! * [`work`]: proof of work before a message.
//! * [`traffic`]: when it is an attack.
//!
//! The steps of a session are rules of [`crate::engine::widget`].

pub mod parameters;
pub mod signature;
pub mod target;
pub mod traffic;
pub mod work;
