//! Records of the messages that API clients send: the message, the account's
//! balance, the price table, and the reports that are owed to the client.

use crate::Timestamp;
use crate::ids::{AccountId, MessageId, ReportId, SmsId};
use crate::keys::{NumberKey, TextDigest};
use crate::phone::{Country, PhoneNumber};
use crate::record::message::{MessageForm, ReceiptState};
use crate::sealed::Sealed;

/// A message that an API client sent (`sms-api.md` 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sms {
    /// Identity; `sms_unique_id` on the wire.
    pub id: SmsId,
    /// Whose message it is.
    pub account: AccountId,
    /// The message in the outbox; known before it is there, because the content
    /// is sealed for it.
    pub message: MessageId,
    /// How far it is.
    pub state: SmsState,
    /// The reason of a failure, three digits (`sms-api.md` 7).
    pub err: u16,
    /// Where it goes; gone as soon as a gateway has it or it ended.
    pub to: Option<PhoneNumber>,
    /// Keyed name of the number.
    pub number_key: NumberKey,
    /// Origin to show.
    pub sender: String,
    /// How its content is to be read.
    pub form: MessageForm,
    /// The content of a scheduled message, sealed for the outbox.
    pub scheduled_text: Option<Sealed>,
    /// Segments.
    pub parts: u32,
    /// What it costs, in 1/100,000 euro; 0 where nothing is charged.
    pub price: i64,
    /// Where reports go.
    pub report_url: Option<String>,
    /// How its text is kept.
    pub text_store: TextStore,
    /// The text as [`TextStore`] says.
    pub kept_text: KeptText,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it is due.
    pub send_at: Timestamp,
    /// It is not sent at or after this.
    pub deadline: Timestamp,
    /// Last change of its state.
    pub changed_at: Timestamp,
}

/// The text of a message as it is kept for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptText {
    /// Not kept, or no longer.
    Nothing,
    /// Sealed; for some days (D-54).
    Sealed(Sealed),
    /// A keyed digest: two equal texts can be told, none can be read.
    Digest(TextDigest),
}

/// How the text of a message is kept (`text-store`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextStore {
    /// Sealed, for some days.
    Plaintext,
    /// As a digest.
    Sha256,
    /// Not at all.
    Nostore,
}

impl TextStore {
    const ALL: [Self; 3] = [Self::Plaintext, Self::Sha256, Self::Nostore];

    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Sha256 => "sha256",
            Self::Nostore => "nostore",
        }
    }

    /// Reads the word in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|store| word.eq_ignore_ascii_case(store.as_str()))
    }
}

/// How far a message is. The words of the wire are `stat`, `status` and the
/// answer of S2 (`sms-api.md` 4, 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsState {
    /// Waits for its time.
    Scheduled,
    /// Waits for a gateway.
    Queued,
    /// A gateway has it.
    Sent,
    /// A gateway has it, and a receipt said so much of it.
    Reported(ReceiptState),
    /// Taken back, before a gateway had it.
    Cancelled,
    /// Its validity ran out before a gateway had it.
    Lapsed,
    /// No gateway took it.
    NotTaken,
    /// It is not known whether a gateway took it, and it is not tried again.
    InDoubt,
}

