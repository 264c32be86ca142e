//! The GSM 03.38 alphabet (3GPP TS 23.038 §6.2.1): 127 characters of one
//! septet, and ten of the extension table that take two, an escape before
//! each.
//!
//! `Ç` is in it and `ç` is not; neither is the backtick; a form feed is.

/// Announces a character of the extension table.
pub const ESCAPE: u8 = 0x1b;

/// The default table; the index is the septet. The place of the escape is
/// held by U+001B, which is no character of the alphabet.
#[rustfmt::skip]
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// The extension table: the septet after the escape, and its character.
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// No septet: a place in [`LATIN`].
const NONE: u8 = 0xff;

/// The default table the other way, for characters up to U+00FF. Only the
/// Greek capitals lie beyond.
const LATIN: [u8; 256] = {
    let mut septets = [NONE; 256];
    let mut septet: u8 = 0;
    while septet < 128 {
        let character = BASIC[septet as usize] as usize;
        if character < septets.len() && septet != ESCAPE {
            septets[character] = septet;
        }
        septet += 1;
    }
    septets
};

/// How the alphabet writes one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Septets {
    /// A septet of the default table.
    One(u8),
    /// [`ESCAPE`] and this septet of the extension table.
    Escaped(u8),
}

impl Septets {
    /// 1 or 2.
    pub fn count(self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Escaped(_) => 2,
        }
    }
}

/// How the alphabet writes a character; `None` if it is not in there.
pub fn septets(character: char) -> Option<Septets> {
    let in_latin = LATIN.get(character as usize).copied().filter(|septet| *septet != NONE);
    let basic = in_latin.or_else(|| greek(character)).map(Septets::One);
    basic.or_else(|| {
        let found = EXTENSION.iter().find(|(_, known)| *known == character);
        found.map(|(septet, _)| Septets::Escaped(*septet))
    })
}

/// The Greek capitals that have no Latin look-alike stand at 0x10 to 0x1A.
fn greek(character: char) -> Option<u8> {
    let septets = 0x10..ESCAPE;
    if !('Γ'..='Ω').contains(&character) {
        return None;
    }
    septets.into_iter().find(|septet| BASIC[usize::from(*septet)] == character)
}

/// Whether the alphabet has a character.
pub fn is_in(character: char) -> bool {
    septets(character).is_some()
}

/// The septets of a text, one in each octet, as SMPP carries them with
/// `data_coding` 0; `None` if a character is not in the alphabet. The text is
/// taken as it stands, not composed.
pub fn encode(text: &str) -> Option<Vec<u8>> {
    // Two septets are the most, so nothing is moved while it grows.
    let mut out = Vec::with_capacity(2 * text.len());
    for character in text.chars() {
        match septets(character)? {
            Septets::One(septet) => out.push(septet),
            Septets::Escaped(septet) => out.extend([ESCAPE, septet]),
        }
    }
    Some(out)
}

/// The text of septets, one in each octet.
///
/// Reads anything, as the standard asks of a phone: a septet that is not in
/// the extension table is read from the default table; an escape before an
/// escape, or at the end, is a space. An octet above 0x7F is no septet and
/// becomes U+FFFD.
pub fn decode(septets: &[u8]) -> String {
    let mut out = String::with_capacity(2 * septets.len());
    let mut is_escaped = false;
    for septet in septets {
        if *septet == ESCAPE {
            if is_escaped {
                out.push(' ');
            }
            is_escaped = !is_escaped;
            continue;
        }
        let extended = EXTENSION.iter().find(|(known, _)| is_escaped && known == septet);
        let basic = BASIC.get(usize::from(*septet)).copied();
        is_escaped = false;
        out.push(match extended {
            Some((_, character)) => *character,
            None => basic.unwrap_or(char::REPLACEMENT_CHARACTER),
        });
    }
    if is_escaped {
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `delivery.md` 4.1, read by code point and not from ours.
    #[test]
    fn known_places_of_the_table() {
        let places = [
            (0x00, '\u{40}'),
            (0x01, '\u{a3}'),
            (0x09, '\u{c7}'),
            (0x0a, '\n'),
            (0x0b, '\u{d8}'),
            (0x0d, '\r'),
            (0x10, '\u{394}'),
            (0x11, '_'),
            (0x15, '\u{3a9}'),
            (0x1a, '\u{39e}'),
            (0x1e, '\u{df}'),
            (0x24, '\u{a4}'),
            (0x40, '\u{a1}'),
            (0x5f, '\u{a7}'),
            (0x60, '\u{bf}'),
            (0x7f, '\u{e0}'),
        ];
        for (septet, character) in places {
            assert_eq!(septets(character), Some(Septets::One(septet)), "{character:?}");
            assert_eq!(decode(&[septet]), character.to_string());
        }
    }

    #[test]
    fn every_septet_but_the_escape_has_one_character() {
        for septet in (0..128).filter(|septet| *septet != ESCAPE) {
            let text = decode(&[septet]);
            assert_eq!(encode(&text), Some(vec![septet]), "{septet:#x} {text:?}");
        }
        let characters = (0..=char::MAX as u32).filter_map(char::from_u32);
        assert_eq!(characters.filter(|character| is_in(*character)).count(), 127 + 10);
    }

    #[test]
    fn vectors() {
        let code: Vec<u8> = b"Your code is 123456".to_vec();
        assert_eq!(encode("Your code is 123456"), Some(code));
        assert_eq!(encode("€"), Some(vec![0x1b, 0x65]));
        assert_eq!(encode("{}"), Some(vec![0x1b, 0x28, 0x1b, 0x29]));
        assert_eq!(encode("\u{c}"), Some(vec![0x1b, 0x0a]));
        for other in ["ç", "`", "\u{1b}", "\t", "Α", "я"] {
            assert_eq!(encode(other), None, "{other:?}");
        }
    }

    #[test]
    fn foreign_septets_are_read_as_the_standard_says() {
        assert_eq!(decode(&[0x1b, 0x41]), "A");
        assert_eq!(decode(&[0x1b, 0x0d, 0x41]), "\rA");
        assert_eq!(decode(&[0x1b, 0x1b, 0x65]), " e");
        assert_eq!(decode(&[0x41, 0x1b]), "A ");
        assert_eq!(decode(&[0x1b, 0x1b, 0x1b, 0x65]), " €");
        assert_eq!(decode(&[0x80, 0xff, 0x41]), "\u{fffd}\u{fffd}A");
    }
}
