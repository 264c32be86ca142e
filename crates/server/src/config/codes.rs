//! Section `[codes]`: what a code is and how long it can be used. Numbers and hard limits: security rules D-1 to D-6.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::formats::{seconds, seconds_list};

/// What a code is and how long it can be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CodesConfig {
    /// Digits of a code.
    #[schemars(range(min = 6, max = 10), extend("x-unit" = "digits", "x-rule" = "D-1"))]
    pub length: u8,
    /// How long a code can be entered, from its first message on.
    #[serde(rename = "lifetime_seconds", deserialize_with = "seconds")]
    #[schemars(with = "u64", range(min = 30, max = 600), extend("x-unit" = "seconds", "x-rule" = "D-2"))]
    pub lifetime: Duration,
    /// Codes a person may enter for one verification.
    #[schemars(range(min = 1, max = 10), extend("x-unit" = "attempts", "x-rule" = "D-3"))]
    pub attempts_max: u8,
    /// Messages for one verification, the first one included.
    #[schemars(range(min = 1, max = 5), extend("x-unit" = "messages", "x-rule" = "D-4"))]
    pub sends_max: u8,
    /// Pause before the second message, the third and so on; the last pause repeats.
    #[serde(rename = "resend_cooldown_seconds", deserialize_with = "seconds_list")]
    #[schemars(
        with = "Vec<u64>",
        length(min = 1, max = 4),
        inner(range(min = 20, max = 600)),
        extend("x-unit" = "seconds", "x-rule" = "D-5")
    )]
    pub resend_cooldown: Vec<Duration>,
    /// No further message when the code lives for less than this.
    #[serde(rename = "resend_remaining_min_seconds", deserialize_with = "seconds")]
    #[schemars(with = "u64", range(min = 0, max = 600), extend("x-unit" = "seconds", "x-rule" = "D-6"))]
    pub resend_remaining_min: Duration,
}

impl Default for CodesConfig {
    fn default() -> Self {
        Self {
            length: 6,
            lifetime: Duration::from_mins(5),
            attempts_max: 5,
            sends_max: 3,
            resend_cooldown: [30, 60, 120].map(Duration::from_secs).to_vec(),
            resend_remaining_min: Duration::from_mins(1),
        }
    }
}
