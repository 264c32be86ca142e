//! Delivery reports to integrators, beyond the numbered cases.

use ringproof_blackbox::operator::{self, LOOPBACK_REPORTS};
use ringproof_blackbox::reports::ReportReceiver;
use ringproof_blackbox::world::{U1_NUMBER, U2_NUMBER, World};

/// The pause before the first repeat, with its 20 % and some air.
const FIRST_PAUSE: i64 = 13;

#[track_caller]
fn wait_for_calls(world: &World, outcome: &str, count: u32) {
    let label = format!("outcome=\"{outcome}\"");
    world.wait_until(outcome, |world| {
        let counted = world.labelled_metric("ringproof_reports_total", &label);
        (counted - f64::from(count)).abs() < 0.5
    });
}

#[test]
fn a_receiver_that_hangs_is_called_again() {
    let world = World::configured(LOOPBACK_REPORTS);
    let receiver = ReportReceiver::start(&[]);
    receiver.hang(true);
    world.text_a.sms(U1_NUMBER, "hi", &[("dlr-url", &receiver.url("/x"))]).taken();
    let message = world.inbox.next(U1_NUMBER);
    world.inbox.report(&message.id, "delivered", None);
    let first = receiver.next();
    // The call ends by its own limit of 10 s.
    wait_for_calls(&world, "retried", 1);
    receiver.hang(false);
    world.clock.advance(FIRST_PAUSE);
    assert_eq!(receiver.next().target, first.target);
    wait_for_calls(&world, "taken", 1);
}

#[test]
fn a_receiver_that_is_not_there_is_called_again() {
    let world = World::configured(LOOPBACK_REPORTS);
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr());
    let url = format!("http://{}/x", port.expect("loopback has free ports"));
    world.text_a.sms(U1_NUMBER, "hi", &[("dlr-url", &url)]).taken();
    let message = world.inbox.next(U1_NUMBER);
    world.inbox.report(&message.id, "delivered", None);
    for count in 1..=2 {
        wait_for_calls(&world, "retried", count);
        world.clock.advance(100);
    }
}

#[test]
fn a_later_report_waits_for_the_earlier_one() {
    let world = World::configured(LOOPBACK_REPORTS);
    let receiver = ReportReceiver::start(&[500, 200]);
    world.text_a.sms(U1_NUMBER, "hi", &[("dlr-url", &receiver.url("/x"))]).taken();
    let message = world.inbox.next(U1_NUMBER);
    assert_eq!(world.inbox.report(&message.id, "accepted", None), "taken");
    let accepted = receiver.next();
    assert_eq!(accepted.parameter("stat"), Some("ACCEPTD"));
    assert_eq!(accepted.parameter("status"), Some("SENT"));
    wait_for_calls(&world, "retried", 1);
    assert_eq!(world.inbox.report(&message.id, "delivered", None), "taken");
    // A report of another message that comes shows that what is due is called.
    let other = ReportReceiver::start(&[]);
    world.text_a.sms(U2_NUMBER, "hi", &[("dlr-url", &other.url("/x"))]).taken();
    let second = world.inbox.next(U2_NUMBER);
    world.inbox.report(&second.id, "delivered", None);
    other.next();
    assert_eq!(receiver.rest(), []);
    world.clock.advance(FIRST_PAUSE);
    assert_eq!(receiver.next().target, accepted.target);
    assert_eq!(receiver.next().parameter("stat"), Some("DELIVRD"));
}

#[test]
fn an_account_has_an_address_for_messages_that_name_none() {
    let receiver = ReportReceiver::start(&[]);
    let url = receiver.url("/account?key=k");
    let world = World::prepared(LOOPBACK_REPORTS, |folder| {
        operator::set(folder, "acme-api", &["--report-url", &url]);
    });
    let id = world.text_a.sms(U1_NUMBER, "hi", &[]).taken();
    let message = world.inbox.next(U1_NUMBER);
    assert_eq!(world.inbox.report(&message.id, "failed", Some("006")), "taken");
    let told = "status=FAILED&stat=FAILED&err=006&dlr-mask=2";
    assert_eq!(receiver.next().target, format!("/account?key=k&sms_unique_id={id}&{told}"));
}
