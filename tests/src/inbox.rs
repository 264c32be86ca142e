//! Reading messages as the person would, from the development inbox.

use crate::http::{Client, Request, Response};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long a message may take from the start call to the inbox.
const MESSAGE_WITHIN: Duration = Duration::from_secs(15);
/// The text around the code, as the default template has it.
const TEXT_BEFORE_CODE: &str = "Your Verification PIN code is ";

/// A message in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the order of arrival.
    pub seq: u64,
    /// Identity, as gateways report on it.
    pub id: String,
    /// Number it went to.
    pub to: String,
    /// Sender shown to the person.
    pub from: String,
    /// Text with the code in it.
    pub text: String,
}

impl Message {
    /// Gives the code: six digits, the first not 0, and nothing around the
    /// documented text.
    #[track_caller]
    pub fn pin(&self) -> String {
        self.pin_of(6)
    }

    /// Gives the code of `digits` digits, the first not 0, after the documented text.
    #[track_caller]
    pub fn pin_of(&self, digits: usize) -> String {
        let pin = self.text.strip_prefix(TEXT_BEFORE_CODE).unwrap_or_default();
        let is_pin = pin.len() == digits
            && pin.bytes().all(|byte| byte.is_ascii_digit())
            && !pin.starts_with('0');
        assert!(is_pin, "not the documented text with {digits} digits: {:?}", self.text);
        pin.to_owned()
    }
}

/// The inbox of one server, and how far it has been read for each number.
pub struct Inbox {
    address: SocketAddr,
    read_up_to: RefCell<HashMap<String, u64>>,
}

impl Inbox {
    /// Gives the inbox of the server at `address`, unread.
    pub fn of(address: SocketAddr) -> Self {
        Self { address, read_up_to: RefCell::default() }
    }

    /// Waits for the next message to `number` that this inbox has not yet given out.
    #[track_caller]
    pub fn next(&self, number: &str) -> Message {
        let after = self.read_up_to.borrow().get(number).copied().unwrap_or(0);
        let deadline = Instant::now() + MESSAGE_WITHIN;
        loop {
            if let Some(message) = self.list(number, after, 8).into_iter().next() {
                self.read_up_to.borrow_mut().insert(number.to_owned(), message.seq);
                return message;
            }
            assert!(Instant::now() < deadline, "no message came to {number}");
        }
    }

    /// Has the carrier report on a message, with a three-digit reason if there
    /// is one; gives what came of it: `taken` or `stale`.
    #[track_caller]
    pub fn report(&self, message: &str, status: &str, err: Option<&str>) -> String {
        let mut receipt = json!({ "id": message, "status": status });
        if let Some(err) = err {
            receipt["err"] = json!(err);
        }
        let answer = self.post("/dev/inbox/receipts", &receipt);
        assert_eq!(answer.status, 200, "the receipt was refused: {}", answer.text());
        let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
        answer["outcome"].as_str().expect("a documented member").to_owned()
    }

    /// Posts JSON to one of the inbox's own calls.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Response {
        let request = Request::new("POST", path).header("Content-Type", "application/json");
        let answer = Client::new(self.address).send(&request.body(body.to_string()));
        answer.expect("the inbox answers")
    }

    /// Gives all messages that are there now, oldest first.
    #[track_caller]
    pub fn all(&self) -> Vec<Message> {
        self.list("", 0, 0)
    }

    /// Asks for the messages to `number` after `seq`, oldest first, waiting up
    /// to `wait_seconds` until there is one.
    #[track_caller]
    fn list(&self, number: &str, seq: u64, wait_seconds: u8) -> Vec<Message> {
        let number = number.replace('+', "%2B");
        let target = format!("/dev/inbox?to={number}&after={seq}&wait_seconds={wait_seconds}");
        let response = Client::new(self.address)
            .send(&Request::new("GET", &target))
            .expect("the inbox answers");
        assert_eq!(response.status, 200, "the inbox refused: {}", response.text());
        let messages = read(&response.text());
        messages
            .unwrap_or_else(|| panic!("not the documented shape of an inbox: {}", response.text()))
    }
}

fn read(answer: &str) -> Option<Vec<Message>> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    let text = |message: &Value, name: &str| message[name].as_str().map(str::to_owned);
    let mut messages = Vec::new();
    for message in answer["messages"].as_array()? {
        messages.push(Message {
            seq: message["seq"].as_u64()?,
            id: text(message, "id")?,
            to: text(message, "to")?,
            from: text(message, "from")?,
            text: text(message, "text")?,
        });
    }
    messages.sort_by_key(|message| message.seq);
    Some(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"{"messages":[
        {"seq":8,"id":"b","to":"+37255500124","from":"V","text":"Your Verification PIN code is 123456","at":"t"},
        {"seq":7,"id":"a","to":"+37255500123","from":"V","text":"Your Verification PIN code is 012345","at":"t"}],"last_seq":8}"#;

    #[test]
    fn messages_come_oldest_first_and_give_their_code() {
        let messages = read(TWO).expect("the documented shape");
        assert_eq!(messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [7, 8]);
        assert_eq!(messages[1].pin(), "123456");
    }

    #[test]
    #[should_panic(expected = "not the documented text")]
    fn a_code_with_a_leading_zero_is_noticed() {
        read(TWO).expect("the documented shape")[0].pin();
    }

    #[test]
    fn another_shape_is_noticed() {
        assert_eq!(read(r#"{"messages":[{"seq":1}],"last_seq":1}"#), None);
        assert_eq!(read("<html>"), None);
    }
}
