//! Messente: both of its interfaces. Neither signs; the tag proves.

use super::signatures::basic;
use super::{FORM, SECRET, Scene, TEXT, checks_head, field, path_of, with_wrong_tag};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::provider::Provider;
use ringproof_blackbox::world::U1_NUMBER;
use serde_json::json;

#[test]
fn a_message_goes_out_and_its_receipt_is_believed() {
    let body = r#"{"messages":[{"channel":"sms","message_id":"m-1","sender":"Verigator"}],"omnimessage_id":"o-1","to":"+37255500123"}"#;
    let provider = Provider::answering(201, body);
    let keys = format!("username = \"user\"\nbase_url = \"{}\"\n", provider.base_url());
    let scene = Scene::start("messente", "PASSWORD", &keys);
    let id = scene.send();
    let asked = provider.next();
    checks_head(&asked, "/v1/omnimessage", "application/json");
    assert_eq!(asked.header("authorization"), basic("user", SECRET));
    let mut body = asked.json();
    let path = path_of(body["dlr_url"].as_str().expect("an address"));
    assert!(body["messages"][0]["ttl"].take().as_u64().is_some_and(|ttl| ttl > 0));
    assert_eq!(
        body,
        json!({
            "to": U1_NUMBER, "dlr_url": body["dlr_url"], "text_store": "nostore", "priority": "high",
            "messages": [
                { "channel": "sms", "sender": "Verigator", "text": TEXT, "ttl": null, "autoconvert": "off" }
            ],
        })
    );
    let receipt = |path: &str| {
        let body = json!({ "status": "DELIVRD", "message_id": "m-1", "err": "0", "error": null });
        Request::new("POST", path).header("Content-Type", "application/json").body(body.to_string())
    };
    scene.is_unknown(&receipt(&with_wrong_tag(&path)));
    scene.is_unknown(&receipt("/dlr/gw"));
    scene.has_state(&id, "OK SENT");
    assert_eq!(scene.receipts(), Vec::<String>::new());
    scene.is_heard(&receipt(&path));
    scene.has_state(&id, "OK DELIVERED");
    scene.prints_no_secret();
}

#[test]
fn the_older_interface_gets_a_form_and_tells_in_a_query() {
    let provider = Provider::answering(200, "OK d4bd1dbbfe7b1b1b1e0d9e2d3a4b5c6d7e8f9a0b");
    let keys = format!(
        "username = \"user\"\nbase_url = \"{0}\"\nbackup_url = \"{0}\"\n",
        provider.base_url()
    );
    let scene = Scene::start("messente-older", "PASSWORD", &keys);
    let id = scene.send();
    let asked = provider.next();
    checks_head(&asked, "/send_sms", FORM);
    let form = asked.form();
    for (name, value) in [
        ("username", "user"),
        ("password", SECRET),
        ("to", U1_NUMBER),
        ("from", "Verigator"),
        ("text", TEXT),
        ("text-store", "nostore"),
    ] {
        assert_eq!(field(&form, name), value);
    }
    let path = path_of(field(&form, "dlr-url"));
    let told = "?sms_unique_id=d4bd&status=FAILED&stat=UNDELIV&err=006";
    scene.is_unknown(&Request::new("GET", &format!("{}{told}", with_wrong_tag(&path))));
    scene.has_state(&id, "OK SENT");
    scene.is_heard(&Request::new("GET", &format!("{path}{told}")));
    scene.has_state(&id, "OK FAILED");
    scene.prints_no_secret();
}
