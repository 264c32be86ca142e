//! The ways out, when one of them fails: which gateway gets a code, when the next one is asked, and what the operator
//! sees of it.

use ringproof_blackbox::cli;
use ringproof_blackbox::clock::Clock;
use ringproof_blackbox::http::{Client, Request, Response};
use ringproof_blackbox::inbox::Message;
use ringproof_blackbox::provider::Provider;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::webhook::Webhook;
use ringproof_blackbox::world::{ACCOUNT_A, CONFIG, U1_NUMBER, fixture_folder};
use serde_json::json;
use std::fs;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

const TOKEN: &str = "receipt-token-of-the-first-6d1f";
/// How soon another gateway is asked.
const FAILS_OVER_WITHIN: Duration = Duration::from_secs(5);
/// The same where no connection to the first one comes about: nobody waits for a second try there.
const PASSES_THE_DEAD_WITHIN: Duration = Duration::from_secs(3);
const COMES_TRUE_WITHIN: Duration = Duration::from_secs(20);

struct Scene {
    server: Server,
    caller: TextCaller,
}

impl Scene {
    /// Starts a server with these blocks; `TOKEN_FILE` in them is a file with the token.
    #[track_caller]
    fn start(config: &str, dev: bool) -> Self {
        let folder = fixture_folder("");
        let file = folder.root().join("token");
        fs::write(&file, TOKEN).expect("our own folder can be written");
        let config = config.replace("TOKEN_FILE", &file.display().to_string());
        folder.write_config(&format!("{CONFIG}{config}"));
        let options = ServerOptions { dev, ..ServerOptions::dev(folder) };
        let server = Server::start(options);
        let caller = TextCaller::new(server.address(), ACCOUNT_A);
        Self { server, caller }
    }

    /// Orders a code, and gives the moment.
    #[track_caller]
    fn order(&self) -> (String, Instant) {
        let begun = Instant::now();
        (self.caller.start(U1_NUMBER, &[]).started(), begun)
    }

    #[track_caller]
    fn call(&self, request: &Request) -> Response {
        Client::new(self.server.address()).send(request).expect("an answer")
    }

    /// Waits until the server knows that a gateway has one message.
    #[track_caller]
    fn has_settled(&self, gateway: &str) {
        let deadline = Instant::now() + COMES_TRUE_WITHIN;
        let line =
            format!("ringproof_messages_total{{gateway=\"{gateway}\",outcome=\"accepted\"}} 1");
        while !self.call(&Request::new("GET", "/metrics")).text().lines().any(|l| l == line) {
            assert!(Instant::now() < deadline, "{gateway} did not take it");
        }
    }

    #[track_caller]
    fn report(&self, gateway: &str, message: &str, status: &str, cause: &str) {
        let receipt = json!({ "receipts": [{ "id": message, "status": status, "cause": cause }] });
        let request = Request::new("POST", &format!("/dlr/{gateway}"))
            .header("Authorization", &format!("Bearer {TOKEN}"))
            .body(receipt.to_string());
        let answer = self.call(&request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().contains("\"taken\":1"), "{}", answer.text());
    }

