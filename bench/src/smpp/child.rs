//! A program that is started for a while, and never left behind.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::clock;
use crate::limits::{READY_MAX, STOP_MAX};

const LOOK_EVERY: Duration = Duration::from_millis(5);
const LOG_TAIL_BYTES: usize = 2000;

/// A running program; killed when dropped.
pub(super) struct Child {
    process: Process,
    log: PathBuf,
}

impl Child {
    /// Starts a program with its output in `log`, a file that must not exist.
    pub(super) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let file = File::create_new(log).with_context(|| log.display().to_string())?;
        let program = PathBuf::from(command.get_program());
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let process =
            command.spawn().with_context(|| format!("could not start {}", program.display()))?;
        Ok(Self { process, log: log.to_owned() })
    }

    /// The process.
    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits until something is there, while the program runs.
    pub(super) fn until<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let began = clock::now();
        loop {
            if let Some(found) = look()? {
                return Ok(found);
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("a program ended ({status}) before {what}\n{}", self.log_tail());
            }
            let waited = began.elapsed();
            ensure!(waited < READY_MAX, "not {what} after {waited:?}\n{}", self.log_tail());
            clock::pause(LOOK_EVERY);
        }
    }

    /// Waits until a connection is taken at an address.
    pub(super) fn until_listening(&mut self, address: SocketAddr) -> Result<()> {
        let look = || Ok(TcpStream::connect(address).ok().map(|_| ()));
        self.until(&format!("it listened at {address}"), look)
    }

    /// Where its output goes.
    pub(super) fn log_file(&self) -> PathBuf {
        self.log.clone()
    }

    /// The end of what it printed, for a complaint.
    pub(super) fn log_tail(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        let tail = &bytes[bytes.len().saturating_sub(LOG_TAIL_BYTES)..];
        format!("the end of {}:\n{}", self.log.display(), String::from_utf8_lossy(tail))
    }

    /// Asks it to end, and waits until it has. One that does not is killed: nothing that is
    /// measured depends on how it ends.
    pub(super) fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        let began = clock::now();
        while self.process.try_wait()?.is_none() && began.elapsed() < STOP_MAX {
            clock::pause(LOOK_EVERY);
        }
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // After `stop` both calls only report that the process is gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
