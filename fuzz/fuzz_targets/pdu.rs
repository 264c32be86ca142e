//! What a peer sends over SMPP: frames cut from a stream, and PDUs read from them. What is read can be written and read
//! again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringproof_smpp::{Cut, FrameBuffer, Packet, Pdu, frame};

fuzz_target!(|stream: &[u8]| {
    let mut buffer = FrameBuffer::default();
    let (first, second) = stream.split_at(stream.len() / 2);
    let mut taken = 0;
    for piece in [first, second] {
        buffer.push(piece);
        while let Ok(Cut::Whole(frame)) = buffer.next() {
            let octets = frame.octets();
            assert_eq!(frame::cut(&stream[taken..]), Ok(Cut::Whole(frame)));
            taken += octets;
            if let Ok(packet) = Packet::decode(&frame) {
                again(packet);
            }
        }
    }
    assert!(taken <= stream.len());
});

fn again(mut packet: Packet) {
    let _ = format!("{packet:?}");
    // A text of 255 octets is read and not written; what was cut is written whole.
    let Ok(wire) = packet.encode() else { return };
    if let Pdu::SubmitSm(message) | Pdu::DeliverSm(message) = &mut packet.pdu {
        message.is_truncated = false;
    }
    let Ok(Cut::Whole(frame)) = frame::cut(&wire) else { panic!("{packet:?} is written wrong") };
    assert_eq!(frame.octets(), wire.len());
    assert_eq!(Packet::decode(&frame), Ok(packet));
}
