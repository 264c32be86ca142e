//! From a message to the `submit_sm` of each of its parts (`delivery.md` 3.4,
//! 4.2).

use smpp::OctetString;
use smpp::content::{ContentRules, LongMessage, Part, Writing};
use smpp::pdu::Message;
use smpp::sender::{DefaultAlphabet, SourceRules, destination};
use smpp::tlv::Segment;
use smpp::validity::relative;
use verify::engine::outbox::Refusal;
use verify::hex;
use verify::record::BodyKind;
use verify::text::{self, Alphabet, Layout, gsm, packing};
use zeroize::Zeroizing;

use super::options::{SmppOptions, Validity};
use crate::gateway::{Prepared, Reason};

/// How a message is put. A peer that does not like one way gets another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) long_message: LongMessage,
    /// UCS-2, whatever the text needs.
    pub(super) is_ucs2: bool,
    pub(super) has_validity: bool,
    /// With the operator's own optional parameters.
    pub(super) has_optional: bool,
    /// Senders of the gateway that were not tried in the place of the message's own.
    pub(super) senders_left: usize,
}

impl Manner {
    pub(super) fn of(options: &SmppOptions) -> Self {
        Self {
            long_message: options.long_message,
            is_ucs2: false,
            has_validity: options.validity == Validity::Relative,
            has_optional: true,
            senders_left: options.fallback_senders.len(),
        }
    }
}

/// What a message cannot be sent for.
pub(super) type Unsendable = (Refusal, Reason);

/// Octets of each part, with how they are to be read.
struct Pieces {
    writing: Writing,
    octets: Vec<Zeroizing<Vec<u8>>>,
}

/// The parts of a message, wiped when dropped.
pub(super) struct Parts(pub(super) Vec<Message>);

impl Drop for Parts {
    fn drop(&mut self) {
        for part in &mut self.0 {
            part.wipe();
        }
    }
}

/// Makes the parts of a message. `reference` is common to them, and
/// `seconds_left` what is left of its time.
pub(super) fn parts(
    options: &SmppOptions,
    message: &Prepared,
    manner: Manner,
    reference: u16,
    seconds_left: u64,
) -> Result<Parts, Unsendable> {
    let rules = SourceRules { alphabet: options.default_alphabet, ..options.source_rules };
    let source = rules.source(sender(options, message, manner));
    let source =
        source.map_err(|error| (Refusal::GatewayUnfit, Reason::from(error.to_string())))?;
    let to = destination(message.to.as_e164(), options.destination);
    let to = to.map_err(|error| unreachable_number(&error.to_string()))?;
    let pieces = pieces(options, message, manner)?;
    let count = u8::try_from(pieces.octets.len()).map_err(|_| too_long())?;
    let content_rules = ContentRules {
        gsm_data_coding: options.gsm_data_coding,
        latin1_data_coding: options.latin1_data_coding,
        ucs2_data_coding: options.ucs2_data_coding,
        long_message: manner.long_message,
        ..ContentRules::default()
    };
    let mut made = Parts(Vec::with_capacity(pieces.octets.len()));
    for (number, octets) in (1..=count).zip(&pieces.octets) {
        let place = (count > 1).then_some(Segment { reference, parts: count, number });
        let header = &message.form.header;
        let part = Part { writing: pieces.writing, octets, header, place };
        let content = content_rules.content(&part);
        let content = content.map_err(|error| (Refusal::Content, error.to_string().into()))?;
        let data_coding = match message.form.class {
            Some(class) => class_coding(pieces.writing, class),
            None => content.data_coding,
        };
        let mut tlvs = content.tlvs;
        if manner.has_optional {
            for (tag, value) in &options.vendor_tlvs {
                tlvs.push(*tag, value.clone());
            }
        }
        made.0.push(Message {
            service_type: OctetString::of_peer(options.service_type.as_bytes()),
            source: source.clone(),
            destination: to.clone(),
            esm_class: content.esm_class,
            validity_period: validity(manner, seconds_left),
            registered_delivery: options.registered_delivery,
            data_coding,
            short_message: content.short_message,
            tlvs,
            ..Message::default()
        });
    }
    Ok(made)
}

