//! Optional parameters: each view takes its own shape and no other.

use ringproof_smpp::pdu::Data;
use ringproof_smpp::tlv::{NetworkError, Segment, tag};
use ringproof_smpp::{Cut, Packet, Pdu, Tlvs, frame};

#[test]
fn a_view_takes_its_own_length_only() {
    for octets in 0..=4 {
        let value = vec![1; octets];
        let tlvs = |tag| Tlvs::NONE.with(tag, value.clone());
        let fits = |length| octets == length;
        assert_eq!(tlvs(tag::MESSAGE_STATE).message_state().is_some(), fits(1));
        assert_eq!(tlvs(tag::DELIVERY_FAILURE_REASON).delivery_failure_reason().is_some(), fits(1));
        assert_eq!(tlvs(tag::SC_INTERFACE_VERSION).sc_interface_version().is_some(), fits(1));
        assert_eq!(tlvs(tag::USER_MESSAGE_REFERENCE).user_message_reference().is_some(), fits(2));
        assert_eq!(tlvs(tag::NETWORK_ERROR_CODE).network_error_code().is_some(), fits(3));
        assert_eq!(tlvs(tag::RECEIPTED_MESSAGE_ID).receipted_message_id().is_some(), octets > 0);
        assert_eq!(tlvs(tag::MESSAGE_PAYLOAD).message_payload(), Some(&*value));
    }
}

#[test]
fn of_a_pdu_full_of_empty_ones_only_the_first_are_kept() {
    let mut tlvs = Tlvs::NONE;
    (0..10_000).for_each(|tag| tlvs.push(tag, []));
    let sent = Packet::new(1, Pdu::DataSm(Data { tlvs, ..Data::default() }));
    let wire = sent.encode().expect("it fits a PDU");
    let Ok(Cut::Whole(frame)) = frame::cut(&wire) else { panic!("it is whole") };
    let Ok(Packet { pdu: Pdu::DataSm(read), .. }) = Packet::decode(&frame) else {
        panic!("it is read")
    };
    assert_eq!(
        read.tlvs.iter().map(|tlv| tlv.tag).collect::<Vec<_>>(),
        (0..64).collect::<Vec<_>>()
    );
}

#[test]
fn values_are_read_big_end_first() {
    let tlvs = Tlvs::NONE
        .with(tag::NETWORK_ERROR_CODE, [3, 0x12, 0x34])
        .with(tag::USER_MESSAGE_REFERENCE, [0xAB, 0xCD])
        .with(tag::SC_INTERFACE_VERSION, [0x34])
        .with(tag::DELIVERY_FAILURE_REASON, [2]);
    let error = NetworkError { network: 3, code: 0x1234 };
    assert_eq!(tlvs.network_error_code(), Some(error));
    assert_eq!(tlvs.user_message_reference(), Some(0xABCD));
    assert_eq!(tlvs.sc_interface_version(), Some(0x34));
    assert_eq!(tlvs.delivery_failure_reason(), Some(2));
}

#[test]
fn the_first_one_counts_and_all_are_kept_in_order() {
    let tlvs = Tlvs::NONE.with(0x1401, [1]).with(0x1400, [2]).with(0x1401, [3]);
    assert_eq!(tlvs.get(0x1401), Some(&[1][..]));
    let order: Vec<(u16, u8)> = tlvs.iter().map(|tlv| (tlv.tag, tlv.value[0])).collect();
    assert_eq!(order, [(0x1401, 1), (0x1400, 2), (0x1401, 3)]);
    assert!(tlvs.iter().all(|tlv| tag::VENDOR.contains(&tlv.tag)));
    // A first one that does not fit hides a second one that would.
    let state = Tlvs::NONE.with(tag::MESSAGE_STATE, [0, 2]).with(tag::MESSAGE_STATE, [2]);
    assert_eq!(state.message_state(), None);
}

#[test]
fn a_segment_needs_all_three_and_must_be_one_that_there_is() {
    let segment = |parts: u8, number: u8| {
        Tlvs::NONE
            .with(tag::SAR_MSG_REF_NUM, [0x12, 0x34])
            .with(tag::SAR_TOTAL_SEGMENTS, [parts])
            .with(tag::SAR_SEGMENT_SEQNUM, [number])
            .segment()
    };
    assert_eq!(segment(2, 1), Some(Segment { reference: 0x1234, parts: 2, number: 1 }));
    assert!(segment(255, 255).is_some());
    for (parts, number) in [(0, 0), (2, 0), (2, 3), (0, 1)] {
        assert_eq!(segment(parts, number), None, "{number} of {parts}");
    }
    let without_reference =
        Tlvs::NONE.with(tag::SAR_TOTAL_SEGMENTS, [2]).with(tag::SAR_SEGMENT_SEQNUM, [1]);
    assert_eq!(without_reference.segment(), None);
}

#[test]
fn an_id_ends_at_its_nul() {
    let id = |value: &[u8]| {
        let id = Tlvs::NONE.with(tag::RECEIPTED_MESSAGE_ID, value).receipted_message_id();
        id.map(ringproof_smpp::OctetString::into_bytes)
    };
    assert_eq!(id(b"1A\0"), Some(b"1A".to_vec()));
    assert_eq!(id(b"1A"), Some(b"1A".to_vec()));
    assert_eq!(id(b"1A\0\0x"), Some(b"1A".to_vec()));
    assert_eq!(id(b"\0"), None);
    assert_eq!(id(&[b'9'; 300]).map(|id| id.len()), Some(255));
}
