//! A person's browser on the pages of the verification widget, and the site that
//! sends it there: signs requests and checks answers, as the documents of the
//! interface say, with nothing of ours.

use std::fmt::Write as _;
use std::net::SocketAddr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::http::{Client, Request, Response};

/// Parameters by name.
pub type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Signs as version 1 says, with the secret under this name.
pub fn sign_1(secret: &str, name_of_secret: &str, pairs: Pairs<'_>) -> String {
    let mut all: Vec<(&str, &str)> = pairs.to_vec();
    all.push((name_of_secret, secret));
    all.sort_unstable();
    let text: String = all.iter().flat_map(|(name, value)| [*name, *value]).collect();
    hex(&Md5::digest(text.as_bytes()))
}

/// Signs as version 2 says; `direction` is `request` or `response`.
pub fn sign_2(secret: &str, direction: &str, pairs: Pairs<'_>) -> String {
    let mut all: Vec<(&str, &str)> = pairs.to_vec();
    all.sort_unstable();
    let written: Vec<String> =
        all.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let text = format!("{direction}\n{}", written.join("&"));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key fits");
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// The parameters as a query or a form.
pub fn encoded(pairs: Pairs<'_>) -> String {
    let written: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    written.join("&")
}

/// Percent-encodes everything but letters, digits and `-._~`.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Does the work of a challenge, `BITS.MILLISECONDS.TAG`.
pub fn solve(challenge: &str) -> String {
    let bits: u32 = challenge.split('.').next().and_then(|b| b.parse().ok()).expect("a challenge");
    let is_good = |puzzle: usize, counter: u32| {
        let digest = Sha256::digest(format!("{challenge}.{puzzle}.{counter}").as_bytes());
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]).leading_zeros() >= bits
    };
    let solved: Vec<String> = (0..8)
        .map(|puzzle| {
            (0..u32::MAX).find(|counter| is_good(puzzle, *counter)).expect("one").to_string()
        })
        .collect();
    solved.join(",")
}

/// A form on a page.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Its fields as they stand there.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The value of a field.
    #[track_caller]
    pub fn value(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or_else(|| panic!("no field {name} in {self:?}"), |(_, value)| value.as_str())
    }
}

/// A page as the browser has it.
#[derive(Debug, Clone)]
pub struct Page {
    /// The answer.
    pub response: Response,
    /// The path at which it stands.
    pub path: String,
}

impl Page {
    /// Its status.
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// Its markup.
    pub fn text(&self) -> String {
        self.response.text()
    }

    /// The form that goes to this act of a session (`number`, `code` …), if it is there.
    pub fn try_form(&self, act: &str) -> Option<Form> {
        self.forms().into_iter().find(|form| form.action.ends_with(&format!("/{act}")))
    }

    /// The same, which must be there.
    #[track_caller]
    pub fn form(&self, act: &str) -> Form {
        self.try_form(act)
            .unwrap_or_else(|| panic!("no form {act}: {} {}", self.status(), self.text()))
    }

    /// The form that carries the answer to the site.
    #[track_caller]
    pub fn answer(&self) -> Form {
        let answer = self.forms().into_iter().find(|form| !form.action.starts_with('/'));
        answer.unwrap_or_else(|| panic!("no answer: {} {}", self.status(), self.text()))
    }

    /// All forms with their fields.
    pub fn forms(&self) -> Vec<Form> {
        let text = self.text();
        let pieces = text.split("<form").skip(1);
        let form = |piece: &str| {
            let inside = piece.split("</form>").next().unwrap_or_default();
            let (head, rest) = inside.split_once('>').unwrap_or((inside, ""));
            let action = attribute(head, "action").unwrap_or_default();
            let inputs = rest.split("<input").skip(1);
            let field = |input: &str| {
                let tag = input.split('>').next().unwrap_or_default();
                Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
            };
            Form { action, fields: inputs.filter_map(field).collect() }
        };
        pieces.map(form).collect()
    }
}

/// The value of an attribute in a tag, with its escapes undone.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag[from..].split('"').next()?;
    let escapes = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&amp;", "&"),
        ("&#38;", "&"),
    ];
    Some(escapes.iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)))
}

/// A person's browser: keeps cookies, follows what a browser follows.
#[derive(Clone)]
pub struct Visitor {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Cookies by name.
    pub cookies: Vec<(String, String)>,
    /// The `Host` that it asks for.
    pub host: String,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
}

