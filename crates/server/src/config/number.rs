//! Section `[number]`: confirmations of bare numbers, `/verify/start` and `/verify/pin`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Confirmations of bare numbers (`/verify/…`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NumberConfig {
    /// How long a browser is trusted with a number, for accounts with `--trust-cookies on`; 0 = never.
    #[schemars(range(min = 0, max = 30), extend("x-unit" = "days", "x-rule" = "S-21"))]
    pub trust_days: u8,
    /// Repeat a message also when a receipt said that it was delivered.
    pub repeat_after_delivery: bool,
}

impl Default for NumberConfig {
    fn default() -> Self {
        Self { trust_days: 30, repeat_after_delivery: false }
    }
}
