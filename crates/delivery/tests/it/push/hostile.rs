//! Push services that do what they must not.

use std::time::Duration;

use ringproof_delivery::limits::OUTBOUND_CALL_TIMEOUT;
use ringproof_delivery::push::PushOutcome;
use tokio::time::Instant;

use super::World;
use super::service::Manner;

/// The time for a call in these tests; the bound of the program is held by the
/// same code.
const CALL: Duration = Duration::from_millis(400);

const LATE: PushOutcome = PushOutcome::Failed { reason: "no answer in time" };

/// Answers whose body announces 2^40 bytes.
fn huge(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: 1099511627776\r\n\r\n")
}

/// Sends once; the worker must be free long before a whole call is over where
/// the head of an answer is there, and when the time is over where it is not.
async fn send(manner: Manner, is_late: bool) -> PushOutcome {
    let timeout = if is_late { CALL } else { OUTBOUND_CALL_TIMEOUT };
    let world = World::with_call_timeout(manner, timeout).await;
    let started = Instant::now();
    let outcome = world.send().await;
    let took = started.elapsed();
    assert!(took < OUTBOUND_CALL_TIMEOUT, "{took:?}");
    assert!(!is_late || took >= CALL, "{took:?}");
    outcome
}

#[test]
fn the_time_for_a_call_is_that_of_the_rule() {
    assert_eq!(OUTBOUND_CALL_TIMEOUT, Duration::from_secs(10));
}

#[tokio::test]
async fn a_body_of_a_terabyte_is_not_read() {
    for (status, outcome) in [
        ("201 Created", PushOutcome::Delivered),
        ("410 Gone", PushOutcome::Gone),
        ("403 Forbidden", PushOutcome::Refused { status: 403 }),
    ] {
        assert_eq!(send(Manner::NeverEnds(huge(status)), false).await, outcome);
        assert_eq!(send(Manner::Drips(huge(status)), false).await, outcome);
        assert_eq!(send(Manner::Says(huge(status)), false).await, outcome);
    }
    let endless = "HTTP/1.1 201 Created\r\n\r\n".to_owned();
    assert_eq!(send(Manner::NeverEnds(endless), false).await, PushOutcome::Delivered);
    let chunked =
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n".to_owned();
    assert_eq!(send(Manner::NeverEnds(chunked), false).await, PushOutcome::Delivered);
}

#[tokio::test]
async fn a_head_that_drips_or_never_comes_ends_with_the_time_for_a_call() {
    for begun in ["HTTP/1.1 201 ", "HTTP/1.1 201 Created\r\nX: y"] {
        assert_eq!(send(Manner::Drips(begun.to_owned()), true).await, LATE);
    }
    assert_eq!(send(Manner::Stays, true).await, LATE);
}

#[tokio::test]
async fn a_head_without_end_is_cut() {
    let begun = "HTTP/1.1 201 Created\r\nX: y".to_owned();
    let outcome = send(Manner::NeverEnds(begun), false).await;
    assert_eq!(outcome, PushOutcome::Failed { reason: "no whole answer" });
}

#[tokio::test]
async fn what_is_no_answer_is_a_failure() {
    for answer in [
        "",
        "HTTP/1.1 2",
        "SSH-2.0-x\r\n",
        "HTTP/1.1 201 Created\r\nA b: c\r\n\r\n",
        "HTTP/1.1 201 Created\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 201 Created\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 201 Created\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
    ] {
        let outcome = send(Manner::Says(answer.to_owned()), false).await;
        let reason = "no whole answer";
        assert_eq!(outcome, PushOutcome::Failed { reason }, "{answer:?}");
    }
}
