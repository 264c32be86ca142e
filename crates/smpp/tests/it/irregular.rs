//! What peers really send (`delivery.md` 3.1, test DL-1): each irregular PDU
//! comes with a good one behind it in one stream, and both are read.

use ringproof_smpp::pdu::{DecodeError, Message, MessageResp};
use ringproof_smpp::{Cut, FrameBuffer, Packet, Pdu, command};

use crate::hex::pdu;

/// Addresses of a `deliver_sm`, with the empty service before them.
const ADDRESSES: &str = "00 01 01 \"12025550123\" 00 05 00 \"MyBrand\" 00";

/// The fields between its addresses and the length of its text.
const FIELDS: &str = "00 00 00 00 00 00 00 00 00";

struct Irregular {
    shape: &'static str,
    command_id: u32,
    status: u32,
    body: String,
    /// Whether it was read as it should be.
    is_right: fn(&Result<Packet, DecodeError>) -> bool,
}

/// Decodes the irregular PDU and the good one behind it, from one stream.
fn check(irregular: &Irregular) {
    let Irregular { shape, command_id, status, body, is_right } = irregular;
    let mut stream = pdu(*command_id, *status, 7, body);
    let good = pdu(command::SUBMIT_SM_RESP, 0, 8, "\"good\" 00");
    stream.extend_from_slice(&good);
    let mut buffer = FrameBuffer::default();
    buffer.push(&stream);
    let Ok(Cut::Whole(frame)) = buffer.next() else { panic!("{shape}: not framed") };
    let read = Packet::decode(&frame);
    assert!(is_right(&read), "{shape}: {read:?}");
    let Ok(Cut::Whole(frame)) = buffer.next() else { panic!("{shape}: the next is not framed") };
    let next = Packet::decode(&frame).expect("the good one is whole");
    assert_eq!(next.sequence, 8, "{shape}");
    assert_eq!(answer(&next).and_then(MessageResp::id), Some(&b"good"[..]), "{shape}");
    assert!(buffer.is_empty(), "{shape}");
}

fn answer(packet: &Packet) -> Option<&MessageResp> {
    match &packet.pdu {
        Pdu::SubmitSmResp(answer) | Pdu::DeliverSmResp(answer) | Pdu::DataSmResp(answer) => {
            Some(answer)
        }
        _ => None,
    }
}

fn message(read: &Result<Packet, DecodeError>) -> Option<&Message> {
    match &read.as_ref().ok()?.pdu {
        Pdu::DeliverSm(message) | Pdu::SubmitSm(message) => Some(message),
        _ => None,
    }
}

fn has_id(read: &Result<Packet, DecodeError>, id: Option<&[u8]>) -> bool {
    read.as_ref().ok().and_then(answer).is_some_and(|answer| answer.id() == id)
}

fn is_pdu(read: &Result<Packet, DecodeError>, status: u32, pdu: &Pdu) -> bool {
    read.as_ref().is_ok_and(|packet| packet.status == status && packet.pdu == *pdu)
}

/// A bind that was answered without a name, with a status.
fn is_bind_resp(read: &Result<Packet, DecodeError>, status: u32) -> bool {
    let Ok(packet) = read else { return false };
    let Pdu::BindTransceiverResp(answer) = &packet.pdu else { return false };
    packet.status == status && answer.system_id.is_empty()
}

