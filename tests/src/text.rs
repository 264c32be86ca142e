//! Calls of the plain-text interfaces (Number Verification and HTTP SMS) in
//! the name of one account, and the rules that hold for each of their answers.
//!
//! [`TextAnswer::checked`] is the only way to a [`TextAnswer`], so whatever
//! call a test makes, a breach of the general rules
//! (`number-verification-api.md` section 2) fails it: status 200, no caching,
//! the length said, one line of the documented forms without a line feed, and
//! the content type that the caller asked for.

use crate::http::{Client, Request, Response};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// Content type of a line unless the caller asks for another.
pub const HTML: &str = "text/html; charset=UTF-8";
/// Content type of a line for a caller that names `text/plain`.
pub const PLAIN: &str = "text/plain; charset=utf-8";
/// What a form is announced as.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Names and values of a call, in order.
pub type Parameters<'a> = [(&'a str, &'a str)];

/// An answer that keeps the general rules.
#[derive(Clone, Debug)]
pub struct TextAnswer {
    /// The body.
    pub text: String,
    /// The answer as received.
    pub response: Response,
    request: String,
}

impl TextAnswer {
    /// Takes an answer and fails the test if it breaks a general rule.
    #[track_caller]
    pub fn checked(request: &Request, response: Response) -> Self {
        let breaches = breaches(request, &response);
        let text = response.text();
        let answer = Self { text, response, request: told(request) };
        assert!(breaches.is_empty(), "{}, but: {}", answer.told(), breaches.join("; "));
        answer
    }

    /// Insists on this line.
    #[track_caller]
    pub fn is(&self, line: &str) {
        assert_eq!(self.text, line, "{}", self.told());
    }

    /// Insists on `OK` with an id of so many lower-case hexadecimal digits; gives the id.
    #[track_caller]
    pub fn id(&self, digits: usize) -> String {
        let id = self.text.strip_prefix("OK ").unwrap_or_default();
        let is_id =
            id.len() == digits && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        assert!(is_id, "no id of {digits} digits: {}", self.told());
        id.to_owned()
    }

    /// Insists on a started confirmation; gives its id.
    #[track_caller]
    pub fn started(&self) -> String {
        self.id(32)
    }

    /// Insists on a message that was taken; gives its id.
    #[track_caller]
    pub fn taken(&self) -> String {
        self.id(40)
    }

    /// Gives a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    fn told(&self) -> String {
        let Response { status, headers, .. } = &self.response;
        format!("{} was answered {status} {:?} {headers:?}", self.request, self.text)
    }
}

/// Method and path; the query holds credentials and stays out of reports.
fn told(request: &Request) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    format!("{} {path}", request.method)
}

fn breaches(request: &Request, response: &Response) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut insist = |holds: bool, breach| {
        if !holds {
            found.push(breach);
        }
    };
    insist(response.status == 200, "the status is not 200");
    insist(response.header("cache-control") == Some("no-store"), "Cache-Control is not no-store");
    insist(response.header("x-content-type-options") == Some("nosniff"), "nosniff is missing");
    insist(response.header("transfer-encoding").is_none(), "the body came in chunks");
    let length = response.header("content-length").and_then(|length| length.parse().ok());
    insist(length == Some(response.body.len()), "Content-Length is not the body's");
    let text = response.text();
    if is_document(&text) {
        return found;
    }
    insist(is_line(&text), "the body is no documented line");
    let names_plain = |line: &String| {
        let line = line.to_ascii_lowercase();
        line.starts_with("accept:") && line.contains("text/plain")
    };
    let wanted = if request.lines.iter().any(names_plain) { PLAIN } else { HTML };
    insist(response.header("content-type") == Some(wanted), "the content type is not as asked");
    found
}

/// Prices come as JSON, XML or CSV.
fn is_document(text: &str) -> bool {
    text.starts_with(['{', '<']) || text.starts_with("Country,")
}

fn is_line(text: &str) -> bool {
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
    match text.split_once(' ') {
        Some(("OK", word)) => is_word(word),
        Some(("ERROR" | "FAILED", code)) => is_code(code),
        Some(_) => false,
        None => matches!(text, "VERIFIED" | "INVALID" | "EXPIRED" | "THROTTLED"),
    }
}

