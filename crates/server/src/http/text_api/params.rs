//! The parameters of a request, from its query, its form body or its multipart
//! body, all taken together (`number-verification-api.md` 1.1).
//!
//! A value is kept as the bytes that came, since some are no text (`udh`,
//! `data`) and a message text may be in another alphabet than UTF-8. Every
//! value is wiped when it is dropped: among them are PINs and message texts.
//!
//! * `form`: `a=b&c=d`, in a query or a body.
//! * `multipart`: `multipart/form-data`.

mod form;
mod multipart;

use std::fmt::{self, Debug, Formatter};

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, Response};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::answer::{Accept, ErrorCode, Line};
use super::limits::{CREDENTIALS_BYTES_MAX, NAME_BYTES_MAX, PARAMETERS_MAX, VALUE_BYTES_MAX};
use crate::http::auth::header::Credentials;
use crate::http::stack::limits::BODY_BYTES_MAX;
use crate::http::stack::{BodyError, read_body};

/// The bytes of a value, wiped when dropped.
type Value = Zeroizing<Vec<u8>>;

/// Parameters by name. Names are compared as they are written.
pub struct Params {
    username: Option<SecretString>,
    password: Option<SecretString>,
    /// All but the two above.
    others: Vec<(String, Value)>,
    /// A credential stands in the query, where servers and proxies like to log.
    has_query_credentials: bool,
}

/// Why parameters are refused; on the wire all of it is `ERROR 102`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// A name, or a value that must be text, is not UTF-8.
    #[error("a parameter is not UTF-8")]
    NotUtf8,
    /// A name stands there twice with different values.
    #[error("a parameter has two values")]
    TwoValues,
    /// There are too many, or one of them is too long.
    #[error("there are too many parameters, or one is too long")]
    TooMuch,
    /// A number is not written as digits.
    #[error("a number is not written as digits")]
    NotDigits,
    /// The body is not the `multipart/form-data` that it is said to be.
    #[error("the multipart body cannot be read")]
    BrokenMultipart,
}

/// Why no parameters could be had from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The body did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// It came, and is refused.
    #[error(transparent)]
    Params(#[from] ParamsError),
}

/// What a caller presents to prove who it is.
pub enum Presented<'a> {
    /// Name or password is absent: `ERROR 102`.
    Missing,
    /// One is empty, or no account can have them: `ERROR 101`, unchecked.
    Impossible,
    /// Both are there.
    Given(Credentials<'a>),
}

impl ParamsError {
    /// The answer.
    pub const fn line(self) -> Line {
        match self {
            Self::NotUtf8
            | Self::TwoValues
            | Self::TooMuch
            | Self::NotDigits
            | Self::BrokenMultipart => Line::Error(ErrorCode::WrongParameters),
        }
    }
}

impl ReadError {
    /// The answer. Where the body did not arrive the exchange itself has
    /// failed, and the edge's own answer says so: to these clients any status
    /// but 200 is no answer.
    pub fn into_response(self, accept: Accept) -> Response<Body> {
        match self {
            Self::Params(error) => error.line().into_response(accept),
            Self::Body(BodyError::TooLarge) => ParamsError::TooMuch.line().into_response(accept),
            Self::Body(error @ (BodyError::TimedOut | BodyError::Broken)) => error.response(),
        }
    }
}

impl Params {
    /// Reads a request, its body included if it is of a type that can hold
    /// parameters; any other body is left where it is.
    ///
    /// # Errors
    /// [`ReadError`], which knows its answer.
    pub async fn read(parts: &Parts, body: Body) -> Result<Self, ReadError> {
        let query = parts.uri.query().unwrap_or_default();
        let body = match BodyType::of(&parts.headers) {
            BodyType::Form | BodyType::Multipart(_) => read_body(body, BODY_BYTES_MAX).await?,
            BodyType::Other => bytes::Bytes::new(),
        };
        Ok(Self::parse(query.as_bytes(), &parts.headers, &body)?)
    }

    /// Reads a query (without its `?`) and a body whose type is in `headers`.
    ///
    /// # Errors
    /// [`ParamsError`]
    pub fn parse(query: &[u8], headers: &HeaderMap, body: &[u8]) -> Result<Self, ParamsError> {
        let mut gathered = Gathered::default();
        form::read(query, &mut gathered)?;
        let is_credential = |name: &str| matches!(name, "username" | "password");
        gathered.has_query_credentials = gathered.all.iter().any(|(name, _)| is_credential(name));
        gathered.take_body(headers, body)?;
        gathered.finish()
    }

    /// All parameters of a request in their order, repeated ones each: for who has to
    /// know that one stands there twice. A value must be text there.
    ///
    /// # Errors
    /// [`ReadError`], which knows its answer.
    pub async fn read_pairs(parts: &Parts, body: Body) -> Result<Vec<(String, String)>, ReadError> {
        let body = match BodyType::of(&parts.headers) {
            BodyType::Form | BodyType::Multipart(_) => read_body(body, BODY_BYTES_MAX).await?,
            BodyType::Other => bytes::Bytes::new(),
        };
        let mut gathered = Gathered { keeps_repeated: true, ..Gathered::default() };
        form::read(parts.uri.query().unwrap_or_default().as_bytes(), &mut gathered)?;
        gathered.take_body(&parts.headers, &body)?;
        let text = |(name, value): (String, Value)| {
            let value = std::str::from_utf8(&value).map_err(|_| ParamsError::NotUtf8)?;
            Ok((name, value.to_owned()))
        };
        gathered.all.into_iter().map(text).collect()
    }

