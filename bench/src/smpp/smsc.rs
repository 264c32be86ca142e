//! Where the messages end: the SMSC of the tests, which only counts here.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::child::Child;
use super::cli::Options;
use crate::clock;
use crate::limits::{READY_MAX, SMSC_ANSWER_MAX};

/// The account that may bind, and its password.
pub(super) const SYSTEM_ID: &str = "acct";
pub(super) const PASSWORD: &str = "secret";
const PASSWORD_FILE: &str = "smsc-password";
/// Messages of a bind that the SMSC has not answered yet, at most.
pub(super) const WINDOW: u16 = 100;
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A running SMSC.
pub(super) struct Smsc {
    child: Child,
    control: BufReader<TcpStream>,
    /// Where to bind.
    pub(super) port: u16,
}

/// What it has counted since its start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Binds that were taken.
    pub(super) binds: u64,
    /// Messages that were taken.
    pub(super) accepted: u64,
    /// Receipts that were sent.
    pub(super) receipts: u64,
}

/// Writes the file in which the server finds the password.
pub(super) fn write_password(folder: &Path) -> Result<()> {
    let path = folder.join(PASSWORD_FILE);
    let mut file = File::create_new(&path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    file.write_all(PASSWORD.as_bytes())?;
    Ok(())
}

impl Smsc {
    /// Starts one at free ports of loopback. `folder` is the one that holds the password.
    pub(super) fn start(options: &Options, folder: &Path, name: &str) -> Result<Self> {
        let mut command = Command::new(&options.smsc_bin);
        command.args(["--count", "--port=0", "--control=0"]);
        command.args(["--system-id", SYSTEM_ID, "--password", PASSWORD]);
        let log = folder.join(format!("smsc-{name}.log"));
        let mut child = Child::start(&mut command, &log)?;
        let log = child.log_file();
        let listening = child.until("the SMSC listened", || Ok(listening(&log)))?;
        let port = |name: &str| listening[name].as_u64().and_then(|port| u16::try_from(port).ok());
        let (port, control) = port("port").zip(port("control")).context("the SMSC has no ports")?;
        let control = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, control)))?;
        control.set_nodelay(true)?;
        control.set_read_timeout(Some(SMSC_ANSWER_MAX))?;
        Ok(Self { child, control: BufReader::new(control), port })
    }

    /// The process.
    pub(super) fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Asks for the counts. Lines that tell of other things are passed over.
    pub(super) fn counts(&mut self) -> Result<Counts> {
        self.control.get_mut().write_all(b"{\"cmd\":\"stats\"}\n")?;
        let mut line = String::new();
        loop {
            line.clear();
            let read = self.control.read_line(&mut line).context("the SMSC does not answer")?;
            ensure!(read > 0, "the SMSC has gone\n{}", self.child.log_tail());
            let event: Value = serde_json::from_str(&line).context("the SMSC printed no JSON")?;
            if event["event"] == "stats" {
                let count = |name: &str| event[name].as_u64().unwrap_or_default();
                let (binds, accepted) = (count("binds"), count("accepted"));
                return Ok(Counts { binds, accepted, receipts: count("receipts") });
            }
        }
    }

    /// Waits until somebody has bound.
    pub(super) fn until_bound(&mut self) -> Result<()> {
        let began = clock::now();
        while self.counts()?.binds == 0 {
            ensure!(began.elapsed() < READY_MAX, "nobody binds at the SMSC");
            clock::pause(LOOK_EVERY);
        }
        Ok(())
    }

    /// Ends it.
    pub(super) fn stop(self) -> Result<()> {
        self.child.stop()
    }
}

/// The line that names the ports, once it has been printed whole.
fn listening(log: &Path) -> Option<Value> {
    let text = fs::read_to_string(log).ok()?;
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let mut events = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.find(|event| event["event"] == "listening")
}

/// The keys of Ringproof's gateway: one bind, window 100, no limit of its own.
pub(super) fn gateway(port: u16, folder: &Path, with_receipts: bool) -> Result<String> {
    let password = folder.join(PASSWORD_FILE);
    let password = password.to_str().context("the path of the data folder is not UTF-8")?;
    // A JSON string is a TOML basic string too.
    let password = serde_json::to_string(password)?;
    let receipts = u8::from(with_receipts);
    Ok(format!(
        r#"name = "smsc"
kind = "smpp"
hosts = ["127.0.0.1:{port}"]
tls = false
system_id = "{SYSTEM_ID}"
password_file = {password}
window = {WINDOW}
tps = 1000000
registered_delivery = {receipts}
"#
    ))
}
