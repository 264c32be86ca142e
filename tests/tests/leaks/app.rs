//! The same search for what devices, authenticators and recovery codes have:
//! seeds, codes, push addresses (S-66, S-73, S-39).

use crate::database::Stolen;
use crate::needles::{Needles, hex};
use base64ct::{Base64, Encoding};
use ringproof_blackbox::caller::{auth, authenticators, recovery};
use ringproof_blackbox::device::{Device, b64, plain};
use ringproof_blackbox::http::{Client, Request};
use ringproof_blackbox::push_service::PushService;
use ringproof_blackbox::reports::ReportReceiver;
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::totp::{self, Hash};
use ringproof_blackbox::world::{CONFIG, U1_NUMBER, World, fixture_folder};
use serde_json::json;
use std::fs;

const EVENTS_SECRET: &str = "Canary-events-secret-3f9a51";
const ENDPOINT: &str = "Canary-endpoint-path-77d0e2";
const EVENTS_KEY: &str = "Canary-events-url-key-c41b";

/// Forbids bytes in every form in which they could be written down.
fn forbid(needles: &mut Needles, what: &str, bytes: &[u8]) {
    needles.bytes(&format!("{what}, raw"), bytes);
    let hex = hex(bytes);
    for (form, text) in [
        ("base 32", totp::base32(bytes)),
        ("base 32 in small letters", totp::base32(bytes).to_lowercase()),
        ("hexadecimal", hex.clone()),
        ("capital hexadecimal", hex.to_uppercase()),
        ("base64", Base64::encode_string(bytes).trim_end_matches('=').to_owned()),
        ("base64url", b64(bytes)),
    ] {
        needles.text(&format!("{what} as {form}"), &text);
    }
    // As a debug format has it.
    needles.text(&format!("{what} as a list"), &format!("{bytes:?}").replace(['[', ']'], ""));
}

struct Scene {
    world: World,
    needles: Needles,
    thefts: Vec<Stolen>,
}

impl Scene {
    fn steal(&mut self, when: &'static str) {
        self.thefts.push(Stolen::from(self.world.server.folder(), when));
    }

    /// What is shown once, used, mistyped and sent where it does not belong.
    fn use_authenticators(&mut self) {
        let Self { world, needles, .. } = self;
        let all = authenticators(world.s1, world.u1);
        let made = world.a.post(&all, &json!({ "name": "Aegis" })).expect(201);
        let secret = made.text("secret").to_owned();
        forbid(needles, "a seed of another program", &totp::from_base32(&secret));
        let now = world.clock.now().as_second();
        let code = totp::code(&totp::from_base32(&secret), Hash::Sha1, now);
        let one = format!("{all}/{}", made.text("id"));
        let _ = world.a.put(&one, &json!({ "token": secret })).error(422);
        let _ = world.a.put(&one, &json!({ "token": code })).expect(200);
        let _ = world.a.post(&all, &json!({ "secret": format!("{secret}!") })).error(422);
        let _ = world.a.post(&all, &json!({ "name": secret, "secret": [secret] })).error(422);
        let _ = world.a.send_body("POST", &all, format!("{{\"secret\":\"{secret}")).error(422);
        let _ = world.a.get(&format!("{all}?secret={secret}")).expect(200);
        let brought: Vec<u8> = (0..32).map(|n| n * 7 + 3).collect();
        forbid(needles, "a seed that was brought along", &brought);
        let _ = world.a.post(&all, &json!({ "secret": totp::base32(&brought) })).expect(201);
    }

    fn use_recovery(&mut self) {
        let Self { world, needles, .. } = self;
        let path = recovery(world.s1, world.u1);
        let made = world.a.post(&path, &json!({})).expect(201);
        let codes = made.json["codes"].as_array().expect("a list").clone();
        for code in &codes {
            let code = code.as_str().expect("text");
            let plain: String = code.chars().filter(|c| *c != '-').collect();
            for form in [code, &plain, &code.to_lowercase(), &plain.to_lowercase()] {
                needles.text("a recovery code", form);
                needles.unkeyed_hashes("a recovery code", form, &[world.u1, world.s1]);
            }
            forbid(needles, "the bits of a recovery code", &totp::from_base32(&plain));
        }
        let _ = world.a.put(&path, &json!({ "code": codes[0] })).expect(200);
        let _ = world.a.put(&path, &json!({ "code": codes[0] })).expect(200);
        let code = codes[1].as_str().expect("text");
        let _ = world.a.put(&path, &json!({ "code": [code] })).error(422);
        let _ = world.a.put(&path, &json!({ "code": format!("{code}{code}") })).error(422);
        let _ = world.a.send_body("PUT", &path, format!("{{\"code\":\"{code}")).error(422);
        let _ = world.a.get(&format!("{path}/{code}")).error(404);
        let _ = world.a.put(&auth(world.s1, world.u1), &json!({ "token": code })).error(422);
    }

