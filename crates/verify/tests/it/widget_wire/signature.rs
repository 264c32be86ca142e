//! `verification-widget.md` 3.1, 6 and 7; S-74, S-75.

use md5::Digest as _;
use proptest::prelude::*;
use ringproof_verify::entropy::SeededEntropy;
use ringproof_verify::ids::AccountId;
use ringproof_verify::keys::{Keyring, RootKey};
use ringproof_verify::record::{WidgetStatus, WidgetStep, WidgetWire};
use ringproof_verify::widget::signature::{WidgetSecret, answer, check_request};

use super::{CALLBACK, ended, pairs, secret};

const PHONE: &str = "+37255500123";

fn request_1(phone: Option<&str>, sig: &str) -> Vec<(String, String)> {
    let mut request = vec![("version", "1"), ("user", "demouser01"), ("callback_url", CALLBACK)];
    request.extend(phone.map(|phone| ("phone", phone)));
    request.push(("sig", sig));
    pairs(&request)
}

fn field<'a>(fields: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

#[test]
fn requests_of_version_1_have_the_signatures_of_the_specification() {
    let smuggled = "+37255500199statusVERIFIED";
    for (phone, sig, wire) in [
        (None, "9bfee034cbbc248e492b8dee3518afff", WidgetWire::Pass),
        (Some(PHONE), "bf98e792cec33c5c2a950d6671b57f73", WidgetWire::Pass),
        (Some(PHONE), "BF98E792CEC33C5C2A950D6671B57F73", WidgetWire::Pass),
        (Some(PHONE), "5b379af4d67c7505db2aaffd6f1f30eb", WidgetWire::Password),
        (Some(smuggled), "473a81f1045d45cca8fabba2c6d938d6", WidgetWire::Pass),
    ] {
        assert_eq!(check_request(&secret(), &request_1(phone, sig)), Some(wire), "{sig}");
    }
    // S-74, whose secret and account are long.
    let legacy = WidgetSecret::choose("iejfp23oigh230p9gh32pgh2").unwrap();
    let request = pairs(&[
        ("callback_url", "http://mydemo.com/verification/"),
        ("user", "039u230pifj23pg9ih23pgi23"),
        ("version", "1"),
        ("sig", "75024ad39fc4cee828cd103b88b3df40"),
    ]);
    assert_eq!(check_request(&legacy, &request), Some(WidgetWire::Pass));
    assert_eq!(check_request(&secret(), &request), None);
}

#[test]
fn a_wrong_signature_of_any_form_is_refused() {
    let good = "bf98e792cec33c5c2a950d6671b57f73";
    let mut wrong = vec![String::new(), good[1..].to_owned(), format!("{good}0"), good.repeat(2)];
    wrong.extend([" ", "+", "\u{660}", "g"].map(|odd| format!("{odd}{}", &good[1..])));
    for at in 0..good.len() {
        let other = if good.as_bytes()[at] == b'0' { "1" } else { "0" };
        wrong.push(format!("{}{other}{}", &good[..at], &good[at + 1..]));
    }
    for sig in wrong {
        assert_eq!(check_request(&secret(), &request_1(Some(PHONE), &sig)), None, "{sig}");
    }
    let unsigned: Vec<_> =
        request_1(Some(PHONE), good).into_iter().filter(|(name, _)| name != "sig").collect();
    assert_eq!(check_request(&secret(), &unsigned), None);
}

#[test]
fn answers_of_version_1_have_the_signatures_and_exactly_the_fields_of_the_specification() {
    use WidgetStatus::{Cancelled, Verified};
    use WidgetWire::{Pass, Password};
    for (wire, status, phone, sig) in [
        (Pass, Verified, Some(PHONE), "3d8c81b8161197ff1ad097f01b3a0561"),
        (Pass, Cancelled, Some(PHONE), "26f4a7bf41132c23aabe06cd1a6ebe2c"),
        (Pass, Cancelled, None, "97aa25055c6bc5520d04c0addb3446e9"),
        (Password, Verified, Some(PHONE), "dd75386716368578f7d84faae0570c2c"),
    ] {
        let session = ended(wire, status, phone);
        let mut wanted =
            vec![("user", "demouser01"), ("version", "1"), ("status", status.as_str())];
        wanted.extend(phone.map(|phone| ("phone", phone)));
        wanted.push(("sig", sig));
        let wanted: Vec<_> = wanted.iter().map(|(name, value)| (*name, (*value).into())).collect();
        assert_eq!(answer(&secret(), "demouser01", &session, false), Some(wanted.clone()));

        let twice = answer(&secret(), "demouser01", &session, true).unwrap();
        assert_eq!(twice[..wanted.len()], wanted);
        assert_eq!(twice.len(), wanted.len() + 1);
        let mut moved = session.clone();
        moved.callback_url = format!("{CALLBACK}?once=2");
        let moved = answer(&secret(), "demouser01", &moved, true).unwrap();
        assert_ne!(field(&twice, "sig2"), field(&moved, "sig2"));
        assert_eq!(field(&twice, "sig"), field(&moved, "sig"));
    }
}

