//! Replacing characters, so that a text goes out in the GSM alphabet: one
//! typographic quote more than halves what a message holds.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{compose, is_combining_mark};

use super::{composed, gsm, replacements, segments};

/// Stands for a character that nothing is near to.
const UNKNOWN: char = '?';

/// What may be replaced in a text; the words of the wire are in
/// `sms-api.md` 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Autoconvert {
    /// Typographic punctuation and spaces, if the whole text then is in the
    /// GSM alphabet and takes no more parts; else nothing. No letter changes.
    #[default]
    On,
    /// Everything outside the GSM alphabet, by a near character or `?`.
    Full,
    /// Nothing.
    Off,
}

impl Autoconvert {
    /// Reads `on`, `full` or `off` in capitals or small letters; nothing means
    /// the default, `on`. `None` for another word.
    pub fn parse(word: &str) -> Option<Self> {
        if word.is_empty() {
            return Some(Self::default());
        }
        let mut all = [Self::On, Self::Full, Self::Off].into_iter();
        all.find(|one| one.as_str().eq_ignore_ascii_case(word))
    }

    /// The word of the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Full => "full",
            Self::Off => "off",
        }
    }

    /// The text to send. Doing it twice changes nothing more.
    ///
    /// ```
    /// use ringproof_verify::text::Autoconvert;
    ///
    /// let text = "„Žluťoučký“ 5 €";
    /// assert_eq!(Autoconvert::On.apply(text), text);
    /// assert_eq!(Autoconvert::Full.apply(text), "\"Zlutoucky\" 5 €");
    /// ```
    pub fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::On => without_typography(text),
            Self::Full => in_gsm(text),
            Self::Off => Cow::Borrowed(text),
        }
    }
}

/// The text with plain punctuation, if that is enough and not dearer: a text
/// of little but "…" grows by it.
fn without_typography(text: &str) -> Cow<'_, str> {
    let original = composed(text);
    if original.chars().all(gsm::is_in) {
        return Cow::Borrowed(text);
    }
    let mut plain = with_room_for(&original);
    for character in original.chars() {
        match replacements::typographic(character) {
            Some(replacement) => plain.push_str(replacement),
            None if gsm::is_in(character) => plain.push(character),
            None => return Cow::Borrowed(text),
        }
    }
    let is_dearer = segments(&plain).parts > segments(&original).parts;
    if is_dearer { Cow::Borrowed(text) } else { Cow::Owned(plain) }
}

/// The text with nothing but characters of the GSM alphabet.
fn in_gsm(text: &str) -> Cow<'_, str> {
    let original = composed(text);
    if original.chars().all(gsm::is_in) {
        return original;
    }
    let mut out = with_room_for(&original);
    for character in original.chars() {
        if gsm::is_in(character) {
            out.push(character);
        } else if let Some(replacement) = in_tables(character) {
            out.push_str(&replacement);
        } else {
            push_apart(character, &mut out);
        }
    }
    Cow::Owned(out)
}

/// What the tables have for a character outside the alphabet. Nothing is left
/// of a mark that could not be composed with what stands before it.
fn in_tables(character: char) -> Option<Cow<'static, str>> {
    if is_combining_mark(character) || replacements::is_invisible(character) {
        return Some(Cow::Borrowed(""));
    }
    let found = replacements::typographic(character).or_else(|| replacements::near(character));
    let digit = || replacements::digit(character).map(|digit| Cow::Owned(digit.to_string()));
    found.map(Cow::Borrowed).or_else(digit)
}

/// Writes a character that Unicode takes apart: a letter with marks, a
/// ligature, a sign in a circle; [`UNKNOWN`] if one of its pieces is unknown.
fn push_apart(character: char, out: &mut String) {
    let pieces: Vec<char> = std::iter::once(character).nfkd().collect();
    let found = if pieces == [character] { None } else { joined(&pieces) };
    // "10²" is not 102, and "1½" not 11/2.
    let is_digit = |character: Option<char>| character.is_some_and(|one| one.is_ascii_digit());
    let found =
        found.filter(|near| !(is_digit(near.chars().next()) && is_digit(out.chars().last())));
    match found {
        Some(near) => out.push_str(&near),
        None => out.push(UNKNOWN),
    }
}

/// The near form of decomposed characters; `None` if one has none.
fn joined(pieces: &[char]) -> Option<String> {
    let mut out = String::new();
    let mut rest = pieces;
    while let [base, after @ ..] = rest {
        let marks = after.iter().take_while(|piece| is_combining_mark(**piece)).count();
        let (marks, after) = after.split_at(marks);
        // A mark on a sign changes what it says: ≠ is not =.
        if !marks.is_empty() && !base.is_alphanumeric() {
            return None;
        }
        let near = with_inner_marks(*base, marks);
        match near.or_else(|| gsm::is_in(*base).then_some(*base)) {
            Some(near) => out.push(near),
            None => out.push_str(&in_tables(*base)?),
        }
        rest = after;
    }
    Some(out)
}

