//! What one person does, and what it is answered.

use std::time::Duration;

use ringproof_blackbox::caller::{auth, users};
use ringproof_blackbox::history::{Answer, Call, Event, judge};
use ringproof_blackbox::http::{Client, Request, Response};
use ringproof_blackbox::world::wrong_pin;
use serde_json::{Value, json};

use super::load::Shared;

/// How long a person waits after an answer that says nothing.
const AFTER_UNKNOWN: Duration = Duration::from_secs(1);

/// How often a person asks for an answer.
const TRIES_MAX: usize = 200;

/// How long a message may be on its way, over an outage.
const MESSAGE_WITHIN: Duration = Duration::from_mins(2);

/// One person, who was created, and all that was answered.
pub(crate) struct Story {
    pub(crate) number: String,
    user: String,
    pub(crate) code: Option<String>,
    pub(crate) events: Vec<Event>,
    /// A start was acknowledged, and its message never came.
    lost_message: bool,
}

/// A person's line to each of the nodes.
pub(crate) struct Lines<'s> {
    shared: &'s Shared,
    clients: Vec<Client>,
    next: usize,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(shared: &'s Shared, first: usize) -> Self {
        let clients = shared.addresses.iter().map(|address| Client::new(*address)).collect();
        Self { shared, clients, next: first }
    }

    /// Asks the next node.
    fn send(&mut self, method: &str, path: &str, body: &Value) -> Option<Response> {
        let request = Request::new(method, path)
            .header("X-Service-Auth", &self.shared.credentials)
            .header("Content-Type", "application/json")
            .body(body.to_string());
        self.next = (self.next + 1) % self.clients.len();
        self.clients[self.next].send(&request).ok()
    }

    /// Creates a person; `None` if nobody knows whether it is there.
    pub(crate) fn create(&mut self, number: &str) -> Option<Story> {
        let body = json!({ "id_in_service": number, "phone_number": number });
        let response = self.send("POST", &users(&self.shared.service), &body);
        let response = response.filter(|response| response.status < 500);
        let Some(response) = response else {
            self.shared.note_unknown();
            return None;
        };
        assert_eq!(response.status, 201, "a new person is created: {}", response.text());
        self.shared.note_good();
        let body: Value = serde_json::from_slice(&response.body).expect("JSON");
        let user = body["id"].as_str().expect("a person has an id").to_owned();
        let (number, events) = (number.to_owned(), Vec::new());
        Some(Story { number, user, code: None, events, lost_message: false })
    }

    fn call(&mut self, story: &Story, call: Call) -> Event {
        let code = story.code.as_deref().unwrap_or("123456");
        let path = auth(&self.shared.service, &story.user);
        let sent = self.shared.now();
        let response = match call {
            Call::Start => self.send("POST", &path, &json!({ "method": "sms" })),
            Call::Right => self.send("PUT", &path, &json!({ "token": code })),
            Call::Wrong => self.send("PUT", &path, &json!({ "token": wrong_pin(code, 1) })),
        };
        let answer = read(call, response.as_ref());
        match answer {
            Answer::Unknown => self.shared.note_unknown(),
            Answer::Started | Answer::Accepted => self.shared.note_good(),
            Answer::Invalid | Answer::Throttled | Answer::Spent => {}
        }
        Event { call, answer, sent, answered: self.shared.now() }
    }

    /// Makes a call once.
    pub(crate) fn once(&mut self, story: &mut Story, call: Call) -> Answer {
        let event = self.call(story, call);
        story.events.push(event);
        event.answer
    }

    /// Makes a call until it is answered.
    pub(crate) fn until_answered(&mut self, story: &mut Story, call: Call) {
        for _ in 0..TRIES_MAX {
            if self.once(story, call) != Answer::Unknown {
                return;
            }
            std::thread::sleep(AFTER_UNKNOWN);
        }
    }

    /// Enters the right code twice at once, at two nodes.
    pub(crate) fn at_once(&mut self, other: &mut Self, story: &mut Story) {
        let here: &Story = story;
        let (one, two) = std::thread::scope(|scope| {
            let two = scope.spawn(|| other.call(here, Call::Right));
            (self.call(here, Call::Right), two.join().expect("it is answered"))
        });
        story.events.extend([one, two]);
    }

    /// Waits for the message of an acknowledged start.
    pub(crate) fn read_message(&self, story: &mut Story) -> bool {
        if story.events.iter().all(|event| event.answer != Answer::Started) {
            return false;
        }
        let until = self.shared.now() + MESSAGE_WITHIN;
        while story.code.is_none() && self.shared.now() < until {
            story.code = self.shared.messages.of(&story.number).into_iter().next();
            std::thread::sleep(Duration::from_millis(10));
        }
        story.lost_message = story.code.is_none();
        story.code.is_some()
    }
}

/// What an answer says. Whatever a person who was created, or whose start was
/// acknowledged, should not be told is [`Answer::Spent`].
fn read(call: Call, response: Option<&Response>) -> Answer {
    let Some(response) = response.filter(|response| response.status < 500) else {
        return Answer::Unknown;
    };
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    match (call, response.status) {
        (Call::Start, 200 | 201) => Answer::Started,
        (Call::Right | Call::Wrong, 200) if body["verified"] == true => Answer::Accepted,
        (Call::Right | Call::Wrong, 200) => match body["status"]["result"].as_str() {
            Some("INVALID") => Answer::Invalid,
            Some("THROTTLED") => Answer::Throttled,
            _ => Answer::Spent,
        },
        _ => Answer::Spent,
    }
}

impl Story {
    /// Whether the code was accepted.
    pub(crate) fn is_accepted(&self) -> bool {
        self.events.iter().any(|event| event.answer == Answer::Accepted)
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn violation(&self, shared: &Shared) -> Option<String> {
        let said = |text: &str| Some(format!("{}: {text}; {:?}", self.number, self.events));
        if let Err(violation) = judge(&self.events) {
            return said(&violation.to_string());
        }
        if self.lost_message {
            return said("the message of an acknowledged start never came");
        }
        if shared.messages.of(&self.number).len() > 1 {
            return said("two codes were sent for one verification");
        }
        None
    }
}
