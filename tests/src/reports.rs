//! A stand-in for the integrator's own server: takes the calls that are made
//! to addresses of integrators (delivery reports, messages from persons) and
//! answers as the test says.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a call may take to come.
const CALL_WITHIN: Duration = Duration::from_secs(20);

/// One call as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header lines.
    pub headers: Vec<String>,
    /// Body; empty if there was none.
    pub body: Vec<u8>,
}

impl Report {
    /// Gives the value of a parameter in the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// Gives a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

#[derive(Default)]
struct State {
    /// Calls that no test has taken yet.
    calls: VecDeque<Report>,
    /// Statuses of the next answers; the last one stays.
    answers: VecDeque<u16>,
    /// Calls are left without an answer.
    hangs: bool,
    /// Connections that were accepted.
    connections: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A running receiver; it lives as long as the test program.
pub struct ReportReceiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl ReportReceiver {
    /// Starts a receiver that answers with these statuses, the last of them
    /// ever again; with 200 if there are none.
    pub fn start(answers: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        shared.lock().answers.extend(answers);
        let for_calls = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                for_calls.lock().connections += 1;
                let shared = Arc::clone(&for_calls);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Gives the address to be called, with this path and query.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Gives the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Leaves calls without an answer from now on, or answers them.
    pub fn hang(&self, hangs: bool) {
        self.shared.lock().hangs = hangs;
        self.shared.changed.notify_all();
    }

    /// Waits for the next call.
    #[track_caller]
    pub fn next(&self) -> Report {
        let state = self.shared.lock();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, CALL_WITHIN, |state| state.calls.is_empty());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.calls.pop_front().expect("no call came to the integrator's address")
    }

    /// Gives the calls that came and were not taken by [`Self::next`].
    pub fn rest(&self) -> Vec<Report> {
        self.shared.lock().calls.iter().cloned().collect()
    }

    /// Tells how many connections were accepted.
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers calls on one connection until it ends or makes no sense.
fn serve(stream: TcpStream, shared: &Shared) {
    let mut stream = BufReader::new(stream);
    while let Some(report) = read_call(&mut stream) {
        let mut state = shared.lock();
        state.calls.push_back(report);
        shared.changed.notify_all();
        let released = shared.changed.wait_while(state, |state| state.hangs);
        state = released.unwrap_or_else(PoisonError::into_inner);
        let answered = match state.answers.len() {
            0 => 200,
            1 => state.answers[0],
            _ => state.answers.pop_front().unwrap_or(200),
        };
        drop(state);
        let redirect = if answered / 100 == 3 { "Location: /elsewhere\r\n" } else { "" };
        let answer = format!("HTTP/1.1 {answered} Answer\r\n{redirect}Content-Length: 0\r\n\r\n");
        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read_call(stream: &mut BufReader<TcpStream>) -> Option<Report> {
    let request_line = read_line(stream)?;
    let mut words = request_line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        headers.push(line);
    }
    let mut report = Report { method, target, headers, body: Vec::new() };
    let length = report.header("content-length").and_then(|length| length.parse().ok());
    report.body.resize(length.unwrap_or(0), 0);
    stream.read_exact(&mut report.body).ok()?;
    Some(report)
}

fn read_line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    match stream.read_line(&mut line) {
        Ok(count) if count > 0 => Some(line.trim_end().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Client, Request};

    #[test]
    fn calls_are_kept_and_answered_as_told() {
        let receiver = ReportReceiver::start(&[500, 200]);
        let mut client = Client::new(receiver.address);
        let call = Request::new("GET", "/x?a=1&err=000");
        let statuses = [(); 3].map(|()| client.send(&call).expect("an answer").status);
        assert_eq!(statuses, [500, 200, 200]);
        let report = receiver.next();
        assert_eq!((report.method.as_str(), report.parameter("err")), ("GET", Some("000")));
        assert_eq!((report.header("host"), report.parameter("a")), (Some("localhost"), Some("1")));
        assert_eq!((receiver.rest().len(), receiver.connections()), (2, 1));
    }
}
