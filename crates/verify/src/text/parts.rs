//! Counting a text in short messages, and cutting it into them.
//!
//! Both go through the same cuts, so that a message costs what was shown. No
//! cut goes through the two septets of an escaped character, nor through a
//! surrogate pair: the whole character moves on to the next part.

use std::borrow::Cow;
use std::fmt;

use zeroize::Zeroizing;

use super::{Alphabet, Layout, composed, gsm};
use crate::limits::PARTS_MAX;

/// Units of one character, at most, in either alphabet.
const CHARACTER_UNITS_MAX: usize = 2;

/// What a text takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// In what it is sent.
    pub alphabet: Alphabet,
    /// Septets or 16-bit units of the whole text, headers aside.
    pub units: usize,
    /// Short messages; 1 for an empty text. May be more than can be sent:
    /// [`split`] cuts at most [`PARTS_MAX`].
    pub parts: usize,
}

/// One short message of a text. Its `Debug` shows no text, which may hold a
/// code, and what it holds is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    alphabet: Alphabet,
    units: usize,
    text: Zeroizing<String>,
}

/// The text cannot be sent, since no more than [`PARTS_MAX`] parts can be
/// linked or the header leaves no room for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message is longer than {PARTS_MAX} linked parts, or its header leaves no room for it")]
pub struct TooLong;

impl Part {
    /// In what it is sent; the same for all parts of a message.
    pub fn alphabet(&self) -> Alphabet {
        self.alphabet
    }

    /// Septets or 16-bit units, the header aside.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The text of the part, composed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as octets: one for each septet, or two for each 16-bit unit,
    /// the higher one first. [`packing::pack`](super::packing::pack) packs
    /// septets for a peer that does not.
    pub fn octets(&self) -> Zeroizing<Vec<u8>> {
        let octets = match self.alphabet {
            Alphabet::Gsm7 => gsm::encode(&self.text),
            Alphabet::Ucs2 => None,
        };
        // A part is in UCS-2, or every character of it is in GSM.
        Zeroizing::new(octets.unwrap_or_else(|| utf16(&self.text)))
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (alphabet, units) = (self.alphabet, self.units);
        f.debug_struct("Part")
            .field("alphabet", &alphabet)
            .field("units", &units)
            .finish_non_exhaustive()
    }
}

/// Counts what a text takes without a header of the sender's own.
pub fn segments(text: &str) -> Segments {
    let measured = Measured::of(text);
    let capacity = measured.capacity(Layout::PLAIN).expect("a plain part holds any character");
    measured.segments(measured.cuts(capacity).count())
}

/// Counts what a text takes beside the headers of a layout.
///
/// # Errors
/// [`TooLong`] where [`split`] says so.
pub fn segments_in(text: &str, layout: Layout) -> Result<Segments, TooLong> {
    let measured = Measured::of(text);
    let parts = measured.linkable_cuts(layout)?.count();
    Ok(measured.segments(parts))
}

/// Cuts a text into the parts of one message, at least one. Joined, they are
/// the text in composed form.
///
/// # Errors
/// [`TooLong`] if the text does not fit into [`PARTS_MAX`] parts.
///
/// ```
/// use ringproof_verify::text::{Layout, split};
///
/// let parts = split(&"A".repeat(161), Layout::PLAIN)?;
/// let units: Vec<usize> = parts.iter().map(|part| part.units()).collect();
/// assert_eq!(units, [153, 8]);
/// assert!(split(&"A".repeat(153 * 255 + 1), Layout::PLAIN).is_err());
/// # Ok::<(), ringproof_verify::text::TooLong>(())
/// ```
pub fn split(text: &str, layout: Layout) -> Result<Vec<Part>, TooLong> {
    let measured = Measured::of(text);
    let alphabet = measured.alphabet;
    let part = |cut: &str| Part {
        alphabet,
        units: units_of(cut, alphabet),
        text: Zeroizing::new(cut.to_owned()),
    };
    Ok(measured.linkable_cuts(layout)?.map(part).collect())
}

