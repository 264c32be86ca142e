//! Keeps secrets out of what is printed.

use crate::limits::{MESSAGE_CHARS_MAX, NUMBER_CHARS_MIN, SECRET_CHARS_MIN};

/// What stands where something was left out.
const HIDDEN: &str = "[hidden]";

/// A phone number of which only the beginning and the end can be read:
/// `+1202•••••23`.
pub(crate) fn masked_number(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    if chars.len() < 10 {
        return HIDDEN.to_owned();
    }
    let head: String = chars[..5].iter().collect();
    let tail: String = chars[chars.len() - 2..].iter().collect();
    format!("{head}•••••{tail}")
}

/// A text of the server that may stand in an error: short, on one line, without the
/// secrets given and without whole numbers.
pub(crate) fn scrubbed(text: &str, secrets: &[&str]) -> String {
    let is_odd = |c: char| c.is_control();
    let head: String = text.chars().take(8 * MESSAGE_CHARS_MAX).collect();
    let mut clean = head.replace(is_odd, " ");
    for secret in secrets.iter().filter(|secret| secret.chars().count() >= SECRET_CHARS_MIN) {
        clean = clean.replace(secret, HIDDEN);
    }
    let clean = without_numbers(&clean);
    if clean.chars().count() <= MESSAGE_CHARS_MAX {
        return clean;
    }
    clean.chars().take(MESSAGE_CHARS_MAX).chain(['…']).collect()
}

/// Leaves out what may be a phone number: digits, with what people write between.
fn without_numbers(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_digit() || " ().-".contains(c);
    let mut clean = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let run = &rest[begin..];
        let run = &run[..run.find(|c| !is_part(c)).unwrap_or(run.len())];
        let run = run.trim_end_matches(|c: char| !c.is_ascii_digit());
        let before = &rest[..begin];
        if run.len() < NUMBER_CHARS_MIN {
            clean.push_str(before);
            clean.push_str(run);
        } else {
            clean.push_str(before.strip_suffix('+').unwrap_or(before));
            clean.push_str(HIDDEN);
        }
        rest = &rest[begin + run.len()..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_secrets_are_left_out() {
        let scrubbed = |text: &str| scrubbed(text, &["a secret", "123"]);
        assert_eq!(scrubbed("no +372 555-00123!"), "no [hidden]!");
        assert_eq!(scrubbed("status 12345, part 3"), "status 12345, part 3");
        assert_eq!(scrubbed("a secret\r\nand 123"), "[hidden]  and 123");
        assert_eq!(scrubbed(&"é".repeat(400)).chars().count(), MESSAGE_CHARS_MAX + 1);
        assert_eq!(scrubbed("123456"), "[hidden]");
        assert_eq!(scrubbed("1) 2) é 5"), "1) 2) é 5");
    }

    #[test]
    fn of_a_number_the_ends_are_seen() {
        assert_eq!(masked_number("+12025550123"), "+1202•••••23");
        assert_eq!(masked_number("+12345"), HIDDEN);
    }
}
