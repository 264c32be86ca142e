//! A child process whose output is collected line by line, so that a test can
//! wait for a line, for the end, and quote both when something fails.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a child has printed so far.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Lines of standard output, without line ends.
    pub stdout: Vec<String>,
    /// Lines of standard error, without line ends.
    pub stderr: Vec<String>,
    open_pipes: u8,
}

#[derive(Default)]
struct Captured {
    output: Mutex<Output>,
    changed: Condvar,
}

/// How waiting for a line ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Waited<T> {
    /// The line came; what was found in the output.
    Found(T),
    /// The process ended first.
    Ended,
    /// The time was over first.
    TimedOut,
}

/// A running or ended child process; dropping it kills it.
pub struct Process {
    child: Child,
    captured: Arc<Captured>,
}

impl Process {
    /// Starts `command`, hands it `input` on standard input and collects its output.
    pub fn spawn(command: &mut Command, input: &str) -> Self {
        let (process, mut stdin) = Self::spawn_open(command);
        // A program that does not read its input closes the pipe: not our affair.
        let _ = stdin.write_all(input.as_bytes());
        process
    }

    /// Starts `command`, collects its output and gives its standard input, which stays open
    /// until it is dropped.
    pub fn spawn_open(command: &mut Command) -> (Self, ChildStdin) {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("could not start {command:?}: {error}"));
        let captured = Arc::new(Captured::default());
        captured.lock().open_pipes = 2;
        let stdout = child.stdout.take().expect("stdout was asked for");
        let stderr = child.stderr.take().expect("stderr was asked for");
        collect(stdout, Arc::clone(&captured), |output| &mut output.stdout);
        collect(stderr, Arc::clone(&captured), |output| &mut output.stderr);
        let stdin = child.stdin.take().expect("stdin was asked for");
        (Self { child, captured }, stdin)
    }

    /// Gives the process id.
    pub fn id(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Gives a copy of all that was printed so far.
    pub fn output(&self) -> Output {
        self.captured.lock().clone()
    }

    /// Waits until `find` finds what it looks for in the output.
    pub fn wait_for<T>(&self, within: Duration, find: impl Fn(&Output) -> Option<T>) -> Waited<T> {
        let deadline = Instant::now() + within;
        let mut output = self.captured.lock();
        loop {
            if let Some(found) = find(&output) {
                return Waited::Found(found);
            }
            if output.open_pipes == 0 {
                return Waited::Ended;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Waited::TimedOut;
            }
            output = self
                .captured
                .changed
                .wait_timeout(output, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits for the end; `None` if it does not come in time.
    pub fn wait_exit(&mut self, within: Duration) -> Option<ExitStatus> {
        match self.wait_for(within, |_| None::<()>) {
            Waited::Ended => Some(self.child.wait().expect("a child can be waited for")),
            Waited::Found(()) | Waited::TimedOut => None,
        }
    }

    /// Tells whether the process has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_some()
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        rustix::process::kill_process(self.id(), rustix::process::Signal::TERM)
            .expect("the child is ours and not reaped");
    }

    /// Sends SIGHUP.
    pub fn hang_up(&self) {
        rustix::process::kill_process(self.id(), rustix::process::Signal::HUP)
            .expect("the child is ours and not reaped");
    }

    /// Sends SIGKILL and waits for the end.
    pub fn kill(&mut self) {
        // Killing what has ended already is an error nobody needs to hear of.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Captured {
    fn lock(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Lines = fn(&mut Output) -> &mut Vec<String>;

fn collect(pipe: impl Read + Send + 'static, captured: Arc<Captured>, lines: Lines) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while matches!(pipe.read_until(b'\n', &mut line), Ok(length) if length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            lines(&mut captured.lock()).push(text);
            captured.changed.notify_all();
            line.clear();
        }
        captured.lock().open_pipes -= 1;
        captured.changed.notify_all();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn shell(script: &str, input: &str) -> Process {
        Process::spawn(Command::new("sh").args(["-c", script]), input)
    }

    #[test]
    fn a_line_is_waited_for_while_the_process_lives() {
        let process = shell("echo one >&2; echo two >&2; read forever", "");
        let found =
            process.wait_for(SOON, |output| output.stderr.iter().position(|line| line == "two"));
        assert_eq!(found, Waited::Found(1));
    }

    #[test]
    fn the_end_and_its_code_are_seen_and_input_arrives() {
        let mut process = shell("read word; echo \"got $word\"; exit 3", "it\n");
        assert_eq!(process.wait_exit(SOON).and_then(|status| status.code()), Some(3));
        assert_eq!(process.output().stdout, ["got it"]);
        assert_eq!(process.wait_for(SOON, |_| None::<()>), Waited::Ended);
    }

    #[test]
    fn a_process_that_stays_is_reported_as_late_and_can_be_terminated() {
        let mut process = shell("echo up; exec tail -f /dev/null", "");
        assert_eq!(
            process.wait_for(SOON, |output| output.stdout.first().cloned()),
            Waited::Found("up".to_owned())
        );
        assert_eq!(process.wait_exit(Duration::from_millis(1)), None);
        process.terminate();
        assert!(process.wait_exit(SOON).is_some());
    }
}
