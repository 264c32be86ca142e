//! How many messages a second it takes when it only counts them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use blackbox::smsc::Smsc;
use serde_json::json;
use smpp::{Packet, Pdu};

use crate::client::{account, message, simulator};

/// Messages sent in one piece; the client reads their answers before the next.
const WINDOW: usize = 100;
const ROUNDS: usize = 10_000;
/// Octets of an answer: a header, an id of seven digits and its NUL.
const ANSWER_OCTETS: usize = 24;

/// It measures, and so wants the machine for itself:
/// `cargo test --release -p ringproof-smsc-sim speed -- --ignored --nocapture`
#[test]
#[ignore = "measures; run by hand, in release, on a quiet machine"]
fn a_hundred_thousand_messages_a_second_are_counted() {
    let mut smsc = Smsc::start_with(&simulator(), &["--count"]);
    smsc.command(&json!({"cmd": "receipts", "mode": "none"}));
    let mut stream = TcpStream::connect(smsc.address()).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let bind = Packet::new(1, Pdu::BindTransceiver(account("secret"))).encode().expect("a bind");
    stream.write_all(&bind).expect("it reads");
    let mut answer = [0; 16 + 9 + 5];
    stream.read_exact(&mut answer).expect("an answer");
    let mut window = Vec::new();
    for sequence in 1..=WINDOW {
        let sequence = u32::try_from(sequence).expect("few");
        let submit = Packet::new(sequence, Pdu::SubmitSm(message(b"Your code is 123456")));
        submit.encode_into(&mut window).expect("a message");
    }
    let mut answers = [0; WINDOW * ANSWER_OCTETS];
    let began = Instant::now();
    for _ in 0..ROUNDS {
        stream.write_all(&window).expect("it reads");
        stream.read_exact(&mut answers).expect("it answers");
    }
    let took = began.elapsed();
    smsc.command(&json!({"cmd": "stats"}));
    assert_eq!(smsc.next("stats")["accepted"], WINDOW * ROUNDS);
    let per_second = (WINDOW * ROUNDS) as u128 * 1_000 / took.as_millis().max(1);
    println!("{per_second} messages a second");
    assert!(per_second >= 100_000, "{per_second} messages a second");
}
