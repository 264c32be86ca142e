//! Answers of the Verification API, and the rules that hold for every one.
//!
//! [`Answer::checked`] is the only way to an [`Answer`], so whatever call a
//! test makes, a breach of the general rules (`verigator-api.md` section 4.2
//! and 4.3) fails it: always a JSON object, the exact content type, no
//! caching, pure ASCII, no redirect, and in errors a text `message`, a `code`
//! from the documented list, and nothing secret or identifying.

use crate::http::{Request, Response};
use serde_json::Value;

/// The words an error's `code` may be.
const ERROR_CODES: [&str; 18] = [
    "auth_required",
    "forbidden",
    "service_not_found",
    "user_not_found",
    "verification_not_found",
    "authenticator_not_found",
    "authenticators_full",
    "route_not_found",
    "method_not_allowed",
    "service_exists",
    "user_exists",
    "service_not_empty",
    "invalid_body",
    "invalid_field",
    "body_too_large",
    "rate_limited",
    "sms_unavailable",
    "internal",
];
/// Statuses of the edge (broken or oversized requests), which may use other words.
const EDGE_STATUSES: [u16; 4] = [400, 408, 414, 431];
/// Headers that differ between two otherwise equal answers.
const CHANGING_HEADERS: [&str; 2] = ["date", "x-request-id"];

/// An answer that keeps the general rules.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body as a JSON object; `{}` for an answer to HEAD.
    pub json: Value,
    /// The answer as received.
    pub response: Response,
    request: String,
}

impl Answer {
    /// Takes an answer and fails the test if it breaks a general rule.
    #[track_caller]
    pub fn checked(request: &Request, response: Response) -> Self {
        let breaches = breaches(request, &response);
        let request = format!("{} {}", request.method, request.target);
        let body = response.text();
        assert!(
            breaches.is_empty(),
            "{request} was answered {} {body}, but: {}",
            response.status,
            breaches.join("; ")
        );
        let json = serde_json::from_slice(&response.body)
            .unwrap_or_else(|_| Value::Object(serde_json::Map::new()));
        Self { status: response.status, json, response, request }
    }

    /// Insists on a status.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.told());
        self
    }

    /// Insists on E(`status`): that status with an error body.
    #[must_use]
    #[track_caller]
    pub fn error(self, status: u16) -> Self {
        assert!(status >= 400, "E({status}) is not an error");
        self.expect(status)
    }

    /// Insists on E(`status`) with that `code`.
    #[must_use]
    #[track_caller]
    pub fn error_code(self, status: u16, code: &str) -> Self {
        let answer = self.error(status);
        assert_eq!(answer.text("code"), code, "{}", answer.told());
        answer
    }

    /// Insists on E(422) that names the member `field`.
    #[must_use]
    #[track_caller]
    pub fn invalid_field(self, field: &str) -> Self {
        let answer = self.error_code(422, "invalid_field");
        assert_eq!(answer.text("field"), field, "{}", answer.told());
        answer
    }

    /// Insists on a body equal to `expected`.
    #[must_use]
    #[track_caller]
    pub fn body(self, expected: &Value) -> Self {
        assert_eq!(&self.json, expected, "{}", self.told());
        self
    }

    /// Insists on `status` and a service object with exactly the documented members.
    #[must_use]
    #[track_caller]
    pub fn service(self, status: u16) -> Self {
        let answer = self.expect(status);
        assert_object(&answer.json, &["ctime", "id", "name"]);
        answer
    }

    /// Insists on `status` and a user object with exactly the documented members.
    #[must_use]
    #[track_caller]
    pub fn user(self, status: u16) -> Self {
        let answer = self.expect(status);
        assert_object(&answer.json, &["ctime", "id", "id_in_service"]);
        answer
    }

    /// Insists on a start answered with `status` by an SMS; gives the `auth_id`.
    #[track_caller]
    pub fn started(self, status: u16) -> String {
        let answer = self.expect(status);
        assert_eq!(answer.text("method"), "sms", "{}", answer.told());
        assert!(!answer.text("auth_id").is_empty(), "{}", answer.told());
        answer.text("auth_id").to_owned()
    }

    /// Insists on the one answer that lets somebody in.
    #[track_caller]
    pub fn verified(self) {
        let _ = self.expect(200).body(&serde_json::json!({ "method": "sms", "verified": true }));
    }

    /// Insists on a start that asks for a code of an authenticator.
    #[track_caller]
    pub fn asks_for_totp(self) {
        let _ =
            self.expect(201).body(&serde_json::json!({ "method": "totp", "auth_id": Value::Null }));
    }

    /// Insists on the same answer as [`Self::verified`] to a code of an authenticator.
    #[track_caller]
    pub fn verified_by_totp(self) {
        let _ = self.expect(200).body(&serde_json::json!({ "method": "totp", "verified": true }));
    }

    /// Insists on `verified: false` for the reason `INVALID`, `EXPIRED` or `THROTTLED`.
    #[must_use]
    #[track_caller]
    pub fn failed(self, reason: &str) -> Self {
        self.failed_by("sms", reason)
    }

    /// The same for a verification by `method`.
    #[must_use]
    #[track_caller]
    pub fn failed_by(self, method: &str, reason: &str) -> Self {
        let status = serde_json::json!({
            "throttled": reason == "THROTTLED", "expired": reason == "EXPIRED",
            "invalid": reason == "INVALID", "result": reason,
        });
        self.expect(200)
            .body(&serde_json::json!({ "method": method, "verified": false, "status": status }))
    }

    /// Insists on an answer that nobody can tell from `other`.
    #[track_caller]
    pub fn same_as(&self, other: &Self) {
        let visible = |answer: &Self| {
            let mut headers = answer.response.headers.clone();
            headers.retain(|(name, _)| {
                !CHANGING_HEADERS.iter().any(|changing| name.eq_ignore_ascii_case(changing))
            });
            (answer.status, headers, answer.response.text())
        };
        assert_eq!(
            visible(self),
            visible(other),
            "{} and {} should look the same",
            self.request,
            other.request
        );
    }

    /// Gives a text member; it must be there.
    #[track_caller]
    pub fn text(&self, member: &str) -> &str {
        self.json[member]
            .as_str()
            .unwrap_or_else(|| panic!("no text member `{member}`: {}", self.told()))
    }

    /// Gives a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// Gives the seconds of `Retry-After`; it must be there and positive.
    #[track_caller]
    pub fn retry_after(&self) -> i64 {
        let seconds = self.header("retry-after").and_then(|value| value.parse().ok());
        seconds
            .filter(|seconds| *seconds >= 1)
            .unwrap_or_else(|| panic!("no usable Retry-After: {}", self.told()))
    }

    fn told(&self) -> String {
        let (body, headers) = (self.response.text(), &self.response.headers);
        format!("{} was answered {} {body} {headers:?}", self.request, self.status)
    }
}

