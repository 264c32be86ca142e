//! What is kept between two requests: plain data, no behaviour, no
//! serialisation. A store gives each record its own typed columns.

use crate::Timestamp;
use crate::code::CodeLength;
use crate::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};
use crate::keys::{ApiSecretDigest, CodeDigest, NumberKey};
use crate::phone::{Countries, Country, PhoneNumber};
use crate::sealed::Sealed;
use crate::send_limits::SendLimitOverrides;

/// An account: who may call, and what the calls may do.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Networks (CIDR) that may call; empty means all.
    pub allow_from: Vec<String>,
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

/// A service of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Identity, shown to the API client.
    pub id: ServiceId,
    /// Owner.
    pub account: AccountId,
    /// Name; unique within the account; the issuer in an authenticator app.
    pub name: String,
    /// Host that was read from the text given.
    pub host: String,
    /// The `fqdn` text as given.
    pub host_text: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A user of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identity, shown to the API client.
    pub id: UserId,
    /// The service.
    pub service: ServiceId,
    /// Login name in the integrator's system; unique within the service.
    pub login: String,
    /// Where codes go.
    pub phone: PhoneNumber,
    /// Keyed name of the phone number.
    pub number_key: NumberKey,
    /// Confirmed authenticator devices that can make codes.
    pub devices_active: u32,
    /// When it was added.
    pub created_at: Timestamp,
}

/// How a login is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A code that we send.
    Sms,
    /// A code that the person's own device makes (RFC 6238).
    Totp,
}

impl Method {
    /// The word on the wire, in logs and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Totp => "totp",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "sms" => Some(Self::Sms),
            "totp" => Some(Self::Totp),
            _ => None,
        }
    }
}

/// One act of proving that a user holds the phone: there is at most one per
/// user (D-7). Success removes it; so there is nothing left to accept twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Identity; `auth_id` on the wire.
    pub id: VerificationId,
    /// How it is proved.
    pub method: Method,
    /// The code that we sent; gone as soon as the verification ended (D-51).
    pub code: Option<KeptCode>,
    /// Wrong attempts so far.
    pub attempts: u32,
    /// No more attempts are borne: ended, but still told apart from "unknown"
    /// until it would have expired.
    pub is_exhausted: bool,
    /// Messages sent so far.
    pub sends: u32,
    /// When the last message was queued; the resend cooldown runs from here.
    pub last_sent_at: Option<Timestamp>,
    /// The last message; dropped from the outbox when the verification ends.
    pub last_message: Option<MessageId>,
    /// When it began.
    pub created_at: Timestamp,
    /// First moment at which its code is no longer accepted.
    pub expires_at: Timestamp,
}

impl Verification {
    /// Whether its code could still be accepted.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.is_exhausted && now < self.expires_at
    }
}

/// A code as kept: to compare with (S-18), and to send again (S-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCode {
    /// Keyed digest.
    pub digest: CodeDigest,
    /// Sealed digits.
    pub sealed: Sealed,
    /// Number of digits: what a guess costs.
    pub length: CodeLength,
}

/// A message that waits in the outbox or is on its way to a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// Identity; gateways that can are given it as reference.
    pub id: MessageId,
    /// Whose message it is.
    pub account: AccountId,
    /// The service.
    pub service: ServiceId,
    /// The user.
    pub user: UserId,
    /// The verification whose code it carries.
    pub verification: VerificationId,
    /// Where it goes.
    pub to: PhoneNumber,
    /// Origin to show.
    pub sender: String,
    /// The sealed text.
    pub text: Sealed,
    /// When it was queued.
    pub created_at: Timestamp,
    /// It is worthless from here on and is never sent.
    pub deadline: Timestamp,
    /// Hand-overs begun so far.
    pub attempts: u32,
    /// Hand-overs among them that left open whether the message went out.
    pub in_doubt: u32,
    /// No dispatcher touches it before this time: end of a lease, or of a
    /// pause before the next attempt.
    pub next_at: Timestamp,
    /// The run of a dispatcher that holds the lease; `0` for nobody.
    pub lease: u64,
}

/// What became of a message; kept when the message itself is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message: MessageId,
    /// Whose message it was.
    pub account: AccountId,
    /// The service.
    pub service: ServiceId,
    /// The verification whose code it carried.
    pub verification: VerificationId,
    /// Keyed name of the number (never the number itself).
    pub number_key: NumberKey,
    /// Country of the number, where it is known.
    pub country: Option<Country>,
    /// The gateway that took or last refused it; empty if none was asked.
    pub gateway: String,
    /// How it ended.
    pub state: DeliveryState,
    /// Hand-overs begun.
    pub attempts: u32,
    /// Hand-overs among them that left open whether the message went out. A
    /// failed message with some may be with the person, and counts as sent.
    pub in_doubt: u32,
    /// When the message was queued.
    pub queued_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
}

/// How a message ended, as far as the outbox knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// A gateway took it.
    Accepted,
    /// Every gateway refused it, or the last attempt failed.
    Failed,
    /// Its deadline came first.
    Expired,
    /// Its verification ended first.
    Cancelled,
}

impl DeliveryState {
    /// The word in logs, metrics and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Accepted, Self::Failed, Self::Expired, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}
