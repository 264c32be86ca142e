//! A peer played by the test: it takes sessions on loopback and answers as it
//! is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use smpp::frame::{Cut, FrameBuffer};
use smpp::pdu::{BindResp, Message, MessageResp, Packet, Pdu};
use smpp::{OctetString, command};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::within;

/// What a peer answers to a PDU; `None` for the usual answer.
pub(crate) type Habit = Arc<dyn Fn(&Heard) -> Option<Vec<Packet>> + Send + Sync>;

/// A PDU that the peer received.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// The connection, from 1.
    pub(crate) connection: usize,
    pub(crate) packet: Packet,
}

impl Heard {
    pub(crate) fn submit(&self) -> Option<&Message> {
        match &self.packet.pdu {
            Pdu::SubmitSm(message) => Some(message),
            _ => None,
        }
    }

    /// The answer to a submit.
    pub(crate) fn answer(&self, status: u32, id: &str) -> Vec<Packet> {
        let answer = MessageResp::new(OctetString::new(id).expect("it is a string"));
        let sequence = self.packet.sequence;
        vec![Packet::with_status(sequence, status, Pdu::SubmitSmResp(answer))]
    }
}

struct Inner {
    habit: Mutex<Habit>,
    heard: Mutex<Vec<Heard>>,
    count: watch::Sender<usize>,
    connections: AtomicUsize,
    /// Submits of each connection that are not answered, and the most there
    /// were.
    open_max: AtomicUsize,
    next_id: AtomicU32,
    delay: Mutex<Duration>,
    say: broadcast::Sender<Packet>,
    cut: broadcast::Sender<()>,
}

pub(crate) struct Smsc {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
    _tasks: JoinSet<()>,
}

pub(crate) fn usual() -> Habit {
    Arc::new(|_| None)
}

impl Smsc {
    pub(crate) async fn new(habit: Habit) -> Self {
        Self::at("127.0.0.1:0".parse().expect("loopback and keys work"), habit).await
    }

    /// One that listens there.
    pub(crate) async fn at(address: SocketAddr, habit: Habit) -> Self {
        let listener = TcpListener::bind(address).await.expect("loopback has free ports");
        let inner = Arc::new(Inner {
            habit: Mutex::new(habit),
            heard: Mutex::new(Vec::new()),
            count: watch::Sender::new(0),
            connections: AtomicUsize::new(0),
            open_max: AtomicUsize::new(0),
            next_id: AtomicU32::new(1),
            delay: Mutex::new(Duration::ZERO),
            say: broadcast::Sender::new(4_096),
            cut: broadcast::Sender::new(1),
        });
        let address = listener.local_addr().expect("loopback and keys work");
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(listener, inner.clone()));
        Self { address, inner, _tasks: tasks }
    }

    pub(crate) fn set(&self, habit: Habit) {
        *self.inner.habit.lock().expect("nobody panics") = habit;
    }

    /// From now on it thinks for so long before it answers what it reads.
    pub(crate) fn think_for(&self, time: Duration) {
        *self.inner.delay.lock().expect("nobody panics") = time;
    }

    /// Everything that was heard so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.inner.heard.lock().expect("nobody panics").clone()
    }

    pub(crate) fn submits(&self) -> Vec<Message> {
        self.heard().iter().filter_map(|heard| heard.submit().cloned()).collect()
    }

    /// How many PDUs of a command were heard.
    pub(crate) fn count(&self, command_id: u32) -> usize {
        let heard = self.inner.heard.lock().expect("nobody panics");
        heard.iter().filter(|heard| heard.packet.pdu.command_id() == command_id).count()
    }

    pub(crate) fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::SeqCst)
    }

    /// The most unanswered submits that a connection had.
    pub(crate) fn open_max(&self) -> usize {
        self.inner.open_max.load(Ordering::SeqCst)
    }

    /// Waits until so many PDUs of a command were heard.
    pub(crate) async fn hears(&self, command_id: u32, count: usize) {
        let mut changes = self.inner.count.subscribe();
        let enough = changes.wait_for(|_| self.count(command_id) >= count);
        within(enough).await.expect("the peer is there");
    }

    /// Says something on every connection.
    pub(crate) fn say(&self, packet: Packet) {
        self.inner.say.send(packet).expect("somebody is connected");
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        let _ = self.inner.cut.send(());
    }
}

