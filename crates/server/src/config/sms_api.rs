//! Section `[sms_api]`: messages of programs.

use schemars::JsonSchema;
use serde::Deserialize;
use verify::engine::outbox::Promise;
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
    /// A message of which nobody knows whether a gateway has it: `"at_least_once"` = it is sent once more, and may come
    /// twice; `"at_most_once"` = it is not, and may not come at all. Codes are always sent once more.
    pub delivery: DeliverySetting,
}

impl Default for SmsApiConfig {
    fn default() -> Self {
        Self {
            text_days: 7,
            text_store: TextStoreSetting::Plaintext,
            validity_minutes: 360,
            delivery: DeliverySetting::AtLeastOnce,
        }
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

/// What is promised of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliverySetting {
    /// It may come twice.
    AtLeastOnce,
    /// It may not come at all.
    AtMostOnce,
}

impl From<DeliverySetting> for Promise {
    fn from(setting: DeliverySetting) -> Self {
        match setting {
            DeliverySetting::AtLeastOnce => Self::AtLeastOnce,
            DeliverySetting::AtMostOnce => Self::AtMostOnce,
        }
    }
}