#[test]
fn the_forged_sets_of_s_75_have_the_honest_signature_which_is_why_parameters_are_strict() {
    let secret = WidgetSecret::choose("k3y-0123456789abcdef").unwrap();
    let sig = "6a53de80d54b8898264affb514288b54";
    let honest = "https://shop.example/?n=callback_urlhttps://evil.example/";
    for callback in [
        vec![("callback_url", honest)],
        vec![
            ("callback_u", "rlhttps://shop.example/?n="),
            ("callback_url", "https://evil.example/"),
        ],
    ] {
        let mut request = callback;
        request.extend([("user", "u1"), ("version", "1"), ("sig", sig)]);
        assert_eq!(check_request(&secret, &pairs(&request)), Some(WidgetWire::Pass));
    }
    // The answers: text equal to the documented one, which only a raw number can have.
    let raw = [
        ("phone", "+37255501000statusVERIFIEDuseru1version1"),
        ("status", "CANCELLED"),
        ("user", "u1"),
        ("version", "1"),
        ("sig", "f0f351fac721e1e3a46d9316646d90a1"),
    ];
    assert_eq!(check_request(&secret, &pairs(&raw)), Some(WidgetWire::Pass));
    let mut session = ended(WidgetWire::Pass, WidgetStatus::Verified, Some("+37255501000"));
    let honest = answer(&secret, "u1", &session, false).unwrap();
    assert_eq!(field(&honest, "sig"), Some("70845354c59059a79d9882fa01d594d1"));
    session.step = WidgetStep::Number;
    assert_eq!(answer(&secret, "u1", &session, false), None);
}

#[test]
fn a_text_lengthened_without_the_secret_is_no_request() {
    // "passk3y-0123456789abcdefphone+37255501000statusVERIFIEDuseru1version1": 70 bytes, padded
    // to 128, then "zzzanything": the padding begins with 0x80, which no text in UTF-8 has there.
    let text = "passk3y-0123456789abcdefphone+37255501000statusVERIFIEDuseru1version1";
    let mut padded = text.as_bytes().to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((text.len() as u64 * 8).to_le_bytes());
    let digest = md5::Md5::digest([padded.as_slice(), b"zzzanything"].concat());
    assert_eq!(ringproof_verify::hex::encode(&digest), "9084cd0ebc9078b6b1476d409aa524ae");
    assert!(std::str::from_utf8(&padded).is_err());
    // However it is decoded, no set of strings has that text.
    let tail = String::from_utf8_lossy(&padded[text.len()..]).into_owned();
    let request = pairs(&[
        ("phone", "+37255501000"),
        ("status", "VERIFIED"),
        ("user", "u1"),
        ("version", &format!("1{tail}")),
        ("zzz", "anything"),
        ("sig", "9084cd0ebc9078b6b1476d409aa524ae"),
    ]);
    let secret = WidgetSecret::choose("k3y-0123456789abcdef").unwrap();
    assert_eq!(check_request(&secret, &request), None);
}

const REQUEST_2: &[(&str, &str)] = &[
    ("callback_url", CALLBACK),
    ("exp", "1767226500"),
    ("nonce", "4f1d2c7b9a60e835"),
    ("phone", PHONE),
    ("user", "demouser01"),
    ("version", "2"),
    ("sig", "0c15079a720dfcada5921cdbb166b9f623564e8911d3ce073a667d28837724ab"),
];

#[test]
fn version_2_is_signed_as_the_specification_shows() {
    assert_eq!(check_request(&secret(), &pairs(REQUEST_2)), Some(WidgetWire::Two));
    let mut backwards = pairs(REQUEST_2);
    backwards.reverse();
    assert_eq!(check_request(&secret(), &backwards), Some(WidgetWire::Two));

    let session = ended(WidgetWire::Two, WidgetStatus::Verified, Some(PHONE));
    let fields = answer(&secret(), "demouser01", &session, true).unwrap();
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["user", "version", "status", "phone", "nonce", "exp", "vid", "sig"]);
    assert_eq!(field(&fields, "exp"), Some("1767226500"));
    assert_eq!(field(&fields, "vid"), Some("5a".repeat(16).as_str()));
    assert_eq!(field(&fields, "sig").map(str::len), Some(64));
}