async fn listen(listener: TcpListener, inner: Arc<Inner>) {
    let mut sessions = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("it accepts");
        stream.set_nodelay(true).expect("loopback and keys work");
        let number = inner.connections.fetch_add(1, Ordering::SeqCst) + 1;
        sessions.spawn(serve(stream, number, inner.clone()));
    }
}

async fn serve(stream: TcpStream, connection: usize, inner: Arc<Inner>) {
    let (mut say, mut cut) = (inner.say.subscribe(), inner.cut.subscribe());
    let (mut reader, mut writer) = stream.into_split();
    let (mut buffer, mut bytes) = (FrameBuffer::default(), vec![0; 16 * 1024]);
    let (mut open, mut later) = (0_usize, VecDeque::<(Instant, Vec<Packet>)>::new());
    loop {
        let due = later.front().map_or_else(Instant::now, |(at, _)| *at);
        let mut out = Vec::new();
        let mut is_over = false;
        tokio::select! {
            _ = cut.recv() => return,
            Ok(packet) = say.recv() => out.push(packet),
            () = sleep_until(due), if !later.is_empty() => {
                out.extend(later.pop_front().into_iter().flat_map(|(_, packets)| packets));
            }
            read = reader.read(&mut bytes) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    buffer.push(&bytes[..count]);
                    while let Cut::Whole(frame) = buffer.next().expect("we say whole PDUs") {
                        let packet = Packet::decode(&frame).expect("we make sense");
                        is_over |= packet.pdu == Pdu::Unbind;
                        let heard = Heard { connection, packet };
                        open += usize::from(heard.submit().is_some());
                        inner.open_max.fetch_max(open, Ordering::SeqCst);
                        out.extend(answers(&heard, &inner));
                        inner.heard.lock().expect("nobody panics").push(heard);
                    }
                    let delay = *inner.delay.lock().expect("nobody panics");
                    if !delay.is_zero() {
                        later.push_back((Instant::now() + delay, std::mem::take(&mut out)));
                    }
                }
            },
        }
        inner.count.send_modify(|count| *count += 1);
        let answered = out.iter().filter(|p| matches!(p.pdu, Pdu::SubmitSmResp(_)));
        open = open.saturating_sub(answered.count());
        if write(&mut writer, &out).await.is_err() || is_over {
            return;
        }
    }
}

fn answers(heard: &Heard, inner: &Inner) -> Vec<Packet> {
    let habit = inner.habit.lock().expect("nobody panics").clone();
    habit(heard).unwrap_or_else(|| {
        let sequence = heard.packet.sequence;
        let pdu = match &heard.packet.pdu {
            Pdu::BindTransceiver(_) => Pdu::BindTransceiverResp(BindResp::default()),
            Pdu::BindTransmitter(_) => Pdu::BindTransmitterResp(BindResp::default()),
            Pdu::BindReceiver(_) => Pdu::BindReceiverResp(BindResp::default()),
            Pdu::EnquireLink => Pdu::EnquireLinkResp,
            Pdu::Unbind => Pdu::UnbindResp,
            Pdu::SubmitSm(_) => {
                let id = format!("id{}", inner.next_id.fetch_add(1, Ordering::SeqCst));
                Pdu::SubmitSmResp(MessageResp::new(OctetString::new(id).expect("it is a string")))
            }
            other if command::is_response(other.command_id()) => return Vec::new(),
            other => panic!("the peer does not know {other:?}"),
        };
        vec![Packet::new(sequence, pdu)]
    })
}

async fn write(writer: &mut (impl AsyncWrite + Unpin), packets: &[Packet]) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    for packet in packets {
        packet.encode_into(&mut bytes).expect("it fits");
    }
    writer.write_all(&bytes).await
}

/// Reads until the end and gives every byte.
pub(crate) async fn read_all(mut reader: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = reader.read_to_end(&mut bytes).await;
    bytes
}
