//! Vonage's calls: its signature and what they say (`delivery.md` 7.3).

use ringproof_delivery::http_gateway::HttpGateway;
use ringproof_delivery::http_gateway::callback::NotHeard;
use ringproof_delivery::provider::vonage::{
    Vonage, VonageAlgorithm, VonageOptions, VonageSignature,
};
use verify::SignedDuration;
use verify::record::{Cause, ReceiptState};

use super::mutations::only_the_true_one_is_heard;
use super::vonage::options;
use super::{Call, ID, gateway};

/// The vector of the contract.
const FIELDS: &str = "err-code=0&messageId=0C000000217B7F02&msisdn=37255512345&nonce=abc\
                      &status=delivered&timestamp=1795348800&to=MyBrand";
const SHA256: &str = "f62a4dc8d756178f572189ee60ae98d0aa0c78b1dfdd9280f8047673fb501ff2";
const MD5HASH: &str = "a847b6ca104fb576dcf563e2cdfef140";

fn signed_gateway(algorithm: VonageAlgorithm) -> HttpGateway {
    let signature =
        VonageSignature { secret: "secret".into(), secret_other: Some("new".into()), algorithm };
    let options = VonageOptions { callback_signature: Some(signature), ..options() };
    gateway(Vonage::new(options).expect("it is set up"))
}

fn plain_gateway() -> HttpGateway {
    gateway(Vonage::new(options()).expect("it is set up"))
}

/// The vector in the three forms that an account may be set to.
fn forms(sig: &str) -> [Call; 3] {
    let fields = format!("{FIELDS}&sig={sig}");
    let json: serde_json::Map<_, _> = url::form_urlencoded::parse(fields.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
        .collect();
    let json = serde_json::Value::Object(json).to_string();
    [
        Call::get(&fields),
        Call::post(&fields),
        Call::post(&json).with("Content-Type", "application/json; charset=utf-8"),
    ]
}

#[test]
fn the_vectors_are_proved_in_each_form() {
    for (algorithm, sig) in [(VonageAlgorithm::Sha256, SHA256), (VonageAlgorithm::Md5Hash, MD5HASH)]
    {
        let gateway = signed_gateway(algorithm);
        for call in forms(sig).into_iter().chain(forms(&sig.to_ascii_uppercase())) {
            let report = call.report(&gateway);
            assert_eq!((report.message, report.state), (ID, ReceiptState::Delivered));
            assert_eq!(report.provider_id.as_deref(), Some("0C000000217B7F02"));
            assert_eq!((report.cause, report.code), (None, None));
        }
        let other = if sig == SHA256 { MD5HASH } else { SHA256 };
        for call in forms(other) {
            assert_eq!(call.heard_by(&gateway), Err(NotHeard::NotProved));
        }
    }
}

#[test]
fn a_thousand_changed_calls_are_not_believed() {
    let [get, post, _] = forms(SHA256);
    only_the_true_one_is_heard(&signed_gateway(VonageAlgorithm::Sha256), &get);
    only_the_true_one_is_heard(&signed_gateway(VonageAlgorithm::Sha256), &post);
    let [get, ..] = forms(MD5HASH);
    only_the_true_one_is_heard(&signed_gateway(VonageAlgorithm::Md5Hash), &get);
}

#[test]
fn tag_and_signature_are_needed_both_and_the_time_must_be_now() {
    let gateway = signed_gateway(VonageAlgorithm::Sha256);
    for call in forms(SHA256) {
        let untagged = Call { tag: None, ..call.clone() };
        assert_eq!(untagged.heard_by(&gateway), Err(NotHeard::NoSuchAddress));
        for (seconds, is_heard) in [(-300, true), (300, true), (-301, false), (301, false)] {
            let now = call.now + SignedDuration::from_secs(seconds);
            let moved = Call { now, ..call.clone() };
            let expected = if is_heard { None } else { Some(NotHeard::NotProved) };
            assert_eq!(moved.heard_by(&gateway).err(), expected, "{seconds}");
        }
    }
    let unsigned = Call::get(FIELDS);
    assert_eq!(unsigned.heard_by(&gateway), Err(NotHeard::NotProved));
    let twice = Call::get(&format!("{FIELDS}&sig={SHA256}&sig={SHA256}"));
    assert_eq!(twice.heard_by(&gateway), Err(NotHeard::NotProved));
}

/// Both say `&a=1&b=2` when written down to be signed.
#[test]
fn a_border_between_fields_cannot_be_moved_by_signs_in_a_name() {
    let moved = FIELDS
        .replace("&status=delivered&", "%26status%3Ddelivered&")
        .replace("nonce=abc", "nonce%3Dabc");
    let call = Call::get(&format!("{moved}&sig={SHA256}"));
    let gateway = signed_gateway(VonageAlgorithm::Sha256);
    assert_eq!(call.heard_by(&gateway), Err(NotHeard::NotProved));
}

#[test]
fn each_state_and_cause_means_what_the_contract_says() {
    let gateway = plain_gateway();
    for (status, state) in [
        ("accepted", ReceiptState::Accepted),
        ("buffered", ReceiptState::Accepted),
        ("delivered", ReceiptState::Delivered),
        ("expired", ReceiptState::Expired),
        ("failed", ReceiptState::Undeliverable),
        ("rejected", ReceiptState::Rejected),
        ("unknown", ReceiptState::Unknown),
        ("something", ReceiptState::Unknown),
    ] {
        let report = Call::get(&format!("messageId=A&status={status}&err-code=0")).report(&gateway);
        assert_eq!((report.state, report.cause), (state, None), "{status}");
    }
    for (codes, cause) in [
        (&["2", "7"][..], Cause::DestinationOff),
        (&["3", "4", "9", "13", "14"], Cause::DestinationInvalid),
        (&["5", "8", "11", "12"], Cause::Network),
        (&["6", "10", "39", "50", "51", "52", "53", "54"], Cause::Blocked),
        (&["15", "16", "41"], Cause::Account),
        (&["1", "99", "1234"], Cause::Unknown),
    ] {
        for code in codes {
            let report = Call::get(&format!("status=failed&err-code={code}")).report(&gateway);
            assert_eq!((report.cause, report.code.as_deref()), (Some(cause), Some(*code)));
        }
    }
    let numbers = Call::post(r#"{"status":"failed","err-code":2,"messageId":"A"}"#);
    let report = numbers.with("Content-Type", "application/json").report(&gateway);
    assert_eq!(report.cause, Some(Cause::DestinationOff));
}

#[test]
fn a_call_that_names_another_message_or_nothing_is_not_believed() {
    let gateway = plain_gateway();
    let own = format!("status=delivered&client-ref={ID}");
    assert_eq!(Call::get(&own).report(&gateway).message, ID);
    for reference in ["08080808-0808-0808-0808-080808080808", "x", ""] {
        let call = Call::get(&format!("status=delivered&client-ref={reference}"));
        assert_eq!(call.heard_by(&gateway), Err(NotHeard::NotProved), "{reference}");
    }
    let unreadable = |call: Call| matches!(call.heard_by(&gateway), Err(NotHeard::Unreadable(_)));
    assert!(unreadable(Call::get("")));
    assert!(unreadable(Call::get("status=delivered&status=failed")));
    assert!(unreadable(Call::get(&"a=b&".repeat(101))));
    for json in ["", "[]", "null", "{", r#"{"status":{}}"#, r#"{"status":null}"#, "<html>"] {
        assert!(unreadable(Call::post(json).with("Content-Type", "application/json")), "{json}");
    }
}
