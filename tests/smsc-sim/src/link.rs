//! One connection, as the rest of the program sees it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use smpp::pdu::Message;
use smpp::sequence::Sequences;
use smpp::{Packet, Pdu};
use tokio::sync::{Notify, mpsc};

use crate::behaviour::BindMode;
use crate::limits::DELIVERIES_OPEN_MAX;
use crate::wire;

/// Bytes that leave so long after now, or after `go`.
pub(crate) struct Timed {
    pub(crate) after: Duration,
    pub(crate) bytes: Vec<u8>,
}

/// What the writer of a connection is to do.
pub(crate) enum Order {
    /// Bytes that leave now.
    Write(Vec<u8>),
    /// Bytes that leave later.
    Later(Vec<Timed>),
    /// Bytes that wait for `go`, while the SMSC holds answers.
    Held(Vec<Timed>),
    /// What was held leaves.
    Release,
    /// The connection ends once everything before is written.
    Finish,
}

/// A receipt or message that was brought to the client, for its answer.
pub(crate) struct Delivery {
    /// `receipt` or `mo`.
    pub(crate) kind: &'static str,
    /// The id that a receipt had.
    pub(crate) id: Option<String>,
}

/// One connection. The registry holds it from accept to close.
pub(crate) struct Link {
    /// From 1, in the order of connecting.
    pub(crate) number: u64,
    /// To its writer.
    pub(crate) orders: mpsc::Sender<Order>,
    /// Ends the connection at once, whatever it is doing.
    pub(crate) cut: Notify,
    mode: Mutex<Option<BindMode>>,
    requests: Mutex<Requests>,
}

/// Requests of ours on one connection.
#[derive(Default)]
struct Requests {
    sequences: Sequences,
    open: HashMap<u32, Delivery>,
}

impl Link {
    pub(crate) fn new(number: u64, orders: mpsc::Sender<Order>) -> Self {
        Self {
            number,
            orders,
            cut: Notify::new(),
            mode: Mutex::default(),
            requests: Mutex::default(),
        }
    }

    /// How it is bound, if it is.
    pub(crate) fn mode(&self) -> Option<BindMode> {
        *lock(&self.mode)
    }

    /// Notes that it is bound.
    pub(crate) fn set_mode(&self, mode: BindMode) {
        *lock(&self.mode) = Some(mode);
    }

    /// The bytes that bring a message to the client; its answer will name `delivery`.
    pub(crate) fn deliver(&self, message: Message, delivery: Delivery) -> Vec<u8> {
        let mut requests = lock(&self.requests);
        let sequence = requests.next_sequence();
        if requests.open.len() < DELIVERIES_OPEN_MAX {
            requests.open.insert(sequence, delivery);
        }
        drop(requests);
        bytes(sequence, Pdu::DeliverSm(message))
    }

    /// The bytes of a request without fields.
    pub(crate) fn ask(&self, pdu: Pdu) -> Vec<u8> {
        let sequence = lock(&self.requests).next_sequence();
        bytes(sequence, pdu)
    }

    /// What an answer of the client is about.
    pub(crate) fn answered(&self, sequence: u32) -> Option<Delivery> {
        lock(&self.requests).open.remove(&sequence)
    }
}

impl Requests {
    fn next_sequence(&mut self) -> u32 {
        let open = &self.open;
        // So many that are all open there cannot be; then any number is as good.
        self.sequences.next(|number| open.contains_key(&number)).unwrap_or(1)
    }
}

fn bytes(sequence: u32, pdu: Pdu) -> Vec<u8> {
    let mut out = Vec::new();
    wire::write(&Packet::new(sequence, pdu), &mut out);
    out
}

/// A panic under one of these locks leaves a whole value behind.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
