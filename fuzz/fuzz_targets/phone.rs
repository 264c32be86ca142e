//! Phone numbers as people write them, and their countries.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringproof_verify::phone::PhoneNumber;

fuzz_target!(|typed: &str| {
    let Some(number) = PhoneNumber::parse(typed) else { return };
    assert_eq!(PhoneNumber::parse(number.as_e164()), Some(number));
    assert_ne!(number.masked(), number.as_e164());
    let _ = number.country();
});
