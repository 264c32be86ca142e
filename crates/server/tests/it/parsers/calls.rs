//! Requests: every call of the API rightly and wrongly made, and what nobody would send.

use std::fmt;

use axum::body::Body;
use delivery::inbox::InboxGateway;
use http::{HeaderValue, Method, Request, Uri};
use ringproof_server::http::auth::header::X_SERVICE_AUTH;
use ringproof_server::http::stack::{Peer, normalise_uri};
use serde_json::Value;

use super::random::Random;
use super::{json, mutate, world};

/// Ids that were seen and are used again; older ones are forgotten.
const IDS_MAX: usize = 12;

/// An id that names nothing.
const STRANGER: &str = "7d1fa1c2-0000-4000-8000-000000000001";

const METHODS: &[&str] =
    &["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"];
const PREFIXES: &[&str] = &["/v1/service/service", "/v1/service", "//v1//service/service"];
const HOSTS: &[&str] = &["shop.example", "https://shop.example:8443/x", "192.0.2.7", "not a host"];
const PHONES: &[&str] = &["+372555001", "+4477009001", "0037255500", "+120255501", "+999123", "1"];
const PLACES: &[&str] = &[
    "/healthz",
    "/readyz",
    "/metrics",
    "/dev/inbox",
    "/dev/inbox.css",
    "/dev/inbox.js",
    "/dev/clock",
    "/dev/faults",
    "/",
    "/v1/nothing",
    "/../etc/passwd",
    "/v1/service/service/%00",
];
const QUERY_NAMES: &[&str] = &["limit", "offset", "to", "after", "wait_seconds", "x"];
const QUERY_VALUES: &[&str] = &[
    "0",
    "1",
    "7",
    "4294967296",
    "-1",
    "",
    "x",
    "%2B37255500101",
    "+37255500101",
    "18446744073709551615",
    "%zz",
    "%ff",
];
const CHANGES: &[(&str, &str)] = &[
    ("clock", r#"{"advance_seconds":31}"#),
    ("clock", r#"{"advance_seconds":-400.5}"#),
    ("clock", r#"{"advance_seconds":1e300}"#),
    ("clock", r#"{"set":"2031-05-06T07:08:09Z"}"#),
    ("clock", r#"{"set":"-009999-01-01T00:00:00Z"}"#),
    ("clock", r#"{"reset":true}"#),
    ("faults", r#"{"store":"unavailable"}"#),
    ("faults", r#"{"gateway":"refuse"}"#),
];
const HEADERS: &[(&str, &[&str])] = &[
    ("content-type", &["application/json", "text/plain; charset=utf-16", "", "\u{e9}"]),
    ("user-agent", &["verigator-java-1.0", "Java/1.8", "Mozilla/5.0"]),
    ("host", &["localhost:8080", "evil.example", "[::1]", "a b", ""]),
    ("x-forwarded-for", &["127.0.0.1", "::1, x"]),
    ("accept", &["text/html", "*/*;q=0"]),
    ("content-encoding", &["gzip", "br"]),
    ("if-none-match", &["*"]),
    ("range", &["bytes=0-0"]),
    ("expect", &["100-continue", "x"]),
    ("transfer-encoding", &["chunked"]),
    ("x-http-method-override", &["DELETE"]),
    ("cookie", &["a=b; c"]),
];

/// A request before it is one.
pub(super) struct Call {
    pub(super) method: String,
    pub(super) target: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    peer: Peer,
    /// The service that is meant.
    service: Option<String>,
}

impl Call {
    fn new(method: &str, target: &str, body: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.as_bytes().to_vec(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            peer: world::peer([127, 0, 0, 1], false),
            service: None,
        }
    }

    /// Most callers know their password. The others come from everywhere, so that the throttle of failed logins does
    /// not shut the door for all.
    fn credentials(&mut self, random: &mut Random) {
        let known = [world::ALL, world::ALL, world::ALL, world::ALL, world::SOME];
        let mut value = random.pick(&known).as_bytes().to_vec();
        if random.one_in(12) {
            let [a, b, c, ..] = random.bits().to_le_bytes();
            let few = if random.one_in(4) { [198, 51, 100, 7] } else { [198, a, b, c] };
            self.peer = world::peer(few, random.one_in(2));
            match random.below(5) {
                0 => value = world::OFF.as_bytes().to_vec(),
                1 => return,
                2 => self.headers.push((X_SERVICE_AUTH, value.clone())),
                3 => {}
                _ => mutate::damage(random, &mut value, &[":", " ", "\u{e9}"]),
            }
        }
        self.headers.push((X_SERVICE_AUTH, value));
    }

    fn more_headers(&mut self, random: &mut Random) {
        for _ in 0..=random.below(3) {
            let (name, values) = HEADERS[random.below(HEADERS.len())];
            let mut value = random.pick(values).as_bytes().to_vec();
            if random.one_in(4) {
                mutate::damage(random, &mut value, &[",", ";", "=", "\"", "\t"]);
            }
            self.headers.push((name, value));
        }
    }

    fn damage(&mut self, random: &mut Random) {
        match random.below(24) {
            0..=2 => mutate::damage(random, &mut self.body, &["\"", "{", "null", ",", ":"]),
            3 | 4 => {
                self.body.clear();
                json::object(random, &mut self.body);
            }
            5 => {
                self.body.clear();
                mutate::noise(random, &mut self.body);
            }
            6 => {
                let words = ["/", "//", "?", "&", "=", "%2F", "%", "users", "auth", "#"];
                mutate::damage(random, &mut self.target, &words);
            }
            7 => random.pick(METHODS).clone_into(&mut self.method),
            8 if random.one_in(8) => self.body.resize(64 * 1024 + random.below(2), b' '),
            _ => {}
        }
    }

    /// `None` if HTTP itself has no such request; then the edge refuses it.
    pub(super) fn to_request(&self) -> Option<Request<Body>> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).ok()?;
        let mut uri = Uri::try_from(&self.target[..]).ok()?;
        normalise_uri(&mut uri);
        *request.uri_mut() = uri;
        for (name, value) in &self.headers {
            request.headers_mut().append(*name, HeaderValue::from_bytes(value).ok()?);
        }
        request.extensions_mut().insert(self.peer);
        Some(request)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} from {:?}", self.method, self.target.escape_ascii(), self.peer)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", value.escape_ascii())?;
        }
        write!(f, "\n{}", self.body.escape_ascii())
    }
}

/// Somebody who calls, and remembers the ids that were answered.
pub(super) struct Caller {
    random: Random,
    services: Vec<String>,
    users: Vec<(String, String)>,
}

impl Caller {
    pub(super) fn new(random: Random) -> Self {
        Self { random, services: Vec::new(), users: Vec::new() }
    }

    /// Notes the id of what a call made.
    pub(super) fn remember(&mut self, call: &Call, answer: &Value) {
        let Some(id) = answer["id"].as_str().filter(|_| call.method == "POST") else { return };
        if answer.get("name").is_some() {
            self.services.push(id.to_owned());
        } else if let Some(service) = &call.service {
            self.users.push((service.clone(), id.to_owned()));
        }
        self.services.drain(..self.services.len().saturating_sub(IDS_MAX));
        self.users.drain(..self.users.len().saturating_sub(IDS_MAX));
    }

    /// The next request: as it should be, or with damage.
    pub(super) fn next_call(&mut self, inbox: &InboxGateway) -> Call {
        let mut call = self.meant_call(inbox);
        let random = &mut self.random;
        call.credentials(random);
        if random.one_in(5) {
            call.more_headers(random);
        }
        call.damage(random);
        call
    }

    /// A call as a program would make it, most of the time to something that exists.
    fn meant_call(&mut self, inbox: &InboxGateway) -> Call {
        match self.random.below(32) {
            0..=26 => self.verification_call(inbox),
            27 => Call::new("GET", &format!("/dev/inbox?{}", self.query()), ""),
            28 | 29 => {
                let (place, body) = CHANGES[self.random.below(CHANGES.len())];
                Call::new("POST", &format!("/dev/{place}"), body)
            }
            _ => Call::new("GET", self.random.pick(PLACES), ""),
        }
    }

    fn verification_call(&mut self, inbox: &InboxGateway) -> Call {
        let (service, users, user) = self.some_paths();
        let number = self.random.below(40);
        let mut call = match self.random.below(27) {
            0..=3 => {
                let host = self.random.pick(HOSTS);
                let body = format!(r#"{{"fqdn":"{host}","name":"Shop {number}"}}"#);
                Call::new("POST", "/v1/service/service", &body)
            }
            4..=7 => {
                let phone = format!("{}{number:02}", self.random.pick(PHONES));
                let login = format!("user {number}");
                let body = format!(r#"{{"id_in_service":"{login}","phone_number":"{phone}"}}"#);
                Call::new("POST", &users, &body)
            }
            8..=13 => {
                let method = self.random.pick(&["sms", "sms", "totp", "voice"]);
                Call::new("POST", &format!("{user}/auth"), &format!(r#"{{"method":"{method}"}}"#))
            }
            14..=20 => {
                let token = self.code(inbox);
                let body = format!(r#"{{"method":"sms","token":"{token}"}}"#);
                Call::new("PUT", &format!("{user}/auth"), &body)
            }
            21 | 22 => Call::new("GET", &format!("{users}?{}", self.query()), ""),
            23 => Call::new("DELETE", &format!("{user}/lock"), ""),
            24 if self.random.one_in(3) => Call::new("DELETE", &user, ""),
            25 if self.random.one_in(3) => {
                Call::new("DELETE", &format!("/v1/service/{service}"), "")
            }
            26 => Call::new("GET", &format!("/v1/service/{service}"), ""),
            _ => Call::new("GET", &user, ""),
        };
        call.service = Some(service);
        call
    }

    /// The id of a service, the path of its users, and the path of a user.
    fn some_paths(&mut self) -> (String, String, String) {
        let some = self.random.below(IDS_MAX);
        let known = self.services.get(some % self.services.len().max(1));
        let service = known.map_or(STRANGER, String::as_str);
        let (owner, user) = match self.users.get(some % self.users.len().max(1)) {
            Some((owner, user)) if !self.random.one_in(16) => (owner.as_str(), user.as_str()),
            _ => (service, STRANGER),
        };
        let users = format!("{}/{service}/users", self.random.pick(PREFIXES));
        let prefix = self.random.pick(PREFIXES);
        let user = format!("{prefix}/{owner}/{}/{user}", self.random.pick(&["users", "user"]));
        (service.to_owned(), users, user)
    }

    /// The code of one of the newest messages, half of the time, or a wrong one.
    fn code(&mut self, inbox: &InboxGateway) -> String {
        if self.random.one_in(2) {
            let (messages, _) = inbox.messages(None, 0);
            let message = messages.get(self.random.below(3));
            if let Some(code) = message.and_then(|message| message.text.rsplit(' ').next()) {
                return code.to_owned();
            }
        }
        (100_000 + self.random.below(900_000)).to_string()
    }

    fn query(&mut self) -> String {
        let random = &mut self.random;
        let mut query = Vec::new();
        for _ in 0..random.below(4) {
            query.push(format!("{}={}", random.pick(QUERY_NAMES), random.pick(QUERY_VALUES)));
        }
        query.join(random.pick(&["&", "&", "&&", ";"]))
    }
}
