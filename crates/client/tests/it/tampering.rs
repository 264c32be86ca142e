//! Answers that were changed, copied, late, or meant for somebody else.

use proptest::prelude::*;
use ringproof_client::widget::{AnswerError, Expected, ExpectedV1, Signer};
use verify::record::{WidgetStatus, WidgetWire};

use super::{CALLBACK, NONCE, NOW, PHONE, SECRET, answered, signer};

type Fields = Vec<(&'static str, String)>;

fn verified(wire: WidgetWire) -> Fields {
    answered(wire, WidgetStatus::Verified, Some(PHONE))
}

fn check_2(fields: &Fields) -> Result<(), AnswerError> {
    let expected = Expected { nonce: NONCE, phone: Some(PHONE), now: NOW + 10 };
    signer().check_answer(fields, &expected).map(|_| ())
}

fn check_1(fields: &Fields) -> Result<(), AnswerError> {
    let expected = ExpectedV1 { phone: Some(PHONE), callback_url: Some(CALLBACK) };
    signer().check_answer_v1(fields, &expected).map(|_| ())
}

/// Every answer in which one field is left out, given twice, or changed at one end.
fn changes(fields: &Fields) -> Vec<Fields> {
    let mut all = Vec::new();
    for at in 0..fields.len() {
        let with = |value: String| {
            let mut changed = fields.clone();
            changed[at].1 = value;
            changed
        };
        let (_, value) = &fields[at];
        all.extend([with(String::new()), with(format!("{value}0")), with(format!("0{value}"))]);
        all.extend([with(value[1..].to_owned()), with(value[..value.len() - 1].to_owned())]);
        all.push(with(fields[(at + 1) % fields.len()].1.clone()));
        let (mut less, mut twice) = (fields.clone(), fields.clone());
        less.remove(at);
        twice.push(twice[at].clone());
        all.extend([less, twice]);
    }
    all
}

#[test]
fn no_change_of_an_answer_is_taken() {
    let (one, two) = (verified(WidgetWire::Pass), verified(WidgetWire::Two));
    assert_eq!((check_1(&one), check_2(&two)), (Ok(()), Ok(())));
    for changed in changes(&one) {
        assert!(check_1(&changed).is_err(), "{changed:?}");
    }
    for changed in changes(&two) {
        assert!(check_2(&changed).is_err(), "{changed:?}");
    }
    // The order of fields says nothing.
    let reversed = |fields: &Fields| fields.iter().rev().cloned().collect::<Fields>();
    assert_eq!((check_1(&reversed(&one)), check_2(&reversed(&two))), (Ok(()), Ok(())));
}

#[test]
fn no_answer_of_one_version_is_one_of_the_other() {
    let one = verified(WidgetWire::Pass);
    assert!(check_2(&one).is_err());
    assert!(check_1(&verified(WidgetWire::Two)).is_err());
    // An answer of version 1 with all that version 2 asks for, under each of its signatures.
    for sig in ["sig", "sig2"] {
        let sig = one.iter().find(|(name, _)| *name == sig).unwrap().1.clone();
        let mut dressed: Fields = one.clone();
        dressed.retain(|(name, _)| !matches!(*name, "sig" | "sig2" | "version"));
        dressed.extend([("nonce", NONCE.into()), ("exp", (NOW + 300).to_string())]);
        dressed.extend([("vid", "5a".repeat(16)), ("version", "2".into()), ("sig", sig)]);
        assert_eq!(check_2(&dressed), Err(AnswerError::Signature));
    }
    // A request is no answer, though it has nonce and time.
    let signer = signer();
    let request = signer.request(CALLBACK).phone(PHONE).nonce(NONCE).expires_at(NOW + 300);
    let mut request = request.fields().unwrap();
    assert_eq!(check_2(&request), Err(AnswerError::Signature));
    request.extend([("status", "VERIFIED".into()), ("vid", "5a".repeat(16))]);
    assert_eq!(check_2(&request), Err(AnswerError::Signature));
    // The secret under `password` is what this library does not sign with.
    assert_eq!(check_1(&verified(WidgetWire::Password)), Err(AnswerError::Signature));
}

#[test]
fn an_answer_is_for_one_attempt_one_number_one_account_and_five_minutes() {
    let fields = verified(WidgetWire::Two);
    let check = |nonce, phone, after: i64| {
        let now = NOW + after;
        signer().check_answer(&fields, &Expected { nonce, phone, now }).err()
    };
    let other_nonce = "0000000000000000000000";
    assert_eq!(check(NONCE, None, 0), None);
    assert_eq!(check(other_nonce, None, 0), Some(AnswerError::Nonce));
    assert_eq!(check("", None, 0), Some(AnswerError::Nonce));
    assert_eq!(check(NONCE, Some("+37255500124"), 0), Some(AnswerError::Phone));
    assert_eq!(check(NONCE, None, 299), None);
    assert_eq!(check(NONCE, None, 300), Some(AnswerError::Stale));
    assert_eq!(check(NONCE, None, -60), None);
    assert_eq!(check(NONCE, None, -61), Some(AnswerError::Stale));
    assert_eq!(check(NONCE, None, i64::MAX - NOW), Some(AnswerError::Stale));
    let somebody = Signer::new("https://verify.example", "somebody", SECRET).unwrap();
    let expected = Expected { nonce: NONCE, phone: None, now: NOW };
    assert_eq!(somebody.check_answer(&fields, &expected).err(), Some(AnswerError::Other));
}

#[test]
fn a_second_signature_binds_an_answer_of_version_1_to_its_callback_address() {
    let fields = verified(WidgetWire::Pass);
    let at = |callback_url| {
        signer().check_answer_v1(&fields, &ExpectedV1 { phone: None, callback_url }).err()
    };
    assert_eq!((at(None), at(Some(CALLBACK))), (None, None));
    let once_more = format!("{CALLBACK}?once=2");
    assert_eq!(at(Some(&once_more)), Some(AnswerError::SecondSignature));
    let mut bare = fields.clone();
    bare.retain(|(name, _)| *name != "sig2");
    assert_eq!(check_1(&bare), Err(AnswerError::SecondSignature));
}

proptest! {
    #[test]
    fn nothing_that_a_browser_brings_makes_the_checks_panic(
        fields in proptest::collection::vec(
            ("user|version|status|phone|nonce|exp|vid|sig|sig2|.{0,4}", ".{0,40}|[12]|VERIFIED"), 0..20)
    ) {
        let expected = Expected { nonce: NONCE, phone: None, now: NOW };
        prop_assert!(signer().check_answer(&fields, &expected).is_err());
        prop_assert!(signer().check_answer_v1(&fields, &ExpectedV1::default()).is_err());
    }
}
