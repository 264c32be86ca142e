//! No case is forgotten and none is there twice.

use std::ops::RangeInclusive;

/// Each section's cases and the text of its tests.
const SECTIONS: [(RangeInclusive<u32>, &str); 11] = [
    (1..=17, include_str!("section_1_authentication.rs")),
    (18..=40, include_str!("section_2_protocol.rs")),
    (41..=70, include_str!("section_3_services.rs")),
    (71..=106, include_str!("section_4_users.rs")),
    (107..=123, include_str!("section_5_start.rs")),
    (124..=155, include_str!("section_6_verify.rs")),
    (156..=198, include_str!("section_7_number_start.rs")),
    (199..=217, include_str!("section_8_number_pin.rs")),
    (218..=239, include_str!("section_9_widget.rs")),
    (240..=271, include_str!("section_10_sms.rs")),
    (272..=280, include_str!("section_11_reports.rs")),
];

#[test]
fn every_case_is_tested_once_and_in_its_section() {
    let mut missing = Vec::new();
    let mut doubled = Vec::new();
    for (range, source) in &SECTIONS {
        let tested = tested_cases(source);
        let strays: Vec<_> = tested.iter().filter(|case| !range.contains(case)).collect();
        assert!(strays.is_empty(), "cases {strays:?} do not belong to section {range:?}");
        for case in range.clone() {
            let times = tested.iter().filter(|number| **number == case).count();
            match times {
                0 => missing.push(case),
                1 => {}
                _ => doubled.push(case),
            }
        }
    }
    assert!(
        missing.is_empty() && doubled.is_empty(),
        "missing: {missing:?}; more than once: {doubled:?}"
    );
}

/// Gives the numbers of all functions `case_NNN_…` that are tests and run.
fn tested_cases(source: &str) -> Vec<u32> {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let mut cases = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(number) = line.strip_prefix("fn case_").and_then(|name| name.get(..3)) else {
            continue;
        };
        assert_eq!(lines[at - 1], "#[test]", "`{line}` is not a test that always runs");
        cases.push(number.parse().expect("case_ is followed by three digits"));
    }
    cases
}

#[test]
fn a_case_without_its_test_attribute_is_noticed() {
    assert_eq!(tested_cases("#[test]\nfn case_007_x() {\n}\n#[test]\nfn case_123_y() {"), [7, 123]);
    assert!(
        std::panic::catch_unwind(|| tested_cases("#[test]\n#[ignore]\nfn case_007_x() {")).is_err()
    );
}
