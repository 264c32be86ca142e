//! What is written into the fields of source and destination (`delivery.md`
//! 3.5).
//!
//! | sender | TON | NPI |
//! | --- | --- | --- |
//! | letters or mixed, 1–11 characters | 5 | 0 |
//! | international number | 1 | 1 |
//! | short code, 3–7 digits | 3 | 0 |
//! | national number, where the gateway's profile has it | 2 | 1 |

use crate::address::{Address, TonNpi};
use crate::limits::{NUMBER_DIGITS_MAX, SENDER_CHARS_MAX, SHORT_CODE_DIGITS};
use crate::octets::OctetString;

/// The default table of GSM (3GPP TS 23.038 §6.2.1), by code. The place of the
/// escape holds itself.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                   ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// What `data_coding` 0 means at a peer, and so how it reads letters in a
/// sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DefaultAlphabet {
    /// The default table of GSM, an octet for a septet.
    #[default]
    Gsm,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
}

impl DefaultAlphabet {
    /// The octet of a character of the GSM table that is no control, if this
    /// alphabet has one that can stand in an address.
    fn octet(self, character: char) -> Option<u8> {
        let code = GSM.chars().position(|known| known == character)?;
        let code = u8::try_from(code).ok().filter(|_| !character.is_control())?;
        let octet = match self {
            Self::Gsm => Some(code),
            Self::Ascii => u8::try_from(character).ok().filter(u8::is_ascii),
            Self::Latin1 => u8::try_from(character).ok(),
        };
        // `@` is 0 in the GSM table, and a 0 ends the address.
        octet.filter(|octet| *octet != 0)
    }
}

/// Kind and plan of each sort of sender at a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceRules {
    /// Of letters.
    pub letters: TonNpi,
    /// Of numbers of at least eight digits.
    pub international: TonNpi,
    /// Of 3 to 7 digits. Some peers want 0/1 or 6/0.
    pub short_code: TonNpi,
    /// Of numbers of at least eight digits without `+`, where they are
    /// national ones.
    pub national: Option<TonNpi>,
    /// How letters are written.
    pub alphabet: DefaultAlphabet,
}

impl Default for SourceRules {
    fn default() -> Self {
        Self {
            letters: TonNpi::new(5, 0),
            international: TonNpi::new(1, 1),
            short_code: TonNpi::new(3, 0),
            national: None,
            alphabet: DefaultAlphabet::Gsm,
        }
    }
}

/// Kind and plan of destinations, where a peer wants no other. A few insist on
/// 0/1 or 0/0.
pub const DESTINATION: TonNpi = TonNpi::new(1, 1);

/// Why something cannot be an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefusal {
    /// There is nothing, or a sign only.
    #[error("an address has at least one character")]
    Empty,
    /// Phones show no longer sender of letters.
    #[error("a sender of letters has at most {SENDER_CHARS_MAX} characters")]
    TooManyCharacters,
    /// It is not in the default table of GSM, or not in the peer's alphabet.
    #[error("the peer cannot show {character:?} in a sender")]
    Character {
        /// The first such character.
        character: char,
    },
    /// Neither a letter nor a number.
    #[error("a sender that is no number has at least one letter")]
    NoLetter,
    /// Neither a short code nor a number: fewer than 3 digits, more than 15,
    /// or international with a 0 before it.
    #[error("no short code and no number")]
    NoNumber,
}

impl SourceRules {
    /// The address of a sender as the peer wants it.
    ///
    /// ```
    /// use ringproof_smpp::TonNpi;
    /// use ringproof_smpp::sender::{AddressRefusal, SourceRules};
    ///
    /// let rules = SourceRules::default();
    /// assert_eq!(rules.source("MyBrand")?.ton_npi, TonNpi::new(5, 0));
    /// assert_eq!(rules.source("+12025550123")?.octets.as_bytes(), b"12025550123");
    /// assert_eq!(rules.source("70007")?.ton_npi, TonNpi::new(3, 0));
    /// let at = rules.source("me@home").unwrap_err();
    /// assert_eq!(at, AddressRefusal::Character { character: '@' });
    /// # Ok::<(), AddressRefusal>(())
    /// ```
    pub fn source(&self, sender: &str) -> Result<Address, AddressRefusal> {
        let digits = sender.strip_prefix('+').unwrap_or(sender);
        if digits.is_empty() {
            return Err(AddressRefusal::Empty);
        }
        if !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return self.letters(sender);
        }
        let has_plus = digits.len() < sender.len();
        let national = self.national.filter(|_| !has_plus);
        let is_international = !digits.starts_with('0');
        let ton_npi = match digits.len() {
            count if SHORT_CODE_DIGITS.contains(&count) && !has_plus => self.short_code,
            count if count > *SHORT_CODE_DIGITS.end() && count <= NUMBER_DIGITS_MAX => national
                .or(is_international.then_some(self.international))
                .ok_or(AddressRefusal::NoNumber)?,
            _ => return Err(AddressRefusal::NoNumber),
        };
        Ok(Address { ton_npi, octets: OctetString::of_peer(digits.as_bytes()) })
    }

    fn letters(&self, sender: &str) -> Result<Address, AddressRefusal> {
        if sender.chars().nth(SENDER_CHARS_MAX).is_some() {
            return Err(AddressRefusal::TooManyCharacters);
        }
        let octet = |character| {
            self.alphabet.octet(character).ok_or(AddressRefusal::Character { character })
        };
        let octets = sender.chars().map(octet).collect::<Result<Vec<u8>, _>>()?;
        if !sender.chars().any(char::is_alphabetic) {
            return Err(AddressRefusal::NoLetter);
        }
        Ok(Address { ton_npi: self.letters, octets: OctetString::of_peer(&octets) })
    }
}

/// The address of a destination: an E.164 number, its `+` left out.
pub fn destination(number: &str, ton_npi: TonNpi) -> Result<Address, AddressRefusal> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if digits.is_empty() {
        return Err(AddressRefusal::Empty);
    }
    let is_number = digits.len() <= NUMBER_DIGITS_MAX
        && !digits.starts_with('0')
        && digits.bytes().all(|octet| octet.is_ascii_digit());
    if !is_number {
        return Err(AddressRefusal::NoNumber);
    }
    Ok(Address { ton_npi, octets: OctetString::of_peer(digits.as_bytes()) })
}
