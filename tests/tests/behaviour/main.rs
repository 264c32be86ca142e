//! What the specification says in prose and no numbered case covers: aliases,
//! field rules, protocol, credentials, blocks and budgets, sending limits,
//! and what survives a crash.

mod accounts;
mod aliases;
mod blocks;
mod credentials;
mod development;
mod disk;
mod durability;
mod fields;
mod guess_budget;
mod listing;
mod operations;
mod protocol;
mod sending_limits;
mod verification;
mod webhook;
