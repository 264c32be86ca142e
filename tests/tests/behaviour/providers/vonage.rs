//! Vonage SMS, with signed receipts.

use super::signatures::{basic, hex, hmac_sha256};
use super::{FORM, SECRET, Scene, TEXT, checks_head, field, path_of, with_wrong_tag};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::provider::Provider;
use ringproof_blackbox::text::query;
use ringproof_blackbox::world::U1_NUMBER;

const SIGNATURE_SECRET: &str = "signature-5ec2e7";

/// A receipt as Vonage signs it: `&name=value` in order of names.
fn receipt(path: &str, reference: &str, status: &str, key: &str, seconds: i64) -> Request {
    let time = seconds.to_string();
    let mut fields = vec![
        ("msisdn", &U1_NUMBER[1..]),
        ("messageId", "0A0000001"),
        ("status", status),
        ("err-code", "0"),
        ("client-ref", reference),
        ("timestamp", &time),
    ];
    fields.sort_unstable();
    let signed: String =
        fields.iter().flat_map(|(name, value)| ["&", *name, "=", *value]).collect();
    let signature = hex(&hmac_sha256(key.as_bytes(), signed.as_bytes()));
    fields.push(("sig", &signature));
    Request::new("GET", &format!("{path}?{}", query(&fields)))
}

#[test]
fn a_message_goes_out_and_its_signed_receipt_is_believed() {
    let body = concat!(
        r#"{"message-count":"1","messages":[{"to":"37255500123","message-id":"0A0000001","#,
        r#""status":"0","remaining-balance":"1.0","message-price":"0.03","network":"24801"}]}"#
    );
    let provider = Provider::answering(200, body);
    let keys = format!(
        "account_key = \"abcd1234\"\nbase_url = \"{}\"\nsignature_secret_file = \"DIR/signature\"\n",
        provider.base_url()
    );
    let files = [("signature", SIGNATURE_SECRET)];
    let scene = Scene::with_files("vonage", "API_SECRET", &keys, &files);
    let id = scene.send();
    let asked = provider.next();
    checks_head(&asked, "/sms/json", FORM);
    assert_eq!(asked.header("authorization"), basic("abcd1234", SECRET));
    let form = asked.form();
    assert_eq!(field(&form, "to"), &U1_NUMBER[1..]);
    assert_eq!((field(&form, "from"), field(&form, "text")), ("Verigator", TEXT));
    assert_eq!(field(&form, "type"), "unicode");
    assert!(field(&form, "ttl").parse::<u64>().is_ok_and(|ms| ms >= 20_000));
    let reference = field(&form, "client-ref");
    let path = path_of(field(&form, "callback"));
    scene.has_state(&id, "OK SENT");

    let now = jiff::Timestamp::now().as_second();
    let forged = receipt(&path, reference, "delivered", "another secret", now);
    scene.is_unknown(&forged);
    scene.is_unknown(&receipt(&path, reference, "delivered", SIGNATURE_SECRET, now - 301));
    let wrong = with_wrong_tag(&path);
    scene.is_unknown(&receipt(&wrong, reference, "delivered", SIGNATURE_SECRET, now));
    let other = "00000000-0000-4000-8000-000000000000";
    scene.is_unknown(&receipt(&path, other, "delivered", SIGNATURE_SECRET, now));
    scene.has_state(&id, "OK SENT");
    assert_eq!(scene.receipts(), Vec::<String>::new());

    scene.is_heard(&receipt(&path, reference, "delivered", SIGNATURE_SECRET, now));
    scene.has_state(&id, "OK DELIVERED");
    scene.prints_no_secret();
    assert!(!scene.server.printed().contains(SIGNATURE_SECRET));
}
