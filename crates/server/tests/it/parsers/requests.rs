//! Whole requests through the application: one caller, one world, one request after the other.
//!
//! Held of every answer: below 500, a JSON object where JSON is due, the headers that go with its status, and no
//! inside of the server in its text (S-98). Held of every refusal: it wrote nothing.

use std::collections::BTreeMap;
use std::fmt;

use axum::body::Body;
use http::{Response, Uri};
use http_body_util::BodyExt as _;
use ringproof_server::http::stack::normalise_path;
use serde_json::Value;
use tower::ServiceExt as _;

use super::calls::{Call, Caller};
use super::random::{Random, Witness};
use super::world::World;

/// Requests that one world bears before it is made anew.
const WORLD_REQUESTS: u64 = 2_000;

/// Where something else than JSON is due.
const PAGES: [&str; 4] = ["/metrics", "/dev/inbox", "/dev/inbox.css", "/dev/inbox.js"];

/// What was answered.
#[derive(Default)]
pub(super) struct Seen {
    statuses: BTreeMap<u16, u64>,
    /// Verifications that were approved.
    pub(super) approvals: u64,
    /// Messages that reached the inbox.
    pub(super) messages: u64,
}

impl Seen {
    pub(super) fn add(&mut self, other: &Self) {
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        self.approvals += other.approvals;
        self.messages += other.messages;
    }

    pub(super) fn total(&self) -> u64 {
        self.statuses.values().sum()
    }

    pub(super) fn answers(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or_default()
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (total, approvals, messages) = (self.total(), self.approvals, self.messages);
        write!(f, "{total} requests, {approvals} approvals, {messages} messages")?;
        self.statuses.iter().try_for_each(|(status, count)| write!(f, ", {status}: {count}"))
    }
}

/// Sends so many requests, one after the other, and judges every answer.
pub(super) fn run(seed: u64, thread: u64, requests: u64) -> Seen {
    // Time stands still unless everybody waits, so nothing waits in truth.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut seen = Seen::default();
        let mut first = 0;
        while first < requests {
            let last = requests.min(first + WORLD_REQUESTS);
            seen.add(&live(seed, thread, first..last).await);
            first = last;
        }
        seen
    })
}

/// Sends the requests of one world.
async fn live(seed: u64, thread: u64, requests: std::ops::Range<u64>) -> Seen {
    // The default send limits in every second world.
    let is_generous = requests.start.is_multiple_of(2 * WORLD_REQUESTS);
    let world = World::new(requests.start, is_generous).await;
    let mut caller = Caller::new(Random::of_case(seed, 1_000 + thread, requests.start));
    let mut seen = Seen::default();
    let mut sent = requests.start;
    while sent < requests.end {
        let call = caller.next_call(&world.inbox);
        let Some(request) = call.to_request() else { continue };
        let report = || format!("seed {seed}, thread {thread}, request {sent}: {call}");
        let witness = Witness(&report);
        let before = world.written();
        let Ok(response) = world.routes.clone().oneshot(request).await;
        let (status, json) = judge(&call, response).await;
        let is_refused = (400..500).contains(&status);
        assert!(!is_refused || world.written() == before, "a request refused by {status} wrote");
        world.repair();
        drop(witness);
        *seen.statuses.entry(status).or_default() += 1;
        seen.approvals += u64::from(json["verified"] == true);
        caller.remember(&call, &json);
        // The dispatcher's turn.
        tokio::task::yield_now().await;
        sent += 1;
    }
    seen.messages = world.inbox.messages(None, 0).1;
    seen
}

/// What must hold of every answer; gives its status, and its object where it has one.
async fn judge(call: &Call, response: Response<Body>) -> (u16, Value) {
    let (parts, body) = response.into_parts();
    let status = parts.status.as_u16();
    let body = body.collect().await.expect("a body in memory is whole").to_bytes();
    let shown = String::from_utf8_lossy(&body);
    assert!((200..500).contains(&status), "{status}: {shown}");
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| header(name).and_then(|text| text.parse::<i64>().ok());
    assert_eq!(header("cache-control"), Some("no-store"), "{status}: {shown}");
    match status {
        401 => assert!(header("www-authenticate").is_some(), "no WWW-Authenticate"),
        405 => {
            let allow = header("allow").unwrap_or_else(|| panic!("no Allow: {shown}"));
            assert!(allow.split([',', ' ']).all(|method| method != call.method), "Allow: {allow}");
        }
        429 => assert!(number("retry-after").is_some_and(|seconds| seconds > 0), "no Retry-After"),
        _ => {}
    }
    let content_type = header("content-type").unwrap_or_default();
    if !content_type.starts_with("application/json") {
        let uri = Uri::try_from(&call.target[..]).unwrap_or_default();
        let path = normalise_path(uri.path());
        assert!(status == 200 && PAGES.contains(&&*path), "{content_type} from {path}");
        return (status, Value::Null);
    }
    assert_eq!(content_type, "application/json; charset=utf-8");
    if call.method == "HEAD" && body.is_empty() {
        return (status, Value::Null);
    }
    let json = serde_json::from_slice(&body);
    let json: Value = json.unwrap_or_else(|error| panic!("{error}: {shown}"));
    assert!(json.is_object() && body.is_ascii(), "{shown}");
    if status >= 400 {
        let message = json["message"].as_str().unwrap_or_else(|| panic!("no message: {shown}"));
        assert!(!message.is_empty(), "{shown}");
        for inside in ["/src/", ".rs:", "panicked", "SELECT", "serde", "unwrap"] {
            assert!(!message.contains(inside), "{message}");
        }
    }
    (status, json)
}
