//! What people read, in their language: a catalogue for each.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use verify::{SignedDuration, Timestamp};

use super::language::Language;

/// A sentence, in forms by plural category where it counts something.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sentence {
    One(String),
    Forms(HashMap<String, String>),
}

type Catalogue = HashMap<String, Sentence>;

static CATALOGUES: LazyLock<[Catalogue; 6]> = LazyLock::new(|| {
    Language::ALL.map(|language| serde_json::from_str(source(language)).unwrap_or_default())
});

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../../../../web/widget/languages/en.json"),
        Language::Estonian => include_str!("../../../../../web/widget/languages/et.json"),
        Language::German => include_str!("../../../../../web/widget/languages/de.json"),
        Language::French => include_str!("../../../../../web/widget/languages/fr.json"),
        Language::Spanish => include_str!("../../../../../web/widget/languages/es.json"),
        Language::Russian => include_str!("../../../../../web/widget/languages/ru.json"),
    }
}

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text(pub(super) Language);

impl Text {
    /// The sentence of this name; empty for a name that is none.
    pub(super) fn get(self, word: &str) -> String {
        self.form(word, 2).to_owned()
    }

    /// The sentence with a value in its place.
    pub(super) fn with(self, word: &str, place: &str, value: &str) -> String {
        self.get(word).replace(&format!("{{{place}}}"), value)
    }

    /// The sentence before and after a place, for a value that is marked up.
    pub(super) fn around(self, word: &str, place: &str) -> (String, String) {
        let sentence = self.get(word);
        let place = format!("{{{place}}}");
        match sentence.split_once(&place) {
            Some((before, after)) => (before.to_owned(), after.to_owned()),
            None => (sentence, String::new()),
        }
    }

    /// "in 4 minutes": rounded up, so that nobody comes too early. "later" where the
    /// time is not known, and when it has come.
    pub(super) fn until(self, now: Timestamp, then: Option<Timestamp>) -> String {
        let left = then.map(|then| then.duration_since(now)).filter(SignedDuration::is_positive);
        let Some(left) = left else { return self.get("time.later") };
        let (word, count) = units(left);
        let count_text = count.to_string();
        self.form(word, count).replace("{count}", &count_text)
    }

    fn form(self, word: &str, count: u64) -> &str {
        let index = Language::ALL.iter().position(|one| *one == self.0).unwrap_or(0);
        match CATALOGUES[index].get(word) {
            Some(Sentence::One(sentence)) => sentence,
            Some(Sentence::Forms(forms)) => {
                forms.get(plural(self.0, count)).map_or("", String::as_str)
            }
            None => "",
        }
    }
}

/// Seconds below a minute and a half, minutes below an hour and a half, hours.
fn units(left: SignedDuration) -> (&'static str, u64) {
    let seconds = u64::try_from(left.as_secs()).unwrap_or(0) + u64::from(left.subsec_nanos() > 0);
    match seconds {
        0..90 => ("time.in_seconds", seconds),
        90..5_400 => ("time.in_minutes", seconds.div_ceil(60)),
        _ => ("time.in_hours", seconds.div_ceil(3_600)),
    }
}

/// The plural category of a whole number (Unicode CLDR, plural rules).
fn plural(language: Language, count: u64) -> &'static str {
    match language {
        Language::English | Language::Estonian | Language::German | Language::Spanish => {
            if count == 1 { "one" } else { "other" }
        }
        Language::French => {
            if count < 2 {
                "one"
            } else {
                "other"
            }
        }
        Language::Russian => match (count % 10, count % 100) {
            (1, rest) if rest != 11 => "one",
            (2..=4, rest) if !(12..=14).contains(&rest) => "few",
            _ => "many",
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use verify::record::NoticeKind;

    use super::*;

    fn places(sentence: &str) -> BTreeSet<&str> {
        sentence.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
    }

    fn forms(sentence: &Sentence) -> Vec<&String> {
        match sentence {
            Sentence::One(sentence) => vec![sentence],
            Sentence::Forms(forms) => forms.values().collect(),
        }
    }

    #[test]
    fn every_language_has_every_sentence_with_the_same_places() {
        let english: Catalogue = serde_json::from_str(source(Language::English)).unwrap();
        for language in Language::ALL {
            let tag = language.tag();
            let catalogue: Catalogue = serde_json::from_str(source(language)).unwrap();
            let words = |of: &Catalogue| of.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(words(&catalogue), words(&english), "{tag}");
            for (word, sentence) in &catalogue {
                let model = places(forms(&english[word])[0]);
                for form in forms(sentence) {
                    assert!(!form.trim().is_empty(), "{tag} {word}");
                    assert_eq!(places(form), model, "{tag} {word}");
                }
                if let Sentence::Forms(forms) = sentence {
                    let needed: BTreeSet<_> =
                        (0..200).map(|count| plural(language, count)).collect();
                    assert_eq!(forms.keys().map(String::as_str).collect::<BTreeSet<_>>(), needed);
                }
            }
        }
    }

    #[test]
    fn every_notice_has_a_sentence() {
        let words = [
            "number_invalid",
            "number_refused",
            "country_refused",
            "number_throttled",
            "address_throttled",
            "locked",
            "sending_failed",
            "work_missing",
            "work_again",
            "code_incomplete",
            "code_wrong",
            "round_over",
            "resent",
            "resend_later",
        ];
        for language in Language::ALL {
            for word in words {
                let kind = NoticeKind::parse(word).unwrap();
                let sentence = Text(language).get(&format!("notice.{}", kind.as_str()));
                assert!(sentence.len() > 10, "{language:?} {word}");
            }
        }
    }

    #[test]
    fn a_time_is_told_in_words() {
        let now = Timestamp::UNIX_EPOCH;
        let until = |language, seconds| {
            let then = now + SignedDuration::from_secs(seconds);
            Text(language).until(now, Some(then))
        };
        assert_eq!(until(Language::English, 1), "in 1 second");
        assert_eq!(until(Language::English, 89), "in 89 seconds");
        assert_eq!(until(Language::English, 90), "in 2 minutes");
        assert_eq!(until(Language::English, 5_399), "in 90 minutes");
        assert_eq!(until(Language::English, 86_400), "in 24 hours");
        assert_eq!(until(Language::Estonian, 240), "4 minuti pärast");
        assert_eq!(until(Language::Russian, 21), "через 21 секунду");
        assert_eq!(until(Language::Russian, 180), "через 3 минуты");
        assert_eq!(until(Language::Russian, 660), "через 11 минут");
        assert_eq!(until(Language::English, 0), "later");
        assert_eq!(Text(Language::German).until(now, None), "später");
    }

    #[test]
    fn a_sentence_is_cut_around_a_place() {
        let (before, after) = Text(Language::English).around("code.sent", "phone");
        assert!(before.ends_with(' ') && !after.contains('}'), "{before}|{after}");
    }
}
