//! Twilio's calls: its signature and what they say (`delivery.md` 7.2).

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ringproof_delivery::http_gateway::callback::NotHeard;
use ringproof_delivery::http_gateway::{HttpGateway, HttpGatewayOptions};
use ringproof_delivery::provider::twilio::{Twilio, TwilioOptions};
use ringproof_delivery::provider::{Callback, Heard, Provider as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use verify::Timestamp;
use verify::record::{Cause, ReceiptState};

use super::mutations::only_the_true_one_is_heard;
use super::twilio::{ACCOUNT, options, twilio};
use super::{BASE, Call, ID, VECTOR_SECONDS, gateway};

const SIGNATURE: &str = "X-Twilio-Signature";
const TOKEN: &str = "12345";

fn mac(token: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("any length is a key");
    mac.update(text.as_bytes());
    Base64::encode_string(&mac.finalize().into_bytes())
}

/// A call as Twilio signs it, over the address that it called.
fn signed_at(url: &str, token: &str, call: Call) -> Call {
    let fields = url::form_urlencoded::parse(call.body.as_bytes()).into_owned();
    let mut fields: Vec<_> = fields.collect();
    fields.sort();
    let text = fields.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    call.with(SIGNATURE, &mac(token, &text))
}

fn signed(call: Call) -> Call {
    signed_at(&call.url(), TOKEN, call)
}

fn body(status: &str, error: &str) -> String {
    format!(
        "AccountSid={ACCOUNT}&ApiVersion=2010-04-01&From=%2B15005550006\
         &MessageSid=SM00000000000000000000000000000001&MessageStatus={status}&To=%2B37255512345{error}"
    )
}

/// The vector of the contract, whose address has another form than ours.
#[test]
fn the_vector_is_proved() {
    let call = signed(Call::post(&body("delivered", ""))).with("X-Other", "x");
    let heard = |url: &str, signature: &str| {
        let headers = http::HeaderMap::from_iter([(
            http::HeaderName::from_static("x-twilio-signature"),
            signature.parse().expect("it can be sent"),
        )]);
        twilio().callback(&Callback {
            method: &call.method,
            url,
            query: "",
            headers: &headers,
            body: call.body.as_bytes(),
            message: Some(ID),
            prove: &|_| None,
            now: Timestamp::from_second(VECTOR_SECONDS).expect("it is a time"),
        })
    };
    let signature = "H2P5i6ZIsgmHFsZLurNAwFxl1p0=";
    assert!(matches!(
        heard("https://otp.example.com/dlr/twilio/r1", signature),
        Ok(Heard::Reports(_))
    ));
    assert!(heard("https://otp.example.com:443/dlr/twilio/r1", signature).is_ok());
    assert!(heard("https://otp.example.com/dlr/twilio/r2", signature).is_err());
    assert!(heard("http://otp.example.com/dlr/twilio/r1", signature).is_err());
    assert!(
        heard("https://otp.example.com/dlr/twilio/r1", "H2P5i6ZIsgmHFsZLurNAwFxl1p1=").is_err()
    );
}

#[test]
fn a_thousand_changed_calls_are_not_believed() {
    let gateway = gateway(twilio());
    only_the_true_one_is_heard(
        &gateway,
        &signed(Call::post(&body("delivered", "&ErrorCode=30003"))),
    );
}

#[test]
fn tag_and_signature_are_needed_both() {
    let gateway = gateway(twilio());
    let call = signed(Call::post(&body("delivered", "")));
    assert_eq!(call.report(&gateway).message, ID);
    let untagged = signed(Call { tag: None, ..Call::post(&body("delivered", "")) });
    assert_eq!(untagged.heard_by(&gateway), Err(NotHeard::NoSuchAddress));
    let unsigned = Call::post(&body("delivered", ""));
    assert_eq!(unsigned.heard_by(&gateway), Err(NotHeard::NotProved));
    let foreign = signed_at(&call.url(), "12346", Call::post(&body("delivered", "")));
    assert_eq!(foreign.heard_by(&gateway), Err(NotHeard::NotProved));
    let twice = call.clone().with(SIGNATURE, "x");
    assert_eq!(twice.heard_by(&gateway), Err(NotHeard::NotProved), "one signature is enough");
    let other = body("delivered", "").replace("0001&ApiVersion", "0002&ApiVersion");
    let of_other_account = signed(Call::post(&other));
    assert_eq!(of_other_account.heard_by(&gateway), Err(NotHeard::NotProved));
    let get = Call { method: http::Method::GET, ..call };
    assert_eq!(get.heard_by(&gateway), Err(NotHeard::Unreadable("not a POST")));
}

#[test]
fn the_standard_port_may_stand_in_the_address_and_the_secret_may_change() {
    let call = || Call::post(&body("delivered", ""));
    let with_port = call().url().replace("example.com", "example.com:443");
    assert!(signed_at(&with_port, TOKEN, call()).heard_by(&gateway(twilio())).is_ok());
    let base = BASE.replace("example.com", "example.com:443");
    let options_with_port = HttpGatewayOptions { callback_base: Some(base), ..super::options() };
    let gateway_with_port = super::gateway_with(options_with_port, std::sync::Arc::new(twilio()));
    assert!(signed(call()).heard_by(&gateway_with_port).is_ok());
    let both = TwilioOptions { auth_token_other: Some("new".into()), ..options() };
    let both: HttpGateway = gateway(Twilio::new(both).expect("it is set up"));
    for (token, is_heard) in [(TOKEN, true), ("new", true), ("old", false)] {
        let call = signed_at(&call().url(), token, call());
        assert_eq!(call.heard_by(&both).is_ok(), is_heard, "{token}");
    }
}

#[test]
fn a_body_may_be_signed_by_its_hash_in_the_address() {
    let gateway = gateway(twilio());
    let text = body("delivered", "");
    let hash = verify::hex::encode(&Sha256::digest(text.as_bytes()));
    let call = Call { query: format!("bodySHA256={hash}"), ..Call::post(&text) };
    let signature = mac(TOKEN, &call.url());
    let call = call.with(SIGNATURE, &signature);
    only_the_true_one_is_heard(&gateway, &call);
    let changed = Call { body: call.body.replace("delivered", "failed"), ..call };
    assert_eq!(changed.heard_by(&gateway), Err(NotHeard::NotProved));
}

#[test]
fn each_state_and_cause_means_what_the_contract_says() {
    let gateway = gateway(twilio());
    for (status, state) in [
        ("queued", ReceiptState::Accepted),
        ("accepted", ReceiptState::Accepted),
        ("scheduled", ReceiptState::Accepted),
        ("sending", ReceiptState::Accepted),
        ("sent", ReceiptState::Accepted),
        ("delivered", ReceiptState::Delivered),
        ("read", ReceiptState::Delivered),
        ("undelivered", ReceiptState::Undeliverable),
        ("failed", ReceiptState::Undeliverable),
        ("partially_delivered", ReceiptState::Undeliverable),
        ("canceled", ReceiptState::Deleted),
        ("something", ReceiptState::Unknown),
    ] {
        let report = signed(Call::post(&body(status, ""))).report(&gateway);
        assert_eq!((report.state, report.cause, report.code), (state, None, None), "{status}");
        assert_eq!(report.provider_id.as_deref(), Some("SM00000000000000000000000000000001"));
    }
    for (codes, cause) in [
        (&["30003"][..], Cause::DestinationOff),
        (&["30005", "30006"], Cause::DestinationInvalid),
        (&["30004", "30007", "30034", "30010"], Cause::Blocked),
        (&["30008", "39999"], Cause::Unknown),
        (&["30036"], Cause::Expired),
    ] {
        for code in codes {
            let call = Call::post(&body("undelivered", &format!("&ErrorCode={code}")));
            let report = signed(call).report(&gateway);
            assert_eq!((report.cause, report.code.as_deref()), (Some(cause), Some(*code)));
        }
    }
    let hostile = format!("&ErrorCode={}", "9".repeat(5_000));
    let report = signed(Call::post(&body("failed", &hostile))).report(&gateway);
    assert_eq!(report.code.map(|code| code.len()), Some(32));
    let nothing = signed(Call::post(&format!("AccountSid={ACCOUNT}")));
    assert_eq!(nothing.heard_by(&gateway), Err(NotHeard::Unreadable("no MessageStatus")));
}
