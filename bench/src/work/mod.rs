//! The kinds of load.

pub(crate) mod create;
pub(crate) mod health;
pub(crate) mod pairs;