/// The letter with as many of its marks, from the first on, as the alphabet
/// has: ǻ is nearer to å than to a.
fn with_inner_marks(base: char, marks: &[char]) -> Option<char> {
    let mut letter = base;
    let mut found = None;
    for mark in marks {
        match compose(letter, *mark) {
            Some(composed) => letter = composed,
            None => break,
        }
        found = gsm::is_in(letter).then_some(letter).or(found);
    }
    found
}

/// An empty text in which a replaced one has room, so that no copy of it is
/// left behind by growing.
fn with_room_for(text: &str) -> String {
    String::with_capacity(2 * text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(text: &str) -> String {
        Autoconvert::Full.apply(text).into_owned()
    }

    #[test]
    fn words_of_the_wire() {
        let words = ["on", "ON", "", "full", "Full", "off", "OFF"].map(Autoconvert::parse);
        let (on, full, off) =
            (Some(Autoconvert::On), Some(Autoconvert::Full), Some(Autoconvert::Off));
        assert_eq!(words, [on, on, on, full, full, off, off]);
        for word in ["x", " on", "true", "onn"] {
            assert_eq!(Autoconvert::parse(word), None, "{word}");
        }
        for one in [Autoconvert::On, Autoconvert::Full, Autoconvert::Off] {
            assert_eq!(Autoconvert::parse(one.as_str()), Some(one));
        }
    }

    #[test]
    fn off_changes_nothing() {
        let text = "“é” e\u{301} 😀";
        assert_eq!(Autoconvert::Off.apply(text), text);
    }

    #[test]
    fn on_makes_punctuation_plain_if_that_is_enough() {
        let on = |text| Autoconvert::On.apply(text);
        assert_eq!(on("“Hi” – it’s\u{a0}5 €…"), "\"Hi\" - it's 5 €...");
        assert_eq!(on("\u{feff}a\u{200b}b\tc"), "ab c");
        for text in ["“õ”", "– я", "‘ł’", "😀…", "`x`", "e\u{301}"] {
            assert_eq!(on(text), text);
        }
    }

    #[test]
    fn on_does_not_make_a_message_dearer() {
        let fits = "…".repeat(53);
        assert_eq!(Autoconvert::On.apply(&fits), "...".repeat(53));
        let grows = "…".repeat(54);
        assert_eq!(Autoconvert::On.apply(&grows), grows);
    }

    #[test]
    fn letters_keep_the_marks_that_the_alphabet_has() {
        assert_eq!(full("é e\u{301} è ñ ü å Ç"), "é é è ñ ü å Ç");
        assert_eq!(
            full("ç õ Õ ê ž Š ģ Ł ł đ ħ ı œ Œ ŋ þ Þ ð ẞ ſ"),
            "c o O e z S g L l d h i oe OE n th TH d ß s"
        );
        assert_eq!(full("ǻ ǿ ǽ ǟ ế ậ"), "å ø æ ä e a");
        assert_eq!(full("x\u{301} ł\u{301} İ"), "x l I");
        assert_eq!(full("Příliš žluťoučký kůň"), "Prilis zlutoucky kun");
    }

    #[test]
    fn greek_becomes_capitals() {
        assert_eq!(full("Καλημέρα, ΐ ώ Ωμέγα"), "KAΛHMEPA, I Ω ΩMEΓA");
    }

    #[test]
    fn what_falls_apart_is_written_out() {
        assert_eq!(full("ﬁn ™ № ĳ ㎏ ½ ① ｆｕｌｌ １２３ ٤٢"), "fin TM No ij kg 1/2 1 full 123 42");
        assert_eq!(full("m² 20 °C 5 µm © ×"), "m2 20 oC 5 um (c) x");
    }

    #[test]
    fn the_rest_becomes_a_question_mark() {
        assert_eq!(full("Код 42"), "??? 42");
        assert_eq!(full("汉字 한 😀"), "?? ? ?");
        // One sign that stands for many, and a family of four with joiners.
        assert_eq!(full("ﷺ"), "?");
        assert_eq!(full("👨\u{200d}👩\u{200d}👧\u{200d}👦 1\u{fe0f}\u{20e3}"), "???? 1");
        assert_eq!(full("\u{1b}\0\u{7f}"), "???");
    }

    #[test]
    fn no_meaning_is_made_up() {
        assert_eq!(full("a ≠ b, 10² = 100, 1½, ₽5"), "a ? b, 10? = 100, 1?, ?5");
    }
}
