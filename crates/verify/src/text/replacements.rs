//! What stands for a character that the GSM alphabet has not.
//!
//! Two levels: [`typographic`] loses nothing but beauty, [`near`] is what a
//! reader would still understand. Letters with marks are not in here; they
//! fall apart into their letter by the tables of Unicode.

/// The plain form of typographic punctuation and of spaces; empty for what
/// cannot be seen anyway.
#[rustfmt::skip]
pub(super) fn typographic(character: char) -> Option<&'static str> {
    Some(match character {
        // Quotes and primes.
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '‵' => "'",
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '‶' => "\"",
        // Hyphens, dashes and the minus sign.
        '\u{2010}'..='\u{2015}' | '−' => "-",
        '…' => "...",
        // No-break, en, em, thin, ideographic … spaces, and the tab.
        '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        // Next line, line and paragraph separators.
        '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
        // Soft hyphen, zero-width space, direction marks, word joiner, byte order mark.
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}' => "",
        _ => return None,
    })
}

/// A near form of a letter or sign that Unicode does not take apart, or not
/// into what a reader would take it for.
pub(super) fn near(character: char) -> Option<&'static str> {
    letter(character).or_else(|| greek(character)).or_else(|| sign(character))
}

/// Latin letters with a stroke, a hook or a shape of their own.
#[rustfmt::skip]
fn letter(character: char) -> Option<&'static str> {
    Some(match character {
        'Ⱥ' => "A", 'ⱥ' => "a",
        'Ƀ' | 'Ɓ' => "B", 'ƀ' | 'ɓ' => "b",
        'Ȼ' | 'Ƈ' => "C", 'ȼ' | 'ƈ' => "c",
        'Đ' | 'Ð' | 'Ɖ' | 'Ɗ' => "D", 'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'Ɇ' | 'Ə' | 'Ǝ' | 'Ɛ' => "E", 'ɇ' | 'ə' | 'ǝ' | 'ɛ' => "e",
        'Ƒ' => "F", 'ƒ' => "f",
        'Ǥ' | 'Ɠ' | 'Ɣ' => "G", 'ǥ' | 'ɠ' | 'ɣ' => "g",
        'Ħ' => "H", 'ħ' => "h",
        'Ɨ' | 'Ɩ' => "I", 'ı' | 'ɨ' | 'ɩ' => "i",
        'Ɉ' => "J", 'ɉ' | 'ȷ' => "j",
        'Ƙ' => "K", 'ƙ' | 'ĸ' => "k",
        'Ł' | 'Ƚ' => "L", 'ł' | 'ƚ' => "l",
        'Ŋ' | 'Ɲ' => "N", 'ŋ' | 'ɲ' => "n",
        'Ɔ' | 'Ɵ' => "O", 'ɔ' | 'ɵ' => "o",
        'Œ' => "OE", 'œ' => "oe",
        'Ƥ' => "P", 'ƥ' => "p",
        'Ɍ' => "R", 'ɍ' => "r",
        'ẞ' => "ß",
        'Ŧ' | 'Ƭ' | 'Ʈ' => "T", 'ŧ' | 'ƭ' | 'ʈ' => "t",
        'Þ' => "TH", 'þ' => "th",
        'Ʉ' | 'Ʊ' => "U", 'ʉ' | 'ʊ' => "u",
        'Ʋ' => "V", 'ʋ' => "v",
        'Ɏ' | 'Ƴ' => "Y", 'ɏ' | 'ƴ' => "y",
        'Ƶ' | 'Ʒ' => "Z", 'ƶ' | 'ʒ' => "z",
        _ => return None,
    })
}

/// Greek letters as the capitals that the alphabet has, or their Latin
/// look-alikes: this is how Greek is written in short messages.
#[rustfmt::skip]
fn greek(character: char) -> Option<&'static str> {
    Some(match character {
        'Α' | 'α' => "A", 'Β' | 'β' => "B", 'γ' => "Γ", 'δ' => "Δ", 'Ε' | 'ε' => "E", 'Ζ' | 'ζ' => "Z",
        'Η' | 'η' => "H", 'θ' => "Θ", 'Ι' | 'ι' => "I", 'Κ' | 'κ' => "K", 'λ' => "Λ", 'Μ' | 'μ' => "M",
        'Ν' | 'ν' => "N", 'ξ' => "Ξ", 'Ο' | 'ο' => "O", 'π' => "Π", 'Ρ' | 'ρ' => "P", 'σ' | 'ς' => "Σ",
        'Τ' | 'τ' => "T", 'Υ' | 'υ' => "Y", 'φ' => "Φ", 'Χ' | 'χ' => "X", 'ψ' => "Ψ", 'ω' => "Ω",
        _ => return None,
    })
}

/// Signs. Where no other sign says the same there is none: a currency or a
/// comparison must not become another.
#[rustfmt::skip]
fn sign(character: char) -> Option<&'static str> {
    Some(match character {
        '`' | '´' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' => "'",
        '¨' | 'ʺ' => "\"",
        '¸' => ",", 'ˆ' => "^", '˜' => "~", '¯' => "-",
        '•' | '∙' | '‣' | '∗' => "*", '·' => ".",
        '⁄' | '∕' | '÷' => "/", '×' => "x", '±' => "+/-",
        '©' => "(c)", '®' => "(r)", '°' => "o", 'µ' => "u", '¢' => "c", '¦' => "|",
        _ => return None,
    })
}

/// A decimal digit of another script or style.
pub(super) fn digit(character: char) -> Option<char> {
    let zero = match character {
        // Arabic, Persian, Devanagari, full width.
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{966}'..='\u{96f}' => 0x966,
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        // Five styles of mathematical digits, one after the other.
        '\u{1d7ce}'..='\u{1d7ff}' => 0x1d7ce,
        _ => return None,
    };
    char::from_digit((character as u32 - zero) % 10, 10)
}

/// What changes how its neighbours look and is nothing by itself: joiners,
/// directions, variation selectors.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{202a}'..='\u{202e}'
            | '\u{2061}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::gsm;

    #[test]
    fn every_replacement_is_in_the_alphabet_and_for_a_character_that_is_not() {
        let mut replaced = 0;
        for character in (0..=char::MAX as u32).filter_map(char::from_u32) {
            let digit = digit(character).map(String::from);
            let tables = [typographic(character), near(character), digit.as_deref()];
            let found: Vec<&str> = tables.into_iter().flatten().collect();
            assert!(found.len() + usize::from(is_invisible(character)) <= 1, "{character:?} twice");
            for replacement in found {
                replaced += 1;
                assert!(!gsm::is_in(character), "{character:?} needs none");
                assert!(replacement.chars().all(gsm::is_in), "{character:?}: {replacement:?}");
            }
        }
        assert!(replaced > 200, "{replaced} only");
    }

    #[test]
    fn digits_keep_their_value() {
        assert_eq!(
            ['٠', '٩', '۵', '७', '３', '𝟎', '𝟗', '𝟘', '𝟿'].map(digit),
            [
                Some('0'),
                Some('9'),
                Some('5'),
                Some('7'),
                Some('3'),
                Some('0'),
                Some('9'),
                Some('0'),
                Some('9')
            ]
        );
        assert_eq!(digit('5'), None);
    }
}
