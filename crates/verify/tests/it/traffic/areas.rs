//! The areas of a number, and their text.

use proptest::prelude::*;
use ringproof_verify::phone::PhoneNumber;
use ringproof_verify::record::Area;

use super::{area, parsed};

fn of(number: &PhoneNumber) -> impl Iterator<Item = Area> {
    Area::of(number.country(), number)
}

#[test]
fn a_number_is_of_three_areas() {
    let areas: Vec<String> = of(&parsed("+37255501234")).map(|area| area.to_string()).collect();
    assert_eq!(areas, ["EE", "+3725550", "+37255501xxx"]);
    let areas: Vec<Area> = of(&parsed("+12025550123")).collect();
    assert_eq!(areas, ["US", "+12025", "+12025550xxx"].map(area));
}

#[test]
fn a_text_that_is_no_area_is_refused() {
    for text in [
        "",
        "E",
        "EST",
        "E1",
        "+",
        "+xxx",
        "xxx",
        "+xx",
        "37251234xxx",
        "+3725123x",
        "+3725123xxxx",
        "+ 3725123",
        "+3725123 ",
        "+-3725123",
        "++3725123",
        "+0123",
        "+0xxx",
        "+4294967296",
        "+18446744073709551616xxx",
        "+3725\u{661}23",
        "+3725123XXX",
    ] {
        assert!(text.parse::<Area>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn an_area_is_read_as_it_was_written(digits in 1_000_000_u64..99_999_999_999) {
        let number = parsed(&format!("+{}", digits.saturating_add(10_000_000)));
        for area in of(&number) {
            prop_assert_eq!(area.to_string().parse(), Ok(area));
        }
    }

    #[test]
    fn what_is_read_is_written_the_same(text in "\\+?[0-9a-zA-Z]{0,12}(xxx)?") {
        if let Ok(area) = text.parse::<Area>() {
            let expected = if text.starts_with('+') { text } else { text.to_ascii_uppercase() };
            prop_assert_eq!(area.to_string(), expected);
        }
    }
}
