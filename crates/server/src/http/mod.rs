//! What speaks HTTP: the edge ([`stack`]), authentication ([`auth`]), the
//! dialects ([`verification`], [`number`], [`sms`]; [`text_api`] is what the last
//! two share), the calls of the app ([`app_api`]), the pages of the widget
//! ([`widget`]), the calls of gateways ([`callbacks`]) and operations ([`ops`]).

pub mod app_api;
pub mod auth;
pub mod callbacks;
pub mod caps;
pub mod number;
pub mod ops;
pub mod sending;
pub mod sms;
pub mod stack;
pub mod text_api;
pub mod verification;
pub mod widget;
