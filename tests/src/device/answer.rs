//! Answers to calls of the app, and the rules that hold for every one.

use crate::http::{Request, Response};
use serde_json::Value;

/// Headers that differ between two otherwise equal answers.
const CHANGING_HEADERS: [&str; 3] = ["date", "x-request-id", "x-app-nonce"];

/// An answer that keeps the general rules: JSON, `no-store`, and in refusals a
/// word for `error`.
#[derive(Clone, Debug)]
pub struct AppAnswer {
    /// Status code.
    pub status: u16,
    /// Body.
    pub json: Value,
    /// The answer as received.
    pub response: Response,
    call: String,
}

impl AppAnswer {
    /// Takes an answer and fails the test if it breaks a general rule.
    #[track_caller]
    pub fn checked(request: &Request, response: Response) -> Self {
        let call = request.target.clone();
        let told = format!("{call} was answered {} {}", response.status, response.text());
        let json: Value = serde_json::from_slice(&response.body).expect(&told);
        assert!(json.is_object(), "{told}");
        let kind = response.header("content-type");
        assert_eq!(kind, Some("application/json; charset=utf-8"), "{told}");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{told}");
        assert_eq!(response.status != 200, json["error"].is_string(), "{told}");
        assert_eq!(response.header("set-cookie"), None, "{told}");
        Self { status: response.status, json, response, call }
    }

    /// Insists on 200 and gives the body.
    #[track_caller]
    pub fn taken(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.told());
        self.json
    }

    /// Insists on a refusal with this word.
    #[track_caller]
    pub fn refused(&self, status: u16, word: &str) {
        let found = (self.status, self.json["error"].as_str());
        assert_eq!(found, (status, Some(word)), "{}", self.told());
    }

    /// What somebody sees of it who does not look at id, date and nonce: status,
    /// headers, and with a body that is no secret its bytes.
    pub fn visible(&self) -> (u16, Vec<(String, String)>, String) {
        let mut headers = self.response.headers.clone();
        headers.retain(|(name, _)| !CHANGING_HEADERS.contains(&name.to_ascii_lowercase().as_str()));
        (self.status, headers, self.response.text())
    }

    fn told(&self) -> String {
        format!("{} was answered {} {}", self.call, self.status, self.response.text())
    }
}
