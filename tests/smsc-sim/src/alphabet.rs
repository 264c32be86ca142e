//! What the octets of a text say, by `data_coding`. The table is written down
//! again on purpose: one shared with the sender would agree with its mistakes.

/// GSM 03.38, index = code (`delivery.md` 4.1).
const DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                       ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPE: u8 = 0x1B;
const LATIN1: u8 = 3;
const UCS2: u8 = 8;

/// Decodes a text; what has no meaning becomes U+FFFD.
pub(crate) fn decode(octets: &[u8], data_coding: u8) -> String {
    match data_coding {
        UCS2 => {
            let units = octets.chunks(2).map(|pair| match *pair {
                [high, low] => u16::from_be_bytes([high, low]),
                _ => 0xFFFD,
            });
            let characters = char::decode_utf16(units);
            characters.map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        LATIN1 => octets.iter().map(|octet| char::from(*octet)).collect(),
        _ => default(octets),
    }
}

fn default(octets: &[u8]) -> String {
    let mut text = String::new();
    let mut is_escaped = false;
    for octet in octets {
        if is_escaped {
            text.push(extension(*octet));
            is_escaped = false;
        } else if *octet == ESCAPE {
            is_escaped = true;
        } else {
            let character = DEFAULT.chars().nth(usize::from(*octet));
            text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
    text
}

fn extension(octet: u8) -> char {
    match octet {
        0x0A => '\u{c}',
        0x14 => '^',
        0x28 => '{',
        0x29 => '}',
        0x2F => '\\',
        0x3C => '[',
        0x3D => '~',
        0x3E => ']',
        0x40 => '|',
        0x65 => '€',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Octets and `data_coding` of a text: UCS-2 for all that is not ASCII.
pub(crate) fn encode(text: &str) -> (Vec<u8>, u8) {
    if text.is_ascii() {
        (text.as_bytes().to_vec(), 0)
    } else {
        (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), UCS2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_by_their_coding() {
        assert_eq!(DEFAULT.chars().count(), 128);
        assert_eq!(decode(&[0x00, 0x02, 0x41, 0x1B, 0x65, 0x7F, 0x80], 0), "@$A€à\u{fffd}");
        assert_eq!(decode(&[0xE9, 0x40], 3), "é@");
        assert_eq!(decode(&[0x04, 0x1A, 0xD8, 0x3D, 0xDE, 0x00, 0x41], 8), "К😀\u{fffd}");
        assert_eq!(encode("ж"), (vec![0x04, 0x36], 8));
    }
}
