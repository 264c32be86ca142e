//! Senders and destinations (`delivery.md` 3.5).

use ringproof_smpp::sender::{
    AddressRefusal, DESTINATION, DefaultAlphabet, SourceRules, destination,
};
use ringproof_smpp::{TonNpi, validity};

fn check(rules: &SourceRules, sender: &str, ton_npi: (u8, u8), octets: &[u8]) {
    let address = rules.source(sender).unwrap_or_else(|refusal| panic!("{sender}: {refusal}"));
    assert_eq!((address.ton_npi.ton, address.ton_npi.npi), ton_npi, "{sender}");
    assert_eq!(address.octets.as_bytes(), octets, "{sender}");
}

#[test]
fn each_sort_of_sender_has_its_kind_and_plan() {
    let rules = SourceRules::default();
    check(&rules, "MyBrand", (5, 0), b"MyBrand");
    check(&rules, "A", (5, 0), b"A");
    check(&rules, "Shop 24/7 x", (5, 0), b"Shop 24/7 x");
    check(&rules, "+12025550123", (1, 1), b"12025550123");
    check(&rules, "12025550", (1, 1), b"12025550");
    check(&rules, "123456789012345", (1, 1), b"123456789012345");
    check(&rules, "123", (3, 0), b"123");
    check(&rules, "0123456", (3, 0), b"0123456");
}

#[test]
fn what_is_no_sender_is_refused_by_name() {
    let rules = SourceRules::default();
    for (sender, refusal) in [
        ("", AddressRefusal::Empty),
        ("+", AddressRefusal::Empty),
        ("TwelveLetter", AddressRefusal::TooManyCharacters),
        ("1", AddressRefusal::NoNumber),
        ("12", AddressRefusal::NoNumber),
        ("+1234567", AddressRefusal::NoNumber),
        ("1234567890123456", AddressRefusal::NoNumber),
        ("01234567", AddressRefusal::NoNumber),
        ("123-456", AddressRefusal::NoLetter),
        (" ", AddressRefusal::NoLetter),
        ("Ivan\n", AddressRefusal::Character { character: '\n' }),
        ("A\u{1b}B", AddressRefusal::Character { character: '\u{1b}' }),
        ("A\0B", AddressRefusal::Character { character: '\0' }),
        ("Bränd€", AddressRefusal::Character { character: '€' }),
        ("Код", AddressRefusal::Character { character: 'К' }),
        ("A[b]", AddressRefusal::Character { character: '[' }),
        ("a@b", AddressRefusal::Character { character: '@' }),
    ] {
        assert_eq!(rules.source(sender), Err(refusal), "{sender:?}");
    }
}

#[test]
fn letters_are_written_in_the_alphabet_of_the_peer() {
    let rules = |alphabet| SourceRules { alphabet, ..SourceRules::default() };
    let (gsm, ascii, latin1) = (
        rules(DefaultAlphabet::Gsm),
        rules(DefaultAlphabet::Ascii),
        rules(DefaultAlphabet::Latin1),
    );
    check(&gsm, "Ünal_$à", (5, 0), &[0x5E, b'n', b'a', b'l', 0x11, 0x02, 0x7F]);
    check(&gsm, "Δ", (5, 0), &[0x10]);
    check(&ascii, "a@b_$", (5, 0), b"a@b_$");
    check(&latin1, "Ünal@", (5, 0), &[0xDC, b'n', b'a', b'l', b'@']);
    let unknown = |character| Err(AddressRefusal::Character { character });
    assert_eq!(ascii.source("Ünal"), unknown('Ü'));
    assert_eq!(latin1.source("Δ"), unknown('Δ'));
    assert_eq!(latin1.source("ç"), unknown('ç'), "phones could not show it");
}

#[test]
fn the_profile_of_a_peer_is_followed() {
    let rules = SourceRules {
        short_code: TonNpi::new(6, 0),
        national: Some(TonNpi::new(2, 1)),
        ..SourceRules::default()
    };
    check(&rules, "70007", (6, 0), b"70007");
    check(&rules, "07700900123", (2, 1), b"07700900123");
    check(&rules, "+447700900123", (1, 1), b"447700900123");
}

#[test]
fn a_destination_is_a_number_without_plus() {
    let address = destination("+12025550123", DESTINATION).unwrap();
    assert_eq!(
        (address.ton_npi, address.octets.as_bytes()),
        (TonNpi::new(1, 1), &b"12025550123"[..])
    );
    assert_eq!(destination("12025550123", TonNpi::new(0, 1)).unwrap().ton_npi, TonNpi::new(0, 1));
    for number in ["+1 202", "++1", "0202", "1234567890123456", "+12a", "x", "+١٢٣"] {
        assert_eq!(destination(number, DESTINATION), Err(AddressRefusal::NoNumber), "{number}");
    }
    assert_eq!(destination("+", DESTINATION), Err(AddressRefusal::Empty));
}

#[test]
fn validity_is_rounded_up_to_a_minute() {
    for (seconds, written) in [
        (0, "000000000100000R"),
        (60, "000000000100000R"),
        (61, "000000000200000R"),
        (300, "000000000500000R"),
        (3_600, "000000010000000R"),
        (86_399, "000001000000000R"),
        (90_061, "000001010200000R"),
        (u64::MAX, "000031000000000R"),
    ] {
        assert_eq!(validity::relative(seconds).to_string(), written, "{seconds} s");
    }
}
