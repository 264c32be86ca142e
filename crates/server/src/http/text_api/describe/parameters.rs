//! Parameters, and those that calls share.

use serde_json::{Value, json};

use crate::openapi::model::{Parameter, Place};
use crate::openapi::schemas::{described, text, whole};

/// One parameter, wherever it stands.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) is_needed: bool,
    schema: Value,
    text: &'static str,
}

impl Named {
    /// One that the call cannot do without.
    pub(super) fn needed(name: &'static str, text: &'static str) -> Self {
        Self { name, is_needed: true, schema: self::text(), text }
    }

    /// One that can be left out.
    pub(super) fn other(name: &'static str, schema: Value, text: &'static str) -> Self {
        Self { name, is_needed: false, schema, text }
    }

    pub(super) fn query(&self) -> Parameter {
        let Self { name, is_needed, ref schema, text } = *self;
        Parameter { name, place: Place::Query, is_needed, schema: schema.clone(), text }
    }

    pub(super) fn form(&self) -> Value {
        described(self.schema.clone(), self.text)
    }
}

/// A number that is written in digits.
pub(super) fn digits(min: u64, max: Option<u64>) -> Value {
    whole(min, max)
}

/// The two that every call has, and its own.
pub(super) fn with_credentials(own: Vec<Named>) -> Vec<Named> {
    let mut all = vec![
        Named::needed("username", "Name of the account."),
        Named {
            schema: json!({ "type": "string", "format": "password" }),
            ..Named::needed("password", "Its password.")
        },
    ];
    all.extend(own);
    all
}

/// What a caller may tell of the person's browser.
pub(super) fn browser() -> Vec<Named> {
    vec![
        Named::other("ip", text(), "Address of the person's browser."),
        Named::other("browser", text(), "Its User-Agent."),
        Named::other(
            "cookie",
            text(),
            "A value of yours that it keeps: 22 to 512 characters count.",
        ),
    ]
}
