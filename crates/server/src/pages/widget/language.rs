//! The languages of the pages, and which of them a person reads.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use verify::phone::Country;

use super::limits::LANGUAGES_READ_MAX;

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, which everybody gets who reads none of the others.
    English,
    /// Estonian.
    Estonian,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Russian.
    Russian,
}

impl Language {
    /// All of them.
    pub(super) const ALL: [Self; 6] =
        [Self::English, Self::Estonian, Self::German, Self::French, Self::Spanish, Self::Russian];

    /// The subtag of BCP 47, as in `lang`.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Estonian => "et",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Russian => "ru",
        }
    }

    /// The one that a person likes best, by `Accept-Language`.
    pub fn of(headers: &HeaderMap) -> Self {
        let wanted = wanted(headers);
        let of_tag = |tag: &String| {
            let primary = tag.split('-').next().unwrap_or_default();
            Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
        };
        wanted.iter().find_map(of_tag).unwrap_or(Self::English)
    }

    /// Where most people live who have set their browser to this language and to no
    /// region; `None` where nobody could tell.
    pub(super) fn country(self) -> Option<Country> {
        match self {
            Self::English => None,
            Self::Estonian => Country::parse("EE"),
            Self::German => Country::parse("DE"),
            Self::French => Country::parse("FR"),
            Self::Spanish => Country::parse("ES"),
            Self::Russian => Country::parse("RU"),
        }
    }
}

/// The country of a person by `Accept-Language`: Austria by `de-AT`. The first
/// region counts, whichever language it stands with.
pub fn country_hint(headers: &HeaderMap) -> Option<Country> {
    let region = |tag: &String| {
        let country = tag.split('-').skip(1).find_map(Country::parse)?;
        country.calling_code().map(|_| country)
    };
    wanted(headers).iter().find_map(region)
}

/// The tags of `Accept-Language`, the most wanted first (RFC 9110 §12.5.4).
fn wanted(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let entries = values.flat_map(|value| value.split(',')).take(LANGUAGES_READ_MAX);
    let mut weighed: Vec<(u32, String)> = entries
        .filter_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            let tag = parts.next().filter(|tag| !tag.is_empty())?;
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
            (weight > 0).then(|| (weight, tag.to_owned()))
        })
        .collect();
    weighed.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    weighed.into_iter().map(|(_, tag)| tag).collect()
}

/// A weight of at most three decimals; what is none counts as zero.
fn thousandths(weight: &str) -> u32 {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let is_number = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, is_number) {
        ("1", true) => 1_000,
        ("0", true) => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
        headers
    }

    #[test]
    fn the_most_wanted_language_that_we_speak_is_taken() {
        for (accept, tag) in [
            ("et-EE,et;q=0.9,en;q=0.8", "et"),
            ("lv, ru;q=0.8, en;q=0.9", "en"),
            ("fi", "en"),
            ("", "en"),
            ("*", "en"),
            ("DE-at", "de"),
            ("fr;q=0, es;q=0.001", "es"),
            ("fr;q=x, es;q=0.1", "es"),
            ("english, de;q=0.5", "de"),
        ] {
            assert_eq!(Language::of(&headers(accept)).tag(), tag, "{accept}");
        }
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn the_first_region_hints_at_the_country() {
        let hint = |accept| country_hint(&headers(accept)).map(|country| country.to_string());
        assert_eq!(hint("de-AT,de;q=0.9,en-US;q=0.8").as_deref(), Some("AT"));
        assert_eq!(hint("en,zh-Hant-TW;q=0.5").as_deref(), Some("TW"));
        assert_eq!(hint("en"), None);
        assert_eq!(hint("en-ZZ"), None);
    }
}
