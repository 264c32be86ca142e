//! No `Debug` shows a password, a text or a whole number.

use ringproof_smpp::content::{ContentRules, LongMessage, Part, Writing};
use ringproof_smpp::pdu::{Bind, Data, Message, Outbind, Password};
use ringproof_smpp::tlv::tag;
use ringproof_smpp::{Address, Cut, FrameBuffer, OctetString, Packet, Pdu, Tlvs, TonNpi, frame};

const SECRET: &str = "Zebra987654";
const NUMBER: &str = "12025550123";

fn check(shown: &str) {
    let octets = |text: &str| format!("{:?}", text.as_bytes()).trim_matches(['[', ']']).to_owned();
    for hidden in [SECRET, NUMBER, "98765", "0255501", &octets("Zebra"), &octets("98765")] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

fn string(text: &str) -> OctetString {
    OctetString::new(text).expect("a short text")
}

fn address() -> Address {
    Address { ton_npi: TonNpi::new(1, 1), octets: string(NUMBER) }
}

fn pdus() -> Vec<Pdu> {
    let password = Password::new(string(SECRET));
    let tlvs = Tlvs::NONE.with(tag::MESSAGE_PAYLOAD, SECRET).with(0x1401, SECRET);
    let bind = Bind { system_id: string("acct"), password: password.clone(), ..Bind::default() };
    let message = Message {
        source: address(),
        destination: address(),
        short_message: SECRET.into(),
        tlvs: tlvs.clone(),
        ..Message::default()
    };
    let data = Data { source: address(), destination: address(), tlvs, ..Data::default() };
    vec![
        Pdu::BindTransmitter(bind.clone()),
        Pdu::BindReceiver(bind.clone()),
        Pdu::BindTransceiver(bind),
        Pdu::Outbind(Outbind { password, ..Outbind::default() }),
        Pdu::SubmitSm(message.clone()),
        Pdu::DeliverSm(message),
        Pdu::DataSm(data),
    ]
}

#[test]
fn pdus_frames_and_buffers_do_not_show_what_is_secret() {
    for pdu in pdus() {
        let packet = Packet::new(1, pdu);
        check(&format!("{packet:?} {packet:#?}"));
        let wire = packet.encode().unwrap();
        let Ok(Cut::Whole(frame)) = frame::cut(&wire) else { panic!("it is whole") };
        check(&format!("{frame:?}"));
        let mut buffer = FrameBuffer::default();
        buffer.push(&wire);
        check(&format!("{buffer:?}"));
        let read = Packet::decode(&frame).unwrap();
        check(&format!("{read:?}"));
    }
}

/// A long text may stand in an optional parameter; it is wiped like a short one.
#[test]
fn a_wiped_message_has_its_text_in_neither_place() {
    for rules in [
        ContentRules::default(),
        ContentRules { long_message: LongMessage::Payload, ..ContentRules::default() },
    ] {
        let octets = if rules.long_message == LongMessage::Payload { 300 } else { 100 };
        let octets = SECRET.as_bytes().repeat(octets / SECRET.len());
        let part = Part { writing: Writing::Septets, octets: &octets, header: &[], place: None };
        let content = rules.content(&part).unwrap();
        let has_payload = content.tlvs.message_payload() == Some(&octets[..]);
        assert_eq!(has_payload, content.short_message.is_empty());
        let tlvs = content.tlvs.with(0x1401, "kept");
        let mut message =
            Message { short_message: content.short_message, tlvs, ..Message::default() };
        message.wipe();
        assert!(message.short_message.is_empty());
        assert_eq!(message.tlvs.message_payload(), has_payload.then_some(&[][..]));
        assert_eq!(message.tlvs.get(0x1401), Some(&b"kept"[..]));
        let wire = Packet::new(1, Pdu::SubmitSm(message)).encode().unwrap();
        let is_secret = |octets: &[u8]| octets == SECRET.as_bytes();
        assert!(!wire.windows(SECRET.len()).any(is_secret));
    }
}

#[test]
fn content_does_not_show_the_text() {
    let part =
        Part { writing: Writing::Septets, octets: SECRET.as_bytes(), header: &[], place: None };
    check(&format!("{:?}", ContentRules::default().content(&part).unwrap()));
}

#[test]
fn numbers_are_masked_and_names_are_not() {
    let shown = |octets: &str| Address { octets: string(octets), ..Address::default() }.masked();
    assert_eq!(shown(NUMBER), "120••••••23");
    assert_eq!(shown("12345678"), "123•••78");
    assert_eq!(shown("1234567"), "•••••••");
    assert_eq!(shown("MyBrand"), "MyBrand");
    assert_eq!(shown("Shop 24"), "Shop 24");
    assert_eq!(shown("x1202555012"), "x12••••••12");
    assert_eq!(shown(""), "");
}