#[test]
fn nothing_of_a_request_of_version_2_can_be_changed() {
    let other = WidgetSecret::choose("demo-pass-9f3b").unwrap();
    assert_eq!(check_request(&other, &pairs(REQUEST_2)), None);
    for at in 0..REQUEST_2.len() {
        // Left out, renamed, shortened, lengthened, in capitals, with its neighbour's value.
        let (name, value) = REQUEST_2[at];
        let mut changed = vec![None, Some((format!("{name}x"), value.to_owned()))];
        changed.push(Some((name.to_owned(), value[1..].to_owned())));
        changed.push(Some((name.to_owned(), value[..value.len() - 1].to_owned())));
        changed.push(Some((name.to_owned(), format!("{value}&"))));
        changed.push(Some((name.to_owned(), REQUEST_2[(at + 1) % REQUEST_2.len()].1.to_owned())));
        let capitals = value.to_uppercase();
        changed.extend((capitals != value).then(|| Some((name.to_owned(), capitals))));
        for change in changed {
            let mut request = pairs(REQUEST_2);
            match change.clone() {
                Some(pair) => request[at] = pair,
                None => drop(request.remove(at)),
            }
            assert_eq!(check_request(&secret(), &request), None, "{name} {change:?}");
        }
    }
    // Two values joined as the encoding would join them.
    let mut joined = pairs(REQUEST_2);
    joined[1].1 = "1767226500&nonce=4f1d2c7b9a60e835".to_owned();
    joined.remove(2);
    assert_eq!(check_request(&secret(), &joined), None);
}

#[test]
fn an_answer_is_no_request_and_one_version_no_other() {
    for wire in [WidgetWire::Pass, WidgetWire::Password, WidgetWire::Two] {
        let session = ended(wire, WidgetStatus::Verified, Some(PHONE));
        let fields = answer(&secret(), "demouser01", &session, true).unwrap();
        let owned = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
        let mut request: Vec<_> = fields.iter().map(owned).collect();
        if wire == WidgetWire::Two {
            assert_eq!(check_request(&secret(), &request), None);
            continue;
        }
        // With the other version's number, and with each signature in the other's place.
        for (version, sig) in [("1", "sig2"), ("2", "sig"), ("2", "sig2"), ("3", "sig2")] {
            let sig = field(&fields, sig).unwrap().to_owned();
            request.retain(|(name, _)| !matches!(name.as_str(), "version" | "sig" | "sig2"));
            request.extend([("version".into(), version.into()), ("sig".into(), sig)]);
            assert_eq!(check_request(&secret(), &request), None, "{version}");
        }
    }
    let as_one: Vec<_> = pairs(REQUEST_2)
        .into_iter()
        .map(|(name, value)| if name == "version" { (name, "1".into()) } else { (name, value) })
        .collect();
    assert_eq!(check_request(&secret(), &as_one), None);
}

#[test]
fn an_unknown_version_is_told_about_only_under_a_good_signature() {
    let mut request = request_1(None, "");
    request[0].1 = "3".to_owned();
    request.last_mut().unwrap().1 = md5_of(
        "callback_urlhttps://shop.example/verify/backpassdemo-pass-9f3auserdemouser01version3",
    );
    assert_eq!(check_request(&secret(), &request), Some(WidgetWire::Pass));
    request[1].1 = "demouser02".to_owned();
    assert_eq!(check_request(&secret(), &request), None);
}

fn md5_of(text: &str) -> String {
    ringproof_verify::hex::encode(&md5::Md5::digest(text.as_bytes()))
}

#[test]
fn secrets_are_long_and_sealed_for_their_account() {
    let mut entropy = SeededEntropy::new(1);
    let issued = WidgetSecret::issue(&mut entropy);
    assert_eq!(issued.expose().len(), 43);
    assert_ne!(issued.expose(), WidgetSecret::issue(&mut entropy).expose());
    for chosen in
        ["13 characters", "", "with a line\nfeed", "fourteen chars\u{e9}", &"x".repeat(129)]
    {
        assert!(WidgetSecret::choose(chosen).is_err(), "{chosen}");
    }
    assert!(WidgetSecret::choose("x".repeat(128).as_str()).is_ok());
    assert_eq!(format!("{issued:?}"), "WidgetSecret(…)");

    let ring = Keyring::new(&RootKey::from_bytes([7; 32]));
    let (mine, other) = (AccountId::from_i64(1), AccountId::from_i64(2));
    let key = ring.account(mine).seal;
    let sealed = issued.seal(mine, &key, &mut entropy);
    assert_eq!(WidgetSecret::open(mine, &key, &sealed).unwrap().expose(), issued.expose());
    assert!(WidgetSecret::open(other, &key, &sealed).is_err());
    assert!(WidgetSecret::open(other, &ring.account(other).seal, &sealed).is_err());
}

proptest! {
    #[test]
    fn nothing_that_is_sent_makes_the_check_panic(
        request in proptest::collection::vec((".{0,12}|user|sig|version|phone", ".{0,40}|[12]"), 0..20)
    ) {
        check_request(&secret(), &request);
    }
}
