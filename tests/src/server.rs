//! The real server as a child process.

use crate::folder::Folder;
use crate::process::{Output, Process, Waited};
use serde_json::Value;
use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

/// How long the server may take to say that it listens.
pub const READY_WITHIN: Duration = Duration::from_secs(15);
/// How long it may take to end after SIGTERM: 10 s of draining and some air.
pub const STOP_WITHIN: Duration = Duration::from_secs(15);

/// How a server is started.
#[derive(Clone)]
pub struct ServerOptions {
    /// Data and configuration.
    pub folder: Folder,
    /// Whether with `--dev`.
    pub dev: bool,
    /// Further environment variables.
    pub env: Vec<(String, String)>,
    /// Whether SIGXFSZ is ignored, so that a file size limit set from outside
    /// makes writes fail instead of ending the process.
    pub ignore_file_size_signal: bool,
}

impl ServerOptions {
    /// `serve --dev` on the data of `folder`.
    pub fn dev(folder: Folder) -> Self {
        Self { folder, dev: true, env: Vec::new(), ignore_file_size_signal: false }
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives the command that starts this server on a free port.
    pub fn command(&self) -> Command {
        let mut command = command(&self.folder);
        if self.ignore_file_size_signal {
            let plain = command;
            command = Command::new("sh");
            command
                .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
                .arg(plain.get_program())
                .args(plain.get_args());
            clean_environment(&mut command);
        }
        name_database(&mut command, &self.folder);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        if self.dev {
            command.arg("--dev");
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A running server.
pub struct Server {
    process: Process,
    address: SocketAddr,
    options: ServerOptions,
}

impl Server {
    /// Starts the server and waits until it listens.
    #[track_caller]
    pub fn start(options: ServerOptions) -> Self {
        let process = Process::spawn(&mut options.command(), "");
        let ready = process.wait_for(READY_WITHIN, |output| {
            output.stderr.iter().find_map(|line| listening_address(line))
        });
        match ready {
            Waited::Found(address) => Self { process, address, options },
            Waited::Ended => panic!("the server ended instead of listening:\n{}", told(&process)),
            Waited::TimedOut => {
                panic!("the server did not say `listening` in time:\n{}", told(&process))
            }
        }
    }

    /// Gives the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the place of its data.
    pub fn folder(&self) -> &Folder {
        &self.options.folder
    }

    /// Gives the process, for its output and for signals.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Gives everything it printed, for searches.
    pub fn printed(&self) -> String {
        let output = self.process.output();
        format!("{}\n{}", output.stdout.join("\n"), output.stderr.join("\n"))
    }

    /// Waits until it has printed a line with this text: a thread of its own writes them.
    #[track_caller]
    pub fn has_printed(&self, text: &str) {
        let has = |output: &Output| {
            let mut lines = output.stderr.iter().chain(&output.stdout);
            lines.any(|line| line.contains(text)).then_some(())
        };
        let waited = self.process.wait_for(Duration::from_secs(20), has);
        assert_eq!(waited, Waited::Found(()), "{}", self.printed());
    }

    /// Asks it to end by SIGTERM and waits until it has.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        self.process.terminate();
        match self.process.wait_exit(STOP_WITHIN) {
            Some(status) => status,
            None => panic!("the server did not end after SIGTERM:\n{}", told(&self.process)),
        }
    }

    /// Ends it by SIGKILL, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same data, on a new port; it must have ended.
    #[track_caller]
    pub fn start_again(&mut self) {
        assert!(self.process.has_ended(), "stop or kill the server first");
        *self = Self::start(self.options.clone());
    }
}

/// Gives `ringproof` with the global flags for `folder` and a clean environment.
#[track_caller]
pub fn command(folder: &Folder) -> Command {
    let mut command = bare_command();
    command.arg("--config").arg(folder.config()).arg("--data").arg(folder.data());
    command.current_dir(folder.root());
    name_database(&mut command, folder);
    command
}

/// Says where the data are, if they are not in the folder.
fn name_database(command: &mut Command, folder: &Folder) {
    if let Some(database) = folder.database() {
        command.env("RINGPROOF_DATA__POSTGRES", database.address());
    }
}

/// Gives `ringproof` without arguments and with a clean environment.
#[track_caller]
pub fn bare_command() -> Command {
    let mut command = Command::new(program());
    clean_environment(&mut command);
    command
}

/// Finds the program under test: `RINGPROOF_BIN`, else the release build in
/// the target folder these tests were built into, else its debug build.
#[track_caller]
pub fn program() -> PathBuf {
    if let Some(path) = env::var_os("RINGPROOF_BIN") {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "RINGPROOF_BIN names {}, which is not a file", path.display());
        return path;
    }
    let this = env::current_exe().expect("a running program has a path");
    // target/debug/deps/this-test → target
    let target = this.ancestors().nth(3).unwrap_or(Path::new("target"));
    let candidates = ["release", "debug"].map(|profile| target.join(profile).join("ringproof"));
    candidates.iter().find(|path| path.is_file()).cloned().unwrap_or_else(|| {
        panic!(
            "no program to test at {}: build it with `cargo build --release`, or name it in RINGPROOF_BIN",
            candidates.map(|path| path.display().to_string()).join(" or ")
        )
    })
}

/// Reads the address out of the log line that says `listening`.
fn listening_address(line: &str) -> Option<SocketAddr> {
    let event: Value = serde_json::from_str(line).ok()?;
    let fields = event.get("fields").unwrap_or(&event);
    if fields.get("message")?.as_str()? != "listening" {
        return None;
    }
    fields.get("address")?.as_str()?.parse().ok()
}

/// Nothing of the caller's environment may decide a test.
fn clean_environment(command: &mut Command) {
    command.env_clear();
    if let Some(path) = env::var_os("PATH") {
        command.env("PATH", path);
    }
}

fn told(process: &Process) -> String {
    let output = process.output();
    format!("--- stdout\n{}\n--- stderr\n{}", output.stdout.join("\n"), output.stderr.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_nested_and_from_flat_log_lines() {
        let expected = Some("127.0.0.1:4711".parse().expect("an address"));
        let nested =
            r#"{"level":"INFO","fields":{"message":"listening","address":"127.0.0.1:4711"}}"#;
        assert_eq!(listening_address(nested), expected);
        assert_eq!(
            listening_address(r#"{"message":"listening","address":"127.0.0.1:4711"}"#),
            expected
        );
        assert_eq!(listening_address(r#"{"message":"stopping","address":"127.0.0.1:4711"}"#), None);
        assert_eq!(listening_address("listening 127.0.0.1:4711"), None);
    }
}
