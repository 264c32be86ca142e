//! Optional parameters, each a tag, a length and a value (SMPP 3.4 §5.3).
//!
//! What a peer sent is kept as it came and in its order. A typed view looks at
//! it when asked, and says `None` if the value does not have the shape of its
//! kind; so a wrong length harms nobody who does not ask.

use std::fmt;

use zeroize::Zeroize as _;

use crate::limits::TLVS_MAX;
use crate::octets::{OctetString, Reader};

/// Tags of the parameters that are looked at (SMPP 3.4 §5.3.2). Peers use
/// [`VENDOR`](tag::VENDOR) ones for their own purposes.
pub mod tag {
    /// The id of the message that a receipt is about.
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
    /// A number of the sender's choice, which receipts repeat.
    pub const USER_MESSAGE_REFERENCE: u16 = 0x0204;
    /// Common to the parts of one message.
    pub const SAR_MSG_REF_NUM: u16 = 0x020C;
    /// How many parts a message has.
    pub const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
    /// Which part this is, from 1.
    pub const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
    /// The version that the peer speaks.
    pub const SC_INTERFACE_VERSION: u16 = 0x0210;
    /// Why a network did not deliver.
    pub const NETWORK_ERROR_CODE: u16 = 0x0423;
    /// A text that is too long for `short_message`.
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    /// Why a message was not delivered, in a `data_sm_resp`.
    pub const DELIVERY_FAILURE_REASON: u16 = 0x0425;
    /// What became of a message.
    pub const MESSAGE_STATE: u16 = 0x0427;
    /// Left to the vendors.
    pub const VENDOR: std::ops::RangeInclusive<u16> = 0x1400..=0x3FFF;
}

/// One optional parameter. `Debug` shows tag and length only: the value may be
/// a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Tlv {
    /// What it is.
    pub tag: u16,
    /// Its value as it came.
    pub value: Vec<u8>,
}

/// All optional parameters of a PDU, in the order of the wire.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Tlvs(Vec<Tlv>);

/// How a network names the failure (SMPP 3.4 §5.3.2.31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetworkError {
    /// 1 ANSI-136, 2 IS-95, 3 GSM, 8 UMTS; others are kept.
    pub network: u8,
    /// The code in that network.
    pub code: u16,
}

/// The part of a long message that a PDU carries (SMPP 3.4 §5.3.2.22–24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Segment {
    /// Common to all parts.
    pub reference: u16,
    /// How many parts there are.
    pub parts: u8,
    /// Which part this is, from 1.
    pub number: u8,
}

impl Tlvs {
    /// No optional parameter.
    pub const NONE: Self = Self(Vec::new());

    /// Reads to the end, or up to the first one whose length runs past it; no more than
    /// the first [`TLVS_MAX`].
    pub(crate) fn read(mut reader: Reader<'_>) -> Self {
        let mut all = Vec::new();
        while all.len() < TLVS_MAX {
            let Some(tag) = reader.number() else { break };
            let value = reader.number().and_then(|length| reader.exactly(usize::from(length)));
            let Some(value) = value else { break };
            all.push(Tlv { tag, value: value.to_vec() });
        }
        Self(all)
    }

    /// Adds one behind the others.
    pub fn push(&mut self, tag: u16, value: impl Into<Vec<u8>>) {
        self.0.push(Tlv { tag, value: value.into() });
    }

    /// Adds one behind the others.
    #[must_use]
    pub fn with(mut self, tag: u16, value: impl Into<Vec<u8>>) -> Self {
        self.push(tag, value);
        self
    }

    /// The value of the first one with a tag, as it came.
    pub fn get(&self, tag: u16) -> Option<&[u8]> {
        self.iter().find(|tlv| tlv.tag == tag).map(|tlv| tlv.value.as_slice())
    }

    /// Overwrites the values of those with a tag, and leaves them empty.
    pub fn wipe(&mut self, tag: u16) {
        let tagged = self.0.iter_mut().filter(|tlv| tlv.tag == tag);
        tagged.for_each(|tlv| tlv.value.zeroize());
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Tlv> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The id of the message that a receipt is about, with or without a NUL
    /// at its end; `None` if it is empty (SMPP 3.4 §5.3.2.12).
    pub fn receipted_message_id(&self) -> Option<OctetString> {
        let id = OctetString::of_peer(self.get(tag::RECEIPTED_MESSAGE_ID)?);
        (!id.is_empty()).then_some(id)
    }

    /// The state of a message as its number; names are in
    /// [`MessageState`](crate::receipt::MessageState) (SMPP 3.4 §5.3.2.35).
    pub fn message_state(&self) -> Option<u8> {
        self.octet(tag::MESSAGE_STATE)
    }

    /// Why a network did not deliver (SMPP 3.4 §5.3.2.31).
    pub fn network_error_code(&self) -> Option<NetworkError> {
        let [network, high, low] = self.array(tag::NETWORK_ERROR_CODE)?;
        Some(NetworkError { network, code: u16::from_be_bytes([high, low]) })
    }

    /// 0 destination unavailable, 1 address invalid, 2 permanent, 3 temporary
    /// network error (SMPP 3.4 §5.3.2.33).
    pub fn delivery_failure_reason(&self) -> Option<u8> {
        self.octet(tag::DELIVERY_FAILURE_REASON)
    }

    /// A text that is too long for `short_message` (SMPP 3.4 §5.3.2.32).
    pub fn message_payload(&self) -> Option<&[u8]> {
        self.get(tag::MESSAGE_PAYLOAD)
    }

    /// The number that the sender chose (SMPP 3.4 §5.3.2.17).
    pub fn user_message_reference(&self) -> Option<u16> {
        self.array(tag::USER_MESSAGE_REFERENCE).map(u16::from_be_bytes)
    }

    /// Which part of a long message this is; `None` unless all three
    /// parameters are there and name a part that there is.
    pub fn segment(&self) -> Option<Segment> {
        let reference = self.array(tag::SAR_MSG_REF_NUM).map(u16::from_be_bytes)?;
        let parts = self.octet(tag::SAR_TOTAL_SEGMENTS)?;
        let number = self.octet(tag::SAR_SEGMENT_SEQNUM)?;
        (1..=parts).contains(&number).then_some(Segment { reference, parts, number })
    }

    /// The version that the peer speaks, 0x34 for 3.4 (SMPP 3.4 §5.3.2.25).
    pub fn sc_interface_version(&self) -> Option<u8> {
        self.octet(tag::SC_INTERFACE_VERSION)
    }

    fn octet(&self, tag: u16) -> Option<u8> {
        self.array(tag).map(|[octet]: [u8; 1]| octet)
    }

    fn array<const OCTETS: usize>(&self, tag: u16) -> Option<[u8; OCTETS]> {
        self.get(tag)?.try_into().ok()
    }
}

impl<'a> IntoIterator for &'a Tlvs {
    type Item = &'a Tlv;
    type IntoIter = std::slice::Iter<'a, Tlv>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Tlv> for Tlvs {
    fn from_iter<I: IntoIterator<Item = Tlv>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl fmt::Debug for Tlv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}[{} octets]", self.tag, self.value.len())
    }
}

impl fmt::Debug for Tlvs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
