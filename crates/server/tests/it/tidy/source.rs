//! Rust text told apart into code and strings, so that a word in a comment breaks no rule.

/// A Rust file in two layers of equal length: each byte that belongs to the other layer, or to a comment, is a blank.
pub(super) struct Source {
    /// Everything but comments and the insides of strings.
    pub(super) code: String,
    /// The insides of strings.
    pub(super) strings: String,
}

impl Source {
    /// Reads a whole file.
    pub(super) fn new(text: &str) -> Self {
        let mut layers = Layers { code: Vec::new(), strings: Vec::new() };
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let (layer, length) = piece(&bytes[at..], layers.code.last().copied());
            layers.put(layer, &bytes[at..at + length]);
            at += length;
        }
        let text = |bytes| String::from_utf8(bytes).expect("only whole pieces were blanked");
        Self { code: text(layers.code), strings: text(layers.strings) }
    }

    /// Reads a file without its unit tests, which stand at its end (a rule of `shape`).
    pub(super) fn of_program(text: &str) -> Self {
        let end = text.find("\n#[cfg(test)]\nmod ").unwrap_or(text.len());
        Self::new(&text[..end])
    }
}

/// The lines of `layer`, counted from 1, on which a word stands.
///
/// A word that begins or ends with a letter, digit or `_` must begin or end there; `*` at the end lifts that.
pub(super) fn lines_with(layer: &str, word: &str) -> Vec<usize> {
    let (stem, is_open) = word.strip_suffix('*').map_or((word, false), |stem| (stem, true));
    let is_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (begins, ends) =
        (is_name(stem.chars().next()), !is_open && is_name(stem.chars().next_back()));
    let mut lines = Vec::new();
    for (at, _) in layer.match_indices(stem) {
        let (before, after) = (&layer[..at], &layer[at + stem.len()..]);
        let is_inside = (begins && is_name(before.chars().next_back()))
            || (ends && is_name(after.chars().next()));
        if !is_inside {
            lines.push(1 + before.matches('\n').count());
        }
    }
    lines.dedup();
    lines
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Code,
    Text,
    Comment,
}

struct Layers {
    code: Vec<u8>,
    strings: Vec<u8>,
}

impl Layers {
    fn put(&mut self, layer: Layer, bytes: &[u8]) {
        for &byte in bytes {
            let blank = if byte == b'\n' { b'\n' } else { b' ' };
            self.code.push(if layer == Layer::Code { byte } else { blank });
            self.strings.push(if layer == Layer::Text { byte } else { blank });
        }
    }
}

/// The next piece of one layer; `before` is the last byte of code.
fn piece(rest: &[u8], before: Option<u8>) -> (Layer, usize) {
    let is_in_name = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match rest {
        [b'/', b'/', ..] => (Layer::Comment, until(rest, b"\n")),
        [b'/', b'*', ..] => (Layer::Comment, nested_comment(rest)),
        [b'"', ..] => (Layer::Text, quoted(rest)),
        [b'r', b'"' | b'#', ..] if !is_in_name || before == Some(b'b') => match raw(rest) {
            Some(length) => (Layer::Text, length),
            None => (Layer::Code, 1),
        },
        [b'\'', b'\\', ..] => (Layer::Text, 2 + until(&rest[2..], b"'") + 1),
        // A character, or a lifetime, which nothing closes.
        [b'\'', ..] => match character(rest) {
            Some(length) => (Layer::Text, length),
            None => (Layer::Code, 1),
        },
        _ => (Layer::Code, 1),
    }
}

fn until(rest: &[u8], end: &[u8]) -> usize {
    rest.windows(end.len()).position(|window| window == end).unwrap_or(rest.len())
}

fn nested_comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw(rest: &[u8]) -> Option<usize> {
    let marks = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    let begin = 1 + marks + 1;
    if rest.get(begin - 1) != Some(&b'"') {
        return None;
    }
    let end = [&b"\""[..], &vec![b'#'; marks]].concat();
    Some((begin + until(&rest[begin..], &end) + end.len()).min(rest.len()))
}

fn character(rest: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(&rest[1..rest.len().min(8)]);
    let length = text.chars().next()?.len_utf8();
    (rest.get(1 + length) == Some(&b'\'')).then_some(length + 2)
}

#[test]
fn comments_strings_and_code_are_told_apart() {
    let text = "let a = \"SELECT \\\" x\"; // SELECT y\n\
                /* SELECT /* z */ SELECT */ b(r#\"raw \" w\"#, 'q', b'\\'', \"é\");";
    let source = Source::new(text);
    assert_eq!(source.code.len(), text.len());
    assert_eq!(lines_with(&source.strings, "SELECT "), [1]);
    assert_eq!(lines_with(&source.code, "SELECT"), [0; 0]);
    assert_eq!(lines_with(&source.code, "b("), [2]);
    for word in ["raw", "w", "q", "é"] {
        assert_eq!(lines_with(&source.strings, word), [2], "{word}");
        assert_eq!(lines_with(&source.code, word), [0; 0], "{word}");
    }
    let lifetimes = Source::new("fn f<'a>(x: &'a str, y: &'static str) { unbounded }");
    assert_eq!(lines_with(&lifetimes.code, "unbounded"), [1]);
}

#[test]
fn words_end_where_names_end() {
    let code = "unbounded_channel();\nmy_unbounded();\nunbounded;\nx.matches(y)";
    assert_eq!(lines_with(code, "unbounded"), [3]);
    assert_eq!(lines_with(code, "unbounded*"), [1, 3]);
    assert_eq!(lines_with(code, ".matches("), [4]);
}

#[test]
fn unit_tests_are_no_part_of_the_program() {
    let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert_eq!(lines_with(&Source::of_program(text).code, "std::fs"), [0; 0]);
    assert_eq!(lines_with(&Source::new(text).code, "std::fs"), [5]);
}
