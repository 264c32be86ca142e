//! The requests, built once; only the parts that differ are written anew.

use std::io::Write as _;

use crate::sink::{CODE_DIGITS_MAX, CODE_DIGITS_MIN, Code};
use crate::users::{ID_BYTES, Users};

/// Who asks, and where.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Value of the `Host` header.
    pub(crate) host: String,
    /// User name and password of the account, joined by a colon.
    pub(crate) credentials: String,
}

impl Caller {
    /// Any call of the Verification API with a body.
    pub(crate) fn call(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nX-Service-Auth: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            self.credentials,
            body.len(),
        )
        .into_bytes()
    }
}

/// The bare server: a call that touches nothing.
pub(crate) fn health(host: &str) -> Vec<u8> {
    format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes()
}

/// A request with holes of fixed length.
struct Template {
    bytes: Vec<u8>,
    holes: [usize; 2],
}

impl Template {
    /// Finds the two marks, in this order, behind each other in `bytes`.
    fn new(bytes: Vec<u8>, marks: [&str; 2]) -> Self {
        let holes = marks.map(|mark| {
            memchr::memmem::find(&bytes, mark.as_bytes()).expect("the mark was put in just before")
        });
        Self { bytes, holes }
    }

    fn fill(&self, parts: [&[u8]; 2], request: &mut Vec<u8>) {
        request.clear();
        request.extend_from_slice(&self.bytes);
        for (hole, part) in self.holes.iter().zip(parts) {
            request[*hole..hole + part.len()].copy_from_slice(part);
        }
    }
}

/// `{"method":"sms"}` for a user.
pub(crate) struct Start(Template);

