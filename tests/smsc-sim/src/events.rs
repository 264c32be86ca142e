//! What happens, as JSON lines: on standard output, and to whoever is at the
//! control port.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::thread;

use serde_json::Value;
use tokio::sync::{broadcast, mpsc};

use crate::limits::{LINES_BEHIND_MAX, LINES_MAX};

/// Where lines go. Clones are the same place.
#[derive(Clone)]
pub(crate) struct Events {
    printed: mpsc::Sender<Arc<str>>,
    shown: broadcast::Sender<Arc<str>>,
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
        let _ = self.printed.send(line).await;
    }

    /// Lines from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<str>> {
        self.shown.subscribe()
    }
}

/// Prints until nobody tells anything more, or nobody reads.
fn print(mut lines: mpsc::Receiver<Arc<str>>) {
    let mut out = io::BufWriter::new(io::stdout().lock());
    while let Some(mut line) = lines.blocking_recv() {
        loop {
            if out.write_all(line.as_bytes()).is_err() {
                return;
            }
            match lines.try_recv() {
                Ok(next) => line = next,
                Err(_) => break,
            }
        }
        if out.flush().is_err() {
            return;
        }
    }
}
