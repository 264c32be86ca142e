//! The worked examples of `delivery.md` 3.6, octet by octet and both ways.

use ringproof_smpp::pdu::{Bind, Message, MessageResp, Password};
use ringproof_smpp::tlv::{NetworkError, tag};
use ringproof_smpp::{Address, Cut, OctetString, Packet, Pdu, Tlvs, TonNpi, frame};

use crate::hex::bytes;

fn string(text: &str) -> OctetString {
    OctetString::new(text).expect("a short text")
}

fn check(packet: &Packet, written: &str) {
    let wire = bytes(written);
    assert_eq!(packet.encode().as_deref(), Ok(&*wire));
    let Ok(Cut::Whole(frame)) = frame::cut(&wire) else { panic!("no frame in {written}") };
    assert_eq!(frame.octets(), wire.len());
    assert_eq!(Packet::decode(&frame).as_ref(), Ok(packet));
}

fn brand() -> Address {
    Address { ton_npi: TonNpi::new(5, 0), octets: string("MyBrand") }
}

fn phone() -> Address {
    Address { ton_npi: TonNpi::new(1, 1), octets: string("37255512345") }
}

#[test]
fn bind_transceiver() {
    let bind = Bind {
        system_id: string("acct"),
        password: Password::new(string("secret")),
        interface_version: 0x34,
        ..Bind::default()
    };
    check(
        &Packet::new(1, Pdu::BindTransceiver(bind)),
        "00000021 00000009 00000000 00000001 6163637400 73656372657400 00 34 00 00 00",
    );
}

#[test]
fn submit_sm() {
    let message = Message {
        source: brand(),
        destination: phone(),
        validity_period: string("000000000500000R"),
        registered_delivery: 1,
        short_message: b"Your code is 123456".to_vec(),
        ..Message::default()
    };
    check(
        &Packet::new(2, Pdu::SubmitSm(message)),
        "00000056 00000004 00000000 00000002 00 05 00 4D794272616E6400 01 01 \
         333732353535313233343500 00 00 00 00 30303030303030303035303030303052 00 01 00 00 00 13 \
         596F757220636F646520697320313233343536",
    );
}

#[test]
fn submit_sm_in_ucs2() {
    let message = Message {
        source: brand(),
        destination: phone(),
        registered_delivery: 1,
        data_coding: 8,
        short_message: bytes("041A 043E 0434 0020 0034 0032"),
        ..Message::default()
    };
    check(
        &Packet::new(3, Pdu::SubmitSm(message)),
        "0000003F 00000004 00000000 00000003 00 05 00 4D794272616E6400 01 01 \
         333732353535313233343500 00 00 00 00 00 01 00 08 00 0C 041A 043E 0434 0020 0034 0032",
    );
}

#[test]
fn deliver_sm_with_a_receipt_and_its_answer() {
    let text = "id:0000001A2B sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 \
                stat:DELIVRD err:000 text:";
    let message = Message {
        source: phone(),
        destination: brand(),
        esm_class: 0x04,
        short_message: text.into(),
        tlvs: Tlvs::NONE
            .with(tag::RECEIPTED_MESSAGE_ID, *b"0000001A2B\0")
            .with(tag::MESSAGE_STATE, [2])
            .with(tag::NETWORK_ERROR_CODE, [3, 0, 0]),
        ..Message::default()
    };
    assert_eq!(message.tlvs.receipted_message_id(), Some(string("0000001A2B")));
    assert_eq!(message.tlvs.message_state(), Some(2));
    let no_error = NetworkError { network: 3, code: 0 };
    assert_eq!(message.tlvs.network_error_code(), Some(no_error));
    check(
        &Packet::new(77, Pdu::DeliverSm(message)),
        "000000B4 00000005 00000000 0000004D 00 01 01 333732353535313233343500 05 00 \
         4D794272616E6400 04 00 00 00 00 00 00 00 00 66 \
         \"id:0000001A2B sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 \
         stat:DELIVRD err:000 text:\" \
         001E 000B 3030303030303141324200 0427 0001 02 0423 0003 030000",
    );
    check(
        &Packet::new(77, Pdu::DeliverSmResp(MessageResp::default())),
        "00000011 80000005 00000000 0000004D 00",
    );
}
