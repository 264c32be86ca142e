//! A person's device with the authenticator app: its keys, its signed calls, the
//! seeds it opens and the codes it shows (`docs/APP-PROTOCOL.md`). It is written
//! from that page alone and shares no code with the server.

mod answer;
pub(crate) mod keys;

pub use answer::AppAnswer;
pub use keys::{DeviceKeys, b64, random, unb64};

use crate::http::{Client, Request};
use crate::totp::{self, Hash};
use crate::world::World;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What every call of the app stands below.
pub const API: &str = "/app/api/";

/// A device; the person may not have proved a number to it yet.
pub struct Device {
    /// What it signs and opens with.
    pub keys: DeviceKeys,
    /// Its id, once it is enrolled.
    pub id: Option<String>,
    client: Mutex<Client>,
    seeds: Mutex<HashMap<String, Vec<u8>>>,
}

/// One entry that a device shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The service's name.
    pub issuer: String,
    /// The user's login name.
    pub account: String,
}

impl Device {
    /// Makes a new device with keys of its own and a network address of its own,
    /// so that no limit per address stops a test.
    pub fn new(world: &World) -> Self {
        Self::at(world.server.address(), own_source())
    }

    /// Makes a new device that calls from the loopback address `source`.
    pub fn at(address: SocketAddr, source: IpAddr) -> Self {
        let client = Mutex::new(Client::from_source(address, source));
        Self { keys: DeviceKeys::new(), id: None, client, seeds: Mutex::default() }
    }

    /// Makes a device and proves this number to it, as soon as a PIN may be sent.
    #[track_caller]
    pub fn enrolled(world: &World, number: &str) -> Self {
        let mut device = Self::new(world);
        let _ = device.enrol(world, number).taken();
        device
    }

    /// The same, and it has fetched and confirmed all its seeds.
    #[track_caller]
    pub fn ready(world: &World, number: &str) -> Self {
        let device = Self::enrolled(world, number);
        device.fetch();
        device
    }

    /// The same device at another server: one that was restored or started again.
    #[must_use]
    pub fn moved_to(self, world: &World) -> Self {
        let client = Mutex::new(Client::from_source(world.server.address(), own_source()));
        Self { client, ..self }
    }

    /// Asks for a PIN, reads it from the inbox, and enters it.
    #[track_caller]
    pub fn enrol(&mut self, world: &World, number: &str) -> AppAnswer {
        let enrolment = self.start_when_due(world, number);
        let pin = world.inbox.next(number).pin();
        self.finish(&enrolment, &pin)
    }

    /// Asks for a PIN and gives the enrolment; moves the clock if one was sent
    /// to the number a moment ago.
    #[track_caller]
    pub fn start_when_due(&self, world: &World, number: &str) -> String {
        let answer = self.start(number);
        let answer = if answer.status == 429 {
            let now = world.clock.now().as_millisecond();
            let wait = answer.json["retry_at"].as_i64().expect("it is told until when") - now;
            world.clock.advance(wait / 1_000 + 1);
            self.start(number)
        } else {
            answer
        };
        answer.taken()["enrolment"].as_str().expect("text").to_owned()
    }

    /// `enrol/start`.
    #[track_caller]
    pub fn start(&self, number: &str) -> AppAnswer {
        self.send(&plain("enrol/start", &json!({ "phone": number })))
    }

    /// `enrol/finish`; the device knows its id afterwards.
    #[track_caller]
    pub fn finish(&mut self, enrolment: &str, pin: &str) -> AppAnswer {
        let answer = self.call("enrol/finish", &self.finish_body(enrolment, pin));
        if answer.status == 200 {
            self.id = Some(answer.json["device"].as_str().expect("text").to_owned());
        }
        answer
    }

    /// The body of `enrol/finish`.
    pub fn finish_body(&self, enrolment: &str, pin: &str) -> Value {
        json!({
            "enrolment": enrolment, "pin": pin, "name": "Phone", "language": "en",
            "sign_key": b64(&self.keys.sign_public()), "wrap_key": b64(&self.keys.wrap_public()),
        })
    }

    /// A new nonce of the server, and the server's time in milliseconds.
    #[track_caller]
    pub fn nonce(&self) -> (String, i64) {
        let answer = self.send(&plain("nonce", &json!({}))).taken();
        let nonce = answer["nonce"].as_str().expect("text").to_owned();
        (nonce, answer["now"].as_i64().expect("milliseconds"))
    }

