//! The record of an account.

use crate::Timestamp;
use crate::ids::AccountId;
use crate::keys::{ApiSecretDigest, NumberKey};
use crate::message::SenderId;
use crate::phone::{Countries, Country};
use crate::send_limits::SendLimitOverrides;

/// An account: who may call, and what the calls may do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of an operator, each its own")]
pub struct Account {
    /// Identity; keys are derived from it.
    pub id: AccountId,
    /// API user name; unique, without a colon.
    pub username: String,
    /// How the password is known.
    pub secret: Secret,
    /// A disabled account is refused like a wrong password.
    pub is_enabled: bool,
    /// Legacy switches of the family are on (design "Settled" 5).
    pub is_compat: bool,
    /// Which status a creation answers; `None` follows the server's setting.
    pub create_status: Option<CreateStatus>,
    /// Countries that may be sent to (D-31).
    pub countries: Countries,
    /// The country that the account is at home in: it alone is not held to the
    /// limit per foreign country (D-31).
    pub home_country: Option<Country>,
    /// Networks (CIDR) that may call; empty means all.
    pub allow_from: Vec<String>,
    /// Credentials in a query string are taken (design "Settled" 3).
    pub takes_query_credentials: bool,
    /// Sender names that are activated, the default first; none means the
    /// server's own (S-50).
    pub senders: Vec<SenderId>,
    /// Which codes its number confirmations may have (D-1).
    pub number_profile: NumberProfile,
    /// The cookie shortcut of number confirmations is on (S-21).
    pub trusts_cookies: bool,
    /// The limits per address of the person (D-28, D-29) refuse; otherwise
    /// they only count.
    pub enforces_address_limits: bool,
    /// Where delivery reports go for messages that name no address.
    pub report_url: Option<String>,
    /// Own send limits.
    pub limits: SendLimitOverrides,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How an account's password is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// Issued by us with 256 random bits: a keyed digest is enough (D-35).
    Issued(ApiSecretDigest),
    /// Chosen by a person: an Argon2id hash in PHC form (D-36).
    Chosen(String),
}

/// Which status a creation answers (`verigator-api.md` 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateStatus {
    /// 200 for clients that need it, 201 for all others.
    Auto,
    /// Always 200.
    Ok,
    /// Always 201.
    Created,
}

/// Which codes number confirmations of an account may have (D-1, S-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberProfile {
    /// Six digits or more; what asks for fewer gets six.
    Standard,
    /// Four or five digits when a call asks for them, else six.
    ShortWhenAsked,
    /// Four digits unless a call asks for more, as the hosted service had it.
    LegacyShort,
}

impl NumberProfile {
    const ALL: [Self; 3] = [Self::Standard, Self::ShortWhenAsked, Self::LegacyShort];

    /// The word on the command line and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::ShortWhenAsked => "short-when-asked",
            Self::LegacyShort => "legacy-short",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == word)
    }

    /// Whether codes of fewer than six digits can occur.
    pub const fn allows_short_codes(self) -> bool {
        matches!(self, Self::ShortWhenAsked | Self::LegacyShort)
    }
}

/// A number that an account must not send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedNumber {
    /// The account.
    pub account: AccountId,
    /// Keyed name of the number.
    pub number_key: NumberKey,
    /// The number as people may see it, most of it hidden (S-106).
    pub masked: String,
    /// When it was put on the list.
    pub created_at: Timestamp,
}
