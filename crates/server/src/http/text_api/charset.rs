//! Message texts in the alphabets that the SMS API names (`sms-api.md` 3).
//!
//! The tables are our own: libraries that follow the Encoding Standard read
//! ISO-8859-1 as WINDOWS-1252 and give a control character where a byte is not
//! assigned, while here a byte that does not fit is refused.

/// An alphabet of one of the names in `charset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// `UTF-8` or `UTF8`, the default.
    Utf8,
    /// `US-ASCII`: seven bits.
    Ascii,
    /// `ISO-8859-1`. Bytes 80–9F are control characters, as that standard has it.
    Latin1,
    /// `ISO-8859-15`: the same with eight other characters, the euro sign among them.
    Latin9,
    /// `WINDOWS-1252`: Western European.
    Windows1252,
    /// `WINDOWS-1257`: Baltic.
    Windows1257,
}

impl Charset {
    /// The alphabet of this name, in any letter case.
    pub fn named(name: &str) -> Option<Self> {
        const NAMES: [(&str, Charset); 7] = [
            ("UTF-8", Charset::Utf8),
            ("UTF8", Charset::Utf8),
            ("US-ASCII", Charset::Ascii),
            ("ISO-8859-1", Charset::Latin1),
            ("ISO-8859-15", Charset::Latin9),
            ("WINDOWS-1252", Charset::Windows1252),
            ("WINDOWS-1257", Charset::Windows1257),
        ];
        let found = NAMES.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, charset)| charset)
    }

    /// The text that these bytes are; `None` if one of them does not fit.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Self::Ascii | Self::Latin1 | Self::Latin9 | Self::Windows1252 | Self::Windows1257 => {
                bytes.iter().map(|byte| self.character(*byte)).collect()
            }
        }
    }

    /// The character of one byte, in the alphabets that have one byte each.
    fn character(self, byte: u8) -> Option<char> {
        if byte.is_ascii() {
            return Some(char::from(byte));
        }
        match self {
            Self::Utf8 | Self::Ascii => None,
            Self::Latin1 => Some(char::from(byte)),
            Self::Latin9 => Some(latin9(byte)),
            Self::Windows1252 => match WINDOWS_1252.get(usize::from(byte - 0x80)) {
                Some(unit) => assigned(*unit),
                // From A0 on it is ISO-8859-1.
                None => Some(char::from(byte)),
            },
            Self::Windows1257 => assigned(WINDOWS_1257[usize::from(byte - 0x80)]),
        }
    }
}

fn latin9(byte: u8) -> char {
    match byte {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        other => char::from(other),
    }
}

/// 0 stands for a byte that is not assigned.
fn assigned(unit: u16) -> Option<char> {
    char::from_u32(u32::from(unit)).filter(|character| *character != '\0')
}

/// Bytes 80–9F.
#[rustfmt::skip]
const WINDOWS_1252: [u16; 32] = [
    0x20AC, 0x0000, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x0000, 0x017D, 0x0000,
    0x0000, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x0000, 0x017E, 0x0178,
];

/// Bytes 80–FF.
#[rustfmt::skip]
const WINDOWS_1257: [u16; 128] = [
    0x20AC, 0x0000, 0x201A, 0x0000, 0x201E, 0x2026, 0x2020, 0x2021,
    0x0000, 0x2030, 0x0000, 0x2039, 0x0000, 0x00A8, 0x02C7, 0x00B8,
    0x0000, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x0000, 0x2122, 0x0000, 0x203A, 0x0000, 0x00AF, 0x02DB, 0x0000,
    0x00A0, 0x0000, 0x00A2, 0x00A3, 0x00A4, 0x0000, 0x00A6, 0x00A7,
    0x00D8, 0x00A9, 0x0156, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x00C6,
    0x00B0, 0x00B1, 0x00B2, 0x00B3, 0x00B4, 0x00B5, 0x00B6, 0x00B7,
    0x00F8, 0x00B9, 0x0157, 0x00BB, 0x00BC, 0x00BD, 0x00BE, 0x00E6,
    0x0104, 0x012E, 0x0100, 0x0106, 0x00C4, 0x00C5, 0x0118, 0x0112,
    0x010C, 0x00C9, 0x0179, 0x0116, 0x0122, 0x0136, 0x012A, 0x013B,
    0x0160, 0x0143, 0x0145, 0x00D3, 0x014C, 0x00D5, 0x00D6, 0x00D7,
    0x0172, 0x0141, 0x015A, 0x016A, 0x00DC, 0x017B, 0x017D, 0x00DF,
    0x0105, 0x012F, 0x0101, 0x0107, 0x00E4, 0x00E5, 0x0119, 0x0113,
    0x010D, 0x00E9, 0x017A, 0x0117, 0x0123, 0x0137, 0x012B, 0x013C,
    0x0161, 0x0144, 0x0146, 0x00F3, 0x014D, 0x00F5, 0x00F6, 0x00F7,
    0x0173, 0x0142, 0x015B, 0x016B, 0x00FC, 0x017C, 0x017E, 0x02D9,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_nothing_else_is() {
        for (name, charset) in [
            ("UTF-8", Charset::Utf8),
            ("utf8", Charset::Utf8),
            ("iso-8859-1", Charset::Latin1),
            ("Iso-8859-15", Charset::Latin9),
            ("windows-1252", Charset::Windows1252),
            ("WINDOWS-1257", Charset::Windows1257),
            ("us-ascii", Charset::Ascii),
        ] {
            assert_eq!(Charset::named(name), Some(charset), "{name}");
        }
        for name in ["", " ", "UTF-8 ", "UTF-16", "ASCII", "latin1", "CP1252", "ISO-8859-2"] {
            assert_eq!(Charset::named(name), None, "{name}");
        }
    }

    #[test]
    fn bytes_that_do_not_fit_are_refused() {
        for (charset, bytes, text) in [
            (Charset::Latin1, &b"\xF5"[..], Some("õ")),
            (Charset::Latin1, b"\x80\xA4", Some("\u{80}¤")),
            (Charset::Latin9, b"\xA4\xBE", Some("€Ÿ")),
            (Charset::Windows1252, b"\x80 \xA4", Some("€ ¤")),
            (Charset::Windows1252, b"ok \x81", None),
            (Charset::Windows1257, b"\xFE\xE0\xC8", Some("žąČ")),
            (Charset::Windows1257, b"\xA1", None),
            (Charset::Ascii, b"plain\0\x7F", Some("plain\0\u{7F}")),
            (Charset::Ascii, b"\x80", None),
            (Charset::Utf8, "tere õhtust ☕".as_bytes(), Some("tere õhtust ☕")),
            (Charset::Utf8, b"\xF5", None),
            (Charset::Utf8, b"\xC0\xAF", None),
            (Charset::Utf8, b"\xED\xA0\x80", None),
            (Charset::Ascii, b"", Some("")),
        ] {
            assert_eq!(charset.decode(bytes).as_deref(), text, "{charset:?} {bytes:?}");
        }
    }
}
