//! The calls as data (`docs/APP-PROTOCOL.md`).

use std::collections::BTreeMap;

use http::Method;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::wire::{Refusal, WireRefusal};
use super::{CALLS, Call, devices, enrol, other, signed, sync};
use crate::openapi::model::{Answer, Example, Login, Operation, Parameter, Sent, Tag, Taken};
use crate::openapi::schemas::{Schemas, pattern, uuid};
use crate::openapi::{refusals, sample};

/// What differs from call to call.
struct Told {
    id: &'static str,
    summary: &'static str,
    text: &'static str,
    signed: Signed,
    body: Value,
    sent: Value,
    answer: Value,
    shown: Value,
    refusals: Vec<Refusal>,
}

/// Who signs a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signed {
    /// Nobody.
    No,
    /// A key that no device has yet.
    ByKey,
    /// A device.
    ByDevice,
}

/// Every call of the app.
pub(crate) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    CALLS.iter().map(|(name, call)| operation(name, tell(*call, schemas), schemas)).collect()
}

fn operation(name: &str, told: Told, schemas: &mut Schemas) -> Operation {
    let path = format!("/app/api/{name}");
    let json = "Content-Type: application/json";
    let sent = Sent::to(&path).json(told.sent.clone()).header(json);
    let right_sent = if told.signed == Signed::No { sent.clone() } else { sent.clone().signed() };
    let mut right = Answer::json(200, "It is done.", told.answer.clone()).example(Example::json(
        "ok",
        &right_sent,
        told.shown.clone(),
    ));
    if told.signed != Signed::No {
        right = right.header("X-App-Nonce", "The nonce of the next call.");
    }
    let mut answers = vec![right];
    answers.extend(refused(&told, &sent, schemas));
    let login = if told.signed == Signed::No { Login::Nobody } else { Login::Device };
    Operation {
        id: told.id,
        tag: Tag::App,
        method: Method::POST,
        aliases: Vec::new(),
        summary: told.summary,
        text: told.text,
        login,
        parameters: headers(told.signed),
        taken: Some(Taken { kinds: &["application/json"], schema: told.body, is_needed: true }),
        sent: right_sent,
        answers,
        shared: refusals::EDGE,
        path,
    }
}

/// What a device signs stands in the header.
fn headers(signed: Signed) -> Vec<Parameter> {
    let mut headers = match signed {
        Signed::No => return Vec::new(),
        Signed::ByKey => Vec::new(),
        Signed::ByDevice => vec![Parameter::header("X-App-Device", uuid(), "The device's id.")],
    };
    let (digits, octets) = (pattern("^[0-9]{1,15}$"), pattern("^[A-Za-z0-9_-]{1,128}$"));
    headers.extend([
        Parameter::header(
            "X-App-Time",
            digits,
            "What the device takes for the time, in milliseconds.",
        ),
        Parameter::header(
            "X-App-Nonce",
            octets.clone(),
            "A nonce of the server, good for one call.",
        ),
        Parameter::header("X-App-Signature", octets, "ECDSA over the call, in base64url."),
    ]);
    headers
}

