//! From the slice of one PDU to what it says.

use super::{Bind, BindResp, Data, Message, MessageResp, Outbind, Packet, Pdu};
use crate::command;
use crate::frame::Frame;
use crate::octets::{Missing, Reader};

/// A PDU that ends before a field that it must have. It harms neither the
/// session nor the next PDU; header and name of the command are enough to
/// answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the PDU {command_id:#010x} ends before {field}")]
pub struct DecodeError {
    /// What it asked.
    pub command_id: u32,
    /// By which an answer finds it.
    pub sequence: u32,
    /// The first field that is not there.
    pub field: &'static str,
}

impl Packet {
    /// Reads what a PDU says. A command that is not known is
    /// [`Pdu::Unknown`]; octets behind the last field are ignored.
    pub fn decode(frame: &Frame<'_>) -> Result<Self, DecodeError> {
        let Frame { command_id, status, sequence, body } = *frame;
        let pdu = read_body(command_id, &mut Reader::new(body));
        let pdu = pdu.map_err(|Missing(field)| DecodeError { command_id, sequence, field })?;
        Ok(Self { status, sequence, pdu })
    }
}

fn read_body(command_id: u32, reader: &mut Reader<'_>) -> Result<Pdu, Missing> {
    Ok(match command_id {
        command::BIND_TRANSMITTER => Pdu::BindTransmitter(Bind::read(reader)?),
        command::BIND_TRANSMITTER_RESP => Pdu::BindTransmitterResp(BindResp::read(reader)),
        command::BIND_RECEIVER => Pdu::BindReceiver(Bind::read(reader)?),
        command::BIND_RECEIVER_RESP => Pdu::BindReceiverResp(BindResp::read(reader)),
        command::BIND_TRANSCEIVER => Pdu::BindTransceiver(Bind::read(reader)?),
        command::BIND_TRANSCEIVER_RESP => Pdu::BindTransceiverResp(BindResp::read(reader)),
        command::OUTBIND => Pdu::Outbind(Outbind::read(reader)?),
        command::UNBIND => Pdu::Unbind,
        command::UNBIND_RESP => Pdu::UnbindResp,
        command::GENERIC_NACK => Pdu::GenericNack,
        command::SUBMIT_SM => Pdu::SubmitSm(Message::read(reader)?),
        command::SUBMIT_SM_RESP => Pdu::SubmitSmResp(MessageResp::read(reader)),
        command::DELIVER_SM => Pdu::DeliverSm(Message::read(reader)?),
        command::DELIVER_SM_RESP => Pdu::DeliverSmResp(MessageResp::read(reader)),
        command::DATA_SM => Pdu::DataSm(Data::read(reader)?),
        command::DATA_SM_RESP => Pdu::DataSmResp(MessageResp::read(reader)),
        command::ENQUIRE_LINK => Pdu::EnquireLink,
        command::ENQUIRE_LINK_RESP => Pdu::EnquireLinkResp,
        _ => Pdu::Unknown { command_id },
    })
}
