//! The program: everything that is neither a rule, nor keeping, nor a gateway.
//!
//! The tour, in the order of a request: [`http`] (the edge, authentication, the
//! dialects), [`pages`] (for people), [`app`] (what requests share), [`jobs`]
//! (what happens between requests), [`intake`] (what gateways hear), [`events`]
//! (what accounts are told), [`qr`] (pictures). Around them: [`config`], [`telemetry`],
//! [`cli`] (the commands) and [`serve`] (the one that runs it all).
//!
//! The wall clock is read in [`clock`] only, the system's randomness in
//! [`entropy`] only, and tasks begin in [`tasks`] only; the linter holds this.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod entropy;
pub mod events;
pub mod http;
pub mod intake;
pub mod jobs;
pub mod openapi;
pub mod pages;
pub mod qr;
pub mod serve;
pub mod tasks;
pub mod telemetry;
