//! One connection from accept to close.

use std::sync::Arc;

use serde_json::json;
use smpp::{Cut, FrameBuffer};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::mpsc;

use crate::batch::Batch;
use crate::limits::{ORDERS_MAX, READ_OCTETS};
use crate::link::Link;
use crate::smsc::Smsc;
use crate::writer;

/// Serves a connection until it ends.
pub(crate) async fn serve(smsc: Arc<Smsc>, stream: TcpStream) {
    // Small answers would wait for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let (orders, inbox) = mpsc::channel(ORDERS_MAX);
    let link = smsc.join(orders);
    smsc.events.tell(json!({ "event": "connect", "session": link.number })).await;
    let (reading, writing) = stream.into_split();
    let why = tokio::select! {
        why = read(&smsc, &link, reading) => why,
        why = writer::write(&smsc, inbox, writing) => why,
        () = link.cut.notified() => "dropped".to_owned(),
    };
    smsc.leave(&link);
    smsc.events.tell(json!({ "event": "close", "session": link.number, "why": why })).await;
}

/// Reads until the client ends the connection or sends what is no PDU; says why it ended.
async fn read(smsc: &Arc<Smsc>, link: &Arc<Link>, mut stream: OwnedReadHalf) -> String {
    let mut octets = vec![0; READ_OCTETS];
    let mut frames = FrameBuffer::default();
    loop {
        match stream.read(&mut octets).await {
            Ok(0) => return "ended by the client".to_owned(),
            Ok(read) => frames.push(&octets[..read]),
            Err(fault) => return fault.to_string(),
        }
        let mut batch = Batch::new(smsc, link);
        let framing = loop {
            match frames.next() {
                Ok(Cut::Whole(frame)) if !batch.is_over => batch.take(&frame),
                Ok(Cut::Whole(_) | Cut::NotYet { .. }) => break None,
                Err(fault) => break Some(fault),
            }
        };
        let is_over = batch.is_over;
        batch.send().await;
        if let Some(fault) = framing {
            return fault.to_string();
        }
        if is_over {
            // The writer ends the connection once it has written everything.
            std::future::pending::<()>().await;
        }
    }
}
