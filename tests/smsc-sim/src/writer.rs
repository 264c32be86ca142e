//! The writing half of a connection: now, later, when told, or in pieces.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use crate::link::{Order, Timed};
use crate::smsc::Smsc;

/// Bytes that have not left yet.
#[derive(Default)]
struct Waiting {
    /// By time, and by their order for the same time.
    due: BTreeMap<(Instant, u64), Vec<u8>>,
    placed: u64,
    /// Until `go`. As many as clients wait for answers.
    held: Vec<Timed>,
}

impl Waiting {
    fn place(&mut self, now: Instant, all: Vec<Timed>) {
        for Timed { after, bytes } in all {
            self.placed += 1;
            self.due.insert((now + after, self.placed), bytes);
        }
    }

    fn next(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((due, _), _)| *due)
    }

    /// Everything that is due.
    fn take(&mut self, now: Instant) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            bytes.extend(entry.remove());
        }
        bytes
    }
}

/// Writes what is ordered until it is told to finish or the client is gone; says why it ended.
pub(crate) async fn write(
    smsc: &Smsc,
    mut inbox: mpsc::Receiver<Order>,
    mut stream: OwnedWriteHalf,
) -> String {
    let mut waiting = Waiting::default();
    loop {
        let next = waiting.next();
        let order = tokio::select! {
            order = inbox.recv() => order,
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                let bytes = waiting.take(Instant::now());
                Some(Order::Write(bytes))
            }
        };
        match order {
            Some(Order::Write(bytes)) => {
                if let Err(fault) = send(smsc, &mut stream, &bytes).await {
                    return fault.to_string();
                }
            }
            // The SMSC may have been told `go` since this was ordered.
            Some(Order::Held(all)) if smsc.behaviour().holds => waiting.held.extend(all),
            Some(Order::Held(all) | Order::Later(all)) => waiting.place(Instant::now(), all),
            Some(Order::Release) => {
                let held = std::mem::take(&mut waiting.held);
                waiting.place(Instant::now(), held);
            }
            Some(Order::Finish) | None => {
                // Whoever has gone already needs no goodbye.
                let _ = stream.shutdown().await;
                return "finished".to_owned();
            }
        }
    }
}

async fn send(smsc: &Smsc, stream: &mut OwnedWriteHalf, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let dribble = smsc.behaviour().dribble;
        let Some(dribble) = dribble else { return stream.write_all(rest).await };
        let (piece, after) = rest.split_at(dribble.octets.min(rest.len()));
        stream.write_all(piece).await?;
        rest = after;
        sleep(Duration::from_millis(dribble.pause_ms)).await;
    }
    Ok(())
}
