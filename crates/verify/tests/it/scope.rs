//! A code is valid only for what it was made for (S-7), through the whole
//! rule: the record of one verification is put in the place of another.

use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::ids::{AccountId, VerificationId};

use crate::world::{Person, World};

/// Two people of one service, each with a live verification.
fn two_people() -> (World, Person, Person) {
    let (mut world, jane) = World::with_person();
    let joe = world.add_person(jane.service, "+37255500124");
    world.start(jane);
    world.start(joe);
    assert_ne!(world.code(jane), world.code(joe));
    (world, jane, joe)
}

fn is_wrong(outcome: &CheckOutcome) -> bool {
    matches!(outcome, CheckOutcome::WrongCode { .. })
}

#[test]
fn the_code_of_one_user_never_approves_another() {
    let (mut world, jane, joe) = two_people();
    let (janes, joes) = (world.code(jane), world.code(joe));
    assert!(is_wrong(&world.check(joe, &janes)));
    assert!(is_wrong(&world.check(jane, &joes)));
    assert!(matches!(world.check(jane, &janes), CheckOutcome::Approved { .. }));
    assert!(is_wrong(&world.check(joe, &janes)), "nor once it was accepted");
    assert!(matches!(world.check(joe, &joes), CheckOutcome::Approved { .. }));
}

#[test]
fn a_verification_in_another_users_place_accepts_nothing() {
    let (mut world, jane, joe) = two_people();
    let moved = world.verification(jane).clone();
    world.records.verifications.insert(joe.user, moved);
    let (janes, joes) = (world.code(jane), world.code(joe));
    assert!(is_wrong(&world.check(joe, &janes)));
    assert!(is_wrong(&world.check(joe, &joes)));
}

#[test]
fn a_code_in_another_verifications_place_accepts_nothing() {
    let (mut world, jane, joe) = two_people();
    let (janes, joes) = (world.code(jane), world.code(joe));
    let [mut a, mut b] = [jane, joe].map(|p| world.verification(p).clone());
    std::mem::swap(&mut a.code, &mut b.code);
    world.records.verifications.insert(jane.user, a);
    world.records.verifications.insert(joe.user, b);
    for person in [jane, joe] {
        assert!(is_wrong(&world.check(person, &janes)));
        assert!(is_wrong(&world.check(person, &joes)));
    }
}

#[test]
fn a_verification_under_another_id_accepts_nothing() {
    let (mut world, jane, _) = two_people();
    let id = VerificationId::random(&mut world.entropy);
    let mut renamed = world.verification(jane).clone();
    let own = std::mem::replace(&mut renamed.id, id);
    world.records.verifications.insert(jane.user, renamed.clone());
    assert!(is_wrong(&world.right(jane)));
    renamed.id = own;
    world.records.verifications.insert(jane.user, renamed);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }), "its own id it was");
}

#[test]
fn a_user_moved_to_another_service_is_approved_by_no_old_code() {
    let (mut world, jane, _) = two_people();
    let elsewhere = Person { service: world.add_service(), ..jane };
    let code = world.code(jane);
    world.records.users.get_mut(&jane.user).unwrap().service = elsewhere.service;
    assert!(is_wrong(&world.check(elsewhere, &code)));
    world.records.users.get_mut(&jane.user).unwrap().service = jane.service;
    assert!(matches!(world.check(jane, &code), CheckOutcome::Approved { .. }));
}

#[test]
fn a_service_moved_to_another_account_approves_no_old_code() {
    let (mut world, jane, _) = two_people();
    let elsewhere = Person { account: AccountId::from_i64(2), ..jane };
    let code = world.code(jane);
    world.records.services[0].account = elsewhere.account;
    assert!(is_wrong(&world.check(elsewhere, &code)), "with the keys of the new account");
    world.records.services[0].account = jane.account;
    assert!(matches!(world.check(jane, &code), CheckOutcome::Approved { .. }));
}

#[test]
fn the_code_of_an_ended_verification_does_not_open_the_next() {
    let (mut world, jane, _) = two_people();
    let old = world.code(jane);
    world.go_to(300);
    world.start(jane);
    assert_ne!(old, world.code(jane));
    assert!(is_wrong(&world.check(jane, &old)));
}
