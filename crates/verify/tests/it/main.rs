//! The rules of the engine, told as stories of one small [`world`].
//!
//! Each test moves the clock by hand. Beyond the single stories, [`property`]
//! tries random ones and [`simulation`] plays months of attack.

mod blocks;
mod check;
mod confirm;
mod confirming;
mod dispatcher;
mod limits;
mod outbox;
mod property;
mod records;
mod refusals;
mod retention;
mod scope;
mod simulation;
mod start;
mod text;
mod trust;
mod world;
