//! Records of messages on their way out, and of what became of them.

use crate::Timestamp;
use crate::ids::{AccountId, MessageId, ServiceId, SmsId, UserId, VerificationId};
use crate::keys::NumberKey;
use crate::phone::{Country, PhoneNumber};
use crate::record::trail::Trail;
use crate::sealed::Sealed;

/// A message that waits in the outbox or is on its way to a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// Identity; gateways that can are given it as reference.
    pub id: MessageId,
    /// Whose message it is.
    pub account: AccountId,
    /// Why it is sent.
    pub purpose: Purpose,
    /// Where it goes.
    pub to: PhoneNumber,
    /// Origin to show.
    pub sender: String,
    /// How its content is to be read.
    pub form: MessageForm,
    /// The sealed content: the text, or the hex digits of binary data.
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
    /// Where it has been.
    pub trail: Trail,
    /// The only gateway that may have it; none for those of its route.
    pub only_gateway: Option<String>,
    /// A gateway has it. It is kept until `next_at`, in case it must go to
    /// another; no dispatcher touches it meanwhile.
    pub is_kept: bool,
    /// The gateway that is to have it and is bound at another server: that server
    /// claims it. Nobody holds it meanwhile.
    pub left_for: Option<String>,
}

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It carries the code of a verification, and is worth nothing when that
    /// has ended.
    Code {
        /// The service; for a number confirmation the one derived from the
        /// account.
        service: ServiceId,
        /// The user; for a number confirmation the one derived from the number.
        user: UserId,
        /// The verification.
        verification: VerificationId,
    },
    /// An API client sent it.
    Text(SmsId),
}

impl Purpose {
    /// The verification whose code the message carries.
    pub const fn verification(&self) -> Option<VerificationId> {
        match self {
            Self::Code { verification, .. } => Some(*verification),
            Self::Text(_) => None,
        }
    }

    /// The API client's message that it is.
    pub const fn sms(&self) -> Option<SmsId> {
        match self {
            Self::Code { .. } => None,
            Self::Text(sms) => Some(*sms),
        }
    }
}

/// How the content of a message is to be read, and what goes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageForm {
    /// Text or binary data.
    pub body: BodyKind,
    /// User data header with its length byte (3GPP TS 23.040 §9.2.3.24); empty
    /// for none.
    pub header: Vec<u8>,
    /// Message class 0–3 (3GPP TS 23.038 §4); 0 is shown at once.
    pub class: Option<u8>,
}

/// What a message holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BodyKind {
    /// Text.
    #[default]
    Text,
    /// Bytes.
    Data,
}

/// What became of a message; kept when the message itself is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message: MessageId,
    /// Whose message it was.
    pub account: AccountId,
    /// Why it was sent.
    pub purpose: Purpose,
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
    /// The strongest receipt that came, and when.
    pub receipt: Option<(ReceiptState, Timestamp)>,
    /// Where it has been.
    pub trail: Trail,
    /// Why that gateway was chosen, in few words; empty if none was asked.
    pub choice: String,
    /// The strongest receipt of each part, for a gateway that reports on parts.
    pub parts: Vec<Option<ReceiptState>>,
    /// Why it was not delivered, as a receipt says.
    pub cause: Option<Cause>,
    /// The gateway's own code of that, at most [`REASON_CODE_MAX`] characters.
    pub code: Option<String>,
}

/// Characters of a gateway's code of a failure that are kept.
pub const REASON_CODE_MAX: usize = 32;

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

/// What a receipt says of a message that a gateway took (`delivery.md` 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptState {
    /// On its way; nothing final.
    Accepted,
    /// The network does not know. Weak: a later receipt replaces it.
    Unknown,
    /// Its validity ran out.
    Expired,
    /// Taken out of a queue.
    Deleted,
    /// It cannot be delivered to this number.
    Undeliverable,
    /// Delivery failed.
    Failed,
    /// Delivery was rejected.
    Rejected,
    /// The handset has it.
    Delivered,
}

