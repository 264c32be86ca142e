//! What a message says and who it seems to come from.

use std::fmt;

use zeroize::Zeroizing;

use crate::code::Code;
use crate::limits::{HOST_CHARS_MAX, MESSAGE_CHARS_MAX};

/// The place in a template where the code goes.
pub const CODE_PLACEHOLDER: &str = "<PIN>";

/// The text of a message with a place for the code. Substitution only, no
/// conditions, no other variables (S-49, S-85).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

/// Why a text is no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The placeholder is missing or there are several.
    #[error("the template needs `<PIN>` exactly once")]
    Placeholder,
    /// Line breaks and other control characters cannot be sent safely.
    #[error("the template must not contain line breaks or control characters")]
    Control,
    /// Longer than any message.
    #[error("the template is longer than {MESSAGE_CHARS_MAX} characters")]
    TooLong,
}

impl Template {
    /// Checks a template.
    ///
    /// # Errors
    /// [`TemplateError`] says what to change.
    pub fn new(text: &str) -> Result<Self, TemplateError> {
        if text.matches(CODE_PLACEHOLDER).count() != 1 {
            return Err(TemplateError::Placeholder);
        }
        Self::of_caller(text)
    }

    /// Checks a template of a caller, who may show the code several times
    /// (`number-verification-api.md` 3.1).
    ///
    /// # Errors
    /// [`TemplateError`] says what to change.
    pub fn of_caller(text: &str) -> Result<Self, TemplateError> {
        if !text.contains(CODE_PLACEHOLDER) {
            return Err(TemplateError::Placeholder);
        }
        if text.chars().any(char::is_control) {
            return Err(TemplateError::Control);
        }
        if text.chars().count() > MESSAGE_CHARS_MAX {
            return Err(TemplateError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes a template that a record kept: one of a caller, or one with a last line
    /// of [`Template::bound_to`] below it.
    ///
    /// # Errors
    /// [`TemplateError`] says what is wrong with it.
    pub fn of_record(text: &str) -> Result<Self, TemplateError> {
        match text.rsplit_once('\n') {
            Some((above, last)) if is_binding(last) => {
                Self::of_caller(above)?;
                Ok(Self(text.to_owned()))
            }
            _ => Self::of_caller(text),
        }
    }

    /// The template with a last line by which a browser fills the code in on the pages
    /// of this host and on no other (origin-bound one-time codes); of a page in a
    /// frame, the host of the page around it and its own. `None` if a host is none.
    #[must_use]
    pub fn bound_to(&self, page: &str, frame: Option<&str>) -> Option<Self> {
        let frame = frame.map(|frame| format!(" @{frame}")).unwrap_or_default();
        let last = format!("@{page} #{CODE_PLACEHOLDER}{frame}");
        is_binding(&last).then(|| Self(format!("{}\n{last}", self.0)))
    }

    /// The template as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with some code of so many digits: as long as every real one.
    pub fn with_digits(&self, digits: u8) -> String {
        self.0.replace(CODE_PLACEHOLDER, &"0".repeat(usize::from(digits)))
    }

    /// Puts the code into its places. The text is wiped when dropped.
    pub fn render(&self, code: &Code) -> Zeroizing<String> {
        let places = self.0.matches(CODE_PLACEHOLDER).count();
        // Never grown, so that no copy of the code stays behind unwiped.
        let bytes = self.0.len() + places * code.expose().len();
        let mut text = Zeroizing::new(String::with_capacity(bytes));
        for (index, piece) in self.0.split(CODE_PLACEHOLDER).enumerate() {
            if index > 0 {
                text.push_str(code.expose());
            }
            text.push_str(piece);
        }
        text
    }
}

/// Whether a line is `@host #<PIN>`, or that with another ` @host` behind it.
fn is_binding(line: &str) -> bool {
    let is_host = |host: &str| {
        let is_of_host = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b);
        (1..=HOST_CHARS_MAX).contains(&host.len()) && host.bytes().all(is_of_host)
    };
    let Some((page, rest)) = line.strip_prefix('@').and_then(|line| line.split_once(" #")) else {
        return false;
    };
    let Some(frame) = rest.strip_prefix(CODE_PLACEHOLDER) else { return false };
    is_host(page) && (frame.is_empty() || frame.strip_prefix(" @").is_some_and(is_host))
}

impl Default for Template {
    /// The text of the family (`number-verification-api.md` 3.1).
    fn default() -> Self {
        Self("Your Verification PIN code is <PIN>".to_owned())
    }
}

/// What the handset shows as origin: up to 11 letters, digits and blanks, or
/// a number of up to 15 digits with an optional `+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderId(String);

impl SenderId {
    /// Checks a sender; `None` if it is neither form.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_number =
            (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let is_name = (1..=11).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'.' | b'_'))
            && text.trim() == text;
        (is_number || is_name).then(|| Self(text.to_owned()))
    }

