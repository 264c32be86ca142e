//! What any call can be answered before it is looked at, and how the refusals of
//! one call are put together.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::model::{Answer, Example, Sent, SentBody, SharedAnswer};
use super::sample;
use super::schemas::Schemas;
use crate::http::stack::{self, limits::BODY_BYTES_MAX};
use crate::http::verification::answer::{Problem, WireProblem};

/// What the edge itself answers to any call.
pub const EDGE: &[&str] =
    &["Malformed", "Late", "TooLarge", "UriTooLong", "HeadersTooLarge", "Internal", "Unavailable"];
/// … and what any call of an account can be refused with.
pub const ACCOUNT: &[&str] = &[
    "LoginNeeded",
    "NotAllowed",
    "TooOften",
    "Malformed",
    "Late",
    "TooLarge",
    "UriTooLong",
    "HeadersTooLarge",
    "Internal",
    "Unavailable",
];

/// Names of the shared answers by status.
const NAMES: [(u16, &str, &str); 10] = [
    (400, "Malformed", "The request is not HTTP as this server takes it, or its body ended early."),
    (401, "LoginNeeded", "Credentials are missing, malformed or wrong, or the account is off."),
    (403, "NotAllowed", "Over plain HTTP, or from an address that is not on the account's list."),
    (408, "Late", "The request did not arrive in time."),
    (413, "TooLarge", "The body has more than 64 KiB."),
    (414, "UriTooLong", "The path and its query are longer than this server takes."),
    (429, "TooOften", "Too many failed logins; wait as Retry-After says."),
    (431, "HeadersTooLarge", "There are too many header fields, or they are too large."),
    (500, "Internal", "A fault of the server; X-Request-Id names it in the operator's log."),
    (
        503,
        "Unavailable",
        "Not now; try again as Retry-After says. Nothing was changed, unless the message \
         says that it may have been done, or that this is not known.",
    ),
];

/// The answers that many operations share.
pub fn shared(schemas: &mut Schemas) -> Vec<SharedAnswer> {
    let mut by_status = Codes::default();
    by_status.edge(|_| true);
    for problem in [
        Problem::AuthRequired,
        Problem::PlainHttp,
        Problem::AddressNotAllowed,
        Problem::LoginThrottled(1),
        Problem::Unavailable,
        Problem::Unknown,
        Problem::Internal,
    ] {
        by_status.problem(problem);
    }
    let read = Sent::to(format!("/v1/service/service/{}", sample::SERVICE));
    let large =
        Sent { body: SentBody::Blanks(BODY_BYTES_MAX + 1), ..Sent::to("/v1/service/service") };
    let long = "$(head -c 20000 /dev/zero | tr '\\0' x)";
    let of = |problem: Problem, sent: &Sent| Some(problem_example(problem, sent));
    NAMES
        .iter()
        .map(|&(status, name, text)| {
            let (example, method) = match status {
                401 => (of(Problem::AuthRequired, &read.clone().wrong_login()), Method::GET),
                403 => (of(Problem::AddressNotAllowed, &read), Method::GET),
                413 => (of(Problem::Body(stack::BodyError::TooLarge), &large), Method::POST),
                414 => {
                    let sent = read.clone().query("limit", long);
                    (edge_example("uri_too_long", &sent), Method::GET)
                }
                429 => (of(Problem::LoginThrottled(1), &read.clone().wrong_login()), Method::GET),
                503 => (of(Problem::Unavailable, &read), Method::GET),
                _ => (None, Method::GET),
            };
            let mut answer = by_status.answer(status, text, schemas);
            answer.examples.extend(example);
            SharedAnswer { name, answer, method }
        })
        .collect()
}

/// What the edge answers with this status, to a call that has answers of its own with it.
pub fn of_edge(status: u16, text: &str, schemas: &mut Schemas) -> Answer {
    let mut by_status = Codes::default();
    by_status.edge(|known| known == status);
    by_status.answer(status, text, schemas)
}

