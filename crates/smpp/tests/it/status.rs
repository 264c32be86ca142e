//! Names for logs.

use ringproof_smpp::{command, status};

#[test]
fn names_are_those_of_the_specification() {
    for (number, name) in [
        (0x00, "ROK"),
        (0x08, "RSYSERR"),
        (0x0B, "RINVDSTADR"),
        (0x14, "RMSGQFUL"),
        (0x58, "RTHROTTLED"),
        (0x62, "RINVEXPIRY"),
        (0xFF, "RUNKNOWNERR"),
        (0x104, "RINVDCS"),
    ] {
        assert_eq!(status::name(number), Some(name), "{number:#x}");
    }
    for number in [0x09, 0x10, 0x12, 0x16, 0x3FF, 0x400, 0x4FF, 0x500, u32::MAX] {
        assert_eq!(status::name(number), None, "{number:#x}");
    }
}

#[test]
fn answers_have_bit_31() {
    assert_eq!(command::name(command::SUBMIT_SM), Some("submit_sm"));
    assert_eq!(command::name(command::SUBMIT_SM | command::RESPONSE), Some("submit_sm_resp"));
    assert_eq!(command::name(0x0001_0200), None);
    assert!(command::is_response(command::GENERIC_NACK));
    assert!(!command::is_response(command::OUTBIND));
}
