//! Pages for people.

pub mod dev;