/// What one call is refused with: each with its example, of one status together.
pub fn of_call(refusals: Vec<(Problem, Sent)>, schemas: &mut Schemas) -> Vec<Answer> {
    let mut by_status = Codes::default();
    let mut examples: BTreeMap<u16, Vec<Example>> = BTreeMap::new();
    for (problem, sent) in refusals {
        let (status, body) = problem.described();
        by_status.known(status, &body);
        examples.entry(status).or_default().push(named(&body, &sent));
    }
    // An operation's own answer stands instead of the shared one, so it says that as well.
    let statuses: Vec<u16> = by_status.0.keys().copied().collect();
    by_status.edge(|status| statuses.contains(&status));
    for problem in [
        Problem::PlainHttp,
        Problem::AddressNotAllowed,
        Problem::LoginThrottled(1),
        Problem::Unavailable,
        Problem::Unknown,
    ] {
        let (status, body) = problem.described();
        if statuses.contains(&status) {
            by_status.known(status, &body);
        }
    }
    let answer = |(status, examples): (u16, Vec<Example>)| {
        let mut answer = by_status.answer(status, text(status), schemas);
        answer.examples = distinct(examples);
        answer
    };
    examples.into_iter().map(answer).collect()
}

/// Two examples of one code are told apart by a number.
fn distinct(examples: Vec<Example>) -> Vec<Example> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let number = |mut example: Example| {
        let count = seen.entry(example.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            example.name = format!("{}_{count}", example.name);
        }
        example
    };
    examples.into_iter().map(number).collect()
}

const fn text(status: u16) -> &'static str {
    match status {
        403 => "The call is not allowed; the message says why.",
        404 => "There is no such thing in this account.",
        409 => "What is there already stands in the way.",
        422 => "The body, or a value of the query, is not what the call takes.",
        429 => "Too often; wait as Retry-After says.",
        _ => "Not now; wait as Retry-After says.",
    }
}

fn problem_example(problem: Problem, sent: &Sent) -> Example {
    named(&problem.described().1, sent)
}

fn named(body: &Value, sent: &Sent) -> Example {
    Example::json(body["code"].as_str().unwrap_or_default(), sent, body.clone())
}

fn edge_example(code: &str, sent: &Sent) -> Option<Example> {
    let (_, code, message) = stack::refusals().find(|(_, known, _)| *known == code)?;
    Some(Example::json(code, sent, json!({ "message": message, "code": code })))
}

/// The codes that go with each status.
#[derive(Default)]
struct Codes(BTreeMap<u16, Vec<String>>);

impl Codes {
    fn add(&mut self, status: u16, code: &str) {
        let codes = self.0.entry(status).or_default();
        if !codes.iter().any(|known| known == code) {
            codes.push(code.to_owned());
        }
    }

    fn known(&mut self, status: u16, body: &Value) {
        self.add(status, body["code"].as_str().unwrap_or_default());
    }

    fn problem(&mut self, problem: Problem) {
        let (status, body) = problem.described();
        self.known(status, &body);
    }

    /// What the edge answers with these statuses.
    fn edge(&mut self, is_wanted: impl Fn(u16) -> bool) {
        for (status, code, _) in stack::refusals().filter(|(status, ..)| is_wanted(*status)) {
            self.add(status, code);
        }
        if is_wanted(408) {
            self.problem(Problem::Body(stack::BodyError::TimedOut));
        }
    }

    fn answer(&self, status: u16, text: &str, schemas: &mut Schemas) -> Answer {
        let codes = self.0.get(&status).cloned().unwrap_or_default();
        let one = json!({ "properties": { "code": { "enum": codes } } });
        let schema = json!({ "allOf": [schemas.answer::<WireProblem<'_>>(), one] });
        let answer = Answer::json(status, text, schema);
        match status {
            401 => answer.header("WWW-Authenticate", "The scheme X-Service-Auth."),
            429 | 503 => answer.header("Retry-After", "Whole seconds to wait."),
            _ => answer,
        }
    }
}