impl ReceiptState {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Unknown,
        Self::Expired,
        Self::Deleted,
        Self::Undeliverable,
        Self::Failed,
        Self::Rejected,
        Self::Delivered,
    ];

    /// The word in logs, metrics, the store, and between us and a gateway.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
            Self::Undeliverable => "undeliverable",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Delivered => "delivered",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether nothing more is expected; a weak `unknown` may still be replaced.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Accepted)
    }

    /// How strong it is: a receipt only raises, so a weaker or an equally
    /// strong one changes nothing.
    pub const fn strength(self) -> u8 {
        match self {
            Self::Accepted => 1,
            Self::Unknown => 2,
            Self::Expired | Self::Deleted | Self::Undeliverable | Self::Failed | Self::Rejected => {
                3
            }
            Self::Delivered => 4,
        }
    }
}

/// Why a message was not delivered, as a receipt says (`delivery.md` 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The number does not exist or cannot get messages.
    DestinationInvalid,
    /// The handset is off, full or busy.
    DestinationOff,
    /// The network failed.
    Network,
    /// A filter, a sender that is not registered, a template, the price.
    Blocked,
    /// Credit, quota, a suspended account.
    Account,
    /// The validity ran out.
    Expired,
    /// Not told.
    Unknown,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DestinationInvalid,
        Self::DestinationOff,
        Self::Network,
        Self::Blocked,
        Self::Account,
        Self::Expired,
        Self::Unknown,
    ];

    /// The word in logs, metrics, the store and tables of codes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DestinationInvalid => "dest_invalid",
            Self::DestinationOff => "dest_off",
            Self::Network => "network",
            Self::Blocked => "blocked",
            Self::Account => "account",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == word)
    }

    /// Whether the number or the phone itself is in the way, at every gateway.
    pub const fn is_of_number(self) -> bool {
        matches!(self, Self::DestinationInvalid | Self::DestinationOff)
    }

    /// Whether another gateway may deliver what this one could not.
    pub const fn another_gateway_may_help(self) -> bool {
        matches!(self, Self::Network | Self::Blocked | Self::Account)
    }
}

/// A name that a gateway gave to a message, by which its receipts are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The gateway.
    pub gateway: String,
    /// One form of the name (`delivery.md` 5.3), or [`Reference::of_number`].
    pub form: String,
    /// The message.
    pub message: MessageId,
    /// Which part of it, from 0.
    pub part: u16,
    /// Where the message went.
    pub number_key: NumberKey,
    /// When the gateway took it.
    pub created_at: Timestamp,
}

impl Reference {
    /// The form under which a message is found by its number, for receipts
    /// without a name (`delivery.md` 5.3 step 6); with the sender that it showed, or
    /// whoever that was. No gateway's name begins so.
    pub fn of_number(number: &NumberKey, sender: Option<&str>) -> String {
        format!("to {}{}", crate::hex::encode(number.as_bytes()), from(sender))
    }

    /// The same for a message to which its gateway gave no name: a receipt with
    /// a name that is not known may be about it.
    pub fn of_nameless(number: &NumberKey, sender: Option<&str>) -> String {
        format!("nameless {}{}", crate::hex::encode(number.as_bytes()), from(sender))
    }

    /// Whether a form is the name's number in another notation, `x…` or `d…`.
    pub fn is_recalculated(form: &str) -> bool {
        form.starts_with(['x', 'd'])
    }
}

/// A sender as the end of a form. Gateways write the same one with and without `+`,
/// and some in capitals.
fn from(sender: Option<&str>) -> String {
    let sender = sender.map(|sender| sender.trim().trim_start_matches('+'));
    let sender = sender.filter(|sender| !sender.is_empty());
    sender.map_or_else(String::new, |sender| format!(" from {}", sender.to_ascii_lowercase()))
}

/// A receipt that came before the message that it is about was known by that
/// name; kept for a while in all forms of the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The gateway.
    pub gateway: String,
    /// One form of the name.
    pub form: String,
    /// What it says.
    pub state: ReceiptState,
    /// Why, if it says so.
    pub cause: Option<Cause>,
    /// The gateway's own code.
    pub code: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
}
