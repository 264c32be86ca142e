//! The calls of gateways described by their operator (`delivery.md` 7.9).

use base64ct::{Base64, Encoding as _};
use hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use ringproof_delivery::http_gateway::HttpGateway;
use ringproof_delivery::http_gateway::callback::NotHeard;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use verify::SignedDuration;
use verify::hex;
use verify::ids::MessageId;
use verify::record::{Cause, ReceiptState};

use super::generic::{described, generic};
use super::mutations::only_the_true_one_is_heard;
use super::{Call, ID, VECTOR_SECONDS, gateway, own_tag};

const RULES: &str = r#"
id = { json_pointer = "/id" }
code = { json_pointer = "/error" }
states = [
    { when = { json_pointer = "/status", in = ["DELIVRD", 2] }, state = "delivered" },
    { when = { json_pointer = "/status", equals = "UNDELIV" }, state = "undeliverable" },
    { when = { regex = "stat=(REJECTD)" }, state = "rejected" },
]
causes = [
    { when = { json_pointer = "/error", range = [1, 9] }, cause = "dest_off" },
    { when = { json_pointer = "/error" }, cause = "unknown" },
]
"#;

fn hearing(auth: &str) -> HttpGateway {
    let url = "headers.X-Url = \"{{callback_url}}\"\n";
    gateway(generic(&described(&format!("{url}[callback]\n{RULES}{auth}"))))
}

fn json(body: &str) -> Call {
    Call::post(body)
}

