//! Strings of the wire, and reading them from a slice.
//!
//! SMPP calls a string that ends with a NUL a *C-octet string* (SMPP 3.4
//! §3.1). What peers put into one is not always text, so it stays bytes.

use std::fmt;

use crate::limits::STRING_OCTETS_MAX;

/// A string of the wire without its NUL: at most 255 octets, none of them 0.
///
/// `Debug` and `Display` show printable ASCII as it is and the rest escaped.
///
/// ```
/// use ringproof_smpp::OctetString;
///
/// assert_eq!(OctetString::new("acct")?.as_bytes(), b"acct");
/// assert_eq!(OctetString::new(*b"\xfcber")?.to_string(), r"\xfcber");
/// assert!(OctetString::new("two\0words").is_err());
/// assert!(OctetString::new([b'a'; 256]).is_err());
/// # Ok::<(), ringproof_smpp::octets::NotAString>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct OctetString(Vec<u8>);

/// Bytes that no C-octet string can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAString {
    /// A NUL would end the string early.
    #[error("a string of the wire holds no NUL")]
    HoldsNul,
    /// No peer takes so much.
    #[error("a string of the wire has at most {STRING_OCTETS_MAX} octets, not {octets}")]
    TooLong {
        /// How long it is.
        octets: usize,
    },
}

impl OctetString {
    /// Nothing but the NUL.
    pub const EMPTY: Self = Self(Vec::new());

    /// A string to send.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, NotAString> {
        let bytes = bytes.into();
        if bytes.contains(&0) {
            return Err(NotAString::HoldsNul);
        }
        if bytes.len() > STRING_OCTETS_MAX {
            return Err(NotAString::TooLong { octets: bytes.len() });
        }
        Ok(Self(bytes))
    }

    /// The string at the beginning of what a peer sent: up to the first NUL,
    /// the end, or the longest that is kept.
    pub fn of_peer(bytes: &[u8]) -> Self {
        let until_nul = bytes.split(|octet| *octet == 0).next().unwrap_or_default();
        Self(until_nul[..until_nul.len().min(STRING_OCTETS_MAX)].to_vec())
    }

    /// Its octets, without the NUL.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its octets, without the NUL.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Whether there is nothing but the NUL.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many octets it has, the NUL not counted.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
        out.push(0);
    }
}

impl fmt::Display for OctetString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for OctetString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The name of a field that the slice ended before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) &'static str);

/// What is left of a slice. Nothing is read beyond its end.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(slice: &'a [u8]) -> Self {
        Self { rest: slice }
    }

    pub(crate) fn octet(&mut self, field: &'static str) -> Result<u8, Missing> {
        let (octet, rest) = self.rest.split_first().ok_or(Missing(field))?;
        self.rest = rest;
        Ok(*octet)
    }

    /// A string and its NUL. Without a NUL it is all that is left.
    pub(crate) fn string(&mut self, field: &'static str) -> Result<OctetString, Missing> {
        if self.rest.is_empty() {
            return Err(Missing(field));
        }
        Ok(self.string_or_end())
    }

    /// A string that peers leave out when it is empty and nothing follows.
    pub(crate) fn string_or_end(&mut self) -> OctetString {
        let string = OctetString::of_peer(self.rest);
        let end = self.rest.iter().position(|octet| *octet == 0);
        self.rest = end.and_then(|end| self.rest.get(end + 1..)).unwrap_or_default();
        string
    }

    /// That many octets, or the fewer that are left.
    pub(crate) fn at_most(&mut self, octets: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(octets.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Exactly that many octets, or none are taken.
    pub(crate) fn exactly(&mut self, octets: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(octets)?;
        self.rest = rest;
        Some(taken)
    }

    /// A number of 16 bits, big end first.
    pub(crate) fn number(&mut self) -> Option<u16> {
        let octets = self.exactly(2)?;
        Some(u16::from_be_bytes(octets.try_into().ok()?))
    }
}
