//! A stand-in for the operator's message gateway: takes the webhook calls of
//! the server and answers as the test says.

use crate::inbox::Message;
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a call may take to come.
const CALL_WITHIN: Duration = Duration::from_secs(20);

/// One call as it came in.
#[derive(Clone, Debug)]
pub struct Call {
    /// Header lines.
    pub headers: Vec<String>,
    /// Decoded body.
    pub body: Value,
    /// Status it was answered with.
    pub answered: u16,
}

impl Call {
    /// Gives the messages in it, with their ids.
    #[track_caller]
    pub fn messages(&self) -> Vec<(String, Message)> {
        let text =
            |message: &Value, name: &str| message[name].as_str().expect("a text member").to_owned();
        let messages = self.body["messages"].as_array().expect("`messages` is an array");
        let read = |message: &Value| {
            let read = Message {
                seq: 0,
                id: text(message, "id"),
                to: text(message, "to"),
                from: text(message, "from"),
                text: text(message, "text"),
            };
            (text(message, "id"), read)
        };
        messages.iter().map(read).collect()
    }
}

#[derive(Default)]
struct State {
    calls: VecDeque<Call>,
    answers: VecDeque<u16>,
    /// How long a call takes.
    pace: Duration,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A running receiver; it lives as long as the test program.
pub struct Webhook {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Webhook {
    /// Starts a receiver that answers the first calls with `answers` and all
    /// later ones with 200, each with an empty body.
    pub fn start(answers: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        shared.lock().answers.extend(answers);
        let for_calls = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&for_calls);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Takes so long for each call from now on.
    pub fn set_pace(&self, pace: Duration) {
        self.shared.lock().pace = pace;
    }

    /// Gives the configuration that makes the server send here.
    pub fn config(&self) -> String {
        self.config_as("hook")
    }

    /// Gives the configuration that makes the server send here, under a name.
    pub fn config_as(&self, name: &str) -> String {
        format!(
            "[[gateway]]\nname = \"{name}\"\nkind = \"webhook\"\nurl = \"http://{}/messages\"\n",
            self.address
        )
    }

    /// Gives all calls that came since the last look; waits for none.
    pub fn come(&self) -> Vec<Call> {
        self.shared.lock().calls.drain(..).collect()
    }

    /// Waits for the next call.
    #[track_caller]
    pub fn next(&self) -> Call {
        let state = self.shared.lock();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, CALL_WITHIN, |state| state.calls.is_empty());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.calls.pop_front().expect("no call came to the webhook")
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers calls on one connection until it ends or makes no sense.
fn serve(stream: TcpStream, shared: &Shared) {
    let mut stream = BufReader::new(stream);
    while let Some((headers, body)) = read_call(&mut stream) {
        let mut state = shared.lock();
        let answered = state.answers.pop_front().unwrap_or(200);
        let pace = state.pace;
        state.calls.push_back(Call { headers, body, answered });
        drop(state);
        shared.changed.notify_all();
        thread::sleep(pace);
        let answer = format!("HTTP/1.1 {answered} Answer\r\nContent-Length: 0\r\n\r\n");
        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read_call(stream: &mut BufReader<TcpStream>) -> Option<(Vec<String>, Value)> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        headers.push(line.to_owned());
    }
    let length = headers.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length?];
    stream.read_exact(&mut body).ok()?;
    Some((headers, serde_json::from_slice(&body).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Client, Request};

    #[test]
    fn calls_are_kept_and_answered_as_told() {
        let webhook = Webhook::start(&[503]);
        let mut client = Client::new(webhook.address);
        let body = r#"{"messages":[{"id":"1","to":"+372","from":"V","text":"hello"}]}"#;
        let call = Request::new("POST", "/messages").body(body);
        assert_eq!(client.send(&call).expect("an answer").status, 503);
        assert_eq!(client.send(&call).expect("an answer").status, 200);
        let (first, second) = (webhook.next(), webhook.next());
        assert_eq!((first.answered, second.answered), (503, 200));
        assert_eq!(second.messages()[0].1.text, "hello");
    }
}
