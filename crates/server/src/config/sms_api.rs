//! Section `[sms_api]`: messages of programs.

use schemars::JsonSchema;
use serde::Deserialize;
use verify::record::TextStore;

/// Messages of programs (`/send_sms/` and its sisters).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SmsApiConfig {
    /// How long texts are kept, sealed, for `ringproof sms show --text`; 0 = not at all.
    #[schemars(range(min = 0, max = 30), extend("x-unit" = "days", "x-rule" = "D-54"))]
    pub text_days: u8,
    /// How the text of a message is kept when the program does not say: sealed, as a digest, or not at all.
    pub text_store: TextStoreSetting,
    /// How long delivery of a message is tried when the program does not say.
    #[schemars(range(min = 1, max = 43_200), extend("x-unit" = "minutes"))]
    pub validity_minutes: u32,
}

impl Default for SmsApiConfig {
    fn default() -> Self {
        Self { text_days: 7, text_store: TextStoreSetting::Plaintext, validity_minutes: 360 }
    }
}

/// How a text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TextStoreSetting {
    /// Sealed, for `text_days`.
    Plaintext,
    /// As a keyed digest.
    Sha256,
    /// Not at all.
    Nostore,
}

impl From<TextStoreSetting> for TextStore {
    fn from(setting: TextStoreSetting) -> Self {
        match setting {
            TextStoreSetting::Plaintext => Self::Plaintext,
            TextStoreSetting::Sha256 => Self::Sha256,
            TextStoreSetting::Nostore => Self::Nostore,
        }
    }
}
