//! PDUs that this SMSC sends, and what it prints of a message.

use serde_json::{Value, json};
use smpp::pdu::{BindResp, Message, MessageResp};
use smpp::tlv::{Tlvs, tag};
use smpp::{Address, Frame, OctetString, Packet, Pdu, TonNpi};

use crate::alphabet;
use crate::behaviour::BindMode;
use crate::command::Mode;

/// A receipt for the SMSC's client (SMPP 3.4 §5.2.12).
const ESM_RECEIPT: u8 = 0x04;
/// The text begins with a header.
const ESM_UDH: u8 = 0x40;
/// States of a message (SMPP 3.4 §5.2.28).
const DELIVERED: u8 = 2;
const UNDELIVERABLE: u8 = 5;

/// Writes a PDU behind what is there. All of ours are short enough by how they are made.
pub(crate) fn write(packet: &Packet, out: &mut Vec<u8>) {
    let written = packet.encode_into(out);
    debug_assert!(written.is_ok(), "{written:?}");
}

/// The answer to a bind.
pub(crate) fn bind_answer(mode: BindMode, sequence: u32, status: u32) -> Packet {
    let answer = match status {
        0 => BindResp {
            system_id: string("smsc-sim"),
            tlvs: Tlvs::NONE.with(tag::SC_INTERFACE_VERSION, [0x34]),
        },
        _ => BindResp::default(),
    };
    let pdu = match mode {
        BindMode::Transmitter => Pdu::BindTransmitterResp(answer),
        BindMode::Receiver => Pdu::BindReceiverResp(answer),
        BindMode::Transceiver => Pdu::BindTransceiverResp(answer),
    };
    Packet::with_status(sequence, status, pdu)
}

/// The answer to a message.
pub(crate) fn submit_answer(sequence: u32, status: u32, id: Option<&str>) -> Packet {
    let id = string(id.unwrap_or_default());
    Packet::with_status(sequence, status, Pdu::SubmitSmResp(MessageResp::new(id)))
}

/// What a receipt says, whatever its form.
pub(crate) struct Report<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) stat: &'a str,
    pub(crate) err: &'a str,
    pub(crate) message_state: Option<u8>,
}

impl<'a> Report<'a> {
    /// The report on a message of a mode; `None` if there is none.
    pub(crate) fn of_mode(mode: Mode, id: Option<&'a str>) -> Option<Self> {
        let report = |stat, err, message_state| Some(Self { id, stat, err, message_state });
        match mode {
            Mode::Delivered | Mode::Hex => report("DELIVRD", "000", None),
            Mode::Failed => report("UNDELIV", "001", Some(UNDELIVERABLE)),
            Mode::Tlv => report("", "", Some(DELIVERED)),
            Mode::None => None,
        }
    }

    /// The receipt for the message, from its phone to its sender; `stamp` is the
    /// time as `YYMMDDhhmm`.
    pub(crate) fn message(&self, source: Address, destination: Address, stamp: &str) -> Message {
        let mut tlvs = Tlvs::NONE;
        let is_text = !self.stat.is_empty();
        if let Some(id) = self.id.filter(|_| !is_text) {
            tlvs.push(tag::RECEIPTED_MESSAGE_ID, [id.as_bytes(), &[0]].concat());
        }
        if let Some(state) = self.message_state {
            tlvs.push(tag::MESSAGE_STATE, [state]);
        }
        let mut text = String::new();
        if is_text {
            let delivered = if self.stat == "DELIVRD" { "001" } else { "000" };
            let id = self.id.map(|id| format!("id:{id} ")).unwrap_or_default();
            let (stat, err) = (self.stat, self.err);
            text = format!(
                "{id}sub:001 dlvrd:{delivered} submit date:{stamp} done date:{stamp} stat:{stat} err:{err} text:"
            );
        }
        Message {
            source: destination,
            destination: source,
            esm_class: ESM_RECEIPT,
            short_message: text.into_bytes(),
            tlvs,
            ..Message::default()
        }
    }
}

/// A message from a phone.
pub(crate) fn inbound(from: &str, to: &str, text: &str) -> Message {
    let (short_message, data_coding) = alphabet::encode(text);
    Message {
        source: number(from),
        destination: Address { octets: string(to), ..Address::default() },
        data_coding,
        short_message,
        ..Message::default()
    }
}

/// An address of the international plan.
pub(crate) fn number(digits: &str) -> Address {
    Address { ton_npi: TonNpi::new(1, 1), octets: string(digits) }
}

/// What cannot be a string of the wire is cut, as a peer's would be.
fn string(text: &str) -> OctetString {
    OctetString::of_peer(text.as_bytes())
}

/// What a message says: decoded, and its octets as they came.
pub(crate) fn submit_fields(frame: &Frame<'_>, message: &Message) -> Value {
    let payload = message.tlvs.message_payload().unwrap_or_default();
    let whole = if message.short_message.is_empty() { payload } else { &message.short_message };
    let header = match whole.first() {
        Some(length) if message.esm_class & ESM_UDH != 0 => usize::from(*length) + 1,
        _ => 0,
    };
    let (udh, text) = whole.split_at(header.min(whole.len()));
    let segment = message.tlvs.segment();
    json!({
        "source": message.source.octets.to_string(),
        "source_ton": message.source.ton_npi.ton,
        "source_npi": message.source.ton_npi.npi,
        "destination": message.destination.octets.to_string(),
        "destination_ton": message.destination.ton_npi.ton,
        "destination_npi": message.destination.ton_npi.npi,
        "service_type": message.service_type.to_string(),
        "esm_class": message.esm_class,
        "data_coding": message.data_coding,
        "registered_delivery": message.registered_delivery,
        "validity": message.validity_period.to_string(),
        "udh": (!udh.is_empty()).then(|| hex(udh)),
        "sar": segment.map(|one| [one.reference, one.parts.into(), one.number.into()]),
        "text": alphabet::decode(text, message.data_coding),
        "body": hex(frame.body),
    })
}

/// Octets in hexadecimal.
fn hex(octets: &[u8]) -> String {
    use std::fmt::Write as _;
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// Octets from hexadecimal; blanks may stand between them.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|one| !one.is_whitespace())
        .map(|one| one.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receipt_of_a_text_says_what_receipts_say() {
        let report = Report::of_mode(Mode::Failed, Some("7")).unwrap();
        let receipt = report.message(number("1234"), number("37255512345"), "2611221200");
        assert_eq!(receipt.source, number("37255512345"));
        assert_eq!(
            String::from_utf8(receipt.short_message).unwrap(),
            "id:7 sub:001 dlvrd:000 submit date:2611221200 done date:2611221200 stat:UNDELIV err:001 text:"
        );
        assert_eq!(receipt.tlvs.message_state(), Some(5));
    }

    #[test]
    fn a_receipt_without_text_has_parameters() {
        let report = Report::of_mode(Mode::Tlv, Some("7")).unwrap();
        let receipt = report.message(number("1"), number("2"), "");
        assert!(receipt.short_message.is_empty());
        assert_eq!(receipt.tlvs.receipted_message_id(), OctetString::new("7").ok());
        assert!(Report::of_mode(Mode::None, Some("7")).is_none());
    }

    #[test]
    fn hexadecimal_goes_both_ways() {
        assert_eq!(from_hex("00 ff\n1A"), Some(vec![0, 0xFF, 0x1A]));
        assert_eq!((from_hex("0"), from_hex("zz")), (None, None));
        assert_eq!(hex(&[0, 0xFF]), "00ff");
    }
}