/// Insists on an object with exactly these members (sorted), `ctime` in the
/// documented form and `id` a lower-case UUID.
#[track_caller]
pub fn assert_object(object: &Value, members: &[&str]) {
    let mut names: Vec<_> =
        object.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, members, "{object}");
    let text = |name: &str| {
        object[name].as_str().unwrap_or_else(|| panic!("`{name}` should be text: {object}"))
    };
    assert!(has_shape(text("ctime"), "dddd-dd-ddTdd:dd:dd.dddZ"), "{object}");
    assert!(has_shape(text("id"), UUID_SHAPE), "{object}");
}

const UUID_SHAPE: &str = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

/// Compares a text with a shape: `d` a digit, `x` a lower-case hex digit.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            b'x' => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            _ => byte == shape,
        })
}

fn breaches(request: &Request, response: &Response) -> Vec<String> {
    let mut found = Vec::new();
    let mut insist = |holds: bool, breach: &str| {
        if !holds {
            found.push(breach.to_owned());
        }
    };
    insist(response.status / 100 != 3, "redirects are never sent");
    insist(response.header("cache-control") == Some("no-store"), "Cache-Control is not no-store");
    insist(
        response.header("content-type") == Some("application/json; charset=utf-8"),
        "Content-Type is not application/json; charset=utf-8",
    );
    insist(response.body.is_ascii(), "the body is not pure ASCII");
    if request.method != "HEAD" {
        match serde_json::from_slice::<Value>(&response.body) {
            Ok(body) if body.is_object() => body_breaches(request, response, &body, &mut insist),
            _ => insist(false, "the body is not a JSON object"),
        }
    }
    found
}

fn body_breaches(
    request: &Request,
    response: &Response,
    body: &Value,
    insist: &mut impl FnMut(bool, &str),
) {
    if let Some(verified) = body.get("verified") {
        insist(verified.is_boolean(), "`verified` is not a boolean");
    } else {
        // The first code of an authenticator lets nobody in.
        let is_check = request.method == "PUT"
            && response.status == 200
            && !request.target.contains("/authenticators/");
        insist(!is_check, "`verified` is missing");
    }
    insist(body.get("phone_number").is_none(), "a phone number is shown");
    if response.status < 400 {
        return;
    }
    let message = body["message"].as_str().unwrap_or_default();
    insist(!message.is_empty(), "an error has no text `message`");
    insist(!names_an_id(message), "an error message names an id");
    let code = body["code"].as_str().unwrap_or_default();
    let is_word =
        !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    insist(is_word, "an error has no snake-case `code`");
    let is_edge = EDGE_STATUSES.contains(&response.status);
    insist(is_edge || ERROR_CODES.contains(&code), "an error's `code` is not documented");
    insist(
        is_edge || (response.status == 422) == code.starts_with("invalid_"),
        "422 and invalid_… do not go together",
    );
    insist(
        (code == "invalid_field") == body["field"].is_string(),
        "`field` does not go with invalid_field",
    );
    insist(
        response.status != 401 || response.header("www-authenticate").is_some(),
        "401 without WWW-Authenticate",
    );
    insist(response.status != 405 || response.header("allow").is_some(), "405 without Allow");
}

fn names_an_id(message: &str) -> bool {
    message.as_bytes().windows(36).any(|window| {
        std::str::from_utf8(window)
            .is_ok_and(|text| has_shape(&text.to_ascii_lowercase(), UUID_SHAPE))
    })
}

#[cfg(test)]
mod tests;
