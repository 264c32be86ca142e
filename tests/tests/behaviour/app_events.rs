//! What accounts are told of their users' devices (S-31, S-37, S-82).

use hmac::{Hmac, KeyInit, Mac};
use ringproof_blackbox::caller::device as device_path;
use ringproof_blackbox::device::Device;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::push_service::PushService;
use ringproof_blackbox::reports::{Report, ReportReceiver};
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::totp::{self, Hash};
use ringproof_blackbox::world::{U1_NUMBER, World, fixture_folder};
use serde_json::{Value, json};
use sha2::Sha256;
use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;

/// A number with users of both accounts.
const NUMBER: &str = "+37255500888";
const SECRET_A: &str = "a-secret-of-account-A.long-enough";
const SECRET_B: &str = "another-of-account-B,long-enough";

struct Scene {
    world: World,
    a: ReportReceiver,
    b: ReportReceiver,
    jane: String,
    rival: String,
    /// Calls that both have heard so far.
    heard: Cell<u32>,
}

fn write_secret(folder: &Folder, name: &str, secret: &str) -> String {
    let path = folder.root().join(name);
    fs::write(&path, secret).expect("our own file can be written");
    path.display().to_string()
}

impl Scene {
    fn new(answers: &[u16]) -> Self {
        Self::with(answers, |options| options, "")
    }

    fn with(
        answers: &[u16],
        more: impl FnOnce(ServerOptions) -> ServerOptions,
        config: &str,
    ) -> Self {
        let (a, b) = (ReportReceiver::start(answers), ReportReceiver::start(&[]));
        let folder = fixture_folder("");
        let mut text = format!(
            "{}{config}[reports]\nallow_http = true\nallow_private = [\"127.0.0.0/8\"]\n",
            ringproof_blackbox::world::CONFIG
        );
        for (name, receiver, secret) in [("acme-api", &a, SECRET_A), ("rival-api", &b, SECRET_B)] {
            let file = write_secret(&folder, &format!("{name}.secret"), secret);
            let _ = write!(
                text,
                "[[account]]\nname = \"{name}\"\nevents_url = \"{}\"\nevents_secret_file = \"{file}\"\n",
                receiver.url("/events?of=devices")
            );
        }
        folder.write_config(&text);
        let world = World::start(more(ServerOptions::dev(folder)));
        let jane = world.a.new_user(world.s1, "jane", NUMBER);
        let rival = world.b.new_user(world.s3, "jane elsewhere", NUMBER);
        Self { world, a, b, jane, rival, heard: Cell::default() }
    }

    /// The next event at both accounts: of this kind, and of this device.
    #[track_caller]
    fn both_hear(&self, kind: &str, device: &Device) -> [Value; 2] {
        let world = &self.world;
        let heard = [
            (&self.a, SECRET_A, world.s1, &self.jane, "Example Shop", "jane"),
            (&self.b, SECRET_B, world.s3, &self.rival, "Rival Shop", "jane elsewhere"),
        ];
        let events = heard.map(|(receiver, secret, service, user, name, login)| {
            let event = event(&receiver.next(), secret, world);
            assert_eq!(event["type"], kind, "{event}");
            assert_eq!(event["device"]["id"], json!(device.id), "{event}");
            assert_eq!(event["service"], json!({ "id": service, "name": name }));
            assert_eq!(event["user"], json!({ "id": user, "id_in_service": login }));
            event
        });
        // A call that was heard may still be noted; a clock that is moved meanwhile ends
        // its lease, and it is made again.
        self.heard.set(self.heard.get() + 2);
        let heard = f64::from(self.heard.get());
        let label = "outcome=\"taken\"";
        world.wait_until("the calls are noted", |world| {
            world.labelled_metric("ringproof_reports_total", label) > heard - 0.5
        });
        events
    }
}

