//! How one part of a message stands in a `submit_sm` (`delivery.md` 3.4, 4.2):
//! its class, its coding, its octets, and what links it to the other parts.
//!
//! The text comes in cut and written already. A long one has four ways:
//!
//! | [`LongMessage`] | linked by | octets / septets of a part |
//! | --- | --- | --- |
//! | `Udh8` | a header with an 8-bit reference | 134 / 153 |
//! | `Udh16` | a header with a 16-bit reference | 133 / 152 |
//! | `Sar` | optional parameters, the peer makes the header | 134 / 153 |
//! | `Payload` | nothing: the whole text goes, and the peer cuts it | – |

use crate::limits::{SHORT_MESSAGE_OCTETS_MAX, USER_DATA_OCTETS_MAX};
use crate::tlv::{Segment, Tlvs, tag};

/// `esm_class` of a text that begins with a header (SMPP 3.4 §5.2.12). The
/// mode stays that of the peer, 0: 0x08 would be another.
const HAS_HEADER: u8 = 0x40;

/// How the octets of a text are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Writing {
    /// The default alphabet of the peer, an octet for a septet.
    Septets,
    /// The GSM alphabet, eight septets in seven octets; for peers that say so.
    Packed,
    /// ISO 8859-1.
    Latin1,
    /// UTF-16, big end first.
    Ucs2,
    /// Octets that are no text.
    Binary,
}

/// How a peer takes long messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LongMessage {
    /// A header with an 8-bit reference, known to every phone.
    #[default]
    Udh8,
    /// A header with a 16-bit reference.
    Udh16,
    /// Optional parameters.
    Sar,
    /// The whole text in an optional parameter.
    Payload,
}

/// What a peer wants in `data_coding` (SMPP 3.4 §5.2.19), and for a long
/// message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentRules {
    /// For [`Writing::Septets`] and [`Writing::Packed`].
    pub gsm_data_coding: u8,
    /// For [`Writing::Latin1`].
    pub latin1_data_coding: u8,
    /// For [`Writing::Ucs2`].
    pub ucs2_data_coding: u8,
    /// For [`Writing::Binary`].
    pub binary_data_coding: u8,
    /// How it takes long messages.
    pub long_message: LongMessage,
}

impl Default for ContentRules {
    fn default() -> Self {
        Self {
            gsm_data_coding: 0,
            latin1_data_coding: 3,
            ucs2_data_coding: 8,
            binary_data_coding: 4,
            long_message: LongMessage::Udh8,
        }
    }
}

/// One part of a message, or a whole one.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// How its octets are to be read.
    pub writing: Writing,
    /// The text as it is written, without any header.
    pub octets: &'a [u8],
    /// The sender's own header, its first octet the number of those that
    /// follow; empty for none.
    pub header: &'a [u8],
    /// Which part of a long message it is; `None` for a whole one.
    /// [`LongMessage::Udh8`] uses the low eight bits of the reference.
    pub place: Option<Segment>,
}

/// The fields of a `submit_sm` that hold the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// 0, or 0x40 if the text begins with a header.
    pub esm_class: u8,
    /// As the peer wants it.
    pub data_coding: u8,
    /// Header and text; empty if they are an optional parameter.
    pub short_message: Vec<u8>,
    /// What links the parts, or the text that the peer will cut.
    pub tlvs: Tlvs,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content")
            .field("esm_class", &self.esm_class)
            .field("data_coding", &self.data_coding)
            .field("text_octets", &self.short_message.len())
            .field("tlvs", &self.tlvs)
            .finish()
    }
}

/// Why a part cannot be sent as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentRefusal {
    /// It must be cut into more parts.
    #[error("{octets} octets of text where {octets_max} have room")]
    TooLong {
        /// How many there are.
        octets: usize,
        /// How many have room beside the header.
        octets_max: usize,
    },
    /// Such a part there cannot be.
    #[error("no part {number} of {parts}")]
    NoSuchPart {
        /// Which part.
        number: u8,
        /// How many there are.
        parts: u8,
    },
    /// Its first octet does not say its length, or it leaves no room.
    #[error("the sender's header has not the length it says, or fills the message")]
    Header,
    /// The peer wants a long message whole.
    #[error("a part of a message for a peer that cuts messages itself")]
    NotWhole,
}

