//! Tags as the gateway makes and proves them: where a provider signs nothing,
//! they are all that proves its calls.

use std::sync::Arc;

use http::{HeaderMap, Method};
use ringproof_delivery::http_gateway::callback::{IncomingCall, NotHeard};
use ringproof_delivery::http_gateway::{HttpGateway, HttpGatewayOptions};
use ringproof_delivery::provider::{Heard, Provider, tag};
use serde_json::json;
use verify::keys::{CallbackKey, Keyring, RootKey};

use super::exchange::{message_id, now};
use super::hostile::Chance;
use super::{aws, infobip, messente};

fn key() -> CallbackKey {
    Keyring::new(&RootKey::from_bytes([1; 32])).callback_key("gate")
}

fn gateway(provider: impl Provider) -> HttpGateway {
    let options = HttpGatewayOptions {
        name: "gate".to_owned(),
        connections: 1,
        messages_per_second: None,
        callback_base: Some("https://otp.example.com/dlr/gate".to_owned()),
        allow_plain_http: false,
    };
    HttpGateway::new(options, Arc::new(provider), key(), Arc::new(now)).expect("it is set up")
}

/// A call as it comes in.
struct Incoming {
    method: Method,
    tag: Option<String>,
    query: &'static str,
    body: String,
}

impl Incoming {
    fn heard_by(&self, gateway: &HttpGateway) -> Result<Heard, NotHeard> {
        gateway.hear(&IncomingCall {
            method: &self.method,
            tag: self.tag.as_deref(),
            query: self.query,
            headers: &HeaderMap::new(),
            body: self.body.as_bytes(),
            now: now(),
        })
    }
}

/// Each change of the tag in the path, a thousand of them.
fn refuses_mutated_tags(gateway: &HttpGateway, mut call: Incoming, seed: u64) {
    let right = tag::make(&key(), message_id());
    call.tag = Some(right.clone());
    let heard = call.heard_by(gateway);
    assert!(matches!(&heard, Ok(Heard::Reports(reports)) if reports.len() == 1), "{heard:?}");
    let mut chance = Chance::new(seed);
    let mut refused = 0;
    while refused < 1_000 {
        let wrong = String::from_utf8_lossy(&chance.mutated(right.as_bytes())).into_owned();
        if wrong == right {
            continue;
        }
        call.tag = Some(wrong);
        assert_eq!(call.heard_by(gateway), Err(NotHeard::NoSuchAddress), "{:?}", call.tag);
        refused += 1;
    }
    call.tag = None;
    assert_eq!(call.heard_by(gateway), Err(NotHeard::NoSuchAddress));
}

#[test]
fn a_thousand_mutated_tags_in_the_path_are_refused() {
    let post = |body: serde_json::Value| Incoming {
        method: Method::POST,
        tag: None,
        query: "",
        body: body.to_string(),
    };
    let receipt = post(json!({ "status": "DELIVRD", "message_id": "m-1", "err": 0 }));
    refuses_mutated_tags(&gateway(messente::messente()), receipt, 14);

    let query = "sms_unique_id=m-1&status=DELIVERED&stat=DELIVRD&err=000";
    let receipt = Incoming { method: Method::GET, tag: None, query, body: String::new() };
    refuses_mutated_tags(&gateway(messente::older()), receipt, 15);

    let status = json!({ "groupName": "DELIVERED", "name": "DELIVERED_TO_HANDSET" });
    let tag = tag::make(&key(), message_id());
    let receipt = post(json!({ "results": [{ "callbackData": tag, "status": status }] }));
    refuses_mutated_tags(&gateway(infobip::infobip()), receipt, 16);
}

/// The events of AWS have their tag in the body, in what is signed.
#[test]
fn a_tag_in_an_event_is_proved_with_the_key_of_the_gateway() {
    let gateway = gateway(aws::envelope::aws_that_knows());
    let heard = |tag: &str| {
        let mut event = aws::envelope::event("TEXT_DELIVERED", true);
        event["context"]["tag"] = tag.into();
        let body = aws::envelope::signed(aws::envelope::notification(&event)).body;
        let body = String::from_utf8(body).expect("it is JSON");
        Incoming { method: Method::POST, tag: None, query: "", body }.heard_by(&gateway)
    };
    let right = tag::make(&key(), message_id());
    let Ok(Heard::Reports(reports)) = heard(&right) else { panic!("it is right") };
    assert_eq!(reports[0].message, message_id());

    let other_key = Keyring::new(&RootKey::from_bytes([1; 32])).callback_key("other");
    assert_eq!(heard(&tag::make(&other_key, message_id())), Err(NotHeard::NotProved));
    assert_eq!(heard(&right[1..]), Err(NotHeard::NotProved));
}
