//! The names of countries in the languages of the pages, in the order of their
//! alphabets (`web/widget/countries`).

use std::collections::HashMap;
use std::sync::LazyLock;

use verify::phone::{Countries, Country};

use super::language::Language;

/// A country to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// Its letters.
    pub(super) country: Country,
    /// Its name.
    pub(super) name: &'static str,
    /// Its calling code.
    pub(super) code: u16,
    /// Whether it leads its calling code: where a number belongs of which no more
    /// is known yet.
    pub(super) leads: bool,
}

static CHOICES: LazyLock<HashMap<&'static str, Vec<Choice>>> = LazyLock::new(|| {
    Language::ALL.into_iter().map(|language| (language.tag(), read(language))).collect()
});

fn read(language: Language) -> Vec<Choice> {
    let rows: Vec<(&'static str, &'static str)> =
        serde_json::from_str(source(language)).unwrap_or_default();
    let choice = |(letters, name): (&str, &'static str)| {
        let country = Country::parse(letters)?;
        let leads = country.leader() == Some(country);
        Some(Choice { country, name, code: country.calling_code()?, leads })
    };
    rows.into_iter().filter_map(choice).collect()
}

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../../../../web/widget/countries/en.json"),
        Language::Estonian => include_str!("../../../../../web/widget/countries/et.json"),
        Language::German => include_str!("../../../../../web/widget/countries/de.json"),
        Language::French => include_str!("../../../../../web/widget/countries/fr.json"),
        Language::Spanish => include_str!("../../../../../web/widget/countries/es.json"),
        Language::Russian => include_str!("../../../../../web/widget/countries/ru.json"),
    }
}

/// The countries that messages may go to, in the order of the language.
pub(super) fn choices(language: Language, allowed: &Countries) -> Vec<&'static Choice> {
    let all = CHOICES.get(language.tag()).map_or(&[][..], Vec::as_slice);
    all.iter().filter(|choice| allowed.allow(Some(choice.country))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_of_the_library_has_a_name_in_every_language() {
        let known = Country::all();
        for language in Language::ALL {
            let mut named: Vec<Country> =
                choices(language, &Countries::All).iter().map(|choice| choice.country).collect();
            named.sort_unstable();
            assert_eq!(named, known, "{language:?}: run web/widget/countries/make.mjs");
        }
    }

    #[test]
    fn only_countries_that_messages_may_go_to_are_offered() {
        let allowed = Countries::parse("FI,EE,DE").unwrap();
        let names = |language| -> Vec<_> {
            choices(language, &allowed).into_iter().map(|choice| choice.name).collect()
        };
        assert_eq!(names(Language::English), ["Estonia", "Finland", "Germany"]);
        assert_eq!(names(Language::German), ["Deutschland", "Estland", "Finnland"]);
        assert_eq!(names(Language::Estonian), ["Eesti", "Saksamaa", "Soome"]);
    }
}
