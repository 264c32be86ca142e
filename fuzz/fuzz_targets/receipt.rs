//! Receipts: their text, in any class and coding, and the forms of the ids in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringproof_smpp::Tlvs;
use ringproof_smpp::pdu::{Data, Message};
use ringproof_smpp::receipt::{Receipt, id_forms};
use ringproof_smpp::tlv::tag;

fuzz_target!(|input: (u8, u8, Vec<u8>, Option<Vec<u8>>)| {
    let (esm_class, data_coding, text, id) = input;
    let named = id.map_or(Tlvs::NONE, |id| Tlvs::NONE.with(tag::RECEIPTED_MESSAGE_ID, id));
    let tlvs = named.clone().with(tag::MESSAGE_PAYLOAD, text.clone());
    let in_parameter = Receipt::of_data(&Data { esm_class, data_coding, tlvs, ..Data::default() });
    let message = Message { esm_class, data_coding, short_message: text, tlvs: named, ..Message::default() };
    let in_field = Receipt::of_message(&message);
    assert_eq!(in_field, in_parameter, "a text says the same wherever it stands");
    let Some(receipt) = in_field else { return };
    let _ = receipt.failure_code();
    let id = receipt.id.unwrap_or_default();
    let forms = id_forms(&id);
    assert_eq!(forms.is_empty(), id.is_empty());
    for (index, form) in forms.iter().enumerate() {
        assert!(!form.octets.is_empty());
        assert!(forms[..index].iter().all(|earlier| earlier.octets != form.octets && earlier.rule < form.rule));
    }
});
