//! Money as the SMS API writes it (`sms-api.md` 6, 8, 9), in whole numbers
//! throughout: one unit is 1/100,000 euro, the finest that a price is written in.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use super::limits::AMOUNT_EURO_MAX;

/// Units in one euro.
pub const UNITS_PER_EURO: i64 = 100_000;

/// Digits of a unit behind the decimal point.
const DECIMALS: usize = 5;

/// An amount of money in units of 1/100,000 euro. Shown with at least two and
/// at most five decimals, without currency or exponent: `707.54`, `0.0062`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i64);

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It is not written as one.
    #[error("must be digits with an optional decimal point, such as 10 or 10.50")]
    NotANumber,
    /// It is finer than a unit.
    #[error("must have at most 5 decimals")]
    TooFine,
    /// It is too large, either way.
    #[error("must be at most {AMOUNT_EURO_MAX}")]
    TooLarge,
}

impl Amount {
    /// So many units of 1/100,000 euro; may be negative.
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// The amount in units of 1/100,000 euro.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// With all five decimals, as JSON and XML prices are written: `0.06000`.
    pub fn with_five_decimals(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        let euro = UNITS_PER_EURO.unsigned_abs();
        format!("{sign}{}.{:0DECIMALS$}", units / euro, units % euro)
    }
}

impl Display for Amount {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.with_five_decimals();
        // Two decimals always stay.
        let (kept, fine) = text.split_at(text.len() - (DECIMALS - 2));
        write!(f, "{kept}{}", fine.trim_end_matches('0'))
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads what an operator typed: digits, at most one decimal point between
    /// digits, at most five decimals, a `-` in front for less than nothing. No
    /// blanks, no `+`, no separators, no exponent; nothing is rounded.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let is_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (euro, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        if !is_digits(euro) || !is_digits(decimals) {
            return Err(AmountError::NotANumber);
        }
        if decimals.len() > DECIMALS {
            return Err(AmountError::TooFine);
        }
        // A number that no i64 holds is larger than the bound as well.
        let euro: i64 = euro.parse().map_err(|_| AmountError::TooLarge)?;
        let decimals: i64 =
            format!("{decimals:0<DECIMALS$}").parse().map_err(|_| AmountError::NotANumber)?;
        let units = euro.checked_mul(UNITS_PER_EURO).and_then(|units| units.checked_add(decimals));
        let units = units
            .filter(|units| *units <= AMOUNT_EURO_MAX * UNITS_PER_EURO)
            .ok_or(AmountError::TooLarge)?;
        Ok(Self(if is_negative { -units } else { units }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_to_five_decimals_are_shown() {
        for (units, short, long) in [
            (70_754_000, "707.54", "707.54000"),
            (0, "0.00", "0.00000"),
            (1, "0.00001", "0.00001"),
            (620, "0.0062", "0.00620"),
            (6_000, "0.06", "0.06000"),
            (10_000, "0.10", "0.10000"),
            (100_000, "1.00", "1.00000"),
            (1_000_010, "10.0001", "10.00010"),
            (-1, "-0.00001", "-0.00001"),
            (-150_000, "-1.50", "-1.50000"),
            (i64::MAX, "92233720368547.75807", "92233720368547.75807"),
            (i64::MIN, "-92233720368547.75808", "-92233720368547.75808"),
        ] {
            let amount = Amount::from_units(units);
            assert_eq!(amount.to_string(), short);
            assert_eq!(amount.with_five_decimals(), long);
            assert_eq!(amount.units(), units);
        }
    }

    #[test]
    fn what_an_operator_types_is_read_exactly() {
        for (text, units) in [
            ("10", 1_000_000),
            ("10.5", 1_050_000),
            ("0.00001", 1),
            ("0", 0),
            ("-0", 0),
            ("0.1", 10_000),
            ("007.10", 710_000),
            ("-2.5", -250_000),
            ("-0.00001", -1),
            ("1000000000", 100_000_000_000_000),
            ("-1000000000.00000", -100_000_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Amount::from_units(units)), "{text}");
        }
    }

    #[test]
    fn what_is_no_exact_amount_is_refused() {
        use AmountError::{NotANumber, TooFine, TooLarge};
        for (text, error) in [
            ("", NotANumber),
            ("-", NotANumber),
            (".", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("+5", NotANumber),
            ("--5", NotANumber),
            ("1.-5", NotANumber),
            ("5,5", NotANumber),
            ("1 000", NotANumber),
            (" 1", NotANumber),
            ("1e3", NotANumber),
            ("1.2.3", NotANumber),
            ("٣", NotANumber),
            ("0x10", NotANumber),
            ("NaN", NotANumber),
            ("0.000001", TooFine),
            ("0.000000", TooFine),
            ("1000000000.00001", TooLarge),
            ("-1000000000.00001", TooLarge),
            ("92233720368548", TooLarge),
            ("9223372036854775808", TooLarge),
            ("99999999999999999999999999", TooLarge),
        ] {
            assert_eq!(text.parse::<Amount>(), Err(error), "{text}");
        }
    }
}