fn hex_hmac(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Checks the signature as a receiver would, and gives the body.
#[track_caller]
fn event(report: &Report, secret: &str, world: &World) -> Value {
    assert_eq!((report.method.as_str(), report.target.as_str()), ("POST", "/events?of=devices"));
    assert!(report.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
    let signature = report.header("x-ringproof-signature").expect("it is signed");
    let (time, hash) = signature
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="))
        .expect("the documented form");
    let body = String::from_utf8(report.body.clone()).expect("text");
    assert_eq!(hash, hex_hmac(secret, &format!("{time}.{body}")));
    let age = world.clock.now().as_second() - time.parse::<i64>().expect("seconds");
    assert!((0..3_600).contains(&age), "signed {age} s ago");
    let event: Value = serde_json::from_str(&body).expect("JSON");
    assert!(!body.contains("372555"), "no number is told: {body}");
    let members: Vec<_> = event.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["device", "id", "service", "time", "type", "user"]);
    event
}

#[test]
fn each_account_with_a_user_of_the_number_hears_what_happens_to_devices() {
    let scene = Scene::new(&[]);
    let world = &scene.world;
    let first = Device::enrolled(world, NUMBER);
    let [a, b] = scene.both_hear("device.added", &first);
    assert_ne!(a["id"], b["id"], "each has an id of its own");
    assert_eq!(a["device"]["held_until"], Value::Null);

    let second = Device::enrolled(world, NUMBER);
    let [held, _] = scene.both_hear("device.held", &second);
    assert!(held["device"]["held_until"].is_string(), "{held}");
    first.approve(&second);
    scene.both_hear("device.approved", &second);
    let _ = first.remove(&second).taken();
    scene.both_hear("device.removed", &second);

    let third = Device::enrolled(world, NUMBER);
    scene.both_hear("device.held", &third);
    let _ = third.remove(&third).taken();
    scene.both_hear("device.removed", &third);
    let _ = first.remove(&first).taken();
    scene.both_hear("device.removed", &first);

    // A number that has no user of theirs is none of their business.
    let _ = Device::enrolled(world, "+37255500889");
    let other = Device::enrolled(world, NUMBER);
    scene.both_hear("device.added", &other);
    assert_eq!((scene.a.rest(), scene.b.rest()), (vec![], vec![]));
}

#[test]
fn what_one_account_refuses_the_other_hears_of() {
    let scene = Scene::new(&[]);
    let world = &scene.world;
    let first = Device::enrolled(world, NUMBER);
    scene.both_hear("device.added", &first);
    let second = Device::enrolled(world, NUMBER);
    scene.both_hear("device.held", &second);
    let id = second.id.as_deref().expect("enrolled");
    let _ = world.a.delete(&device_path(world.s1, &scene.jane, id)).expect(202);
    scene.both_hear("device.removed", &second);
}

#[test]
fn the_account_whose_codes_went_to_another_program_hears_of_it() {
    let scene = Scene::new(&[]);
    let device = Device::ready(&scene.world, NUMBER);
    scene.both_hear("device.added", &device);
    let entry = device.entry("Example Shop").id;
    let made = device.call("other/create", &json!({ "entry": entry, "name": "x" })).taken();
    let secret = made["uri"].as_str().and_then(|uri| uri.split("secret=").nth(1));
    let secret = secret.and_then(|rest| rest.split('&').next()).expect("a secret");
    let now = scene.world.clock.now().as_second();
    let code = totp::code(&totp::from_base32(secret), Hash::Sha1, now);
    let body = json!({ "entry": entry, "authenticator": made["authenticator"], "code": code });
    let _ = device.call("other/confirm", &body).taken();
    let told = event(&scene.a.next(), SECRET_A, &scene.world);
    assert_eq!(told["type"], "authenticator.added");
    assert_eq!(told["user"]["id"], json!(scene.jane));
    let _ = device.remove(&device).taken();
    scene.both_hear("device.removed", &device);
}

#[test]
fn it_is_told_until_it_is_taken_with_one_id() {
    let scene = Scene::new(&[500, 503, 200]);
    let _device = Device::enrolled(&scene.world, NUMBER);
    let first = event(&scene.a.next(), SECRET_A, &scene.world);
    for (count, pause) in [(1_u8, 13), (2, 75)] {
        let label = "outcome=\"retried\"";
        scene.world.wait_until("the refused call is put off", |world| {
            let counted = world.labelled_metric("ringproof_reports_total", label);
            (counted - f64::from(count)).abs() < 0.5
        });
        scene.world.clock.advance(pause);
        assert_eq!(event(&scene.a.next(), SECRET_A, &scene.world), first);
    }
    scene.world.wait_until("both are taken", |world| {
        world.labelled_metric("ringproof_reports_total", "outcome=\"taken\"") > 1.5
    });
    scene.world.clock.advance(86_400);
    let next = Device::enrolled(&scene.world, NUMBER);
    assert_eq!(event(&scene.a.next(), SECRET_A, &scene.world)["device"]["id"], json!(next.id));
}

#[test]
fn the_other_devices_and_the_integrators_hear_of_an_attempt_at_once() {
    let service = PushService::start(&[]);
    let trusted = |options| service.trusted_by(options);
    let scene = Scene::with(&[], trusted, &service.config());
    let owner = Device::ready(&scene.world, NUMBER);
    scene.both_hear("device.added", &owner);
    let browser = service.subscribe(&owner, "owner");
    let attacker = Device::enrolled(&scene.world, NUMBER);
    scene.both_hear("device.held", &attacker);
    let text = browser.read(&service.next().body);
    assert!(text.starts_with(r#"{"v":1,"prompt":""#), "{text}");
    let devices = owner.sync()["devices"].clone();
    assert!(devices.to_string().contains(attacker.id.as_deref().expect("enrolled")));
}

#[test]
fn an_account_without_an_address_is_told_nothing_and_all_works() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let _ = device.remove(&device).taken();
}
