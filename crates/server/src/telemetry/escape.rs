//! Makes foreign text harmless in log lines (security rule S-86): no character may end a line, move the cursor,
//! colour a terminal, or turn the direction in which the rest is read.

use std::fmt::Write as _;

/// Longest value of one field; the rest is cut and `…` says so.
const VALUE_CHARACTERS_MAX: usize = 4096;

/// Writes `text` in quotes as a JSON string.
pub(super) fn json_string(out: &mut String, text: &str) {
    out.push('"');
    if is_plain(text) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for character in cut(text) {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            unsafe_one if is_unsafe(unsafe_one) => {
                for unit in unsafe_one.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Whether a text needs neither escaping nor cutting, as nearly all do.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    text.len() <= VALUE_CHARACTERS_MAX && text.as_bytes().iter().all(is_plain)
}

/// Writes the sentence of a line: as it stands, only made harmless.
pub(crate) fn sentence(out: &mut String, text: &str) {
    for character in cut(text) {
        push_harmless(out, character);
    }
}

/// Writes the value of a field: as it stands when it is one plain word, else in quotes.
pub(super) fn value(out: &mut String, text: &str) {
    let is_word = !text.is_empty()
        && !text
            .contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\\' | '=') || is_unsafe(c));
    if is_word {
        return sentence(out, text);
    }
    out.push('"');
    for character in cut(text) {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            other => push_harmless(out, other),
        }
    }
    out.push('"');
}

fn push_harmless(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        unsafe_one if is_unsafe(unsafe_one) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(unsafe_one));
        }
        other => out.push(other),
    }
}

/// Control characters (C0, DEL, C1), line and paragraph separators, bidirectional marks, invisible characters.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

fn cut(text: &str) -> impl Iterator<Item = char> {
    let mark = (text.chars().nth(VALUE_CHARACTERS_MAX).is_some()).then_some('…');
    text.chars().take(VALUE_CHARACTERS_MAX).chain(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOADS: [&str; 9] = [
        "line\nbreak\r\n",
        "\u{1b}[31mred\u{1b}[0m",
        "nul\0bell\u{7}del\u{7f}",
        "c1\u{85}\u{9b}31m",
        "abc\u{202e}gnp.exe",
        "\u{2066}isolate\u{2069}\u{200f}\u{61c}",
        "two\u{2028}lines\u{2029}",
        "tag\u{e0041}zero\u{200b}width\u{feff}",
        "\"} quote \\ and = sign",
    ];

    #[test]
    fn json_strings_come_back_whole_and_hold_nothing_unsafe() {
        for payload in PAYLOADS {
            let mut out = String::new();
            json_string(&mut out, payload);
            assert!(!out.contains(is_unsafe), "{out:?}");
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), payload);
        }
    }

    #[test]
    fn text_holds_nothing_unsafe() {
        for payload in PAYLOADS {
            let mut out = String::new();
            sentence(&mut out, payload);
            value(&mut out, payload);
            assert!(!out.contains(is_unsafe), "{out:?}");
        }
    }

    #[test]
    fn text_values_are_quoted_when_they_are_more_than_a_word() {
        let shown = |text: &str| {
            let mut out = String::new();
            value(&mut out, text);
            out
        };
        assert_eq!(shown("127.0.0.1:8080"), "127.0.0.1:8080");
        assert_eq!(shown("+372•••••00"), "+372•••••00");
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown("two words"), "\"two words\"");
        assert_eq!(shown("a=b"), "\"a=b\"");
        assert_eq!(shown("say \"hi\"\n"), r#""say \"hi\"\n""#);
        assert_eq!(shown("\u{202e}x"), "\"\\u{202e}x\"");
    }

    #[test]
    fn long_values_are_cut_with_a_mark() {
        let mut out = String::new();
        sentence(&mut out, &"ä".repeat(VALUE_CHARACTERS_MAX));
        assert_eq!(out.chars().count(), VALUE_CHARACTERS_MAX);
        out.clear();
        sentence(&mut out, &"ä".repeat(VALUE_CHARACTERS_MAX + 1));
        assert_eq!(out.chars().count(), VALUE_CHARACTERS_MAX + 1);
        assert!(out.ends_with("ä…"));
    }
}
