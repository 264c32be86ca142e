//! The control port: commands in, everything that happens out.

use std::sync::Arc;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::act;
use crate::limits::COMMAND_OCTETS_MAX;
use crate::smsc::Smsc;

/// Serves a control connection until it ends.
pub(crate) async fn serve(smsc: Arc<Smsc>, stream: TcpStream) {
    let lines = smsc.events.listen();
    let (reading, writing) = stream.into_split();
    tokio::select! {
        () = show(lines, writing) => {}
        () = take(&smsc, reading) => {}
    }
}

async fn take(smsc: &Smsc, stream: OwnedReadHalf) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let read = (&mut stream).take(COMMAND_OCTETS_MAX).read_until(b'\n', &mut line).await;
        let is_whole = line.ends_with(b"\n");
        match read {
            Ok(0) | Err(_) => break,
            // The last line may lack its end; a longer one than any command is none.
            Ok(_) if !is_whole && line.len() as u64 == COMMAND_OCTETS_MAX => {
                smsc.events.tell(json!({ "error": "a command is not so long" })).await;
                break;
            }
            Ok(_) => {
                let line = String::from_utf8_lossy(&line);
                if !line.trim().is_empty() {
                    act::obey(smsc, line.trim()).await;
                }
            }
        }
    }
    // Whoever has said everything may still want to read.
    std::future::pending::<()>().await;
}

async fn show(mut lines: Receiver<Arc<str>>, mut stream: OwnedWriteHalf) {
    loop {
        let line = match lines.recv().await {
            Ok(line) => line,
            Err(RecvError::Lagged(lost)) => {
                format!("{}\n", json!({ "event": "lost", "lines": lost })).into()
            }
            Err(RecvError::Closed) => return,
        };
        if stream.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}
