//! Commands that do something at once, rather than change what comes.

use std::time::Duration;

use serde_json::{Value, json};
use smpp::Pdu;
use smpp::pdu::Message;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval};

use crate::command::{Command, Flood, Garbage, NotACommand, Receipt};
use crate::ids::{IdForm, Noise};
use crate::limits::FLOOD_STEPS_PER_SECOND;
use crate::link::{Delivery, Link, Order};
use crate::smsc::Smsc;
use crate::submit::stamp;
use crate::wire::{self, Report};

/// Obeys one line, and tells that it has or why not.
pub(crate) async fn obey(smsc: &Smsc, line: &str) {
    let answer = match Command::read(line) {
        Ok((command, name)) => match act(smsc, command).await {
            Ok(()) => json!({ "done": name }),
            Err(fault) => json!({ "error": fault, "cmd": name }),
        },
        Err(NotACommand::Unsupported(name)) => json!({ "unsupported": name }),
        Err(NotACommand::Wrong(fault)) => json!({ "error": fault }),
    };
    smsc.events.tell(answer).await;
}

async fn act(smsc: &Smsc, command: Command) -> Result<(), String> {
    let applied = smsc.behaviour().apply(command)?;
    match applied {
        Some(Command::Go {}) => to_all(smsc, |_| Some(Order::Release)),
        Some(Command::Garbage(garbage)) => {
            let bytes = garbage_bytes(&garbage)?;
            to_all(smsc, |_| Some(Order::Write(bytes.clone())))
        }
        Some(Command::Flood(flood)) => {
            smsc.floods.try_send(flood).map_err(|_| "too many floods wait".to_owned())
        }
        Some(Command::Receipt(receipt)) => send_receipt(smsc, &receipt),
        Some(Command::Mo { from, to, text }) => {
            let delivery = Delivery { kind: "mo", id: None };
            deliver(smsc, wire::inbound(&from, &to, &text), delivery)
        }
        Some(Command::EnquireLink {}) => ask_all(smsc, &Pdu::EnquireLink),
        Some(Command::Unbind {}) => ask_all(smsc, &Pdu::Unbind),
        Some(Command::Drop {}) => {
            smsc.links().iter().for_each(|link| link.cut.notify_one());
            Ok(())
        }
        // As a crash would: nothing is flushed, no connection says goodbye.
        Some(Command::Die {}) => std::process::exit(1),
        Some(Command::Stats {}) => {
            smsc.events.tell(smsc.tally.event()).await;
            Ok(())
        }
        Some(other) => Err(format!("{other:?} is not done at once")),
        None => Ok(()),
    }
}

/// Orders something of every connection that `order` has something for.
fn to_all(smsc: &Smsc, order: impl Fn(&Link) -> Option<Order>) -> Result<(), String> {
    for link in smsc.links() {
        if let Some(order) = order(&link) {
            let sent = link.orders.try_send(order);
            sent.map_err(|_| format!("session {} takes nothing more", link.number))?;
        }
    }
    Ok(())
}

fn ask_all(smsc: &Smsc, pdu: &Pdu) -> Result<(), String> {
    to_all(smsc, |link| link.mode().map(|_| Order::Write(link.ask(pdu.clone()))))
}

fn deliver(smsc: &Smsc, message: Message, delivery: Delivery) -> Result<(), String> {
    let link = smsc.receiver_for(None).ok_or("no session receives")?;
    let order = Order::Write(link.deliver(message, delivery));
    link.orders.try_send(order).map_err(|_| "the session takes nothing more".to_owned())
}

fn send_receipt(smsc: &Smsc, receipt: &Receipt) -> Result<(), String> {
    let id = receipt.id.as_deref();
    let report = Report { id, stat: &receipt.stat, err: &receipt.err, message_state: None };
    let (source, phone) = (wire::number(&receipt.source), wire::number(&receipt.destination));
    let message = report.message(source, phone, &stamp());
    smsc.tally.receipts.add_one();
    deliver(smsc, message, Delivery { kind: "receipt", id: receipt.id.clone() })
}

fn garbage_bytes(garbage: &Garbage) -> Result<Vec<u8>, String> {
    if let Some(hex) = &garbage.hex {
        return wire::from_hex(hex).ok_or_else(|| "hex has pairs of digits".to_owned());
    }
    let mut noise = Noise(garbage.seed);
    let octets = (0..garbage.octets).map(|_| noise.next().to_be_bytes()[0]);
    Ok(octets.collect())
}

/// Sends floods, one after the other, for as long as the program runs.
pub(crate) async fn flood(smsc: &Smsc, mut floods: mpsc::Receiver<Flood>) {
    while let Some(flood) = floods.recv().await {
        let start = Instant::now();
        let mut steps = interval(Duration::from_millis(1_000 / FLOOD_STEPS_PER_SECOND));
        let mut sent = 0;
        while sent < flood.count {
            steps.tick().await;
            let due = start.elapsed().as_millis() * u128::from(flood.per_second) / 1_000;
            let due = u64::try_from(due).unwrap_or(u64::MAX).min(flood.count);
            // Without a session that takes it, the rest waits for the next step.
            while sent < due && flood_once(smsc, sent + 1).await {
                sent += 1;
            }
        }
        smsc.events.tell(flood_over(sent)).await;
    }
}

/// A receipt of a message that nobody has sent. False if no session takes it.
async fn flood_once(smsc: &Smsc, number: u64) -> bool {
    let Some(link) = smsc.receiver_for(None) else { return false };
    let id = IdForm::Unknown.write(number);
    let report = Report { id: id.as_deref(), stat: "DELIVRD", err: "000", message_state: None };
    let phone = wire::number(&format!("372555{:05}", number % 100_000));
    let message = report.message(wire::number("37255500000"), phone, &stamp());
    smsc.tally.receipts.add_one();
    let order = Order::Write(link.deliver(message, Delivery { kind: "flood", id }));
    link.orders.send(order).await.is_ok()
}

fn flood_over(sent: u64) -> Value {
    json!({ "event": "flood_over", "sent": sent })
}
