//! The HTTP interfaces of providers (`delivery.md` 7).
//!
//! A [`Provider`] is pure: it makes a request of a message, and reads answers
//! and callbacks. It does no I/O; one gateway does that for all of them
//! ([`crate::http_gateway`]).
//!
//! * [`twilio`], [`vonage`]: adapters.
//! * [`generic`]: a gateway described by its operator.
//! * [`codes`]: what codes mean, as data; [`status`]: what a status means that
//!   no row names.
//! * [`tag`]: which message a callback is about, and that it is one.
//! * [`base_url`], [`wire`]: addresses, forms, credentials and short texts.

pub mod aws;
pub mod base_url;
pub mod codes;
pub mod generic;
pub mod infobip;
pub mod messente;
pub mod status;
pub mod tag;
pub mod twilio;
pub mod vonage;
pub mod wire;

use std::time::Duration;

use http::{HeaderMap, Method, Request, StatusCode, Uri};
use verify::Timestamp;
use verify::ids::MessageId;
use verify::phone::PhoneNumber;
use verify::record::{Cause, MessageForm, ReceiptState};

use crate::conversion::Conversion;
use crate::gateway::SendResult;
use crate::limits::CALLBACK_URL_CHARS_MAX;

/// The HTTP interface of a provider.
pub trait Provider: Send + Sync + 'static {
    /// Makes the request that hands a message over; the whole address in its
    /// URI. It has no body headers but the content type.
    ///
    /// # Errors
    /// What this provider cannot take, as the result of the hand-over.
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult>;

    /// Reads the whole answer to such a request.
    fn read(&self, answer: &Answer<'_>) -> SendResult;

    /// Whether it wants to know which of its codes were entered, as it is set up.
    fn takes_conversions(&self) -> bool {
        false
    }

    /// Makes the request that tells it of one; `None` if it cannot be told.
    fn conversion(&self, conversion: &Conversion, now: Timestamp) -> Option<Request<Vec<u8>>> {
        let _ = (conversion, now);
        None
    }

    /// Proves and reads a call that the provider makes.
    ///
    /// # Errors
    /// [`CallbackError`].
    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError>;

    /// Whether it calls back at all, as it is set up.
    fn calls_back(&self) -> bool {
        true
    }

    /// Whether every callback comes with the tag of its message in its path, so
    /// that one without is not from this provider.
    fn tags_callbacks(&self) -> bool {
        true
    }

    /// Characters of an address of ours that this provider takes for its
    /// receipts.
    fn callback_url_chars_max(&self) -> usize {
        CALLBACK_URL_CHARS_MAX
    }

    /// Whether an address of this host may be fetched for [`Heard::Confirm`].
    fn confirms_at(&self, host: &str) -> bool {
        let _ = host;
        false
    }

    /// Takes what was found at the address of [`Heard::FetchCertificate`].
    ///
    /// # Errors
    /// [`CallbackError`], and nothing was learned.
    fn learn(&self, uri: &Uri, body: &[u8]) -> Result<(), CallbackError> {
        let _ = (uri, body);
        Err(CallbackError::NotProved)
    }

    /// Hears that a request had no answer: a provider with a second host turns
    /// to it.
    fn unanswered(&self) {}
}

/// A message as a provider gets it.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Our reference.
    pub id: MessageId,
    /// Where it goes.
    pub to: &'a PhoneNumber,
    /// Origin to show.
    pub sender: &'a str,
    /// How the content is to be read.
    pub form: &'a MessageForm,
    /// Whether it carries a code, which may be entered.
    pub is_code: bool,
    /// The text, or the hex digits of binary data.
    pub text: &'a str,
    /// Until it is worthless; at least a second.
    pub valid_for: Duration,
    /// Where its receipts are to be sent, tag included; none if this server has
    /// no public address.
    pub callback_url: Option<&'a str>,
    /// The tag alone, for providers that give it back in the body.
    pub tag: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// A provider's whole answer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, at most [`crate::limits::ANSWER_BYTES_MAX`] bytes.
    pub body: &'a [u8],
}

/// A call that a provider makes.
pub struct Callback<'a> {
    /// GET or POST.
    pub method: &'a Method,
    /// The public address that was called, query included, as configured (never
    /// from the Host header).
    pub url: &'a str,
    /// The query without `?`; may be empty.
    pub query: &'a str,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
    /// The message whose tag is in the path and has been proved.
    pub message: Option<MessageId>,
    /// Proves a tag that stands elsewhere, in the body.
    pub prove: Prove<'a>,
    /// Now.
    pub now: Timestamp,
}

/// Gives the message of a tag that is right.
pub type Prove<'a> = &'a (dyn Fn(&str) -> Option<MessageId> + Sync);

/// What a callback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Receipts; may be none.
    Reports(Vec<ProviderReport>),
    /// The provider wants this address to be fetched to prove that it is heard.
    Confirm(Uri),
    /// Nothing yet: this address is to be fetched and given to
    /// [`Provider::learn`], and the same call read again, once.
    FetchCertificate(Uri),
}

/// A receipt as a provider gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderReport {
    /// Our message.
    pub message: MessageId,
    /// The provider's id of it, if told.
    pub provider_id: Option<String>,
    /// What became of it.
    pub state: ReceiptState,
    /// Why it failed.
    pub cause: Option<Cause>,
    /// The provider's own code of the failure, at most 32 characters.
    pub code: Option<String>,
    /// Whether the provider takes the message for pumped traffic (`delivery.md` 10, G-6).
    pub is_pumped: bool,
}

/// Why a callback is not believed or not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackError {
    /// Not proved to be from this provider.
    NotProved,
    /// It cannot be read, for this reason.
    Unreadable(&'static str),
}
