//! Takes log lines off the threads that serve requests: they copy a line into a shared buffer, and one thread
//! writes the buffer out. While that thread is busy nobody makes a system call for a line.
//!
//! Nothing is lost until the buffer is full, which needs a reader of stderr that has stopped reading. Then lines
//! are dropped rather than people kept waiting for their codes; how many is counted and said in a line of its own.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::metrics::names;

/// Most bytes of lines that wait to be written.
pub(super) const WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long the writer gathers lines after it wrote some, so that a busy server wakes it 200 times a second.
const GATHER: Duration = Duration::from_millis(5);

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// Lines dropped since the writer last looked.
    lost: u64,
    /// The writer waits without a time limit and has to be woken.
    is_writer_asleep: bool,
    is_closing: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// Where lines are put. Clones put into the same buffer.
#[derive(Clone)]
pub(super) struct Queue {
    shared: Arc<Shared>,
}

/// Writes out what waits and stops the writer when dropped; lines put after that are lost.
#[must_use = "log lines are written until this is dropped"]
pub struct LogGuard {
    queue: Queue,
    writer: Option<JoinHandle<()>>,
}

impl Queue {
    /// Starts the writer. `notice` makes the line that tells how many were lost.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub(super) fn start(
        sink: impl Write + Send + 'static,
        notice: impl Fn(u64) -> String + Send + 'static,
    ) -> std::io::Result<(Self, LogGuard)> {
        let queue = Self { shared: Arc::default() };
        let shared = Arc::clone(&queue.shared);
        let writer = std::thread::Builder::new()
            .name("ringproof-log".to_owned())
            .spawn(move || shared.write_until_closed(sink, &notice))?;
        Ok((queue.clone(), LogGuard { queue, writer: Some(writer) }))
    }

    /// Puts a line, with its line feed. Never waits for the writer.
    pub(super) fn put(&self, line: &str) {
        let mut state = self.shared.lock();
        if state.is_closing || state.waiting.len() + line.len() > WAITING_BYTES_MAX {
            state.lost += 1;
            return;
        }
        state.waiting.extend_from_slice(line.as_bytes());
        let wake = std::mem::take(&mut state.is_writer_asleep);
        drop(state);
        if wake {
            self.shared.changed.notify_one();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked while it held the lock left at worst half a line behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_closed(&self, mut sink: impl Write, notice: &dyn Fn(u64) -> String) {
        let mut batch = Vec::new();
        loop {
            let mut state = self.lock();
            while state.waiting.is_empty() && !state.is_closing {
                state.is_writer_asleep = true;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            std::mem::swap(&mut batch, &mut state.waiting);
            let lost = std::mem::take(&mut state.lost);
            let is_closing = state.is_closing;
            drop(state);

            // A closed stderr cannot be told about, and must not stop the server.
            let _ = sink.write_all(&batch);
            batch.clear();
            if lost > 0 {
                metrics::counter!(names::LOG_LINES_LOST).increment(lost);
                let _ = sink.write_all(notice(lost).as_bytes());
            }
            let _ = sink.flush();
            if is_closing {
                return;
            }
            self.gather();
        }
    }

    /// Lets lines come together; ends at once when the queue closes.
    fn gather(&self) {
        let mut state = self.lock();
        state.is_writer_asleep = false;
        drop(self.changed.wait_timeout_while(state, GATHER, |state| !state.is_closing));
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.queue.shared.lock().is_closing = true;
        self.queue.shared.changed.notify_one();
        if let Some(writer) = self.writer.take() {
            // It panics only if the sink does; the lines are lost then, and there is nowhere to say so.
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Tells when a write begins and ends it only when it is told to.
    struct Gated {
        began: SyncSender<()>,
        go_on: Receiver<()>,
        kept: Kept,
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.began.send(());
            let _ = self.go_on.recv();
            self.kept.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_of_many_threads_are_written_whole_and_in_order() {
        let kept = Kept::default();
        let (queue, guard) = Queue::start(kept.clone(), |_| String::new()).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let queue = queue.clone();
                scope.spawn(move || {
                    for line in 0..1_000 {
                        queue.put(&format!("{thread} {line}\n"));
                    }
                });
            }
        });
        drop(guard);
        let text = kept.text();
        assert_eq!(text.lines().count(), 4_000);
        for thread in ["0 ", "1 ", "2 ", "3 "] {
            let lines: Vec<usize> = text
                .lines()
                .filter_map(|line| line.strip_prefix(thread))
                .map(|line| line.parse().unwrap())
                .collect();
            assert_eq!(lines, (0..1_000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_full_buffer_drops_lines_without_waiting_and_says_how_many() {
        let kept = Kept::default();
        let (began, has_begun) = sync_channel(16);
        let (let_on, go_on) = sync_channel(16);
        let sink = Gated { began, go_on, kept: kept.clone() };
        let (queue, guard) = Queue::start(sink, |lost| format!("lost {lost}\n")).unwrap();
        queue.put("first\n");
        has_begun.recv().unwrap();

        // The sink stands still now. What fits waits, what does not is dropped, and `put` comes back.
        let line = format!("{}\n", "x".repeat(1023));
        let fitting = WAITING_BYTES_MAX / line.len();
        (0..fitting + 7).for_each(|_| queue.put(&line));

        drop(let_on);
        drop(guard);
        let text = kept.text();
        assert_eq!(text.lines().filter(|line| line.starts_with('x')).count(), fitting);
        assert!(text.starts_with("first\n"), "order is kept");
        assert!(text.ends_with("lost 7\n"), "{:?}", &text[text.len() - 20..]);
    }

    #[test]
    fn a_line_that_comes_alone_is_written_without_a_second_one() {
        let (began, has_begun) = sync_channel(16);
        let (let_on, go_on) = sync_channel(16);
        drop(let_on);
        let (queue, guard) =
            Queue::start(Gated { began, go_on, kept: Kept::default() }, |_| String::new()).unwrap();
        for _ in 0..3 {
            queue.put("alone\n");
            has_begun.recv_timeout(Duration::from_secs(20)).expect("the line is written");
        }
        drop(guard);
    }
}
