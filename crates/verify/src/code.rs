//! Codes: the digits that we make, and the digits that a person enters.

use std::fmt;

use zeroize::Zeroizing;

use crate::entropy::{Entropy, draw};
use crate::limits::{ENTERED_CODE_CHARS_MAX, RECOVERY_CODE_CHARS};

/// How many digits a code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLength(u8);

impl CodeLength {
    /// The default: six digits (D-1).
    pub const DEFAULT: Self = Self(6);

    /// The shortest that any profile allows (D-1, profile `legacy-short`).
    pub const SHORTEST: Self = Self(4);

    /// Whether it is shorter than what may authenticate (S-2).
    pub const fn is_short(self) -> bool {
        self.0 < Self::DEFAULT.0
    }

    /// Accepts 4 to 16 digits, the widest range any profile of D-1 knows; the
    /// policy narrows it. Anything else gives `None`.
    pub fn new(digits: u8) -> Option<Self> {
        (4..=16).contains(&digits).then_some(Self(digits))
    }

    /// The number of digits.
    pub const fn digits(self) -> u8 {
        self.0
    }

    /// The smallest code of this length; with [`CodeLength::codes`] from here
    /// on, no code begins with `0`.
    const fn lowest(self) -> u64 {
        10_u64.pow(self.0 as u32 - 1)
    }

    /// How many codes of this length there are: 900,000 of six digits.
    const fn codes(self) -> u64 {
        self.lowest() * 9
    }

    /// What one wrong guess costs against one acceptable code, in thousandths
    /// of a unit; one unit is a one-in-a-million chance (security.md 3.1, with
    /// the number of codes of design "Settled" 6). Rounded up, so that a
    /// budget never grants more chance than it says: six digits cost 1,112.
    pub fn guess_cost_milliunits(self) -> u32 {
        u32::try_from(1_000_000_000_u64.div_ceil(self.codes())).unwrap_or(u32::MAX)
    }
}

/// A code that we made. Cannot be printed; wiped when dropped.
#[derive(Clone)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// Makes a code, uniform over all codes of `length` that do not begin
    /// with `0` (S-1; design "Settled" 6: clients pass it as a number).
    ///
    /// Draws 64-bit numbers and rejects those above the largest multiple of
    /// the range, so that no code is likelier than another.
    pub fn generate(length: CodeLength, entropy: &mut dyn Entropy) -> Self {
        let (lowest, range) = (length.lowest(), length.codes());
        let limit = u64::MAX - u64::MAX % range;
        loop {
            let drawn = u64::from_le_bytes(draw(entropy));
            if drawn < limit {
                return Self(Zeroizing::new((lowest + drawn % range).to_string()));
            }
        }
    }

    /// Takes digits that were unsealed from a record.
    pub(crate) fn from_sealed(digits: String) -> Self {
        Self(Zeroizing::new(digits))
    }

    /// The digits, for the message text and the keyed digest.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// What a person entered, made comparable: ASCII blanks and hyphens removed.
/// It may hold other things than digits; then it simply equals no code.
#[derive(Clone)]
pub struct EnteredCode(Zeroizing<String>);

impl EnteredCode {
    /// Reads what was typed. `None` if nothing or more than 16 characters
    /// remain (`verigator-api.md` 5.12).
    pub fn parse(typed: &str) -> Option<Self> {
        let mut kept = Zeroizing::new(String::with_capacity(ENTERED_CODE_CHARS_MAX * 4));
        for (count, c) in typed.chars().filter(|c| !matches!(c, ' ' | '-')).enumerate() {
            if count == ENTERED_CODE_CHARS_MAX {
                return None;
            }
            kept.push(c);
        }
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// As [`EnteredCode::parse`], for a door where what can be no code is a
    /// wrong one and costs an attempt (`number-verification-api.md` 4.2).
    pub fn parse_or_wrong(typed: &str) -> Self {
        // No code holds anything but digits.
        Self::parse(typed).unwrap_or_else(|| Self(Zeroizing::new("?".to_owned())))
    }

    /// Reads a recovery code in either case; blanks and hyphens do not matter.
    /// `None` for what cannot be one.
    pub fn parse_recovery(typed: &str) -> Option<Self> {
        let mut kept = Zeroizing::new(String::with_capacity(RECOVERY_CODE_CHARS));
        for c in typed.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let c = c.to_ascii_uppercase();
            if !matches!(c, 'A'..='Z' | '2'..='7') || kept.len() == RECOVERY_CODE_CHARS {
                return None;
            }
            kept.push(c);
        }
        (kept.len() == RECOVERY_CODE_CHARS).then_some(Self(kept))
    }

    /// Whether it has as many digits as a code of this length, and nothing else.
    pub fn is_of(&self, length: CodeLength) -> bool {
        let is_of_digits = self.0.bytes().all(|byte| byte.is_ascii_digit());
        is_of_digits && self.0.len() == usize::from(length.digits())
    }