/// The refusals of any call, and its own, by their status; the edge's own with them.
fn refused(told: &Told, sent: &Sent, schemas: &mut Schemas) -> Vec<Answer> {
    let mut words: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    let mut add = |refusal: &Refusal| {
        let (status, word) = refusal.line();
        let known = words.entry(status.as_u16()).or_default();
        if !known.contains(&word) {
            known.push(word);
        }
    };
    [Refusal::Body, Refusal::Site, Refusal::Insecure, Refusal::Unavailable]
        .iter()
        .for_each(&mut add);
    if told.signed != Signed::No {
        [Refusal::Signature, Refusal::Nonce].iter().for_each(&mut add);
    }
    if told.signed == Signed::ByDevice {
        add(&Refusal::Device);
    }
    told.refusals.iter().for_each(&mut add);
    let answer = |(status, words): (u16, Vec<&'static str>)| {
        let one = json!({ "properties": { "error": { "enum": words } } });
        let own = json!({ "allOf": [schemas.answer::<WireRefusal<'_>>(), one] });
        let edge = schemas.answer::<crate::http::verification::answer::WireProblem<'_>>();
        let text = format!("The member error says why: {}.", words.join(", "));
        let mut answer = Answer::json(status, text, json!({ "anyOf": [own, edge] }));
        if status == 400 {
            let bad = Sent::to(&sent.path).raw("no JSON");
            answer = answer.example(Example::json("body", &bad, json!({ "error": "body" })));
        }
        if status == 403 {
            let foreign = sent.clone().header("Sec-Fetch-Site: cross-site");
            answer = answer.example(Example::json("site", &foreign, json!({ "error": "site" })));
        }
        if status == 429 {
            answer.header("Retry-After", "Whole seconds to wait, if that helps.")
        } else {
            answer
        }
    };
    words.into_iter().map(answer).collect()
}

fn of<Taken: JsonSchema>(
    id: &'static str,
    summary: &'static str,
    signed: Signed,
    schemas: &mut Schemas,
) -> Told {
    Told {
        id,
        summary,
        text: summary,
        signed,
        body: schemas.request::<Taken>(),
        sent: json!({}),
        answer: json!({ "type": "object" }),
        shown: json!({}),
        refusals: Vec::new(),
    }
}

fn tell(call: Call, schemas: &mut Schemas) -> Told {
    match call {
        Call::Nonce => nonce(schemas),
        Call::EnrolStart => enrol_start(schemas),
        Call::EnrolFinish => enrol_finish(schemas),
        Call::Sync => state(schemas),
        Call::Confirm => confirm(schemas),
        Call::DevicesCode => devices_code(schemas),
        Call::DevicesApprove => devices_approve(schemas),
        Call::DevicesRemove => devices_remove(schemas),
        Call::DevicesRename => devices_rename(schemas),
        Call::Push => push(schemas),
        Call::OtherCreate => other_create(schemas),
        Call::OtherConfirm => other_confirm(schemas),
    }
}

/// 65 bytes of a public key.
const KEY: &str =
    "BG3OGHrl3YJ5PHpl0GSqtAAlUPnx1LvwQvFMIc68vhJU6nIkRzPEqtCduQz8wQj0r71NVPzr7ZRk2f-fhsQ5pK8";
const NONCE: &str = "V2hhdCBhIG5vbmNlIGlzIGZvciBvbmUgY2FsbCBvbmx5";
const TIME_MS: i64 = 1_764_180_000_000;

fn nonce(schemas: &mut Schemas) -> Told {
    Told {
        text: "Any object will do for a body.",
        body: json!({ "type": "object" }),
        answer: schemas.answer::<signed::WireNonce>(),
        shown: json!({ "nonce": NONCE, "now": TIME_MS, "protocol": signed::PROTOCOL }),
        ..of::<devices::Nothing>(
            "appNonce",
            "A nonce for the first signed call",
            Signed::No,
            schemas,
        )
    }
}

fn enrol_start(schemas: &mut Schemas) -> Told {
    Told {
        text: "Sends a PIN, whoever's number it is; nothing tells whether the number is known.",
        sent: json!({ "phone": sample::PHONE }),
        answer: schemas.answer::<enrol::Started>(),
        shown: json!({ "enrolment": sample::CONFIRMATION }),
        refusals: vec![Refusal::Phone, Refusal::Country, Refusal::Throttled(None)],
        ..of::<enrol::Start>(
            "appEnrolStart",
            "Prove a number to a device: send a PIN",
            Signed::No,
            schemas,
        )
    }
}

fn enrol_finish(schemas: &mut Schemas) -> Told {
    Told {
        text: "Signed by the new key, without X-App-Device. Wrong, expired and unknown are one refusal.",
        sent: json!({
            "enrolment": sample::CONFIRMATION, "pin": sample::PIN, "name": "Phone", "language": "en",
            "sign_key": KEY, "wrap_key": KEY,
        }),
        answer: schemas.answer::<enrol::Finished>(),
        shown: json!({ "device": sample::DEVICE, "state": "active", "held_until": null }),
        refusals: vec![Refusal::Pin, Refusal::Throttled(None), Refusal::DevicesFull(Vec::new())],
        ..of::<enrol::Finish>(
            "appEnrolFinish",
            "Prove a number to a device: the PIN",
            Signed::ByKey,
            schemas,
        )
    }
}

fn state(schemas: &mut Schemas) -> Told {
    let device = json!({
        "id": sample::DEVICE, "name": "Phone", "state": "active", "held_until": null, "has_push": false,
    });
    let listed = json!({
        "id": sample::DEVICE, "name": "Phone", "state": "active", "held_until": null,
        "created_at": TIME_MS, "last_seen_at": TIME_MS, "is_this": true,
    });
    let entry = json!({
        "id": sample::ENTRY, "issuer": "Example Shop", "account": "jane", "state": "ready",
        "algorithm": "SHA256", "digits": 6, "period": 30, "wrapped": null,
    });
    Told {
        text: "With wait, and while nothing is new since seen, the answer is held back up to 8 s.",
        sent: json!({ "seen": null, "wait": false }),
        answer: schemas.answer::<sync::WireState>(),
        shown: json!({
            "protocol": signed::PROTOCOL, "version": "2f0f3a1b5c6d7e8f9a0b1c2d3e4f5061", "now": TIME_MS,
            "push_key": KEY, "device": device, "devices": [listed], "entries": [entry], "prompts": [],
        }),
        ..of::<sync::Sync>("appSync", "All that a device shows", Signed::ByDevice, schemas)
    }
}

fn confirm(schemas: &mut Schemas) -> Told {
    Told {
        text: "A code proves that the seed of an entry has arrived. At most 200 entries; those that are \
               ready already are passed over, as here.",
        sent: json!({ "entries": [{ "id": sample::ENTRY, "code": sample::PIN }] }),
        answer: schemas.answer::<sync::Confirmed>(),
        shown: json!({ "confirmed": [] }),
        refusals: vec![Refusal::Held],
        ..of::<sync::Confirm>(
            "appConfirm",
            "Prove that seeds have arrived",
            Signed::ByDevice,
            schemas,
        )
    }
}

fn devices_code(schemas: &mut Schemas) -> Told {
    let summary = "The code that lets a waiting device in";
    Told {
        answer: schemas.answer::<devices::WireCode<'_>>(),
        shown: json!({ "code": "ABCDEFGH", "expires_at": TIME_MS }),
        refusals: vec![Refusal::Missing, Refusal::Held],
        ..of::<devices::Nothing>("appDeviceCode", summary, Signed::ByDevice, schemas)
    }
}

fn devices_approve(schemas: &mut Schemas) -> Told {
    let full = Refusal::DevicesFull(Vec::new());
    Told {
        sent: json!({ "device": sample::DEVICE, "code": "ABCDEFGH" }),
        refusals: vec![Refusal::Missing, Refusal::Held, Refusal::Code, full],
        ..of::<devices::Approve>(
            "appDeviceApprove",
            "Let a waiting device in",
            Signed::ByDevice,
            schemas,
        )
    }
}

fn devices_remove(schemas: &mut Schemas) -> Told {
    Told {
        sent: json!({ "device": sample::DEVICE }),
        refusals: vec![Refusal::Missing, Refusal::Held],
        ..of::<devices::Remove>("appDeviceRemove", "Remove a device", Signed::ByDevice, schemas)
    }
}

fn devices_rename(schemas: &mut Schemas) -> Told {
    Told {
        sent: json!({ "name": "Tablet" }),
        refusals: vec![Refusal::Held],
        ..of::<devices::Rename>("appDeviceRename", "Rename the device", Signed::ByDevice, schemas)
    }
}

fn push(schemas: &mut Schemas) -> Told {
    Told {
        text: "An address that is at no push service on the list is refused.",
        sent: json!({ "subscription": null }),
        ..of::<devices::Push>("appPush", "Where a device is woken", Signed::ByDevice, schemas)
    }
}

fn other_create(schemas: &mut Schemas) -> Told {
    Told {
        text: "The seed is shown once. The entry must be ready.",
        sent: json!({ "entry": sample::ENTRY, "name": "Aegis" }),
        answer: schemas.answer::<other::Created<'_>>(),
        shown: json!({
            "authenticator": sample::AUTHENTICATOR,
            "uri": "otpauth://totp/Example%20Shop:jane?secret=GNHF755C5HFEVPPXZIX3DSGSU62NZGFU",
            "qr_svg": "<svg xmlns=\"http://www.w3.org/2000/svg\"…",
        }),
        refusals: vec![Refusal::Missing, Refusal::Held, Refusal::DevicesFull(Vec::new())],
        ..of::<other::Create>(
            "appOtherCreate",
            "Another authenticator for an entry",
            Signed::ByDevice,
            schemas,
        )
    }
}

fn other_confirm(schemas: &mut Schemas) -> Told {
    Told {
        sent: json!({ "entry": sample::ENTRY, "authenticator": sample::AUTHENTICATOR, "code": sample::PIN }),
        refusals: vec![Refusal::Missing, Refusal::Held, Refusal::Code],
        ..of::<other::Confirm>("appOtherConfirm", "Its first code", Signed::ByDevice, schemas)
    }
}
