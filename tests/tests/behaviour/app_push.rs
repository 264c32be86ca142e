//! The app is woken: by a login, by a device that wants in, and no more often
//! than is right (S-39 to S-42, D-23, D-24).

use ringproof_blackbox::device::Device;
use ringproof_blackbox::push_service::{Browser, PushService, Pushed};
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::world::{U1_NUMBER, World, fixture_folder};
use serde_json::{Value, json};

/// A world that knows one push service, and a device of U1 that is subscribed.
struct Scene {
    world: World,
    service: PushService,
    device: Device,
    browser: Browser,
}

impl Scene {
    fn new(answers: &[u16]) -> Self {
        let service = PushService::start(answers);
        let options = ServerOptions::dev(fixture_folder(&service.config()));
        let world = World::start(service.trusted_by(options));
        let device = Device::ready(&world, U1_NUMBER);
        let browser = service.subscribe(&device, "first");
        assert_eq!(device.sync()["device"]["has_push"], true);
        Self { world, service, device, browser }
    }

    fn login(&self) {
        self.world.a.start_totp(self.world.s1, self.world.u1).asks_for_totp();
    }

    fn prompts(&self) -> Value {
        self.device.sync()["prompts"].clone()
    }

    /// Insists that no push is under way: one that is asked for now comes next.
    fn assert_no_more_pushes(&self, seen: usize) {
        let other = "+37255500666";
        let user = self.world.a.new_user(self.world.s1, &format!("marker {seen}"), other);
        let marker = Device::ready(&self.world, other);
        let browser = self.service.subscribe(&marker, "marker");
        self.world.a.start_totp(self.world.s1, &user).asks_for_totp();
        let pushed = self.service.next();
        assert_eq!(pushed.path, "/marker", "one push too many");
        browser.read(&pushed.body);
        assert_eq!(self.service.count(), seen + 1);
    }
}

