//! What all connections share: the account, the behaviour, each other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use smpp::pdu::Bind;
use tokio::sync::mpsc;

use crate::behaviour::{Behaviour, BindMode};
use crate::cli::Options;
use crate::command::Flood;
use crate::events::Events;
use crate::limits::IDS_AFTER;
use crate::link::{Link, Order, lock};
use crate::tally::Tally;

/// `ESME_RALYBND`, `ESME_RINVPASWD` and `ESME_RINVSYSID` (SMPP 3.4 §5.1.3).
const ALREADY_BOUND: u32 = 0x05;
const INVALID_PASSWORD: u32 = 0x0E;
const INVALID_SYSTEM_ID: u32 = 0x0F;

/// The SMSC. It lives as long as the program.
pub(crate) struct Smsc {
    system_id: String,
    password: String,
    behaviour: Mutex<Behaviour>,
    links: Mutex<BTreeMap<u64, Arc<Link>>>,
    last_id: AtomicU64,
    /// Where everything is told.
    pub(crate) events: Events,
    /// What is counted.
    pub(crate) tally: Tally,
    /// To the one task that floods.
    pub(crate) floods: mpsc::Sender<Flood>,
}

impl Smsc {
    pub(crate) fn new(options: &Options, events: Events, floods: mpsc::Sender<Flood>) -> Self {
        Self {
            system_id: options.system_id.clone(),
            password: options.password.clone(),
            behaviour: Mutex::new(Behaviour::new(!options.count)),
            links: Mutex::default(),
            last_id: AtomicU64::new(IDS_AFTER),
            events,
            tally: Tally::default(),
            floods,
        }
    }

    /// How it behaves just now; held for moments only.
    pub(crate) fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        lock(&self.behaviour)
    }

    /// The number of the next accepted message.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The status that a bind gets.
    pub(crate) fn bind_status(&self, bind: &Bind) -> u32 {
        if let Some(status) = self.behaviour().refuse_bind() {
            return status;
        }
        if bind.system_id.as_bytes() != self.system_id.as_bytes() {
            return INVALID_SYSTEM_ID;
        }
        if bind.password.expose() != self.password.as_bytes() {
            return INVALID_PASSWORD;
        }
        let bound = lock(&self.links).values().filter(|link| link.mode().is_some()).count();
        if self.behaviour().binds_max.is_some_and(|max| bound >= max) { ALREADY_BOUND } else { 0 }
    }

    /// Registers a connection.
    pub(crate) fn join(&self, orders: mpsc::Sender<Order>) -> Arc<Link> {
        let link = Arc::new(Link::new(self.tally.connections.add_one(), orders));
        lock(&self.links).insert(link.number, Arc::clone(&link));
        link
    }

    /// Forgets a connection.
    pub(crate) fn leave(&self, link: &Link) {
        lock(&self.links).remove(&link.number);
    }

    /// All connections, bound or not.
    pub(crate) fn links(&self) -> Vec<Arc<Link>> {
        lock(&self.links).values().cloned().collect()
    }

    /// The connection that receipts go to: the one that brought the message if it may receive, as
    /// a transceiver does, else the first one that may.
    pub(crate) fn receiver_for(&self, own: Option<&Arc<Link>>) -> Option<Arc<Link>> {
        let receives = |link: &&Arc<Link>| link.mode().is_some_and(BindMode::receives);
        if let Some(own) = own.filter(receives) {
            return Some(Arc::clone(own));
        }
        lock(&self.links).values().find(receives).cloned()
    }
}
