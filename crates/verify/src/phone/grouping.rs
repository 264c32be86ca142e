//! How the numbers of a country are grouped, as a small table, so that a page can
//! group them while they are typed.
//!
//! The numbering library keeps its rules to itself, so it is asked: for each
//! length and each beginning, what becomes of such a number. Beginnings that make
//! no difference are left out.

use std::str::FromStr as _;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};

use super::Country;

/// Digits of the longest beginning that is told apart. Some area codes have more;
/// codes of mobile networks have not.
const PREFIX_DIGITS_MAX: usize = 4;

/// So many digits are always told apart. Exceptions hide deeper only below
/// beginnings that differ already.
const PREFIX_DIGITS_MIN: usize = 2;

/// Lengths of national numbers (E.164: at most 15 digits with the calling code).
const NATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 4..=14;

/// How the numbers of a country are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// Calling code, without `+`.
    pub calling_code: u16,
    /// What stands before a number within the country, often `0`; may be empty.
    pub trunk_prefix: String,
    /// How many digits a mobile number has, without calling code and trunk prefix.
    pub mobile_digits: Option<usize>,
    /// Beginning of the number, and how it is written: a `#` for each digit, and
    /// the trunk prefix where it is written. Of those with as many `#` as the
    /// number has digits, the longest beginning counts.
    pub rows: Vec<(String, String)>,
}

impl Country {
    /// How its numbers are grouped; `None` for letters that are no country's. The
    /// library is asked some thousand times, which takes a while.
    pub fn grouping(&self) -> Option<Grouping> {
        let calling_code = self.calling_code()?;
        let region = Region::from_str(self.as_str()).ok()?;
        let mobile = PHONE_NUMBER_UTIL
            .get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
            .ok();
        let mut trunks = Vec::new();
        let mut rows = Vec::new();
        for length in NATIONAL_DIGITS {
            let asked = Asked { calling_code: i32::from(calling_code), length };
            if !asked.is_possible() {
                continue;
            }
            let (usual, exceptions) = asked.explore("");
            rows.extend(usual.map(|template| (String::new(), template)));
            rows.extend(exceptions);
        }
        trunks.extend(rows.iter().map(|(_, template)| trunk_of(template)));
        let trunk_prefix = most_frequent(trunks).unwrap_or_default();
        Some(Grouping {
            calling_code,
            trunk_prefix,
            mobile_digits: mobile.map(|number| digits_of(&number).len()),
            rows,
        })
    }
}

/// The digits of a template before its first place.
fn trunk_of(template: &str) -> String {
    let before = template.split('#').next().unwrap_or_default();
    before.chars().filter(char::is_ascii_digit).collect()
}

fn most_frequent<T: Ord>(mut all: Vec<T>) -> Option<T> {
    all.sort_unstable();
    let runs = all.chunk_by(|a, b| a == b).map(<[T]>::len).collect::<Vec<_>>();
    let mut at = 0;
    let mut best = (0, 0);
    for run in runs {
        if run > best.1 {
            best = (at, run);
        }
        at += run;
    }
    (best.1 > 0).then(|| all.swap_remove(best.0))
}

fn digits_of(number: &rlibphonenumber::PhoneNumber) -> String {
    rlibphonenumber::get_national_significant_number_owned(number)
}

/// Numbers of one country and one length.
struct Asked {
    calling_code: i32,
    length: usize,
}

impl Asked {
    fn number(&self, digits: &str) -> Option<rlibphonenumber::PhoneNumber> {
        let zeros = digits.bytes().take_while(|byte| *byte == b'0').count();
        Some(rlibphonenumber::PhoneNumber {
            country_code: self.calling_code,
            national_number: digits.parse().ok()?,
            italian_leading_zero: (zeros > 0).then_some(true),
            number_of_leading_zeros: i32::try_from(zeros).ok().filter(|zeros| *zeros > 1),
            ..Default::default()
        })
    }

    /// Whether a mobile number may have this length: messages go to those.
    fn is_possible(&self) -> bool {
        let number = self.number(&"2".repeat(self.length));
        number.is_some_and(|number| {
            PHONE_NUMBER_UTIL.is_possible_number_for_type(&number, PhoneNumberType::Mobile)
        })
    }

    /// How the library writes this beginning with any digits behind it.
    fn template(&self, prefix: &str) -> Option<String> {
        const BEHIND: &str = "23456789234567";
        let digits = format!("{prefix}{}", &BEHIND[..self.length.checked_sub(prefix.len())?]);
        let number = self.number(&digits)?;
        let text = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::National);
        template_of(&text, &digits)
    }

    /// The usual template below a beginning, and the exceptions from it.
    fn explore(&self, prefix: &str) -> (Option<String>, Vec<(String, String)>) {
        let depth = prefix.len();
        if depth >= PREFIX_DIGITS_MAX.min(self.length) {
            return (self.template(prefix), Vec::new());
        }
        let below = |digit| format!("{prefix}{digit}");
        if depth >= PREFIX_DIGITS_MIN {
            let next: Vec<_> = (0..10).map(|digit| self.template(&below(digit))).collect();
            if next.windows(2).all(|pair| pair[0] == pair[1]) {
                return (next.into_iter().next().flatten(), Vec::new());
            }
        }
        let all: Vec<_> =
            (0..10).map(|digit| (below(digit), self.explore(&below(digit)))).collect();
        let usual = most_frequent(all.iter().filter_map(|(_, (usual, _))| usual.clone()).collect());
        let mut exceptions = Vec::new();
        for (prefix, (own, deeper)) in all {
            if let Some(own) = own.filter(|own| usual.as_ref() != Some(own)) {
                exceptions.push((prefix, own));
            }
            exceptions.extend(deeper);
        }
        (usual, exceptions)
    }
}