fn answers() -> Vec<Irregular> {
    let submit = |shape, status, body: &str, is_right| Irregular {
        shape,
        command_id: command::SUBMIT_SM_RESP,
        status,
        body: body.to_owned(),
        is_right,
    };
    let bind = |shape, status, body: &str, is_right| Irregular {
        command_id: command::BIND_TRANSCEIVER_RESP,
        ..submit(shape, status, body, is_right)
    };
    let long = |octets: usize| format!("{} 00", "C3".repeat(octets));
    vec![
        submit("an error without a body", 0x58, "", |read| has_id(read, None)),
        submit("an error with an empty id", 0x58, "00", |read| has_id(read, None)),
        submit("an error with an id", 0x0B, "\"1A\" 00", |read| has_id(read, Some(b"1A"))),
        bind("a refused bind without a body", 0x0E, "", |read| is_bind_resp(read, 0x0E)),
        bind("a refused bind with an empty name", 0x0D, "00", |read| is_bind_resp(read, 0x0D)),
        bind("a bind taken without a body", 0, "", |read| is_bind_resp(read, 0)),
        bind("a version of two octets", 0, "00 0210 0002 3434", |read| is_bind_resp(read, 0)),
        submit("accepted without a body", 0, "", |read| has_id(read, None)),
        submit("accepted with an empty id", 0, "00", |read| has_id(read, None)),
        submit("an id without NUL", 0, "\"1A2B\"", |read| has_id(read, Some(b"1A2B"))),
        submit("an id of one octet without NUL", 0, "31", |read| has_id(read, Some(b"1"))),
        submit("an id of 65 octets", 0, &long(65), |read| has_id(read, Some(&[0xC3; 65]))),
        submit("an id of 255 octets", 0, &long(255), |read| has_id(read, Some(&[0xC3; 255]))),
        submit("an id of 300 octets", 0, &long(300), |read| has_id(read, Some(&[0xC3; 255]))),
        submit("an id of odd octets", 0, "01 0A FF 20 00", |read| {
            has_id(read, Some(b"\x01\n\xff "))
        }),
        submit("one stray octet", 0, "\"1A\" 00 FF", |read| has_id(read, Some(b"1A"))),
        submit("two stray octets", 0, "\"1A\" 00 0000", |read| has_id(read, Some(b"1A"))),
        submit("three stray octets", 0, "\"1A\" 00 001E00", |read| has_id(read, Some(b"1A"))),
        submit("a status of the vendor", 0x4FF, "", |read| {
            read.as_ref().is_ok_and(|packet| packet.status == 0x4FF)
        }),
        submit("a status that nobody has", 0xDEAD_BEEF, "", |read| {
            read.as_ref().is_ok_and(|packet| packet.status == 0xDEAD_BEEF)
        }),
    ]
}

fn small_ones() -> Vec<Irregular> {
    let one = |shape, command_id, status, body: &str, is_right| Irregular {
        shape,
        command_id,
        status,
        body: body.to_owned(),
        is_right,
    };
    vec![
        one("enquire_link with a body", command::ENQUIRE_LINK, 0, "00 01 02", |read| {
            is_pdu(read, 0, &Pdu::EnquireLink)
        }),
        one("an answer to it with a body", command::ENQUIRE_LINK_RESP, 0, "00", |read| {
            is_pdu(read, 0, &Pdu::EnquireLinkResp)
        }),
        one("unbind_resp with an octet", command::UNBIND_RESP, 4, "00", |read| {
            is_pdu(read, 4, &Pdu::UnbindResp)
        }),
        one("generic_nack with a body", command::GENERIC_NACK, 3, "\"what\" 00", |read| {
            is_pdu(read, 3, &Pdu::GenericNack)
        }),
        one("a command of the vendor", 0x0001_0200, 0, "FFFF", |read| {
            is_pdu(read, 0, &Pdu::Unknown { command_id: 0x0001_0200 })
        }),
        one("an answer that nobody asked for", 0x8000_0777, 0, "", |read| {
            is_pdu(read, 0, &Pdu::Unknown { command_id: 0x8000_0777 })
        }),
        one("deliver_sm that ends at once", command::DELIVER_SM, 0, "", |read| {
            read.as_ref().is_err_and(|fault| fault.field == "service_type" && fault.sequence == 7)
        }),
        one(
            "deliver_sm that ends in an address",
            command::DELIVER_SM,
            0,
            "00 01 01 \"12",
            |read| read.as_ref().is_err_and(|fault| fault.field == "destination_addr"),
        ),
        one("outbind without the last NUL", command::OUTBIND, 0, "\"smsc\" 00 \"pw\"", |read| {
            let packet = read.as_ref().ok();
            packet.is_some_and(|packet| {
                matches!(&packet.pdu, Pdu::Outbind(outbind) if outbind.password.expose() == b"pw")
            })
        }),
    ]
}

