//! When an authenticator is asked for and when a message goes out (S-28, S-30).

use ringproof_verify::engine::start::Started;
use ringproof_verify::record::Method;
use ringproof_verify::totp::Algorithm;

use crate::world::{Person, World};

const NUMBER: &str = "+37255500123";
const DAY: i64 = 86_400;

/// What a person has.
type Setup = fn(&mut World, Person);

const SETUPS: [(&str, Setup, Method, bool); 9] = [
    ("nothing", |_, _| {}, Method::Sms, false),
    ("an active device with a seed", active, Method::Totp, false),
    ("an active device without one", |world, _| drop(world.enrol(NUMBER)), Method::Totp, false),
    ("a held device alone", held, Method::Sms, true),
    ("a device unseen for 90 days", |w, p| unseen(w, p, 90 * DAY * 1_000), Method::Sms, true),
    ("a device unseen for less", |w, p| unseen(w, p, 90 * DAY * 1_000 - 1), Method::Totp, false),
    ("another authenticator", |world, jane| drop(world.add_device(jane)), Method::Totp, false),
    ("an unproved authenticator", unproved, Method::Sms, false),
    ("another one and an unseen device", other_and_unseen, Method::Totp, false),
];

fn active(world: &mut World, _: Person) {
    world.ready_app(NUMBER);
}

/// Its active sister is removed.
fn held(world: &mut World, _: Person) {
    let (first, _) = world.enrol(NUMBER);
    world.advance(3_600);
    let (_, second) = world.enrol(NUMBER);
    assert!(!second.is_active(world.now));
    world.remove_device(first.device, first.device).expect("it may");
}

fn unseen(world: &mut World, _: Person, ms: i64) {
    let app = world.ready_app(NUMBER);
    world.device_mut(app.device).last_seen_at = world.now;
    world.advance_ms(ms);
}

fn unproved(world: &mut World, jane: Person) {
    world.unproved(jane, Algorithm::Sha1);
}

fn other_and_unseen(world: &mut World, jane: Person) {
    unseen(world, jane, 91 * DAY * 1_000);
    world.add_device(jane);
}

fn started(setup: Setup, method: Method, is_time_trusted: bool) -> (Started, World) {
    let (mut world, jane) = World::with_person();
    setup(&mut world, jane);
    world.is_time_trusted = is_time_trusted;
    (world.start_by(jane, method), world)
}

#[test]
fn the_answer_names_the_method_that_what_the_person_has_allows() {
    for (what, setup, method, is_downgrade) in SETUPS {
        let (answer, _) = started(setup, Method::Totp, true);
        assert_eq!((answer.method, answer.is_downgrade), (method, is_downgrade), "{what}");
        assert_eq!(answer.message.is_some(), method == Method::Sms, "{what}");
    }
}

#[test]
fn a_message_that_is_asked_for_is_sent_and_no_downgrade() {
    for (what, setup, _, _) in SETUPS {
        let (answer, _) = started(setup, Method::Sms, true);
        assert_eq!((answer.method, answer.is_downgrade), (Method::Sms, false), "{what}");
        assert!(answer.message.is_some() && answer.wake.is_none(), "{what}");
    }
}

#[test]
fn a_clock_that_cannot_be_relied_on_makes_messages_of_all() {
    for (what, setup, method, is_downgrade) in SETUPS {
        let (answer, _) = started(setup, Method::Totp, false);
        let expected = is_downgrade || method == Method::Totp;
        assert_eq!((answer.method, answer.is_downgrade), (Method::Sms, expected), "{what}");
        assert!(answer.message.is_some(), "{what}");
    }
}

#[test]
fn a_downgrade_is_told_only_where_a_message_is_what_counts() {
    let (mut world, jane) = World::with_person();
    world.add_device(jane);
    world.start_by(jane, Method::Totp);
    world.advance(250);
    world.is_time_trusted = false;
    let late = world.start_by(jane, Method::Totp);
    assert_eq!((late.method, late.message, late.is_downgrade), (Method::Totp, None, false));
}
