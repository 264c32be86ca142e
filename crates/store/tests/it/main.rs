//! Tests of keeping.
//!
//! [`suite`] is the one that every engine must pass; each of its cases runs
//! once per engine. [`differential`] tells two engines the same random stories
//! and compares all that can be seen. [`sqlite`] tests what only that engine
//! has: files and their fixtures, group commit, several processes; [`postgres`]
//! what only that one has: several nodes, and a server that goes away. [`crash`]
//! kills a process in the middle of its work.

mod asking;
mod callers;
mod child;
mod crash;
mod differential;
mod engines;
mod postgres;
mod sample;
mod sqlite;
mod suite;
mod widgets;
mod world;
