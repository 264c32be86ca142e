//! The server as a child process: fresh folder, configuration, account, start, stop.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::clock;
use crate::json;
use crate::limits::{CONNECTIONS_MAX, READY_MAX, STOP_MAX};
use crate::requests::{self, Caller};

/// A file that marks a folder as ours, so that no other folder is ever emptied.
const MARK: &str = ".ringproof-bench";
const LOOK_EVERY: Duration = Duration::from_micros(500);
const ANSWER_MAX: Duration = Duration::from_secs(5);
const LOG_TAIL_BYTES: usize = 2000;
/// Every limit of `[limits]`, raised out of the way; the checks themselves still run, those of the guard too.
const LIMITS: [&str; 10] = [
    "number_service_per_30s",
    "number_service_per_10min",
    "number_service_per_hour",
    "number_service_per_day",
    "number_per_day",
    "account_sms_per_second",
    "account_sms_per_day",
    "country_sms_per_day",
    "failed_logins_per_minute",
    "failed_logins_per_hour_ip",
];
const LIMIT_RAISED: u32 = 1_000_000_000;

/// What is needed to start the server, as often as wanted, on one folder.
pub(crate) struct Setup {
    program: PathBuf,
    folder: PathBuf,
    /// Where the server listens.
    pub(crate) address: SocketAddr,
}

/// What of the configuration differs between measurements.
pub(crate) struct Settings<'a> {
    /// The server's program.
    pub(crate) program: &'a Path,
    /// Its folder, which is made fresh.
    pub(crate) folder: &'a Path,
    /// Runtime threads; 0 is the server's default.
    pub(crate) threads: u16,
    /// Log level.
    pub(crate) log: &'a str,
    /// More keys of the section `[data]`.
    pub(crate) data: &'a str,
    /// The keys of its only gateway.
    pub(crate) gateway: &'a str,
}

/// The keys of a webhook gateway that posts to the sink.
pub(crate) fn webhook_gateway(sink: SocketAddr) -> String {
    format!("name = \"sink\"\nkind = \"webhook\"\nurl = \"http://{sink}/\"\n")
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    /// From the start of the process to its first answer.
    pub(crate) ready_in: Duration,
}

