//! A provider by description: the request by template, the receipt by rules, its signature by a secret from a file.

use super::signatures::{hex, hmac_sha256};
use super::{SECRET, Scene, TEXT, checks_head, path_of, with_wrong_tag};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::provider::Provider;
use ringproof_blackbox::world::U1_NUMBER;
use serde_json::json;

const SIGNING: &str = "the other 5ec2e7";

fn description(url: &str) -> String {
    format!(
        r#"url = "{url}/send/{{{{var.plan}}}}"
headers = {{ Authorization = "Bearer {{{{var.key}}}}" }}

[body]
json = '{{"to":"{{{{to_plus}}}}","from":"{{{{from}}}}","text":"{{{{text}}}}","back":"{{{{callback_url}}}}","ttl":{{{{validity_s}}}}}}'

[vars]
plan = "a b"

[[results]]
when = {{ http = 200, json_pointer = "/id" }}
outcome = "accepted"
id = {{ json_pointer = "/id" }}

[callback]
states = [
    {{ when = {{ json_pointer = "/is", equals = "there" }}, state = "delivered" }},
    {{ when = {{ json_pointer = "/is", equals = "lost" }}, state = "undeliverable" }},
]

[callback.auth.hmac]
header = "X-Signature"
prefix = "sha256="
secret = "{{{{var.signing}}}}"
algorithm = "sha256"
encoding = "hex"
over = "body"
"#
    )
}

#[test]
fn a_message_goes_out_as_described_and_its_signed_receipt_is_believed() {
    let provider = Provider::answering(200, r#"{"id":"g-1"}"#);
    let keys = "description_file = \"DIR/gw.toml\"\n\
                var_files = [\"key=DIR/key\", \"signing=DIR/signing\"]\n";
    let description = description(&provider.base_url());
    let files = [("gw.toml", description.as_str()), ("key", SECRET), ("signing", SIGNING)];
    let scene = Scene::with_files("generic", "", keys, &files);
    let id = scene.send();
    let asked = provider.next();
    checks_head(&asked, "/send/a%20b", "application/json");
    assert_eq!(asked.header("authorization"), format!("Bearer {SECRET}"));
    let mut body = asked.json();
    assert!(body["ttl"].take().as_u64().is_some_and(|ttl| ttl > 0));
    let path = path_of(body["back"].as_str().expect("an address"));
    assert_eq!(
        body,
        json!({ "to": U1_NUMBER, "from": "Verigator", "text": TEXT, "back": body["back"], "ttl": null })
    );
    scene.has_state(&id, "OK SENT");
    let receipt = |path: &str, key: &str| {
        let body = r#"{"is":"there"}"#;
        let signature = hex(&hmac_sha256(key.as_bytes(), body.as_bytes()));
        Request::new("POST", path).header("X-Signature", &format!("sha256={signature}")).body(body)
    };
    scene.is_unknown(&receipt(&path, SECRET));
    scene.is_unknown(&receipt(&with_wrong_tag(&path), SIGNING));
    scene.is_unknown(&receipt("/dlr/gw", SIGNING));
    assert_eq!(scene.receipts(), Vec::<String>::new());
    scene.is_heard(&receipt(&path, SIGNING));
    scene.has_state(&id, "OK DELIVERED");
    scene.prints_no_secret();
    assert!(!scene.server.printed().contains(SIGNING));
}
