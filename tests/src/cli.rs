//! Running the program's other commands to their end.

use crate::folder::Folder;
use crate::process::Process;
use crate::server;
use std::process::Command;
use std::time::{Duration, Instant};

/// No command may take longer than this; one that does is hanging.
const END_WITHIN: Duration = Duration::from_secs(20);

/// What a finished command left behind.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; `None` if a signal or the deadline ended it.
    pub code: Option<i32>,
    /// Everything on standard output.
    pub stdout: String,
    /// Everything on standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

impl Finished {
    /// Insists on exit code 0.
    #[must_use]
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "the command should have succeeded: {self:#?}");
        self
    }
}

/// Runs `ringproof ARGS…` with configuration and data of `folder`.
pub fn run(folder: &Folder, args: &[&str]) -> Finished {
    run_with_input(folder, args, "")
}

/// Runs `ringproof ARGS…` and hands it `input` on standard input.
pub fn run_with_input(folder: &Folder, args: &[&str], input: &str) -> Finished {
    finish(server::command(folder).args(args), input)
}

/// Runs a prepared command to its end.
pub fn finish(command: &mut Command, input: &str) -> Finished {
    let begun = Instant::now();
    let mut process = Process::spawn(command, input);
    let status = process.wait_exit(END_WITHIN);
    let took = begun.elapsed();
    let output = process.output();
    Finished {
        code: status.and_then(|status| status.code()),
        stdout: output.stdout.join("\n"),
        stderr: output.stderr.join("\n"),
        took,
    }
}
