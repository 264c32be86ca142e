//! Tests of the server crate as a whole, in one executable.

mod config;
mod dependencies;
mod edge;
mod parsers;
mod telemetry;
mod tidy;