    fn use_devices(&mut self, service: &PushService) {
        let device = Device::ready(&self.world, U1_NUMBER);
        let entry = device.entry("Example Shop").id;
        forbid(&mut self.needles, "a seed of the app", &device.seed(&entry));
        let browser = service.subscribe(&device, ENDPOINT);
        self.needles.text("the address of a device", ENDPOINT);
        forbid(&mut self.needles, "the secret of a subscription", &browser.auth());
        self.steal("while seeds live");
        let world = &self.world;
        world.clock.advance(61);
        world.a.start_totp(world.s1, world.u1).asks_for_totp();
        service.next();
        world.check_u1(&device.code("Example Shop")).verified_by_totp();

        let made = device.call("other/create", &json!({ "entry": entry, "name": "x" })).taken();
        let secret = made["uri"].as_str().and_then(|uri| uri.split("secret=").nth(1));
        let secret = secret.and_then(|rest| rest.split('&').next()).expect("a secret");
        forbid(&mut self.needles, "a seed that the app showed", &totp::from_base32(secret));
        let second = Device::enrolled(world, U1_NUMBER);
        let shown = second.call("devices/code", &json!({})).taken();
        let code = shown["code"].as_str().expect("text").to_owned();
        let id = second.id.clone().expect("enrolled");
        self.needles.text("the code of a waiting device", &code);
        self.needles.unkeyed_hashes("the code of a waiting device", &code, &[&id]);
        self.steal("while a device waits");
        for call in ["devices/rename", "devices/approve", "sync", "nothing"] {
            let body = json!({ "device": code, "code": [code] });
            assert_ne!(device.call(call, &body).status, 200);
            assert_ne!(device.send(&plain(&format!("{call}?code={code}"), &body)).status, 200);
        }
        let body = json!({ "device": id, "code": code });
        let _ = device.call("devices/approve", &body).taken();
        let wrong = browser.subscription(&format!("https://push.example/{ENDPOINT}"));
        let body = json!({ "subscription": wrong });
        device.call("push", &body).refused(400, "body");
        let _ = device.remove(&second).taken();
    }

    fn search(mut self) {
        let address = self.world.server.address();
        let page = Client::new(address).send(&Request::new("GET", "/metrics")).expect("metrics");
        let metrics = page.text();
        assert!(self.world.server.stop().success(), "the server should end well");
        self.steal("after the end");
        let log = self.world.server.printed();
        assert!(log.contains("a device was approved"), "the log was read");
        let is_trace = log.contains("TRACE") || log.contains("\"trace\"");
        assert!(is_trace, "the log should have been written at trace level");
        let mut found = Vec::new();
        for (place, text) in [("log", &log), ("metrics", &metrics)] {
            let hits = self.needles.found_in(text.as_bytes());
            found.extend(hits.into_iter().map(|hit| format!("{place}: {hit}")));
        }
        let mut told = Needles::default();
        told.text("the key in the address of events", EVENTS_KEY);
        told.text("a number", &U1_NUMBER[1..]);
        let hits =
            told.found_in(log.as_bytes()).into_iter().chain(told.found_in(metrics.as_bytes()));
        found.extend(hits);
        let mut numbers = Needles::default();
        numbers.text("a number", &U1_NUMBER[1..]);
        for stolen in &self.thefts {
            found.extend(stolen.search(&self.needles));
            found.extend(stolen.misplaced_numbers(&numbers));
            assert!(stolen.contains(b"Phone"), "the stolen files should hold the names");
        }
        let shown: Vec<_> = found.iter().take(20).map(String::as_str).collect();
        assert!(found.is_empty(), "{} leaks, the first:\n{}", found.len(), shown.join("\n"));
    }
}

#[test]
fn seeds_recovery_codes_and_push_addresses_are_nowhere_in_clear() {
    let (service, receiver) = (PushService::start(&[]), ReportReceiver::start(&[500, 200]));
    let folder = fixture_folder("");
    let secret = folder.root().join("events.secret");
    fs::write(&secret, EVENTS_SECRET).expect("our own file can be written");
    folder.write_config(&format!(
        "{CONFIG}{}[log]\nlevel = \"trace\"\n[reports]\nallow_http = true\n\
         allow_private = [\"127.0.0.0/8\"]\n[[account]]\nname = \"acme-api\"\n\
         events_url = \"{}\"\nevents_secret_file = \"{}\"\n",
        service.config(),
        receiver.url(&format!("/events?key={EVENTS_KEY}")),
        secret.display()
    ));
    let world = World::start(service.trusted_by(ServerOptions::dev(folder)));
    let mut needles = Needles::default();
    needles.text("the secret of events", EVENTS_SECRET);
    let mut scene = Scene { world, needles, thefts: Vec::new() };
    // First the devices, which would wait beside another authenticator.
    scene.use_devices(&service);
    scene.use_authenticators();
    scene.use_recovery();
    receiver.next();
    scene.search();
}

#[test]
fn a_seed_is_found_in_every_form() {
    let seed: Vec<u8> = (100..132).collect();
    let mut needles = Needles::default();
    forbid(&mut needles, "the seed", &seed);
    for form in [
        seed.clone(),
        totp::base32(&seed).into_bytes(),
        hex(&seed).into_bytes(),
        b64(&seed).into_bytes(),
        format!("{seed:?}").into_bytes(),
    ] {
        let planted = [b"before ".as_slice(), &form, b" after"].concat();
        assert!(!needles.found_in(&planted).is_empty(), "{}", String::from_utf8_lossy(&form));
    }
}