impl Visitor {
    /// A browser without cookies.
    pub fn of(address: SocketAddr) -> Self {
        let host = "localhost".to_owned();
        Self { address, cookies: Vec::new(), host, headers: Vec::new() }
    }

    /// Sends this header with every request.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Asks for another host.
    #[must_use]
    pub fn on(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// Sends a request as it is, with cookies and headers; follows nothing.
    #[track_caller]
    pub fn send(&mut self, request: Request) -> Response {
        let mut request = request.without("host").header("Host", &self.host);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("Cookie", &pairs.join("; "));
        }
        let response = Client::new(self.address).send(&request).expect("the widget answers");
        for (name, value) in &response.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                let pair = value.split(';').next().unwrap_or_default();
                let (name, value) = pair.split_once('=').expect("a cookie has a name");
                self.cookies.retain(|(known, _)| known != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        response
    }

    /// Sends a request and goes where the answer leads on our own host.
    #[track_caller]
    pub fn go(&mut self, request: Request) -> Page {
        let path = request.target.split('?').next().unwrap_or_default().to_owned();
        let response = self.send(request);
        if response.status != 303 {
            return Page { response, path };
        }
        let next = response.header("location").expect("a 303 leads somewhere").to_owned();
        assert!(next.starts_with("/widget/s/"), "leads away: {next}");
        let path = next.split('?').next().unwrap_or_default().to_owned();
        Page { response: self.send(Request::new("GET", &next)), path }
    }

    /// Follows a site's link to the widget.
    #[track_caller]
    pub fn enter(&mut self, path: &str, pairs: Pairs<'_>) -> Page {
        self.go(Request::new("GET", &format!("{path}?{}", encoded(pairs))))
    }

    /// Looks at a page again.
    #[track_caller]
    pub fn see(&mut self, path: &str) -> Page {
        self.go(Request::new("GET", path))
    }

    /// Fills fields of a form and sends it.
    #[track_caller]
    pub fn submit(&mut self, form: &Form, filled: Pairs<'_>) -> Page {
        self.go(post(form, filled))
    }

    /// Asks for a message to a number, with the work done.
    #[track_caller]
    pub fn ask(&mut self, page: &Page, phone: &str) -> Page {
        let form = page.form("number");
        let solution = solve(form.value("challenge"));
        self.submit(&form, &[("country", "EE"), ("phone", phone), ("solution", &solution)])
    }

    /// Enters a code.
    #[track_caller]
    pub fn code(&mut self, page: &Page, code: &str) -> Page {
        self.submit(&page.form("code"), &[("code", code)])
    }
}

/// A form as it is posted, with some fields filled.
pub fn post(form: &Form, filled: Pairs<'_>) -> Request {
    let kept = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut pairs: Vec<(&str, &str)> =
        kept.filter(|(name, _)| filled.iter().all(|(other, _)| other != name)).collect();
    pairs.extend(filled);
    Request::new("POST", &form.action)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Sec-Fetch-Site", "same-origin")
        .body(encoded(&pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_examples_come_out() {
        let callback = "https://shop.example/verify/back";
        let request = [("callback_url", callback), ("user", "demouser01"), ("version", "1")];
        let sig = sign_1("demo-pass-9f3a", "pass", &request);
        assert_eq!(sig, "9bfee034cbbc248e492b8dee3518afff");
        let request = [
            ("callback_url", callback),
            ("exp", "1767226500"),
            ("nonce", "4f1d2c7b9a60e835"),
            ("phone", "+37255500123"),
            ("user", "demouser01"),
            ("version", "2"),
        ];
        let sig = sign_2("demo-pass-9f3a", "request", &request);
        assert_eq!(sig, "0c15079a720dfcada5921cdbb166b9f623564e8911d3ce073a667d28837724ab");
    }

    #[test]
    fn forms_are_read_with_their_fields() {
        let body = b"<p><form method=\"post\" action=\"/widget/s/1/code\"><input type=\"hidden\" \
            name=\"token\" value=\"a&amp;b\"><input name=\"code\" required></form><input name=\"x\">";
        let response = Response {
            version: "HTTP/1.1".to_owned(),
            status: 200,
            headers: Vec::new(),
            body: body.to_vec(),
        };
        let page = Page { response, path: String::new() };
        let form = page.form("code");
        assert_eq!((form.value("token"), form.value("code")), ("a&b", ""));
        assert_eq!((page.forms().len(), form.fields.len()), (1, 2));
    }
}
