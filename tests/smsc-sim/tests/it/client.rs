//! A client of an SMSC that says what it is told to say.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use blackbox::smsc::{Peer, Smsc};
use smpp::pdu::{Bind, Message, MessageResp, Password};
use smpp::{Address, Cut, Frame, FrameBuffer, OctetString, Packet, Pdu, TonNpi};

/// How long a PDU may take to come.
const PDU_WITHIN: Duration = Duration::from_secs(20);
/// How long none may come, to say that none comes.
const QUIET_FOR: Duration = Duration::from_millis(300);

/// The simulated SMSC that these tests were built with.
pub(crate) fn simulator() -> Peer {
    Peer::SimAt(PathBuf::from(env!("CARGO_BIN_EXE_smsc-sim")))
}

pub(crate) struct Client {
    stream: TcpStream,
    frames: FrameBuffer,
    sequence: u32,
    /// Receipts that came before an answer.
    early: VecDeque<Message>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the SMSC listens");
        stream.set_nodelay(true).expect("a socket");
        let (frames, early) = (FrameBuffer::default(), VecDeque::new());
        Self { stream, frames, sequence: 0, early }
    }

    /// Connects and binds as a transceiver.
    pub(crate) fn bound(smsc: &Smsc) -> Self {
        let mut client = Self::connect(smsc.address());
        let answer = client.bind(Pdu::BindTransceiver(account("secret")));
        assert_eq!(answer.status, 0, "{answer:?}");
        client
    }

    /// Asks for a session; gives the answer.
    pub(crate) fn bind(&mut self, bind: Pdu) -> Packet {
        let sequence = self.send(bind);
        let answer = self.next();
        assert_eq!(answer.sequence, sequence, "{answer:?}");
        answer
    }

    /// Sends a request; gives its sequence number.
    pub(crate) fn send(&mut self, pdu: Pdu) -> u32 {
        self.sequence += 1;
        self.send_packet(&Packet::new(self.sequence, pdu));
        self.sequence
    }

    pub(crate) fn send_packet(&mut self, packet: &Packet) {
        self.send_bytes(&packet.encode().expect("it can be written"));
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the SMSC reads");
    }

    /// Waits for the next PDU, receipts among them; receipts are answered.
    pub(crate) fn next(&mut self) -> Packet {
        self.next_within(PDU_WITHIN).expect("no PDU came")
    }

    /// The next PDU; `None` if none comes in time, or the connection has ended.
    pub(crate) fn next_within(&mut self, within: Duration) -> Option<Packet> {
        let packet = self.read_within(within)?;
        if let Pdu::DeliverSm(_) = packet.pdu {
            let answer = Packet::new(packet.sequence, Pdu::DeliverSmResp(MessageResp::default()));
            self.send_packet(&answer);
        }
        Some(packet)
    }

    fn read_within(&mut self, within: Duration) -> Option<Packet> {
        let deadline = Instant::now() + within;
        loop {
            if let Cut::Whole(frame) = self.frames.next().expect("framed bytes") {
                return Some(decode(&frame));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            self.stream.set_read_timeout(Some(left)).expect("a socket");
            let mut octets = [0; 4096];
            match self.stream.read(&mut octets) {
                Ok(0) | Err(_) => return None,
                Ok(read) => self.frames.push(&octets[..read]),
            }
        }
    }

    /// Checks that nothing comes for a while.
    #[track_caller]
    pub(crate) fn hears_nothing(&mut self) {
        let heard = self.read_within(QUIET_FOR);
        assert!(heard.is_none(), "{heard:?}");
    }

    /// Bytes until the connection ends or they are as many.
    pub(crate) fn raw(&mut self, octets_max: usize) -> Vec<u8> {
        self.stream.set_read_timeout(Some(PDU_WITHIN)).expect("a socket");
        let mut bytes = Vec::new();
        let limit = u64::try_from(octets_max).expect("few");
        let read = (&mut self.stream).take(limit).read_to_end(&mut bytes);
        assert!(read.is_ok() || !bytes.is_empty(), "{read:?}");
        bytes
    }

    /// Waits for the end of the connection; what comes before is passed.
    pub(crate) fn ends(&mut self) {
        let deadline = Instant::now() + PDU_WITHIN;
        while self.read_within(deadline.saturating_duration_since(Instant::now())).is_some() {}
        assert!(Instant::now() < deadline, "the connection did not end");
    }

    /// Sends a message and waits for its answer. A receipt may come before it, as no peer
    /// promises an order; it is kept for [`Client::receipt`].
    #[track_caller]
    pub(crate) fn submit(&mut self, message: Message) -> Answer {
        let sequence = self.send(Pdu::SubmitSm(message));
        loop {
            match self.next() {
                Packet { pdu: Pdu::DeliverSm(receipt), .. } => self.early.push_back(receipt),
                packet => {
                    let answer = Answer::read(packet);
                    assert_eq!(answer.sequence, sequence, "{answer:?}");
                    return answer;
                }
            }
        }
    }

    /// Waits for the answer to a message, which must be the next PDU.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Answer {
        Answer::read(self.next())
    }

    /// Waits for a receipt or message, which must be the next PDU.
    #[track_caller]
    pub(crate) fn receipt(&mut self) -> Message {
        if let Some(early) = self.early.pop_front() {
            return early;
        }
        let packet = self.next();
        let Pdu::DeliverSm(message) = packet.pdu else { panic!("no receipt, but {packet:?}") };
        message
    }
}

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u32,
    pub(crate) sequence: u32,
    pub(crate) id: Option<String>,
}

impl Answer {
    #[track_caller]
    fn read(packet: Packet) -> Self {
        let Packet { status, sequence, pdu: Pdu::SubmitSmResp(answer) } = packet else {
            panic!("no answer to a message, but {packet:?}")
        };
        let id = answer.id().map(|id| String::from_utf8(id.to_vec()).expect("an id of text"));
        Self { status, sequence, id }
    }
}

fn decode(frame: &Frame<'_>) -> Packet {
    Packet::decode(frame).expect("a whole PDU")
}

/// The account of every peer, with a password.
pub(crate) fn account(password: &str) -> Bind {
    Bind {
        system_id: string("acct"),
        password: Password::new(string(password)),
        interface_version: 0x34,
        ..Bind::default()
    }
}

pub(crate) fn string(text: &str) -> OctetString {
    OctetString::new(text).expect("a short text")
}

/// A message with a receipt, as Ringproof sends one.
pub(crate) fn message(text: &[u8]) -> Message {
    Message {
        source: Address { ton_npi: TonNpi::new(5, 0), octets: string("MyBrand") },
        destination: Address { ton_npi: TonNpi::new(1, 1), octets: string("37255512345") },
        validity_period: string("000000000500000R"),
        registered_delivery: 1,
        short_message: text.to_vec(),
        ..Message::default()
    }
}

/// The text of a receipt.
pub(crate) fn text(message: &Message) -> String {
    String::from_utf8(message.short_message.clone()).expect("receipts are ASCII")
}

/// The id that the text of a receipt names.
pub(crate) fn id_of(receipt: &Message) -> Option<String> {
    let text = text(receipt);
    let id = text.strip_prefix("id:")?.split(' ').next()?;
    Some(id.to_owned())
}