    /// The characters, for the keyed digest.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EnteredCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnteredCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    /// Gives the bytes it was told, in order.
    struct Told(Vec<u8>);

    impl Entropy for Told {
        fn fill(&mut self, out: &mut [u8]) {
            let rest = self.0.split_off(out.len());
            out.copy_from_slice(&self.0);
            self.0 = rest;
        }
    }

    #[test]
    fn codes_have_the_asked_length_and_never_begin_with_zero() {
        let mut entropy = SeededEntropy::new(1);
        for digits in 4..=16 {
            let length = CodeLength::new(digits).unwrap();
            for _ in 0..2_000 {
                let code = Code::generate(length, &mut entropy);
                assert_eq!(code.expose().len(), usize::from(digits));
                assert!(code.expose().bytes().all(|b| b.is_ascii_digit()));
                assert_ne!(code.expose().as_bytes()[0], b'0');
            }
        }
    }

    #[test]
    fn what_was_typed_is_whole_or_not() {
        let is_of_six = |typed| EnteredCode::parse_or_wrong(typed).is_of(CodeLength::DEFAULT);
        assert!(is_of_six("123456") && is_of_six(" 123-456 "));
        for slip in ["", "12345", "1234567", "12345a", "12345٦", "12345678901234567"] {
            assert!(!is_of_six(slip), "{slip}");
        }
    }

    #[test]
    fn a_number_in_the_uneven_rest_is_rejected_and_drawn_again() {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.extend_from_slice(&7_u64.to_le_bytes());
        let code = Code::generate(CodeLength::DEFAULT, &mut Told(bytes));
        assert_eq!(code.expose(), "100007");
    }

    /// How uneven `counts` are: the standard deviations between their chi-square and the one to expect.
    fn unevenness(counts: &[u32]) -> f64 {
        let count = |n: usize| f64::from(u32::try_from(n).unwrap());
        let expected = counts.iter().map(|&n| f64::from(n)).sum::<f64>() / count(counts.len());
        let chi: f64 = counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
        let freedom = count(counts.len() - 1);
        (chi - freedom) / (2.0 * freedom).sqrt()
    }

    /// Ten million codes, as S-1 asks. Six deviations lie just beyond the 99.99 % points of chi-square, 31.8 and 33.7
    /// for 8 and 9 degrees of freedom.
    #[test]
    fn every_digit_is_equally_likely_at_every_position() {
        let mut entropy = SeededEntropy::new(20);
        let mut counts = [[0_u32; 10]; 6];
        for _ in 0..10_000_000 {
            let code = Code::generate(CodeLength::DEFAULT, &mut entropy);
            for (position, digit) in code.expose().bytes().enumerate() {
                counts[position][usize::from(digit - b'0')] += 1;
            }
        }
        for (position, row) in counts.iter().enumerate() {
            let possible = if position == 0 { &row[1..] } else { &row[..] };
            let unevenness = unevenness(possible);
            assert!(unevenness < 6.0, "position {position}: {unevenness} deviations");
        }
    }

    /// Digits may be even at each position and codes not.
    #[test]
    fn every_code_is_equally_likely() {
        let mut entropy = SeededEntropy::new(21);
        let mut counts = vec![0_u32; 9_000];
        for _ in 0..10_000_000 {
            let code = Code::generate(CodeLength::SHORTEST, &mut entropy);
            let code: usize = code.expose().parse().unwrap();
            counts[code - 1_000] += 1;
        }
        let unevenness = unevenness(&counts);
        // Too even is no chance either.
        assert!(unevenness.abs() < 4.0, "{unevenness} deviations");
        // Six deviations of 33.3 on either side of 1,111: by chance, one set of codes in 50,000 has a code beyond.
        assert!(counts.iter().all(|count| (911..=1_311).contains(count)));
    }

    #[test]
    fn a_guess_costs_what_the_arithmetic_says() {
        let cost = |digits| CodeLength::new(digits).unwrap().guess_cost_milliunits();
        assert_eq!((cost(4), cost(5), cost(6), cost(8)), (111_112, 11_112, 1_112, 12));
        assert_eq!(cost(16), 1);
        assert!(CodeLength::new(3).is_none() && CodeLength::new(17).is_none());
    }

    #[test]
    fn blanks_and_hyphens_do_not_matter_and_too_much_is_refused() {
        assert_eq!(EnteredCode::parse(" 12 34-56 ").unwrap().expose(), "123456");
        assert_eq!(EnteredCode::parse("abcdef").unwrap().expose(), "abcdef");
        assert!(EnteredCode::parse("").is_none());
        assert!(EnteredCode::parse(" - ").is_none());
        assert!(EnteredCode::parse(&"1".repeat(16)).is_some());
        assert!(EnteredCode::parse(&"1".repeat(17)).is_none());
    }

    #[test]
    fn a_code_never_prints() {
        let code = Code::generate(CodeLength::DEFAULT, &mut SeededEntropy::new(3));
        assert!(!format!("{code:?}").contains(code.expose()));
    }
}
