//! What goes back: one line of text with status 200, or a document
//! (`number-verification-api.md` 2, `sms-api.md` 2).
//!
//! Old clients take any text that they do not know for success, so a line can
//! be made of known words and known numbers only.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use axum::body::Body;
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::amount::Amount;
use super::limits::WORD_BYTES_MAX;
use super::route::METHODS;

const TEXT_HTML: &str = "text/html; charset=UTF-8";

/// What a caller would like to get, by its `Accept` fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accept {
    /// `text/plain` is named, so that a line of text is given that type.
    pub names_plain_text: bool,
    /// `application/json` is named, so that prices are given that type and
    /// `mccmnc` as a number (`sms-api.md` 8).
    pub names_json: bool,
}

impl Accept {
    /// Reads the `Accept` fields of a request. Only names count: no weights,
    /// and `*/*` names nothing.
    pub fn of(headers: &HeaderMap) -> Self {
        let names = |name: &str| {
            let fields = headers.get_all(ACCEPT).iter();
            let mut ranges = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
            ranges.any(|range| {
                let name_only = range.split(|byte| *byte == b';').next().unwrap_or_default();
                name_only.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
            })
        };
        Self { names_plain_text: names("text/plain"), names_json: names("application/json") }
    }
}

/// The word after `OK`: visible ASCII without blanks, so that clients which
/// take the second word and clients which take the rest read the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(Cow<'static, str>);

impl Word {
    /// A word that is known when the program is built; in a `const`, a bad one
    /// is no program.
    ///
    /// # Panics
    /// If it is no word.
    pub const fn of(text: &'static str) -> Self {
        assert!(is_word(text), "a word is 1 to 64 visible ASCII characters");
        Self(Cow::Borrowed(text))
    }

    /// A word made at run time, such as an id. `None` unless it is 1 to 64
    /// visible ASCII characters.
    pub fn new(text: String) -> Option<Self> {
        is_word(&text).then_some(Self(Cow::Owned(text)))
    }

    /// A balance. The wire knows none below zero; then nothing is left to spend.
    pub fn balance(amount: Amount) -> Self {
        Self(Cow::Owned(amount.max(Amount::default()).to_string()))
    }
}

const fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_graphic() {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= WORD_BYTES_MAX
}

/// A whole answer of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// `OK` and a word.
    Ok(Word),
    /// The PIN is right, or the browser is trusted.
    Verified,
    /// The PIN is wrong.
    Invalid,
    /// The PIN is no longer valid.
    Expired,
    /// Too many checks; somebody may be guessing.
    Throttled,
    /// The caller's affair.
    Error(ErrorCode),
    /// Not now; the caller may try again.
    Failed(FailedCode),
}

/// The number after `ERROR`. Numbers 104 to 107 mean different things in
/// different calls (`sms-api.md` 2.1); here each meaning has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// 101: wrong credentials.
    WrongCredentials,
    /// 102: parameters are wrong or missing.
    WrongParameters,
    /// 103: the account is not used from this address.
    AddressNotAllowed,
    /// 104, send and prices: there is no such country.
    CountryNotFound,
    /// 105, send: no such country or area code, or no number at all.
    NumberInvalid,
    /// 105, prices: the country is not served.
    PricesCountryNotServed,
    /// 106, send: the country of the receiver is not served.
    SendCountryNotServed,
    /// 106, prices: the format is neither JSON nor XML.
    FormatUnknown,
    /// 107, send: not enough credit.
    NoCredit,
    /// 107, state and cancel: no such message.
    MessageNotFound,
    /// 108: the number is blocked.
    NumberBlocked,
    /// 109: the template has no place for the PIN.
    TemplateWithoutPin,
    /// 110: no such verification.
    VerificationNotFound,
    /// 111: the sender is not activated.
    SenderNotActivated,
}

impl ErrorCode {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        match self {
            Self::WrongCredentials => 101,
            Self::WrongParameters => 102,
            Self::AddressNotAllowed => 103,
            Self::CountryNotFound => 104,
            Self::NumberInvalid | Self::PricesCountryNotServed => 105,
            Self::SendCountryNotServed | Self::FormatUnknown => 106,
            Self::NoCredit | Self::MessageNotFound => 107,
            Self::NumberBlocked => 108,
            Self::TemplateWithoutPin => 109,
            Self::VerificationNotFound => 110,
            Self::SenderNotActivated => 111,
        }
    }
}

/// The number after `FAILED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedCode {
    /// 102: there is no report yet, ask again in five seconds.
    NoReportYet,
    /// 209: a fault of the server, try again or elsewhere.
    ServerFault,
}

impl FailedCode {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        match self {
            Self::NoReportYet => 102,
            Self::ServerFault => 209,
        }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok(word) => write!(f, "OK {}", word.0),
            Self::Verified => f.write_str("VERIFIED"),
            Self::Invalid => f.write_str("INVALID"),
            Self::Expired => f.write_str("EXPIRED"),
            Self::Throttled => f.write_str("THROTTLED"),
            Self::Error(code) => write!(f, "ERROR {}", code.number()),
            Self::Failed(code) => write!(f, "FAILED {}", code.number()),
        }
    }
}

impl Line {
    /// The answer as HTTP: status 200, no line feed, in one piece.
    pub fn into_response(self, accept: Accept) -> Response<Body> {
        let content_type =
            if accept.names_plain_text { "text/plain; charset=utf-8" } else { TEXT_HTML };
        response(StatusCode::OK, content_type, self.to_string().into_bytes())
    }
}

/// What a document is written in, and so its `Content-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentType {
    /// JSON for callers that name it.
    Json,
    /// JSON for the others: one old client fails on any type but this.
    JsonAsHtml,
    /// XML.
    Xml,
    /// CSV.
    Csv,
}

impl DocumentType {
    /// The type of a JSON document for this caller.
    pub const fn json_for(accept: Accept) -> Self {
        if accept.names_json { Self::Json } else { Self::JsonAsHtml }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=UTF-8",
            Self::JsonAsHtml => TEXT_HTML,
            Self::Xml => "application/xml; charset=UTF-8",
            Self::Csv => "text/csv;charset=UTF-8",
        }
    }
}

/// A document with status 200, in one piece.
pub fn document(kind: DocumentType, bytes: Vec<u8>) -> Response<Body> {
    response(StatusCode::OK, kind.content_type(), bytes)
}

/// The answer to another method than GET or POST: 405. Its text is a refusal
/// too, for clients that look at nothing else.
pub fn method_not_allowed(accept: Accept) -> Response<Body> {
    let mut response = Line::Error(ErrorCode::WrongParameters).into_response(accept);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
    response
}

fn response(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response<Body> {
    let length = body.len();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests;
