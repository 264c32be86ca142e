//! The worked signatures of `verification-widget.md` 3.1 and 7, and round trips.

use ringproof_client::widget::{
    Answer, AnswerError, Expected, ExpectedV1, RequestError, Signer, Status,
};
use verify::record::{WidgetStatus, WidgetWire};

use super::{CALLBACK, NONCE, NOW, PHONE, SECRET, USER, answered, signer, taken};

#[test]
fn requests_of_version_1_are_signed_as_the_specification_shows() {
    for (phone, sig) in [
        (None, "9bfee034cbbc248e492b8dee3518afff"),
        (Some(PHONE), "bf98e792cec33c5c2a950d6671b57f73"),
    ] {
        let address = signer().request_v1(CALLBACK, phone).unwrap();
        assert!(address.starts_with("https://verify.example/widget?callback_url=https%3A%2F%2F"));
        assert!(address.ends_with(&format!("&user={USER}&version=1&sig={sig}")), "{address}");
        let (wire, request) = taken(&address).unwrap();
        assert_eq!(wire, WidgetWire::Pass);
        assert_eq!(request.phone.map(|phone| phone.as_e164().to_owned()).as_deref(), phone);
    }
}

#[test]
fn answers_of_version_1_are_taken_as_the_specification_shows() {
    for (status, phone, sig) in [
        ("VERIFIED", Some(PHONE), "3d8c81b8161197ff1ad097f01b3a0561"),
        ("CANCELLED", Some(PHONE), "26f4a7bf41132c23aabe06cd1a6ebe2c"),
        ("CANCELLED", None, "97aa25055c6bc5520d04c0addb3446e9"),
    ] {
        let mut fields = vec![("user", USER), ("version", "1"), ("status", status), ("sig", sig)];
        fields.extend(phone.map(|phone| ("phone", phone)));
        let answer = signer().check_answer_v1(&fields, &ExpectedV1::default()).unwrap();
        assert_eq!(answer.verified_phone(), phone.filter(|_| status == "VERIFIED"));
        assert_eq!(answer.vid, None);
        fields.push(("callback_url", CALLBACK));
        let wider = signer().check_answer_v1(&fields, &ExpectedV1::default());
        assert_eq!(wider, Err(AnswerError::Fields));
    }
}

