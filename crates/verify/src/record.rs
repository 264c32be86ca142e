//! What is kept between two requests: plain data, no behaviour, no
//! serialisation. A store gives each record its own typed columns.
//!
//! * [`account`]: the accounts.
//! * [`gateway`]: what is kept of the gateways themselves.
//! * [`message`]: messages on their way out, and what became of them.
//! * [`traffic`]: what the guard against pumped traffic knows.
//! * [`trail`]: which gateways a message went to.
//! * [`sms`]: messages that an API client sent, balances, reports to it.
//! * [`confirmation`]: what a number confirmation needs beside its verification.
//! * [`device`]: devices with the app, authenticators, prompts, recovery codes.
//! * [`widget`]: settings of the verification widget, and its sessions.

pub mod account;
pub mod confirmation;
pub mod device;
pub mod gateway;
pub mod message;
pub mod sms;
pub mod traffic;
pub mod trail;
pub mod widget;

use crate::Timestamp;
use crate::code::CodeLength;
use crate::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};
use crate::keys::{CodeDigest, NumberKey};
use crate::phone::PhoneNumber;
use crate::sealed::Sealed;

pub use account::{Account, BlockedNumber, CreateStatus, NumberProfile, Secret};
pub use confirmation::{BrowserTrace, Confirmation, Trust};
pub use device::{Approval, Authenticator, Device, Entry, Prompts, RecoverySet};
pub use gateway::{BindPlace, GatewayPause, GatewayView};
pub use message::{
    BodyKind, Cause, Delivery, DeliveryState, MessageForm, Orphan, OutgoingMessage, Purpose,
    ReceiptState, Reference,
};
pub use sms::{Balance, KeptText, Price, Report, ReportKind, Sms, SmsState, SmsStatus, TextStore};
pub use traffic::{
    Area, AreaError, Block, DayTraffic, HourPeak, Stage, TrafficArea, TrafficHold, TrafficRule,
};
pub use trail::{HandOver, Trail};
pub use widget::{
    Brand, Colour, Notice, NoticeKind, TypedNumber, Version1, WidgetSession, WidgetSettings,
    WidgetStatus, WidgetStep, WidgetTraffic, WidgetWire,
};

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
    /// Confirmed authenticators; kept by the store as they come and go.
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
