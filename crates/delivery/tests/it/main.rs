//! Tests of the way out. They speak to loopback only.
//!
//! * The dispatcher over a store in memory, with gateways that do as a test says.
//! * The guarded client for addresses that integrators give.

mod dispatcher;
mod outbound;
mod routes;
mod webhook;
mod world;