fn messages() -> Vec<Irregular> {
    let deliver = |shape, body: String, is_right| Irregular {
        shape,
        command_id: command::DELIVER_SM,
        status: 0,
        body,
        is_right,
    };
    let address = |octets: &str| format!("00 01 01 {octets} 00 05 00 00 {FIELDS} 00");
    let dates = |schedule: &str, validity: &str| {
        format!("{ADDRESSES} 00 00 00 {schedule} 00 {validity} 00 00 00 00 00 02 \"hi\"")
    };
    let tail = |rest: &str| format!("{ADDRESSES} {FIELDS} 02 \"hi\" {rest}");
    vec![
        deliver("an address of 40 octets", address(&"31".repeat(40)), |read| {
            message(read).is_some_and(|message| message.source.octets.as_bytes() == [b'1'; 40])
        }),
        deliver("an address of 300 octets", address(&"31".repeat(300)), |read| {
            message(read).is_some_and(|message| message.source.octets.as_bytes() == [b'1'; 255])
        }),
        deliver("an address that is not ASCII", address("DC6E"), |read| {
            let read = message(read).map(|message| message.source.octets.to_string());
            read.as_deref() == Some(r"\xdcn")
        }),
        deliver(
            "a service of 20 octets",
            format!("{} {ADDRESSES} {FIELDS} 00", "41".repeat(20)),
            |read| message(read).is_some_and(|message| message.service_type.len() == 20),
        ),
        deliver("a validity of 3 octets", dates("", "313233"), |read| {
            message(read).is_some_and(|message| message.short_message == b"hi")
        }),
        deliver("a schedule of 30 octets", dates(&"30".repeat(30), ""), |read| {
            message(read).is_some_and(|message| message.short_message == b"hi")
        }),
        deliver(
            "a text shorter than it claims",
            format!("{ADDRESSES} {FIELDS} 10 \"hi\""),
            |read| {
                message(read)
                    .is_some_and(|message| message.is_truncated && message.short_message == b"hi")
            },
        ),
        deliver("no octet of the text it claims", format!("{ADDRESSES} {FIELDS} FF"), |read| {
            message(read).is_some_and(|message| message.is_truncated)
        }),
        deliver(
            "a text of 255 octets",
            format!("{ADDRESSES} {FIELDS} FF {}", "41".repeat(255)),
            |read| message(read).is_some_and(|message| message.short_message.len() == 255),
        ),
        deliver("a parameter of a wrong length", tail("0427 0002 0002"), |read| {
            message(read).is_some_and(|message| {
                message.tlvs.message_state().is_none() && message.tlvs.get(0x0427) == Some(&[0, 2])
            })
        }),
        deliver("an id in a parameter without NUL", tail("001E 0002 \"1A\""), |read| {
            let id = message(read).and_then(|message| message.tlvs.receipted_message_id());
            id.is_some_and(|id| id.as_bytes() == b"1A")
        }),
        deliver("a parameter that is not known", tail("7777 0001 00 0427 0001 02"), |read| {
            message(read).is_some_and(|message| message.tlvs.message_state() == Some(2))
        }),
        deliver("parameters of the vendor", tail("1400 0000 3FFF 0001 AA"), |read| {
            message(read).is_some_and(|message| message.tlvs.get(0x3FFF) == Some(&[0xAA]))
        }),
        deliver("a parameter twice", tail("0427 0001 05 0427 0001 02"), |read| {
            message(read).is_some_and(|message| {
                message.tlvs.message_state() == Some(5) && message.tlvs.len() == 2
            })
        }),
        deliver("a parameter past the end", tail("0427 0001 02 001E 0100 0425 0001 03"), |read| {
            message(read).is_some_and(|message| {
                message.tlvs.message_state() == Some(2) && message.tlvs.len() == 1
            })
        }),
        deliver("a parameter cut in its length", tail("0427 00"), |read| {
            message(read).is_some_and(|message| message.tlvs.is_empty())
        }),
    ]
}

#[test]
fn each_irregular_pdu_is_read_and_so_is_the_next() {
    let all = answers().into_iter().chain(small_ones()).chain(messages()).collect::<Vec<_>>();
    assert!(all.len() >= 38, "the table has 38 shapes, and there are {}", all.len());
    let mut shapes: Vec<&str> = all.iter().map(|irregular| irregular.shape).collect();
    shapes.sort_unstable();
    shapes.dedup();
    assert_eq!(shapes.len(), all.len(), "each shape stands here once");
    all.iter().for_each(check);
}
