//! Fields of `submit_sm` and `deliver_sm`, which are the same, and of the
//! answers (SMPP 3.4 §4.4, §4.6).

use std::fmt;

use zeroize::Zeroize as _;

use crate::address::Address;
use crate::octets::{Missing, OctetString, Reader};
use crate::tlv::{Tlvs, tag};

/// A message on its way to a phone or from one, or a receipt. `Debug` shows
/// the length of its text only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// A service of the peer; usually empty.
    pub service_type: OctetString,
    /// From whom.
    pub source: Address,
    /// To whom.
    pub destination: Address,
    /// What kind of message it is, and whether its text begins with a header
    /// (§5.2.12).
    pub esm_class: u8,
    /// Protocol identifier (3GPP TS 23.040 §9.2.3.9); 0 for a text.
    pub protocol_id: u8,
    /// 0 for an ordinary message (§5.2.14).
    pub priority_flag: u8,
    /// When to send it; empty for now. What peers put here is not looked at.
    pub schedule_delivery_time: OctetString,
    /// How long it is worth sending; [`relative`](crate::validity::relative)
    /// makes one. What peers put here is not looked at.
    pub validity_period: OctetString,
    /// Which receipts are wanted (§5.2.17).
    pub registered_delivery: u8,
    /// Whether it takes the place of an earlier one.
    pub replace_if_present_flag: u8,
    /// How the text is written (§5.2.19).
    pub data_coding: u8,
    /// A text that the peer has in store; 0 for none.
    pub sm_default_msg_id: u8,
    /// The text, with its header if it has one. At most 254 octets can be
    /// sent.
    pub short_message: Vec<u8>,
    /// The PDU ended before the text had the length it claimed; what there was
    /// is in `short_message`. Never written.
    pub is_truncated: bool,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl Message {
    /// Overwrites the text, in whichever of its two places it stands, and leaves
    /// none.
    pub fn wipe(&mut self) {
        self.short_message.zeroize();
        self.tlvs.wipe(tag::MESSAGE_PAYLOAD);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Missing> {
        let service_type = reader.string("service_type")?;
        let source = Address::read(reader, "source_addr")?;
        let destination = Address::read(reader, "destination_addr")?;
        let esm_class = reader.octet("esm_class")?;
        let protocol_id = reader.octet("protocol_id")?;
        let priority_flag = reader.octet("priority_flag")?;
        let schedule_delivery_time = reader.string("schedule_delivery_time")?;
        let validity_period = reader.string("validity_period")?;
        let registered_delivery = reader.octet("registered_delivery")?;
        let replace_if_present_flag = reader.octet("replace_if_present_flag")?;
        let data_coding = reader.octet("data_coding")?;
        let sm_default_msg_id = reader.octet("sm_default_msg_id")?;
        let claimed = usize::from(reader.octet("sm_length")?);
        let short_message = reader.at_most(claimed).to_vec();
        Ok(Self {
            service_type,
            source,
            destination,
            esm_class,
            protocol_id,
            priority_flag,
            schedule_delivery_time,
            validity_period,
            registered_delivery,
            replace_if_present_flag,
            data_coding,
            sm_default_msg_id,
            is_truncated: short_message.len() < claimed,
            short_message,
            tlvs: Tlvs::read(*reader),
        })
    }

    /// Everything before `sm_length`.
    pub(super) fn write_fields(&self, out: &mut Vec<u8>) {
        self.service_type.write(out);
        self.source.write(out);
        self.destination.write(out);
        out.extend([self.esm_class, self.protocol_id, self.priority_flag]);
        self.schedule_delivery_time.write(out);
        self.validity_period.write(out);
        out.extend([self.registered_delivery, self.replace_if_present_flag]);
        out.extend([self.data_coding, self.sm_default_msg_id]);
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("service_type", &self.service_type)
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("esm_class", &self.esm_class)
            .field("validity_period", &self.validity_period)
            .field("registered_delivery", &self.registered_delivery)
            .field("data_coding", &self.data_coding)
            .field("text_octets", &self.short_message.len())
            .field("is_truncated", &self.is_truncated)
            .field("tlvs", &self.tlvs)
            .finish_non_exhaustive()
    }
}

/// The answer to a message or a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageResp {
    /// The peer's id of the message; empty where it has none or tells none,
    /// and in the answer to a receipt.
    pub message_id: OctetString,
    /// Optional parameters (SMPP 5.0, and `data_sm_resp`).
    pub tlvs: Tlvs,
}

impl MessageResp {
    /// An answer that names the message.
    pub fn new(message_id: OctetString) -> Self {
        Self { message_id, tlvs: Tlvs::NONE }
    }

    /// The id, if there is one.
    pub fn id(&self) -> Option<&[u8]> {
        (!self.message_id.is_empty()).then_some(self.message_id.as_bytes())
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { message_id: reader.string_or_end(), tlvs: Tlvs::read(*reader) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.message_id.is_empty() && self.tlvs.is_empty()
    }
}
