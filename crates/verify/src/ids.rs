//! Names of things. Ids that outsiders see are random UUIDs (version 4), so
//! that one id tells nothing about another; ids of our own records are
//! ordered by time (version 7), so that a store appends them.

use std::fmt;

use uuid::{Builder, Uuid};

use crate::Timestamp;
use crate::entropy::{Entropy, draw};
use crate::hex;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a random id (UUID version 4).
            pub fn random(entropy: &mut dyn Entropy) -> Self {
                Self(Builder::from_random_bytes(draw(entropy)).into_uuid())
            }

            /// Takes 16 bytes that a store kept.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes to keep.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Reads the hyphenated form (8-4-4-4-12 hex digits); anything
            /// else names nothing and gives `None`.
            pub fn parse(text: &str) -> Option<Self> {
                if text.len() != 36 {
                    return None;
                }
                Uuid::try_parse(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

uuid_id! {
    /// A service: one site or product of an account.
    ServiceId
}
uuid_id! {
    /// A user of a service: the person whose phone is asked.
    UserId
}
uuid_id! {
    /// A verification; `auth_id` on the wire.
    VerificationId
}
uuid_id! {
    /// An outgoing message.
    MessageId
}

uuid_id! {
    /// A call that is owed to an API client.
    ReportId
}

uuid_id! {
    /// A device with the authenticator app.
    DeviceId
}

uuid_id! {
    /// Something that makes time-based codes for one user.
    AuthenticatorId
}

uuid_id! {
    /// A person on the widget's page; `vid` on the wire.
    WidgetSessionId
}

/// What wakes the app for a login: 16 random bytes that say nothing (S-39).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PromptId([u8; 16]);

impl PromptId {
    /// Makes a random id.
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        Self(draw(entropy))
    }

    /// Takes 16 bytes that a store kept.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes to keep.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl VerificationId {
    /// Reads the 32 lower-case hex digits that the Number Verification API
    /// shows; anything else names nothing.
    pub fn parse_hex(text: &str) -> Option<Self> {
        parse_hex(text).map(Self::from_bytes)
    }

    /// The 32 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        hex::encode(self.as_bytes())
    }
}

impl WidgetSessionId {
    /// Reads the form of the wire: 32 hex digits in lower case.
    pub fn parse_hex(text: &str) -> Option<Self> {
        VerificationId::parse_hex(text).map(|id| Self::from_bytes(*id.as_bytes()))
    }

    /// The form of the wire: 32 hex digits in lower case.
    pub fn to_hex(&self) -> String {
        hex::encode(self.as_bytes())
    }
}

impl ReportId {
    /// The id of the report of a message in the state of this order. It sorts
    /// by `now`, and is unique because a message is reported once in a state.
    pub fn of_sms(now: Timestamp, sms: SmsId, order: u8) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let mut rest = [0; 10];
        rest.copy_from_slice(&sms.0[..10]);
        rest[9] = order;
        Self(Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
    }

    /// Makes an id that sorts by `now` (UUID version 7), so that the reports of
    /// one message keep their order.
    pub fn ordered(now: Timestamp, entropy: &mut dyn Entropy) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &draw(entropy)).into_uuid())
    }
}

/// A message that an API client sent: 20 random bytes, 40 hex digits on the
/// wire (`sms-api.md` 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SmsId([u8; 20]);

impl SmsId {
    /// Makes a random id.
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        Self(draw(entropy))
    }

    /// Takes 20 bytes that a store kept.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes to keep.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Reads the 40 lower-case hex digits; anything else names nothing.
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }
}

impl fmt::Display for SmsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// Lower-case hex digits of exactly so many bytes; an id has one spelling.
fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_lower = text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    hex::decode(text.as_bytes()).filter(|_| is_lower)?.try_into().ok()
}

impl MessageId {
    /// Makes an id that sorts by `now` (UUID version 7), so that the outbox
    /// grows at its end.
    pub fn ordered(now: Timestamp, entropy: &mut dyn Entropy) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &draw(entropy)).into_uuid())
    }
}

/// An account: the credential that an API client presents, and what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(i64);

impl AccountId {
    /// The installation itself: what belongs to no account, such as the enrolment
    /// of devices, is counted and sealed under it. No account has this id.
    pub const INSTALLATION: Self = Self(0);

    /// Makes a random positive id. Random, because keys are derived from it
    /// and so it must never be used again after an account is gone.
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        Self(i64::from_le_bytes(draw(entropy)) & i64::MAX)
    }

    /// Takes the number that a store kept.
    pub const fn from_i64(id: i64) -> Self {
        Self(id)
    }

    /// The number to keep.
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