impl Start {
    /// For the users of one service.
    pub(crate) fn new(caller: &Caller, service: &str) -> Self {
        let id = "U".repeat(ID_BYTES);
        let path = format!("/v1/service/service/{service}/users/{id}/auth");
        Self(Template::new(caller.call("POST", &path, r#"{"method":"sms"}"#), [&id, &id]))
    }

    /// Builds the request.
    pub(crate) fn fill(&self, user: &[u8; ID_BYTES], request: &mut Vec<u8>) {
        self.0.fill([user, user], request);
    }
}

/// `{"token":"…"}` for a user; a template for every length a code can have.
pub(crate) struct Verify(Vec<Template>);

impl Verify {
    /// For the users of one service.
    pub(crate) fn new(caller: &Caller, service: &str) -> Self {
        let id = "U".repeat(ID_BYTES);
        let path = format!("/v1/service/service/{service}/users/{id}/auth");
        let template = |digits| {
            let code = "#".repeat(digits);
            let body = format!(r#"{{"token":"{code}"}}"#);
            Template::new(caller.call("PUT", &path, &body), [&id, &code])
        };
        Self((CODE_DIGITS_MIN..=CODE_DIGITS_MAX).map(template).collect())
    }

    /// Builds the request.
    pub(crate) fn fill(&self, user: &[u8; ID_BYTES], code: &Code, request: &mut Vec<u8>) {
        let digits = code.digits();
        self.0[digits.len() - CODE_DIGITS_MIN].fill([user, digits], request);
    }
}

/// Adds user `n` with login `user-NNNNNNN@bench.example` and phone number `n`.
pub(crate) struct AddUser(Template);

const LOGIN_MARK: &str = "LLLLLLL";
const NUMBER_MARK: &str = "NNNNNNNNNNN";

impl AddUser {
    /// To one service.
    pub(crate) fn new(caller: &Caller, service: &str) -> Self {
        let path = format!("/v1/service/service/{service}/users");
        let body = format!(
            r#"{{"id_in_service":"user-{LOGIN_MARK}@bench.example","phone_number":"+{NUMBER_MARK}"}}"#
        );
        Self(Template::new(caller.call("POST", &path, &body), [LOGIN_MARK, NUMBER_MARK]))
    }

    /// Builds the request.
    pub(crate) fn fill(&self, user: u32, request: &mut Vec<u8>) {
        let (mut login, mut number) = ([0; LOGIN_MARK.len()], [0; NUMBER_MARK.len()]);
        write!(&mut login[..], "{user:07}").expect("user numbers have at most seven digits");
        write!(&mut number[..], "{}", Users::number(user)).expect("the plan has eleven digits");
        self.0.fill([&login, &number], request);
    }
}

/// A text message to phone number `n`.
pub(crate) struct Post(Template);

/// Percent-encoded; one part in the GSM alphabet.
const TEXT: &str = "Your+parcel+has+arrived.+You+can+pick+it+up+at+box+17+until+Friday.";

impl Post {
    /// Ringproof's `/send_sms`.
    pub(crate) fn to_ringproof(caller: &Caller) -> Self {
        let (user, password) = caller.credentials.split_once(':').unwrap_or_default();
        let body = format!("username={user}&password={password}&to=%2B{NUMBER_MARK}&text={TEXT}");
        let request = format!(
            "POST /send_sms HTTP/1.1\r\nHost: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            caller.host,
            body.len(),
        );
        Self(Template::new(request.into_bytes(), [NUMBER_MARK, NUMBER_MARK]))
    }

    /// Kannel's `/cgi-bin/sendsms`, which takes its parameters from the query.
    pub(crate) fn to_kannel(host: &str, (user, password): (&str, &str)) -> Self {
        let request = format!(
            "GET /cgi-bin/sendsms?username={user}&password={password}&from=Verigator\
             &to=%2B{NUMBER_MARK}&text={TEXT} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        );
        Self(Template::new(request.into_bytes(), [NUMBER_MARK, NUMBER_MARK]))
    }

    /// Builds the request.
    pub(crate) fn fill(&self, user: u32, request: &mut Vec<u8>) {
        let mut number = [0; NUMBER_MARK.len()];
        write!(&mut number[..], "{}", Users::number(user)).expect("the plan has eleven digits");
        self.0.fill([&number, &number], request);
    }
}

#[cfg(test)]
mod tests {
    use super::{AddUser, Caller, Post, Start, Verify};
    use crate::sink::code_in;

    fn caller() -> Caller {
        Caller { host: "h".to_owned(), credentials: "bench:secret".to_owned() }
    }

    #[test]
    fn requests_carry_user_code_and_the_right_length() {
        let mut request = Vec::new();
        Start::new(&caller(), "sid").fill(&[b'7'; 36], &mut request);
        let text = String::from_utf8(request.clone()).unwrap();
        let path =
            format!("POST /v1/service/service/sid/users/{}/auth HTTP/1.1\r\n", "7".repeat(36));
        assert!(text.starts_with(&path));
        assert!(text.ends_with("Content-Length: 16\r\n\r\n{\"method\":\"sms\"}"));

        let verify = Verify::new(&caller(), "sid");
        for (code, length) in [("1234", 16), ("123456", 18), ("1234567890", 22)] {
            let code_found = code_in(code.as_bytes()).unwrap();
            verify.fill(&[b'8'; 36], &code_found, &mut request);
            let text = String::from_utf8(request.clone()).unwrap();
            let end = format!("Content-Length: {length}\r\n\r\n{{\"token\":\"{code}\"}}");
            assert!(text.ends_with(&end), "{text}");
        }

        AddUser::new(&caller(), "sid").fill(42, &mut request);
        let text = String::from_utf8(request).unwrap();
        let body =
            r#"{"id_in_service":"user-0000042@bench.example","phone_number":"+37250000042"}"#;
        assert!(text.ends_with(body));
        assert!(text.contains(&format!("Content-Length: {}\r\n", body.len())));
    }

    #[test]
    fn messages_carry_their_number_and_the_right_length() {
        let mut request = Vec::new();
        Post::to_ringproof(&caller()).fill(42, &mut request);
        let text = String::from_utf8(request.clone()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /send_sms HTTP/1.1\r\n"));
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())));
        assert!(body.starts_with("username=bench&password=secret&to=%2B37250000042&text=Your"));

        Post::to_kannel("h", ("u", "p")).fill(43, &mut request);
        let text = String::from_utf8(request).unwrap();
        assert!(text.starts_with("GET /cgi-bin/sendsms?username=u&password=p&from=Verigator"));
        assert!(text.contains("&to=%2B37250000043&text=Your"));
        assert!(text.ends_with(" HTTP/1.1\r\nHost: h\r\n\r\n"));
    }
}
