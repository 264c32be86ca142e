//! Whatever is written is read again as it was.

use proptest::collection::vec;
use proptest::prelude::*;
use ringproof_smpp::pdu::{Bind, BindResp, Data, Message, MessageResp, Outbind, Password};
use ringproof_smpp::tlv::Tlv;
use ringproof_smpp::{Address, Cut, FrameBuffer, OctetString, Packet, Pdu, Tlvs, TonNpi, command};

fn string() -> impl Strategy<Value = OctetString> {
    let octets = prop_oneof![vec(1..=255_u8, 0..20), vec(1..=255_u8, 0..=255)];
    octets.prop_map(|octets| OctetString::new(octets).expect("short and without NUL"))
}

fn tlvs() -> impl Strategy<Value = Tlvs> {
    let tlv = (any::<u16>(), vec(any::<u8>(), 0..40)).prop_map(|(tag, value)| Tlv { tag, value });
    vec(tlv, 0..6).prop_map(Tlvs::from_iter)
}

fn address() -> impl Strategy<Value = Address> {
    (any::<(u8, u8)>(), string())
        .prop_map(|((ton, npi), octets)| Address { ton_npi: TonNpi::new(ton, npi), octets })
}

fn bind() -> impl Strategy<Value = Bind> {
    let texts = (string(), string(), string(), string());
    (texts, any::<[u8; 3]>()).prop_map(|(texts, [interface_version, addr_ton, addr_npi])| Bind {
        system_id: texts.0,
        password: Password::new(texts.1),
        system_type: texts.2,
        interface_version,
        addr_ton,
        addr_npi,
        address_range: texts.3,
    })
}

fn message() -> impl Strategy<Value = Message> {
    let texts = (string(), string(), string());
    let addresses = (address(), address());
    let text = vec(any::<u8>(), 0..=254);
    (texts, addresses, any::<[u8; 7]>(), text, tlvs()).prop_map(
        |(texts, addresses, octets, short_message, tlvs)| Message {
            service_type: texts.0,
            source: addresses.0,
            destination: addresses.1,
            esm_class: octets[0],
            protocol_id: octets[1],
            priority_flag: octets[2],
            schedule_delivery_time: texts.1,
            validity_period: texts.2,
            registered_delivery: octets[3],
            replace_if_present_flag: octets[4],
            data_coding: octets[5],
            sm_default_msg_id: octets[6],
            short_message,
            is_truncated: false,
            tlvs,
        },
    )
}

fn data() -> impl Strategy<Value = Data> {
    (string(), address(), address(), any::<[u8; 3]>(), tlvs()).prop_map(
        |(
            service_type,
            source,
            destination,
            [esm_class, registered_delivery, data_coding],
            tlvs,
        )| {
            Data {
                service_type,
                source,
                destination,
                esm_class,
                registered_delivery,
                data_coding,
                tlvs,
            }
        },
    )
}

fn bind_resp() -> impl Strategy<Value = BindResp> {
    (string(), tlvs()).prop_map(|(system_id, tlvs)| BindResp { system_id, tlvs })
}

fn message_resp() -> impl Strategy<Value = MessageResp> {
    (string(), tlvs()).prop_map(|(message_id, tlvs)| MessageResp { message_id, tlvs })
}

/// Every PDU that there is.
fn pdu() -> impl Strategy<Value = Pdu> {
    let unknown = any::<u32>().prop_filter("it is unknown", |id| command::name(*id).is_none());
    prop_oneof![
        bind().prop_map(Pdu::BindTransmitter),
        bind_resp().prop_map(Pdu::BindTransmitterResp),
        bind().prop_map(Pdu::BindReceiver),
        bind_resp().prop_map(Pdu::BindReceiverResp),
        bind().prop_map(Pdu::BindTransceiver),
        bind_resp().prop_map(Pdu::BindTransceiverResp),
        (string(), string()).prop_map(|(system_id, password)| Pdu::Outbind(Outbind {
            system_id,
            password: Password::new(password)
        })),
        Just(Pdu::Unbind),
        Just(Pdu::UnbindResp),
        Just(Pdu::GenericNack),
        Just(Pdu::EnquireLink),
        Just(Pdu::EnquireLinkResp),
        message().prop_map(Pdu::SubmitSm),
        message_resp().prop_map(Pdu::SubmitSmResp),
        message().prop_map(Pdu::DeliverSm),
        message_resp().prop_map(Pdu::DeliverSmResp),
        data().prop_map(Pdu::DataSm),
        message_resp().prop_map(Pdu::DataSmResp),
        unknown.prop_map(|command_id| Pdu::Unknown { command_id }),
    ]
}

fn packet() -> impl Strategy<Value = Packet> {
    let status = prop_oneof![Just(0), any::<u32>()];
    (status, any::<u32>(), pdu()).prop_map(|(status, sequence, pdu)| Packet {
        status,
        sequence,
        pdu,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_is_read_again(packets in vec(packet(), 1..8), piece in 1..200_usize) {
        let mut stream = Vec::new();
        for packet in &packets {
            packet.encode_into(&mut stream).unwrap();
        }
        let mut buffer = FrameBuffer::default();
        let mut read = Vec::new();
        for bytes in stream.chunks(piece) {
            buffer.push(bytes);
            while let Cut::Whole(frame) = buffer.next().unwrap() {
                read.push(Packet::decode(&frame).unwrap());
            }
        }
        prop_assert_eq!(read, packets);
    }

    #[test]
    fn a_pdu_cut_short_is_read_or_says_where_it_ends(packet in packet(), kept in 0..400_usize) {
        let wire = packet.encode().unwrap();
        let Ok(Cut::Whole(frame)) = ringproof_smpp::frame::cut(&wire) else { panic!("whole") };
        let body = &frame.body[..frame.body.len().min(kept)];
        match Packet::decode(&ringproof_smpp::Frame { body, ..frame }) {
            Ok(read) => prop_assert_eq!(read.pdu.command_id(), packet.pdu.command_id()),
            Err(fault) => prop_assert_eq!(fault.sequence, packet.sequence),
        }
    }
}
