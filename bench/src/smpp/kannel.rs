//! Kannel: `bearerbox`, which has the bind, and `smsbox`, which takes messages over HTTP.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::child::Child;
use super::cli::Options;
use super::smsc::{PASSWORD, SYSTEM_ID, WINDOW};
use crate::server::free_address;

/// Its user and password for messages.
pub(super) const USER: (&str, &str) = ("bench", "bench-password");
/// Warnings and worse; no log file, no access log. The friendliest setting that hides no trouble.
const LOG_LEVEL: &str = "2";

/// How it keeps messages that it has not handed over.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Store {
    /// In memory.
    None,
    /// `store-type = file`: one file, to which messages and acknowledgements are appended.
    File,
    /// `store-type = spool`: a file for each message.
    Spool,
}

/// A running Kannel.
pub(super) struct Kannel {
    bearerbox: Child,
    smsbox: Child,
    /// Where it takes messages.
    pub(super) address: SocketAddr,
}

impl Kannel {
    /// Starts both programs on a folder and waits until messages are taken.
    pub(super) fn start(options: &Options, folder: &Path, store: Store, smsc: u16) -> Result<Self> {
        fs::create_dir(folder)?;
        if store == Store::Spool {
            fs::create_dir(folder.join("store"))?;
        }
        let [admin, boxes, address] = [free_address()?, free_address()?, free_address()?];
        let file = folder.join("kannel.conf");
        fs::write(&file, configuration(folder, store, smsc, [admin, boxes, address]))?;
        let start = |program: &Path, log: &str| {
            let mut command = Command::new(program);
            command.args(["-v", LOG_LEVEL]).arg(&file).current_dir(folder);
            Child::start(&mut command, &folder.join(log))
        };
        let mut bearerbox = start(&options.bearerbox_bin, "bearerbox.log")?;
        bearerbox.until_listening(boxes)?;
        let mut smsbox = start(&options.smsbox_bin, "smsbox.log")?;
        smsbox.until_listening(address)?;
        Ok(Self { bearerbox, smsbox, address })
    }

    /// The processes, the one with the bind first.
    pub(super) fn pids(&self) -> Vec<u32> {
        vec![self.bearerbox.pid(), self.smsbox.pid()]
    }

    /// Ends both.
    pub(super) fn stop(self) -> Result<()> {
        self.smsbox.stop()?;
        self.bearerbox.stop()
    }
}

/// No `throughput` stands there, so nothing slows it down but the window.
fn configuration(folder: &Path, store: Store, smsc: u16, ports: [SocketAddr; 3]) -> String {
    let [admin, boxes, messages] = ports.map(|address| address.port());
    let place = folder.join("store");
    let store = match store {
        Store::None => String::new(),
        Store::File => format!("store-type = file\nstore-location = {}\n", place.display()),
        Store::Spool => format!("store-type = spool\nstore-location = {}\n", place.display()),
    };
    let (user, password) = USER;
    format!(
        r#"group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-deny-ip = *.*.*.*
box-allow-ip = 127.0.0.1
{store}
group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = {SYSTEM_ID}
smsc-password = {PASSWORD}
system-type = ""
interface-version = 34
max-pending-submits = {WINDOW}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {messages}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {user}
password = {password}
concatenation = false

group = sms-service
keyword = default
text = ""
"#
    )
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::path::Path;

    use super::{Store, configuration};

    #[test]
    fn only_the_store_differs_and_only_the_window_holds_messages_back() {
        let ports = [1, 2, 3].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let text = |store| configuration(Path::new("/f"), store, 4, ports);
        let none = text(Store::None);
        assert!(none.contains("\nmax-pending-submits = 100\n") && !none.contains("throughput"));
        for (store, name) in [(Store::File, "file"), (Store::Spool, "spool")] {
            let lines = format!("store-type = {name}\nstore-location = /f/store\n");
            assert_eq!(text(store).replace(&lines, ""), none);
        }
    }
}