    /// Waits until `ringproof gateway list` says this.
    #[track_caller]
    fn list_says(&self, words: &[&str]) {
        let deadline = Instant::now() + COMES_TRUE_WITHIN;
        loop {
            let list = cli::run(self.server.folder(), &["gateway", "list"]).succeeded().stdout;
            if words.iter().all(|word| list.contains(word)) {
                return;
            }
            assert!(Instant::now() < deadline, "the list does not say {words:?}:\n{list}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The one message of the next call.
#[track_caller]
fn message(webhook: &Webhook) -> Message {
    let mut messages = webhook.next().messages();
    assert_eq!(messages.len(), 1);
    messages.remove(0).1
}

fn route(gateways: &str, rest: &str) -> String {
    format!("[[route]]\nname = \"all\"\ngateways = [{gateways}]\n{rest}")
}

/// Two webhooks, `first` with receipts, in a route by order.
fn two(first: &Webhook, second: &Webhook, rest: &str) -> String {
    let token = "receipt_token_file = \"TOKEN_FILE\"\n";
    let route = route("\"first\", \"second\"", &format!("choice = \"order\"\n{rest}"));
    format!("{}{token}{}{token}{route}", first.config_as("first"), second.config_as("second"))
}

#[test]
fn a_provider_that_does_not_let_us_in_is_passed_over_and_the_list_says_why() {
    let provider =
        Provider::answering(401, r#"{"code":20003,"message":"Authenticate","status":401}"#);
    let hook = Webhook::start(&[]);
    let twilio = format!(
        "[[gateway]]\nname = \"gw\"\nkind = \"twilio\"\naccount_sid = \"AC{}\"\nbase_url = \"{}\"\n\
         auth_token_file = \"TOKEN_FILE\"\n",
        "0".repeat(32),
        provider.base_url()
    );
    let scene = Scene::start(&format!("{twilio}{}", hook.config()), false);
    let (id, begun) = scene.order();
    provider.next();
    let pin = message(&hook).pin();
    assert!(begun.elapsed() < FAILS_OVER_WITHIN, "{:?}", begun.elapsed());
    scene.caller.pin(&id, &pin, &[]).is("VERIFIED");
    scene.list_says(&["gw ", "the last message was not taken: route_down, code 20003", "hook "]);
    let printed = scene.server.printed();
    assert!(printed.contains("server.public_url is empty"), "{printed}");
}

#[test]
fn a_dead_gateway_is_passed_over_and_the_list_says_why() {
    let dead = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = dead.local_addr().expect("a bound socket has an address");
    drop(dead);
    let second = Webhook::start(&[]);
    let first =
        format!("[[gateway]]\nname = \"first\"\nkind = \"webhook\"\nurl = \"http://{address}/\"\n");
    let route = route("\"first\", \"second\"", "choice = \"order\"\n");
    let scene = Scene::start(&format!("{first}{}{route}", second.config_as("second")), false);
    let (id, begun) = scene.order();
    let pin = message(&second).pin();
    let waited = begun.elapsed();
    println!("the second gateway had the code {waited:?} after the order");
    assert!(waited < PASSES_THE_DEAD_WITHIN, "{waited:?}");
    scene.caller.pin(&id, &pin, &[]).is("VERIFIED");
    // Three failures close it.
    for number in ["+37255500301", "+37255500302"] {
        scene.caller.start(number, &[]).started();
        message(&second);
    }
    scene.list_says(&["second ", "first                closed", "it does not answer"]);
}

/// The other route is open, but it is not this number's.
#[test]
fn a_number_whose_route_has_no_open_gateway_is_refused_while_others_are_sent() {
    let (first, second) = (Webhook::start(&[]), Webhook::start(&[]));
    let route = |name: &str, prefix: &str| {
        format!(
            "[[route]]\nname = \"{name}\"\nprefixes = [\"{prefix}\"]\ngateways = [\"{name}\"]\n"
        )
    };
    let gateways = format!("{}{}", first.config_as("first"), second.config_as("second"));
    let routes = format!("{}{}", route("first", "372"), route("second", "358"));
    let scene = Scene::start(&format!("{gateways}{routes}"), false);
    let _ = cli::run(scene.server.folder(), &["gateway", "pause", "first"]).succeeded();
    scene.list_says(&["paused by the operator"]);
    // What cannot go out now may be tried again.
    scene.caller.start(U1_NUMBER, &[]).is("FAILED 209");
    scene.caller.start("+358401234567", &[]).started();
    assert_eq!(message(&second).to, "+358401234567");
    let _ = cli::run(scene.server.folder(), &["gateway", "resume", "first"]).succeeded();
    scene.list_says(&["first                open"]);
    scene.caller.start(U1_NUMBER, &[]).started();
    assert_eq!(message(&first).to, U1_NUMBER);
}

#[test]
fn a_test_message_does_not_go_to_a_number_that_the_configuration_blocks() {
    let hook = Webhook::start(&[]);
    let (name, _) = ACCOUNT_A.split_once(':').expect("a name and a password");
    let account = format!("[[account]]\nname = \"{name}\"\nblocked_numbers = [\"{U1_NUMBER}\"]\n");
    let scene = Scene::start(&format!("{}{account}", hook.config()), false);
    scene.list_says(&["hook "]);
    let test = |to| {
        cli::run(
            scene.server.folder(),
            &["gateway", "test", "hook", "--to", to, "--account", name, "--wait", "1"],
        )
    };
    let refused = test(U1_NUMBER);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("the number is blocked for this account"), "{refused:?}");
    assert!(hook.come().is_empty());
    let _ = test("+37255500999");
    assert_eq!(message(&hook).to, "+37255500999");
}

#[test]
fn a_gateway_that_says_nothing_in_time_is_followed_by_the_next_with_the_same_code() {
    let (first, second) = (Webhook::start(&[]), Webhook::start(&[]));
    let scene = Scene::start(&two(&first, &second, "receipt_seconds = 2\n"), false);
    let (id, begun) = scene.order();
    let pin = message(&first).pin();
    assert!(second.come().is_empty(), "nobody had to wait yet");
    assert_eq!(message(&second).pin(), pin);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(2), "{waited:?}");
    assert!(waited < Duration::from_secs(2) + FAILS_OVER_WITHIN, "{waited:?}");
    scene.caller.pin(&id, &pin, &[]).is("VERIFIED");
}

#[test]
fn a_receipt_that_blames_the_network_brings_the_next_gateway_at_once() {
    let (first, second) = (Webhook::start(&[]), Webhook::start(&[]));
    let scene = Scene::start(&two(&first, &second, ""), false);
    let (id, _) = scene.order();
    let sent = message(&first);
    scene.has_settled("first");
    let begun = Instant::now();
    scene.report("first", &sent.id, "failed", "network");
    assert_eq!(message(&second).pin(), sent.pin());
    assert!(begun.elapsed() < FAILS_OVER_WITHIN, "{:?}", begun.elapsed());
    scene.caller.pin(&id, &sent.pin(), &[]).is("VERIFIED");
}

/// Orders a code for a number of its own; gives which webhook got it, and enters the code if that is the second.
#[track_caller]
fn convert(scene: &Scene, hooks: [&Webhook; 2], index: usize) -> usize {
    let to = format!("+372555{index:05}");
    let id = scene.caller.start(&to, &[]).started();
    let deadline = Instant::now() + COMES_TRUE_WITHIN;
    loop {
        for (place, hook) in hooks.iter().enumerate() {
            // Codes that nobody entered are repeated to others meanwhile.
            let messages = hook.come().into_iter().flat_map(|call| call.messages());
            let found = messages.map(|(_, message)| message).find(|message| message.to == to);
            if let Some(message) = found {
                if place == 1 {
                    scene.caller.pin(&id, &message.pin(), &[]).is("VERIFIED");
                }
                return place;
            }
        }
        assert!(Instant::now() < deadline, "no gateway got the code");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn codes_go_where_codes_get_entered() {
    let (first, second) = (Webhook::start(&[]), Webhook::start(&[]));
    let limits = "[limits]\naccount_sms_per_second = 1000\n";
    // The inbox, which carries nothing here, brings the clock.
    let inbox = "[[gateway]]\nname = \"inbox\"\nkind = \"inbox\"\nallow_beside_real = true\n";
    let gateways = format!("{}{}{inbox}", first.config_as("first"), second.config_as("second"));
    let config = format!("{limits}{gateways}{}", route("\"first\", \"second\"", ""));
    let scene = Scene::start(&config, true);
    let hooks = [&first, &second];
    let mut counts = [0, 0];
    for index in 0..60 {
        counts[convert(&scene, hooks, index)] += 1;
    }
    assert!(counts[0] > 0, "the first was never asked: {counts:?}");
    // What was not entered by now counts as lost.
    let clock = Clock::of(scene.server.address());
    clock.advance(200);
    scene.list_says(&["EE: ", "codes entered"]);
    let mut counts = [0, 0];
    for index in 100..140 {
        counts[convert(&scene, hooks, index)] += 1;
    }
    assert!(counts[1] >= 36, "the second gets codes entered and the first none: {counts:?}");
}
