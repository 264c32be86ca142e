//! Signed calls (S-34): whatever is not signed just so, and now, is refused.

use ringproof_blackbox::device::{Device, b64, plain};
use ringproof_blackbox::http::Request;
use ringproof_blackbox::world::{NONE, U1_NUMBER, U2_NUMBER, World};
use serde_json::{Value, json};

fn sync() -> Value {
    json!({ "seen": null, "wait": false })
}

/// A world, a device on it, and a good call that was not sent yet.
fn scene() -> (World, Device, Request) {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let (nonce, _) = device.nonce();
    let call = device.signed("devices/rename", &json!({ "name": "Renamed" }), &nonce);
    (world, device, call)
}

#[track_caller]
fn assert_name(device: &Device, name: &str) {
    assert_eq!(device.sync()["device"]["name"], name);
}

#[test]
fn a_good_call_is_taken_and_brings_the_next_nonce() {
    let (_world, device, call) = scene();
    let answer = device.send(&call);
    let next = answer.response.header("x-app-nonce").expect("the next nonce").to_owned();
    let _ = answer.taken();
    let _ = device.send(&device.signed("sync", &sync(), &next)).taken();
    assert_name(&device, "Renamed");
}

#[test]
fn a_replay_is_refused() {
    let (_world, device, call) = scene();
    let _ = device.send(&call).taken();
    device.send(&call).refused(401, "nonce");
    let (nonce, _) = device.nonce();
    let _ = device.send(&device.signed("sync", &sync(), &nonce)).taken();
    // Another call with the same nonce is none the better for its good signature.
    let again = device.signed("devices/rename", &json!({ "name": "Again" }), &nonce);
    device.send(&again).refused(401, "nonce");
    assert_name(&device, "Renamed");
}

#[test]
fn a_nonce_of_one_device_is_not_used_up_by_a_refused_call() {
    let (_world, device, call) = scene();
    let spoiled = call.clone().body(json!({ "name": "Evil" }).to_string());
    device.send(&spoiled).refused(401, "signature");
    let _ = device.send(&call).taken();
    assert_name(&device, "Renamed");
}

#[test]
fn an_altered_body_path_time_nonce_or_device_is_refused() {
    let (world, device, call) = scene();
    let other = Device::ready(&world, U2_NUMBER);
    let (fresh, _) = device.nonce();
    let with = |name: &str, value: &str| call.clone().without(name).header(name, value);
    let mut other_path = call.clone();
    other_path.target = "/app/api/devices/remove".to_owned();
    let name_of_other = other_path.body(json!({ "device": device.id }).to_string());
    let altered = [
        call.clone().body(json!({ "name": "Evil" }).to_string()),
        call.clone().body(json!({ "name": "Renamed" }).to_string() + " "),
        name_of_other,
        with("X-App-Time", "1764180000000"),
        with("X-App-Nonce", &fresh),
        with("X-App-Device", other.id.as_deref().expect("enrolled")),
        with("X-App-Signature", &b64(&[0; 64])),
        with("X-App-Signature", &b64(&[7; 64])),
        with("X-App-Signature", &b64(&[7; 63])),
        with("X-App-Signature", "?"),
        with("X-App-Time", "now"),
        call.clone().without("X-App-Signature"),
        call.clone().without("X-App-Nonce"),
        call.clone().without("X-App-Time"),
        call.clone().header("X-App-Time", "1"),
        call.clone().header("X-App-Device", NONE),
    ];
    for request in &altered {
        device.send(request).refused(401, "signature");
    }
    assert_eq!(device.sync()["device"]["name"], "Phone");
}

#[test]
fn the_same_call_to_another_route_is_refused() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let (nonce, _) = device.nonce();
    // Both take an empty object; only the path tells them apart.
    let mut call = device.signed("devices/code", &json!({}), &nonce);
    call.target = "/app/api/push".to_owned();
    assert_ne!(device.send(&call).status, 200);
}

#[test]
fn the_key_of_another_device_is_refused() {
    let (world, device, _) = scene();
    let other = Device::ready(&world, U2_NUMBER);
    let (nonce, _) = device.nonce();
    let forged = other.keys.sign(device.id.as_deref(), "sync", &sync(), &nonce);
    device.send(&forged).refused(401, "signature");
}

#[test]
fn an_unknown_device_is_told_so() {
    let world = World::fresh();
    let mut device = Device::new(&world);
    device.call("sync", &sync()).refused(401, "device");
    for id in [NONE, "x", ""] {
        device.id = Some(id.to_owned());
        device.call("sync", &sync()).refused(401, "device");
    }
}

#[test]
fn a_nonce_lives_for_a_minute() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let base = world.clock.now();
    let (nonce, _) = device.nonce();
    world.clock.go_to(base, 55);
    let _ = device.send(&device.signed("sync", &sync(), &nonce)).taken();
    let (nonce, _) = device.nonce();
    world.clock.advance(61);
    device.send(&device.signed("sync", &sync(), &nonce)).refused(401, "nonce");
}

#[test]
fn a_nonce_that_is_not_ours_is_refused() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let (nonce, _) = device.nonce();
    let mut spoiled = ringproof_blackbox::device::unb64(&nonce);
    for at in 0..spoiled.len() {
        spoiled[at] ^= 1;
        device.send(&device.signed("sync", &sync(), &b64(&spoiled))).refused(401, "nonce");
        spoiled[at] ^= 1;
    }
    assert!(spoiled.len() >= 16, "at least 128 bits");
    for nonce in ["", "AAAA", &b64(&[0; 40]), &format!("{nonce}AA")] {
        device.send(&device.signed("sync", &sync(), nonce)).refused(401, "nonce");
    }
}

#[test]
fn nonces_are_all_different() {
    let world = World::fresh();
    let device = Device::new(&world);
    let nonces: std::collections::HashSet<_> = (0..500).map(|_| device.nonce().0).collect();
    assert_eq!(nonces.len(), 500);
}

#[test]
fn a_call_from_another_site_is_refused() {
    let (_world, device, call) = scene();
    for site in ["cross-site", "same-site", "none", ""] {
        device.send(&call.clone().header("Sec-Fetch-Site", site)).refused(403, "site");
        let start = plain("enrol/start", &json!({ "phone": U1_NUMBER }));
        device.send(&start.header("Sec-Fetch-Site", site)).refused(403, "site");
    }
    let twice = call.clone().header("Sec-Fetch-Site", "same-origin");
    device.send(&twice.header("Sec-Fetch-Site", "cross-site")).refused(403, "site");
    let _ = device.send(&call.header("Sec-Fetch-Site", "same-origin")).taken();
}

#[test]
fn what_is_not_announced_as_json_is_refused() {
    let (_world, device, call) = scene();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let call = call.clone().without("Content-Type").header("Content-Type", kind);
        device.send(&call).refused(400, "body");
    }
    device.send(&call.clone().without("Content-Type")).refused(400, "body");
    let kind = "application/json; charset=utf-8";
    let _ = device.send(&call.without("Content-Type").header("Content-Type", kind)).taken();
}

#[test]
fn a_call_that_there_is_not_is_missing() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    for call in ["x", "devices", "devices/", "sync/x", "enrol", "enrol/"] {
        let answer = device.call(call, &json!({}));
        assert_eq!(answer.status, 404, "{call}: {answer:?}");
    }
}
