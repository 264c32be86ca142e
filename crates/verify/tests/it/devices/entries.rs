//! What a device makes codes for: one seed each, and proof that it arrived (S-24,
//! S-29).

use ringproof_verify::engine::device::DeviceRefusal;
use ringproof_verify::engine::device::entries;
use ringproof_verify::ids::AccountId;
use ringproof_verify::record::Method;
use ringproof_verify::totp::Algorithm;

use super::NUMBER;
use crate::authing::{is_wrong, typed};
use crate::phone_app::App;
use crate::world::{Person, World};

fn synced() -> (World, Person, App) {
    let (mut world, jane) = World::with_person();
    let (mut app, _) = world.enrol(NUMBER);
    world.sync(&mut app).expect("it may");
    (world, jane, app)
}

#[test]
fn a_device_shows_every_user_of_its_number_and_nobody_else() {
    let (mut world, jane) = World::with_person();
    let first = world.keys.clone();
    world.keys = world.ring.account(AccountId::from_i64(2));
    let service = world.add_service();
    let there = world.add_person(service, NUMBER);
    world.keys = first;
    world.add_person(jane.service, "+37255500124");
    let (mut app, _) = world.enrol(NUMBER);
    let state = world.sync(&mut app).unwrap();
    let mut shown: Vec<_> = state.entries.iter().map(|(e, _)| (e.account, e.user.id)).collect();
    shown.sort_unstable();
    let mut expected = vec![(jane.account, jane.user), (there.account, there.user)];
    expected.sort_unstable();
    assert_eq!(shown, expected);
    assert_eq!(app.seeds.len(), 2);
    assert!(app.seeds.values().all(|seed| seed.expose().len() == 32));
}

#[test]
fn each_device_has_a_seed_of_its_own() {
    let (mut world, jane) = World::with_person();
    let first = world.ready_app(NUMBER);
    let second = world.second_app(&first);
    let (one, two) = (first.token_of(&world, jane), second.token_of(&world, jane));
    assert_ne!(one.seed.expose(), two.seed.expose());
    assert_eq!(world.kept(one.id).algorithm, Algorithm::Sha256);
    assert!(world.logs_in_with(jane, &one, 0));
    assert!(world.logs_in_with(jane, &two, 0), "the step of one is not that of the other");
    assert!(!world.logs_in_with(jane, &one, 0));
}

#[test]
fn a_seed_is_the_same_until_it_is_proved_and_then_never_shown() {
    let (mut world, _, mut app) = synced();
    let before = app.seeds.clone();
    let state = world.sync(&mut app).unwrap();
    let (entry, authenticator) = &state.entries[0];
    let authenticator = authenticator.as_ref().unwrap();
    assert_eq!(app.seeds[&authenticator.id].expose(), before[&authenticator.id].expose());
    world.prove_all(&app);
    let proved = world.kept(authenticator.id).clone();
    let mut entropy = world.entropy.clone();
    let account = entry.account;
    let again = entries::wrapped(account, &proved, &state.device, &world.ring, &mut entropy);
    assert_eq!(again, None);
    // Nor is it wrapped for another device, or under another account.
    let mut other = state.device.clone();
    other.id = ringproof_verify::ids::DeviceId::from_bytes([9; 16]);
    let mut wrap = |account, device| {
        entries::wrapped(account, authenticator, device, &world.ring, &mut entropy)
    };
    assert!(wrap(account, &state.device).is_some());
    assert_eq!(wrap(account, &other), None);
    assert_eq!(wrap(AccountId::from_i64(2), &state.device), None);
}

#[test]
fn a_seed_that_is_not_proved_never_authenticates_though_the_app_is_asked() {
    let (mut world, jane, app) = synced();
    let token = app.token_of(&world, jane);
    assert_eq!(world.start_by(jane, Method::Totp).method, Method::Totp);
    let code = token.at(world.now);
    assert!(is_wrong(&world.check(jane, &code)));
    assert_eq!(world.prove_all(&app), [token.id]);
    assert!(crate::authing::is_approved(&world.check(jane, &code)), "nobody saw it: not spent");
}

