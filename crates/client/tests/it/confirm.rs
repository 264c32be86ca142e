//! Confirmation from server to server.

use proptest::prelude::*;
use ringproof_client::widget::Status;
use ringproof_client::widget::confirm::{Call, Confirmed};

const VID: &str = "6f0f9b1c2d3e4f5061728394a5b6c7d8";

fn answer(change: impl Fn(&str) -> String) -> Result<Confirmed, impl std::error::Error> {
    let json = format!(
        r#"{{"vid":"{VID}","status":"VERIFIED","phone":"+37255500123","user":"shop","version":2,
        "nonce":"4f1d2c7b9a60e8354f1d2c7b","callback_url":"https://shop.example/verify/back",
        "finished_at":"2026-11-26T21:15:45.809Z"}}"#
    );
    Confirmed::parse(&change(&json), &Call::of(VID).expect("a vid"))
}

#[test]
fn a_call_is_a_path_and_a_body() {
    assert_eq!(Call::PATH, "/v1/widget/confirm");
    assert_eq!(Call::of(VID).unwrap().body(), format!(r#"{{"vid":"{VID}"}}"#));
    for vid in [
        "",
        "6f",
        &VID.to_uppercase(),
        &format!("{VID}0"),
        &VID.replace('6', "\""),
        "g".repeat(32).as_str(),
    ] {
        assert_eq!(Call::of(vid), None, "{vid}");
    }
}

#[test]
fn the_answer_of_the_server_is_read() {
    let confirmed = answer(str::to_owned).unwrap();
    assert_eq!(confirmed.status, Status::Verified);
    assert_eq!(confirmed.phone.as_deref(), Some("+37255500123"));
    assert_eq!((confirmed.user.as_str(), confirmed.version), ("shop", 2));
    assert_eq!(confirmed.nonce.as_deref(), Some("4f1d2c7b9a60e8354f1d2c7b"));
    assert_eq!(confirmed.callback_url, "https://shop.example/verify/back");
    assert_eq!(confirmed.finished_at, "2026-11-26T21:15:45.809Z");
    let old = answer(|json| {
        json.replace("2,", "\"1\",")
            .replace("\"4f1d2c7b9a60e8354f1d2c7b\"", "null")
            .replace("VERIFIED", "CANCELLED")
            .replace("\"phone\":\"+37255500123\",", "")
    });
    let old = old.unwrap();
    assert_eq!((old.status, old.version, old.nonce, old.phone), (Status::Cancelled, 1, None, None));
}

#[test]
fn another_text_confirms_nothing() {
    for (from, to) in [
        (VID, "00000000000000000000000000000000"),
        ("VERIFIED", "verified"),
        ("\"version\":2", "\"version\":3"),
        ("\"+37255500123\"", "37255500123"),
        ("\"user\":\"shop\",", ""),
        ("{", "[{"),
        ("}", ""),
    ] {
        assert!(answer(|json| json.replace(from, to)).is_err(), "{from}");
    }
    assert!(answer(|json| format!("{json}{}", " ".repeat(20_000))).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        prop_assert!(answer(|_| text.clone()).is_err());
    }
}
