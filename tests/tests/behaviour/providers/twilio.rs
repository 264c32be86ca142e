//! Twilio Messages.

use super::signatures::{base64, basic, hmac_sha1};
use super::{FORM, PUBLIC, SECRET, Scene, TEXT, checks_head, field, path_of, with_wrong_tag};
use ringproof_blackbox::faults::Faults;
use ringproof_blackbox::http::Request;
use ringproof_blackbox::provider::Provider;
use ringproof_blackbox::text::query;
use ringproof_blackbox::world::U1_NUMBER;

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const MESSAGE: &str = "SM0123456789abcdef0123456789abcdef";

fn scene() -> (Provider, Scene) {
    scene_with("")
}

fn scene_with(more: &str) -> (Provider, Scene) {
    let body = format!(r#"{{"sid":"{MESSAGE}","status":"queued","error_code":null}}"#);
    let provider = Provider::answering(201, &body);
    let keys = format!("account_sid = \"{SID}\"\nbase_url = \"{}\"\n{more}", provider.base_url());
    let scene = Scene::start("twilio", "AUTH_TOKEN", &keys);
    (provider, scene)
}

/// A receipt as Twilio signs it: the address, then names and values in order.
fn receipt(path: &str, status: &str, key: &str) -> Request {
    let mut fields = vec![
        ("AccountSid", SID),
        ("MessageSid", MESSAGE),
        ("MessageStatus", status),
        ("To", U1_NUMBER),
    ];
    fields.sort_unstable();
    let mut signed = format!("{PUBLIC}{path}");
    for (name, value) in &fields {
        signed.extend([*name, *value]);
    }
    let signature = base64(&hmac_sha1(key.as_bytes(), signed.as_bytes()));
    Request::new("POST", path)
        .header("Content-Type", FORM)
        .header("X-Twilio-Signature", &signature)
        .body(query(&fields))
}

#[test]
fn a_message_goes_out_and_its_signed_receipt_is_believed() {
    let (provider, scene) = scene();
    let id = scene.send();
    let asked = provider.next();
    checks_head(&asked, &format!("/2010-04-01/Accounts/{SID}/Messages.json"), FORM);
    assert_eq!(asked.header("authorization"), basic(SID, SECRET));
    let form = asked.form();
    assert_eq!(field(&form, "To"), U1_NUMBER);
    assert_eq!(field(&form, "From"), "Verigator");
    assert_eq!(field(&form, "Body"), TEXT);
    assert_eq!(field(&form, "ContentRetention"), "discard");
    let seconds: u64 = field(&form, "ValidityPeriod").parse().expect("seconds");
    assert!((6..=36_000).contains(&seconds), "{seconds}");
    let path = path_of(field(&form, "StatusCallback"));
    scene.has_state(&id, "OK SENT");

    scene.is_unknown(&receipt(&path, "delivered", "another token"));
    scene.is_unknown(&receipt(&with_wrong_tag(&path), "delivered", SECRET));
    let unsigned = receipt(&path, "delivered", SECRET).without("X-Twilio-Signature");
    scene.is_unknown(&unsigned);
    let mut changed = receipt(&path, "delivered", SECRET);
    changed.body = receipt(&path, "undelivered", SECRET).body;
    scene.is_unknown(&changed);
    scene.has_state(&id, "OK SENT");
    assert_eq!(scene.receipts(), Vec::<String>::new());

    scene.is_heard(&receipt(&path, "sent", SECRET));
    scene.has_state(&id, "OK SENT");
    scene.is_heard(&receipt(&path, "delivered", SECRET));
    scene.has_state(&id, "OK DELIVERED");
    // Once more says nothing new.
    scene.is_heard(&receipt(&path, "delivered", SECRET));
    let receipts = scene.receipts();
    for line in ["state=\"accepted\"} 1", "state=\"delivered\"} 1", "state=\"stale\"} 1"] {
        assert!(receipts.iter().any(|found| found.ends_with(line)), "{line}: {receipts:?}");
    }
    scene.prints_no_secret();
    scene.server.has_printed("a receipt with a right tag was not proved otherwise");
}

#[test]
fn a_body_that_is_too_large_and_other_methods_are_refused() {
    let (provider, scene) = scene();
    scene.send();
    let path = path_of(field(&provider.next().form(), "StatusCallback"));
    let large = Request::new("POST", &path).header("Content-Type", FORM).body(vec![b'a'; 65_537]);
    assert_eq!(scene.call(&large).status, 413);
    for method in ["PUT", "DELETE"] {
        assert_eq!(scene.call(&Request::new(method, &path)).status, 405, "{method}");
    }
    // The tag is right and the call cannot be one of Twilio.
    assert_eq!(scene.call(&Request::new("GET", &path)).status, 400);
    assert_eq!(scene.receipts(), Vec::<String>::new());
}

#[test]
fn a_receipt_that_cannot_be_kept_is_asked_for_again() {
    let inbox = "[[gateway]]\nname = \"inbox\"\nkind = \"inbox\"\nallow_beside_real = true\n";
    let (provider, scene) = scene_with(inbox);
    let id = scene.send();
    let path = path_of(field(&provider.next().form(), "StatusCallback"));
    scene.has_state(&id, "OK SENT");
    let faults = Faults::of(scene.server.address());
    faults.store_is_unavailable(true);
    let receipt = receipt(&path, "delivered", SECRET);
    assert_eq!(scene.call(&receipt).status, 503);
    faults.store_is_unavailable(false);
    scene.has_state(&id, "OK SENT");
    scene.is_heard(&receipt);
    scene.has_state(&id, "OK DELIVERED");
}