#[test]
fn a_wrong_proof_throws_the_seed_away_and_the_next_sync_brings_another() {
    let (mut world, jane, mut app) = synced();
    let token = app.token_of(&world, jane);
    let code = token.at(world.now);
    assert_eq!(world.prove(app.device, &[(token.id, typed("abcdef"))]), Ok(vec![]));
    assert!(world.records.authenticators.is_empty());
    assert_eq!(world.prove(app.device, &[(token.id, typed(&code))]), Ok(vec![]), "too late");
    world.sync(&mut app).unwrap();
    let next = app.token_of(&world, jane);
    assert_ne!((next.id, next.seed.expose()), (token.id, token.seed.expose()));
    assert_eq!(world.prove_all(&app), [next.id]);
}

#[test]
fn a_second_code_in_the_same_call_is_no_second_guess() {
    let (world, jane, app) = synced();
    let token = app.token_of(&world, jane);
    let (right, wrong) = (typed(&token.at(world.now)), typed("abcdef"));
    for (codes, confirmed) in [
        ([(token.id, wrong.clone()), (token.id, right.clone())], 0),
        ([(token.id, right), (token.id, wrong)], 1),
    ] {
        let mut world = world.clone();
        assert_eq!(world.prove(app.device, &codes).unwrap().len(), confirmed);
        let kept = &world.records.authenticators;
        assert_eq!(kept.iter().filter(|a| a.confirmed_at.is_some()).count(), confirmed);
        assert_eq!(kept.len(), confirmed);
    }
}

#[test]
fn a_device_proves_nothing_of_another_device_and_nothing_twice() {
    let (mut world, jane, app) = synced();
    let token = app.token_of(&world, jane);
    let mut stranger = world.enrol("+37255500177").0;
    world.sync(&mut stranger).unwrap();
    let proof = [(token.id, typed(&token.at(world.now)))];
    assert_eq!(world.prove(stranger.device, &proof), Ok(vec![]));
    assert_eq!(world.kept(token.id).confirmed_at, None);
    assert_eq!(world.prove(app.device, &proof), Ok(vec![token.id]));
    let confirmed = world.kept(token.id).clone();
    world.advance(90);
    let wrong = [(token.id, typed("abcdef"))];
    assert_eq!(world.prove(app.device, &wrong), Ok(vec![]), "a proved one is not thrown away");
    assert_eq!(world.kept(token.id), &confirmed);
}

#[test]
fn a_person_names_only_entries_of_the_device_that_are_proved() {
    let (mut world, jane, app) = synced();
    let token = app.token_of(&world, jane);
    let not_found = DeviceRefusal::NotFound;
    assert_eq!(world.user_of(app.device, token.id).unwrap_err(), not_found);
    world.prove_all(&app);
    let (entry, device) = world.user_of(app.device, token.id).unwrap();
    assert_eq!((entry.account, entry.user.id), (jane.account, jane.user));
    assert_eq!(device.id, app.device);
    let stranger = world.ready_app("+37255500177");
    assert_eq!(world.user_of(stranger.device, token.id).unwrap_err(), not_found);
    let other = world.add_device(jane);
    assert_eq!(world.user_of(app.device, other.id).unwrap_err(), not_found);
}

#[test]
fn a_removed_authenticator_of_the_app_gets_a_new_seed() {
    let (mut world, jane, mut app) = synced();
    world.prove_all(&app);
    let old = app.token_of(&world, jane);
    world.remove_other(jane, old.id).unwrap();
    world.sync(&mut app).unwrap();
    world.prove_all(&app);
    let new = app.token_of(&world, jane);
    assert_ne!(old.id, new.id);
    assert!(!world.logs_in_with(jane, &old, 0) && world.logs_in_with(jane, &new, 0));
}
