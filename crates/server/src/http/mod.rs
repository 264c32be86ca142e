//! What speaks HTTP: the edge ([`stack`]), authentication ([`auth`]), the
//! dialects ([`verification`]; [`text_api`] is what two others will share) and
//! operations ([`ops`]).

pub mod auth;
pub mod ops;
pub mod sending;
pub mod stack;
pub mod text_api;
pub mod verification;
