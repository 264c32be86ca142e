//! Who controls a number alone gets nothing before a day is over, and can be
//! refused until then (S-31).

use ringproof_verify::engine::authenticator::AuthenticatorRefusal;
use ringproof_verify::engine::device::DeviceRefusal;
use ringproof_verify::record::Method;

use super::{DAY, HOUR, NUMBER};
use crate::world::World;

#[test]
fn a_held_device_gets_no_seed_and_sees_only_itself_until_the_last_millisecond() {
    let (mut world, jane) = World::with_person();
    let owner = world.ready_app(NUMBER);
    let mut thief = world.held_app();
    for ms in [0, 1, HOUR * 1_000, DAY * 1_000 - 1] {
        let mut world = world.clone();
        world.advance_ms(ms);
        let state = world.sync(&mut thief).unwrap();
        let seen: Vec<_> = state.devices.iter().map(|d| d.id).collect();
        assert_eq!(seen, [thief.device], "after {ms} ms");
        assert!(state.entries.is_empty() && thief.seeds.is_empty());
        assert!(world.records.authenticators.iter().all(|a| a.device == Some(owner.device)));
    }
    world.advance_ms(DAY * 1_000);
    let state = world.sync(&mut thief).unwrap();
    assert_eq!((state.devices.len(), state.entries.len(), thief.seeds.len()), (2, 1, 1));
    world.prove_all(&thief);
    let token = thief.token_of(&world, jane);
    assert!(world.logs_in_with(jane, &token, 0));
}

#[test]
fn a_held_device_lets_nobody_in_throws_nobody_out_and_proves_nothing() {
    let (mut world, jane) = World::with_person();
    let owner = world.ready_app(NUMBER);
    let (thief, second) = (world.held_app(), world.held_app());
    let (own, _) = world.show_code(thief.device).unwrap();
    let (of_second, _) = world.show_code(second.device).unwrap();
    let held = Err(DeviceRefusal::Held);
    assert_eq!(world.approve(thief.device, thief.device, own.expose()), held);
    assert_eq!(world.approve(thief.device, second.device, of_second.expose()), held);
    for other in [owner.device, second.device] {
        assert_eq!(world.remove_device(thief.device, other), Err(DeviceRefusal::Held));
    }
    let token = owner.token_of(&world, jane);
    let proof = [(token.id, crate::authing::typed(&token.at(world.now)))];
    assert_eq!(world.prove(thief.device, &proof), Err(DeviceRefusal::Held));
    let asked = world.user_of(thief.device, token.id);
    assert_eq!(asked.unwrap_err(), DeviceRefusal::Held);
    assert_eq!(world.records.devices.len(), 3);
    assert!(world.device(thief.device).unwrap().held_until.is_some());
    // It may go by itself.
    assert_eq!(world.remove_device(thief.device, thief.device).unwrap().id, thief.device);
}

#[test]
fn the_owners_device_and_the_tenant_can_refuse_and_then_it_is_over() {
    for by_tenant in [false, true] {
        let (mut world, jane) = World::with_person();
        let owner = world.ready_app(NUMBER);
        let mut thief = world.held_app();
        let (code, _) = world.show_code(thief.device).unwrap();
        world.advance_ms(DAY * 1_000 - 1);
        if by_tenant {
            assert_eq!(world.tenant_refuses(jane, thief.device), Ok(()));
        } else {
            world.remove_device(owner.device, thief.device).unwrap();
        }
        world.advance(DAY);
        assert_eq!(world.sync(&mut thief).unwrap_err(), DeviceRefusal::DeviceGone);
        let late = world.approve(owner.device, thief.device, code.expose());
        assert_eq!(late, Err(DeviceRefusal::NotFound));
    }
}

#[test]
fn the_tenant_refuses_only_what_waits_at_a_number_of_its_people() {
    let (mut world, jane) = World::with_person();
    let john = world.add_person(jane.service, "+37255500124");
    let owner = world.ready_app(NUMBER);
    let thief = world.held_app();
    let not_found = Err(AuthenticatorRefusal::NotFound);
    assert_eq!(world.tenant_refuses(jane, owner.device), not_found, "it is active");
    assert_eq!(world.tenant_refuses(john, thief.device), not_found, "another number");
    world.remove(john);
    let gone = world.tenant_refuses(john, thief.device);
    assert_eq!(gone, Err(AuthenticatorRefusal::UserNotFound));
    world.advance(DAY);
    assert_eq!(world.tenant_refuses(jane, thief.device), not_found, "too late");
    assert_eq!(world.records.devices.len(), 2);
}

#[test]
fn what_the_thief_can_do_with_the_number_brings_no_login_by_authenticator() {
    let (mut world, jane) = World::with_person();
    let owner = world.ready_app(NUMBER);
    // It enrols again and again; all of it waits.
    for _ in 0..6 {
        let mut thief = world.held_app();
        world.show_code(thief.device).unwrap();
        assert!(world.sync(&mut thief).unwrap().entries.is_empty());
    }
    assert_eq!(world.start_by(jane, Method::Totp).method, Method::Totp);
    assert_eq!(world.records.authenticators.len(), 1);
    let token = owner.token_of(&world, jane);
    assert!(world.logs_in_with(jane, &token, 0), "the owner is not disturbed");
}