/// Cuts binary content into the parts of one message, at least one.
///
/// # Errors
/// [`TooLong`] if it does not fit into [`PARTS_MAX`] parts.
pub fn split_data(data: &[u8], layout: Layout) -> Result<Vec<&[u8]>, TooLong> {
    if data.len() <= layout.octets_alone() {
        return Ok(vec![data]);
    }
    let linked = layout.octets_linked();
    if linked == 0 || data.len().div_ceil(linked) > PARTS_MAX {
        return Err(TooLong);
    }
    Ok(data.chunks(linked).collect())
}

/// A text in composed form, with what is known of it as a whole.
struct Measured<'a> {
    text: Cow<'a, str>,
    alphabet: Alphabet,
    units: usize,
}

impl<'a> Measured<'a> {
    fn of(text: &'a str) -> Self {
        let text = composed(text);
        let alphabet = Alphabet::of_composed(&text);
        let units = units_of(&text, alphabet);
        Self { text, alphabet, units }
    }

    fn segments(&self, parts: usize) -> Segments {
        Segments { alphabet: self.alphabet, units: self.units, parts }
    }

    /// Units in each part; `None` if not every character fits into one.
    fn capacity(&self, layout: Layout) -> Option<usize> {
        let alone = layout.units_alone(self.alphabet);
        if self.units <= alone {
            return Some(alone);
        }
        let linked = layout.units_linked(self.alphabet);
        (linked >= CHARACTER_UNITS_MAX).then_some(linked)
    }

    fn cuts(&self, capacity: usize) -> Cuts<'_> {
        Cuts { rest: Some(&self.text), alphabet: self.alphabet, capacity }
    }

    /// The cuts, if they are no more than can be linked.
    fn linkable_cuts(&self, layout: Layout) -> Result<Cuts<'_>, TooLong> {
        let capacity = self.capacity(layout).ok_or(TooLong)?;
        let is_linkable = self.cuts(capacity).nth(PARTS_MAX).is_none();
        is_linkable.then(|| self.cuts(capacity)).ok_or(TooLong)
    }
}

/// The parts of a text, each as full as it can be.
struct Cuts<'a> {
    /// `None` after the last part. Empty only for an empty text.
    rest: Option<&'a str>,
    alphabet: Alphabet,
    /// At least [`CHARACTER_UNITS_MAX`], or enough for the whole text.
    capacity: usize,
}

impl<'a> Iterator for Cuts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let mut units = 0;
        let end = rest.char_indices().find_map(|(index, character)| {
            units += self.alphabet.units(character);
            (units > self.capacity).then_some(index)
        });
        let (part, rest) = match end {
            Some(end) => (&rest[..end], Some(&rest[end..])),
            None => (rest, None),
        };
        self.rest = rest;
        Some(part)
    }
}

fn units_of(text: &str, alphabet: Alphabet) -> usize {
    text.chars().map(|character| alphabet.units(character)).sum()
}

