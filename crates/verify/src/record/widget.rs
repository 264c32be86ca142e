//! What is kept of the verification widget: the settings of an account, and a
//! session for each person who is on its page.

use std::fmt;
use std::ops::Deref;

use crate::Timestamp;
use crate::ids::{AccountId, VerificationId, WidgetSessionId};
use crate::keys::WidgetCookieDigest;
use crate::phone::PhoneNumber;
use crate::sealed::Sealed;

/// How an account uses the widget. An account without a record does not use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WidgetSettings {
    /// Whose they are.
    pub account: AccountId,
    /// The secret under which requests and answers are signed (S-75), sealed;
    /// `None`: every request is refused.
    pub secret: Option<Sealed>,
    /// Whether version 1 is taken (S-74).
    pub version_1: Version1,
    /// Where answers may go: origins, each with a path (S-78), as
    /// [`crate::widget::target::Target`] writes them.
    pub targets: Vec<String>,
    /// Origins whose pages may show the widget in a frame.
    pub frame_origins: Vec<String>,
    /// An answer of version 1 has a second signature beside it (`sig2`).
    pub signs_twice: bool,
    /// The last line of the message ties the code to the widget's host, so that
    /// browsers fill it in on no other page.
    pub is_origin_bound: bool,
    /// How the page looks.
    pub brand: Brand,
}

/// Whether requests of version 1 are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version1 {
    /// From accounts that have the legacy switches on (design "Settled" 5).
    AsAccount,
    /// Never.
    Off,
    /// Always.
    On,
    /// Before this time.
    Until(Timestamp),
}

/// What a page shows of the account that it works for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brand {
    /// Name of the site; without one the host that the answer goes to is shown.
    pub name: Option<String>,
    /// Colour of buttons and links.
    pub accent: Option<Colour>,
    /// Colour of the strip with name and logo.
    pub strip: Option<Colour>,
    /// A picture in PNG.
    pub logo: Option<Vec<u8>>,
}

/// Red, green, blue (sRGB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

/// A person on the widget's page, from the signed request to the signed answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WidgetSession {
    /// Identity; stands in the page's address, and as `vid` in an answer.
    pub id: WidgetSessionId,
    /// The account that the page works for.
    pub account: AccountId,
    /// What the browser shows on every request (S-79).
    pub cookie: WidgetCookieDigest,
    /// How the request was signed, and how the answer will be.
    pub wire: WidgetWire,
    /// Where the answer goes.
    pub callback_url: String,
    /// The number that the request named, if it was a usable one.
    pub phone: Option<PhoneNumber>,
    /// The person cannot change it.
    pub is_phone_locked: bool,
    /// The request's `nonce`.
    pub nonce: Option<String>,
    /// The page is in a frame of the integrator's page.
    pub is_framed: bool,
    /// Where the person is.
    pub step: WidgetStep,
    /// What the page says beside that.
    pub notice: Option<Notice>,
    /// What the person typed as a number, to be shown again.
    pub typed: Option<TypedNumber>,
    /// Verifications that ended without success.
    pub rounds: u32,
    /// Messages that this session has asked for, which is the number of the work
    /// that its next one costs (S-80).
    pub starts: u32,
    /// When it began.
    pub created_at: Timestamp,
    /// When the person last did something.
    pub used_at: Timestamp,
}

/// What a person typed as a number, which may be one or not. It is shown to nobody but
/// that person: `Debug` tells its length alone.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedNumber(String);

impl TypedNumber {
    /// What was typed, as it was typed.
    pub const fn new(text: String) -> Self {
        Self(text)
    }
}

impl Deref for TypedNumber {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TypedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} characters]", self.0.chars().count())
    }
}

/// Version of the wire, and under which key name the secret was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WidgetWire {
    /// Version 1 with the secret under `pass`.
    Pass,
    /// Version 1 with the secret under `password` (`verification-widget.md` W-01).
    Password,
    /// Version 2.
    Two,
}

/// Where a person is on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WidgetStep {
    /// A number is asked for.
    Number,
    /// A code was sent.
    Code {
        /// Where to.
        to: PhoneNumber,
        /// The confirmation.
        verification: VerificationId,
        /// First moment at which the code is no longer accepted.
        expires_at: Timestamp,
        /// When another message can be asked for; `None` if none can.
        resend_at: Option<Timestamp>,
    },
    /// The end.
    Done {
        /// How it ended.
        status: WidgetStatus,
        /// The number that was proved, or that was asked for.
        phone: Option<PhoneNumber>,
        /// When.
        at: Timestamp,
        /// When the integrator's server confirmed it, which it can do once.
        confirmed_at: Option<Timestamp>,
    },
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WidgetStatus {
    /// The person holds the number.
    Verified,
    /// Anything else.
    Cancelled,
}

impl WidgetStatus {
    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "VERIFIED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Verified, Self::Cancelled].into_iter().find(|status| status.as_str() == word)
    }
}

/// What a page says beside its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub kind: NoticeKind,
    /// When it is over, if time alone ends it.
    pub until: Option<Timestamp>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// What was typed is no phone number.
    NumberInvalid,
    /// The account does not send to this number.
    NumberRefused,
    /// The account does not send to this country.
    CountryRefused,
    /// Too many messages went to this number.
    NumberThrottled,
    /// Too much came from this address.
    AddressThrottled,
    /// Too many wrong codes for this number.
    Locked,
    /// Nothing can be sent at the moment.
    SendingFailed,
    /// The browser did no work, and the allowance for such ones is used up (S-80).
    WorkMissing,
    /// More work is due by now than the page had done, or another page used it up.
    WorkAgain,
    /// What was typed is not a code of this length; it was not compared.
    CodeIncomplete,
    /// The code is wrong, or no longer valid (S-17: one wording).
    CodeWrong,
    /// The verification is over; a new one can be started.
    RoundOver,
    /// Another message is on its way.
    Resent,
    /// No further message yet.
    ResendLater,
}

impl NoticeKind {
    const ALL: [Self; 14] = [
        Self::NumberInvalid,
        Self::NumberRefused,
        Self::CountryRefused,
        Self::NumberThrottled,
        Self::AddressThrottled,
        Self::Locked,
        Self::SendingFailed,
        Self::WorkMissing,
        Self::WorkAgain,
        Self::CodeIncomplete,
        Self::CodeWrong,
        Self::RoundOver,
        Self::Resent,
        Self::ResendLater,
    ];

    /// The word in the store and in the catalogues of texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NumberInvalid => "number_invalid",
            Self::NumberRefused => "number_refused",
            Self::CountryRefused => "country_refused",
            Self::NumberThrottled => "number_throttled",
            Self::AddressThrottled => "address_throttled",
            Self::Locked => "locked",
            Self::SendingFailed => "sending_failed",
            Self::WorkMissing => "work_missing",
            Self::WorkAgain => "work_again",
            Self::CodeIncomplete => "code_incomplete",
            Self::CodeWrong => "code_wrong",
            Self::RoundOver => "round_over",
            Self::Resent => "resent",
            Self::ResendLater => "resend_later",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How the widget of an account fares: its last messages, and how many of their
/// codes were entered. Tells an attack from a busy day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WidgetTraffic {
    /// When messages were asked for, oldest first.
    pub sends: Vec<Timestamp>,
    /// When codes were entered, oldest first.
    pub entered: Vec<Timestamp>,
    /// Until then it is an attack.
    pub attack_until: Option<Timestamp>,
}
