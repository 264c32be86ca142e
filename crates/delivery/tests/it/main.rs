//! Tests of the way out. They speak to loopback only.
//!
//! * The dispatcher over a store in memory, with gateways that do as a test says.
//! * The gateway over SMPP, against a peer played by the test.
//! * The guarded client for addresses that integrators give.
//! * The gateways around HTTP interfaces of providers, against stand-ins of them.
//! * The sender of pushes, against a strict push service played by the test.
//! * Providers themselves, without a network.

mod conversion;
mod dispatcher;
mod early;
mod elsewhere;
mod http_gateway;
mod outbound;
mod provider;
mod push;
mod routes;
mod smpp;
mod webhook;
mod world;
