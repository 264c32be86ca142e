//! The dispatcher over a store in memory, with gateways that do as a test says.

mod dispatcher;
mod webhook;
mod world;
