//! Money as people write it: euro with up to five decimals. It is counted in whole 1/100,000 euro from the first
//! letter on; nothing is ever rounded.

/// Whole parts that make one euro.
const PARTS_PER_EURO: u64 = 100_000;

/// Decimals that the parts have.
const DECIMALS: usize = 5;

/// Reads an amount such as `12`, `0.06` or `-707.54321`.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let wrong = || {
        format!(
            "{text:?} is not an amount; write euro with up to five decimals, such as 25 or 0.06"
        )
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (euro, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(euro) || !is_number(decimals) || decimals.len() > DECIMALS {
        return Err(wrong());
    }
    let too_large = || format!("{text:?} is more than can be counted; give a smaller amount");
    let euro: i64 = euro.parse().map_err(|_| too_large())?;
    let decimals: i64 = format!("{decimals:0<DECIMALS$}").parse().map_err(|_| wrong())?;
    let parts = euro.checked_mul(PARTS_PER_EURO.cast_signed());
    let amount = parts.and_then(|parts| parts.checked_add(decimals)).ok_or_else(too_large)?;
    Ok(if text.starts_with('-') { -amount } else { amount })
}

/// Writes an amount with at least two and at most five decimals (`sms-api.md` 6).
pub(super) fn show(amount: i64) -> String {
    let mut text = show_price(amount);
    while text.ends_with('0') && !text[..text.len() - 2].ends_with('.') {
        text.pop();
    }
    text
}

/// Writes a price with five decimals (`sms-api.md` 8).
pub(super) fn show_price(amount: i64) -> String {
    let parts = amount.unsigned_abs();
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}.{:0DECIMALS$}", parts / PARTS_PER_EURO, parts % PARTS_PER_EURO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_last_part() {
        for (text, amount) in [
            ("0", 0),
            ("25", 2_500_000),
            ("+25.5", 2_550_000),
            ("0.06", 6_000),
            ("0.00001", 1),
            ("-707.54321", -70_754_321),
            ("92233720368547.75807", i64::MAX),
        ] {
            assert_eq!(parse(text), Ok(amount), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_what_to_write() {
        for text in ["", "-", ".5", "5.", "1,5", "1e3", "0.000001", "--5", "5 ", "€5", "٣", "1.2.3"]
        {
            let error = parse(text).unwrap_err();
            assert!(error.contains("write euro"), "{text:?}: {error}");
        }
        for text in ["92233720368547.75808", "99999999999999999999"] {
            assert!(parse(text).unwrap_err().contains("give a smaller amount"), "{text}");
        }
    }

    #[test]
    fn amounts_have_two_to_five_decimals_and_prices_five() {
        for (amount, text) in [
            (0, "0.00"),
            (70_754_000, "707.54"),
            (70_750_000, "707.50"),
            (6_200, "0.062"),
            (1, "0.00001"),
            (-150_000, "-1.50"),
            (i64::MIN, "-92233720368547.75808"),
        ] {
            assert_eq!(show(amount), text);
        }
        assert_eq!(show_price(6_000), "0.06000");
    }

    #[test]
    fn what_is_shown_is_read_again() {
        for amount in [0, 1, 99, 100_000, 70_754_321, -5, i64::MAX] {
            assert_eq!(parse(&show(amount)), Ok(amount));
            assert_eq!(parse(&show_price(amount)), Ok(amount));
        }
    }
}
