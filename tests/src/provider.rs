//! A stand-in for the HTTP interface of an SMS provider: keeps every request
//! byte for byte, and answers as the test says.

use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a request may take to come.
const ASKED_WITHIN: Duration = Duration::from_secs(20);

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method, as `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// Gives the only header of that name, whatever its case.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let (Some((_, value)), None) = (found.next(), found.next()) else {
            panic!("there is not one header {name}: {:?}", self.headers);
        };
        value
    }

    /// Gives the body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// Gives the fields of the body as an HTML form, in their order.
    #[track_caller]
    pub fn form(&self) -> Vec<(String, String)> {
        let text = std::str::from_utf8(&self.body).expect("a form is text");
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').expect("a field has a value");
            (decode(name), decode(value))
        };
        text.split('&').map(pair).collect()
    }
}

/// Decodes a name or value of a form.
#[track_caller]
pub fn decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                let digits = std::str::from_utf8(&digits).expect("digits");
                u8::from_str_radix(digits, 16).expect("hex digits")
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).expect("a form is UTF-8")
}

struct State {
    asked: VecDeque<Asked>,
    /// Status and body of every answer.
    answer: (u16, String),
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running stand-in; it lives as long as the test program.
pub struct Provider {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Provider {
    /// Starts a provider that answers everything so.
    pub fn answering(status: u16, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = State { asked: VecDeque::new(), answer: (status, body.to_owned()) };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let for_calls = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&for_calls);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Gives the address that takes the place of the provider's own.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Gives the same as a `Host` header.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Waits for the next request.
    #[track_caller]
    pub fn next(&self) -> Asked {
        let state = self.shared.lock();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, ASKED_WITHIN, |state| state.asked.is_empty());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.asked.pop_front().expect("the provider was not asked")
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read(&mut stream) {
        let mut state = shared.lock();
        let (status, body) = state.answer.clone();
        state.asked.push_back(asked);
        drop(state);
        shared.changed.notify_all();
        let answer =
            format!("HTTP/1.1 {status} Answer\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        (stream.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Asked { method, target, headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Client, Request};

    #[test]
    fn requests_are_kept_as_they_came() {
        let provider = Provider::answering(201, "{}");
        let mut client = Client::new(provider.address);
        let request = Request::new("POST", "/x?a=b").header("X-Y", "z").body("t=%C3%B5+1&u=");
        let response = client.send(&request).expect("an answer");
        assert_eq!((response.status, response.text().as_str()), (201, "{}"));
        let asked = provider.next();
        assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/x?a=b"));
        assert_eq!(asked.header("x-y"), "z");
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(asked.form(), [field("t", "õ 1"), field("u", "")]);
    }
}