/// The one member of a push besides its version.
#[track_caller]
fn prompt_of(browser: &Browser, pushed: &Pushed) -> String {
    let text = browser.read(&pushed.body);
    let read: Value = serde_json::from_str(&text).expect("JSON");
    let prompt = read["prompt"].as_str().expect("text").to_owned();
    assert_eq!(text, format!(r#"{{"v":1,"prompt":"{prompt}"}}"#), "and nothing else");
    assert_eq!(prompt.len(), 22);
    prompt
}

#[test]
fn a_login_sends_one_push_that_says_nothing_but_which_prompt() {
    let scene = Scene::new(&[]);
    scene.login();
    let pushed = scene.service.next();
    let prompt = prompt_of(&scene.browser, &pushed);
    let listed = scene.prompts();
    assert_eq!(listed[0]["id"], prompt);
    assert_eq!(listed[0]["entry"], scene.device.entry("Example Shop").id);
    let life = listed[0]["expires_at"].as_i64().zip(listed[0]["created_at"].as_i64());
    assert_eq!(life.map(|(end, begin)| (end - begin) / 1_000), Some(300));

    // The rest of what the standards say was checked by the push service.
    let ttl: u64 = pushed.headers["ttl"].parse().expect("a number");
    assert!((1..=120).contains(&ttl));
    assert!(!pushed.headers["topic"].contains(&prompt));
    let left = pushed.claims["exp"].as_i64().expect("a time") - scene.world.clock.now().as_second();
    assert!((1..=12 * 3_600).contains(&left), "good for {left} s");
    assert_eq!(pushed.claims["sub"], "mailto:operator@example.com");
    let key = scene.device.sync()["push_key"].clone();
    let signed_by = format!("k={}", key.as_str().expect("push is on"));
    assert!(pushed.headers["authorization"].ends_with(&signed_by));
    scene.assert_no_more_pushes(1);
}

#[test]
fn a_second_login_within_half_a_minute_sends_none() {
    let scene = Scene::new(&[]);
    scene.login();
    let first = scene.service.next();
    scene.world.clock.advance(25);
    scene.login();
    assert_eq!(scene.prompts()[0]["id"], prompt_of(&scene.browser, &first), "one live prompt");
    scene.assert_no_more_pushes(1);
    scene.world.clock.advance(31);
    scene.login();
    let second = scene.service.next();
    assert_ne!(second.headers["topic"], first.headers["topic"]);
    assert_eq!(scene.prompts()[0]["id"], prompt_of(&scene.browser, &second));
    assert_eq!(scene.prompts().as_array().map(Vec::len), Some(1), "one live prompt");
}

#[test]
fn a_fourth_in_ten_minutes_sends_none() {
    let scene = Scene::new(&[]);
    for _ in 0..3 {
        scene.login();
        scene.service.next();
        scene.world.clock.advance(60);
    }
    scene.login();
    scene.assert_no_more_pushes(3);
    scene.world.clock.advance(601);
    scene.login();
    scene.service.next();
}

#[test]
fn a_prompt_ends_with_its_login() {
    let scene = Scene::new(&[]);
    scene.login();
    scene.service.next();
    assert_eq!(scene.prompts().as_array().map(Vec::len), Some(1));
    scene.world.clock.advance(301);
    assert_eq!(scene.prompts(), json!([]));
}

#[test]
fn an_answered_prompt_is_over() {
    let scene = Scene::new(&[]);
    scene.login();
    scene.service.next();
    scene.world.check_u1(&scene.device.code("Example Shop")).verified_by_totp();
    assert_eq!(scene.prompts(), json!([]));
}

#[test]
fn an_address_that_is_gone_is_forgotten() {
    for status in [404, 410] {
        let scene = Scene::new(&[status]);
        scene.login();
        scene.service.next();
        scene.world.wait_until("the address is forgotten", |_| {
            scene.device.sync()["device"]["has_push"] == false
        });
        scene.world.clock.advance(61);
        scene.login();
        scene.assert_no_more_pushes(1);
    }
}

#[test]
fn a_push_that_fails_is_tried_again_and_changes_no_login() {
    let scene = Scene::new(&[500]);
    scene.login();
    let (first, second) = (scene.service.next(), scene.service.next());
    assert_eq!(prompt_of(&scene.browser, &first), prompt_of(&scene.browser, &second));
    assert_eq!(scene.world.pins_sent_to_u1().len(), 1, "only the one of the enrolment");
    scene.world.check_u1(&scene.device.code("Example Shop")).verified_by_totp();
    assert_eq!(scene.device.sync()["device"]["has_push"], true);
}

#[test]
fn every_active_device_is_woken_and_none_that_waits() {
    let scene = Scene::new(&[]);
    let second = Device::enrolled(&scene.world, U1_NUMBER);
    let news = prompt_of(&scene.browser, &scene.service.next());
    let browser = scene.service.subscribe(&second, "second");
    scene.world.clock.advance(31);
    scene.login();
    let pushed = scene.service.next();
    assert_eq!(pushed.path, "/first");
    assert_ne!(prompt_of(&scene.browser, &pushed), news);

    scene.device.approve(&second);
    scene.world.clock.advance(31);
    scene.login();
    let both = [scene.service.next(), scene.service.next()];
    let mut prompts: Vec<_> = both
        .iter()
        .map(|pushed| match pushed.path.as_str() {
            "/first" => prompt_of(&scene.browser, pushed),
            _ => prompt_of(&browser, pushed),
        })
        .collect();
    prompts.dedup();
    assert_eq!(prompts.len(), 1, "one prompt on both");
}

#[test]
fn a_device_that_wants_in_wakes_the_others_at_once() {
    let scene = Scene::new(&[]);
    let _second = Device::enrolled(&scene.world, U1_NUMBER);
    let pushed = scene.service.next();
    let news = prompt_of(&scene.browser, &pushed);
    let state = scene.device.sync();
    assert_eq!(state["prompts"], json!([]), "{news} is no login");
    let is_held = |one: &Value| one["state"] == "held";
    assert!(state["devices"].as_array().expect("a list").iter().any(is_held));
}

#[test]
fn a_removed_device_is_woken_no_more() {
    let scene = Scene::new(&[]);
    let second = Device::enrolled(&scene.world, U1_NUMBER);
    scene.service.next();
    scene.device.approve(&second);
    let _browser = scene.service.subscribe(&second, "second");
    let _ = scene.device.remove(&second).taken();
    scene.world.clock.advance(31);
    scene.login();
    assert_eq!(scene.service.next().path, "/first");
    scene.assert_no_more_pushes(3 - 1);
}

#[test]
fn only_addresses_of_known_services_are_taken() {
    let scene = Scene::new(&[]);
    let good = scene.service.endpoint("x");
    let port = good.rsplit(':').next().and_then(|rest| rest.split('/').next()).expect("a port");
    for endpoint in [
        good.replace("https:", "http:"),
        good.replace("localhost", "127.0.0.1"),
        good.replace("localhost", "push.example"),
        good.replace("localhost", "localhost.push.example"),
        good.replace("localhost", "user:pw@localhost"),
        good.replace(port, "443"),
        good.replace("/x", "/x#y"),
        "https://169.254.169.254/latest".to_owned(),
        "https://[::1]/".to_owned(),
        String::new(),
        good.replace("/x", &format!("/{}", "x".repeat(5_000))),
    ] {
        let subscription = scene.browser.subscription(&endpoint);
        let answer = scene.device.call("push", &json!({ "subscription": subscription }));
        answer.refused(400, "body");
    }
    let mut broken = scene.browser.subscription(&good);
    broken["p256dh"] = json!("AAAA");
    scene.device.call("push", &json!({ "subscription": broken })).refused(400, "body");
    scene.login();
    assert_eq!(scene.service.next().path, "/first", "the good one is still there");
}

#[test]
fn a_device_that_wants_no_pushes_gets_none() {
    let scene = Scene::new(&[]);
    let _ = scene.device.call("push", &json!({ "subscription": null })).taken();
    assert_eq!(scene.device.sync()["device"]["has_push"], false);
    scene.login();
    scene.assert_no_more_pushes(0);
}

#[test]
fn where_push_is_off_there_is_no_key_and_no_subscription() {
    let world = World::configured("[push]\nenabled = false\n");
    let device = Device::ready(&world, U1_NUMBER);
    assert_eq!(device.sync()["push_key"], Value::Null);
    let subscription = Browser::new().subscription("https://fcm.googleapis.com/fcm/send/x");
    device.call("push", &json!({ "subscription": subscription })).refused(400, "body");
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    world.check_u1(&device.code("Example Shop")).verified_by_totp();
}
