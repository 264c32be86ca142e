//! A nonce is good for one call, whatever came of it (S-34).

use ringproof_verify::code::EnteredCode;
use ringproof_verify::engine::authenticator::DeviceName;
use ringproof_verify::engine::device::others::{self, ApprovalCode};
use ringproof_verify::engine::device::{DeviceCall, DeviceRefusal, entries};
use ringproof_verify::engine::{Change, Snapshot};
use ringproof_verify::entropy::SeededEntropy;
use ringproof_verify::ids::{AuthenticatorId, DeviceId};

use super::NUMBER;
use crate::phone_app::{App, told, uses_nonce};
use crate::world::World;

/// A rule of a device: what it changes, and why it refuses.
type Rule = fn(&World, &Snapshot, &DeviceCall) -> (Vec<Change>, Option<DeviceRefusal>);

macro_rules! rule {
    ($world:ident, $snapshot:ident, $call:ident => $decided:expr) => {
        |$world, $snapshot, $call| {
            let decided = $decided;
            (decided.changes, decided.outcome.err())
        }
    };
}

fn entropy() -> SeededEntropy {
    SeededEntropy::new(34)
}

const NOBODY: DeviceId = DeviceId::from_bytes([9; 16]);
const NOTHING: AuthenticatorId = AuthenticatorId::from_bytes([9; 16]);

fn name() -> DeviceName {
    DeviceName::parse("New").expect("it is a name")
}

const RULES: [(&str, Rule); 8] = [
    ("sync", rule!(w, s, call => entries::sync(s, call, &w.ring, w.now, &mut entropy()))),
    (
        "confirm",
        rule!(w, s, call => {
            let codes = [(NOTHING, EnteredCode::parse("123456").expect("typed"))];
            entries::confirm(s, call, &codes, &w.ring, w.now)
        }),
    ),
    ("user_of", rule!(w, s, call => entries::user_of(s, call, NOTHING, w.now))),
    ("show_code", rule!(w, s, call => others::show_code(s, call, &w.ring, w.now, &mut entropy()))),
    (
        "approve",
        rule!(w, s, call => {
            others::approve(s, call, NOBODY, ApprovalCode::parse("00000000").as_ref(), &w.ring, &mut told, w.now)
        }),
    ),
    ("remove", rule!(w, s, call => others::remove(s, call, NOBODY, &mut told, w.now))),
    ("rename", rule!(w, s, call => others::rename(s, call, &name(), w.now))),
    ("subscribe", rule!(w, s, call => others::subscribe(s, call, None, w.now))),
];

fn two_devices() -> (World, [App; 2]) {
    let (mut world, _) = World::with_person();
    let active = world.ready_app(NUMBER);
    let held = world.held_app();
    (world, [active, held])
}

#[test]
fn every_call_uses_its_nonce_up_whether_it_is_taken_or_refused() {
    let (mut world, devices) = two_devices();
    let (mut taken, mut refused) = (0, 0);
    for (rule_name, rule) in RULES {
        for app in &devices {
            let call = world.call(app.device);
            let snapshot = world.records.snapshot(&call.keys_with_entries());
            let (changes, refusal) = rule(&world, &snapshot, &call);
            assert!(uses_nonce(&changes, call.nonce), "{rule_name}");
            match refusal {
                None => taken += 1,
                Some(refusal) => {
                    refused += 1;
                    assert_ne!(refusal, DeviceRefusal::NonceUsed, "{rule_name}");
                }
            }
            world.records.apply(changes);
            let snapshot = world.records.snapshot(&call.keys_with_entries());
            let (changes, refusal) = rule(&world, &snapshot, &call);
            assert_eq!(refusal, Some(DeviceRefusal::NonceUsed), "{rule_name}");
            assert!(changes.is_empty(), "{rule_name}");
        }
    }
    assert_eq!((taken, refused), (7, 9), "both happen");
}

#[test]
fn a_nonce_that_one_device_used_is_used_for_all() {
    let (mut world, [active, held]) = two_devices();
    let call = world.call(active.device);
    let run = |world: &mut World, call: DeviceCall| {
        world.run(&call.keys(), |w, s, _| others::rename(s, &call, &name(), w.now))
    };
    assert_eq!(run(&mut world, call), Ok(()));
    let stolen = DeviceCall { device: held.device, ..call };
    assert_eq!(run(&mut world, stolen), Err(DeviceRefusal::NonceUsed));
    assert_eq!(world.device(active.device).unwrap().name, "New");
    let own = world.call(held.device);
    assert_eq!(run(&mut world, own), Err(DeviceRefusal::Held), "its name was told when it asked");
    assert_eq!(world.device(held.device).unwrap().name, "Phone");
}

#[test]
fn a_device_that_is_gone_is_refused_in_every_call() {
    let (mut world, _) = two_devices();
    for (rule_name, rule) in RULES {
        let call = world.call(NOBODY);
        let snapshot = world.records.snapshot(&call.keys_with_entries());
        let (changes, refusal) = rule(&world, &snapshot, &call);
        assert_eq!(refusal, Some(DeviceRefusal::DeviceGone), "{rule_name}");
        assert!(changes.is_empty(), "{rule_name}");
    }
}

#[test]
fn a_nonce_is_remembered_until_it_is_too_old_and_then_forgotten() {
    let (mut world, [active, _]) = two_devices();
    let call = world.call(active.device);
    assert_eq!(call.nonce_until, world.now + super::seconds(60));
    world.run(&call.keys(), |w, s, _| others::rename(s, &call, &name(), w.now)).unwrap();
    let is_kept = |world: &World| world.records.nonces.iter().any(|(n, _)| *n == call.nonce);
    world.advance_ms(59_999);
    world.records.apply(vec![Change::ForgetNonces(world.now)]);
    assert!(is_kept(&world));
    world.advance_ms(1);
    world.records.apply(vec![Change::ForgetNonces(world.now)]);
    assert!(!is_kept(&world));
}

#[test]
fn when_a_device_was_seen_is_noted_to_the_minute() {
    let (mut world, [active, held]) = two_devices();
    let before = world.device(active.device).unwrap().last_seen_at;
    for (app, entries) in [(active, 1), (held, 0)] {
        world.device_mut(app.device).last_seen_at = world.now;
        let from = world.now;
        world.advance_ms(59_999);
        let mut app = app;
        assert_eq!(world.sync(&mut app).unwrap().entries.len(), entries);
        assert_eq!(world.device(app.device).unwrap().last_seen_at, from);
        world.advance_ms(1);
        world.sync(&mut app).unwrap();
        assert_eq!(world.device(app.device).unwrap().last_seen_at, world.now);
    }
    assert!(before < world.now);
}
