//! The way in: what a gateway hears from phones and networks.
//!
//! A gateway that keeps a link (SMPP) hands receipts and messages of persons
//! to an [`Intake`] and answers its peer only when that has kept them
//! (`delivery.md` 5.4). Nothing here matches a receipt to a message: that is
//! the store's affair, since receipts come on any session of any node.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use verify::engine::outbox::Attempt;
use verify::record::{Cause, ReceiptState};

use crate::gateway::SendResult;

/// Keeps what gateways hear.
pub trait Intake: Send + Sync + 'static {
    /// Keeps a receipt; doubles are dropped, and those of messages that are not known
    /// are kept, as many as a gateway may have kept.
    ///
    /// # Errors
    /// [`IntakeFault`]: the peer is asked to repeat it.
    fn receipt<'a>(&'a self, gateway: &'a str, receipt: RawReceipt) -> IntakeFuture<'a>;

    /// Applies an answer to a hand-over that came after the wait for it. The peer
    /// is asked nothing whatever comes of it.
    ///
    /// # Errors
    /// [`IntakeFault`]: the hand-over stays in doubt.
    fn late<'a>(&'a self, gateway: &'a str, answer: LateAnswer) -> IntakeFuture<'a>;

    /// Keeps a message from a person.
    ///
    /// # Errors
    /// [`IntakeFault`]: the peer is asked to repeat it.
    fn inbound<'a>(&'a self, gateway: &'a str, message: InboundMessage) -> IntakeFuture<'a>;
}

/// When it is kept, or cannot be.
pub type IntakeFuture<'a> = Pin<Box<dyn Future<Output = Result<(), IntakeFault>> + Send + 'a>>;

/// It was not kept, and may be later. Who says so logs why, where that is worth a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what a gateway heard was not kept")]
pub struct IntakeFault;

/// A receipt as it came, without the text of the message (`delivery.md` 5.2).
#[derive(Clone, PartialEq, Eq)]
pub struct RawReceipt {
    /// The forms by which it is looked up, in order (`delivery.md` 5.3): those
    /// of [`crate::names::of_receipt`] that the gateway's peer can mean.
    pub id_forms: Vec<String>,
    /// Digits of the number that the message had gone to.
    pub to: String,
    /// The origin that the message had shown.
    pub sender: String,
    /// What it says.
    pub state: ReceiptState,
    /// Why it failed, where that is known.
    pub cause: Option<Cause>,
    /// The gateway's own code of the failure, at most 32 characters.
    pub code: Option<String>,
}

impl fmt::Debug for RawReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawReceipt")
            .field("state", &self.state)
            .field("cause", &self.cause)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// How a hand-over ended that was left in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateAnswer {
    /// Which one.
    pub attempt: Attempt,
    /// What the other side said of the whole message.
    pub result: SendResult,
}

/// A message from a person.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// Our number or short code.
    pub to: String,
    /// Digits of the person's number.
    pub from: String,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for InboundMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboundMessage(… {} characters)", self.text.chars().count())
    }
}