impl SmsState {
    /// The word in the store and in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Reported(receipt) => receipt.as_str(),
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::NotTaken => "not_taken",
            Self::InDoubt => "in_doubt",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        let own = [
            Self::Scheduled,
            Self::Queued,
            Self::Sent,
            Self::Cancelled,
            Self::Lapsed,
            Self::NotTaken,
            Self::InDoubt,
        ];
        let found = own.into_iter().find(|state| state.as_str() == word);
        found.or_else(|| ReceiptState::parse(word).map(Self::Reported))
    }

    /// Whether a gateway has it or had it.
    pub const fn was_handed_over(self) -> bool {
        match self {
            Self::Sent | Self::Reported(_) | Self::InDoubt => true,
            Self::Scheduled | Self::Queued | Self::Cancelled | Self::Lapsed | Self::NotTaken => {
                false
            }
        }
    }

    /// Where its report stands among those of one message.
    pub const fn report_order(self) -> u8 {
        match self {
            Self::Scheduled | Self::Queued | Self::Sent => 0,
            Self::Reported(receipt) => receipt.strength(),
            Self::Cancelled | Self::Lapsed | Self::NotTaken | Self::InDoubt => u8::MAX,
        }
    }

    /// What a report and the answer to S2 say; `None` while there is nothing to
    /// tell.
    pub const fn status(self) -> Option<SmsStatus> {
        match self {
            Self::Scheduled | Self::Queued => None,
            Self::Sent | Self::Reported(ReceiptState::Accepted | ReceiptState::Unknown) => {
                Some(SmsStatus::Sent)
            }
            Self::Reported(ReceiptState::Delivered) => Some(SmsStatus::Delivered),
            Self::Reported(
                ReceiptState::Expired
                | ReceiptState::Deleted
                | ReceiptState::Undeliverable
                | ReceiptState::Failed
                | ReceiptState::Rejected,
            )
            | Self::Cancelled
            | Self::Lapsed
            | Self::NotTaken
            | Self::InDoubt => Some(SmsStatus::Failed),
        }
    }

    /// `stat` of a report, with its `dlr-mask`; `None` for a state that is not
    /// reported.
    pub const fn stat(self) -> Option<(&'static str, u8)> {
        match self {
            Self::Scheduled | Self::Queued | Self::Sent => None,
            Self::Reported(ReceiptState::Delivered) => Some(("DELIVRD", 1)),
            Self::Reported(ReceiptState::Accepted) => Some(("ACCEPTD", 8)),
            Self::Reported(ReceiptState::Unknown) => Some(("UNKNOWN", 4)),
            Self::Reported(ReceiptState::Undeliverable) => Some(("UNDELIV", 2)),
            Self::Reported(ReceiptState::Failed) | Self::InDoubt => Some(("FAILED", 2)),
            Self::Reported(ReceiptState::Expired) | Self::Lapsed => Some(("EXPIRED", 2)),
            Self::Reported(ReceiptState::Deleted) | Self::Cancelled => Some(("DELETED", 2)),
            Self::Reported(ReceiptState::Rejected) => Some(("REJECTD", 16)),
            Self::NotTaken => Some(("NACK", 16)),
        }
    }
}

/// The coarse state of a message, as old clients know it: `status` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsStatus {
    /// Handed over; nothing final is known.
    Sent,
    /// The handset has it; final.
    Delivered,
    /// It will not arrive; final.
    Failed,
}

impl SmsStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "SENT",
            Self::Delivered => "DELIVERED",
            Self::Failed => "FAILED",
        }
    }
}

/// The money of an account, in 1/100,000 euro. An account without one is not
/// charged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// What it has.
    pub amount: i64,
    /// What messages that wait will cost: part of the amount that cannot be
    /// spent a second time.
    pub reserved: i64,
}

/// A line of the price table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The country.
    pub country: Country,
    /// The country's name, as the operator writes it.
    pub country_name: String,
    /// Mobile country and network code; empty for the country as a whole.
    pub mccmnc: String,
    /// Name of the network.
    pub network: String,
    /// Price of one segment in 1/100,000 euro; never negative.
    pub price: i64,
}

/// A call that is owed to an API client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Identity; orders the reports of one message.
    pub id: ReportId,
    /// Who gets it.
    pub account: AccountId,
    /// What it tells.
    pub kind: ReportKind,
    /// The address to call.
    pub url: String,
    /// Calls begun so far.
    pub attempts: u32,
    /// It is not called before this time: end of a lease, or of a pause.
    pub next_at: Timestamp,
    /// The run of the program that holds the lease; `0` for nobody.
    pub lease: u64,
}

/// What a [`Report`] tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportKind {
    /// What became of a message (`sms-api.md` 7).
    Delivery {
        /// The message.
        sms: SmsId,
        /// How far it was then.
        state: SmsState,
        /// The reason of a failure, three digits.
        err: u16,
    },
    /// A message from a person (`sms-api.md` 10): the JSON body, sealed.
    Inbound {
        /// The sealed body.
        body: Sealed,
        /// Its signature, hex digits.
        signature: String,
    },
    /// What happened to a device of a user's number: the JSON body, sealed.
    Event {
        /// The sealed body.
        body: Sealed,
        /// Time and signature, as the header says them.
        signature: String,
    },
}
