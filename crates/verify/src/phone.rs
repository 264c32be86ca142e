//! Phone numbers in canonical form (E.164).

mod national;

use std::fmt;
use std::str::FromStr;

pub use grouping::Grouping;

mod format;
mod grouping;

/// A phone number: `+`, then 7 to 15 digits, the first not `0`.
///
/// Canonical (S-44): two spellings of one number are equal values, so that a
/// throttle cannot be dodged by spelling. `Debug` and [`PhoneNumber::masked`]
/// never show the whole number; only [`PhoneNumber::as_e164`] does.
///
/// The number is not checked against national plans: the documents of the
/// family themselves use numbers that no plan assigns (`verigator-api.md` 5.7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber {
    /// ASCII: `+` and the digits, padded with zero bytes.
    text: [u8; 16],
    len: u8,
}

impl PhoneNumber {
    /// Reads a number as integrators write it: blanks, tabs, `-`, `.`, `_` and
    /// parentheses are removed, a leading `00` becomes `+`, a missing `+` is
    /// added unless the first digit is `0`. The `(0)` of `+44 (0)77…`, which is
    /// dialled at home only, is left out: without that, every number would have
    /// a second spelling with limits of its own. `None` for everything else,
    /// look-alike digits of other scripts and invisible characters included.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut text = [0_u8; 18];
        let mut len = 0;
        let mut rest = typed.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'(' if tail.starts_with(b"0)") && is_calling_code(&text[..len]) => {
                    rest = &tail[2..];
                    continue;
                }
                b' ' | b'\t' | b'-' | b'.' | b'_' | b'(' | b')' => continue,
                b'+' if len == 0 => {}
                b'0'..=b'9' => {}
                _ => return None,
            }
            *text.get_mut(len)? = byte;
            len += 1;
        }
        let text = &text[..len];
        let digits = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"00")).unwrap_or(text);
        Self::from_digits(digits)
    }

    fn from_digits(digits: &[u8]) -> Option<Self> {
        if !(7..=15).contains(&digits.len()) || digits[0] == b'0' {
            return None;
        }
        let mut text = [0_u8; 16];
        text[0] = b'+';
        text[1..=digits.len()].copy_from_slice(digits);
        let len = u8::try_from(digits.len() + 1).ok()?;
        Some(Self { text, len })
    }

    /// The number, `+` and digits.
    pub fn as_e164(&self) -> &str {
        std::str::from_utf8(&self.text[..usize::from(self.len)])
            .expect("the constructor takes ASCII only")
    }

    /// The number for logs (S-106): the first four characters and the last
    /// two digits, the rest hidden, as in `+372•••••23`.
    pub fn masked(&self) -> String {
        let text = self.as_e164();
        let hidden = text.len().saturating_sub(6);
        format!("{}{}{}", &text[..4], "•".repeat(hidden), &text[text.len() - 2..])
    }

    /// Whether the number begins with a calling code that is assigned to
    /// somebody: a country, or a network of no country.
    pub fn has_calling_code(&self) -> bool {
        rlibphonenumber::PhoneNumber::from_str(self.as_e164()).is_ok()
    }

    /// How many of the digits are the calling code, one to three. Every number
    /// has one: what is no code of one or two digits is taken for one of three.
    pub(crate) fn calling_code_digits(&self) -> usize {
        let text = &self.text[..usize::from(self.len)];
        (1..3).find(|digits| is_calling_code(&text[..=*digits])).unwrap_or(3)
    }

    /// The country that the number belongs to, or `None` where its calling
    /// code is not assigned. An unassigned number below a code that several
    /// countries share belongs to the country that leads the code.
    pub fn country(&self) -> Option<Country> {
        let number = rlibphonenumber::PhoneNumber::from_str(self.as_e164()).ok()?;
        if let Some(region) = number.get_region_code() {
            return Country::parse(region.as_region_str().as_str());
        }
        let code = number.country_code;
        let (_, leader) = SHARED_CODES.iter().find(|(shared, _)| *shared == code)?;
        Country::parse(leader)
    }
}

