//! What becomes of a message text on its way into short messages.
//!
//! A text goes out in the GSM alphabet if every character is in it, else in
//! UCS-2, which holds less than half as much. If it does not fit into one
//! short message it is cut into linked parts.
//!
//! * [`gsm`]: the alphabet; text to septets and back.
//! * [`packing`]: eight septets in seven octets.
//! * [`layout`]: how much fits beside a header.
//! * [`parts`]: counting and cutting. [`segments`] counts what [`split`] cuts.
//! * [`header`]: the header that links parts.
//! * [`convert`]: replacing characters by near ones of the GSM alphabet.
//!
//! Texts are counted and cut in the composed form of Unicode (NFC), so that
//! "e" with a separate accent is the "é" that the GSM alphabet has
//! (`delivery.md` 4.2). National language tables are not used.
//!
//! ```
//! use ringproof_verify::text::{Alphabet, Autoconvert, segments};
//!
//! let text = "It’s 5 o’clock – please call";
//! assert_eq!(segments(text).alphabet, Alphabet::Ucs2);
//! let plain = Autoconvert::On.apply(text);
//! assert_eq!(plain, "It's 5 o'clock - please call");
//! assert_eq!(segments(&plain).alphabet, Alphabet::Gsm7);
//! ```

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

pub mod convert;
pub mod gsm;
pub mod header;
pub mod layout;
pub mod packing;
pub mod parts;
mod replacements;

pub use convert::Autoconvert;
pub use layout::Layout;
pub use parts::{Part, Segments, TooLong, segments, segments_in, split, split_data};

/// In what a text is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// GSM 03.38: units are septets, and 160 of them fill a message.
    Gsm7,
    /// UTF-16, big end first: units have 16 bits, and 70 fill a message.
    Ucs2,
}

impl Alphabet {
    /// The alphabet that a text needs: GSM if it has every character of the
    /// composed text.
    pub fn of(text: &str) -> Self {
        Self::of_composed(&composed(text))
    }

    fn of_composed(text: &str) -> Self {
        if text.chars().all(gsm::is_in) { Self::Gsm7 } else { Self::Ucs2 }
    }

    /// Units that a character takes, 1 or 2: two septets for one of the
    /// extension table, two 16-bit units beyond the Basic Multilingual Plane.
    ///
    /// A character that the GSM alphabet has not counts one there; it is never
    /// asked about, since such a text goes out in UCS-2.
    fn units(self, character: char) -> usize {
        match self {
            Self::Gsm7 => gsm::septets(character).map_or(1, gsm::Septets::count),
            Self::Ucs2 => character.len_utf16(),
        }
    }
}

/// The composed form (NFC) of a text.
fn composed(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => {
            let mut composed = String::with_capacity(text.len());
            composed.extend(text.nfc());
            Cow::Owned(composed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_other_character_makes_the_text_ucs2() {
        for text in ["", "Your code is 123456", "Ünal à ñ €{}\u{c}", "ΔΦΓΛΩΠΨΣΘΞ"] {
            assert_eq!(Alphabet::of(text), Alphabet::Gsm7, "{text}");
        }
        for text in ["õ", "ç", "`", "Код", "Your code is 123456\u{a0}", "\t", "\u{1b}", "😀"]
        {
            assert_eq!(Alphabet::of(text), Alphabet::Ucs2, "{text}");
        }
    }

    #[test]
    fn the_alphabet_is_that_of_the_composed_text() {
        // A letter with a separate mark, and the signs of ohm and ångström.
        for text in ["e\u{301}", "\u{2126}", "\u{212b}"] {
            assert_eq!(Alphabet::of(text), Alphabet::Gsm7, "{text:?}");
        }
        assert_eq!(Alphabet::of("o\u{303}"), Alphabet::Ucs2);
    }
}