impl ContentRules {
    /// The fields of a `submit_sm` for one part.
    ///
    /// ```
    /// use ringproof_smpp::content::{ContentRules, Part, Writing};
    /// use ringproof_smpp::tlv::Segment;
    ///
    /// let place = Some(Segment { reference: 0x2A, parts: 2, number: 1 });
    /// let part = Part { writing: Writing::Septets, octets: b"A", header: &[], place };
    /// let content = ContentRules::default().content(&part)?;
    /// assert_eq!(content.esm_class, 0x40);
    /// assert_eq!(content.short_message, [0x05, 0x00, 0x03, 0x2A, 0x02, 0x01, b'A']);
    /// # Ok::<(), ringproof_smpp::content::ContentRefusal>(())
    /// ```
    pub fn content(self, part: &Part<'_>) -> Result<Content, ContentRefusal> {
        let own = elements(part.header)?;
        let link = part.place.map(|place| self.link(place)).transpose()?;
        let (element, tlvs) = link.unwrap_or_default();
        let header = header(&element, own)?;
        // The peer makes a header of these parameters; room is left for it.
        let header_octets = if tlvs.is_empty() { header.len() } else { header.len().max(1) + 5 };
        let octets_max = part.writing.room(header_octets);
        let content = Content {
            esm_class: if header.is_empty() { 0 } else { HAS_HEADER },
            data_coding: self.data_coding(part.writing),
            short_message: [&header, part.octets].concat(),
            tlvs,
        };
        if part.octets.len() <= octets_max {
            return Ok(content);
        }
        match self.long_message {
            LongMessage::Payload => {
                let whole = content.short_message;
                let tlvs = content.tlvs.with(tag::MESSAGE_PAYLOAD, whole);
                Ok(Content { short_message: Vec::new(), tlvs, ..content })
            }
            LongMessage::Udh8 | LongMessage::Udh16 | LongMessage::Sar => {
                Err(ContentRefusal::TooLong { octets: part.octets.len(), octets_max })
            }
        }
    }

    /// An element for the header, or optional parameters.
    fn link(self, place: Segment) -> Result<(Vec<u8>, Tlvs), ContentRefusal> {
        let Segment { reference, parts, number } = place;
        if !(1..=parts).contains(&number) {
            return Err(ContentRefusal::NoSuchPart { number, parts });
        }
        let [high, low] = reference.to_be_bytes();
        match self.long_message {
            LongMessage::Udh8 => Ok((vec![0x00, 3, low, parts, number], Tlvs::NONE)),
            LongMessage::Udh16 => Ok((vec![0x08, 4, high, low, parts, number], Tlvs::NONE)),
            LongMessage::Sar => {
                let tlvs = Tlvs::NONE
                    .with(tag::SAR_MSG_REF_NUM, [high, low])
                    .with(tag::SAR_TOTAL_SEGMENTS, [parts])
                    .with(tag::SAR_SEGMENT_SEQNUM, [number]);
                Ok((Vec::new(), tlvs))
            }
            LongMessage::Payload => Err(ContentRefusal::NotWhole),
        }
    }

    fn data_coding(self, writing: Writing) -> u8 {
        match writing {
            Writing::Septets | Writing::Packed => self.gsm_data_coding,
            Writing::Latin1 => self.latin1_data_coding,
            Writing::Ucs2 => self.ucs2_data_coding,
            Writing::Binary => self.binary_data_coding,
        }
    }
}

impl Writing {
    /// Octets that have room beside a header of so many octets.
    fn room(self, header_octets: usize) -> usize {
        let left = USER_DATA_OCTETS_MAX.saturating_sub(header_octets);
        match self {
            Self::Septets => left * 8 / 7,
            Self::Ucs2 => left / 2 * 2,
            Self::Packed | Self::Latin1 | Self::Binary => left,
        }
    }
}

/// The elements of the sender's own header.
fn elements(header: &[u8]) -> Result<&[u8], ContentRefusal> {
    match header {
        [] => Ok(header),
        [length, elements @ ..] if usize::from(*length) == elements.len() => Ok(elements),
        [_, ..] => Err(ContentRefusal::Header),
    }
}

/// A header of the linking element and the sender's own ones; none if there
/// are neither.
fn header(link: &[u8], own: &[u8]) -> Result<Vec<u8>, ContentRefusal> {
    let octets = link.len() + own.len();
    match u8::try_from(octets) {
        Ok(0) => Ok(Vec::new()),
        Ok(length) if octets < USER_DATA_OCTETS_MAX => Ok([&[length], link, own].concat()),
        Ok(_) | Err(_) => Err(ContentRefusal::Header),
    }
}

/// The longest that can leave here: a header beside as many septets as it
/// leaves room for fits into the field.
const _: () = assert!(USER_DATA_OCTETS_MAX * 8 / 7 <= SHORT_MESSAGE_OCTETS_MAX);
