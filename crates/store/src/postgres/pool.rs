//! The connections of a node: so many at most, made when they are needed.

use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::connection::Connection;
use super::hosts::Hosts;
use super::trouble::{Result, Trouble};
use super::{CONNECTION_WAIT, lock};

pub(super) struct Pool {
    hosts: Arc<Hosts>,
    places: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

/// A connection that somebody works with. It is gone with its user unless it is
/// given back.
pub(super) struct Taken<'p> {
    pub(super) connection: Connection,
    pool: &'p Pool,
    _place: SemaphorePermit<'p>,
}

impl Pool {
    pub(super) fn new(hosts: Arc<Hosts>, connections_max: usize) -> Self {
        Self { hosts, places: Semaphore::new(connections_max), idle: Mutex::default() }
    }

    /// Waits for a connection that nobody works with, or makes one.
    pub(super) async fn take(&self) -> Result<Taken<'_>> {
        let place = timeout(CONNECTION_WAIT, self.places.acquire()).await;
        let Ok(Ok(place)) = place else { return Err(Trouble::Exhausted) };
        let connection = match self.idle() {
            Some(connection) => connection,
            None => self.hosts.connect().await?,
        };
        Ok(Taken { connection, pool: self, _place: place })
    }

    fn idle(&self) -> Option<Connection> {
        let mut idle = lock(&self.idle);
        let is_of_use = |c: &Connection| !c.is_closed() && !self.hosts.have_left(c);
        std::iter::from_fn(|| idle.pop()).find(is_of_use)
    }
}

impl Taken<'_> {
    /// Gives up all connections that nobody works with if what was met here is
    /// so for them too.
    pub(super) fn doubt(&self, trouble: &Trouble) {
        if trouble.is_of_the_host() {
            lock(&self.pool.idle).clear();
        }
    }

    /// Gives back a connection on which no transaction is open.
    pub(super) fn give_back(self) {
        lock(&self.pool.idle).push(self.connection);
    }
}