    /// A parameter as UTF-8; `None` if it is absent. Not for `username` and
    /// `password`, which only [`credentials`](Self::credentials) shows.
    ///
    /// # Errors
    /// [`ParamsError::NotUtf8`]
    pub fn text(&self, name: &str) -> Result<Option<&str>, ParamsError> {
        let text = self.bytes(name).map(std::str::from_utf8).transpose();
        text.map_err(|_| ParamsError::NotUtf8)
    }

    /// The bytes of a parameter, whatever they are; `None` if it is absent.
    /// Not for `username` and `password`.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        let found = self.others.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_slice())
    }

    /// Whether a credential stands in the query (S-62).
    pub fn has_query_credentials(&self) -> bool {
        self.has_query_credentials
    }

    /// A parameter as UTF-8 that is no empty text; an empty one counts as
    /// absent.
    ///
    /// # Errors
    /// [`ParamsError::NotUtf8`]
    pub fn filled_text(&self, name: &str) -> Result<Option<&str>, ParamsError> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// A parameter of decimal digits only; `None` if it is absent. What is
    /// larger than can be counted is the largest that can.
    ///
    /// # Errors
    /// [`ParamsError::NotDigits`], also for an empty one.
    pub fn digits(&self, name: &str) -> Result<Option<u64>, ParamsError> {
        let Some(bytes) = self.bytes(name) else { return Ok(None) };
        if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
            return Err(ParamsError::NotDigits);
        }
        let digits = bytes.iter().map(|digit| u64::from(digit - b'0'));
        Ok(Some(digits.fold(0, |sum: u64, digit| sum.saturating_mul(10).saturating_add(digit))))
    }

    /// What the caller presents.
    pub fn credentials(&self) -> Presented<'_> {
        let (Some(username), Some(password)) = (&self.username, &self.password) else {
            return Presented::Missing;
        };
        let (username, password) = (username.expose_secret(), password.expose_secret());
        // As the header of the other API has it (S-55).
        let is_possible = |text: &str| !text.is_empty() && text.bytes().all(is_printable);
        if username.len() + password.len() > CREDENTIALS_BYTES_MAX
            || !is_possible(username)
            || !is_possible(password)
        {
            return Presented::Impossible;
        }
        Presented::Given(Credentials { username, password })
    }
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

impl Debug for Params {
    /// Names only.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let username = self.username.iter().map(|_| "username");
        let password = self.password.iter().map(|_| "password");
        let others = self.others.iter().map(|(name, _)| name.as_str());
        f.write_str("Params")?;
        f.debug_set().entries(username.chain(password).chain(others)).finish()
    }
}

/// What the type of a body says of its parameters.
enum BodyType<'a> {
    Form,
    /// With the whole value of `Content-Type`, which names the boundary.
    Multipart(&'a [u8]),
    /// No type, or one that has no parameters for us.
    Other,
}

impl<'a> BodyType<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        let name = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
            Self::Form
        } else if name.eq_ignore_ascii_case(b"multipart/form-data") {
            Self::Multipart(content_type)
        } else {
            Self::Other
        }
    }
}

/// Parameters as they come in.
#[derive(Default)]
struct Gathered {
    all: Vec<(String, Value)>,
    /// Repeated ones included.
    count: usize,
    has_query_credentials: bool,
    /// One that stands there again is another one.
    keeps_repeated: bool,
}

impl Gathered {
    fn take_body(&mut self, headers: &HeaderMap, body: &[u8]) -> Result<(), ParamsError> {
        match BodyType::of(headers) {
            BodyType::Form => form::read(body, self),
            BodyType::Multipart(content_type) if !body.is_empty() => {
                multipart::read(content_type, body, self)
            }
            BodyType::Multipart(_) | BodyType::Other => Ok(()),
        }
    }

    /// Takes one more. Equal values of one name count as one.
    fn push(&mut self, name: &[u8], value: Value) -> Result<(), ParamsError> {
        self.count += 1;
        if self.count > PARAMETERS_MAX
            || name.len() > NAME_BYTES_MAX
            || value.len() > VALUE_BYTES_MAX
        {
            return Err(ParamsError::TooMuch);
        }
        let name = std::str::from_utf8(name).map_err(|_| ParamsError::NotUtf8)?;
        match self.all.iter().find(|(known, _)| known == name && !self.keeps_repeated) {
            None => self.all.push((name.to_owned(), value)),
            Some((_, known)) if *known == value => {}
            Some(_) => return Err(ParamsError::TwoValues),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Params, ParamsError> {
        let username = self.take_secret("username")?;
        let password = self.take_secret("password")?;
        let has_query_credentials = self.has_query_credentials;
        Ok(Params { username, password, others: self.all, has_query_credentials })
    }

    fn take_secret(&mut self, name: &str) -> Result<Option<SecretString>, ParamsError> {
        let Some(at) = self.all.iter().position(|(known, _)| known == name) else {
            return Ok(None);
        };
        let (_, value) = self.all.remove(at);
        let text = std::str::from_utf8(&value).map_err(|_| ParamsError::NotUtf8)?;
        // A copy of the exact size; shrinking the old one could leave a copy behind.
        Ok(Some(SecretString::from(text.to_owned())))
    }
}

#[cfg(test)]
mod tests;
