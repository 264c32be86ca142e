//! Peers with wishes of their own, and options that cannot be.

use std::sync::Arc;

use ringproof_delivery::Gateway as _;
use ringproof_delivery::smpp::{SmppError, SmppGateway, SmppOptions, SmppTls, Validity};
use smpp::TonNpi;
use smpp::pdu::Message;
use smpp::sender::DefaultAlphabet;

use super::smsc::usual;
use super::{Ears, World, ids, options, text};

async fn sent(content: &str, change: impl FnOnce(&mut SmppOptions)) -> Vec<Message> {
    let world = World::new(usual(), change).await;
    ids(&world.send(text(content)).await);
    world.smsc.submits()
}

#[tokio::test]
async fn a_peer_with_another_alphabet_gets_what_it_can_read() {
    let rows = [
        (DefaultAlphabet::Ascii, "plain 123", 0, b"plain 123".to_vec()),
        (DefaultAlphabet::Ascii, "a@b", 8, b"\0a\0@\0b".to_vec()),
        (DefaultAlphabet::Ascii, "{}", 8, b"\0{\0}".to_vec()),
        (DefaultAlphabet::Latin1, "a@b è", 3, b"a@b \xe8".to_vec()),
        (DefaultAlphabet::Latin1, "5 €", 8, b"\x005\0 \x20\xac".to_vec()),
        (DefaultAlphabet::Gsm, "@", 0, vec![0]),
        (DefaultAlphabet::Gsm, "€", 0, vec![0x1b, 0x65]),
    ];
    for (alphabet, content, coding, octets) in rows {
        let submits = sent(content, |options| options.default_alphabet = alphabet).await;
        let seen = (submits[0].data_coding, submits[0].short_message.clone());
        assert_eq!(seen, (coding, octets), "{alphabet:?} {content}");
    }
}

/// Vectors of `delivery.md` 4.3.
#[tokio::test]
async fn no_character_is_cut_in_two() {
    let lengths = async |content: String| {
        let parts = sent(&content, |_| {}).await;
        parts.iter().map(|part| part.short_message.len() - 6).collect::<Vec<_>>()
    };
    let face = format!("{}\u{1f600}{}", "я".repeat(66), "я".repeat(5));
    assert_eq!(lengths(face).await, [132, 14]);
    let euro = format!("{}€{}", "A".repeat(152), "B".repeat(20));
    assert_eq!(lengths(euro).await, [152, 22]);
    assert_eq!(lengths("я".repeat(71)).await, [134, 8]);
}

#[tokio::test]
async fn latin1_has_room_for_140_characters() {
    let latin1 = |options: &mut SmppOptions| options.default_alphabet = DefaultAlphabet::Latin1;
    assert_eq!(sent(&"A".repeat(140), latin1).await.len(), 1);
    let parts = sent(&"A".repeat(141), latin1).await;
    let lengths: Vec<usize> = parts.iter().map(|part| part.short_message.len()).collect();
    assert_eq!(lengths, [6 + 134, 6 + 7]);
}

#[tokio::test]
async fn a_peer_may_want_septets_packed() {
    let packed = |options: &mut SmppOptions| options.gsm_packed = true;
    let submits = sent("hellohello", packed).await;
    assert_eq!(submits[0].short_message, [0xe8, 0x32, 0x9b, 0xfd, 0x46, 0x97, 0xd9, 0xec, 0x37]);
    let submits = sent(&"A".repeat(161), packed).await;
    assert_eq!(submits[0].short_message.len(), 140);
    assert_eq!(submits[0].short_message[6..10], [0x82, 0xc1, 0x60, 0x30]);
}

#[tokio::test]
async fn codings_kinds_and_services_are_as_the_peer_wants_them() {
    let submits = sent("hello", |options| {
        options.gsm_data_coding = 0xf0;
        options.destination = TonNpi::new(0, 1);
        options.source_rules.letters = TonNpi::new(5, 1);
        options.service_type = "OTP".to_owned();
        options.registered_delivery = 0;
        options.validity = Validity::None;
    })
    .await;
    let submit = &submits[0];
    assert_eq!((submit.data_coding, submit.registered_delivery), (0xf0, 0));
    assert_eq!(submit.destination.ton_npi, TonNpi::new(0, 1));
    assert_eq!(submit.source.ton_npi, TonNpi::new(5, 1));
    assert_eq!(submit.service_type.as_bytes(), b"OTP");
    assert!(submit.validity_period.is_empty());
}

/// SMPP 3.4 §5.2.17: bits 0 and 1 ask for receipts, 16 for notes on the way.
#[tokio::test]
async fn from_a_peer_that_tells_failures_only_no_receipt_is_no_sign() {
    for (asked, is_told, confirms) in
        [(0, false, false), (1, true, true), (2, true, false), (17, true, true)]
    {
        let world = World::new(usual(), |options| options.registered_delivery = asked).await;
        let gateway = &world.gateway;
        assert_eq!((gateway.reports_by_name(), gateway.gives_receipts()), (is_told, is_told));
        assert_eq!(gateway.confirms_delivery(), confirms, "{asked}");
    }
}

fn refused(change: impl FnOnce(&mut SmppOptions)) -> SmppError {
    let mut options = options(2775);
    change(&mut options);
    let made = SmppGateway::new(options, Arc::new(Ears::default()), Arc::new(|| 0));
    made.err().expect("it cannot be set up")
}

#[tokio::test]
async fn options_that_cannot_be_are_refused() {
    let wrong: [fn(&mut SmppOptions); 9] = [
        |options| options.hosts.clear(),
        |options| options.window = 0,
        |options| options.window = 101,
        |options| options.max_binds = 0,
        |options| options.tps = 0,
        |options| options.password = "nine octets".to_owned().into(),
        |options| options.system_id = "a\0b".to_owned(),
        |options| options.service_type = "longer".to_owned(),
        |options| options.hosts[0].host = "192.0.2.1".to_owned(),
    ];
    for change in wrong {
        assert!(matches!(refused(change), SmppError::Option(_)));
    }
    assert!(matches!(refused(|options| options.codes = Some("?".to_owned())), SmppError::Codes(_)));
    let no_pem = SmppTls { ca_pem: Some(b"no certificate".to_vec()), ..SmppTls::default() };
    assert!(matches!(refused(|options| options.tls = Some(no_pem)), SmppError::Tls(_)));
}

#[tokio::test]
async fn a_long_password_and_a_private_link_are_taken_when_they_are_declared() {
    let mut options = options(2775);
    options.hosts[0].host = "192.0.2.1".to_owned();
    options.allow_plain_tcp = true;
    options.password = "nine octets".to_owned().into();
    options.long_password = true;
    assert!(!format!("{options:?}").contains("nine octets"));
    assert!(SmppGateway::new(options, Arc::new(Ears::default()), Arc::new(|| 0)).is_ok());
}
