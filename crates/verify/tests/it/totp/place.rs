//! A seed opens in its own row only (S-67).

use ringproof_verify::ids::AccountId;
use ringproof_verify::sealed::Sealed;
use ringproof_verify::totp::Algorithm;

use crate::authing::Token;
use crate::world::{Person, World};

const NUMBER: &str = "+37255500123";

/// Seeds of two accounts, four services, two people in each, two devices and two
/// other programs for each of them.
fn many() -> (World, Vec<(Person, Token)>) {
    let (mut world, jane) = World::with_person();
    let mut people = vec![jane];
    let first = world.keys.clone();
    for account in [1, 1, 2, 2] {
        world.keys = world.ring.account(AccountId::from_i64(account));
        let service = world.add_service();
        people.extend([world.add_person(service, NUMBER), world.add_person(service, NUMBER)]);
    }
    world.keys = first;
    let apps = [world.ready_app(NUMBER), {
        world.advance(3_600);
        let (mut second, _) = world.enrol(NUMBER);
        world.advance(86_400);
        world.sync(&mut second).expect("it may");
        world.prove_all(&second);
        second
    }];
    let mut all = Vec::new();
    for person in people {
        all.extend(apps.iter().map(|app| (person, app.token_of(&world, person))));
        all.extend((0..2).map(|_| (person, world.add_token(person, Algorithm::Sha256))));
    }
    world.advance(3_600);
    (world, all)
}

#[test]
fn a_sealed_seed_that_was_moved_to_another_row_makes_no_code() {
    let (world, all) = many();
    assert_eq!(all.len(), 36);
    let mut swaps = 0;
    for (person, token) in &all {
        assert!(world.clone().logs_in_with(*person, token, 0), "it is right in its own row");
        for (_, other) in all.iter().filter(|(_, other)| other.id != token.id) {
            let mut world = world.clone();
            let moved = world.kept(other.id).seed.clone();
            // The only one of the person, so that nobody else accepts the code.
            world.records.authenticators.retain(|a| a.id == token.id);
            world.kept_mut(token.id).seed = moved;
            assert!(!world.logs_in_with(*person, other, 0), "{token:?} {other:?}");
            assert!(!world.check_again(*person, token), "{token:?} {other:?}");
            swaps += 1;
        }
    }
    assert_eq!(swaps, 36 * 35);
}

impl World {
    fn check_again(&mut self, person: Person, token: &Token) -> bool {
        let code = token.at(self.now);
        crate::authing::is_approved(&self.check(person, &code))
    }
}

#[test]
fn a_seed_opens_for_its_device_and_its_id_only() {
    let (world, all) = many();
    let (person, token) = &all[0];
    let (_, of_other_device) = &all[1];
    let mut moved = world.clone();
    moved.kept_mut(token.id).device = world.kept(of_other_device.id).device;
    assert!(!moved.logs_in_with(*person, token, 0), "another device");
    let mut bare = world.clone();
    bare.kept_mut(token.id).device = None;
    assert!(!bare.logs_in_with(*person, token, 0), "no device");
    let mut renamed = world.clone();
    renamed.kept_mut(token.id).id = ringproof_verify::ids::AuthenticatorId::from_bytes([7; 16]);
    assert!(!renamed.logs_in_with(*person, token, 0), "another id");
    let mut named = world.clone();
    named.kept_mut(token.id).name = "Other name".to_owned();
    assert!(named.logs_in_with(*person, token, 0), "the name is no part of the place");
}

#[test]
fn a_seed_with_any_bit_changed_makes_no_code() {
    let (mut world, jane) = World::with_person();
    let token = world.add_device(jane);
    let sealed = world.kept(token.id).seed.as_bytes().to_vec();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let mut world = world.clone();
        world.kept_mut(token.id).seed = Sealed::from_bytes(changed);
        assert!(!world.logs_in_with(jane, &token, 0), "bit {bit}");
    }
}