/// The text with `#` for each of the digits. `None` where they stand in another
/// order, or with others between them.
fn template_of(text: &str, digits: &str) -> Option<String> {
    let written: String = text.chars().filter(char::is_ascii_digit).collect();
    let trunk = written.strip_suffix(digits)?.len();
    let mut seen = 0;
    let place = |c: char| {
        if c.is_ascii_digit() {
            seen += 1;
            if seen > trunk { '#' } else { c }
        } else {
            c
        }
    };
    Some(text.chars().map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn grouping(letters: &str) -> Grouping {
        Country::parse(letters).unwrap().grouping().unwrap()
    }

    /// As the page reads the table.
    fn write(grouping: &Grouping, digits: &str) -> Option<String> {
        let fits = |(prefix, template): &&(String, String)| {
            digits.starts_with(prefix) && template.matches('#').count() == digits.len()
        };
        let (_, template) = grouping.rows.iter().filter(fits).max_by_key(|(p, _)| p.len())?;
        let mut rest = digits.chars();
        let fill = |c| if c == '#' { rest.next().unwrap() } else { c };
        Some(template.chars().map(fill).collect())
    }

    #[test]
    fn a_number_of_each_continent_is_written_as_the_library_does() {
        for (letters, digits, expected) in [
            ("EE", "55500123", "5550 0123"),
            ("GB", "7400123456", "07400 123456"),
            ("DE", "15123456789", "01512 3456789"),
            ("US", "2025550123", "(202) 555-0123"),
            ("BR", "11961234567", "(11) 96123-4567"),
            ("ZA", "711234567", "071 123 4567"),
            ("IN", "8123456789", "081234 56789"),
            ("AU", "412345678", "0412 345 678"),
            ("IT", "3123456789", "312 345 6789"),
            ("RU", "9123456789", "8 (912) 345-67-89"),
        ] {
            assert_eq!(write(&grouping(letters), digits).as_deref(), Some(expected), "{letters}");
        }
    }

    /// The library's own example of a mobile number, and numbers like it.
    #[test]
    fn mobile_numbers_of_many_countries_are_written_as_the_library_does() {
        let mut entropy = SeededEntropy::new(7);
        let (mut same, mut other) = (0_u32, Vec::new());
        // Every third: all of them take their time.
        for country in Country::all().into_iter().step_by(3) {
            let region = Region::from_str(country.as_str()).unwrap();
            let kind = PhoneNumberType::Mobile;
            let Ok(example) =
                PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind)
            else {
                continue;
            };
            let example = digits_of(&example);
            let table = country.grouping().unwrap();
            for (_, template) in &table.rows {
                // What is left out of a number again.
                let is_known = |c: char| c.is_ascii_digit() || "# -.()".contains(c);
                assert!(template.chars().all(is_known), "{country} {template}");
            }
            assert_eq!(table.mobile_digits, Some(example.len()), "{country}");
            let asked =
                Asked { calling_code: i32::from(table.calling_code), length: example.len() };
            for kept in 1..=example.len() {
                let mut digits = example[..kept].to_owned();
                while digits.len() < example.len() {
                    digits.push(char::from(b'0' + entropy.next_u64().to_le_bytes()[0] % 10));
                }
                let number = asked.number(&digits).unwrap();
                let text = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::National);
                if template_of(&text, &digits).is_none() {
                    continue;
                }
                if write(&table, &digits).as_deref() == Some(&text) {
                    same += 1;
                } else {
                    other.push(format!("{country} {text} {:?}", write(&table, &digits)));
                }
            }
        }
        // What five digits and more decide is written as the rest of its beginning.
        assert!(other.len() * 200 < same as usize, "{same} alike, others: {other:#?}");
    }

    #[test]
    fn a_table_is_small_and_tells_the_trunk_prefix() {
        for (letters, trunk) in [("EE", ""), ("GB", "0"), ("RU", "8"), ("US", ""), ("IT", "")] {
            let table = grouping(letters);
            assert_eq!(table.trunk_prefix, trunk, "{letters}");
        }
        assert_eq!(Country::parse("ZZ").unwrap().grouping(), None);
    }

    #[test]
    fn a_template_has_a_place_for_each_digit() {
        assert_eq!(template_of("020 7946 0018", "2079460018").as_deref(), Some("0## #### ####"));
        assert_eq!(template_of("11 15-2345-6789", "91123456789"), None);
    }
}
