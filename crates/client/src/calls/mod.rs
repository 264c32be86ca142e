//! The calls, by group, and the two ways in which they speak.

pub(crate) mod auth;
pub(crate) mod authenticators;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod recovery;
pub(crate) mod services;
pub(crate) mod sms;
pub(crate) mod text;
pub(crate) mod users;
pub(crate) mod verdict;
pub(crate) mod widget;
