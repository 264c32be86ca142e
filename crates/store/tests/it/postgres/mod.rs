//! What only the engine for PostgreSQL has: several nodes on one database, steps
//! that overtake each other between their two round trips, a server that is
//! gone.

mod binds;
mod hosts;
mod moving;
mod nodes;
mod opening;
mod outage;
mod overtaking;
pub(crate) mod server;
mod tls;
mod traffic;
mod unknown;
