//! What a PDU says (SMPP 3.4 §4), and its way from bytes and back.
//!
//! Reading is tolerant: peers send shorter, longer and odder PDUs than the
//! specification has, and each of these shapes is taken as far as it makes
//! sense (`delivery.md` 3.1). Writing is exact.
//!
//! Both directions are there for every PDU, so that a peer can be played.

mod bind;
mod data;
mod message;
mod read;
mod write;

pub use bind::{Bind, BindResp, Outbind, Password};
pub use data::Data;
pub use message::{Message, MessageResp};
pub use read::DecodeError;
pub use write::EncodeError;

use crate::command;

/// A PDU with its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The outcome, in an answer; else 0.
    pub status: u32,
    /// By which an answer finds its request.
    pub sequence: u32,
    /// What it says.
    pub pdu: Pdu,
}

impl Packet {
    /// A request, or an answer that all is well.
    pub fn new(sequence: u32, pdu: Pdu) -> Self {
        Self { status: 0, sequence, pdu }
    }

    /// An answer that says how it went.
    pub fn with_status(sequence: u32, status: u32, pdu: Pdu) -> Self {
        Self { status, sequence, pdu }
    }
}

/// What a PDU asks or answers. `Debug` shows no password and no text, and
/// numbers masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu {
    /// Asks for a session that only sends (§4.1.1).
    BindTransmitter(Bind),
    /// Its answer (§4.1.2).
    BindTransmitterResp(BindResp),
    /// Asks for a session that only receives (§4.1.3).
    BindReceiver(Bind),
    /// Its answer (§4.1.4).
    BindReceiverResp(BindResp),
    /// Asks for a session that does both (§4.1.5).
    BindTransceiver(Bind),
    /// Its answer (§4.1.6).
    BindTransceiverResp(BindResp),
    /// The peer asks to be bound (§4.1.7). It has no answer.
    Outbind(Outbind),
    /// Ends a session (§4.2.1).
    Unbind,
    /// Its answer (§4.2.2).
    UnbindResp,
    /// Says that a PDU was not understood, or refuses one (§4.3).
    GenericNack,
    /// Asks to send a message (§4.4.1).
    SubmitSm(Message),
    /// Its answer (§4.4.2).
    SubmitSmResp(MessageResp),
    /// Brings a message or a receipt (§4.6.1).
    DeliverSm(Message),
    /// Its answer (§4.6.2).
    DeliverSmResp(MessageResp),
    /// Either of both, in fewer fields (§4.7.1).
    DataSm(Data),
    /// Its answer (§4.7.2).
    DataSmResp(MessageResp),
    /// Asks whether the other end lives (§4.11.1).
    EnquireLink,
    /// Its answer (§4.11.2).
    EnquireLinkResp,
    /// A command that is not read here.
    Unknown {
        /// Its number.
        command_id: u32,
    },
}

impl Pdu {
    /// The number of the command (SMPP 3.4 §5.1.2.1).
    pub fn command_id(&self) -> u32 {
        match self {
            Self::BindTransmitter(_) => command::BIND_TRANSMITTER,
            Self::BindTransmitterResp(_) => command::BIND_TRANSMITTER_RESP,
            Self::BindReceiver(_) => command::BIND_RECEIVER,
            Self::BindReceiverResp(_) => command::BIND_RECEIVER_RESP,
            Self::BindTransceiver(_) => command::BIND_TRANSCEIVER,
            Self::BindTransceiverResp(_) => command::BIND_TRANSCEIVER_RESP,
            Self::Outbind(_) => command::OUTBIND,
            Self::Unbind => command::UNBIND,
            Self::UnbindResp => command::UNBIND_RESP,
            Self::GenericNack => command::GENERIC_NACK,
            Self::SubmitSm(_) => command::SUBMIT_SM,
            Self::SubmitSmResp(_) => command::SUBMIT_SM_RESP,
            Self::DeliverSm(_) => command::DELIVER_SM,
            Self::DeliverSmResp(_) => command::DELIVER_SM_RESP,
            Self::DataSm(_) => command::DATA_SM,
            Self::DataSmResp(_) => command::DATA_SM_RESP,
            Self::EnquireLink => command::ENQUIRE_LINK,
            Self::EnquireLinkResp => command::ENQUIRE_LINK_RESP,
            Self::Unknown { command_id } => *command_id,
        }
    }

    /// Its name, for logs.
    pub fn name(&self) -> &'static str {
        command::name(self.command_id()).unwrap_or("unknown")
    }

    /// Whether it answers another one.
    pub fn is_response(&self) -> bool {
        command::is_response(self.command_id())
    }
}
