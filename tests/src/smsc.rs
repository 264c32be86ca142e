//! SMSCs for the server to bind to, as child processes: two that speak by
//! codecs we did not write, and a hostile one of our own.
//!
//! All three take commands and tell events in the same words, one JSON object a
//! line; `tests/smsc/README.md` lists them. What a peer cannot do, it says.

mod peer;
mod submit;

pub use peer::Peer;
pub use submit::Submit;

use crate::process::{Output, Process, Waited};
use serde_json::Value;
use std::cell::Cell;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long a peer may take to listen: a cold start of an interpreter.
const LISTENS_WITHIN: Duration = Duration::from_secs(20);
/// How long it may take to obey a command.
const OBEYS_WITHIN: Duration = Duration::from_secs(10);
/// How long an event may take to come when nothing else is said.
pub const EVENT_WITHIN: Duration = Duration::from_secs(20);

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obeyed {
    /// It is in force.
    Done,
    /// This peer cannot do that.
    Unsupported,
}

/// A running SMSC; dropping it kills it.
pub struct Smsc {
    process: Process,
    commands: Box<dyn Write + Send>,
    address: SocketAddr,
    /// Lines of its output that [`Smsc::next_submit`] has gone through.
    submits_read: usize,
    /// Lines of its output that [`Smsc::next`] has gone through.
    events_read: usize,
}

impl Smsc {
    /// Starts a peer on a free port and waits until it listens.
    #[track_caller]
    pub fn start(peer: &Peer) -> Self {
        Self::start_with(peer, &[])
    }

    /// Starts a peer with arguments of the caller's, as `--port`, behind its own.
    #[track_caller]
    pub fn start_with(peer: &Peer, arguments: &[&str]) -> Self {
        let (process, stdin) = Process::spawn_open(peer.command().args(arguments));
        let listening = process.wait_for(LISTENS_WITHIN, |output| {
            events(output, 0).map(|(_, event)| event).find(|event| event["event"] == "listening")
        });
        let Waited::Found(listening) = listening else {
            panic!("{peer:?} does not listen:\n{}", told(&process));
        };
        let local = |name: &str| {
            let port = listening[name].as_u64().and_then(|port| u16::try_from(port).ok())?;
            Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        };
        let commands: Box<dyn Write + Send> = match local("control") {
            Some(control) => Box::new(TcpStream::connect(control).expect("its control port")),
            None => Box::new(stdin),
        };
        let address = local("port").expect("it says its port");
        Self { process, commands, address, submits_read: 0, events_read: 0 }
    }

    /// Gives the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the process, for signals and for its end.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Gives a command that this peer must be able to obey; it is in force when this returns.
    #[track_caller]
    pub fn command(&mut self, command: &Value) {
        assert_eq!(self.try_command(command), Obeyed::Done, "this peer cannot {command}");
    }

    /// Gives a command; it is in force, or refused as too much for this peer, when this returns.
    #[track_caller]
    pub fn try_command(&mut self, command: &Value) -> Obeyed {
        let name = &command["cmd"];
        let before = self.process.output().stdout.len();
        self.send(command);
        let answer = self.process.wait_for(OBEYS_WITHIN, |output| {
            events(output, before).map(|(_, event)| event).find(|event| {
                event["done"] == *name || event["unsupported"] == *name || !event["error"].is_null()
            })
        });
        match answer {
            Waited::Found(event) if event["done"] == *name => Obeyed::Done,
            Waited::Found(event) if event["unsupported"] == *name => Obeyed::Unsupported,
            Waited::Found(event) => panic!("{command} is refused: {event}"),
            Waited::Ended | Waited::TimedOut => {
                panic!("no answer to {command}:\n{}", told(&self.process))
            }
        }
    }

    /// Waits for the next refusal of a command; gives what it says.
    #[track_caller]
    pub fn next_refusal(&mut self) -> String {
        let from = self.events_read;
        let found = self.find(from, OBEYS_WITHIN, |event| event["error"].is_string());
        let Some((line, event)) = found else { panic!("nothing is refused:\n{}", self.told()) };
        self.events_read = line + 1;
        event["error"].as_str().unwrap_or_default().to_owned()
    }

    /// Sends a command and waits for nothing: for `die`, which has no answer.
    #[track_caller]
    pub fn send(&mut self, command: &Value) {
        let line = format!("{command}\n");
        let sent = self.commands.write_all(line.as_bytes()).and_then(|()| self.commands.flush());
        sent.unwrap_or_else(|error| panic!("{command} cannot be sent: {error}"));
    }

    /// Waits for the next message, in the order in which they came.
    #[track_caller]
    pub fn next_submit(&mut self) -> Submit {
        match self.next_submit_within(EVENT_WITHIN) {
            Some(submit) => submit,
            None => panic!("no message came to the SMSC:\n{}", told(&self.process)),
        }
    }

    /// Waits for the next message; `None` if none comes in time.
    #[track_caller]
    pub fn next_submit_within(&mut self, within: Duration) -> Option<Submit> {
        let from = self.submits_read;
        let (line, event) = self.find(from, within, |event| event["event"] == "submit")?;
        self.submits_read = line + 1;
        Some(Submit::read(&event))
    }

    /// Waits for the next event of a name, in order; events of other names before it are passed.
    #[track_caller]
    pub fn next(&mut self, name: &str) -> Value {
        let from = self.events_read;
        let Some((line, event)) = self.find(from, EVENT_WITHIN, |event| event["event"] == name)
        else {
            panic!("no event {name:?} came:\n{}", told(&self.process))
        };
        self.events_read = line + 1;
        event
    }

    /// Gives all events of a name so far.
    pub fn all(&self, name: &str) -> Vec<Value> {
        let output = self.process.output();
        let named = events(&output, 0).map(|(_, event)| event);
        named.filter(|event| event["event"] == name).collect()
    }

    /// Gives everything that it printed, to quote it when something fails.
    pub fn told(&self) -> String {
        told(&self.process)
    }

    /// Ends it by SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// The first event from a line on for which `is_wanted` holds, and its line.
    fn find(
        &self,
        from: usize,
        within: Duration,
        is_wanted: impl Fn(&Value) -> bool,
    ) -> Option<(usize, Value)> {
        // A line is read once, however often new ones wake this up.
        let read = Cell::new(from);
        let found = self.process.wait_for(within, |output| {
            let found = events(output, read.get()).find(|(_, event)| is_wanted(event));
            read.set(output.stdout.len());
            found
        });
        match found {
            Waited::Found(found) => Some(found),
            Waited::Ended | Waited::TimedOut => None,
        }
    }
}

/// What was told from a line on, with the number of each line.
fn events(output: &Output, from: usize) -> impl Iterator<Item = (usize, Value)> + '_ {
    let lines = output.stdout.iter().enumerate().skip(from);
    lines.filter_map(|(number, line)| Some((number, serde_json::from_str(line).ok()?)))
}

fn told(process: &Process) -> String {
    let output = process.output();
    format!("--- stdout\n{}\n--- stderr\n{}", output.stdout.join("\n"), output.stderr.join("\n"))
}
