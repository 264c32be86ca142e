//! What `/metrics` and `/readyz` say of gateways: one that takes messages, one
//! that refuses them, and one where nobody listens.

use ringproof_blackbox::cli;
use ringproof_blackbox::http::{Client, Request};
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::webhook::Webhook;
use ringproof_blackbox::world::{World, fixture_folder};
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::TcpListener;

/// No limit of messages is in the way.
const NO_LIMITS: &str = "[limits]\naccount_sms_per_second = 1_000_000\n\
    account_sms_per_day = 1_000_000\ncountry_sms_per_day = 1_000_000\n";

/// A server with these three gateways, asked in this order.
struct Scene {
    world: World,
    _refuses: Webhook,
    _takes: Webhook,
    sent: Cell<u32>,
}

impl Scene {
    #[track_caller]
    fn start() -> Self {
        let nobody = TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr());
        let nobody = nobody.expect("loopback has free ports");
        let dead = format!(
            "[[gateway]]\nname = \"dead\"\nkind = \"webhook\"\nurl = \"http://{nobody}/messages\"\n"
        );
        let (refuses, takes) = (Webhook::start(&[400; 1_000]), Webhook::start(&[]));
        let gateways = [dead, refuses.config_as("refuses"), takes.config_as("takes")].concat();
        let folder = fixture_folder(&format!("{NO_LIMITS}{gateways}"));
        let world = World::start(ServerOptions { dev: false, ..ServerOptions::dev(folder) });
        Self { world, _refuses: refuses, _takes: takes, sent: Cell::new(0) }
    }

    /// Sends a message to a number of its own; it is with a gateway when this returns.
    #[track_caller]
    fn send(&self) {
        let n = self.sent.get();
        self.sent.set(n + 1);
        let id = self.world.text_a.sms(&format!("+3725557{n:04}"), "hi", &[]).taken();
        self.world.wait_for_state(&id, "OK SENT");
    }

    /// A line of `/metrics` is there.
    #[track_caller]
    fn counts(&self, line: &str) {
        let page = self.world.metrics();
        assert!(page.lines().any(|found| found == line), "no line {line:?} in\n{page}");
    }

    fn is_open(&self, gateway: &str) -> bool {
        let page = self.world.metrics();
        let of = |value| format!("ringproof_gateway_open{{gateway=\"{gateway}\"}} {value}");
        let has = |line: String| page.lines().any(|found| found == line);
        let (open, closed) = (has(of(1)), has(of(0)));
        assert_ne!(open, closed, "{gateway} is open or it is not:\n{page}");
        open
    }

    /// What `/readyz` says: its status and body.
    #[track_caller]
    fn readiness(&self) -> (u16, Value) {
        let address = self.world.server.address();
        let answer = Client::new(address).send(&Request::new("GET", "/readyz"));
        let answer = answer.expect("an answer");
        (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) {
        let _ = cli::run(self.world.server.folder(), arguments).succeeded();
    }
}

fn open(name: &str) -> Value {
    json!({ "name": name, "state": "open" })
}

fn closed(name: &str, reason: &str) -> Value {
    json!({ "name": name, "state": "closed", "reason": reason })
}

#[test]
fn metrics_count_what_each_gateway_was_handed_and_what_it_said() {
    let scene = Scene::start();
    scene.send();
    scene.send();
    for (gateway, class) in
        [("dead", "unreached"), ("refuses", "refused_dest_confirm"), ("takes", "accepted")]
    {
        scene.counts(&format!("ringproof_gateway_submitted_total{{gateway=\"{gateway}\"}} 2"));
        scene.counts(&format!(
            "ringproof_gateway_results_total{{gateway=\"{gateway}\",class=\"{class}\"}} 2"
        ));
        let seconds = "ringproof_gateway_call_duration_seconds_count";
        scene.counts(&format!("{seconds}{{gateway=\"{gateway}\"}} 2"));
        assert!(scene.is_open(gateway), "{gateway} has not failed three times");
    }
    let all = scene.world.metric("ringproof_gateway_results_total");
    assert!((all - 6.0).abs() < 0.5, "each hand-over is counted once, and there were {all}");
}

#[test]
fn readiness_and_the_gauge_say_which_gateway_takes_messages() {
    let scene = Scene::start();
    let all_open = json!([open("dead"), open("refuses"), open("takes")]);
    let ready = json!({ "status": "ready", "store": "ok", "gateways": all_open });
    assert_eq!(scene.readiness(), (200, ready));

    // The third call without an answer closes it, for a moment.
    let dead = closed("dead", "it does not answer");
    scene.world.wait_until("the dead one is closed", |_| {
        scene.send();
        scene.readiness().1["gateways"][0] == dead && !scene.is_open("dead")
    });
    assert!(scene.is_open("refuses") && scene.is_open("takes"));

    for name in ["refuses", "takes"] {
        assert_eq!(scene.readiness().0, 200, "another one is open");
        scene.run(&["gateway", "pause", name]);
        scene.world.wait_until("it is paused", |_| !scene.is_open(name));
    }
    scene.run(&["gateway", "pause", "dead"]);
    let paused = |name| closed(name, "paused by the operator");
    let gateways = json!([paused("dead"), paused("refuses"), paused("takes")]);
    let not_ready = json!({ "status": "not ready", "store": "ok", "gateways": gateways });
    let not_ready = (503, not_ready);
    scene.world.wait_until("all are paused, and it is said", |_| scene.readiness() == not_ready);

    scene.run(&["gateway", "resume", "takes"]);
    scene.world.wait_until("it is resumed", |_| scene.is_open("takes"));
    assert_eq!(scene.readiness().0, 200);
}
