//! `/dev/inbox`: the messages that would have been sent, as a live page and as
//! JSON.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State};
use delivery::inbox::{InboxGateway, InboxMessage};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode, Uri};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::phone::PhoneNumber;

use super::problem;
use crate::app::App;
use crate::http::verification::answer::{Answer, Problem};

/// Longest wait for news: below the time limit of a handler.
pub(super) const WAIT_SECONDS_MAX: u64 = 8;

/// Messages on the page as it is first sent; the script shows older ones when
/// asked.
const RENDERED_MAX: usize = 50;

/// Run of digits that is taken for the code.
const CODE_DIGITS: RangeInclusive<usize> = 4..=16;

#[derive(Deserialize)]
struct Wanted {
    /// A number, or empty for all; present: the answer is JSON.
    to: Option<String>,
    /// Only messages after this one.
    #[serde(default)]
    after: u64,
    /// Wait so long for the first such message.
    #[serde(default)]
    wait_seconds: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Inbox")]
pub(super) struct WireInbox {
    messages: Vec<WireMessage>,
    last_seq: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxMessage")]
pub(super) struct WireMessage {
    seq: u64,
    id: String,
    to: String,
    from: String,
    text: String,
    #[schemars(extend("format" = "date-time"))]
    at: String,
}

impl WireMessage {
    fn new(message: &InboxMessage) -> Self {
        Self {
            seq: message.seq,
            id: message.id.to_string(),
            to: message.to.as_e164().to_owned(),
            from: message.sender.clone(),
            text: message.text.to_string(),
            at: format!("{:.3}", message.at),
        }
    }

    /// The text before the code, the code, and the text after it; a text
    /// without a code is all before.
    fn parts(&self) -> (&str, &str, &str) {
        around_code(&self.text).unwrap_or((&self.text, "", ""))
    }

    /// The time for a reader without script: `2026-02-03 09:15:27 UTC`.
    fn plain_time(&self) -> String {
        let seconds = self.at.split_once('.').map_or(&*self.at, |(seconds, _)| seconds);
        format!("{} UTC", seconds.replace('T', " "))
    }
}

/// Cuts a text around the first run of digits that has the length of a code.
fn around_code(text: &str) -> Option<(&str, &str, &str)> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find(|c: char| c.is_ascii_digit())?..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (code, after) = rest.split_at(digits);
        if CODE_DIGITS.contains(&digits) {
            let before = &text[..text.len() - rest.len()];
            return Some((before, code, after));
        }
        rest = after;
    }
}

/// The page, or with `to` the messages as JSON, newest first.
pub(super) async fn show(State(app): State<Arc<App>>, uri: Uri) -> Response<Body> {
    let Some(inbox) = &app.dev_inbox else {
        return Problem::RouteNotFound.into_answer().into_response();
    };
    let Ok(Query(wanted)) = Query::<Wanted>::try_from_uri(&uri) else {
        let message = "after and wait_seconds must be whole numbers";
        return problem(StatusCode::UNPROCESSABLE_ENTITY, message);
    };
    let Some(to) = &wanted.to else { return page(inbox) };
    // A `+` in a query reads as a blank; the number is meant all the same.
    let to = match to.trim() {
        "" => None,
        typed => match PhoneNumber::parse(typed) {
            Some(number) => Some(number),
            None => return problem(StatusCode::UNPROCESSABLE_ENTITY, "to is no phone number"),
        },
    };
    let found = wait(inbox, to.as_ref(), wanted.after, wanted.wait_seconds).await;
    Answer::new(StatusCode::OK, &found).into_response()
}

async fn wait(
    inbox: &InboxGateway,
    to: Option<&PhoneNumber>,
    after: u64,
    seconds: u64,
) -> WireInbox {
    let mut news = inbox.watch();
    let arrives = async {
        loop {
            news.mark_unchanged();
            let (messages, last_seq) = inbox.messages(to, after);
            if !messages.is_empty() {
                return (messages, last_seq);
            }
            if news.changed().await.is_err() {
                return (messages, last_seq);
            }
        }
    };
    let limit = Duration::from_secs(seconds.min(WAIT_SECONDS_MAX));
    let found = tokio::time::timeout(limit, arrives).await;
    let (messages, last_seq) = found.unwrap_or_else(|_| inbox.messages(to, after));
    WireInbox { messages: messages.iter().map(WireMessage::new).collect(), last_seq }
}

/// The page as it is without script: the messages so far.
#[derive(Template)]
#[template(path = "dev/inbox.html")]
struct Page {
    messages: Vec<WireMessage>,
    /// Older ones that are kept but not rendered.
    older: usize,
    last_seq: u64,
}

fn page(inbox: &InboxGateway) -> Response<Body> {
    let (messages, last_seq) = inbox.messages(None, 0);
    let older = messages.len().saturating_sub(RENDERED_MAX);
    let messages = messages.iter().take(RENDERED_MAX).map(WireMessage::new).collect();
    match (Page { messages, older, last_seq }).render() {
        Ok(html) => file(html.into(), "text/html; charset=utf-8"),
        Err(error) => {
            tracing::error!(%error, "the inbox page could not be rendered");
            Problem::Internal.into_answer().into_response()
        }
    }
}

/// The page's style.
pub(super) async fn style() -> Response<Body> {
    file(include_str!("../../../../../web/dev/inbox.css").into(), "text/css; charset=utf-8")
}

/// The page's script.
pub(super) async fn script() -> Response<Body> {
    file(include_str!("../../../../../web/dev/inbox.js").into(), "text/javascript; charset=utf-8")
}

fn file(body: Body, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(CONTENT_TYPE.as_str(), content_type);
    set(CACHE_CONTROL.as_str(), "no-store");
    set("content-security-policy", CONTENT_SECURITY_POLICY);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("cross-origin-opener-policy", "same-origin");
    response
}

/// Nothing from anywhere else, nothing inline, no frame (S-38).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_first_run_of_4_to_16_digits() {
        for (text, parts) in [
            ("Your code is 482913", Some(("Your code is ", "482913", ""))),
            ("1234 is it", Some(("", "1234", " is it"))),
            ("in 24 h, 48, 0071!", Some(("in 24 h, 48, ", "0071", "!"))),
            ("õ 1234567890123456 õ", Some(("õ ", "1234567890123456", " õ"))),
            ("12345678901234567, 12345", Some(("12345678901234567, ", "12345", ""))),
            ("123 456", None),
            ("٤٥٦٧", None),
            ("", None),
        ] {
            assert_eq!(around_code(text), parts, "{text}");
        }
    }
}
