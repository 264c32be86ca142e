//! Receipts: what a peer reports about a message (`delivery.md` 5).
//!
//! A receipt is a message whose class says so, or that names the message it is
//! about, or whose text reads like one. Each piece of it may be in the text, in
//! an optional parameter, or in neither; the parameter wins.

mod ids;
mod state;
mod text;

use std::borrow::Cow;

pub use ids::{IdForm, IdRule, id_forms};
pub use state::MessageState;

use crate::limits::RECEIPT_VALUE_OCTETS_MAX;
use crate::pdu::{Data, Message};
use crate::tlv::{NetworkError, Tlvs};

/// Bits of `esm_class` that say what kind of message it is (SMPP 3.4 §5.2.12).
const KIND_BITS: u8 = 0x3C;

/// Bit of `esm_class`: the text begins with a header.
const HAS_HEADER: u8 = 0x40;

/// `data_coding` of UCS-2.
const UCS2: u8 = 8;

/// Why a message is a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReceiptKind {
    /// Marked as a receipt of the peer.
    Marked,
    /// Marked as an acknowledgement of the phone.
    Acknowledgement,
    /// Marked as news on the way; not asked for by default.
    Intermediate,
    /// Not marked, but it names the message it is about.
    Unmarked,
}

/// A receipt. All of it may be missing; such a one is stored and counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Why it is one.
    pub kind: ReceiptKind,
    /// The peer's id of the message, as it came; [`id_forms`] has its forms.
    pub id: Option<Vec<u8>>,
    /// What became of the message.
    pub state: Option<MessageState>,
    /// The word behind `err:`. What it means is private to each peer.
    pub error: Option<Vec<u8>>,
    /// How the network names the failure.
    pub network_error: Option<NetworkError>,
    /// The kind of failure, as `delivery_failure_reason` has it.
    pub failure_reason: Option<u8>,
    /// When the peer took the message, in its local time and own form.
    pub submit_date: Option<Vec<u8>>,
    /// When that became of it, in the peer's local time and own form.
    pub done_date: Option<Vec<u8>>,
}

impl Receipt {
    /// Reads a `deliver_sm`; `None` if it is a message of somebody.
    ///
    /// ```
    /// use ringproof_smpp::pdu::Message;
    /// use ringproof_smpp::receipt::{MessageState, Receipt};
    ///
    /// let report = "id:1A2B sub:001 dlvrd:001 stat:UNDELIV err:001 text:Your code is";
    /// let message =
    ///     Message { esm_class: 0x04, short_message: report.into(), ..Message::default() };
    /// let receipt = Receipt::of_message(&message).expect("it is marked as one");
    /// assert_eq!(receipt.id.as_deref(), Some(&b"1A2B"[..]));
    /// assert_eq!(receipt.state, Some(MessageState::Undeliverable));
    ///
    /// let reply = Message { short_message: b"STOP".to_vec(), ..Message::default() };
    /// assert_eq!(Receipt::of_message(&reply), None);
    /// ```
    pub fn of_message(message: &Message) -> Option<Self> {
        let Message { esm_class, data_coding, short_message, tlvs, .. } = message;
        read(*esm_class, *data_coding, short_message, tlvs)
    }

    /// Reads a `data_sm`; `None` if it is a message of somebody.
    pub fn of_data(data: &Data) -> Option<Self> {
        read(data.esm_class, data.data_coding, &[], &data.tlvs)
    }

    /// The word behind `err:` if it says that something went wrong: not zero,
    /// and not beside a delivery, where some peers leave old ones.
    pub fn failure_code(&self) -> Option<&[u8]> {
        let is_delivered = self.state == Some(MessageState::Delivered);
        let code = self.error.as_deref().filter(|_| !is_delivered)?;
        code.iter().any(|octet| *octet != b'0').then_some(code)
    }
}

fn read(esm_class: u8, data_coding: u8, short_message: &[u8], tlvs: &Tlvs) -> Option<Receipt> {
    let raw = if short_message.is_empty() {
        tlvs.message_payload().unwrap_or_default()
    } else {
        short_message
    };
    let raw = if esm_class & HAS_HEADER == 0 { raw } else { behind_header(raw) };
    let text = if data_coding == UCS2 { Cow::Owned(plain(raw)) } else { Cow::Borrowed(raw) };
    let kind = kind(esm_class, &text, tlvs)?;
    let fields = text::read(&text);
    let named = tlvs.receipted_message_id().map(crate::OctetString::into_bytes);
    let numbered = tlvs.message_state().map(MessageState::of_number);
    Some(Receipt {
        kind,
        id: named.or(kept(fields.id)),
        state: numbered.or(fields.state.map(MessageState::of_word)),
        error: kept(fields.error),
        network_error: tlvs.network_error_code(),
        failure_reason: tlvs.delivery_failure_reason(),
        submit_date: kept(fields.submit_date),
        done_date: kept(fields.done_date),
    })
}

fn kind(esm_class: u8, text: &[u8], tlvs: &Tlvs) -> Option<ReceiptKind> {
    let names_message = tlvs.get(crate::tlv::tag::RECEIPTED_MESSAGE_ID).is_some();
    match esm_class & KIND_BITS {
        0x04 => Some(ReceiptKind::Marked),
        0x08 => Some(ReceiptKind::Acknowledgement),
        0x20 => Some(ReceiptKind::Intermediate),
        kind => {
            let reads_so = kind == 0 && text::reads_like_receipt(text);
            (names_message || reads_so).then_some(ReceiptKind::Unmarked)
        }
    }
}

/// The text behind its header (3GPP TS 23.040 §9.2.3.24): an octet says how
/// many follow it.
fn behind_header(text: &[u8]) -> &[u8] {
    let Some((length, rest)) = text.split_first() else { return text };
    rest.get(usize::from(*length)..).unwrap_or_default()
}

/// UCS-2 as ASCII: keys and values of receipts are nothing else.
fn plain(ucs2: &[u8]) -> Vec<u8> {
    let units = ucs2.chunks_exact(2);
    units.map(|unit| if unit[0] == 0 && unit[1] < 0x80 { unit[1] } else { b'?' }).collect()
}

fn kept(value: Option<&[u8]>) -> Option<Vec<u8>> {
    value.map(|value| value[..value.len().min(RECEIPT_VALUE_OCTETS_MAX)].to_vec())
}

/// What stands around values: blanks, line ends, and the NUL that some peers
/// put behind a text.
fn is_blank(octet: u8) -> bool {
    octet.is_ascii_whitespace() || octet == 0
}
