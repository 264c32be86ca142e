//! Finding the host that can be written to, of all that the address names.
//!
//! After a fail-over it is another one than before, on a later timeline. One on an
//! earlier timeline may still believe that it is written to, as when its machine
//! stood still meanwhile: what it knows is over, and it is passed over. A host that is cut off or
//! paused says nothing, so nobody waits for it: the next one is asked beside it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Duration, timeout};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};

use super::address::{Address, host_name};
use super::connection::Connection;
use super::tls::Tls;
use super::trouble::{Result, Trouble};
use super::{OpenError, PostgresOptions};

/// How long a host is waited for before the next one is asked too.
const HEAD_START: Duration = Duration::from_millis(300);

/// What carries the messages of a session.
type Line = tokio_postgres::Connection<Socket, <Tls as MakeTlsConnect<Socket>>::Stream>;

/// All hosts, and how to get to them.
pub(super) struct Hosts {
    all: Vec<Config>,
    tls: Tls,
    /// Host, or hosts, and database, as it is told to people.
    pub(super) place: String,
    /// The one that could be written to when it was last asked.
    last: AtomicUsize,
    /// The latest timeline that was seen.
    timeline: AtomicU64,
}

impl Hosts {
    pub(super) fn of(options: &PostgresOptions) -> std::result::Result<Self, OpenError> {
        let address = Address::of(options)?;
        let tls = Tls::new(address.transport, options.ca_pem.as_deref())?;
        let (all, place) = (address.hosts(), address.place());
        Ok(Self { all, tls, place, last: AtomicUsize::new(0), timeline: AtomicU64::new(0) })
    }

    /// Whether another host has been written to since this session was opened.
    pub(super) fn have_left(&self, connection: &Connection) -> bool {
        is_left(connection.timeline, self.timeline.load(Ordering::Relaxed))
    }

    /// Opens a session with the host that can be written to.
    pub(super) async fn connect(&self) -> Result<Connection> {
        let first = self.last.load(Ordering::Relaxed);
        let mut tries = JoinSet::new();
        let mut troubles = Vec::new();
        for offset in 0..self.all.len() {
            let place = (first + offset) % self.all.len();
            let Some(host) = self.all.get(place) else { break };
            let (host, tls) = (host.clone(), self.tls.clone());
            tries.spawn(async move { (place, Connection::open(&host, tls).await) });
            if let Ok(Some(end)) = timeout(HEAD_START, tries.join_next()).await
                && let Some(connection) = self.found(end, &mut troubles)
            {
                return Ok(connection);
            }
        }
        while let Some(end) = tries.join_next().await {
            if let Some(connection) = self.found(end, &mut troubles) {
                return Ok(connection);
            }
        }
        Err(self.explain(troubles))
    }

    /// Opens a session without settings of ours with the host that can be written to, which
    /// the library looks at.
    pub(super) async fn connect_bare(&self) -> Result<(Client, Line)> {
        let mut troubles = Vec::new();
        for (place, host) in self.all.iter().enumerate() {
            match host.connect(self.tls.clone()).await {
                Ok(session) => return Ok(session),
                Err(error) => troubles.push((place, error.into())),
            }
        }
        Err(self.explain(troubles))
    }

    /// The session, if one came about.
    fn found(&self, end: Try, troubles: &mut Vec<(usize, Trouble)>) -> Option<Connection> {
        match end {
            Ok((place, Ok(connection))) => {
                let latest = self.timeline.fetch_max(connection.timeline, Ordering::Relaxed);
                if is_left(connection.timeline, latest) {
                    troubles.push((place, Trouble::Left { timeline: connection.timeline, latest }));
                    return None;
                }
                if self.last.swap(place, Ordering::Relaxed) != place {
                    let host = self.all.get(place).map(host_name).unwrap_or_default();
                    tracing::info!(%host, "the database is written to at another host");
                }
                Some(connection)
            }
            Ok((place, Err(trouble))) => {
                troubles.push((place, trouble));
                None
            }
            // It is ended with this node only.
            Err(_) => None,
        }
    }

    /// One host fails in its own words, several each in theirs.
    fn explain(&self, mut troubles: Vec<(usize, Trouble)>) -> Trouble {
        if troubles.len() == 1
            && let Some((_, trouble)) = troubles.pop()
        {
            return trouble;
        }
        let said = troubles.iter().map(|(place, trouble)| {
            let host = self.all.get(*place).map(host_name).unwrap_or_default();
            format!("{host}: {trouble}")
        });
        Trouble::Nowhere(said.collect::<Vec<_>>().join("; "))
    }
}

/// Whether a server on this timeline is one that others have left. One that does not
/// tell its timeline may be any.
fn is_left(timeline: u64, latest: u64) -> bool {
    timeline != 0 && timeline < latest
}

type Try = std::result::Result<(usize, Result<Connection>), JoinError>;
