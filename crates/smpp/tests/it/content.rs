//! What stands in a `submit_sm`: the vectors of `delivery.md` 4.3 that concern
//! bytes of the wire, and how much has room.

use ringproof_smpp::content::{Content, ContentRefusal, ContentRules, LongMessage, Part, Writing};
use ringproof_smpp::pdu::{Data, Message};
use ringproof_smpp::tlv::{Segment, tag};
use ringproof_smpp::{Packet, Pdu};

use crate::hex::bytes;

const FIRST_OF_TWO: Option<Segment> = Some(Segment { reference: 0x1234, parts: 2, number: 1 });

fn rules(long_message: LongMessage) -> ContentRules {
    ContentRules { long_message, ..ContentRules::default() }
}

fn part(writing: Writing, octets: &[u8], place: Option<Segment>) -> Part<'_> {
    Part { writing, octets, header: &[], place }
}

fn content(long: LongMessage, part: &Part<'_>) -> Result<Content, ContentRefusal> {
    rules(long).content(part)
}

/// How many octets have room.
fn room(long: LongMessage, writing: Writing, place: Option<Segment>) -> usize {
    match content(long, &part(writing, &[b'A'; 200], place)) {
        Err(ContentRefusal::TooLong { octets: 200, octets_max }) => {
            let full = [b'A'; 200];
            content(long, &part(writing, &full[..octets_max], place)).expect("it says it fits");
            assert!(content(long, &part(writing, &full[..=octets_max], place)).is_err());
            octets_max
        }
        other => panic!("200 octets have no room: {other:?}"),
    }
}

#[test]
fn a_text_that_fits_stands_alone() {
    let text = bytes("59 6F 75 72 20 63 6F 64 65 20 69 73 20 31 32 33 34 35 36");
    let content = content(LongMessage::Udh8, &part(Writing::Septets, &text, None)).unwrap();
    assert_eq!((content.esm_class, content.data_coding), (0, 0));
    assert_eq!(content.short_message, text);
    assert!(content.tlvs.is_empty());
}

#[test]
fn headers_link_parts() {
    let part = part(Writing::Septets, b"A", FIRST_OF_TWO);
    let narrow = content(LongMessage::Udh8, &part).unwrap();
    assert_eq!(narrow.short_message, bytes("05 00 03 34 02 01 41"));
    let wide = content(LongMessage::Udh16, &part).unwrap();
    assert_eq!(wide.short_message, bytes("06 08 04 12 34 02 01 41"));
    for content in [narrow, wide] {
        assert_eq!(content.esm_class, 0x40);
        assert!(content.tlvs.is_empty());
    }
}

#[test]
fn optional_parameters_link_parts() {
    let content = content(LongMessage::Sar, &part(Writing::Septets, b"A", FIRST_OF_TWO)).unwrap();
    assert_eq!((content.esm_class, content.short_message), (0, b"A".to_vec()));
    let data = Data { tlvs: content.tlvs, ..Data::default() };
    let wire = Packet::new(1, Pdu::DataSm(data)).encode().unwrap();
    let end = bytes("020C 0002 1234 020E 0001 02 020F 0001 01");
    assert!(wire.ends_with(&end), "{wire:02X?}");
}

#[test]
fn a_long_text_goes_whole_to_a_peer_that_cuts() {
    let text = [b'A'; 200];
    let content = content(LongMessage::Payload, &part(Writing::Septets, &text, None)).unwrap();
    assert_eq!(content.tlvs.message_payload(), Some(&text[..]));
    let message =
        Message { short_message: content.short_message, tlvs: content.tlvs, ..Message::default() };
    let wire = Packet::new(1, Pdu::SubmitSm(message)).encode().unwrap();
    assert_eq!(wire[16 + 16..][..5], bytes("00 0424 00C8"), "sm_length 0, then the parameter");
    let short = rules(LongMessage::Payload).content(&part(Writing::Septets, &text[..160], None));
    assert!(short.unwrap().tlvs.is_empty(), "what fits needs no parameter");
    let cut = rules(LongMessage::Payload).content(&part(Writing::Septets, b"A", FIRST_OF_TWO));
    assert_eq!(cut, Err(ContentRefusal::NotWhole));
}

