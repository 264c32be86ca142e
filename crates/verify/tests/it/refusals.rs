//! Every refusal of a start, and that it leaves all records as they were.

use ringproof_verify::engine::start::{StartOutcome, StartRefusal};
use ringproof_verify::guard::Lock;
use ringproof_verify::ids::{AccountId, ServiceId, UserId};
use ringproof_verify::phone::{Countries, Country, PhoneNumber};
use ringproof_verify::record::Method;
use ringproof_verify::send_limits::Throttle;

use crate::world::{Person, World, at};

#[track_caller]
fn assert_refused(world: &mut World, person: Person, refusal: &StartRefusal) {
    let before = world.records.clone();
    assert_eq!(world.refused_start(person), *refusal);
    assert_eq!(world.records, before);
}

#[test]
fn a_missing_or_foreign_service_is_refused() {
    let (mut world, jane) = World::with_person();
    let no_service = ServiceId::random(&mut world.entropy);
    let stranger = AccountId::from_i64(2);
    for person in [Person { service: no_service, ..jane }, Person { account: stranger, ..jane }] {
        assert_refused(&mut world, person, &StartRefusal::ServiceNotFound);
    }
}

#[test]
fn a_missing_user_and_one_of_another_service_are_refused() {
    let (mut world, jane) = World::with_person();
    let other = world.add_service();
    let no_user = UserId::random(&mut world.entropy);
    for person in [Person { user: no_user, ..jane }, Person { service: other, ..jane }] {
        assert_refused(&mut world, person, &StartRefusal::UserNotFound);
    }
}

#[test]
fn a_blocked_user_is_refused_for_either_method() {
    let (mut world, jane) = World::with_person();
    world.add_device(jane);
    world.start(jane);
    for _ in 0..5 {
        world.wrong(jane);
    }
    world.go_to(31);
    let locked = StartRefusal::Locked(Lock::Blocked { until: at(60) });
    assert_refused(&mut world, jane, &locked);
    let outcome = world.try_start(jane, Method::Totp);
    assert!(matches!(outcome, StartOutcome::Refused(refusal) if refusal == locked));
}

#[test]
fn a_throttled_number_is_refused() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    world.right(jane);
    world.go_to(10);
    let throttle = Throttle::NumberService30s;
    let refusal = StartRefusal::Throttled { throttle, until: at(30) };
    assert_refused(&mut world, jane, &refusal);
}

#[test]
fn a_country_that_is_not_listed_is_refused_and_so_is_a_number_of_none() {
    let (mut world, jane) = World::with_person();
    let nowhere = world.add_person(jane.service, "+9991234567");
    world.countries = Countries::parse("FI,SE").unwrap();
    let estonia = Country::parse("EE");
    assert_refused(&mut world, jane, &StartRefusal::CountryNotAllowed(estonia));
    assert_refused(&mut world, nowhere, &StartRefusal::CountryNotAllowed(None));
    world.countries = Countries::parse("FI,EE").unwrap();
    assert!(world.start(jane).message.is_some());
    assert_refused(&mut world, nowhere, &StartRefusal::CountryNotAllowed(None));
    world.countries = Countries::All;
    assert!(world.start(nowhere).message.is_some());
}

#[test]
fn without_an_open_gateway_a_start_is_refused_and_the_next_one_sends() {
    let (mut world, jane) = World::with_person();
    world.has_open_gateway = false;
    assert_refused(&mut world, jane, &StartRefusal::NoOpenGateway);
    world.has_open_gateway = true;
    assert!(world.start(jane).message.is_some());
}

/// Each number has its own route.
#[test]
fn a_start_to_a_number_without_an_open_gateway_is_refused_while_others_are_sent() {
    let (mut world, jane) = World::with_person();
    let joe = world.add_person(jane.service, "+358401234567");
    world.reachable = PhoneNumber::parse("+358401234567");
    assert_refused(&mut world, jane, &StartRefusal::NoOpenGateway);
    assert!(world.start(joe).message.is_some());
    world.reachable = None;
    assert!(world.start(jane).message.is_some());
}

#[test]
fn a_resend_that_would_send_needs_an_open_gateway_and_an_echo_does_not() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    world.has_open_gateway = false;
    world.go_to(29);
    assert!(world.start(jane).message.is_none());
    world.go_to(30);
    assert_refused(&mut world, jane, &StartRefusal::NoOpenGateway);
}
