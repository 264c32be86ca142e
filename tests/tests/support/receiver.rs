//! The operator's message gateway for tests that outlive their server: it
//! keeps every message by number, whatever becomes of the server that sent it,
//! and can be told to keep its callers waiting for a while.

use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The text around the code, as the default template has it.
const TEXT_BEFORE_CODE: &str = "Your Verification PIN code is ";

/// A running receiver; it lives as long as the test program.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    book: Mutex<Book>,
    changed: Condvar,
}

#[derive(Default)]
struct Book {
    /// Codes by number, one for each message, repetitions included; of a
    /// message with another text than the default one that text.
    codes: HashMap<String, Vec<String>>,
    /// Whether calls have to wait for their answer.
    is_held: bool,
    /// Calls that had to wait.
    held: usize,
}

#[allow(dead_code, reason = "each test program uses its part")]
impl Receiver {
    /// Starts a receiver that takes messages, each call after the moment `takes`.
    /// A caller that is gone by then has not handed anything over.
    pub(crate) fn start(takes: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        let for_calls = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&for_calls);
                thread::spawn(move || serve(BufReader::new(stream), takes, &shared));
            }
        });
        Self { address, shared }
    }

    /// Gives the configuration that makes the server send here.
    pub(crate) fn config(&self) -> String {
        let url = format!("http://{}/messages", self.address);
        format!("[[gateway]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{url}\"\n")
    }

    /// Gives the codes that came to `number` so far, one for each message.
    pub(crate) fn codes(&self, number: &str) -> Vec<String> {
        self.shared.lock().codes.get(number).cloned().unwrap_or_default()
    }

    /// Waits for the first message to `number` and gives its code.
    pub(crate) fn wait_for_code(&self, number: &str, within: Duration) -> Option<String> {
        let book = self.wait(within, |book| !book.codes.contains_key(number));
        book.codes.get(number).and_then(|codes| codes.first().cloned())
    }

    /// Gives how many numbers got a message, and how many messages came in all.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let book = self.shared.lock();
        (book.codes.len(), book.codes.values().map(Vec::len).sum())
    }

    /// Waits until so many numbers have got a message.
    pub(crate) fn wait_for_distinct(&self, count: usize, within: Duration) {
        let book = self.wait(within, |book| book.codes.len() < count);
        assert!(book.codes.len() >= count, "{} of {count} came in time", book.codes.len());
    }

    /// Leaves calls without an answer from now on, or answers them all.
    pub(crate) fn hold(&self, is_held: bool) {
        self.shared.lock().is_held = is_held;
        self.shared.changed.notify_all();
    }

    /// Waits until a call has been held; tells whether one was.
    pub(crate) fn wait_for_held_call(&self, within: Duration) -> bool {
        self.wait(within, |book| book.held == 0).held > 0
    }

    fn wait(&self, within: Duration, not_yet: impl Fn(&mut Book) -> bool) -> MutexGuard<'_, Book> {
        let book = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(book, within, not_yet);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the messages of a call into the book.
    fn take(&self, call: &Value) {
        let mut book = self.lock();
        if book.is_held {
            book.held += 1;
            self.changed.notify_all();
            let released = self.changed.wait_while(book, |book| book.is_held);
            book = released.unwrap_or_else(PoisonError::into_inner);
        }
        for message in call["messages"].as_array().expect("`messages` is an array") {
            let to = message["to"].as_str().expect("`to` is a text");
            let text = message["text"].as_str().expect("`text` is a text");
            let code = text.strip_prefix(TEXT_BEFORE_CODE).unwrap_or(text);
            book.codes.entry(to.to_owned()).or_default().push(code.to_owned());
        }
    }
}

/// Answers calls on one connection until it ends; a server killed in the
/// middle of a call leaves half of one, which counts as nothing.
fn serve(mut stream: BufReader<TcpStream>, takes: Duration, shared: &Shared) {
    while let Some(call) = read_call(&mut stream) {
        if !takes.is_zero() && is_gone_within(stream.get_ref(), takes) {
            return;
        }
        shared.take(&call);
        shared.changed.notify_all();
        if stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

/// Waits that long for the caller to go away; tells whether it did.
fn is_gone_within(stream: &TcpStream, moment: Duration) -> bool {
    let set = |timeout| stream.set_read_timeout(timeout).expect("a socket takes timeouts");
    set(Some(moment));
    let peeked = stream.peek(&mut [0]);
    set(None);
    match peeked {
        Ok(count) => count == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

fn read_call(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok()?;
            }
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