#[test]
fn room_is_that_of_a_short_message() {
    use LongMessage::{Sar, Udh8, Udh16};
    use Writing::{Binary, Latin1, Packed, Septets, Ucs2};
    assert_eq!([Septets, Ucs2, Latin1].map(|writing| room(Udh8, writing, None)), [160, 140, 140]);
    let linked = |long, writing| room(long, writing, FIRST_OF_TWO);
    assert_eq!([Septets, Ucs2, Packed].map(|writing| linked(Udh8, writing)), [153, 134, 134]);
    assert_eq!([Septets, Ucs2, Binary].map(|writing| linked(Udh16, writing)), [152, 132, 133]);
    assert_eq!([Septets, Ucs2, Latin1].map(|writing| linked(Sar, writing)), [153, 134, 134]);
}

#[test]
fn a_full_part_with_its_header_has_159_octets() {
    let full = content(LongMessage::Udh8, &part(Writing::Septets, &[b'A'; 153], FIRST_OF_TWO));
    assert_eq!(full.unwrap().short_message.len(), 159);
}

#[test]
fn codings_are_those_of_the_profile() {
    use Writing::{Binary, Latin1, Packed, Septets, Ucs2};
    let defaults = ContentRules::default();
    let rules = ContentRules { gsm_data_coding: 1, ucs2_data_coding: 0x18, ..defaults };
    let coding = |rules: ContentRules, writing| {
        rules.content(&part(writing, b"AB", None)).expect("it fits").data_coding
    };
    let all = [Septets, Packed, Latin1, Ucs2, Binary];
    assert_eq!(all.map(|writing| coding(defaults, writing)), [0, 0, 3, 8, 4]);
    assert_eq!(all.map(|writing| coding(rules, writing)), [1, 1, 3, 0x18, 4]);
}

#[test]
fn the_senders_own_header_stands_behind_the_link() {
    let ports = bytes("06 05 04 15 8A 00 00");
    let own = |place| Part { header: &ports, ..part(Writing::Binary, b"x", place) };
    let linked = content(LongMessage::Udh8, &own(FIRST_OF_TWO)).unwrap();
    assert_eq!(linked.short_message, bytes("0B 00 03 34 02 01 05 04 15 8A 00 00 78"));
    let alone = content(LongMessage::Sar, &own(FIRST_OF_TWO)).unwrap();
    assert_eq!(alone.short_message, [&ports[..], b"x"].concat());
    assert_eq!((alone.esm_class, alone.tlvs.len()), (0x40, 3));
    let whole = content(LongMessage::Payload, &Part { octets: &[7; 134], ..own(None) }).unwrap();
    assert_eq!(whole.tlvs.get(tag::MESSAGE_PAYLOAD).map(<[u8]>::len), Some(141));
    assert_eq!(whole.esm_class, 0x40, "the header is in the parameter");
}

#[test]
fn what_is_no_part_or_no_header_is_refused() {
    for (parts, number) in [(0, 0), (2, 0), (2, 3), (0, 1)] {
        let place = Some(Segment { reference: 0, parts, number });
        let refusal = content(LongMessage::Udh8, &part(Writing::Septets, b"A", place));
        assert_eq!(refusal, Err(ContentRefusal::NoSuchPart { number, parts }));
    }
    for header in [vec![1], vec![0, 1], [vec![140], vec![0; 140]].concat()] {
        let part = Part { header: &header, ..part(Writing::Binary, b"", None) };
        assert_eq!(content(LongMessage::Udh8, &part), Err(ContentRefusal::Header), "{header:?}");
    }
    let header = [vec![135], vec![0; 135]].concat();
    let part = Part { header: &header, ..part(Writing::Binary, b"", FIRST_OF_TWO) };
    assert_eq!(content(LongMessage::Udh8, &part), Err(ContentRefusal::Header));
}