/// The message's own sender, or the one of the gateway that takes its place.
fn sender<'a>(options: &'a SmppOptions, message: &'a Prepared, manner: Manner) -> &'a str {
    let tried = options.fallback_senders.len().saturating_sub(manner.senders_left);
    let fallback = tried.checked_sub(1).and_then(|index| options.fallback_senders.get(index));
    fallback.unwrap_or(&message.sender)
}

fn validity(manner: Manner, seconds_left: u64) -> OctetString {
    if manner.has_validity { relative(seconds_left) } else { OctetString::EMPTY }
}

fn too_long() -> Unsendable {
    (Refusal::Content, Reason::from("longer than can be linked"))
}

fn unreachable_number(reason: &str) -> Unsendable {
    (Refusal::Destination { confirm: false }, Reason::from(reason.to_owned()))
}

/// `data_coding` with a message class (3GPP TS 23.038 §4, coding group 00x1).
fn class_coding(writing: Writing, class: u8) -> u8 {
    let alphabet = match writing {
        Writing::Septets | Writing::Packed => 0x00,
        Writing::Latin1 | Writing::Binary => 0x04,
        Writing::Ucs2 => 0x08,
    };
    0x10 | alphabet | (class & 0x03)
}

fn pieces(options: &SmppOptions, message: &Prepared, manner: Manner) -> Result<Pieces, Unsendable> {
    let layout = layout(message, manner).ok_or_else(too_long)?;
    match message.form.body {
        BodyKind::Data => {
            let data = hex::decode(message.text.as_bytes()).map(Zeroizing::new);
            let data =
                data.ok_or((Refusal::Content, Reason::from("binary content that is not hex")))?;
            let whole = manner.long_message == LongMessage::Payload;
            let cut = if whole {
                vec![Zeroizing::new(data.to_vec())]
            } else {
                let cut = text::split_data(&data, layout).map_err(|_| too_long())?;
                cut.into_iter().map(|piece| Zeroizing::new(piece.to_vec())).collect()
            };
            Ok(Pieces { writing: Writing::Binary, octets: cut })
        }
        BodyKind::Text => text_pieces(options, message, manner, layout),
    }
}

fn layout(message: &Prepared, manner: Manner) -> Option<Layout> {
    let layout = Layout::with_header(message.form.header.len())?;
    Some(match manner.long_message {
        LongMessage::Udh16 => layout.with_wide_reference(),
        LongMessage::Udh8 | LongMessage::Sar | LongMessage::Payload => layout,
    })
}

fn text_pieces(
    options: &SmppOptions,
    message: &Prepared,
    manner: Manner,
    layout: Layout,
) -> Result<Pieces, Unsendable> {
    // Composed, as it is counted.
    let parts = text::split(&message.text, layout).map_err(|_| too_long())?;
    let whole: Zeroizing<String> =
        Zeroizing::new(parts.iter().map(text::Part::text).collect::<String>());
    let writing = writing(options, &whole, manner);
    let is_payload = manner.long_message == LongMessage::Payload;
    let octets = if is_payload {
        vec![written(&whole, writing, 0)]
    } else {
        let (alone, linked) = room(layout, writing);
        let cuts = cut(&whole, writing, alone, linked).ok_or_else(too_long)?;
        let header = header_octets(layout, cuts.len() > 1);
        cuts.into_iter().map(|cut| written(cut, writing, header)).collect()
    };
    Ok(Pieces { writing, octets })
}

/// How a text is written for this peer.
fn writing(options: &SmppOptions, text: &str, manner: Manner) -> Writing {
    if manner.is_ucs2 || Alphabet::of(text) == Alphabet::Ucs2 {
        return Writing::Ucs2;
    }
    match options.default_alphabet {
        DefaultAlphabet::Gsm if options.gsm_packed => Writing::Packed,
        DefaultAlphabet::Gsm => Writing::Septets,
        DefaultAlphabet::Ascii if text.chars().all(is_same_in_ascii) => Writing::Septets,
        DefaultAlphabet::Latin1 if text.chars().all(|c| u8::try_from(c).is_ok()) => Writing::Latin1,
        DefaultAlphabet::Ascii | DefaultAlphabet::Latin1 => Writing::Ucs2,
    }
}