    /// Makes a signed call.
    #[track_caller]
    pub fn call(&self, call: &str, body: &Value) -> AppAnswer {
        let (nonce, _) = self.nonce();
        self.send(&self.signed(call, body, &nonce))
    }

    /// A signed call with this nonce, ready to be sent or spoiled.
    pub fn signed(&self, call: &str, body: &Value, nonce: &str) -> Request {
        self.keys.sign(self.id.as_deref(), call, body, nonce)
    }

    /// Sends a call as it is.
    #[track_caller]
    pub fn send(&self, request: &Request) -> AppAnswer {
        match lock(&self.client).send(request) {
            Ok(response) => AppAnswer::checked(request, response),
            Err(error) => panic!("{} got no answer: {error}", request.target),
        }
    }

    /// `sync` without waiting.
    #[track_caller]
    pub fn sync(&self) -> Value {
        self.call("sync", &json!({ "seen": null, "wait": false })).taken()
    }

    /// Fetches all new seeds, confirms them, and gives all entries.
    #[track_caller]
    pub fn fetch(&self) -> Vec<Entry> {
        let state = self.sync();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (mut entries, mut proofs) = (Vec::new(), Vec::new());
        for entry in state["entries"].as_array().expect("a list") {
            let id = text(&entry["id"]);
            let expected = json!(["SHA256", 6, 30]);
            assert_eq!(json!([entry["algorithm"], entry["digits"], entry["period"]]), expected);
            if entry["state"] == "new" {
                let device = self.id.as_deref().expect("an enrolled device");
                let seed = self.keys.unwrap(&entry["wrapped"], device, &id);
                let now = state["now"].as_i64().expect("milliseconds") / 1_000;
                proofs.push(json!({ "id": id, "code": totp::code(&seed, Hash::Sha256, now) }));
                lock(&self.seeds).insert(id.clone(), seed);
            } else {
                assert_eq!(entry["wrapped"], Value::Null, "a seed is told once: {entry}");
            }
            entries.push(Entry {
                id,
                issuer: text(&entry["issuer"]),
                account: text(&entry["account"]),
            });
        }
        if !proofs.is_empty() {
            let count = proofs.len();
            let confirmed = self.call("confirm", &json!({ "entries": proofs })).taken();
            assert_eq!(confirmed["confirmed"].as_array().map(Vec::len), Some(count));
        }
        entries
    }

    /// The entry of this service.
    #[track_caller]
    pub fn entry(&self, issuer: &str) -> Entry {
        let found = self.fetch().into_iter().find(|entry| entry.issuer == issuer);
        found.unwrap_or_else(|| panic!("no entry of {issuer}"))
    }

    /// The code that it shows now for the entry of this service.
    #[track_caller]
    pub fn code(&self, issuer: &str) -> String {
        let entry = self.entry(issuer);
        let (_, now) = self.nonce();
        self.code_at(&entry.id, now / 1_000)
    }

    /// The code of an entry at a time in seconds.
    #[track_caller]
    pub fn code_at(&self, entry: &str, unix_seconds: i64) -> String {
        totp::code(&self.seed(entry), Hash::Sha256, unix_seconds)
    }

    /// The seed of an entry, which no real device would tell.
    #[track_caller]
    pub fn seed(&self, entry: &str) -> Vec<u8> {
        lock(&self.seeds).get(entry).expect("it was fetched").clone()
    }

    /// Lets in a device that waits, by the code it shows.
    #[track_caller]
    pub fn approve(&self, waiting: &Self) {
        let code = waiting.call("devices/code", &json!({})).taken();
        let body = json!({ "device": waiting.id, "code": code["code"] });
        let _ = self.call("devices/approve", &body).taken();
    }

    /// Removes a device.
    #[track_caller]
    pub fn remove(&self, other: &Self) -> AppAnswer {
        self.call("devices/remove", &json!({ "device": other.id }))
    }
}

/// A test that panics elsewhere has failed anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call that nobody signs.
pub fn plain(call: &str, body: &Value) -> Request {
    Request::new("POST", &format!("{API}{call}"))
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

/// A loopback address that no other person of this test program has.
pub fn own_source() -> IpAddr {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let [_, _, high, low] = count.to_be_bytes();
    Ipv4Addr::new(127, 1 + high / 100, low, high % 100 + 1).into()
}
