//! The gateway of a developer: messages are kept in memory and shown on a
//! page and by a call; nothing is sent. The one place where codes are meant to
//! be read (S-19).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use verify::Timestamp;
use verify::ids::MessageId;
use verify::phone::PhoneNumber;
use verify::record::MessageForm;
use zeroize::Zeroizing;

use crate::gateway::{Gateway, GatewayState, Prepared, SendFuture, SendResult};
use crate::limits::INBOX_MESSAGES_MAX;

/// A message as a developer sees it.
#[derive(Clone)]
pub struct InboxMessage {
    /// Grows by one with every message.
    pub seq: u64,
    /// Identity.
    pub id: MessageId,
    /// Where it would have gone.
    pub to: PhoneNumber,
    /// Origin that would be shown.
    pub sender: String,
    /// How the content is to be read.
    pub form: MessageForm,
    /// The text, code and all, or the hex digits of binary data.
    pub text: Zeroizing<String>,
    /// When it came.
    pub at: Timestamp,
}

/// The gateway.
pub struct InboxGateway {
    name: String,
    messages: Mutex<VecDeque<InboxMessage>>,
    /// The `seq` of the newest message; whoever waits for news watches it.
    newest: watch::Sender<u64>,
    is_refusing: AtomicBool,
}

impl InboxGateway {
    /// An empty inbox.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            messages: Mutex::default(),
            newest: watch::Sender::new(0),
            is_refusing: AtomicBool::new(false),
        }
    }

    /// The messages after `after`, to `to` or to all, newest first; and the
    /// `seq` of the newest message of all.
    pub fn messages(&self, to: Option<&PhoneNumber>, after: u64) -> (Vec<InboxMessage>, u64) {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |m: &&InboxMessage| m.seq > after && to.is_none_or(|to| *to == m.to);
        let found = messages.iter().rev().filter(wanted).cloned().collect();
        (found, messages.back().map_or(0, |m| m.seq))
    }

    /// Tells whoever waits when the next message has come.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Makes the inbox refuse messages, or take them again: a developer sees
    /// what an outage of all routes looks like.
    pub fn refuse(&self, refuse: bool) {
        self.is_refusing.store(refuse, Ordering::Relaxed);
    }

    /// Whether [`InboxGateway::refuse`] is in force.
    pub fn is_refusing(&self) -> bool {
        self.is_refusing.load(Ordering::Relaxed)
    }

    fn take(&self, batch: Vec<Prepared>) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seq = *self.newest.borrow();
        for message in batch {
            seq += 1;
            if messages.len() == INBOX_MESSAGES_MAX {
                messages.pop_front();
            }
            messages.push_back(InboxMessage {
                seq,
                id: message.id,
                to: message.to,
                sender: message.sender,
                form: message.form,
                text: message.text,
                at: message.handed_at,
            });
        }
        self.newest.send_replace(seq);
    }
}

impl Gateway for InboxGateway {
    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> GatewayState {
        if self.is_refusing() {
            GatewayState::Closed("switched off by /dev/faults")
        } else {
            GatewayState::Open
        }
    }

    fn batch_max(&self) -> usize {
        64
    }

    fn calls_max(&self) -> usize {
        1
    }

    fn gives_receipts(&self) -> bool {
        true
    }

    fn send(&self, batch: Vec<Prepared>) -> SendFuture<'_> {
        let results = vec![SendResult::TAKEN; batch.len()];
        self.take(batch);
        Box::pin(std::future::ready(results))
    }
}
