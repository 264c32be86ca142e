//! Whether an answer is the one that is shown, but for what is another each time: ids, times, secrets, pictures.

use serde_json::Value;

/// Members whose numbers are another each time.
const COUNTERS: [&str; 7] =
    ["seq", "last_seq", "now", "created_at", "last_seen_at", "expires_at", "held_until"];

/// Where two answers differ; nothing if they are alike.
pub(crate) fn differences(shown: &Value, came: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", shown, came, &mut found);
    found
}

fn compare(at: &str, shown: &Value, came: &Value, found: &mut Vec<String>) {
    match (shown, came) {
        (Value::Object(one), Value::Object(other)) => {
            for name in one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))) {
                match (one.get(name), other.get(name)) {
                    (Some(shown), Some(came)) => compare(name, shown, came, found),
                    (Some(_), None) => found.push(format!("{name} is missing")),
                    (None, _) => found.push(format!("{name} is not shown")),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).for_each(|(shown, came)| compare(at, shown, came, found));
        }
        (Value::Number(_), Value::Number(_)) if COUNTERS.contains(&at) => {}
        (Value::String(one), Value::String(other)) if is_alike(one, other) => {}
        _ if shown == came => {}
        _ => found.push(format!("{at} is {came}, not {shown}")),
    }
}

/// Whether two texts are the same, word for word, or of the same making.
pub(crate) fn is_alike(shown: &str, came: &str) -> bool {
    shown == came || {
        let (one, other): (Vec<_>, Vec<_>) =
            (shown.split(' ').collect(), came.split(' ').collect());
        one.len() == other.len()
            && one.iter().zip(&other).all(|(one, other)| is_word_alike(one, other))
            || is_made(shown, came)
    }
}

fn is_word_alike(one: &str, other: &str) -> bool {
    one == other || making(one).is_some_and(|making| Some(making) == self::making(other))
}

/// What is long and another each time has what is shown, in that order, with anything where `…` stands; an address of
/// a secret begins as it is shown, up to the first `=`.
fn is_made(shown: &str, came: &str) -> bool {
    if shown.starts_with("otpauth://") {
        return came.starts_with(shown.split('=').next().unwrap_or(shown));
    }
    let Some((beginning, rest)) = shown.split_once('…') else { return false };
    let Some(mut left) = came.strip_prefix(beginning) else { return false };
    for part in rest.split('…') {
        let Some((_, behind)) = left.split_once(part) else { return false };
        left = behind;
    }
    rest.ends_with('…') || rest.is_empty() || left.is_empty()
}

/// What a word is, if it is another each time.
fn making(word: &str) -> Option<&'static str> {
    let all = |is: fn(u8) -> bool| word.bytes().all(is);
    let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let is_base_32 = |b: u8| matches!(b, b'A'..=b'Z' | b'2'..=b'7' | b'-');
    let dashes = word.matches('-').count();
    if let Some(id) = word.strip_prefix("/widget/s/") {
        (id.len() == 32 && id.bytes().all(is_hex)).then_some("a page of the widget")
    } else if word.len() == 36 && dashes == 4 && all(|b| b == b'-' || b.is_ascii_hexdigit()) {
        Some("an id")
    } else if word.len() == 24 && word.ends_with('Z') && word.contains('T') && dashes == 2 {
        Some("a time")
    } else if matches!(word.len(), 32 | 40) && word.bytes().all(is_hex) {
        Some("hexadecimal digits")
    } else if word.len() == 29 && dashes == 5 && word.bytes().all(is_base_32) {
        Some("a recovery code")
    } else if word.len() == 32 && word.bytes().all(is_base_32) {
        Some("a secret")
    } else if word.len() == 8 && all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        Some("a code for a device")
    } else if word.len() == 87 && word.starts_with('B') {
        Some("a public key")
    } else if (43..87).contains(&word.len())
        && all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    {
        Some("a nonce")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_each_time_is_alike_and_nothing_else() {
        let shown = json!({ "id": "0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11", "seq": 1, "left": 9 });
        let like = json!({ "id": "ffffffff-5d3a-4c0e-9a53-1f4f1c6f2d11", "seq": 7, "left": 9 });
        assert!(differences(&shown, &like).is_empty());
        for other in [
            json!({ "id": "2026-02-03T09:15:27.004Z", "seq": 1, "left": 9 }),
            json!({ "id": shown["id"], "seq": 1, "left": 8 }),
            json!({ "id": shown["id"], "seq": 1 }),
            json!({ "id": shown["id"], "seq": 1, "left": 9, "more": 1 }),
            json!([]),
        ] {
            assert_eq!(differences(&shown, &other).len(), 1, "{other}");
        }
        assert!(is_alike(
            "OK 5f0c1d7be2a94c0f8b6a3d1e92c47f08",
            "OK 00000000000000000000000000000000"
        ));
        assert!(!is_alike("VERIFIED", "INVALID") && !is_alike("OK 10.50", "OK 10.51"));
        assert!(is_alike("<a>…<c>…", "<a><b><c></a>") && is_alike("<a>…</a>", "<a><b></a>"));
        for other in ["<a><b></a>", "<c><a>", "<b><a><c>"] {
            assert!(!is_alike("<a>…<c>…", other), "{other}");
        }
        assert!(!is_alike("<a>…</a>", "<a><b></a><c>"));
        assert!(is_alike("<svg xmlns…", "<svg xmlns=1>") && !is_alike("<svg xmlns…", "<html>"));
    }
}
