//! What is removed is over at once (S-36).

use ringproof_verify::engine::device::DeviceRefusal;
use ringproof_verify::engine::device::others;
use ringproof_verify::record::Method;

use super::NUMBER;
use crate::world::World;

#[test]
fn a_removed_device_makes_no_right_code_any_more_and_the_others_do() {
    let (mut world, jane) = World::with_person();
    let owner = world.ready_app(NUMBER);
    let mut lost = world.second_app(&owner);
    let (owners, losts) = (owner.token_of(&world, jane), lost.token_of(&world, jane));
    assert!(world.clone().logs_in_with(jane, &losts, 0));
    assert_eq!(world.records.users[&jane.user].devices_active, 2);
    // A login that began before the removal, too.
    world.start_by(jane, Method::Totp);
    world.remove_device(owner.device, lost.device).unwrap();
    let told = format!("device.removed {} of {}", lost.device, jane.user);
    assert!(world.reported().contains(&(jane.account, told)), "the integrator is told");
    assert!(!crate::authing::is_approved(&world.check(jane, &losts.at(world.now))));
    assert_eq!(world.sync(&mut lost).unwrap_err(), DeviceRefusal::DeviceGone);
    assert!(world.records.authenticators.iter().all(|a| a.device == Some(owner.device)));
    assert_eq!(world.records.users[&jane.user].devices_active, 1);
    assert!(crate::authing::is_approved(&world.check(jane, &owners.at(world.now))));
}

#[test]
fn without_the_last_device_a_message_goes_out() {
    let (mut world, jane) = World::with_person();
    let owner = world.ready_app(NUMBER);
    world.remove_device(owner.device, owner.device).unwrap();
    let started = world.start_by(jane, Method::Totp);
    assert_eq!((started.method, started.is_downgrade), (Method::Sms, false));
    assert!(world.records.authenticators.is_empty());
    let again = world.remove_device(owner.device, owner.device).unwrap_err();
    assert_eq!(again, DeviceRefusal::DeviceGone);
}

#[test]
fn a_user_that_is_removed_leaves_the_app_and_other_users_stay() {
    let (mut world, jane) = World::with_person();
    let service = world.add_service();
    let there = world.add_person(service, NUMBER);
    let mut app = world.ready_app(NUMBER);
    world.remove(jane);
    let state = world.sync(&mut app).unwrap();
    let shown: Vec<_> = state.entries.iter().map(|(entry, _)| entry.user.id).collect();
    assert_eq!(shown, [there.user]);
    assert!(world.records.authenticators.iter().all(|a| a.user == there.user));
    // A user that comes later appears by itself, with a seed of its own.
    let new = world.add_person(jane.service, NUMBER);
    assert_eq!(world.sync(&mut app).unwrap().entries.len(), 2);
    assert_eq!(world.prove_all(&app).len(), 1, "the new one");
    let token = app.token_of(&world, new);
    assert!(world.logs_in_with(new, &token, 0));
}

#[test]
fn a_push_address_is_forgotten_only_while_it_is_the_same() {
    let (mut world, _) = World::with_person();
    let app = world.ready_app(NUMBER);
    world.subscribe(app.device);
    let gone = world.device(app.device).unwrap().push.clone().unwrap();
    world.subscribe(app.device);
    let newer = world.device(app.device).unwrap().push.clone().unwrap();
    let keys = ringproof_verify::engine::Keys { device: Some(app.device), ..Default::default() };
    world.run(&keys, |_, s, _| others::forget_push(s, app.device, &gone));
    assert_eq!(world.device(app.device).unwrap().push.as_ref(), Some(&newer));
    world.run(&keys, |_, s, _| others::forget_push(s, app.device, &newer));
    assert_eq!(world.device(app.device).unwrap().push, None);
}