/// Whether a character has one code in ASCII and in the GSM alphabet.
fn is_same_in_ascii(character: char) -> bool {
    let septet = match gsm::septets(character) {
        Some(gsm::Septets::One(septet)) => Some(septet),
        Some(gsm::Septets::Escaped(_)) | None => None,
    };
    septet.is_some_and(|septet| u32::from(septet) == u32::from(character))
}

/// Units in a message that is alone, and in each linked part.
fn room(layout: Layout, writing: Writing) -> (usize, usize) {
    match writing {
        Writing::Septets | Writing::Packed => {
            (layout.units_alone(Alphabet::Gsm7), layout.units_linked(Alphabet::Gsm7))
        }
        Writing::Ucs2 => (layout.units_alone(Alphabet::Ucs2), layout.units_linked(Alphabet::Ucs2)),
        Writing::Latin1 | Writing::Binary => (layout.octets_alone(), layout.octets_linked()),
    }
}

fn header_octets(layout: Layout, is_linked: bool) -> usize {
    let left = if is_linked { layout.octets_linked() } else { layout.octets_alone() };
    verify::limits::USER_DATA_OCTETS_MAX - left
}

fn units(character: char, writing: Writing) -> usize {
    match writing {
        Writing::Septets | Writing::Packed => {
            gsm::septets(character).map_or(1, gsm::Septets::count)
        }
        Writing::Ucs2 => character.len_utf16(),
        Writing::Latin1 | Writing::Binary => 1,
    }
}

/// Cuts a text into parts, no character in two; `None` if one does not fit.
fn cut(text: &str, writing: Writing, alone: usize, linked: usize) -> Option<Vec<&str>> {
    let all: usize = text.chars().map(|character| units(character, writing)).sum();
    if all <= alone {
        return Some(vec![text]);
    }
    let (mut cuts, mut start, mut used) = (Vec::new(), 0, 0);
    for (index, character) in text.char_indices() {
        let units = units(character, writing);
        if units > linked {
            return None;
        }
        if used + units > linked {
            cuts.push(&text[start..index]);
            (start, used) = (index, 0);
        }
        used += units;
    }
    cuts.push(&text[start..]);
    Some(cuts)
}

/// The octets of a text. Behind a header of `header_octets` packed septets
/// begin at a boundary of septets.
fn written(text: &str, writing: Writing, header_octets: usize) -> Zeroizing<Vec<u8>> {
    let septets = || Zeroizing::new(gsm::encode(text).unwrap_or_default());
    match writing {
        Writing::Septets => septets(),
        Writing::Packed => Zeroizing::new(packing::pack(&septets(), header_octets)),
        Writing::Ucs2 => Zeroizing::new(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Writing::Latin1 | Writing::Binary => {
            Zeroizing::new(text.chars().filter_map(|c| u8::try_from(c).ok()).collect())
        }
    }
}

/// An id of a peer as text: each octet a character, the first 128 of them.
pub(super) fn id_text(id: &[u8]) -> String {
    let kept = &id[..id.len().min(smpp::limits::ID_INDEXED_OCTETS_MAX)];
    kept.iter().copied().map(char::from).collect()
}

/// The text of a person's message.
pub(super) fn read_text(octets: &[u8], data_coding: u8, alphabet: DefaultAlphabet) -> String {
    // The two bits of the alphabet, where a class or a general coding has them.
    let is_ucs2 = data_coding == 8 || matches!(data_coding, 0x18..=0x1b);
    let latin1 = || octets.iter().copied().map(char::from).collect();
    if is_ucs2 {
        let units: Vec<u16> =
            octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    match (data_coding, alphabet) {
        (1 | 3, _) | (_, DefaultAlphabet::Ascii | DefaultAlphabet::Latin1) => latin1(),
        (_, DefaultAlphabet::Gsm) => gsm::decode(octets),
    }
}

/// A reason with the peer's status.
pub(super) fn status_reason(status: u32) -> Reason {
    let text = match smpp::status::name(status) {
        Some(name) => format!("status 0x{status:02X} {name}"),
        None => format!("status 0x{status:02X}"),
    };
    text.into()
}
