//! How often messages may be sent (security D-26, D-27, D-30, S-46).
//!
//! Every limit is tried below, at and above it, and its `Retry-After` is
//! taken at its word: a little earlier is refused, a little later accepted.

use jiff::Timestamp;
use ringproof_blackbox::cli;
use ringproof_blackbox::world::{U1_NUMBER, World};
use std::time::Instant;

/// Starts and verifies for U1, so that the next start makes a new verification.
#[track_caller]
fn log_in(world: &World) {
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
}

/// Logs in at these seconds after now, then insists that a start at `refused_at`
/// is refused until the window of `window_seconds` from the first has passed.
#[track_caller]
fn assert_window(accepted_at: &[i64], refused_at: i64, window_seconds: i64) {
    let world = World::fresh();
    let base = world.clock.now();
    for seconds in accepted_at {
        world.clock.go_to(base, *seconds);
        log_in(&world);
    }
    world.clock.go_to(base, refused_at);
    let answer = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
    let wait = answer.retry_after();
    let expected = accepted_at[0] + window_seconds - refused_at;
    assert!((expected - 2..=expected + 10).contains(&wait), "{wait} instead of about {expected}");
    assert_lifts_after(&world, base, refused_at, wait);
}

#[track_caller]
fn assert_lifts_after(world: &World, base: Timestamp, refused_at: i64, wait: i64) {
    let sent = world.messages().len();
    world.clock.go_to(base, refused_at + wait - 15);
    let _ = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
    assert_eq!(world.messages().len(), sent, "refused starts send nothing");
    world.clock.go_to(base, refused_at + wait + 1);
    log_in(world);
}

#[test]
fn one_number_and_service_get_1_per_30_seconds() {
    assert_window(&[0], 5, 30);
}

#[test]
fn one_number_and_service_get_3_per_10_minutes() {
    assert_window(&[0, 31, 62], 93, 600);
}

#[test]
fn one_number_and_service_get_5_per_hour() {
    assert_window(&[0, 100, 610, 720, 1220], 1900, 3600);
}

#[test]
fn one_number_and_service_get_10_per_day() {
    let accepted: Vec<_> = (0..10).map(|n| n * 3000).collect();
    assert_window(&accepted, 30_000, 86_400);
}

#[test]
fn limits_hold_for_the_number_and_not_for_the_user() {
    let world = World::fresh();
    log_in(&world);
    let twin = world.a.new_user(world.s1, "twin", "00372 5550 0123");
    let _ = world.a.start(world.s1, &twin).error_code(429, "rate_limited");
    let other = world.a.new_user(world.s1, "other", "+37255500124");
    world.a.start(world.s1, &other).started(201);
}

#[test]
fn removing_and_adding_the_user_does_not_reset_the_limits() {
    let world = World::fresh();
    log_in(&world);
    let _ = world.a.delete(&ringproof_blackbox::caller::user(world.s1, world.u1)).expect(202);
    let again = world.a.new_user(world.s1, "jane@shop.example", U1_NUMBER);
    let _ = world.a.start(world.s1, &again).error_code(429, "rate_limited");
}

#[test]
fn restart_does_not_reset_the_limits() {
    let mut world = World::fresh();
    log_in(&world);
    assert!(world.server.stop().success());
    world.start_again();
    let _ = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
}

#[test]
fn one_number_gets_20_per_day_over_all_services_and_accounts() {
    let world = World::fresh();
    let mut users = Vec::new();
    for n in 0..21 {
        let caller = if n % 2 == 0 { &world.a } else { &world.b };
        let service = caller.new_service(&format!("Service {n}"));
        let user = caller.new_user(&service, "jane", U1_NUMBER);
        users.push((caller, service, user));
    }
    let base = world.clock.now();
    for (at, (caller, service, user)) in users[..20].iter().enumerate() {
        world.clock.go_to(base, 60 * i64::try_from(at).expect("small"));
        caller.start(service, user).started(201);
        // Before the clock jumps: a lease would end with it.
        world.wait_until("the message", |world| world.pins_sent_to_u1().len() == at + 1);
    }
    world.clock.go_to(base, 3600);
    let (caller, service, user) = &users[20];
    let wait = caller.start(service, user).error_code(429, "rate_limited").retry_after();
    assert!((82_790..=82_810).contains(&wait), "{wait}");
    assert_eq!(world.pins_sent_to_u1().len(), 20);
    world.clock.go_to(base, 3600 + wait + 1);
    caller.start(service, user).started(201);
}

#[test]
fn an_account_gets_as_many_per_day_as_its_cap_says() {
    let world = World::prepared("", |folder| {
        let _ = cli::run(folder, &["account", "set", "acme-api", "--limit", "sms_per_day=3"])
            .succeeded();
    });
    let users: Vec<_> = (0..5)
        .map(|n| world.a.new_user(world.s1, &format!("user {n}"), &format!("+3725550060{n}")))
        .collect();
    for user in &users[..3] {
        world.a.start(world.s1, user).started(201);
    }
    let wait = world.a.start(world.s1, &users[3]).error_code(429, "rate_limited").retry_after();
    // An hour may be counted whole, so up to 25 hours.
    assert!((86_390..=90_000).contains(&wait), "{wait}");
    let _ = world.a.start(world.s2, world.u2).error_code(429, "rate_limited");
    world.b.start(world.s3, world.u3).started(201);
    assert_eq!(world.messages().len(), 4);
    world.clock.advance(wait + 1);
    world.a.start(world.s1, &users[4]).started(201);
}

#[test]
fn a_resend_is_a_message_too_for_the_cap_of_the_account() {
    let world = World::configured("[limits]\naccount_sms_per_day = 1\n");
    let pin = world.start_u1();
    world.clock.advance(31);
    let _ = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
    assert_eq!(world.pins_sent_to_u1(), std::slice::from_ref(&pin));
    world.check_u1(&pin).verified();
}

#[test]
fn an_account_gets_so_many_per_second() {
    let world = World::configured("[limits]\naccount_sms_per_second = 2\n");
    let users: Vec<_> = (0..12)
        .map(|n| world.a.new_user(world.s1, &format!("user {n}"), &format!("+372555006{n:02}")))
        .collect();
    let begun = Instant::now();
    let answers: Vec<_> = users.iter().map(|user| world.a.start(world.s1, user)).collect();
    let seconds = usize::try_from(begun.elapsed().as_secs()).expect("small");
    let accepted = answers.iter().filter(|answer| answer.status == 201).count();
    // Two in each second begun, whichever way the seconds are cut.
    assert!((2..=2 * (seconds + 2)).contains(&accepted), "{accepted} in {seconds} s");
    let refused = answers.into_iter().filter(|answer| answer.status != 201).collect::<Vec<_>>();
    assert!(!refused.is_empty() || seconds >= 5, "twelve starts within {seconds} s");
    for answer in refused {
        assert!(answer.error_code(429, "rate_limited").retry_after() <= 2);
    }
    world.clock.advance(2);
    world.b.start(world.s3, world.u3).started(201);
}

#[test]
fn limits_can_be_raised_by_configuration() {
    let raised = "[limits]\nnumber_service_per_30s = 1000000000\nnumber_service_per_10min = 1000000000\n\
        number_service_per_hour = 1000000000\nnumber_service_per_day = 1000000000\nnumber_per_day = 1000000000\n\
        account_sms_per_second = 1000000000\naccount_sms_per_day = 1000000000\n";
    let world = World::configured(raised);
    for _ in 0..25 {
        log_in(&world);
    }
}