#[test]
fn the_example_of_version_2_is_signed_and_taken() {
    // Its nonce is one of the short ones that this library does not make, so only its
    // signature over the same text is looked at, through the server's rules.
    let pairs: Vec<(String, String)> = [
        ("callback_url", CALLBACK),
        ("exp", "1767226500"),
        ("nonce", "4f1d2c7b9a60e835"),
        ("phone", PHONE),
        ("user", USER),
        ("version", "2"),
        ("sig", "0c15079a720dfcada5921cdbb166b9f623564e8911d3ce073a667d28837724ab"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let secret = verify::widget::signature::WidgetSecret::choose(SECRET).unwrap();
    let wire = verify::widget::signature::check_request(&secret, &pairs);
    assert_eq!(wire, Some(WidgetWire::Two));
    let short = signer().request(CALLBACK).nonce("4f1d2c7b9a60e835").expires_at(1).address();
    assert_eq!(short, Err(RequestError::Nonce));

    // The answer of the specification leaves `vid` out; this library wants it, after the signature.
    let sig = "f6708f3ad5f95fc7a25658b806b0b3901cc22f83ac0d41fa07a2a5d33cb1394b";
    let answer = [
        ("exp", "1767226500"),
        ("nonce", "4f1d2c7b9a60e835"),
        ("phone", PHONE),
        ("status", "VERIFIED"),
        ("user", USER),
        ("version", "2"),
        ("sig", sig),
    ];
    let expected = Expected { nonce: "4f1d2c7b9a60e835", phone: None, now: NOW };
    assert_eq!(signer().check_answer(&answer, &expected), Err(AnswerError::Fields));
    let other = Signer::new("https://verify.example", USER, "demo-pass-9f3b").unwrap();
    assert_eq!(other.check_answer(&answer, &expected), Err(AnswerError::Signature));
}

#[test]
fn a_request_of_version_2_is_taken_with_all_that_it_says() {
    let address = signer()
        .request("https://shop.example/verify/back?order=17&next=%2Fa b".replace(' ', "+").as_str())
        .phone(PHONE)
        .lock_phone()
        .nonce(NONCE)
        .expires_at(NOW + 600)
        .address()
        .unwrap();
    let (wire, request) = taken(&address).unwrap();
    assert_eq!(wire, WidgetWire::Two);
    assert_eq!(
        request.callback_url.as_str(),
        "https://shop.example/verify/back?order=17&next=%2Fa+b"
    );
    assert_eq!(request.phone.unwrap().as_e164(), PHONE);
    assert!(request.is_phone_locked);
    assert_eq!(request.nonce.as_deref(), Some(NONCE));
    assert_eq!(request.expires_at.unwrap().as_second(), NOW + 600);

    let signer = signer();
    let plain = signer.request(CALLBACK).nonce(NONCE).expires_at(NOW + 600);
    assert_eq!(plain.fields().unwrap().len(), 6);
    let (_, request) = taken(&plain.address().unwrap()).unwrap();
    assert!(!request.is_phone_locked && request.phone.is_none());
}

#[test]
fn what_the_server_would_refuse_is_not_signed() {
    let (signer, end) = (signer(), NOW + 600);
    let good = signer.request(CALLBACK).nonce(NONCE).expires_at(end);
    assert!(good.address().is_ok());
    let without_end = signer.request(CALLBACK).nonce(NONCE).address();
    assert_eq!(without_end, Err(RequestError::ExpiresAt));
    assert_eq!(good.clone().lock_phone().address(), Err(RequestError::LockedPhone));
    for phone in
        ["", "37255500123", "+372", "+0725550012", "+37255500199statusVERIFIED", "+372 5550012"]
    {
        assert_eq!(good.clone().phone(phone).address(), Err(RequestError::Phone), "{phone}");
        assert_eq!(signer.request_v1(CALLBACK, Some(phone)), Err(RequestError::Phone));
    }
    let long = "x".repeat(65);
    for nonce in ["", "x", "0123456789abcdefABCDE", "0123456789abcdefABCDE.", &long] {
        assert_eq!(good.clone().nonce(nonce).address(), Err(RequestError::Nonce), "{nonce}");
    }
    for callback in
        ["", "https://", "shop.example", "https://a#b", "https://a b", "https://a\\b", "x:y"]
    {
        assert_eq!(signer.request_v1(callback, None), Err(RequestError::CallbackUrl), "{callback}");
    }
    for base in
        ["", "verify.example", "https://", "https:///x", "https://a?b", "https://a@b", "ftp://a"]
    {
        assert!(Signer::new(base, USER, SECRET).is_err(), "{base}");
    }
    assert!(Signer::new("https://a", "", SECRET).is_err());
    assert!(Signer::new("https://a", USER, "").is_err());
    assert!(!format!("{signer:?}").contains(SECRET));
}

#[test]
fn what_the_server_answers_is_taken() {
    let expected = Expected { nonce: NONCE, phone: Some(PHONE), now: NOW + 10 };
    let fields = answered(WidgetWire::Two, WidgetStatus::Verified, Some(PHONE));
    let wanted = Answer {
        status: Status::Verified,
        phone: Some(PHONE.to_owned()),
        vid: Some("5a".repeat(16)),
    };
    assert_eq!(signer().check_answer(&fields, &expected), Ok(wanted));
    for phone in [None, Some(PHONE)] {
        let fields = answered(WidgetWire::Two, WidgetStatus::Cancelled, phone);
        let answer = signer().check_answer(&fields, &expected).unwrap();
        assert_eq!((answer.status, answer.verified_phone()), (Status::Cancelled, None));
    }
    let fields = answered(WidgetWire::Pass, WidgetStatus::Verified, Some(PHONE));
    let bound = ExpectedV1 { phone: Some(PHONE), callback_url: Some(CALLBACK) };
    let answer = signer().check_answer_v1(&fields, &bound).unwrap();
    assert_eq!(answer.verified_phone(), Some(PHONE));
}
