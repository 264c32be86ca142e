//! Section `[sms]`: the message a person gets.

use schemars::JsonSchema;
use serde::Deserialize;
use verify::limits::CODE_MESSAGE_PARTS_MAX;
use verify::text::segments;

use super::problem::Report;

/// Where the code goes in a template.
pub(crate) const CODE_PLACEHOLDER: &str = "<PIN>";

/// Longest sender ID of letters and digits (GSM 03.38, eleven septets).
const SENDER_CHARACTERS_MAX: usize = 11;

/// The message a person gets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SmsConfig {
    /// What the phone shows as sender: up to 11 letters and digits, or a phone number.
    pub sender: String,
    /// Text of the message: one line, with `<PIN>` exactly once where the code goes.
    pub template: String,
}

impl Default for SmsConfig {
    fn default() -> Self {
        Self {
            sender: "Verigator".to_owned(),
            template: "Your Verification PIN code is <PIN>".to_owned(),
        }
    }
}

impl SmsConfig {
    pub(crate) fn check(&self, code_length: u8, report: &mut Report) {
        if !is_sender(&self.sender) {
            report.add(
                "sms.sender",
                format!(
                    "{:?} cannot be a sender; give up to {SENDER_CHARACTERS_MAX} letters A-Z and digits, or a number \
                     of up to 15 digits (security rule S-50)",
                    self.sender
                ),
            );
        }
        let found = self.template.matches(CODE_PLACEHOLDER).count();
        if found != 1 {
            report.add(
                "sms.template",
                format!("has {CODE_PLACEHOLDER} {found} times; it must stand there exactly once (security rule S-49)"),
            );
        }
        if let Some(bad) = self.template.chars().find(|character| is_unsendable(*character)) {
            report.add(
                "sms.template",
                format!("has the character {bad:?}; it must be one line of visible text (security rule S-49)"),
            );
        }
        let text = self.template.replace(CODE_PLACEHOLDER, &"0".repeat(usize::from(code_length)));
        let parts = segments(&text).parts;
        if parts > CODE_MESSAGE_PARTS_MAX {
            report.add(
                "sms.template",
                format!("makes a message of {parts} SMS parts; {CODE_MESSAGE_PARTS_MAX} are allowed (security rule S-49)"),
            );
        }
    }
}

fn is_sender(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number =
        (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = (1..=SENDER_CHARACTERS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_number || is_name
}

/// Control characters, line ends and marks that turn the writing direction.
fn is_unsendable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts_of(text: &str) -> usize {
        segments(text).parts
    }

    #[test]
    fn parts_change_at_the_edges_of_both_alphabets() {
        assert_eq!(parts_of(&"a".repeat(160)), 1);
        assert_eq!(parts_of(&"a".repeat(161)), 2);
        assert_eq!(parts_of(&"€".repeat(80)), 1);
        assert_eq!(parts_of(&"€".repeat(81)), 2);
        assert_eq!(parts_of(&"õ".repeat(70)), 1);
        assert_eq!(parts_of(&"õ".repeat(71)), 2);
        assert_eq!(parts_of(&"a".repeat(459)), 3);
        assert_eq!(parts_of(&"a".repeat(460)), 4);
        assert_eq!(parts_of(&"õ".repeat(201)), 3);
        assert_eq!(parts_of(&"õ".repeat(202)), 4);
    }

    #[test]
    fn senders_are_short_names_or_numbers() {
        for good in ["Verigator", "A", "Abcdefghijk", "112", "37255512345", "+442071838750", "1a"] {
            assert!(is_sender(good), "{good}");
        }
        for bad in [
            "",
            "Abcdefghijkl",
            "My Bank",
            "Bänk",
            "+",
            "12",
            "1234567890123456",
            "+Verigator",
            "a\n",
        ] {
            assert!(!is_sender(bad), "{bad}");
        }
    }
}