    /// The sender as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a person takes the sender for at a glance: two senders of one
    /// skeleton look alike (S-50). Only the characters that a sender can have
    /// matter here; those that phones draw alike become one (Unicode TS 39).
    pub fn skeleton(&self) -> String {
        let drawn = self.0.to_ascii_lowercase().replace("rn", "m").replace("vv", "w");
        let seen =
            drawn.chars().filter(char::is_ascii_alphanumeric).map(|character| match character {
                '0' => 'o',
                '1' | 'i' => 'l',
                '2' => 'z',
                '5' => 's',
                '8' => 'b',
                other => other,
            });
        seen.collect()
    }
}

impl Default for SenderId {
    /// The default sender of the family (`number-verification-api.md` N-01).
    fn default() -> Self {
        Self("Verigator".to_owned())
    }
}

impl fmt::Display for SenderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::CodeLength;
    use crate::entropy::SeededEntropy;

    #[test]
    fn the_code_goes_into_its_place_once() {
        let code = Code::generate(CodeLength::DEFAULT, &mut SeededEntropy::new(1));
        let text = Template::new("Code <PIN>!").unwrap().render(&code);
        assert_eq!(*text, format!("Code {}!", code.expose()));
    }

    #[test]
    fn a_caller_may_show_the_code_twice() {
        let code = Code::generate(CodeLength::DEFAULT, &mut SeededEntropy::new(1));
        let template = Template::of_caller("<PIN> or <PIN>").unwrap();
        assert_eq!(*template.render(&code), format!("{0} or {0}", code.expose()));
        assert_eq!(template.with_digits(6), "000000 or 000000");
        for text in ["", "code <pin>", "no place"] {
            assert_eq!(Template::of_caller(text), Err(TemplateError::Placeholder), "{text}");
        }
    }

    #[test]
    fn a_template_without_one_place_is_refused() {
        for text in ["", "no place", "<pin>", "<PIN> or <PIN>"] {
            assert_eq!(Template::new(text), Err(TemplateError::Placeholder), "{text}");
        }
        assert_eq!(Template::new("a\n<PIN>"), Err(TemplateError::Control));
        let long = format!("<PIN>{}", "x".repeat(MESSAGE_CHARS_MAX));
        assert_eq!(Template::new(&long), Err(TemplateError::TooLong));
    }

    #[test]
    fn senders_that_look_alike_have_one_skeleton() {
        let skeleton = |text: &str| SenderId::parse(text).unwrap().skeleton();
        for (one, other) in [
            ("ExampleCo", "EXAMPLEC0"),
            ("ExampleCo", "Example Co"),
            ("Modern", "Modem"),
            ("Bill", "8i11"),
            ("Wave", "VVave"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("ExampleCo"), skeleton("SampleCo"));
    }

    #[test]
    fn senders_are_names_or_numbers() {
        for good in ["Verigator", "ExampleCo", "+37255500123", "12345", "A-B.c_d 1"] {
            assert!(SenderId::parse(good).is_some(), "{good}");
        }
        for bad in ["", "TwelveLetter", "Köök", "a\r\nb", "+", "+1234567890123456", " x", "x "] {
            assert!(SenderId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_last_line_ties_the_code_to_a_host_and_survives_its_record() {
        let code = Code::from_sealed("123456".to_owned());
        let plain = Template::default();
        for (frame, last) in [
            (None, "@verify.example #123456"),
            (Some("verify.example"), "@verify.example #123456 @verify.example"),
        ] {
            let bound = plain.bound_to("verify.example", frame).unwrap();
            let text = bound.render(&code);
            assert_eq!(text.lines().last(), Some(last));
            assert_eq!(text.lines().count(), 2);
            assert_eq!(Template::of_record(bound.as_str()), Ok(bound));
        }
        for host in ["", "a b", "a\nb", "a #1", "é.example", "A.example", &"a".repeat(300)] {
            assert_eq!(plain.bound_to(host, None), None, "{host}");
            assert_eq!(plain.bound_to("a.example", Some(host)), None, "{host}");
        }
        for text in ["a <PIN>\nb", "a <PIN>\n@b #<PIN> c", "a\n<PIN>\n@b #<PIN>", "<PIN>\n@b"] {
            assert_eq!(Template::of_record(text), Err(TemplateError::Control), "{text}");
        }
    }
}
