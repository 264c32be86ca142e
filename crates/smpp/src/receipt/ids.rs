//! The forms of a message id by which a receipt finds its message
//! (`delivery.md` 5.3).
//!
//! Peers name one message in two ways: decimal in the answer and hexadecimal
//! in the receipt, with zeros before it or without, in capitals or not.

use crate::limits::{ID_DECIMAL_DIGITS_MAX, ID_HEXADECIMAL_DIGITS_MAX, ID_INDEXED_OCTETS_MAX};

/// How a form comes from the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdRule {
    /// As it came, its first 128 octets.
    Exact,
    /// Without blanks around it, in small letters.
    Trimmed,
    /// That without the zeros before it.
    WithoutZeros,
    /// The decimal number in hexadecimal.
    Hexadecimal,
    /// The hexadecimal number in decimal.
    Decimal,
}

/// One form of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdForm {
    /// How it comes from the id.
    pub rule: IdRule,
    /// The form itself.
    pub octets: Vec<u8>,
}

/// The forms of an id in the order in which they are looked up, each once.
/// Two ids may mean one message if a form of one is a form of the other.
///
/// ```
/// use ringproof_smpp::receipt::{IdRule, id_forms};
///
/// let forms = id_forms(b"0000001A2B");
/// let found = forms.iter().find(|form| form.octets == b"6699").map(|form| form.rule);
/// assert_eq!(found, Some(IdRule::Decimal));
/// assert!(id_forms(b"").is_empty());
/// ```
pub fn id_forms(id: &[u8]) -> Vec<IdForm> {
    let exact = &id[..id.len().min(ID_INDEXED_OCTETS_MAX)];
    let trimmed = trim(exact).to_ascii_lowercase();
    let bare = without_zeros(&trimmed).to_vec();
    let hexadecimal = decimal_number(&bare).map(|number| format!("{number:x}").into_bytes());
    let decimal = hexadecimal_number(&bare).map(|number| number.to_string().into_bytes());
    let all = [
        (IdRule::Exact, Some(exact.to_vec())),
        (IdRule::Trimmed, Some(trimmed)),
        (IdRule::WithoutZeros, Some(bare)),
        (IdRule::Hexadecimal, hexadecimal),
        (IdRule::Decimal, decimal),
    ];
    let mut forms: Vec<IdForm> = Vec::with_capacity(all.len());
    for (rule, octets) in all {
        let octets = octets.filter(|octets| !octets.is_empty());
        let octets = octets.filter(|octets| forms.iter().all(|form| form.octets != *octets));
        forms.extend(octets.map(|octets| IdForm { rule, octets }));
    }
    forms
}

/// Without blanks and NULs around it.
pub(super) fn trim(octets: &[u8]) -> &[u8] {
    let is_kept = |octet: &u8| !super::is_blank(*octet);
    let Some(first) = octets.iter().position(is_kept) else { return &[] };
    let last = octets.iter().rposition(is_kept).unwrap_or(first);
    &octets[first..=last]
}

/// Without the zeros before it; one stays of nothing but zeros.
fn without_zeros(octets: &[u8]) -> &[u8] {
    let first = octets.iter().position(|octet| *octet != b'0');
    &octets[first.unwrap_or(octets.len().saturating_sub(1))..]
}

fn decimal_number(digits: &[u8]) -> Option<u128> {
    let is_number = digits.len() <= ID_DECIMAL_DIGITS_MAX && digits.iter().all(u8::is_ascii_digit);
    number(digits, 10).filter(|_| is_number)
}

fn hexadecimal_number(digits: &[u8]) -> Option<u128> {
    let is_number =
        digits.len() <= ID_HEXADECIMAL_DIGITS_MAX && digits.iter().all(u8::is_ascii_hexdigit);
    number(digits, 16).filter(|_| is_number)
}

fn number(digits: &[u8], radix: u32) -> Option<u128> {
    u128::from_str_radix(str::from_utf8(digits).ok()?, radix).ok()
}
