//! Receipts of gateways: `POST /dlr/{gateway}`, with the gateway's own token.

use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::{Client, Request, Response};
use ringproof_blackbox::process::{Output, Waited};
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::webhook::Webhook;
use ringproof_blackbox::world::{ACCOUNT_A, CONFIG, U1_NUMBER, fixture_folder};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

const TOKEN: &str = "receipt-token-of-the-first-6d1f";
const OTHER_TOKEN: &str = "receipt-token-of-the-second-90ab";
/// The gateway that takes all messages, and one that is asked after it.
const GATEWAYS: [(&str, &str); 2] = [("first", TOKEN), ("second", OTHER_TOKEN)];

/// A server with two gateways, each with a receipt token.
struct Scene {
    server: Server,
    caller: TextCaller,
    webhook: Webhook,
}

impl Scene {
    fn new() -> Self {
        let (webhook, spare) = (Webhook::start(&[]), Webhook::start(&[]));
        let folder = fixture_folder("");
        let mut config = CONFIG.to_owned();
        for ((name, token), hook) in GATEWAYS.iter().zip([&webhook, &spare]) {
            config += &hook.config_as(name);
            let file = token_file(&folder, name, token);
            config = format!("{config}receipt_token_file = {file:?}\n");
        }
        folder.write_config(&config);
        let options = ServerOptions { dev: false, ..ServerOptions::dev(folder) };
        let server = Server::start(options);
        let caller = TextCaller::new(server.address(), ACCOUNT_A);
        Self { server, caller, webhook }
    }

    /// Sends a message; gives its id and the gateway's.
    #[track_caller]
    fn send(&self) -> (String, String) {
        let id = self.caller.sms(U1_NUMBER, "hi", &[]).taken();
        let (message, _) = self.webhook.next().messages().remove(0);
        (id, message)
    }

    #[track_caller]
    fn post(&self, gateway: &str, authorization: Option<&str>, body: &str) -> Response {
        let mut request = Request::new("POST", &format!("/dlr/{gateway}"))
            .header("Content-Type", "application/json");
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        Client::new(self.server.address()).send(&request.body(body)).expect("an answer")
    }

    /// Reports by the first gateway; gives `(taken, stale, unknown)`.
    #[track_caller]
    fn report(&self, receipts: &Value) -> (u64, u64, u64) {
        self.report_as("first", TOKEN, receipts)
    }

