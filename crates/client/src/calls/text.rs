//! The calls whose answer is a line of text. Credentials and parameters travel in the
//! body of a POST: a query would stand in the logs of proxies.

use http::Method;

use super::json::{kind_of, not_ours};
use crate::encoding::form;
use crate::error::{Error, ErrorKind};
use crate::http::exchange::{Incoming, Outgoing, details};
use crate::http::transport::Transport;

/// The server or its gateways cannot do it now. It does not say how far the call came.
const FAULT: &str = "FAILED 209";

/// What a line of refusal stands for.
pub(crate) type Refusals = &'static [(&'static str, ErrorKind)];

/// Lines that mean the same in every call, and what a person who reads a log is told.
const COMMON: &[(&str, ErrorKind, &str)] = &[
    (
        "ERROR 101",
        ErrorKind::WrongCredentials,
        "wrong username or password, or too many failed logins",
    ),
    ("ERROR 102", ErrorKind::InvalidData, "a parameter is missing or not allowed"),
    (
        "ERROR 103",
        ErrorKind::ResourceForbidden,
        "this address may not call, or not over plain HTTP",
    ),
    ("ERROR 108", ErrorKind::Throttled, "the number is blocked, or has got too many messages"),
    ("ERROR 109", ErrorKind::InvalidData, "the template has no <PIN>"),
    ("ERROR 110", ErrorKind::NoSuchResource, "there is no such verification"),
    ("ERROR 111", ErrorKind::ResourceForbidden, "the account has no sender of this name"),
    ("FAILED 208", ErrorKind::Unavailable, "the balance cannot be told now"),
    (FAULT, ErrorKind::Unavailable, "the server or its gateways cannot do it now"),
];

/// A call that answers with a line.
pub(crate) struct TextCall<'a> {
    pub(crate) path: &'static str,
    pub(crate) parameters: Vec<(&'a str, &'a [u8])>,
    pub(crate) is_reading: bool,
    /// What lines mean that mean something else in other calls.
    pub(crate) refusals: Refusals,
}

impl TextCall<'_> {
    /// Makes the call; `read` gives nothing for what it does not know.
    pub(crate) async fn perform<Answer>(
        self,
        transport: &Transport,
        read: impl Fn(&str) -> Option<Answer>,
    ) -> Result<Answer, Error> {
        let credentials = [
            ("username", transport.username().as_bytes()),
            ("password", transport.password().as_bytes()),
        ];
        let body = form(credentials.into_iter().chain(self.parameters));
        let call = Outgoing {
            method: Method::POST,
            path: self.path.to_owned(),
            accept: "text/plain",
            credentials: None,
            body: Some(("application/x-www-form-urlencoded", body)),
            is_reading: self.is_reading,
        };
        let (refusals, is_reading) = (self.refusals, self.is_reading);
        let read = |incoming: Incoming| {
            refuse(&incoming, refusals, is_reading)?;
            read(&incoming.text).ok_or_else(|| not_ours(&incoming, "an unknown text"))
        };
        transport.perform(&call, read).await
    }
}

/// The error that an answer stands for, if it stands for one.
fn refuse(incoming: &Incoming, own: Refusals, is_reading: bool) -> Result<(), Error> {
    let Incoming { status, text, request_id, retry_after } = incoming;
    let (status, text) = (*status, text.as_str());
    if is_of_a_stranger(status) {
        return Err(not_ours(incoming, &format!("status {status}")));
    }
    if status != 200 {
        let mut refusal = details(status, kind_of(status), &format!("status {status}"));
        refusal.retry_after = *retry_after;
        refusal.maybe_sent = status >= 500;
        return Err(Error::of(refusal));
    }
    if !is_refusal(text) {
        return Ok(());
    }
    let own = own.iter().find(|(line, _)| *line == text).map(|(_, kind)| (*kind, ""));
    let common = COMMON.iter().find(|(line, ..)| *line == text);
    let common = common.map(|(_, kind, meaning)| (*kind, *meaning));
    let unknown =
        if text.starts_with("FAILED") { ErrorKind::Unavailable } else { ErrorKind::Other };
    let (kind, meaning) = own.or(common).unwrap_or((unknown, ""));
    let message = if meaning.is_empty() { text.to_owned() } else { format!("{text}: {meaning}") };
    let mut refusal = details(status, kind, &message);
    refusal.reason = Some(text.to_owned());
    refusal.request_id.clone_from(request_id);
    refusal.retry_after = *retry_after;
    refusal.maybe_sent = !is_reading && text == FAULT;
    Err(Error::of(refusal))
}

/// Whether the status is one that no call with a line is answered with: it is from a proxy,
/// and its page must not pass for "there is no such message".
fn is_of_a_stranger(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 400 | 408 | 413 | 414 | 429 | 431)
}

fn is_refusal(text: &str) -> bool {
    let digits = text.strip_prefix("ERROR ").or_else(|| text.strip_prefix("FAILED "));
    digits.is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The word after `OK `, if it has the right form.
pub(crate) fn ok_word(text: &str, is_right: impl Fn(&str) -> bool) -> Option<&str> {
    text.strip_prefix("OK ").filter(|word| is_right(word))
}

/// An id as the server gives it: printable, without blanks.
pub(crate) fn is_id(word: &str) -> bool {
    (1..=crate::limits::ID_CHARS_MAX).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_graphic())
}