impl Setup {
    /// Makes the folder fresh and writes the configuration.
    pub(crate) fn prepare(settings: &Settings<'_>) -> Result<Self> {
        let program = settings.program.canonicalize().with_context(|| {
            format!("could not find the server's program {}", settings.program.display())
        })?;
        let folder = fresh_folder(settings.folder)?;
        let setup = Self { program, folder, address: free_address()? };
        let text = configuration(settings, setup.address, &setup.folder.join("data"))?;
        fs::write(setup.config(), text).context("could not write the configuration")?;
        Ok(setup)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("ringproof.toml")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// The folder that holds the server's data, log and configuration.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Bytes logged so far.
    pub(crate) fn log_bytes(&self) -> u64 {
        fs::metadata(self.log()).map_or(0, |file| file.len())
    }

    /// Bytes of the database with its write-ahead log.
    pub(crate) fn database_bytes(&self) -> u64 {
        let size = |name| fs::metadata(self.folder.join("data").join(name)).map_or(0, |f| f.len());
        size("ringproof.db") + size("ringproof.db-wal")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // Settings of whoever starts the bench must not reach the server; it needs no others.
        command.env_clear();
        command.arg("--config").arg(self.config()).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    /// Creates the service that the users of the bench belong to; gives its id.
    pub(crate) fn create_service(&self, caller: &Caller) -> Result<String> {
        let body = r#"{"fqdn":"bench.example","name":"Bench"}"#;
        let request = caller.call("POST", "/v1/service/service", body);
        let (status, body) = ask(self.address, &request)?;
        let text = String::from_utf8_lossy(&body).into_owned();
        ensure!(matches!(status, 200 | 201), "could not create the service: {status} {text}");
        let id = json::member(&body, b"id").and_then(json::text);
        let id = id.with_context(|| format!("the new service has no id: {text}"))?;
        Ok(String::from_utf8_lossy(&id).into_owned())
    }

    /// Lets another node have the root key, so that both can work on one database.
    pub(crate) fn share_key(&self, other: &Self) -> Result<()> {
        let folder = other.folder.join("data");
        fs::create_dir_all(&folder)?;
        let key = self.folder.join("data/root.key");
        fs::copy(key, folder.join("root.key")).context("could not copy the root key")?;
        Ok(())
    }

    /// Creates the account of the bench; gives `user name:password`.
    pub(crate) fn create_account(&self) -> Result<String> {
        self.create_account_named("bench")
    }

    /// Creates an account; gives `user name:password`.
    pub(crate) fn create_account_named(&self, name: &str) -> Result<String> {
        let output = self
            .command()
            .args(["account", "create", name, "--countries", "all", "--json"])
            .output()
            .context("could not run `ringproof account create`")?;
        ensure!(
            output.status.success(),
            "`ringproof account create` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let line = String::from_utf8_lossy(&output.stdout);
        let account: serde_json::Value = serde_json::from_str(line.trim())
            .context("`ringproof account create --json` did not print one JSON object")?;
        let text =
            |name: &str| account[name].as_str().with_context(|| format!("no {name}: {line}"));
        Ok(format!("{}:{}", text("username")?, text("password")?))
    }

    /// Starts the server and waits until it answers.
    pub(crate) fn start(&self) -> Result<Server> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = self.command();
        command.arg("serve").stdout(log.try_clone()?).stderr(log);
        let began = clock::now();
        let child = command.spawn().context("could not start the server")?;
        let mut server = Server { child, log: self.log(), ready_in: Duration::ZERO };
        while !is_answering(self.address)? {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended ({status}) before it was ready\n{}", server.log_tail());
            }
            let waited = began.elapsed();
            ensure!(waited < READY_MAX, "no answer after {waited:?}\n{}", server.log_tail());
            clock::pause(LOOK_EVERY);
        }
        server.ready_in = began.elapsed();
        Ok(server)
    }
}

impl Server {
    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The last lines of its log, for a complaint.
    pub(crate) fn log_tail(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        let tail = &bytes[bytes.len().saturating_sub(LOG_TAIL_BYTES)..];
        format!("the end of {}:\n{}", self.log.display(), String::from_utf8_lossy(tail))
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn stop(&mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let began = clock::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the server ended with {status}\n{}", self.log_tail());
                return Ok(());
            }
            ensure!(began.elapsed() < STOP_MAX, "the server did not end\n{}", self.log_tail());
            clock::pause(LOOK_EVERY);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` both calls only report that the process is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_answering(address: SocketAddr) -> Result<bool> {
    let Ok(mut stream) = TcpStream::connect(address) else { return Ok(false) };
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    let mut answer = [0; 12];
    let asked = stream.write_all(&requests::health(&address.to_string()));
    match asked.and_then(|()| stream.read_exact(&mut answer)) {
        Ok(()) => Ok(answer.starts_with(b"HTTP/1.1 200")),
        Err(error) if error.kind() == ErrorKind::WouldBlock => bail!("/healthz does not answer"),
        Err(_) => Ok(false),
    }
}

/// Asks one call of the API over a connection of its own; gives status and body.
fn ask(address: SocketAddr, request: &[u8]) -> Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.write_all(request)?;
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part)?;
        ensure!(count > 0, "the server closed the connection without an answer");
        bytes.extend_from_slice(&part[..count]);
        if let Some(answer) = crate::http::response(&bytes).map_err(anyhow::Error::msg)? {
            return Ok((answer.status, answer.body.to_vec()));
        }
    }
}

/// A free port of loopback, given back at once, for a program that needs a fixed one in its
/// configuration.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Makes a folder of ours, or empties it.
pub(crate) fn fresh_folder(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        let is_empty = fs::read_dir(folder)?.next().is_none();
        ensure!(
            is_empty || folder.join(MARK).exists(),
            "{} holds something this program did not make; name another folder",
            folder.display()
        );
        fs::remove_dir_all(folder).context("could not empty the data folder")?;
    }
    fs::create_dir_all(folder)
        .with_context(|| format!("could not make the data folder {}", folder.display()))?;
    fs::write(folder.join(MARK), "made by ringproof-bench, emptied at each run\n")?;
    Ok(folder.canonicalize()?)
}

fn configuration(settings: &Settings<'_>, listen: SocketAddr, data: &Path) -> Result<String> {
    let data = data.to_str().context("the path of the data folder is not UTF-8")?;
    // A JSON string is a TOML basic string too.
    let data = serde_json::to_string(data)?;
    let limits = LIMITS.map(|name| format!("{name} = {LIMIT_RAISED}")).join(
        "
",
    );
    Ok(format!(
        r#"# Written by ringproof-bench for one run.
[server]
listen = "{listen}"
worker_threads = {threads}

[server.limits]
connections_per_ip_max = {CONNECTIONS_MAX}

[data]
dir = {data}
{more_data}
[limits]
{limits}
guard = "observe"

[[gateway]]
{gateway}
[log]
level = "{level}"
format = "json"
"#,
        threads = settings.threads,
        more_data = settings.data,
        gateway = settings.gateway,
        level = settings.log,
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::fresh_folder;

    #[test]
    fn only_an_own_or_empty_folder_is_emptied() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        let made = fresh_folder(&folder).unwrap();
        fs::write(made.join("old"), "x").unwrap();
        fresh_folder(&folder).unwrap();
        assert!(!made.join("old").exists());

        fs::write(place.path().join("precious"), "x").unwrap();
        assert!(fresh_folder(place.path()).is_err());
        assert!(place.path().join("precious").exists());
    }
}
