//! Templates: text with names in double braces (security rules S-84, S-85).
//!
//! Substitution is all there is, and each value is escaped for its place, so
//! that no text of a message becomes structure of a request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use secrecy::{ExposeSecret as _, SecretString};
use verify::text::{Alphabet, segments};
use zeroize::Zeroizing;

use super::GenericError;
use super::options::GenericSecret;
use crate::provider::Outgoing;

/// The names, for messages about a wrong one.
const NAMES: &str = "to, to_plus, from, text, id, tag, callback_url, validity_s, validity_min, \
    parts, alphabet, country, var.NAME";

/// A template that was read.
#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Literal(String),
    Value(Variable),
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Variable {
    To,
    ToPlus,
    From,
    Text,
    Id,
    Tag,
    CallbackUrl,
    ValiditySeconds,
    ValidityMinutes,
    Parts,
    Alphabet,
    Country,
    Own(SecretString),
}

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Inside a JSON string.
    Json,
    /// Into an address.
    Address,
    /// Into a text without structure, or one that is escaped as a whole later.
    Plain,
    /// Into XML.
    Xml,
}

impl Variable {
    fn find(name: &str, vars: &BTreeMap<String, GenericSecret>) -> Option<Self> {
        Some(match name {
            "to" => Self::To,
            "to_plus" => Self::ToPlus,
            "from" => Self::From,
            "text" => Self::Text,
            "id" => Self::Id,
            "tag" => Self::Tag,
            "callback_url" => Self::CallbackUrl,
            "validity_s" => Self::ValiditySeconds,
            "validity_min" => Self::ValidityMinutes,
            "parts" => Self::Parts,
            "alphabet" => Self::Alphabet,
            "country" => Self::Country,
            name => Self::Own(vars.get(name.strip_prefix("var.")?)?.expose().into()),
        })
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::ValiditySeconds | Self::ValidityMinutes | Self::Parts)
    }

    fn value(&self, message: &Outgoing<'_>) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::To => message.to.as_e164().trim_start_matches('+').to_owned(),
            Self::ToPlus => message.to.as_e164().to_owned(),
            Self::From => message.sender.to_owned(),
            Self::Text => message.text.to_owned(),
            Self::Id => message.id.to_string(),
            Self::Tag => message.tag.to_owned(),
            Self::CallbackUrl => message.callback_url.unwrap_or_default().to_owned(),
            Self::ValiditySeconds => message.valid_for.as_secs().to_string(),
            Self::ValidityMinutes => message.valid_for.as_secs().div_ceil(60).to_string(),
            Self::Parts => segments(message.text).parts.to_string(),
            Self::Alphabet => match Alphabet::of(message.text) {
                Alphabet::Gsm7 => "gsm7".to_owned(),
                Alphabet::Ucs2 => "ucs2".to_owned(),
            },
            Self::Country => {
                message.to.country().map_or_else(String::new, |c| c.as_str().to_owned())
            }
            Self::Own(value) => value.expose_secret().to_owned(),
        })
    }
}

impl Template {
    /// Reads the template of a key.
    pub(super) fn parse(
        key: &str,
        text: &str,
        vars: &BTreeMap<String, GenericSecret>,
    ) -> Result<Self, GenericError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else {
                return Err(GenericError::new(key, "has {{ without }} behind it"));
            };
            let name = name.trim();
            let Some(variable) = Variable::find(name, vars) else {
                let problem = if name.starts_with("var.") {
                    format!("names {{{{{name}}}}}, which is not in vars: add it there")
                } else {
                    format!("names {{{{{name}}}}}, which is nothing; write one of: {NAMES}")
                };
                return Err(GenericError::new(key, problem));
            };
            pieces.extend([Piece::Literal(before.to_owned()), Piece::Value(variable)]);
            rest = after;
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// What stands before the first name.
    pub(super) fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Piece::Literal(text)) => text,
            Some(Piece::Value(_)) | None => "",
        }
    }

    /// Whether a value that `is_wanted` stands in it.
    pub(super) fn has(&self, is_wanted: fn(&Variable) -> bool) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Literal(_) => false,
            Piece::Value(variable) => is_wanted(variable),
        })
    }

    /// The text with the values of a message.
    pub(super) fn render(&self, message: &Outgoing<'_>, place: Place) -> Zeroizing<String> {
        self.fill(place, |variable| variable.value(message))
    }

    /// The text with any values, to see what it is.
    pub(super) fn sample(&self, place: Place) -> Zeroizing<String> {
        self.fill(place, |variable| {
            Zeroizing::new(if variable.is_number() { "1" } else { "+" }.to_owned())
        })
    }

    fn fill(
        &self,
        place: Place,
        value: impl Fn(&Variable) -> Zeroizing<String>,
    ) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::new());
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Value(variable) => place.write(&value(variable), &mut text),
            }
        }
        text
    }

    /// Looks whether the template gives JSON whatever the values are.
    pub(super) fn check_json(&self, key: &str) -> Result<(), GenericError> {
        let (mut is_in_string, mut is_escaped) = (false, false);
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => {
                    for sign in text.chars() {
                        match sign {
                            _ if is_escaped => is_escaped = false,
                            '\\' => is_escaped = is_in_string,
                            '"' => is_in_string = !is_in_string,
                            _ => {}
                        }
                    }
                }
                Piece::Value(_) if is_escaped => {
                    return Err(GenericError::new(key, "has \\ right before {{"));
                }
                Piece::Value(variable) if !is_in_string && !variable.is_number() => {
                    return Err(GenericError::new(
                        key,
                        "has a name outside a string: put quotes around it; only validity_s, \
                         validity_min and parts may stand for a number",
                    ));
                }
                Piece::Value(_) => {}
            }
        }
        match serde_json::from_str::<serde_json::Value>(&self.sample(Place::Json)) {
            Ok(_) => Ok(()),
            Err(error) => Err(GenericError::new(key, format!("is not JSON: {error}"))),
        }
    }
}

impl Place {
    fn write(self, value: &str, into: &mut String) {
        match self {
            Self::Plain => into.push_str(value),
            Self::Json => {
                let quoted = Zeroizing::new(serde_json::Value::from(value).to_string());
                into.push_str(&quoted[1..quoted.len() - 1]);
            }
            Self::Address => {
                for byte in value.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                        into.push(char::from(byte));
                    } else {
                        let _ = write!(into, "%{byte:02X}");
                    }
                }
            }
            Self::Xml => {
                for sign in value.chars() {
                    match sign {
                        '&' | '<' | '>' | '"' | '\'' => {
                            let _ = write!(into, "&#{};", u32::from(sign));
                        }
                        // XML has no way to write these.
                        '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' => into.push(' '),
                        sign => into.push(sign),
                    }
                }
            }
        }
    }
}
