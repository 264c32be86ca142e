//! Answers of the Verification API, and the one table from refusals to the
//! wire (`verigator-api.md` 4.2–4.4).

use std::io;

use axum::body::Body;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use store::Fault;

use crate::http::stack::BodyError;

/// An answer: a status and a JSON object.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    body: Vec<u8>,
    retry_after: Option<i64>,
    extra: Option<(http::HeaderName, HeaderValue)>,
}

impl Answer {
    /// An answer with this object.
    pub fn new(status: StatusCode, object: &impl Serialize) -> Self {
        Self { status, body: ascii_json(object), retry_after: None, extra: None }
    }

    /// An answer with an empty object, as a successful delete gives it.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, body: b"{}".to_vec(), retry_after: None, extra: None }
    }

    /// Tells the caller to wait so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: Option<i64>) -> Self {
        self.retry_after = seconds;
        self
    }

    fn extra(mut self, name: http::HeaderName, value: &'static str) -> Self {
        self.extra = Some((name, HeaderValue::from_static(value)));
        self
    }

    /// The answer as HTTP.
    pub fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some((name, value)) = self.extra {
            headers.insert(name, value);
        }
        response
    }
}

/// Why a call is refused. Texts never name an id, so that a foreign object and
/// a missing one answer byte for byte the same (design "Settled" 1).
#[derive(Debug)]
pub enum Problem {
    /// No such path.
    RouteNotFound,
    /// The path exists, with these methods.
    MethodNotAllowed(&'static str),
    /// Credentials over plain HTTP (design "Settled" 4).
    PlainHttp,
    /// Missing, malformed or wrong credentials.
    AuthRequired,
    /// Too many failed logins; seconds to wait.
    LoginThrottled(i64),
    /// The account is not used from this address.
    AddressNotAllowed,
    /// The account does not send to this country.
    CountryNotAllowed,
    /// The account must not send to the user's number.
    NumberBlocked,
    /// No such service in this account.
    ServiceNotFound,
    /// No such user in this service.
    UserNotFound,
    /// No verification waits for a code.
    VerificationNotFound,
    /// The user has no such authenticator or device, or it is past this.
    AuthenticatorNotFound,
    /// The user has as many authenticators as a user may have.
    AuthenticatorsFull,
    /// The account has no such answer of the widget, or it is too old.
    WidgetAnswerNotFound,
    /// The answer of the widget was confirmed before.
    WidgetAnswerConfirmed,
    /// The account has a service of this name.
    ServiceExists,
    /// The service has a user of this login name.
    UserExists,
    /// The service has users.
    ServiceNotEmpty,
    /// The body could not be read.
    Body(BodyError),
    /// The body is no JSON object.
    InvalidBody,
    /// A member has the wrong type or value.
    InvalidField {
        /// The member.
        field: &'static str,
        /// What is wrong, after the member's name.
        fault: &'static str,
    },
    /// Too many starts or wrong codes; what to say, and seconds to wait.
    RateLimited(&'static str, i64),
    /// No gateway takes messages.
    SmsUnavailable,
    /// The store is not available now.
    Unavailable,
    /// The store did not say whether it did what was asked.
    Unknown,
    /// A fault of ours.
    Internal,
}

impl Problem {
    /// A member with a wrong type or value; `fault` follows the member's name.
    pub fn field(field: &'static str, fault: &'static str) -> Self {
        Self::InvalidField { field, fault }
    }

    /// The answer.
    pub fn into_answer(self) -> Answer {
        let (status, code, message) = self.line();
        let answer = match &self {
            Self::InvalidField { field, fault } => {
                let message = format!("{field} {fault}");
                let body = WireProblem { message: &message, code, field: Some(field) };
                Answer::new(status, &body)
            }
            _ => Answer::new(status, &WireProblem { message, code, field: None }),
        };
        match self {
            Self::MethodNotAllowed(methods) => answer.extra(ALLOW, methods),
            Self::AuthRequired => {
                answer.extra(WWW_AUTHENTICATE, "X-Service-Auth realm=\"verigator\"")
            }
            Self::LoginThrottled(seconds) | Self::RateLimited(_, seconds) => {
                answer.retry_after(Some(seconds))
            }
            Self::SmsUnavailable => answer.retry_after(Some(5)),
            Self::Unavailable | Self::Unknown => answer.retry_after(Some(1)),
            _ => answer,
        }
    }

    /// Status and body, for the description of the calls.
    pub fn described(self) -> (u16, serde_json::Value) {
        let answer = self.into_answer();
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// The error table: status, code and text of each refusal.
    fn line(&self) -> Line {
        use StatusCode as S;
        match self {
            Self::RouteNotFound => {
                (S::NOT_FOUND, "route_not_found", "there is nothing at this path")
            }
            Self::MethodNotAllowed(_) => (
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this path has other methods, see the Allow header",
            ),
            Self::PlainHttp => (
                S::FORBIDDEN,
                "forbidden",
                "credentials over plain HTTP are refused: use https, or let the operator name the \
                 proxy in server.trusted_proxies or set server.allow_plain_http",
            ),
            Self::AuthRequired => (
                S::UNAUTHORIZED,
                "auth_required",
                "the header X-Service-Auth must be username:password of an enabled account",
            ),
            Self::LoginThrottled(_) => {
                (S::TOO_MANY_REQUESTS, "rate_limited", "too many failed logins, try again later")
            }
            Self::AddressNotAllowed => (
                S::FORBIDDEN,
                "forbidden",
                "this account may not be used from this address; see `ringproof account set \
                 --allow-from`",
            ),
            Self::CountryNotAllowed => (
                S::FORBIDDEN,
                "forbidden",
                "this account does not send to the country of this number; see `ringproof account \
                 set --countries`",
            ),
            Self::NumberBlocked => (
                S::FORBIDDEN,
                "forbidden",
                "this account must not send to this number; see `ringproof account blocked`",
            ),
            Self::ServiceNotFound => {
                (S::NOT_FOUND, "service_not_found", "the service does not exist in this account")
            }
            Self::UserNotFound => {
                (S::NOT_FOUND, "user_not_found", "the user does not exist in this service")
            }
            Self::VerificationNotFound => (
                S::NOT_FOUND,
                "verification_not_found",
                "no verification waits for a PIN, start one first",
            ),
            Self::ServiceExists => {
                (S::CONFLICT, "service_exists", "this account has a service of this name")
            }
            Self::UserExists => {
                (S::CONFLICT, "user_exists", "this service has a user of this id_in_service")
            }
            Self::ServiceNotEmpty => {
                (S::CONFLICT, "service_not_empty", "the service has users, remove them first")
            }
            Self::Body(BodyError::TooLarge) => {
                (S::PAYLOAD_TOO_LARGE, "body_too_large", "the body is larger than 64 KiB")
            }
            Self::Body(BodyError::TimedOut) => {
                (S::REQUEST_TIMEOUT, "invalid_body", "the body did not arrive in time")
            }
            Self::Body(BodyError::Broken) => {
                (S::BAD_REQUEST, "invalid_body", "the body ended early")
            }
            Self::InvalidBody => (
                S::UNPROCESSABLE_ENTITY,
                "invalid_body",
                "the body must be one JSON object in UTF-8 that names no member twice",
            ),
            Self::InvalidField { .. } => (S::UNPROCESSABLE_ENTITY, "invalid_field", ""),
            Self::RateLimited(message, _) => (S::TOO_MANY_REQUESTS, "rate_limited", message),
            Self::SmsUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "sms_unavailable",
                "no gateway takes messages now, nothing was started; try again later",
            ),
            Self::AuthenticatorNotFound => AUTHENTICATOR_NOT_FOUND,
            Self::AuthenticatorsFull => AUTHENTICATORS_FULL,
            Self::WidgetAnswerNotFound => WIDGET_ANSWER_NOT_FOUND,
            Self::WidgetAnswerConfirmed => WIDGET_ANSWER_CONFIRMED,
            Self::Unavailable => UNAVAILABLE,
            Self::Unknown => UNKNOWN,
            Self::Internal => INTERNAL,
        }
    }
}

/// Status, code and text.
type Line = (StatusCode, &'static str, &'static str);

const AUTHENTICATOR_NOT_FOUND: Line = (
    StatusCode::NOT_FOUND,
    "authenticator_not_found",
    "the user has no authenticator or waiting device of this id, or it is confirmed already",
);
const AUTHENTICATORS_FULL: Line = (
    StatusCode::CONFLICT,
    "authenticators_full",
    "the user has five authenticators, remove one first",
);
const WIDGET_ANSWER_NOT_FOUND: Line = (
    StatusCode::NOT_FOUND,
    "answer_not_found",
    "this account has no answer of the widget with this vid, or it is older than 300 seconds",
);
const WIDGET_ANSWER_CONFIRMED: Line = (
    StatusCode::CONFLICT,
    "already_confirmed",
    "this answer was confirmed before; an answer counts once, so treat this one as a replay",
);
const UNAVAILABLE: Line = (
    StatusCode::SERVICE_UNAVAILABLE,
    "internal",
    "the service is not available now, nothing was changed; try again",
);
const UNKNOWN: Line = (
    StatusCode::SERVICE_UNAVAILABLE,
    "internal",
    "the service is not available now and it is not known whether this call was done; \
     look before you repeat it",
);
const INTERNAL: Line = (
    StatusCode::INTERNAL_SERVER_ERROR,
    "internal",
    "an internal error; the X-Request-Id header names it in the operator's log",
);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::RulePanicked(_) => {
                tracing::error!(error = %fault, "a rule failed");
                Self::Internal
            }
            Fault::Overloaded | Fault::SwitchedOff => {
                tracing::warn!(error = %fault, "a call was turned away");
                Self::Unavailable
            }
            Fault::Database(_) => {
                tracing::error!(error = %fault, "the store failed");
                Self::Unavailable
            }
            Fault::Unknown(_) | Fault::Closed => {
                tracing::error!(error = %fault, "the store failed");
                Self::Unknown
            }
        }
    }
}

/// A refusal on the wire.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct WireProblem<'a> {
    /// For people; can change.
    message: &'a str,
    /// For programs.
    code: &'static str,
    /// The member that is wrong, with `invalid_field`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    field: Option<&'static str>,
}

/// Writes JSON in pure ASCII: one client decodes with its platform's charset
/// (`verigator-api.md` 4.2).
fn ascii_json(object: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(192);
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, AsciiFormatter);
    object.serialize(&mut writer).expect("wire objects hold only what JSON can");
    bytes
}

struct AsciiFormatter;

impl Formatter for AsciiFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0; 2];
        for c in fragment.chars() {
            if c.is_ascii() {
                writer.write_all(&[c as u8])?;
            } else {
                for unit in c.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        CompactFormatter.write_char_escape(writer, escape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_ascii_and_reads_back() {
        let text = "Köök ☕ 𝄞 \"\\\n\u{7f}";
        let bytes = ascii_json(&serde_json::json!({ "name": text }));
        assert!(bytes.is_ascii());
        let back: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(back["name"], text);
    }
}
