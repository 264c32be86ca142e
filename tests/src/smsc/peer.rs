//! Which program plays the SMSC, and where it is.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An SMSC that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// npm's `smpp`.
    Node,
    /// Python's `smpp34`.
    Python,
    /// Our own, with all faults: `RINGPROOF_SMSC_SIM`, else the newest build in
    /// the target folder.
    Sim,
    /// Our own, by its path.
    SimAt(PathBuf),
}

impl Peer {
    /// Gives the command that starts it on a free port.
    #[track_caller]
    pub(super) fn command(&self) -> Command {
        match self {
            Self::Node => {
                let installed = installed("node");
                let mut command = Command::new("node");
                command.arg(sources().join("node/smsc.js"));
                command.env("NODE_PATH", installed.join("node_modules"));
                command
            }
            Self::Python => {
                let mut command = Command::new(installed("python").join("bin/python"));
                command.arg(sources().join("python/smsc.py"));
                command.env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
            Self::Sim => simulator(&built_simulator()),
            Self::SimAt(path) => simulator(path),
        }
    }
}

fn simulator(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--port", "0", "--control", "0"]);
    command
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("smsc")
}

fn target() -> PathBuf {
    let this = env::current_exe().expect("a running program has a path");
    // target/debug/deps/this-test → target
    this.ancestors().nth(3).map_or_else(|| PathBuf::from("target"), Path::to_owned)
}

/// Gives the folder of a peer's packages; `tests/smsc/install` puts them there, and prints
/// nothing when they are.
#[track_caller]
fn installed(peer: &str) -> PathBuf {
    let install = sources().join("install");
    let output = Command::new(&install).env("CARGO_TARGET_DIR", target()).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", install.display()));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} has failed:\n{told}", install.display());
    target().join("smsc").join(peer)
}

#[track_caller]
fn built_simulator() -> PathBuf {
    if let Some(path) = env::var_os("RINGPROOF_SMSC_SIM") {
        return PathBuf::from(path);
    }
    let built = ["release", "debug"].map(|profile| target().join(profile).join("smsc-sim"));
    let changed = |path: &PathBuf| path.metadata().and_then(|about| about.modified()).ok();
    let newest = built.iter().filter(|path| path.is_file()).max_by_key(|path| changed(path));
    newest.cloned().unwrap_or_else(|| {
        panic!("no smsc-sim in {}: cargo build -p ringproof-smsc-sim", target().display())
    })
}
