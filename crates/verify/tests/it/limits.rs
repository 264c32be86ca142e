//! How often messages go out, through the rule (D-26, D-27, D-30).

use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::engine::start::{StartOutcome, StartRefusal};
use ringproof_verify::record::Method;
use ringproof_verify::send_limits::{SendLimitOverrides, Throttle};

use crate::world::{Person, World, at};

/// Logs in as fast as the rules allow; gives the seconds of the messages.
fn log_in_without_rest(world: &mut World, person: Person, end: i64) -> Vec<i64> {
    let mut sent = Vec::new();
    while world.now < at(end) {
        match world.try_start(person, Method::Sms) {
            StartOutcome::Started(started) => {
                assert!(!started.is_resend && started.message.is_some());
                sent.push(world.now.duration_since(at(0)).as_secs());
                assert!(matches!(world.right(person), CheckOutcome::Approved { .. }));
            }
            StartOutcome::Refused(StartRefusal::Throttled { until, .. }) => {
                world.now = until.min(at(end));
            }
            StartOutcome::Refused(other) => panic!("{other:?}"),
        }
    }
    sent
}

#[test]
fn a_number_gets_the_messages_of_the_table_and_no_more() {
    let (mut world, jane) = World::with_person();
    let sent = log_in_without_rest(&mut world, jane, 86_400 + 601);
    let first_day = [0, 30, 60, 600, 630, 3_600, 3_630, 3_660, 4_200, 4_230];
    assert_eq!(sent[..10], first_day);
    assert_eq!(sent[10..], [86_400, 86_430, 86_460, 87_000]);
}

#[test]
fn two_users_with_one_number_share_its_messages() {
    let (mut world, jane) = World::with_person();
    let twin = world.add_person(jane.service, "+372 5550 0123");
    let joe = world.add_person(jane.service, "+37255500124");
    world.start(jane);
    let throttle = Throttle::NumberService30s;
    let refused = StartRefusal::Throttled { throttle, until: at(30) };
    assert_eq!(world.refused_start(twin), refused);
    world.start(joe);
}

#[test]
fn a_number_is_protected_across_services() {
    let (mut world, jane) = World::with_person();
    let people: Vec<Person> = (0..2)
        .map(|_| {
            let service = world.add_service();
            world.add_person(service, "+37255500123")
        })
        .chain([jane])
        .collect();
    world.policy.sends.number_per_day = 2;
    world.start(people[0]);
    world.start(people[1]);
    let refused = StartRefusal::Throttled { throttle: Throttle::NumberDay, until: at(86_400) };
    assert_eq!(world.refused_start(people[2]), refused);
    world.go_to(86_400);
    world.start(people[2]);
}

#[test]
fn other_services_do_not_make_room_in_a_services_own_limit() {
    let (mut world, jane) = World::with_person();
    world.policy.sends.number_per_day = 1_000_000_000;
    assert_eq!(log_in_without_rest(&mut world, jane, 4_231).len(), 10);
    for _ in 0..3 {
        let service = world.add_service();
        let other = world.add_person(service, "+37255500123");
        for _ in 0..10 {
            world.advance(1_800);
            world.start(other);
            world.right(other);
        }
    }
    let throttle = Throttle::NumberServiceDay;
    let refused = StartRefusal::Throttled { throttle, until: at(86_400) };
    assert_eq!(world.refused_start(jane), refused);
}

#[test]
fn an_account_sends_ten_messages_a_second() {
    let (mut world, jane) = World::with_person();
    for n in 0..10 {
        let person = world.add_person(jane.service, &format!("+3725550020{n}"));
        world.start(person);
    }
    let refused = StartRefusal::Throttled { throttle: Throttle::AccountSecond, until: at(1) };
    assert_eq!(world.refused_start(jane), refused);
    world.go_to(1);
    world.start(jane);
}

#[test]
fn an_account_has_limits_of_its_own() {
    let (mut world, jane) = World::with_person();
    let mut people: Vec<Person> = (0..3)
        .map(|n| world.add_person(jane.service, &format!("+3725550020{n}")))
        .chain([jane])
        .collect();
    world.overrides = SendLimitOverrides {
        account_sms_per_second: Some(2),
        account_sms_per_day: Some(3),
        ..SendLimitOverrides::default()
    };
    let last = people.pop().unwrap();
    world.start(people[0]);
    world.start(people[1]);
    let refused = StartRefusal::Throttled { throttle: Throttle::AccountSecond, until: at(1) };
    assert_eq!(world.refused_start(people[2]), refused);
    world.go_to(1);
    world.start(people[2]);
    world.go_to(2);
    let StartRefusal::Throttled { throttle, until } = world.refused_start(last) else {
        panic!("not throttled")
    };
    assert_eq!(throttle, Throttle::AccountDay);
    assert!(until >= at(86_400), "24 hours hold no more than three");
    world.now = until;
    world.start(last);
    world.overrides.account_sms_per_day = Some(1_000_000_000);
    world.start(people[0]);
}

#[test]
fn four_fifths_of_a_cap_are_told_with_the_message_that_uses_them() {
    let (mut world, jane) = World::with_person();
    world.overrides.account_sms_per_day = Some(5);
    for n in 0..4 {
        assert_eq!(*world.nearly_full.lock().unwrap(), [], "after {n}");
        let person = world.add_person(jane.service, &format!("+3725550020{n}"));
        world.start(person);
    }
    assert_eq!(*world.nearly_full.lock().unwrap(), [Throttle::AccountDay]);
    world.start(jane);
    assert_eq!(*world.nearly_full.lock().unwrap(), [Throttle::AccountDay; 2]);
}
