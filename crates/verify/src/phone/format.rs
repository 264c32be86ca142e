//! How numbers are written for people, as the numbering library does it.

use std::str::FromStr as _;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use super::{Country, PhoneNumber};

impl Country {
    /// All countries whose numbers the library knows, by their letters.
    pub fn all() -> Vec<Self> {
        let regions = PHONE_NUMBER_UTIL.get_supported_regions();
        let mut all: Vec<Self> =
            regions.filter_map(|region| Self::parse(region.as_region_str().as_str())).collect();
        all.sort_unstable();
        all
    }

    /// The country that leads its calling code, the United States for `1`: itself,
    /// where it has a code of its own.
    pub fn leader(&self) -> Option<Self> {
        let code = i32::from(self.calling_code()?);
        let leader = PHONE_NUMBER_UTIL.get_region_for_country_code(code)?;
        Self::parse(leader.as_region_str().as_str())
    }
}

impl PhoneNumber {
    /// The number in groups, with its calling code: `+372 5550 0123`. Shows the
    /// whole number.
    pub fn international(&self) -> String {
        let written = rlibphonenumber::PhoneNumber::from_str(self.as_e164())
            .map(|number| number.format_as(PhoneNumberFormat::International).into_owned());
        // Numbers of no plan lose digits in some formats.
        let whole = written.ok().filter(|text| Self::parse(text).as_ref() == Some(self));
        whole.unwrap_or_else(|| self.as_e164().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_groups() {
        for (e164, international) in [
            ("+37255500123", "+372 5550 0123"),
            ("+442079460018", "+44 20 7946 0018"),
            ("+12025550123", "+1 202-555-0123"),
            ("+79161234567", "+7 916 123-45-67"),
            // A code that is nobody's.
            ("+9991234567", "+9991234567"),
        ] {
            assert_eq!(PhoneNumber::parse(e164).unwrap().international(), international);
        }
    }

    #[test]
    fn every_country_has_a_leader_of_the_same_code() {
        let all = Country::all();
        assert!(all.len() > 200 && all.is_sorted());
        for one in all {
            let leader = one.leader().unwrap();
            assert_eq!(leader.calling_code(), one.calling_code(), "{one}");
            assert_eq!(leader.leader(), Some(leader), "{one}");
        }
        let country = |letters| Country::parse(letters).unwrap();
        assert_eq!(country("CA").leader(), Some(country("US")));
        assert_eq!(country("ZZ").leader(), None);
    }
}
