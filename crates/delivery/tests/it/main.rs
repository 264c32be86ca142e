//! Tests of the way out. They speak to loopback only.
//!
//! * The dispatcher over a store in memory, with gateways that do as a test says.
//! * The gateway over SMPP, against a peer played by the test.
//! * The guarded client for addresses that integrators give.

mod dispatcher;
mod outbound;
mod provider;
mod smpp;
mod webhook;
mod world;
