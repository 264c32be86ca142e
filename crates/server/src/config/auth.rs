//! Section `[auth]`: passwords of accounts.

use schemars::JsonSchema;
use serde::Deserialize;

/// Passwords of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Shortest password that `account create --password-stdin` takes.
    ///
    /// Below 15 a password falls short of rule D-36; it can be lowered to 8, so that an account of the hosted
    /// service can move here with the password its programs have.
    #[schemars(range(min = 8, max = 128), extend("x-unit" = "characters", "x-rule" = "D-36"))]
    pub password_length_min: u8,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self { password_length_min: 15 }
    }
}
