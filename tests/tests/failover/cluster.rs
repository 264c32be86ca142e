//! `tests/postgres/cluster`, and what happens to it.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::{ChildStdin, Command};
use std::time::{Duration, Instant};

use ringproof_blackbox::process::{Output, Process, Waited};

/// How long one word may take to be answered.
const WITHIN: Duration = Duration::from_mins(4);

/// What happens to a primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// All its processes are gone at once.
    Kill,
    /// All its processes stand still.
    Pause,
    /// No line to it holds.
    Cut,
    /// No line to the other members holds; those to clients do.
    Split,
}

impl Fault {
    fn word(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Cut => "cut",
            Self::Split => "split",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A running cluster; it ends with this.
pub(crate) struct Cluster {
    process: Process,
    words: ChildStdin,
    addresses: String,
    answers: usize,
}

impl Cluster {
    /// Starts one whose commits wait for a standby, or for none.
    pub(crate) fn start(ttl_seconds: u32, is_synchronous: bool) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("postgres/cluster");
        let mut command = Command::new(script);
        command.arg(ttl_seconds.to_string()).arg(if is_synchronous { "on" } else { "off" });
        let (process, words) = Process::spawn_open(&mut command);
        let mut cluster = Self { process, words, addresses: String::new(), answers: 0 };
        cluster.addresses = cluster.answer("ready");
        cluster
    }

    /// Where its members are, as an address of the database names them.
    pub(crate) fn addresses(&self) -> &str {
        &self.addresses
    }

    fn say(&mut self, word: &str, wanted: &str) -> String {
        writeln!(self.words, "{word}").expect("it listens");
        self.answer(wanted)
    }

    /// What follows a word in the next line.
    fn answer(&mut self, wanted: &str) -> String {
        let place = self.answers;
        self.answers += 1;
        let next = |output: &Output| output.stdout.get(place).cloned();
        match self.process.wait_for(WITHIN, next) {
            Waited::Found(line) => match line.strip_prefix(wanted) {
                Some(rest) => rest.trim().to_owned(),
                None => panic!("the cluster says {line:?} instead of {wanted:?}"),
            },
            Waited::Ended | Waited::TimedOut => {
                panic!("no answer of the cluster: {}", self.process.output().stderr.join("\n"))
            }
        }
    }

    /// Waits until one member leads and two follow; gives the one that leads.
    pub(crate) fn settle(&mut self) -> u32 {
        self.say("settle", "settled").parse().expect("a number")
    }

    pub(crate) fn suffer(&mut self, fault: Fault, member: u32) {
        self.say(&format!("{} {member}", fault.word()), "done");
    }

    /// Undoes what a member suffers.
    pub(crate) fn mend(&mut self, member: u32) {
        self.say(&format!("mend {member}"), "done");
    }

    /// Waits until another member leads; gives it.
    pub(crate) fn wait_for_another_primary(&mut self, than: u32) -> u32 {
        let until = Instant::now() + WITHIN;
        loop {
            let primary = self.say("primary", "primary").parse().expect("a number");
            if primary != than {
                return primary;
            }
            assert!(Instant::now() < until, "nobody replaces the primary");
        }
    }
}
