//! Tests of the server crate as a whole, in one executable.

#![allow(
    clippy::print_stdout,
    clippy::similar_names,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::semicolon_if_nothing_returned,
    clippy::match_same_arms,
    reason = "tests print what they skip, call a seed a seed, and read file names of this tree"
)]

mod config;
mod dependencies;
mod edge;
mod openapi;
mod parsers;
mod telemetry;
mod text_api;
mod tidy;
