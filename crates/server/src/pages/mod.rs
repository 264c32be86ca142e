//! Pages for people.

pub mod app;
pub mod dev;
mod files;
pub mod widget;
