//! A test in a process of its own: this executable, started again for one of
//! its ignored tests.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const TASK: &str = "RINGPROOF_TEST_CHILD";

/// Starts the ignored test of this name in a process of its own, with a folder
/// and some words to go by. Its [`say`] is the child's standard output.
pub(crate) fn start(test: &str, folder: &Path, words: &str) -> Child {
    let executable = std::env::current_exe().expect("a process knows its executable");
    Command::new(executable)
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(TASK, format!("{words}\n{}", folder.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this executable starts")
}

/// In the child: its folder and words. `None` if the test was not started by
/// [`start`].
pub(crate) fn task() -> Option<(PathBuf, String)> {
    let task = environment(TASK)?;
    let (words, folder) = task.split_once('\n')?;
    Some((PathBuf::from(folder), words.to_owned()))
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "whoever runs a test has no other way to tell it")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// In the child: waits until the parent lets it go on ([`let_go_on`]). Without a parent
/// it does not go on.
pub(crate) fn wait_for_leave() {
    std::io::stdin().read_exact(&mut [0]).expect("the parent lives");
}

/// In the parent: lets the child go on once.
pub(crate) fn let_go_on(child: &mut Child) {
    let words = child.stdin.as_mut().expect("it is a pipe");
    words.write_all(b".").expect("the child waits for it");
}

/// In the child: tells the parent one line. It is with the parent when this
/// returns, whatever becomes of the child.
pub(crate) fn say(line: &str) {
    // One write, so that a line is there whole or not at all to speak of.
    let line = format!("child: {line}\n");
    std::io::stdout().write_all(line.as_bytes()).expect("the parent listens");
}

/// In the parent: what a line of the child says; `None` if it is not a whole
/// one of [`say`].
pub(crate) fn heard(line: &str) -> Option<&str> {
    line.strip_prefix("child: ")?.strip_suffix('\n')
}
