//! What is written is read again, and nothing is rounded on the way.

use proptest::prelude::*;
use ringproof_server::http::text_api::amount::{Amount, AmountError, UNITS_PER_EURO};

/// The largest amount that is read.
const UNITS_MAX: i64 = 1_000_000_000 * UNITS_PER_EURO;

proptest! {
    #[test]
    fn both_ways_of_writing_read_back(
        units in prop_oneof![-UNITS_MAX..=UNITS_MAX, -200_000..=200_000_i64],
    ) {
        let amount = Amount::from_units(units);
        prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        prop_assert_eq!(amount.with_five_decimals().parse(), Ok(amount));
    }

    #[test]
    fn the_short_form_has_two_to_five_decimals(units in any::<i64>()) {
        let text = Amount::from_units(units).to_string();
        let (euro, decimals) = text.split_once('.').unwrap();
        prop_assert!((2..=5).contains(&decimals.len()), "{}", text);
        prop_assert!(decimals.len() == 2 || !decimals.ends_with('0'), "{}", text);
        // In wide integers, by another way than the program's.
        let padded = format!("{decimals:0<5}");
        let value: i128 = format!("{euro}{padded}").parse().unwrap();
        prop_assert_eq!(value, i128::from(units));
    }

    #[test]
    fn any_text_is_read_exactly_or_refused(text in "-?[0-9]{0,22}[.,e ]?[0-9]{0,7}") {
        let Ok(amount) = text.parse::<Amount>() else { return Ok(()) };
        let (euro, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let value: i128 = format!("{euro}{decimals:0<5}").parse().unwrap();
        prop_assert_eq!(value, i128::from(amount.units()));
        prop_assert!(amount.units().abs() <= UNITS_MAX);
    }

    #[test]
    fn beyond_the_bound_is_refused(units in UNITS_MAX + 1..=i64::MAX) {
        let text = Amount::from_units(units).to_string();
        prop_assert_eq!(text.parse::<Amount>(), Err(AmountError::TooLarge));
        prop_assert_eq!(format!("-{text}").parse::<Amount>(), Err(AmountError::TooLarge));
    }
}
