//! What a session tells whoever keeps it.

use core::time::Duration;

use crate::pdu::Pdu;

use super::backoff::Ended;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The peer took the bind: from now on it takes submits.
    Bound,
    /// A submit was answered in time.
    Answered {
        /// What the caller called the submit.
        token: u64,
        /// From its submit to its answer.
        waited: Duration,
        /// What the peer said.
        answer: Answer,
    },
    /// A submit was not answered in time; nobody knows what became of it. Its
    /// place in the window stays taken for a while.
    Unanswered {
        /// What the caller called the submit.
        token: u64,
    },
    /// The answer to a submit that was told as unanswered.
    Late {
        /// What the caller called the submit.
        token: u64,
        /// From its submit to its answer.
        waited: Duration,
        /// What the peer said.
        answer: Answer,
    },
    /// The session ended before a submit was answered; nobody knows what
    /// became of it.
    Lost {
        /// What the caller called the submit.
        token: u64,
    },
    /// The peer brings a message or a receipt. It waits to be acknowledged.
    Delivered(Box<Delivery>),
    /// The peer sent something that makes no sense; it was answered and harms
    /// nothing.
    Unreadable {
        /// What it was to be.
        command_id: u32,
    },
    /// The session takes no submit any more, and ends soon.
    Draining(Closed),
    /// It is over. Nothing comes after this.
    Closed(Closed),
}

/// What a peer said to a submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 0 if it took the message (SMPP 3.4 §5.1.3).
    pub status: u32,
    /// Its id of the message; may be empty.
    pub message_id: Vec<u8>,
}

/// A message or a receipt from the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// By which [`Session::acknowledge`](super::Session::acknowledge) finds it.
    pub key: DeliveryKey,
    /// [`Pdu::DeliverSm`] or [`Pdu::DataSm`].
    pub pdu: Pdu,
}

/// What an acknowledgement answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryKey {
    pub(super) sequence: u32,
    pub(super) is_data_sm: bool,
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The peer did not answer the bind.
    BindUnanswered,
    /// The peer refused the bind with this status.
    BindRefused(u32),
    /// The peer answers no question.
    Silent,
    /// The peer left too many submits unanswered.
    Unanswered,
    /// The peer took leave.
    PeerUnbound,
    /// A length that no PDU has: the stream cannot be trusted.
    Framing(u32),
    /// The peer asks to be bound on a connection that we made.
    Outbind,
    /// The connection was lost.
    Lost,
    /// We took leave.
    Left,
}

impl Closed {
    /// The word in logs, metrics and views.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BindUnanswered => "bind not answered",
            Self::BindRefused(_) => "bind refused",
            Self::Silent => "no answer to enquire_link",
            Self::Unanswered => "submits not answered",
            Self::PeerUnbound => "unbound by the peer",
            Self::Framing(_) => "framing error",
            Self::Outbind => "outbind on our own connection",
            Self::Lost => "connection lost",
            Self::Left => "unbound by us",
        }
    }

    /// What it means for the next connection, as `refused` reads the status of
    /// a refused bind. A session that we left is not made again at once either.
    pub fn ended(self, refused: impl FnOnce(u32) -> Ended) -> Ended {
        match self {
            Self::BindRefused(status) => refused(status),
            Self::PeerUnbound => Ended::Unbound,
            Self::BindUnanswered
            | Self::Silent
            | Self::Unanswered
            | Self::Framing(_)
            | Self::Outbind
            | Self::Lost
            | Self::Left => Ended::Lost,
        }
    }
}
