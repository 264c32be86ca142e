//! The example of RFC 8291 §5 and appendix A, octet by octet, and the bounds.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ringproof_delivery::limits::PUSH_PLAINTEXT_BYTES_MAX;
use ringproof_delivery::push::SubscriptionKeys;
use ringproof_delivery::push::encrypt::{EncryptFault, KeysRefusal, encrypt};
use verify::Entropy;
use verify::entropy::SeededEntropy;

use super::receiver::App;

const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const ONE_TIME_KEY: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
                    mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
                    pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

fn decode(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// Gives what it was told, and nothing more.
struct Told(Vec<u8>);

impl Entropy for Told {
    fn fill(&mut self, out: &mut [u8]) {
        assert!(out.len() <= self.0.len(), "more is drawn than the example has");
        let rest = self.0.split_off(out.len());
        out.copy_from_slice(&self.0);
        self.0 = rest;
    }
}

#[test]
fn the_example_of_the_standard_is_met() {
    let keys = SubscriptionKeys::parse(P256DH, AUTH).unwrap();
    let mut entropy = Told([decode(ONE_TIME_KEY), decode(SALT)].concat());
    let text = b"When I grow up, I want to be a watermelon";
    let body = encrypt(&keys, text, &mut entropy).unwrap();
    assert_eq!(Base64UrlUnpadded::encode_string(&body), BODY);
    assert!(entropy.0.is_empty());
}

#[test]
fn what_was_drawn_is_no_key_and_the_next_is_taken() {
    let keys = SubscriptionKeys::parse(P256DH, AUTH).unwrap();
    // Zero, and the order of the group or more.
    let no_keys = [vec![0; 32], vec![0xff; 32]].concat();
    let mut entropy = Told([no_keys, decode(ONE_TIME_KEY), decode(SALT)].concat());
    let text = b"When I grow up, I want to be a watermelon";
    let body = encrypt(&keys, text, &mut entropy).unwrap();
    assert_eq!(Base64UrlUnpadded::encode_string(&body), BODY);

    let fault = encrypt(&keys, b"x", &mut Told(vec![0; 1_000]));
    assert_eq!(fault, Err(EncryptFault::NoKey));
}

#[test]
fn a_message_of_any_allowed_length_is_read_by_the_app_and_fits_one_record() {
    for octets in [0, 1, 44, PUSH_PLAINTEXT_BYTES_MAX] {
        let app = App::new();
        let (p256dh, auth) = app.keys();
        let keys = SubscriptionKeys::parse(&p256dh, &auth).unwrap();
        let text: Vec<u8> = (0..octets).map(|at| u8::try_from(at % 256).unwrap()).collect();
        let body = encrypt(&keys, &text, &mut SeededEntropy::new(3)).unwrap();
        assert_eq!(body.len(), octets + 103);
        assert!(body.len() <= 4_096);
        assert_eq!(app.read(&body), Ok(text));
    }
    let keys = SubscriptionKeys::parse(P256DH, AUTH).unwrap();
    let text = vec![0; PUSH_PLAINTEXT_BYTES_MAX + 1];
    assert_eq!(encrypt(&keys, &text, &mut SeededEntropy::new(3)), Err(EncryptFault::TooLong));
}

#[test]
fn only_the_app_that_subscribed_reads_a_message() {
    let (app, other) = (App::new(), App::new());
    let (p256dh, auth) = app.keys();
    let (_, other_auth) = other.keys();
    let send = |p256dh: &str, auth: &str| {
        let keys = SubscriptionKeys::parse(p256dh, auth).unwrap();
        encrypt(&keys, b"x", &mut SeededEntropy::new(3)).unwrap()
    };
    let body = send(&p256dh, &other_auth);
    assert_eq!(app.read(&body), Err("the record does not open".to_owned()));
    assert_eq!(other.read(&send(&p256dh, &auth)), Err("the record does not open".to_owned()));

    let app = App::new();
    let (p256dh, auth) = app.keys();
    let mut body = send(&p256dh, &auth);
    *body.last_mut().unwrap() ^= 1;
    assert_eq!(app.read(&body), Err("the record does not open".to_owned()));
}

#[test]
fn each_message_has_a_key_and_a_salt_of_its_own() {
    let keys = SubscriptionKeys::parse(P256DH, AUTH).unwrap();
    let mut entropy = SeededEntropy::new(3);
    let first = encrypt(&keys, b"x", &mut entropy).unwrap();
    let second = encrypt(&keys, b"x", &mut entropy).unwrap();
    assert_ne!(first[..16], second[..16]);
    assert_ne!(first[21..86], second[21..86]);
}

#[test]
fn keys_that_are_none_are_refused() {
    let (point, auth) = (decode(P256DH), decode(AUTH));
    assert!(SubscriptionKeys::new(&point, &auth).is_ok());
    let mut off_the_curve = point.clone();
    off_the_curve[64] ^= 1;
    let hybrid = [&[6], &point[1..]].concat();
    let compressed = [&[2], &point[1..33]].concat();
    let beyond_the_field = [&[4][..], &[0xff; 64]].concat();
    let longer = [&point[..], &[0]].concat();
    let infinity = [0; 65];
    for bad in
        [&off_the_curve, &hybrid, &compressed, &beyond_the_field, &longer, &[][..], &[0], &infinity]
    {
        let refusal = SubscriptionKeys::new(bad, &auth).err();
        assert_eq!(refusal, Some(KeysRefusal::PublicKey), "{bad:?}");
    }
    for bad in [&auth[..15], &[&auth[..], &[0]].concat(), &[]] {
        assert_eq!(SubscriptionKeys::new(&point, bad).err(), Some(KeysRefusal::Auth));
    }
    let long = "A".repeat(100_000);
    for bad in [&P256DH[1..], "", "=", &format!("{P256DH}="), &P256DH.replace('-', "+"), &long] {
        let refusal = SubscriptionKeys::parse(bad, AUTH).err();
        assert_eq!(refusal, Some(KeysRefusal::PublicKey), "{bad}");
    }
    for bad in
        ["", "BTBZMqHH6r4Tts7J_aSIg", "BTBZMqHH6r4Tts7J/aSIgg", "BTBZMqHH6r4Tts7J_aSIgg==", &long]
    {
        assert_eq!(SubscriptionKeys::parse(P256DH, bad).err(), Some(KeysRefusal::Auth), "{bad}");
    }
    let keys = SubscriptionKeys::new(&point, &auth).unwrap();
    assert_eq!(format!("{keys:?}"), "SubscriptionKeys(…)");
}
