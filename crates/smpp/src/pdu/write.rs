//! From what a PDU says to its bytes, exactly as the specification has them.

use super::{BindResp, MessageResp, Packet, Pdu};
use crate::limits::{PDU_OCTETS_MAX, SHORT_MESSAGE_OCTETS_MAX};
use crate::octets::OctetString;
use crate::tlv::Tlvs;

/// What does not fit into a PDU. Nothing of it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// It must be cut into parts, or go into `message_payload`.
    #[error("a short message has at most {SHORT_MESSAGE_OCTETS_MAX} octets, not {octets}")]
    ShortMessageTooLong {
        /// How long it is.
        octets: usize,
    },
    /// The length of an optional parameter has 16 bits.
    #[error("the parameter {tag:#06x} has at most 65535 octets, not {octets}")]
    TlvTooLong {
        /// Which parameter.
        tag: u16,
        /// How long it is.
        octets: usize,
    },
    /// Peers refuse it, and so do we.
    #[error("a PDU has at most {PDU_OCTETS_MAX} octets, not {octets}")]
    PduTooLong {
        /// How long it would be.
        octets: usize,
    },
}

impl Packet {
    /// The bytes of the wire.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        self.encode_into(&mut out)?;
        Ok(out)
    }

    /// Writes the bytes behind those that are there, so that many PDUs leave
    /// in one piece.
    ///
    /// **Errors** leave `out` as it was.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let written = self.write(out, start);
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    fn write(&self, out: &mut Vec<u8>, start: usize) -> Result<(), EncodeError> {
        out.extend([0; 4]);
        for number in [self.pdu.command_id(), self.status, self.sequence] {
            out.extend(number.to_be_bytes());
        }
        self.write_body(out)?;
        let octets = out.len() - start;
        let length = u32::try_from(octets).ok().filter(|_| octets <= PDU_OCTETS_MAX);
        let length = length.ok_or(EncodeError::PduTooLong { octets })?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }

    fn write_body(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match &self.pdu {
            Pdu::BindTransmitter(bind) | Pdu::BindReceiver(bind) | Pdu::BindTransceiver(bind) => {
                bind.write(out);
            }
            Pdu::BindTransmitterResp(answer)
            | Pdu::BindReceiverResp(answer)
            | Pdu::BindTransceiverResp(answer) => {
                // §4.1.2: a refusal has no body.
                if self.status == 0 || !answer.is_empty() {
                    let BindResp { system_id, tlvs } = answer;
                    write_answer(system_id, tlvs, out)?;
                }
            }
            Pdu::Outbind(outbind) => outbind.write(out),
            Pdu::SubmitSm(message) | Pdu::DeliverSm(message) => {
                message.write_fields(out);
                write_text(&message.short_message, out)?;
                write_tlvs(&message.tlvs, out)?;
            }
            Pdu::SubmitSmResp(answer) => {
                // §4.4.2: a refusal has no body.
                if self.status == 0 || !answer.is_empty() {
                    let MessageResp { message_id, tlvs } = answer;
                    write_answer(message_id, tlvs, out)?;
                }
            }
            // §4.6.2: the empty id is there whatever the status is.
            Pdu::DeliverSmResp(answer) | Pdu::DataSmResp(answer) => {
                write_answer(&answer.message_id, &answer.tlvs, out)?;
            }
            Pdu::DataSm(data) => {
                data.write_fields(out);
                write_tlvs(&data.tlvs, out)?;
            }
            Pdu::Unbind
            | Pdu::UnbindResp
            | Pdu::GenericNack
            | Pdu::EnquireLink
            | Pdu::EnquireLinkResp
            | Pdu::Unknown { .. } => {}
        }
        Ok(())
    }
}

fn write_answer(name: &OctetString, tlvs: &Tlvs, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    name.write(out);
    write_tlvs(tlvs, out)
}

/// `sm_length` and `short_message`.
fn write_text(text: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let octets = text.len();
    let length = u8::try_from(octets).ok().filter(|_| octets <= SHORT_MESSAGE_OCTETS_MAX);
    out.push(length.ok_or(EncodeError::ShortMessageTooLong { octets })?);
    out.extend_from_slice(text);
    Ok(())
}

fn write_tlvs(tlvs: &Tlvs, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    for tlv in tlvs {
        let octets = tlv.value.len();
        let length = u16::try_from(octets);
        let length = length.map_err(|_| EncodeError::TlvTooLong { tag: tlv.tag, octets })?;
        out.extend(tlv.tag.to_be_bytes());
        out.extend(length.to_be_bytes());
        out.extend_from_slice(&tlv.value);
    }
    Ok(())
}
