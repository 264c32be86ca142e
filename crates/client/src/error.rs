//! One family of errors for all calls.

use std::fmt;
use std::time::Duration;

use crate::widget::{AnswerError, RequestError};

/// What went wrong, under the names that the libraries of other languages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A field was missing or not allowed (400, 413, 414, 422, 431; `ERROR 102` and
    /// its like). [`Error::field`] says which.
    InvalidData,
    /// Unknown username, wrong password, disabled account (401, `ERROR 101`).
    WrongCredentials,
    /// Not allowed to this account: address, country, sender (403; `ERROR 103`, `106`,
    /// `111`).
    ResourceForbidden,
    /// The account has not enough money for the message (`ERROR 107`).
    InsufficientCredit,
    /// No such service, user, verification, message (404, `ERROR 107`, `ERROR 110`).
    NoSuchResource,
    /// It exists already, was confirmed already, or is still in use (409).
    ResourceAlreadyExists,
    /// Too often (429, `ERROR 108`): wait [`Error::retry_after`] if it says how long.
    /// `ERROR 108` is also said of a number that is blocked.
    Throttled,
    /// The server or its gateways cannot do it now (408, 502, 503, 504, `FAILED 209`).
    Unavailable,
    /// No whole answer came: nobody listens, no answer in time, the connection was
    /// lost. [`Error::maybe_sent`] says whether it may have been done.
    ConnectionFailed,
    /// A fault of the server (500). Report it with [`Error::request_id`].
    Internal,
    /// What came is no answer of a Ringproof server: a wrong address, or the page of a
    /// proxy.
    InvalidResponse,
    /// What a browser brought is not from the widget, or not the answer expected.
    InvalidAnswer,
    /// Any other status, and what went wrong on this side.
    Other,
}

/// Why a call failed. Its texts, `Debug` too, have no password, no PIN and no whole
/// phone number.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) status: Option<u16>,
    pub(crate) reason: Option<String>,
    pub(crate) field: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) maybe_sent: bool,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::of(Details {
            kind,
            message: message.into(),
            status: None,
            reason: None,
            field: None,
            request_id: None,
            retry_after: None,
            maybe_sent: false,
        })
    }

    pub(crate) fn of(details: Details) -> Self {
        Self(Box::new(details))
    }

    pub(crate) fn other(message: &str) -> Self {
        Self::new(ErrorKind::Other, message)
    }

    pub(crate) fn connection(message: String, maybe_sent: bool) -> Self {
        let mut error = Self::new(ErrorKind::ConnectionFailed, message);
        error.0.maybe_sent = maybe_sent;
        error
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Status of the HTTP answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The server's word for programs: `user_exists`, `ERROR 102`.
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The member that was refused, if the server named one.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Names the request in the server's log.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// After what time the call can be made again, if the server said it.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the server may have done what it was asked to, although this call
    /// failed: the request went out, and no answer came that can be understood. Then
    /// look before you repeat a call that changes something.
    pub fn maybe_sent(&self) -> bool {
        self.0.maybe_sent
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { kind, message, status, reason, field, request_id, retry_after, maybe_sent } =
            &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("message", message)
            .field("status", status)
            .field("reason", reason)
            .field("field", field)
            .field("request_id", request_id)
            .field("retry_after", retry_after)
            .field("maybe_sent", maybe_sent)
            .finish()
    }
}

impl std::error::Error for Error {}

impl From<AnswerError> for Error {
    fn from(error: AnswerError) -> Self {
        let mut family = Self::new(ErrorKind::InvalidAnswer, error.to_string());
        family.0.reason = Some(error.word().to_owned());
        family
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        let field = match error {
            RequestError::CallbackUrl => "callback_url",
            RequestError::Phone | RequestError::LockedPhone => "phone",
            RequestError::Nonce => "nonce",
            RequestError::ExpiresAt => "exp",
        };
        let mut family = Self::new(ErrorKind::InvalidData, error.to_string());
        family.0.field = Some(field.to_owned());
        family
    }
}
