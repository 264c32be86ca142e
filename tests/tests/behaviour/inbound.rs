//! Messages from persons, handed on to the account whose number they came to
//! (`sms-api.md` section 10).

use ringproof_blackbox::operator::LOOPBACK_REPORTS;
use ringproof_blackbox::reports::ReportReceiver;
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::world::{CONFIG, U1_NUMBER, World, fixture_folder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;

const SECRET: &str = "inbound-secret-2c9f7710";

/// HMAC-SHA-256 (RFC 2104) in hexadecimal.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
    outer.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn the_signature_of_these_tests_is_that_of_rfc_4231() {
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hmac(b"Jefe", b"what do ya want for nothing?"), expected);
}

/// A world in which the number 1234 belongs to account A.
fn world_with_number(receiver: &ReportReceiver) -> World {
    let folder = fixture_folder("");
    let secret = folder.root().join("secret");
    fs::write(&secret, format!("{SECRET}\n")).expect("our own folder can be written");
    let secret = secret.to_str().expect("temporary folders have plain names").to_owned();
    let url = receiver.url("/inbound");
    folder.write_config(&format!(
        "{CONFIG}{LOOPBACK_REPORTS}[[inbound]]\nnumber = \"1234\"\naccount = \"acme-api\"\n\
         url = {url:?}\nsecret_file = {secret:?}\n"
    ));
    World::start(ServerOptions::dev(folder))
}

#[test]
fn a_message_from_a_person_reaches_the_account_signed() {
    let receiver = ReportReceiver::start(&[503, 200]);
    let world = world_with_number(&receiver);
    let message = json!({ "to": "1234", "from": U1_NUMBER, "text": "STOP õ \"now\"" });
    let answer = world.inbox.post("/dev/inbox/inbound", &message);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let first = receiver.next();
    assert_eq!((first.method.as_str(), first.target.as_str()), ("POST", "/inbound"));
    let signature = hmac(SECRET.as_bytes(), &first.body);
    assert_eq!(first.header("x-messente-signature"), Some(signature.as_str()));
    assert!(first.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
    let body: Value = serde_json::from_slice(&first.body).expect("JSON");
    let told = ["channel", "recipient", "text", "sender"].map(|name| body[name].as_str());
    assert_eq!(
        told,
        [Some("sms"), Some("1234"), Some("STOP õ \"now\""), Some(U1_NUMBER)],
        "{body}"
    );
    for id in ["msg_id", "sub_msg_id"] {
        assert_eq!(body[id].as_str().map(str::len), Some(36), "{body}");
    }
    let time = body["time"].as_str().expect("a time");
    assert!(time.len() == 27 && time.parse::<jiff::Timestamp>().is_ok(), "{time}");
    // The repeat is the same message, so that the account can tell.
    world.wait_until("the first call is noted", |world| {
        world.labelled_metric("ringproof_reports_total", "outcome=\"retried\"") > 0.5
    });
    world.clock.advance(13);
    assert_eq!(receiver.next().body, first.body);
}

#[test]
fn a_message_to_nobodys_number_and_a_broken_one_go_nowhere() {
    let receiver = ReportReceiver::start(&[]);
    let world = world_with_number(&receiver);
    let answer = world
        .inbox
        .post("/dev/inbox/inbound", &json!({ "to": "9", "from": U1_NUMBER, "text": "x" }));
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((answer.status, &body), (200, &json!({ "taken": 0, "unknown": 1 })));
    for bad in [
        json!({ "to": "1234", "from": "nobody", "text": "x" }),
        json!({ "to": "1234", "from": U1_NUMBER, "text": "x".repeat(1531) }),
        json!({ "to": "1234", "text": "x" }),
    ] {
        assert_eq!(world.inbox.post("/dev/inbox/inbound", &bad).status, 422, "{bad}");
    }
    assert_eq!(receiver.connections(), 0);
}
