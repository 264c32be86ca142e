//! Infobip SMS, version 3: each result in a call proves itself.

use super::{SECRET, Scene, TEXT, checks_head, path_of, with_wrong_tag};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::provider::Provider;
use ringproof_blackbox::world::U1_NUMBER;
use serde_json::{Value, json};

#[test]
fn a_message_goes_out_and_its_receipt_is_believed() {
    let answer = json!({ "messages": [{
        "messageId": "theirs-1", "destination": "37255500123",
        "status": { "groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED" },
    }] });
    let provider = Provider::answering(200, &answer.to_string());
    let scene =
        Scene::start("infobip", "API_KEY", &format!("base_url = \"{}\"\n", provider.base_url()));
    let id = scene.send();
    let asked = provider.next();
    checks_head(&asked, "/sms/3/messages", "application/json");
    assert_eq!(asked.header("authorization"), format!("App {SECRET}"));
    let message = &asked.json()["messages"][0];
    assert_eq!(
        (&message["sender"], &message["content"]["text"]),
        (&json!("Verigator"), &json!(TEXT))
    );
    assert_eq!(message["destinations"][0]["to"], U1_NUMBER[1..]);
    assert_eq!(message["options"]["validityPeriod"]["timeUnit"], "MINUTES");
    let ours = message["destinations"][0]["messageId"].as_str().expect("our id").to_owned();
    let webhooks = &message["webhooks"];
    let path = path_of(webhooks["delivery"]["url"].as_str().expect("an address"));
    let tag = webhooks["callbackData"].as_str().expect("the tag").to_owned();
    assert!(path.ends_with(&tag));
    scene.has_state(&id, "OK SENT");

    let receipt = |path: &str, tag: &str, ours: &str| {
        let result = json!({
            "messageId": ours, "to": "37255500123", "callbackData": tag,
            "status": { "groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET" },
            "error": { "groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": false },
        });
        let body: Value = json!({ "results": [result] });
        Request::new("POST", path).header("Content-Type", "application/json").body(body.to_string())
    };
    scene.is_unknown(&receipt(&path, &with_wrong_tag(&tag), &ours));
    scene.is_unknown(&receipt(&with_wrong_tag(&path), &tag, &ours));
    scene.is_unknown(&receipt(&path, &tag, "00000000-0000-4000-8000-000000000000"));
    scene.has_state(&id, "OK SENT");
    assert_eq!(scene.receipts(), Vec::<String>::new());
    scene.is_heard(&receipt(&path, &tag, &ours));
    scene.has_state(&id, "OK DELIVERED");
    scene.prints_no_secret();
}