/// Whether this is a whole calling code, with `+`, `00` or neither before it.
/// Codes have one to three digits, and none begins with another (ITU-T E.164).
fn is_calling_code(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"00")).unwrap_or(text);
    let has_two_digits = |a: &u8, b: &u8| {
        let second: &[u8] = match a {
            b'2' => b"07",
            b'3' => b"0123469",
            b'4' => b"013456789",
            b'5' => b"12345678",
            b'6' => b"0123456",
            b'8' => b"1246",
            b'9' => b"0123458",
            _ => b"",
        };
        second.contains(b)
    };
    match digits {
        [b'1' | b'7'] => true,
        [a, b] => has_two_digits(a, b),
        [b'0' | b'1' | b'7', _, _] => false,
        [a, b, _] => !has_two_digits(a, b),
        _ => false,
    }
}

/// Calling codes that several countries share, each with the country that
/// leads it (ITU-T E.164, list of assigned country codes).
const SHARED_CODES: [(i32, &str); 12] = [
    (1, "US"),
    (7, "RU"),
    (39, "IT"),
    (44, "GB"),
    (47, "NO"),
    (61, "AU"),
    (212, "MA"),
    (262, "RE"),
    (290, "SH"),
    (358, "FI"),
    (590, "GP"),
    (599, "CW"),
];

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// A country by its ISO 3166-1 code of two letters, or a calling code of no
/// country as the numbering library names it (`001`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two ASCII letters, in either case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }

    /// The calling code of the country, `372` for Estonia; `None` for letters
    /// that are no country's.
    pub fn calling_code(&self) -> Option<u16> {
        let region = rlibphonenumber::Region::from_str(self.as_str()).ok()?;
        let code = rlibphonenumber::PHONE_NUMBER_UTIL.get_country_code_for_region(region)?;
        u16::try_from(code).ok()
    }

    /// The two capital letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the constructor takes ASCII only")
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The countries an account may send to (D-31).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Countries {
    /// Every country, and numbers of none.
    All,
    /// These only.
    Listed(Vec<Country>),
}

impl Countries {
    /// Whether a number of `country` may be sent to. A number whose country
    /// is not known is allowed only by [`Countries::All`].
    pub fn allow(&self, country: Option<Country>) -> bool {
        match (self, country) {
            (Self::All, _) => true,
            (Self::Listed(listed), Some(country)) => listed.contains(&country),
            (Self::Listed(_), None) => false,
        }
    }

    /// As [`Countries::allow`]; asks for the country only if it matters.
    pub(crate) fn allow_lazily(&self, country: impl FnOnce() -> Option<Country>) -> bool {
        matches!(self, Self::All) || self.allow(country())
    }

    /// Reads `all` or a list such as `EE,FI`; the error is the entry that is
    /// no country code.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let mut listed = Vec::new();
        for entry in text.split(',') {
            let country = Country::parse(entry.trim()).ok_or_else(|| entry.trim().to_owned())?;
            if !listed.contains(&country) {
                listed.push(country);
            }
        }
        Ok(Self::Listed(listed))
    }
}

impl fmt::Display for Countries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Listed(listed) => {
                let names: Vec<&str> = listed.iter().map(Country::as_str).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_number_are_one_number() {
        let number = PhoneNumber::parse("+37255500125").unwrap();
        for spelling in [
            "+372 5550-0125",
            "0037255500125",
            "37255500125",
            " (372) 5550.0125 ",
            "+372_5550_0125",
            "00372\t55500125",
        ] {
            assert_eq!(PhoneNumber::parse(spelling), Some(number), "{spelling}");
        }
        assert_eq!(number.as_e164(), "+37255500125");
    }

