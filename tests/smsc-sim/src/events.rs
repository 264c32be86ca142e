//! What happens, as JSON lines: on standard output, and to whoever is at the
//! control port.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::thread;

use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::limits::{LINES_BEHIND_MAX, LINES_MAX};

/// Where lines go. Clones are the same place.
#[derive(Clone)]
pub(crate) struct Events {
    printed: mpsc::Sender<Print>,
    shown: broadcast::Sender<Arc<str>>,
}

/// What the printing thread is given.
enum Print {
    Line(Arc<str>),
    /// Somebody waits until all lines before are written.
    Written(oneshot::Sender<()>),
}

impl Events {
    /// Begins to print.
    pub(crate) fn start() -> io::Result<Self> {
        let (printed, lines) = mpsc::channel(LINES_MAX);
        let (shown, _) = broadcast::channel(LINES_BEHIND_MAX);
        thread::Builder::new().name("print".to_owned()).spawn(move || print(lines))?;
        Ok(Self { printed, shown })
    }

    /// Tells of something; waits while the reader of standard output is behind.
    pub(crate) async fn tell(&self, event: Value) {
        let line: Arc<str> = format!("{event}\n").into();
        // Without a listener there is nobody to show it to, and without a reader nothing to print.
        let _ = self.shown.send(Arc::clone(&line));
        let _ = self.printed.send(Print::Line(line)).await;
    }

    /// Waits until everything that was told so far is written to standard output: whoever
    /// kills this program then knows of each answer that left it.
    pub(crate) async fn written(&self) {
        let (sender, written) = oneshot::channel();
        // Without a reader nothing is written, and nobody misses it.
        if self.printed.send(Print::Written(sender)).await.is_ok() {
            let _ = written.await;
        }
    }

    /// Lines from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<str>> {
        self.shown.subscribe()
    }
}

/// Prints until nobody tells anything more, or nobody reads.
fn print(mut lines: mpsc::Receiver<Print>) {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut waiting = Vec::new();
    while let Some(mut next) = lines.blocking_recv() {
        loop {
            match next {
                Print::Line(line) if out.write_all(line.as_bytes()).is_err() => return,
                Print::Line(_) => {}
                Print::Written(sender) => waiting.push(sender),
            }
            match lines.try_recv() {
                Ok(more) => next = more,
                Err(_) => break,
            }
        }
        if out.flush().is_err() {
            return;
        }
        for sender in waiting.drain(..) {
            // Whoever waited may have gone.
            let _ = sender.send(());
        }
    }
}
