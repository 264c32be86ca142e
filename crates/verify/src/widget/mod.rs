//! The verification widget (`verification-widget.md`): what a site may ask for,
//! what it is told, and what a robot pays first.
//!
//! * [`parameters`]: the closed set of a request's parameters.
//! * [`signature`]: version 1 (MD5, legacy) and version 2 (HMAC-SHA-256).
//! * [`target`]: where answers may go.
//! * [`secret`]: the account's secret, as it is kept.
//! * [`work`]: proof of work before a message.
//! * [`traffic`]: when it is an attack.
//!
//! The steps of a session are rules of [`crate::engine::widget`].

pub mod secret;
pub mod traffic;
pub mod work;
