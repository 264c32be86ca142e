//! Many requests that all reach the server, or several of them, at the same moment.

use crate::answer::Answer;
use crate::device::{AppAnswer, own_source};
use crate::http::{Connection, Request, Response};
use crate::text::TextAnswer;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Barrier;
use std::thread;

/// Connections of one volley; the configuration of these tests allows more.
const CONNECTIONS_MAX: usize = 250;
/// Threads that let go of the connections together and read the answers.
const THREADS: usize = 8;

/// Fires all requests at once and gives their answers, in no particular order.
pub fn fire(address: SocketAddr, requests: &[Request]) -> Vec<Answer> {
    fire_at(&[address], requests)
}

/// The same, with the connections spread over several servers.
pub fn fire_at(addresses: &[SocketAddr], requests: &[Request]) -> Vec<Answer> {
    fire_and_read(addresses, requests, || None, Answer::checked)
}

/// The same for the plain-text interfaces.
pub fn fire_text(address: SocketAddr, requests: &[Request]) -> Vec<TextAnswer> {
    fire_text_at(&[address], requests)
}

/// The same, with the connections spread over several servers.
pub fn fire_text_at(addresses: &[SocketAddr], requests: &[Request]) -> Vec<TextAnswer> {
    fire_and_read(addresses, requests, || None, TextAnswer::checked)
}

/// The same for calls of the app, each connection from an address of its own: what
/// one person may do in ten minutes must not hide a race.
pub fn fire_app(address: SocketAddr, requests: &[Request]) -> Vec<AppAnswer> {
    fire_and_read(&[address], requests, || Some(own_source()), AppAnswer::checked)
}

/// Fires all requests at once and reads their answers with `read`.
///
/// Each connection gets its first request but for the last byte. Only when all
/// of them wait so, the missing bytes go out, and right behind them the further
/// requests of each connection, so that every request is under way before the
/// first answer is read.
fn fire_and_read<T: Send>(
    addresses: &[SocketAddr],
    requests: &[Request],
    source: fn() -> Option<IpAddr>,
    read: fn(&Request, Response) -> T,
) -> Vec<T> {
    let lanes: Vec<Vec<&Request>> = (0..CONNECTIONS_MAX.min(requests.len()))
        .map(|lane| requests.iter().skip(lane).step_by(CONNECTIONS_MAX).collect())
        .collect();
    let mut loaded: Vec<Loaded<'_>> = lanes
        .into_iter()
        .zip(addresses.iter().cycle())
        .map(|(lane, address)| load(*address, source(), lane))
        .collect();
    let per_thread = loaded.len().div_ceil(THREADS);
    let all_waiting = Barrier::new(loaded.len().div_ceil(per_thread));
    thread::scope(|scope| {
        let threads: Vec<_> = loaded
            .chunks_mut(per_thread)
            .map(|chunk| {
                scope.spawn(|| {
                    all_waiting.wait();
                    for lane in chunk.iter_mut() {
                        lane.connection.write(&lane.rest).expect("the server reads");
                    }
                    chunk.iter_mut().flat_map(|lane| lane.answers(read)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no answer breaks a rule"))
            .collect()
    })
}

/// A connection whose first request lacks its last byte.
struct Loaded<'requests> {
    connection: Connection,
    requests: Vec<&'requests Request>,
    rest: Vec<u8>,
}

impl Loaded<'_> {
    fn answers<T>(&mut self, read: fn(&Request, Response) -> T) -> Vec<T> {
        let connection = &mut self.connection;
        let answer = |request: &&Request| {
            let response = connection.read_response(false).expect("every request is answered");
            read(request, response)
        };
        self.requests.iter().map(answer).collect()
    }
}

fn load(address: SocketAddr, source: Option<IpAddr>, requests: Vec<&Request>) -> Loaded<'_> {
    let mut connection = Connection::open(address, source).expect("the server accepts");
    let mut first = requests[0].to_bytes();
    let last_byte = first.pop().expect("a request has bytes");
    connection.write(&first).expect("the server reads");
    let mut rest = vec![last_byte];
    for request in &requests[1..] {
        rest.extend(request.to_bytes());
    }
    Loaded { connection, requests, rest }
}

/// Counts the outcomes.
pub fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(outcome(answer)).or_default() += 1;
    }
    counts
}

/// Says in a word what an answer means.
pub fn outcome(answer: &Answer) -> String {
    let result = match &answer.json["status"]["result"] {
        // Recovery codes have it at the top.
        Value::Null => &answer.json["result"],
        result => result,
    };
    match (answer.status, &answer.json["verified"], result) {
        (200, Value::Bool(true), Value::Null) => "verified".to_owned(),
        (200, Value::Bool(false), Value::String(result)) => result.clone(),
        (status, ..) => match answer.json["code"].as_str() {
            Some(code) => format!("{status} {code}"),
            None => status.to_string(),
        },
    }
}

/// What [`tally`] is to give.
pub fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(outcome, count)| ((*outcome).to_owned(), *count)).collect()
}
