//! The control port and the command line, as a person uses them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use blackbox::smsc::Smsc;
use serde_json::{Value, json};

use crate::client::{Client, message, simulator};

/// A person at the control port.
struct Hand(BufReader<TcpStream>);

impl Hand {
    fn at(smsc: &mut Smsc) -> Self {
        let port = smsc.next("listening")["control"].as_u64().expect("a port");
        let stream = TcpStream::connect(("127.0.0.1", u16::try_from(port).expect("a port")));
        let stream = stream.expect("the control port listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        Self(BufReader::new(stream))
    }

    fn types(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).expect("it reads");
    }

    fn reads(&mut self) -> Value {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line in time");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

#[test]
fn commands_are_answered_and_events_shown() {
    let mut smsc = Smsc::start(&simulator());
    let mut hand = Hand::at(&mut smsc);
    hand.types("{\"cmd\":\"receipts\",\"mode\":\"none\"}\n\n{\"cmd\":\"fly\"}\nnonsense\n");
    assert_eq!(hand.reads(), json!({"done": "receipts"}));
    assert_eq!(hand.reads(), json!({"unsupported": "fly"}));
    assert!(hand.reads()["error"].is_string());
    let mut client = Client::bound(&smsc);
    client.submit(message(b"seen"));
    let events = [hand.reads(), hand.reads(), hand.reads()];
    let names = events.each_ref().map(|event| event["event"].as_str().unwrap_or_default());
    assert_eq!(names, ["connect", "bind", "submit"]);
    assert_eq!(events[2]["text"], "seen");
    assert_eq!(smsc.next_submit().text, "seen");
    let told = smsc.told();
    assert!(!told.contains("secret") && told.contains("acct"), "{told}");
}

#[test]
fn a_command_that_never_ends_is_given_up() {
    let mut smsc = Smsc::start(&simulator());
    let mut hand = Hand::at(&mut smsc);
    hand.types(&"x".repeat(64 * 1024));
    assert_eq!(hand.reads(), json!({"error": "a command is not so long"}));
}

#[test]
fn a_script_is_obeyed_before_anybody_binds() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("script.jsonl");
    let lines = "{\"cmd\":\"refuse_bind\",\"status\":13,\"count\":1}\n\n{\"cmd\":\"fly\"}\n";
    std::fs::write(&script, lines).expect("a file");
    let path = script.to_str().expect("a path of text");
    let mut smsc = Smsc::start_with(&simulator(), &["--script", path, "--count"]);
    let mut client = Client::connect(smsc.address());
    let bind = || smpp::Pdu::BindTransceiver(crate::client::account("secret"));
    assert_eq!(client.bind(bind()).status, 13);
    assert_eq!(client.bind(bind()).status, 0);
    // Counted, and not printed.
    client.submit(message(b"x"));
    smsc.command(&json!({"cmd": "stats"}));
    let stats = smsc.next("stats");
    assert_eq!((&stats["submits"], &stats["accepted"]), (&json!(1), &json!(1)));
    assert!(smsc.all("submit").is_empty());
}
