//! The rules of the engine, told as stories of one small [`world`].
//!
//! Each test moves the clock by hand. Beyond the single stories, [`property`],
//! [`number_property`], [`routes`] and [`billing`] try random ones, [`promise`] all short
//! ones of a message in doubt, and
//! [`simulation`] plays months of attack. [`routing`] is about the choice of
//! gateways, [`traffic`] about the guard against pumped messages. [`authing`] and
//! [`phone_app`] are what people do about authenticators.

mod authing;
mod billing;
mod binds;
mod blocks;
mod check;
mod confirm;
mod confirming;
mod devices;
mod dispatcher;
mod limits;
mod number_property;
mod outbox;
mod phone_app;
mod promise;
mod property;
mod receipt;
mod records;
mod recovery;
mod refusals;
mod repeat;
mod report;
mod retention;
mod routes;
mod routing;
mod scope;
mod simulation;
mod sms;
mod start;
mod text;
mod texting;
mod totp;
mod traffic;
mod trust;
mod unseen;
mod widget;
mod widget_wire;
mod world;
