//! Examples that a device signs.

use ringproof_blackbox::device::Device;
use ringproof_blackbox::totp::{self, Hash};
use serde_json::{Value, json};

use crate::Example;
use crate::scene::{Scene, Stage, sample};

/// Signs what the example sends, and says what differs in the answer.
pub(crate) fn run(scene: &Scene, mut stage: Stage, example: &Example) -> Result<(), String> {
    let call = example.path.strip_prefix("/app/api/").expect("only the app's calls are signed");
    let (device, body) = arrange(scene, &mut stage, example);
    let text = body.unwrap_or_else(|| stage.real(&example.body.to_string()));
    let body: Value = serde_json::from_str(&text).expect("JSON");
    let answer = device.call(call, &body);
    if answer.status != example.status {
        return Err(format!("{}, not {}: {}", answer.status, example.status, answer.json));
    }
    stage.compare(&example.shown, &answer.json.to_string())
}

/// The device that calls, and its body if that is no body that could be shown.
fn arrange(scene: &Scene, stage: &mut Stage, example: &Example) -> (Device, Option<String>) {
    let world = &scene.world;
    let number = stage.phone.clone();
    let id = |device: &Device| device.id.clone().expect("an enrolled device");
    match example.operation.as_str() {
        "appEnrolFinish" => {
            let device = Device::new(world);
            let enrolment = device.start_when_due(world, &number);
            let pin = world.inbox.next(&number).pin();
            // The keys are the device's own.
            let body = device.finish_body(&enrolment, &pin);
            let names = |body: &Value| {
                body.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>())
            };
            assert_eq!(names(&body), names(&example.body), "the app sends what is shown");
            (device, Some(body.to_string()))
        }
        "appDeviceCode" => {
            let _active = Device::ready(world, &number);
            (Device::enrolled(world, &number), None)
        }
        "appDeviceApprove" => {
            let active = Device::ready(world, &number);
            let held = Device::enrolled(world, &number);
            let code = held.call("devices/code", &json!({})).taken();
            stage.set("ABCDEFGH", code["code"].as_str().expect("text"));
            stage.set(sample::DEVICE, id(&held));
            (active, None)
        }
        operation => {
            let device = Device::ready(world, &number);
            let shop = stage.real(sample::SHOP);
            stage.set(sample::DEVICE, id(&device));
            stage.set(sample::ENTRY, device.entry(&shop).id);
            if matches!(operation, "appConfirm" | "appOtherConfirm") {
                stage.set(sample::PIN, device.code(&shop));
            }
            if operation == "appOtherConfirm" {
                other(&device, stage);
            }
            (device, None)
        }
    }
}

/// Another authenticator of the entry, and its first code.
fn other(device: &Device, stage: &mut Stage) {
    let body = json!({ "entry": stage.real(sample::ENTRY), "name": "Aegis" });
    let made = device.call("other/create", &body).taken();
    let text = |name: &str| made[name].as_str().expect("text").to_owned();
    let uri = text("uri");
    let secret = uri.split("secret=").nth(1).and_then(|rest| rest.split('&').next());
    let secret = totp::from_base32(secret.expect("the address has the secret"));
    let (_, now) = device.nonce();
    stage.set(sample::PIN, totp::code(&secret, Hash::Sha1, now / 1_000));
    stage.set(sample::AUTHENTICATOR, text("authenticator"));
}