/// Encodes a text for a query or a form; everything but letters, digits and
/// `- . _` is percent-encoded.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                encoded.push(char::from(byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    encoded
}

/// Joins names and values as in a query or a form.
pub fn query(parameters: &Parameters<'_>) -> String {
    let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Makes calls with one set of credentials over one kept-open connection.
pub struct TextCaller {
    client: RefCell<Client>,
    username: String,
    password: String,
}

impl TextCaller {
    /// Makes a caller with `username:password`.
    #[track_caller]
    pub fn new(address: SocketAddr, credentials: &str) -> Self {
        let (username, password) = credentials.split_once(':').expect("name and password");
        let client = RefCell::new(Client::new(address));
        Self { client, username: username.to_owned(), password: password.to_owned() }
    }

    /// Gives the query or form of a call: credentials first, then these.
    pub fn with_credentials(&self, parameters: &Parameters<'_>) -> String {
        let own = [("username", self.username.as_str()), ("password", self.password.as_str())];
        query(&[&own, parameters].concat())
    }

    /// Prepares a GET with everything in its query.
    pub fn get_request(&self, path: &str, parameters: &Parameters<'_>) -> Request {
        Request::new("GET", &format!("{path}?{}", self.with_credentials(parameters)))
    }

    /// Prepares a POST with everything in a form.
    pub fn post_request(&self, path: &str, parameters: &Parameters<'_>) -> Request {
        Request::new("POST", path)
            .header("Content-Type", FORM)
            .body(self.with_credentials(parameters))
    }

    /// Prepares a POST with everything in parts of a multipart form.
    pub fn multipart_request(&self, path: &str, parameters: &Parameters<'_>) -> Request {
        let own = [("username", self.username.as_str()), ("password", self.password.as_str())];
        let mut body = String::new();
        for (name, value) in [&own, parameters].concat() {
            let head = format!("Content-Disposition: form-data; name=\"{name}\"");
            write!(body, "--limit\r\n{head}\r\n\r\n{value}\r\n")
                .expect("a string takes everything");
        }
        body.push_str("--limit--\r\n");
        let kind = "multipart/form-data; boundary=limit";
        Request::new("POST", path).header("Content-Type", kind).body(body)
    }

    /// Sends any request; the answer must keep the general rules.
    #[track_caller]
    pub fn send(&self, request: &Request) -> TextAnswer {
        match self.client.borrow_mut().send(request) {
            Ok(response) => TextAnswer::checked(request, response),
            Err(error) => panic!("{} got no answer: {error}", told(request)),
        }
    }

    /// GET with everything in the query.
    #[track_caller]
    pub fn get(&self, path: &str, parameters: &Parameters<'_>) -> TextAnswer {
        self.send(&self.get_request(path, parameters))
    }

    /// POST with everything in a form.
    #[track_caller]
    pub fn post(&self, path: &str, parameters: &Parameters<'_>) -> TextAnswer {
        self.send(&self.post_request(path, parameters))
    }

    /// Starts the confirmation of a number, with further parameters.
    #[track_caller]
    pub fn start(&self, to: &str, more: &Parameters<'_>) -> TextAnswer {
        self.get("/verify/start", &[&[("to", to)], more].concat())
    }

    /// Checks a PIN, with further parameters.
    #[track_caller]
    pub fn pin(&self, id: &str, pin: &str, more: &Parameters<'_>) -> TextAnswer {
        self.get("/verify/pin", &[&[("verification_id", id), ("pin", pin)], more].concat())
    }

    /// Sends a message, with further parameters.
    #[track_caller]
    pub fn sms(&self, to: &str, text: &str, more: &Parameters<'_>) -> TextAnswer {
        self.get("/send_sms", &[&[("to", to), ("text", text)], more].concat())
    }

    /// Asks for the state of a message (S2).
    #[track_caller]
    pub fn state(&self, id: &str) -> TextAnswer {
        self.get("/get_dlr_response", &[("sms_unique_id", id)])
    }

    /// Takes a scheduled message back (S3).
    #[track_caller]
    pub fn cancel(&self, id: &str) -> TextAnswer {
        self.get("/cancel_sms", &[("sms_unique_id", id)])
    }

    /// Asks for the balance (S4).
    #[track_caller]
    pub fn balance(&self) -> TextAnswer {
        self.get("/get_balance", &[])
    }
}

#[cfg(test)]
mod tests;
