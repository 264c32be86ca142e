//! Pages for people.

pub mod app;
pub mod dev;
