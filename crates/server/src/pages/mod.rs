//! Pages for people.

pub mod app;
pub mod describe;
pub mod dev;
pub mod docs;
mod files;
pub mod widget;
