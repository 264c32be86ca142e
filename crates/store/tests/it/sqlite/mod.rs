//! What only the SQLite engine has: group commit, files, several processes.

mod durable;
mod fixture;
mod flush;
mod group;
mod maintain;
mod open;
mod processes;
mod protection;
mod traffic;
mod wipe;
