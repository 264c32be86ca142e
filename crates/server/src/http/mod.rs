//! What speaks HTTP: the edge ([`stack`]), authentication ([`auth`]), the
//! dialects ([`verification`]) and operations ([`ops`]).

pub mod auth;
pub mod ops;
pub mod sending;
pub mod stack;
pub mod verification;