    #[track_caller]
    fn report_as(&self, gateway: &str, token: &str, receipts: &Value) -> (u64, u64, u64) {
        let body = json!({ "receipts": receipts }).to_string();
        let answer = self.post(gateway, Some(&format!("Bearer {token}")), &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let count = |name: &str| answer[name].as_u64().expect("a documented member");
        (count("taken"), count("stale"), count("unknown"))
    }

    #[track_caller]
    fn wait_for_state(&self, id: &str, line: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.caller.state(id).text != line {
            assert!(Instant::now() < deadline, "the state never became {line}");
        }
    }
}

fn token_file(folder: &Folder, name: &str, token: &str) -> String {
    let file = folder.root().join(format!("{name}-token"));
    fs::write(&file, format!("{token}\n")).expect("our own folder can be written");
    file.to_str().expect("temporary folders have plain names").to_owned()
}

fn one(message: &str, status: &str) -> Value {
    json!([{ "id": message, "status": status }])
}

#[test]
fn receipts_only_move_a_message_forward() {
    let scene = Scene::new();
    let (id, message) = scene.send();
    for (status, counts, state) in [
        ("accepted", (1, 0, 0), "OK SENT"),
        ("accepted", (0, 1, 0), "OK SENT"),
        ("unknown", (1, 0, 0), "OK SENT"),
        ("accepted", (0, 1, 0), "OK SENT"),
        ("failed", (1, 0, 0), "OK FAILED"),
        ("expired", (0, 1, 0), "OK FAILED"),
        ("unknown", (0, 1, 0), "OK FAILED"),
        // The handset has it after all: nothing is stronger.
        ("delivered", (1, 0, 0), "OK DELIVERED"),
        ("delivered", (0, 1, 0), "OK DELIVERED"),
        ("failed", (0, 1, 0), "OK DELIVERED"),
        ("accepted", (0, 1, 0), "OK DELIVERED"),
    ] {
        assert_eq!(scene.report(&one(&message, status)), counts, "{status}");
        scene.caller.state(&id).is(state);
    }
}

#[test]
fn receipts_of_one_call_stand_each_on_their_own() {
    let scene = Scene::new();
    let (id, message) = scene.send();
    let receipts = json!([
        { "id": "00000000-0000-4000-8000-000000000000", "status": "delivered" },
        { "id": message, "status": "accepted" },
        { "id": message, "status": "undeliverable", "err": "003" },
        { "id": message, "status": "accepted" },
    ]);
    assert_eq!(scene.report(&receipts), (2, 1, 1));
    scene.caller.state(&id).is("OK FAILED");
}

#[test]
fn a_receipt_of_another_gateway_changes_nothing() {
    let scene = Scene::new();
    let (id, message) = scene.send();
    scene.wait_for_state(&id, "OK SENT");
    let forged = scene.report_as("second", OTHER_TOKEN, &one(&message, "delivered"));
    assert_eq!(forged, (0, 0, 1));
    scene.caller.state(&id).is("OK SENT");
}

#[test]
fn without_the_gateways_own_token_there_is_nothing() {
    let scene = Scene::new();
    let (id, message) = scene.send();
    scene.wait_for_state(&id, "OK SENT");
    let body = json!({ "receipts": one(&message, "delivered") }).to_string();
    let right = format!("Bearer {TOKEN}");
    let nowhere = scene.post("nowhere", Some(&right), &body);
    for (gateway, authorization) in [
        ("first", None),
        ("first", Some("Bearer ")),
        ("first", Some("Bearer wrong")),
        ("first", Some(TOKEN)),
        ("first", Some("Bearer receipt-token-of-the-second-90ab")),
        ("second", Some(right.as_str())),
    ] {
        let answer = scene.post(gateway, authorization, &body);
        assert_eq!(answer.status, 404, "{gateway} {authorization:?}");
        assert_eq!(answer.body, nowhere.body, "{gateway} {authorization:?}");
    }
    scene.caller.state(&id).is("OK SENT");
}

#[test]
fn a_reload_puts_another_token_in_force() {
    let mut scene = Scene::new();
    let (id, message) = scene.send();
    scene.wait_for_state(&id, "OK SENT");
    token_file(scene.server.folder(), "first", "receipt-token-of-a-new-time-77e0");
    scene.server.process().hang_up();
    let is_read = |output: &Output| {
        let told = "the configuration was read again";
        output.stderr.iter().any(|line| line.contains(told)).then_some(())
    };
    let waited = scene.server.process().wait_for(Duration::from_secs(20), is_read);
    assert_eq!(waited, Waited::Found(()), "{}", scene.server.printed());
    let body = json!({ "receipts": one(&message, "delivered") }).to_string();
    assert_eq!(scene.post("first", Some(&format!("Bearer {TOKEN}")), &body).status, 404);
    let token = "receipt-token-of-a-new-time-77e0";
    assert_eq!(scene.report_as("first", token, &one(&message, "delivered")), (1, 0, 0));
    scene.caller.state(&id).is("OK DELIVERED");
}

#[test]
fn receipts_that_cannot_be_read_are_refused_as_a_whole() {
    let scene = Scene::new();
    let (id, message) = scene.send();
    scene.wait_for_state(&id, "OK SENT");
    let good = json!({ "id": message, "status": "delivered" });
    for bad in [
        json!({ "receipts": [good, { "id": "x", "status": "delivered" }] }),
        json!({ "receipts": [good, { "id": message, "status": "lost" }] }),
        json!({ "receipts": [good, { "id": message, "status": "failed", "err": "1" }] }),
        json!({ "receipts": [good, { "id": message, "status": "failed", "err": 1 }] }),
        json!({ "receipts": vec![good.clone(); 1001] }),
        json!({ "receipt": [good] }),
        json!([good]),
        json!(null),
    ] {
        let answer = scene.post("first", Some(&format!("Bearer {TOKEN}")), &bad.to_string());
        assert!((400..500).contains(&answer.status), "{bad}: {answer:?}");
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert!(body["message"].is_string(), "{bad}: {answer:?}");
    }
    scene.caller.state(&id).is("OK SENT");
}

#[test]
fn a_receipt_for_the_inbox_names_a_message_of_it() {
    let world = ringproof_blackbox::world::World::fresh();
    let unknown = json!({ "id": "00000000-0000-4000-8000-000000000000", "status": "delivered" });
    assert_eq!(world.inbox.post("/dev/inbox/receipts", &unknown).status, 404);
    for bad in [json!({}), json!({ "id": "x", "status": "delivered" }), json!([])] {
        assert_eq!(world.inbox.post("/dev/inbox/receipts", &bad).status, 422, "{bad}");
    }
}
