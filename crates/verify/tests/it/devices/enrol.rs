//! A number is proved to a device (S-17, S-31, D-22).

use ringproof_verify::engine::device::enrol::{EnrolOutcome, EnrolRequest};
use ringproof_verify::engine::event::EventKind;
use ringproof_verify::ids::{AccountId, VerificationId};

use super::{DAY, HOUR, NUMBER};
use crate::authing::typed;
use crate::world::World;

#[test]
fn the_first_device_is_active_at_once_and_a_second_waits_a_day() {
    let (mut world, jane) = World::with_person();
    let (first, device) = world.enrol(NUMBER);
    assert_eq!((device.held_until, device.number_key), (None, world.number_of(jane)));
    assert_eq!((device.name.as_str(), device.language.as_str()), ("Phone", "et"));
    assert_eq!(world.device(first.device), Some(&device));
    world.advance(HOUR);
    let (request, _) = world.wants_to_enrol(NUMBER);
    let EnrolOutcome::Enrolled { device, others } = world.enrol_as(&request) else {
        panic!("not enrolled")
    };
    assert_eq!(device.held_until, Some(world.now + super::seconds(DAY)));
    let others: Vec<_> = others.iter().map(|d| d.id).collect();
    assert_eq!(others, [first.device], "it is told");
    let (added, held) = (EventKind::DeviceAdded.as_str(), EventKind::DeviceHeld.as_str());
    let told = |kind, device| (jane.account, format!("{kind} {device} of {}", jane.user));
    let expected = [told(added, first.device), told(held, device.id)];
    assert_eq!(world.reported(), expected, "the integrator is told");
    // A device of another number has nothing to do with it.
    let (_, stranger) = world.enrol("+37255500177");
    assert!(stranger.is_active(world.now));
}

#[test]
fn wrong_expired_used_and_unknown_pins_are_one_refusal_and_no_device() {
    let (mut world, _) = World::with_person();
    let (right, _) = world.wants_to_enrol(NUMBER);
    let mut wrong = right.clone();
    wrong.check.entered = typed("000000");
    let mut unknown = right.clone();
    unknown.check.confirmation = VerificationId::from_bytes([9; 16]);
    let mut of_account = right.clone();
    of_account.check.account = AccountId::from_i64(1);
    for request in [&wrong, &unknown, &of_account] {
        let mut world = world.clone();
        assert!(matches!(world.enrol_as(request), EnrolOutcome::PinRefused));
        assert!(world.records.devices.is_empty());
    }
    // What was compared uses its nonce up; about an enrolment that never was, nothing
    // is written at all.
    for (request, is_used) in [(&wrong, true), (&unknown, false), (&of_account, false)] {
        let mut world = world.clone();
        let before = world.records.clone();
        let _ = world.enrol_as(request);
        let again = world.enrol_as(request);
        assert_eq!(matches!(again, EnrolOutcome::NonceUsed), is_used);
        assert_eq!(world.records == before, !is_used);
    }
    let mut late = world.clone();
    late.advance(300);
    assert!(matches!(late.enrol_as(&right), EnrolOutcome::PinRefused));
    let EnrolOutcome::Enrolled { device: made, .. } = world.enrol_as(&right) else {
        panic!("not enrolled")
    };
    let (other, _) = world.clone().wants_to_enrol("+37255500188");
    let (nonce, nonce_until) = world.nonce();
    let (sign_key, enrolment) = (other.sign_key, right.check.confirmation);
    let device = world.ring.device_id(enrolment, &sign_key);
    assert_ne!(device, made.id);
    let stolen = EnrolRequest { nonce, nonce_until, sign_key, device, ..right.clone() };
    assert!(matches!(world.enrol_as(&stolen), EnrolOutcome::PinRefused), "the PIN is used");
    // Where the answer was lost, the same device is told once more what it is.
    let (nonce, nonce_until) = world.nonce();
    let again = EnrolRequest { nonce, nonce_until, ..right };
    let EnrolOutcome::Again(told) = world.enrol_as(&again) else { panic!("not known") };
    assert_eq!(told, made);
    assert_eq!(world.records.devices.len(), 1);
}

#[test]
fn a_device_waits_beside_another_program_that_makes_codes() {
    let (mut world, jane) = World::with_person();
    world.add_device(jane);
    let (_, device) = world.enrol(NUMBER);
    assert_eq!(device.held_until, Some(world.now + super::seconds(DAY)));
}

