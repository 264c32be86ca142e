//! The widget through the client: made with a nonce and the time, checked, confirmed.

use ringproof_client::ErrorKind;
use ringproof_client::widget::Status;

use super::fake::{Act, Fake, answer, client};

const VID: &str = "6f0f9b1c2d3e4f5061728394a5b6c7d8";
const CALLBACK: &str = "https://shop.example/verify/back";

#[tokio::test]
async fn a_request_has_a_nonce_of_its_own_and_shows_no_number() {
    let ringproof = client(&["http://127.0.0.1:1"]);
    let request = ringproof.widget().request(CALLBACK, Some("00372 555 00 123")).expect("signed");
    let other = ringproof.widget().request(CALLBACK, None).expect("signed");
    assert_ne!(request.nonce, other.nonce);
    assert_eq!(request.nonce.len(), 32);
    let address = request.address();
    assert!(address.starts_with("http://127.0.0.1:1/widget?callback_url=https%3A"), "{address}");
    assert!(address.contains("&phone=%2B37255500123&"), "{address}");
    assert!(!format!("{request:?}").contains("55500123"));
    for phone in ["12", "+372 (0) 55500123", "user"] {
        let error = ringproof.widget().request(CALLBACK, Some(phone)).expect_err("no number");
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidData, Some("phone")));
    }
}

#[tokio::test]
async fn a_forged_answer_is_an_error_of_the_family() {
    let ringproof = client(&["http://127.0.0.1:1"]);
    let forged = [("user", "shop"), ("version", "2"), ("status", "VERIFIED"), ("sig", "00")];
    let error = ringproof.widget().check(&forged, "a nonce", None).expect_err("forged");
    assert_eq!((error.kind(), error.reason()), (ErrorKind::InvalidAnswer, Some("signature")));
}

#[tokio::test]
async fn an_answer_is_confirmed_once() {
    let body = format!(
        r#"{{"vid":"{VID}","status":"VERIFIED","phone":"+37255500123","user":"shop","version":2,
        "nonce":"4f1d2c7b9a60e8354f1d2c7b","callback_url":"{CALLBACK}",
        "finished_at":"2026-11-26T21:15:45.809Z"}}"#
    );
    let server = Fake::saying(answer(200, "", &body)).await;
    let confirmed = client(&[&server.url]).widget().confirm(VID).await.expect("confirmed");
    assert_eq!(confirmed.status, Status::Verified);
    assert_eq!(confirmed.verified_phone(), Some("+37255500123"));
    assert!(!format!("{confirmed:?}").contains("55500123"));
    assert!(server.requests()[0].starts_with("POST /v1/widget/confirm HTTP/1.1\r\n"));
    assert!(server.requests()[0].ends_with(&format!("{{\"vid\":\"{VID}\"}}")));

    let again = r#"{"message":"it was confirmed before","code":"already_confirmed"}"#;
    let server = Fake::of(move |_| Act::Says(answer(409, "", again))).await;
    let error = client(&[&server.url]).widget().confirm(VID).await.expect_err("once");
    assert_eq!(error.kind(), ErrorKind::ResourceAlreadyExists);
    let other = client(&[&server.url]).widget().confirm("no vid").await.expect_err("none");
    assert_eq!((other.kind(), server.count()), (ErrorKind::NoSuchResource, 1));
}