fn utf16(text: &str) -> Vec<u8> {
    // A character takes at most two octets here for each in UTF-8.
    let mut octets = Vec::with_capacity(2 * text.len());
    octets.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str, layout: Layout) -> Vec<usize> {
        split(text, layout).unwrap().iter().map(Part::units).collect()
    }

    #[test]
    fn vectors() {
        let (plain, wide) = (Layout::PLAIN, Layout::PLAIN.with_wide_reference());
        assert_eq!(units(&"A".repeat(160), plain), [160]);
        assert_eq!(units(&"A".repeat(161), plain), [153, 8]);
        assert_eq!(units(&"A".repeat(161), wide), [152, 9]);
        let euro = format!("{}€{}", "A".repeat(152), "B".repeat(20));
        assert_eq!(units(&euro, plain), [152, 22]);
        assert_eq!(units(&"я".repeat(70), plain), [70]);
        assert_eq!(units(&"я".repeat(71), plain), [67, 4]);
        let face = format!("{}\u{1f600}{}", "я".repeat(66), "я".repeat(5));
        assert_eq!(units(&face, plain), [66, 7]);
        let lengths: Vec<usize> =
            split(&face, plain).unwrap().iter().map(|part| part.octets().len()).collect();
        assert_eq!(lengths, [132, 14]);
        let face = &split("\u{1f600}", plain).unwrap()[0];
        assert_eq!(
            (face.alphabet(), face.octets().as_slice()),
            (Alphabet::Ucs2, &[0xd8, 0x3d, 0xde, 0x00][..])
        );
        let code = &split("Код 42", plain).unwrap()[0];
        assert_eq!(
            code.octets().as_slice(),
            [0x04, 0x1a, 0x04, 0x3e, 0x04, 0x34, 0x00, 0x20, 0x00, 0x34, 0x00, 0x32]
        );
    }

    #[test]
    fn an_empty_text_is_one_empty_part() {
        let nothing = Segments { alphabet: Alphabet::Gsm7, units: 0, parts: 1 };
        assert_eq!(segments(""), nothing);
        assert_eq!(units("", Layout::PLAIN), [0]);
        assert_eq!(units("", Layout::with_header(140).unwrap()), [0]);
        assert_eq!(split_data(&[], Layout::PLAIN), Ok(vec![&[][..]]));
    }

    #[test]
    fn the_characters_cut_may_cost_a_part_more() {
        // 306 septets would fill two parts, but no cut fits an escape there.
        let text = format!("{}€{}", "A".repeat(152), "B".repeat(152));
        assert_eq!(segments(&text), Segments { alphabet: Alphabet::Gsm7, units: 306, parts: 3 });
    }

    #[test]
    fn the_end_of_the_format_is_the_end() {
        let full = "A".repeat(153 * PARTS_MAX);
        assert_eq!(segments_in(&full, Layout::PLAIN).unwrap().parts, 255);
        assert_eq!(split(&full, Layout::PLAIN).unwrap().len(), 255);
        let longer = format!("{full}A");
        assert_eq!(split(&longer, Layout::PLAIN), Err(TooLong));
        assert_eq!(segments_in(&longer, Layout::PLAIN), Err(TooLong));
        assert_eq!(segments(&longer).parts, 256);
        let data = vec![0; 134 * 255];
        assert_eq!(split_data(&data, Layout::PLAIN).unwrap().len(), 255);
        assert_eq!(split_data(&vec![0; 134 * 255 + 1], Layout::PLAIN), Err(TooLong));
    }

    #[test]
    fn a_header_may_leave_no_room() {
        let layout = Layout::with_header(138).unwrap();
        assert_eq!(units("AB", layout), [2]);
        assert_eq!(units("€", layout), [2]);
        assert_eq!(units("я", layout), [1]);
        for text in ["ABC", "€A", "яя", "\u{1f600}"] {
            assert_eq!(split(text, layout), Err(TooLong), "{text}");
            assert_eq!(segments_in(text, layout), Err(TooLong), "{text}");
        }
        assert_eq!(split_data(&[1, 2, 3], layout), Err(TooLong));
        assert_eq!(split_data(&[1, 2], layout), Ok(vec![&[1, 2][..]]));
    }

    #[test]
    fn binary_content_is_cut_at_octets() {
        let data: Vec<u8> = (0..=140).collect();
        assert_eq!(split_data(&data[..140], Layout::PLAIN).unwrap(), [&data[..140]]);
        assert_eq!(split_data(&data, Layout::PLAIN).unwrap(), [&data[..134], &data[134..]]);
        let ports = Layout::with_header(7).unwrap();
        assert_eq!(split_data(&data, ports).unwrap(), [&data[..128], &data[128..]]);
    }

    #[test]
    fn a_part_shows_no_text() {
        let part = &split("Your code is 123456", Layout::PLAIN).unwrap()[0];
        assert_eq!(part.text(), "Your code is 123456");
        assert_eq!(format!("{part:?}"), "Part { alphabet: Gsm7, units: 19, .. }");
    }
}