fn digest<H: EagerHash>(parts: &[&str]) -> Vec<u8> {
    let mut mac = Hmac::<H>::new_from_slice(b"s3cret").expect("any length is a key");
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

#[test]
fn rules_say_what_became_of_a_message_in_each_form_of_call() {
    let gateway = hearing("auth = \"none\"");
    for (call, state, cause) in [
        (json(r#"{"id":"A","status":"DELIVRD"}"#), ReceiptState::Delivered, None),
        (json(r#"{"id":"A","status":2,"error":null}"#), ReceiptState::Delivered, None),
        (
            json(r#" {"id":"A","status":2}"#).with("Content-Type", "text/plain"),
            ReceiptState::Delivered,
            None,
        ),
        (Call::post("id=A&status=DELIVRD"), ReceiptState::Delivered, None),
        (Call::get("id=A&status=2"), ReceiptState::Delivered, None),
        (
            Call::get("id=A&status=UNDELIV&error=7"),
            ReceiptState::Undeliverable,
            Some((Cause::DestinationOff, "7")),
        ),
        (
            Call::post("id=A&status=UNDELIV&error=10"),
            ReceiptState::Undeliverable,
            Some((Cause::Unknown, "10")),
        ),
        (Call::get("id=A&stat=REJECTD"), ReceiptState::Rejected, None),
        (Call::get("id=A&status=WHATEVER"), ReceiptState::Unknown, None),
        (Call::get("id=A&status=DELIVRD&status=UNDELIV"), ReceiptState::Unknown, None),
    ] {
        let report = call.report(&gateway);
        assert_eq!((report.message, report.state), (ID, state), "{call:?}");
        assert_eq!(report.provider_id.as_deref(), Some("A"), "{call:?}");
        let given = report.cause.zip(report.code.as_deref());
        assert_eq!(given, cause, "{call:?}");
    }
    for call in [json("{"), json(" [1"), Call::post("a=%ff"), Call::get(&"a&".repeat(101))] {
        assert!(matches!(call.heard_by(&gateway), Err(NotHeard::Unreadable(_))), "{call:?}");
    }
}

#[test]
fn who_describes_no_callbacks_hears_none() {
    let gateway = gateway(generic(&described("")));
    assert_eq!(Call::get("a=b").heard_by(&gateway), Err(NotHeard::NotProved));
}

#[test]
fn users_and_tokens_are_asked_for_beside_the_tag() {
    let basic = hearing("auth.basic = { user = \"me\", password = \"s3cret\" }");
    let bearer = hearing("auth.bearer.token = \"s3cret\"");
    let value = format!("Basic {}", Base64::encode_string(b"me:s3cret"));
    for (gateway, value) in [(&basic, value.as_str()), (&bearer, "Bearer s3cret")] {
        let call = Call::get("status=2").with("Authorization", value);
        assert_eq!(call.report(gateway).state, ReceiptState::Delivered);
        only_the_true_one_is_heard_of_headers(gateway, &call);
        let twice = call.with("Authorization", value);
        assert_eq!(twice.heard_by(gateway), Err(NotHeard::NotProved));
        assert_eq!(Call::get("status=2").heard_by(gateway), Err(NotHeard::NotProved));
    }
}

/// Nothing but tag and header is proved there.
fn only_the_true_one_is_heard_of_headers(gateway: &HttpGateway, call: &Call) {
    only_the_true_one_is_heard(gateway, &Call { query: String::new(), ..call.clone() });
}

#[test]
fn each_kind_of_signature_is_proved_and_a_thousand_changes_are_not() {
    let body = r#"{"id":"A","status":"DELIVRD","error":""}"#;
    let call = || json(body);
    let url = call().url();
    let time = VECTOR_SECONDS.to_string();
    let hmac = |algorithm: &str, encoding: &str, over: &str, more: &str| {
        hearing(&format!(
            "[callback.auth.hmac]\nheader = \"X-Sig\"\nsecret = \"old\"\nsecret_other = \"s3cret\"\n\
             algorithm = \"{algorithm}\"\nencoding = \"{encoding}\"\nover = \"{over}\"\n{more}"
        ))
    };
    let base64 = |digest: Vec<u8>| Base64::encode_string(&digest);
    for (gateway, call) in [
        (
            hmac("sha1", "base64", "body", ""),
            call().with("X-Sig", &base64(digest::<Sha1>(&[body]))),
        ),
        (
            hmac("sha256", "base64", "url+body", ""),
            call().with("X-Sig", &base64(digest::<Sha256>(&[&url, body]))),
        ),
        (
            hmac("sha512", "base64", "body", "prefix = \"v1=\""),
            call().with("X-Sig", &format!("v1={}", base64(digest::<Sha512>(&[body])))),
        ),
        (
            hmac("sha256", "base64", "timestamp.body", "timestamp_header = \"X-Time\""),
            call()
                .with("X-Sig", &base64(digest::<Sha256>(&[&time, ".", body])))
                .with("X-Time", &time),
        ),
    ] {
        assert_eq!(call.report(&gateway).state, ReceiptState::Delivered);
        only_the_true_one_is_heard(&gateway, &call);
    }
    let gateway = hmac("sha256", "hex", "body", "");
    let sig = hex::encode(&digest::<Sha256>(&[body]));
    for sig in [sig.clone(), sig.to_ascii_uppercase()] {
        assert!(call().with("X-Sig", &sig).heard_by(&gateway).is_ok());
    }
    for sig in ["", "0", &sig[1..], &format!("{sig}0"), &base64(digest::<Sha256>(&[body]))] {
        assert_eq!(call().with("X-Sig", sig).heard_by(&gateway), Err(NotHeard::NotProved));
    }
}

#[test]
fn a_signed_time_must_be_now_and_a_query_that_is_not_signed_says_nothing() {
    let gateway = hearing(
        "[callback.auth.hmac]\nheader = \"X-Sig\"\nsecret = \"s3cret\"\nalgorithm = \"sha256\"\n\
         encoding = \"hex\"\nover = \"timestamp.body\"\ntimestamp_header = \"X-Time\"\n\
         tolerance_seconds = 60",
    );
    let time = VECTOR_SECONDS.to_string();
    let sign = |time: &str| hex::encode(&digest::<Sha256>(&[time, ".", "status=2"]));
    let call = Call::post("status=2").with("X-Sig", &sign(&time)).with("X-Time", &time);
    for (seconds, is_heard) in [(60, true), (-60, true), (61, false), (-61, false)] {
        let now = call.now + SignedDuration::from_secs(seconds);
        let moved = Call { now, ..call.clone() };
        assert_eq!(moved.heard_by(&gateway).is_ok(), is_heard, "{seconds}");
    }
    for time in ["", "now", "99999999999999999999"] {
        let call = Call::post("status=2").with("X-Sig", &sign(time)).with("X-Time", time);
        assert_eq!(call.heard_by(&gateway), Err(NotHeard::NotProved), "{time}");
    }
    let over_body = hearing(
        "[callback.auth.hmac]\nheader = \"X-Sig\"\nsecret = \"s3cret\"\nalgorithm = \"sha256\"\n\
         encoding = \"hex\"\nover = \"body\"",
    );
    let of_nothing = hex::encode(&digest::<Sha256>(&[""]));
    let call = Call::get("status=2").with("X-Sig", &of_nothing);
    assert_eq!(call.heard_by(&over_body), Err(NotHeard::NotProved));
}

#[test]
fn a_gateway_that_calls_one_address_tells_the_message_by_tag_or_proves_more() {
    let description = |auth: &str| {
        described(&format!(
            "headers.X-Ref = \"{{{{tag}}}}\"\n[callback]\nmessage.json_pointer = \"/ref\"\n{RULES}{auth}"
        ))
    };
    let by_tag = gateway(generic(&description("auth = \"none\"")));
    let call =
        |reference: &str| Call { tag: None, ..Call::get(&format!("status=2&ref={reference}")) };
    assert_eq!(call(&own_tag()).report(&by_tag).message, ID);
    for wrong in [ID.to_string(), String::new(), own_tag().to_lowercase()] {
        assert_eq!(call(&wrong).heard_by(&by_tag), Err(NotHeard::NotProved), "{wrong}");
    }
    let nothing = Call { tag: None, ..Call::get("status=2") };
    assert_eq!(nothing.heard_by(&by_tag), Err(NotHeard::Unreadable("no message")));
    let by_token = gateway(generic(&description("auth.bearer.token = \"t\"")));
    let other = MessageId::from_bytes([9; 16]);
    let proved = call(&other.to_string()).with("Authorization", "Bearer t");
    assert_eq!(proved.report(&by_token).message, other);
    assert_eq!(call(&own_tag()).heard_by(&by_token), Err(NotHeard::NotProved));
}