    #[test]
    fn a_zero_in_parentheses_right_after_the_calling_code_is_left_out() {
        for (typed, expected) in [
            ("+44 (0)7700 900123", "+447700900123"),
            ("+44(0)7700900123", "+447700900123"),
            ("0044 (0) 7700 900123", "+447700900123"),
            ("44 (0)7700 900123", "+447700900123"),
            ("(+44) (0)7700 900123", "+447700900123"),
            ("+44-(0)-7700-900123", "+447700900123"),
            ("+372 (0)55500125", "+37255500125"),
            ("+1 (0)2025550123", "+12025550123"),
            ("+7(0)9991234567", "+79991234567"),
            ("+39 (0)6 12345678", "+39612345678"),
            ("+39 06 12345678", "+390612345678"),
            // Any other zero is a digit like all others.
            ("+44 07700 900123", "+4407700900123"),
            ("+44 (07)700 900123", "+4407700900123"),
            ("+44 ( 0)7700 900123", "+4407700900123"),
            ("+44 77 (0)0 900123", "+447700900123"),
            ("+37 (0)55500125", "+37055500125"),
            ("+3725 (0)5500125", "+372505500125"),
        ] {
            let number = PhoneNumber::parse(typed);
            assert_eq!(number.as_ref().map(PhoneNumber::as_e164), Some(expected), "{typed}");
        }
        assert_eq!(PhoneNumber::parse("(0)37255500125"), None);
        assert_eq!(PhoneNumber::parse("+(0)37255500125"), None);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for typed in [
            "",
            "+",
            "0123",
            "abc",
            "+0123456789",
            "+123456",
            "+1234567890123456",
            "++37255500123",
            "372+55500123",
            "+3725550012\u{0663}",
            "+372555\u{200b}00123",
            "+37255500123;ext=1",
            "000037255500123",
            "+37255500123,+37255500124",
            "1234567890123456789012345",
        ] {
            assert_eq!(PhoneNumber::parse(typed), None, "{typed}");
        }
        assert!(PhoneNumber::parse("+1234567").is_some());
        assert!(PhoneNumber::parse("+123456789012345").is_some());
        assert!(PhoneNumber::parse("00123456789012345").is_some());
    }

    #[test]
    fn logs_see_four_characters_and_two_digits() {
        let number = PhoneNumber::parse("+12025550123").unwrap();
        assert_eq!(number.masked(), "+120••••••23");
        assert_eq!(format!("{number:?}"), "+120••••••23");
    }

    #[test]
    fn countries_are_told_apart_below_a_shared_code() {
        let country = |e164: &str| PhoneNumber::parse(e164).unwrap().country();
        assert_eq!(country("+37255500123"), Country::parse("ee"));
        assert_eq!(country("+447700900123"), Country::parse("GB"));
        assert_eq!(country("+12025550123"), Country::parse("US"));
        assert_eq!(country("+14165550123"), Country::parse("CA"));
        assert_eq!(country("+9991234567"), None);
        let is_assigned = |e164: &str| PhoneNumber::parse(e164).unwrap().has_calling_code();
        assert!(is_assigned("+37255500123") && is_assigned("+870773123456"));
        assert!(!is_assigned("+9991234567"));
        let code = |letters: &str| Country::parse(letters).unwrap().calling_code();
        assert_eq!((code("EE"), code("US"), code("ZZ")), (Some(372), Some(1), None));
        let estonia = Countries::parse("EE, ee").unwrap();
        assert!(estonia.allow(country("+37255500123")));
        assert!(!estonia.allow(country("+447700900123")));
        assert!(!estonia.allow(None));
        assert!(Countries::All.allow(None));
        assert_eq!(Countries::parse("EE,nowhere"), Err("nowhere".to_owned()));
        assert_eq!(estonia.to_string(), "EE");
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_canonical_and_stays_itself(typed in "[+0-9 ().\t_-]{0,24}|.{0,24}") {
            if let Some(number) = PhoneNumber::parse(&typed) {
                let e164 = number.as_e164();
                prop_assert!(e164.starts_with('+') && !e164.starts_with("+0"));
                prop_assert!((8..=16).contains(&e164.len()));
                prop_assert!(e164[1..].bytes().all(|b| b.is_ascii_digit()));
                prop_assert_eq!(PhoneNumber::parse(e164), Some(number));
            }
        }
    }
}
