//! What is left when a verification ended: nothing that holds its code
//! (D-51, S-18), and after its time nothing at all.

use ringproof_verify::SignedDuration;
use ringproof_verify::engine::sweep::{self, Stale, StaleBefore};
use ringproof_verify::record::Verification;

use crate::world::{LEASE, Person, World};

fn started() -> (World, Person) {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    assert!(world.keeps_a_code_of(jane));
    (world, jane)
}

#[test]
fn a_success_leaves_no_record_of_the_code() {
    let (mut world, jane) = started();
    world.right(jane);
    assert!(!world.keeps_a_code_of(jane));
    assert!(world.records.verifications.is_empty());
}

#[test]
fn exhaustion_leaves_no_record_of_the_code() {
    let (mut world, jane) = started();
    for _ in 0..4 {
        world.wrong(jane);
        assert!(world.keeps_a_code_of(jane));
    }
    world.wrong(jane);
    assert!(!world.keeps_a_code_of(jane));
}

#[test]
fn the_removal_of_the_user_leaves_no_record_at_all() {
    let (mut world, jane) = started();
    world.wrong(jane);
    world.remove(jane);
    assert!(!world.keeps_a_code_of(jane));
    let records = &world.records;
    assert!(records.users.is_empty() && records.guards.is_empty());
    assert!(records.verifications.is_empty());
}

#[test]
fn the_sweep_wipes_an_expired_code_and_forgets_the_verification_a_day_later() {
    let (mut world, jane) = started();
    world.go_to(300);
    world.advance_ms(-1);
    assert!(!world.sweep(jane), "it lives");
    world.advance_ms(1);
    let expired = world.verification(jane).clone();
    assert!(world.sweep(jane));
    let wiped = Verification { code: None, last_message: None, ..expired };
    assert_eq!(*world.verification(jane), wiped);
    assert!(!world.keeps_a_code_of(jane), "the message that waited went with it");
    assert!(!world.sweep(jane), "nothing is left to wipe");

    world.go_to(300 + 86_400);
    world.advance_ms(-1);
    assert!(!world.sweep(jane));
    world.advance_ms(1);
    assert!(world.sweep(jane));
    assert!(world.records.verifications.is_empty());
    assert!(!world.sweep(jane));
}

#[test]
fn a_handed_over_message_leaves_only_the_code_to_compare_and_resend() {
    let (mut world, jane) = started();
    world.accept(LEASE, &[world.sent[0].message]);
    assert!(world.records.messages.is_empty());
    assert!(world.verification(jane).code.is_some());
    let delivery = format!("{:?}", world.records.deliveries);
    assert!(!delivery.contains(&world.code(jane)) && !delivery.contains("55500123"));
}

#[test]
fn no_record_shows_the_code_in_clear() {
    let (world, jane) = started();
    let code = world.code(jane);
    let kept = world.verification(jane).code.as_ref().unwrap();
    let texts = world.records.messages.values().map(|m| &m.text);
    for sealed in texts.chain([&kept.sealed]) {
        assert!(!sealed.as_bytes().windows(6).any(|window| window == code.as_bytes()));
    }
    assert!(!kept.digest.as_bytes().windows(6).any(|window| window == code.as_bytes()));
    assert!(!format!("{:?}", world.records).contains(&code));
}

#[test]
fn numbers_and_deliveries_are_forgotten_when_they_no_longer_count() {
    let (mut world, jane) = started();
    let message = world.sent[0].message;
    world.accept(LEASE, &[message]);
    let number = world.records.users[&jane.user].number_key;
    let forget = |world: &mut World| {
        let stale = Stale { numbers: vec![number], deliveries: vec![message], ..Stale::default() };
        let days = SignedDuration::from_hours(24 * 30);
        let decided = sweep::forget(&stale, &StaleBefore::at(world.now, days, days));
        world.records.apply(decided.changes);
        (world.records.numbers.len(), world.records.deliveries.len())
    };
    world.go_to(86_400);
    world.advance_ms(-1);
    assert_eq!(forget(&mut world), (1, 1));
    world.advance_ms(1);
    assert_eq!(forget(&mut world), (0, 1));
    world.go_to(90 * 86_400);
    world.advance_ms(-1);
    assert_eq!(forget(&mut world), (0, 1));
    world.advance_ms(1);
    assert_eq!(forget(&mut world), (0, 0));
}
