//! Section 11: delivery report calls to the integrator.

use ringproof_blackbox::operator::LOOPBACK_REPORTS;
use ringproof_blackbox::reports::ReportReceiver;
use ringproof_blackbox::world::{U1_NUMBER, U2_NUMBER, World};

const TO: &str = U1_NUMBER;
/// Pauses before the repeats in seconds, each with its 20 % and some air.
const PAUSES: [i64; 5] = [13, 73, 361, 2161, 8641];

/// A world that may call this machine, with a message that was sent with
/// `path` as the address of its reports and is reported on.
#[track_caller]
fn reported(receiver: &ReportReceiver, path: &str, status: &str) -> (World, String) {
    let world = World::configured(LOOPBACK_REPORTS);
    let id = world.text_a.sms(TO, "hi", &[("dlr-url", &receiver.url(path))]).taken();
    let message = world.inbox.next(TO);
    assert_eq!(world.inbox.report(&message.id, status, None), "taken");
    (world, id)
}

/// Waits until so many calls have come to this end: `taken`, `retried`,
/// `given_up` or `forbidden`.
#[track_caller]
fn wait_for_calls(world: &World, outcome: &str, count: u32) {
    let label = format!("outcome=\"{outcome}\"");
    world.wait_until(outcome, |world| {
        let counted = world.labelled_metric("ringproof_reports_total", &label);
        (counted - f64::from(count)).abs() < 0.5
    });
}

/// Insists that no call came beyond those taken, when a report of another
/// message has gone out.
#[track_caller]
fn assert_no_more_calls(world: &World, receiver: &ReportReceiver) {
    let other = ReportReceiver::start(&[]);
    world.text_a.sms(U2_NUMBER, "hi", &[("dlr-url", &other.url("/other"))]).taken();
    let message = world.inbox.next(U2_NUMBER);
    world.inbox.report(&message.id, "delivered", None);
    other.next();
    assert_eq!(receiver.rest(), []);
}

#[test]
fn case_272_delivered_is_reported_once() {
    let receiver = ReportReceiver::start(&[]);
    let (world, id) = reported(&receiver, "/x", "delivered");
    let report = receiver.next();
    assert_eq!(report.method, "GET");
    let told = "status=DELIVERED&stat=DELIVRD&err=000&dlr-mask=1";
    assert_eq!(report.target, format!("/x?sms_unique_id={id}&{told}"));
    assert_eq!(report.header("user-agent"), Some("verigator-dlr/1"));
    wait_for_calls(&world, "taken", 1);
    world.clock.advance(20_000);
    assert_no_more_calls(&world, &receiver);
}

#[test]
fn case_273_query_of_the_address_is_kept() {
    let receiver = ReportReceiver::start(&[]);
    let (_world, id) = reported(&receiver, "/x?a=1", "delivered");
    let told = "status=DELIVERED&stat=DELIVRD&err=000&dlr-mask=1";
    assert_eq!(receiver.next().target, format!("/x?a=1&sms_unique_id={id}&{told}"));
}

/// Insists on what a report says of a message with this receipt.
#[track_caller]
fn assert_told(status: &str, told: &str) {
    let receiver = ReportReceiver::start(&[]);
    let (_world, id) = reported(&receiver, "/x", status);
    assert_eq!(receiver.next().target, format!("/x?sms_unique_id={id}&{told}"));
}

#[test]
fn case_274_undeliverable() {
    assert_told("undeliverable", "status=FAILED&stat=UNDELIV&err=001&dlr-mask=2");
}

#[test]
fn case_275_expired() {
    assert_told("expired", "status=FAILED&stat=EXPIRED&err=002&dlr-mask=2");
}

#[test]
fn case_276_receiver_that_never_takes_is_called_6_times() {
    let receiver = ReportReceiver::start(&[500]);
    let (world, _) = reported(&receiver, "/x", "delivered");
    let first = receiver.next();
    for (count, pause) in (1..).zip(PAUSES) {
        wait_for_calls(&world, "retried", count);
        world.clock.advance(pause);
        assert_eq!(receiver.next().target, first.target);
    }
    wait_for_calls(&world, "given_up", 1);
    world.clock.advance(100_000);
    assert_no_more_calls(&world, &receiver);
}

#[test]
fn case_277_receiver_that_takes_the_second_call_gets_no_third() {
    let receiver = ReportReceiver::start(&[500, 200]);
    let (world, _) = reported(&receiver, "/x", "delivered");
    let first = receiver.next();
    wait_for_calls(&world, "retried", 1);
    world.clock.advance(PAUSES[0]);
    assert_eq!(receiver.next().target, first.target);
    wait_for_calls(&world, "taken", 1);
    world.clock.advance(100_000);
    assert_no_more_calls(&world, &receiver);
}

#[test]
fn case_278_redirect_is_success_and_not_followed() {
    let receiver = ReportReceiver::start(&[302]);
    let (world, _) = reported(&receiver, "/x", "delivered");
    receiver.next();
    wait_for_calls(&world, "taken", 1);
    world.clock.advance(100_000);
    // A call to the place that the redirect names would come here too.
    assert_no_more_calls(&world, &receiver);
}

#[test]
fn case_279_repeats_go_on_after_a_restart() {
    let receiver = ReportReceiver::start(&[500]);
    let (mut world, _) = reported(&receiver, "/x", "delivered");
    let first = receiver.next();
    for (count, pause) in (1..).zip(PAUSES) {
        // Counts of a new life begin anew.
        wait_for_calls(&world, "retried", 1);
        let moment = world.clock.now();
        if count % 2 == 0 {
            assert!(world.server.stop().success());
        } else {
            world.server.kill();
        }
        world.start_again();
        world.clock.go_to(moment, pause);
        assert_eq!(receiver.next().target, first.target, "repeat {count}");
    }
    wait_for_calls(&world, "given_up", 1);
    world.clock.advance(100_000);
    assert_no_more_calls(&world, &receiver);
}

#[test]
fn case_280_name_that_leads_into_the_operators_network_is_not_called() {
    // Some private network is allowed, so that any port may be named; this
    // machine is not.
    let world = World::configured("[reports]\nallow_private = [\"10.255.0.0/16\"]\n");
    let receiver = ReportReceiver::start(&[]);
    let url = format!("http://localhost:{}/x", receiver.port());
    let id = world.text_a.sms(TO, "hi", &[("dlr-url", &url)]).taken();
    let message = world.inbox.next(TO);
    assert_eq!(world.inbox.report(&message.id, "delivered", None), "taken");
    wait_for_calls(&world, "forbidden", 1);
    assert_eq!(receiver.connections(), 0);
    world.text_a.state(&id).is("OK DELIVERED");
    // Where the text itself says so, the message is not even taken.
    let url = receiver.url("/x");
    world.text_a.sms(U2_NUMBER, "hi", &[("dlr-url", &url)]).is("ERROR 102");
    assert_eq!(receiver.connections(), 0);
}
