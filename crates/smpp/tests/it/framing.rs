//! Cutting the stream, and the numbers by which answers are found.

use ringproof_smpp::limits::{PDU_OCTETS_MAX, SEQUENCE_MAX, SEQUENCE_TRIES_MAX};
use ringproof_smpp::pdu::{BindResp, Data, EncodeError, Message, MessageResp};
use ringproof_smpp::sequence::Sequences;
use ringproof_smpp::{Cut, FrameBuffer, FramingError, Packet, Pdu, Tlvs, command, frame};

use crate::hex::pdu;

#[test]
fn a_length_that_no_pdu_has_ends_the_stream() {
    for command_length in [0, 1, 15, 65_537, 0x0100_0000, u32::MAX] {
        let mut buffer = FrameBuffer::default();
        buffer.push(&command_length.to_be_bytes());
        let end = Err(FramingError { command_length });
        assert_eq!(buffer.next(), end);
        buffer.push(&pdu(command::UNBIND, 0, 1, ""));
        assert_eq!(buffer.next(), end, "nothing behind it is trusted");
    }
}

#[test]
fn the_shortest_and_the_longest_pdu_are_cut() {
    for body in [0, PDU_OCTETS_MAX - 16] {
        let wire = pdu(command::UNBIND, 0, 1, &"00".repeat(body));
        let Ok(Cut::Whole(frame)) = frame::cut(&wire) else { panic!("{body} is a length") };
        assert_eq!((frame.body.len(), frame.octets()), (body, 16 + body));
        let lacking = frame::cut(&wire[..wire.len() - 1]);
        assert_eq!(lacking, Ok(Cut::NotYet { lacking: 1 }));
    }
}

#[test]
fn a_stream_may_come_octet_by_octet_or_all_at_once() {
    let sequences = [1, 2, 3, 4];
    let stream: Vec<u8> = sequences
        .iter()
        .flat_map(|sequence| pdu(command::SUBMIT_SM_RESP, 0, *sequence, "\"1A\" 00"))
        .collect();
    for piece in 1..=stream.len() {
        let mut buffer = FrameBuffer::default();
        let mut seen = Vec::new();
        for bytes in stream.chunks(piece) {
            buffer.push(bytes);
            while let Cut::Whole(frame) = buffer.next().expect("lengths are right") {
                seen.push(frame.sequence);
            }
        }
        assert_eq!(seen, sequences, "in pieces of {piece}");
        assert!(buffer.is_empty());
    }
}

#[test]
fn what_lacks_is_counted_and_never_more_than_that() {
    let wire = pdu(command::SUBMIT_SM_RESP, 0, 1, "\"1A2B\" 00");
    for length in 0..wire.len() {
        let Ok(Cut::NotYet { lacking }) = frame::cut(&wire[..length]) else { panic!("{length}") };
        // Before the length stands there whole, a header is asked for.
        let known = if length < 4 { 16 } else { wire.len() };
        assert_eq!(lacking, known - length);
    }
}

#[test]
fn what_no_peer_takes_is_not_written() {
    let data = |tlvs| Packet::new(1, Pdu::DataSm(Data { tlvs, ..Data::default() }));
    let mut out = vec![0xAA];
    let long = data(Tlvs::NONE.with(0x0424, vec![0; 65_535]));
    let refusal = Err(EncodeError::PduTooLong { octets: 65_535 + 4 + 10 + 16 });
    assert_eq!(long.encode_into(&mut out), refusal);
    let longer = data(Tlvs::NONE.with(0x0424, vec![0; 65_536]));
    let refusal = Err(EncodeError::TlvTooLong { tag: 0x0424, octets: 65_536 });
    assert_eq!(longer.encode_into(&mut out), refusal);
    let text = Message { short_message: vec![0; 255], ..Message::default() };
    let refusal = Err(EncodeError::ShortMessageTooLong { octets: 255 });
    assert_eq!(Packet::new(1, Pdu::SubmitSm(text)).encode_into(&mut out), refusal);
    assert_eq!(out, [0xAA], "a refusal leaves nothing behind");
}

#[test]
fn a_refusal_has_no_body() {
    let wire = Packet::with_status(9, 0x58, Pdu::SubmitSmResp(MessageResp::default())).encode();
    assert_eq!(wire, Ok(pdu(command::SUBMIT_SM_RESP, 0x58, 9, "")));
    let wire = Packet::with_status(9, 0x0E, Pdu::BindTransceiverResp(BindResp::default())).encode();
    assert_eq!(wire, Ok(pdu(command::BIND_TRANSCEIVER_RESP, 0x0E, 9, "")));
    let wire = Packet::with_status(9, 0x08, Pdu::DeliverSmResp(MessageResp::default())).encode();
    assert_eq!(wire, Ok(pdu(command::DELIVER_SM_RESP, 0x08, 9, "00")));
}

#[test]
fn sequence_numbers_wrap_to_one_and_skip_open_ones() {
    let mut sequences = Sequences::after(SEQUENCE_MAX - 1);
    assert_eq!(sequences.next(|_| false), Some(SEQUENCE_MAX));
    let open = [1, 2, 4];
    assert_eq!(sequences.next(|number| open.contains(&number)), Some(3));
    assert_eq!(sequences.next(|number| open.contains(&number)), Some(5));
    assert_eq!(Sequences::after(u32::MAX).next(|_| false), Some(1));
    let last_try = 5 + SEQUENCE_TRIES_MAX;
    assert_eq!(sequences.clone().next(|number| number < last_try), Some(last_try));
    assert_eq!(sequences.next(|number| number <= last_try), None);
}
