//! What must be there before an example runs.

use ringproof_blackbox::caller::{Caller, authenticators, recovery, service};
use ringproof_blackbox::device::Device;
use ringproof_blackbox::http::{Client, Request};
use ringproof_blackbox::totp::{self, Hash};
use serde_json::json;

use crate::scene::{BLOCKED, FAILED_LOGINS, Scene, Stage, sample};
use crate::{Example, widget};

/// A cookie that is long enough to be trusted, as the example has it.
const COOKIE: &str = "b3f1c58a7d6e4f209c1d8e7a";
/// A time far ahead, but not too far.
const WITHIN_DAYS: i64 = 3 * 24 * 60 * 60;

/// The stage of an example, with everything on it.
pub(crate) fn stage(scene: &Scene, example: &Example) -> Stage {
    let key = example.key();
    let (account, number) = match key.as_str() {
        "startAuthentication.forbidden_2" | "startNumberVerification.error_108" => {
            ("open", Some(BLOCKED[0]))
        }
        "NotAllowed.forbidden" => ("distant", None),
        "TooOften.rate_limited" => ("forgetful", None),
        "startAuthentication.forbidden" | "sendSms.error_104" | "sendSms.error_106" => {
            ("finnish", None)
        }
        "sendSms.error_107" => ("poor", None),
        "readBalance.ok" => ("payer", None),
        _ if example.name == "error_103" => ("distant", None),
        _ => ("open", None),
    };
    let mut stage = scene.stage(account, number);
    if account == "distant" {
        return stage;
    }
    if matches!(example.name.as_str(), "auth_required" | "error_101") {
        // Somebody else each time: many wrong passwords of one name are answered in another way.
        stage.credentials = format!("stranger{}:wrong", stage.phone.trim_start_matches('+'));
    }
    verification(scene, &mut stage, &key);
    below_user(scene, &mut stage, &key);
    confirmation(scene, &mut stage, &key);
    widget::arrange(scene, &mut stage, &key);
    sms(scene, &mut stage, &key);
    rest(scene, &mut stage, &key);
    stage
}

/// Ends what an example broke.
pub(crate) fn tidy_up(scene: &Scene, example: &Example) {
    if example.name == "too_many" {
        scene.world.clock.advance(601);
    }
    scene.world.faults.gateway_refuses(false);
    scene.world.faults.store_is_unavailable(false);
}

fn verification(scene: &Scene, stage: &mut Stage, key: &str) {
    let remove_user = |stage: &Stage| drop(stage.caller.delete(&stage.path()).expect(202));
    match key {
        // The service of the stage has the name that `service_exists` sends.
        "createService.service" | "createService.service_for_java" => {
            stage.set(sample::SHOP, format!("{} again", stage.real(sample::SHOP)));
        }
        "deleteService.done" | "addUser.user" | "addUser.user_for_java" => remove_user(stage),
        "startAuthentication.totp" => drop(confirmed(scene, stage, "Aegis")),
        "startAuthentication.rate_limited" | "checkPin.throttled" => stage.lock(scene),
        "startAuthentication.sms_unavailable" => scene.world.faults.gateway_refuses(true),
        "checkPin.verified" | "checkPin.verified_by_id" | "checkPin.invalid" => {
            stage.start(scene);
        }
        "checkPin.expired" => {
            stage.start(scene);
            scene.world.clock.advance(301);
        }
        _ => {}
    }
}

/// An authenticator that counts, of the user of the stage; its id.
fn confirmed(scene: &Scene, stage: &mut Stage, name: &str) -> String {
    let (id, code) = waiting(scene, stage, name);
    let path = format!("{}/{id}", authenticators(&stage.service, &stage.user));
    let _ = stage.caller.put(&path, &json!({ "token": code })).expect(200);
    id
}

/// One that waits for its first code; its id and that code.
fn waiting(scene: &Scene, stage: &mut Stage, name: &str) -> (String, String) {
    let path = authenticators(&stage.service, &stage.user);
    let made = stage.caller.post(&path, &json!({ "name": name })).expect(201);
    let secret = totp::from_base32(made.text("secret"));
    let now = scene.world.clock.now().as_second();
    let (id, code) = (made.text("id").to_owned(), totp::code(&secret, Hash::Sha1, now));
    stage.set(sample::AUTHENTICATOR, id.clone());
    stage.set(sample::PIN, code.clone());
    (id, code)
}

fn recovery_codes(stage: &mut Stage) {
    let path = recovery(&stage.service, &stage.user);
    let codes = stage.caller.post(&path, &json!({})).expect(201);
    let first = codes.json["codes"][0].as_str().expect("a code").to_owned();
    stage.set(sample::RECOVERY_CODE, first);
}