#[test]
fn a_nonce_that_was_used_costs_no_attempt() {
    let (mut world, _) = World::with_person();
    let (mut request, _) = world.wants_to_enrol(NUMBER);
    let right = request.check.entered.clone();
    request.check.entered = typed("000000");
    for _ in 0..10 {
        world.enrol_as(&request);
    }
    request.check.entered = right;
    (request.nonce, request.nonce_until) = world.nonce();
    assert!(matches!(world.enrol_as(&request), EnrolOutcome::Enrolled { .. }));
}

#[test]
fn five_wrong_pins_are_throttled() {
    let (mut world, _) = World::with_person();
    let (mut request, _) = world.wants_to_enrol(NUMBER);
    let right = request.check.entered.clone();
    for _ in 0..5 {
        request.check.entered = typed("000000");
        (request.nonce, request.nonce_until) = world.nonce();
        assert!(matches!(world.enrol_as(&request), EnrolOutcome::PinRefused));
    }
    request.check.entered = right;
    (request.nonce, request.nonce_until) = world.nonce();
    assert!(matches!(world.enrol_as(&request), EnrolOutcome::Throttled));
    assert!(world.records.devices.is_empty());
}

#[test]
fn a_sixth_device_is_refused_with_the_list_of_five() {
    let (mut world, _) = World::with_person();
    let first = world.ready_app(NUMBER);
    for _ in 0..4 {
        world.second_app(&first);
        world.advance(DAY);
    }
    let (request, _) = world.wants_to_enrol(NUMBER);
    let EnrolOutcome::Full(active) = world.enrol_as(&request) else { panic!("not full") };
    assert_eq!(active, world.records.devices);
    assert_eq!(world.records.devices.len(), 5);
    world.advance(HOUR);
    world.remove_device(first.device, active[1].id).unwrap();
    world.held_app();
}

#[test]
fn five_devices_that_are_lost_for_long_make_a_new_one_wait_and_no_more() {
    let (mut world, _) = World::with_person();
    let first = world.ready_app(NUMBER);
    for _ in 0..4 {
        world.second_app(&first);
    }
    world.advance(90 * DAY - HOUR);
    let (request, _) = world.clone().wants_to_enrol(NUMBER);
    assert!(matches!(world.clone().enrol_as(&request), EnrolOutcome::PinRefused));
    world.advance(HOUR);
    let waiting = world.held_app();
    world.advance(DAY);
    assert!(world.device(waiting.device).unwrap().is_active(world.now));
}

#[test]
fn at_most_three_wait_and_the_oldest_goes() {
    let (mut world, _) = World::with_person();
    world.ready_app(NUMBER);
    let held: Vec<_> = (0..5).map(|_| world.held_app().device).collect();
    let kept: Vec<_> = world.records.devices[1..].iter().map(|d| d.id).collect();
    assert_eq!(kept, held[2..]);
}

#[test]
fn those_that_wait_are_never_more_than_may_be_active_in_the_end() {
    let (mut world, _) = World::with_person();
    let first = world.ready_app(NUMBER);
    for active in 1..=4_usize {
        let mut waiting = world.clone();
        let held: Vec<_> = (0..4).map(|_| waiting.held_app().device).collect();
        let room = 3.min(5 - active);
        let kept: Vec<_> = waiting.records.devices[active..].iter().map(|d| d.id).collect();
        assert_eq!(kept, held[4 - room..], "{active} active");
        waiting.advance(DAY);
        assert!(waiting.records.devices.iter().all(|d| d.is_active(waiting.now)));
        assert!(waiting.records.devices.len() <= 5);
        world.second_app(&first);
        world.advance(DAY);
    }
}

#[test]
fn without_an_active_device_the_next_one_is_active_though_others_wait() {
    let (mut world, _) = World::with_person();
    let first = world.ready_app(NUMBER);
    world.held_app();
    world.remove_device(first.device, first.device).unwrap();
    world.advance(HOUR);
    let (_, device) = world.enrol(NUMBER);
    assert_eq!(device.held_until, None);
}

impl World {
    pub(super) fn number_of(
        &self,
        person: crate::world::Person,
    ) -> ringproof_verify::keys::NumberKey {
        self.records.users[&person.user].number_key
    }
}
