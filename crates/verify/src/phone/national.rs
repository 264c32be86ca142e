//! Numbers as persons write them at home.

use std::str::FromStr as _;

use rlibphonenumber::Region;

use super::{Country, PhoneNumber};
use crate::limits::NATIONAL_CHARS_MAX;

impl PhoneNumber {
    /// Reads a number as a person in `country` types it: with `+` or `00` before it
    /// it stands alone, as [`PhoneNumber::parse`] reads it; else it is a number of the
    /// country, with the digit that is dialled before it at home or without. `None`
    /// for what is no number of a length that the country has.
    pub fn parse_national(typed: &str, country: Country) -> Option<Self> {
        let bare = bare(typed)?;
        if bare.starts_with('+') || bare.starts_with("00") {
            return Self::parse(typed).or_else(|| Self::parse(&bare));
        }
        let region = Region::from_str(country.as_str()).ok()?;
        let number = rlibphonenumber::PhoneNumber::parse(&bare, Some(region)).ok()?;
        number.is_possible_with_reason().ok()?;
        Self::parse(&number.to_string())
    }
}

/// The digits, and a `+` before them, without what people and browsers put
/// between. `None` if there is anything else.
fn bare(typed: &str) -> Option<String> {
    let mut bare = String::with_capacity(NATIONAL_CHARS_MAX);
    for (place, sign) in typed.chars().enumerate() {
        match sign {
            _ if place >= NATIONAL_CHARS_MAX => return None,
            '0'..='9' => bare.push(sign),
            '+' if bare.is_empty() => bare.push(sign),
            ' ' | '\t' | '\u{a0}' | '\u{202f}' | '-' | '.' | '_' | '(' | ')' | '/' => {}
            _ => return None,
        }
    }
    Some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(typed: &str, country: &str) -> Option<String> {
        let number = PhoneNumber::parse_national(typed, Country::parse(country).unwrap());
        number.map(|number| number.as_e164().to_owned())
    }

    #[test]
    fn a_number_of_the_country_is_read_as_it_is_dialled_there() {
        for (typed, country, expected) in [
            ("5550 0123", "EE", "+37255500123"),
            ("07700 900123", "GB", "+447700900123"),
            ("7700 900123", "GB", "+447700900123"),
            ("(07700) 900-123", "GB", "+447700900123"),
            ("030/1234567", "DE", "+49301234567"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("06\u{a0}12\u{202f}34.56.78", "FR", "+33612345678"),
            ("8 912 345-67-89", "RU", "+79123456789"),
            ("(201) 555-0123", "US", "+12015550123"),
            ("1 201 555 0123", "US", "+12015550123"),
            // In Italy the zero belongs to the number.
            ("06 1234 5678", "IT", "+390612345678"),
            ("347 123 4567", "IT", "+393471234567"),
            // Without its plus, where it cannot be a number of the country.
            ("37255500123", "EE", "+37255500123"),
        ] {
            assert_eq!(parse(typed, country).as_deref(), Some(expected), "{typed} {country}");
        }
    }

    #[test]
    fn a_number_with_its_calling_code_is_of_its_own_country() {
        for (typed, expected) in [
            ("+37255500123", "+37255500123"),
            ("00372 5550 0123", "+37255500123"),
            (" (+44) (0)7700 900123", "+447700900123"),
            ("+44\u{a0}7700/900123", "+447700900123"),
        ] {
            for country in ["US", "IT", "EE"] {
                assert_eq!(parse(typed, country).as_deref(), Some(expected), "{typed} {country}");
            }
        }
    }

    #[test]
    fn anything_else_is_no_number() {
        for typed in [
            "",
            "0",
            "+",
            "5550",
            "5550 0123 5550 0123",
            "5550-0123x5",
            "5550;ext=1",
            "٥٥٥٠٠١٢٣",
            "+37255500199statusVERIFIED",
            "55500123+",
            &"5".repeat(200),
        ] {
            assert_eq!(parse(typed, "EE"), None, "{typed}");
        }
        assert_eq!(parse("55500123", "ZZ"), None, "no such country");
    }
}