fn below_user(scene: &Scene, stage: &mut Stage, key: &str) {
    let (operation, name) = key.split_once('.').expect("a key has two parts");
    match (operation, name) {
        ("createAuthenticator", "authenticators_full") => {
            for nth in 0..5 {
                confirmed(scene, stage, &format!("Token {nth}"));
            }
        }
        ("listAuthenticators", "list") => drop(confirmed(scene, stage, "Aegis")),
        ("confirmAuthenticator" | "removeAuthenticator", _) => drop(waiting(scene, stage, "Aegis")),
        ("refuseDevice", "done") => {
            let _active = Device::enrolled(&scene.world, &stage.phone);
            let held = Device::enrolled(&scene.world, &stage.phone);
            stage.set(sample::DEVICE, held.id.clone().expect("an enrolled device"));
        }
        ("countRecoveryCodes", "some") | ("checkRecoveryCode", "verified" | "invalid") => {
            recovery_codes(stage);
        }
        ("checkRecoveryCode", "throttled") => {
            recovery_codes(stage);
            stage.lock(scene);
        }
        _ => {}
    }
}

/// Begins the confirmation of the number of the stage; its PIN.
fn confirm(scene: &Scene, stage: &mut Stage, more: &[(&str, &str)]) -> String {
    let id = stage.text.start(&stage.phone, more).started();
    stage.set(sample::CONFIRMATION, id);
    let pin = scene.world.inbox.next(&stage.phone).pin();
    stage.set(sample::PIN, pin.clone());
    pin
}

fn confirmation(scene: &Scene, stage: &mut Stage, key: &str) {
    match key {
        "startNumberVerification.trusted" => {
            let pin = confirm(scene, stage, &[("cookie", COOKIE)]);
            let id = stage.real(sample::CONFIRMATION);
            stage.text.pin(&id, &pin, &[("cookie", COOKIE)]).is("VERIFIED");
        }
        "startNumberVerification.failed_209" => scene.world.faults.gateway_refuses(true),
        "checkNumberPin.verified" | "checkNumberPin.invalid" => {
            confirm(scene, stage, &[]);
        }
        "checkNumberPin.expired" => {
            confirm(scene, stage, &[]);
            scene.world.clock.advance(301);
        }
        "checkNumberPin.throttled" => {
            confirm(scene, stage, &[]);
            let id = stage.real(sample::CONFIRMATION);
            for _ in 0..5 {
                stage.text.pin(&id, "012345", &[]).is("INVALID");
            }
        }
        _ => {}
    }
}

fn sms(scene: &Scene, stage: &mut Stage, key: &str) {
    let number = format!("+{}", stage.real(sample::RECEIVER));
    let send = |stage: &mut Stage, more: &[(&str, &str)]| {
        let id = stage.text.sms(&number, "Your parcel is here", more).taken();
        stage.set(sample::MESSAGE, id);
    };
    let at = (scene.world.clock.now().as_second() + WITHIN_DAYS).to_string();
    match key {
        "sendSms.error_108" => stage.set(sample::RECEIVER, BLOCKED[1]),
        "sendSms.failed_209" => scene.world.faults.gateway_refuses(true),
        "readSmsState.failed_102" | "cancelSms.deleted" => send(stage, &[("time_to_send", &at)]),
        "readSmsState.sent" | "readSmsState.delivered" | "readSmsState.failed" => {
            send(stage, &[]);
            let delivery = scene.world.inbox.next(&number).id;
            let report = |status| drop(scene.world.inbox.report(&delivery, status, None));
            match key {
                "readSmsState.delivered" => report("delivered"),
                "readSmsState.failed" => report("failed"),
                _ => {
                    let id = stage.real(sample::MESSAGE);
                    let is_sent = || stage.text.state(&id).text == "OK SENT";
                    scene.world.wait_until("the message is sent", |_| is_sent());
                }
            }
        }
        _ => {}
    }
}

fn rest(scene: &Scene, stage: &mut Stage, key: &str) {
    match key {
        "TooOften.rate_limited" => {
            let stranger = Caller::new(scene.world.server.address(), "forgetful:wrong");
            let refused = |_| stranger.get(&service(&stage.service)).status == 429;
            assert!((0..2 * FAILED_LOGINS).any(refused), "failed logins have a limit");
        }
        "Unavailable.internal" => scene.world.faults.store_is_unavailable(true),
        "tellReceipts.taken" => {
            let _ = stage.text.sms("+358401234567", "hi", &[]).taken();
            let (message, _) = scene.webhook.next().messages().remove(0);
            stage.set(sample::DELIVERY, message);
        }
        "readInbox.messages" => {
            let pin = stage.start(scene);
            stage.set(sample::PIN, pin);
        }
        "giveReceipt.taken" => {
            let path = format!("{}/auth", stage.path());
            let _ = stage.caller.post(&path, &json!({ "method": "sms" })).expect(201);
            stage.set(sample::DELIVERY, scene.world.inbox.next(&stage.phone).id);
        }
        "readClock.real" | "changeClock.moved" => {
            let request = Request::new("POST", "/dev/clock").body(r#"{"reset":true}"#);
            let _ = Client::new(scene.world.server.address()).send(&request).expect("an answer");
        }
        _ => {}
    }
}
