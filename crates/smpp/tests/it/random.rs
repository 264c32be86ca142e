//! Millions of random and of slightly wrong bytes (test DL-2): nothing panics,
//! and what is read can be written and read again. `fuzz/` goes further.

use ringproof_smpp::receipt::{Receipt, id_forms};
use ringproof_smpp::{Cut, FrameBuffer, Packet, Pdu, command};

use crate::hex::pdu;

/// Streams tried of each kind.
const ROUNDS: u32 = 1_000_000;

/// Numbers from a seed (xorshift64*); the tests need no better ones.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a length");
        usize::try_from(self.next() % end).expect("it is below a length")
    }

    fn octet(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

/// Reads a stream to its end or its first wrong length, and counts what it had.
fn read_all(stream: &[u8]) -> usize {
    let mut buffer = FrameBuffer::default();
    buffer.push(stream);
    let mut count = 0;
    while let Ok(Cut::Whole(frame)) = buffer.next() {
        count += 1;
        if let Ok(packet) = Packet::decode(&frame) {
            check(&packet);
        }
    }
    count
}

fn check(packet: &Packet) {
    match &packet.pdu {
        Pdu::DeliverSm(message) => check_receipt(Receipt::of_message(message)),
        Pdu::DataSm(data) => check_receipt(Receipt::of_data(data)),
        _ => {}
    }
    // A text of 255 octets is read and not written.
    let Ok(wire) = packet.encode() else { return };
    let mut buffer = FrameBuffer::default();
    buffer.push(&wire);
    let Ok(Cut::Whole(frame)) = buffer.next() else { panic!("{packet:?} is written wrong") };
    let mut again = Packet::decode(&frame).expect("what is written can be read");
    if let (Pdu::SubmitSm(now) | Pdu::DeliverSm(now), Pdu::SubmitSm(then) | Pdu::DeliverSm(then)) =
        (&mut again.pdu, &packet.pdu)
    {
        now.is_truncated = then.is_truncated;
    }
    assert_eq!(again, *packet);
}

fn check_receipt(receipt: Option<Receipt>) {
    let Some(id) = receipt.and_then(|receipt| receipt.id) else { return };
    let forms = id_forms(&id);
    assert!(!forms.is_empty() && forms.len() <= 5);
}

const COMMANDS: [u32; 18] = [
    command::GENERIC_NACK,
    command::BIND_RECEIVER,
    command::BIND_RECEIVER_RESP,
    command::BIND_TRANSMITTER,
    command::BIND_TRANSMITTER_RESP,
    command::SUBMIT_SM,
    command::SUBMIT_SM_RESP,
    command::DELIVER_SM,
    command::DELIVER_SM_RESP,
    command::UNBIND,
    command::UNBIND_RESP,
    command::BIND_TRANSCEIVER,
    command::BIND_TRANSCEIVER_RESP,
    command::OUTBIND,
    command::ENQUIRE_LINK,
    command::ENQUIRE_LINK_RESP,
    command::DATA_SM,
    command::DATA_SM_RESP,
];

#[test]
fn random_bodies_of_every_command_do_no_harm() {
    let mut numbers = Numbers(0x5EED_0001);
    for round in 0..ROUNDS {
        let command_id = COMMANDS[numbers.below(COMMANDS.len())];
        let mut stream = pdu(command_id, 0, round, "");
        // Zeros end strings; with many of them more fields are reached.
        let zeros = numbers.below(8);
        for _ in 0..numbers.below(60) {
            let octet = numbers.octet();
            stream.push(if numbers.below(8) < zeros { octet & 3 } else { octet });
        }
        stream[3] = u8::try_from(stream.len()).expect("at most 76 octets");
        assert_eq!(read_all(&stream), 1, "seed 0x5EED0001, round {round}");
    }
}

#[test]
fn random_streams_do_no_harm() {
    let mut numbers = Numbers(0x5EED_0002);
    let mut framed = 0;
    for _ in 0..ROUNDS {
        let mut stream: Vec<u8> = (0..numbers.below(48)).map(|_| numbers.octet()).collect();
        if let Some(length) = stream.first_chunk_mut::<4>().filter(|_| numbers.below(2) == 0) {
            *length = [0, 0, 0, length[3] % 48];
        }
        framed += read_all(&stream);
    }
    assert!(framed > 1_000, "some of them begin as PDUs: {framed}");
}

#[test]
fn slightly_wrong_receipts_do_no_harm() {
    let good = pdu(
        command::DELIVER_SM,
        0,
        77,
        "00 01 01 \"12025550123\" 00 05 00 \"MyBrand\" 00 04 00 00 00 00 00 00 00 00 66 \
         \"id:0000001A2B sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 \
         stat:DELIVRD err:000 text:\" 001E 000B \"0000001A2B\" 00 0427 0001 02 0423 0003 030000",
    );
    let mut numbers = Numbers(0x5EED_0003);
    for round in 0..ROUNDS {
        let mut wrong = good.clone();
        for _ in 0..=numbers.below(4) {
            let at = 16 + numbers.below(wrong.len() - 16);
            match numbers.below(3) {
                0 => wrong[at] = numbers.octet(),
                1 => _ = wrong.remove(at),
                _ => wrong.insert(at, wrong[numbers.below(wrong.len())]),
            }
        }
        wrong[3] = u8::try_from(wrong.len()).expect("about 178 octets");
        assert_eq!(read_all(&wrong), 1, "seed 0x5EED0003, round {round}");
    }
}
