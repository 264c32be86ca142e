//! Time limits (D-46, S-93), on streams in memory with a clock that is moved.
//!
//! Tokio moves its paused clock whenever everybody waits, so each test runs in no time and sees
//! exact times.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n";

/// Checks that so much time has passed, as exactly as timers are.
fn assert_elapsed(start: Instant, expected: Duration) {
    let elapsed = start.elapsed();
    let slack = Duration::from_millis(20);
    assert!(elapsed >= expected && elapsed <= expected + slack, "{elapsed:?}, not {expected:?}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed_after_5_seconds() {
    let (mut client, served) = wire(1024);
    let start = Instant::now();
    assert_eq!(read_to_end(&mut client).await, "");
    assert_elapsed(start, 5 * SECOND);
    served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_first_byte_in_time_and_a_head_in_time_are_served() {
    let (mut client, _served) = wire(1024);
    sleep(Duration::from_millis(4_900)).await;
    client.write_all(&HELLO[..1]).await.unwrap();
    sleep(Duration::from_millis(4_900)).await;
    client.write_all(&HELLO[1..]).await.unwrap();
    assert_eq!(status(&read_answer(&mut client).await), 200);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_drips_is_given_up_after_5_seconds() {
    let (mut client, served) = wire(1024);
    let start = Instant::now();
    let (mut reader, mut writer) = tokio::io::split(&mut client);
    let drip = async {
        for byte in HELLO {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(SECOND).await;
        }
    };
    let read = async {
        let answer = read_to_end(&mut reader).await;
        assert_elapsed(start, 5 * SECOND);
        answer
    };
    let (answer, ()) = tokio::join!(read, drip);
    assert_eq!(status(&answer), 408, "{answer}");
    assert_json(body_of(&answer), "timeout");
    served.await.unwrap();
    assert!(start.elapsed() <= 12 * SECOND, "lingering ends too: {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_second_head_that_drips_is_given_up_too() {
    let (mut client, _served) = wire(1024);
    client.write_all(HELLO).await.unwrap();
    read_answer(&mut client).await;
    sleep(30 * SECOND).await;
    client.write_all(b"GET /hel").await.unwrap();
    let start = Instant::now();
    assert_eq!(status(&read_to_end(&mut client).await), 408);
    assert_elapsed(start, 5 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_resting_connection_is_kept_for_60_seconds() {
    let (mut client, served) = wire(1024);
    for _ in 0..3 {
        client.write_all(HELLO).await.unwrap();
        assert_eq!(status(&read_answer(&mut client).await), 200);
        sleep(Duration::from_millis(59_900)).await;
    }
    client.write_all(HELLO).await.unwrap();
    read_answer(&mut client).await;
    let start = Instant::now();
    assert_eq!(read_to_end(&mut client).await, "");
    assert_elapsed(start, 60 * SECOND);
    served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_trailing_empty_line_does_not_start_the_next_head() {
    let (mut client, _served) = wire(1024);
    client.write_all(HELLO).await.unwrap();
    client.write_all(b"\r\n").await.unwrap();
    read_answer(&mut client).await;
    sleep(20 * SECOND).await;
    client.write_all(HELLO).await.unwrap();
    assert_eq!(status(&read_answer(&mut client).await), 200);
}

fn post(path: &str, length: usize) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n").into_bytes()
}

/// Sends `bytes` a second until the server has answered; the answer, and when it came.
async fn trickle(client: DuplexStream, bytes: usize) -> String {
    let (mut reader, mut writer) = tokio::io::split(client);
    let send = async {
        while writer.write_all(&vec![b'b'; bytes]).await.is_ok() {
            sleep(SECOND).await;
        }
    };
    tokio::select! {
        answer = read_answer(&mut reader) => answer,
        () = send => panic!("the server closed without an answer"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up_after_5_seconds() {
    let (mut client, _served) = wire(1024);
    let start = Instant::now();
    client.write_all(&post("/echo", 10)).await.unwrap();
    let answer = read_answer(&mut client).await;
    assert_elapsed(start, 5 * SECOND);
    assert_eq!(status(&answer), 408);
    assert_eq!(header(&answer, "connection"), Some("close"));
    assert_json(body_of(&answer), "timeout");
}

#[tokio::test(start_paused = true)]
async fn a_body_slower_than_512_bytes_a_second_is_given_up_early() {
    let (mut client, _served) = wire(1024);
    client.write_all(&post("/echo", 60_000)).await.unwrap();
    let start = Instant::now();
    assert_eq!(status(&trickle(client, 400).await), 408);
    assert!(start.elapsed() < 7 * SECOND, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_must_be_there_15_seconds_after_its_head_began() {
    let (mut client, _served) = wire(1024);
    let start = Instant::now();
    let head = post("/echo", 60_000);
    client.write_all(&head[..10]).await.unwrap();
    sleep(4 * SECOND).await;
    client.write_all(&head[10..]).await.unwrap();
    assert_eq!(status(&trickle(client, 1_000).await), 408);
    assert_elapsed(start, 15 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_there_in_time_is_served() {
    let (mut client, _served) = wire(1024);
    let start = Instant::now();
    client.write_all(&post("/echo", 14 * 600)).await.unwrap();
    let answer = trickle(client, 600).await;
    assert_eq!((status(&answer), body_of(&answer).len()), (200, 14 * 600));
    assert_elapsed(start, 13 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_body_is_late_even_if_the_handler_looks_later() {
    let (mut client, _served) = wire(1024);
    let start = Instant::now();
    client.write_all(&post("/late", 10)).await.unwrap();
    assert_eq!(status(&read_answer(&mut client).await), 408);
    assert_elapsed(start, 6 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_handler_has_10_seconds_and_the_connection_lives_on() {
    let (mut client, _served) = wire(1024);
    for request in ["GET /never HTTP/1.1\r\nhost: a\r\n\r\n"; 2] {
        let start = Instant::now();
        client.write_all(request.as_bytes()).await.unwrap();
        let answer = read_answer(&mut client).await;
        assert_elapsed(start, 10 * SECOND);
        assert_eq!(status(&answer), 503);
        assert_eq!(header(&answer, "retry-after"), Some("1"));
        assert_json(body_of(&answer), "overloaded");
        client.write_all(HELLO).await.unwrap();
        assert_eq!(status(&read_answer(&mut client).await), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_ignores_a_body_that_never_comes_ends_too() {
    let (mut client, _served) = wire(1024);
    let start = Instant::now();
    client.write_all(&post("/never", 10)).await.unwrap();
    assert_eq!(status(&read_answer(&mut client).await), 503);
    assert_elapsed(start, 15 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_cut_after_10_seconds() {
    let (mut client, served) = wire(1024);
    client.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let start = Instant::now();
    served.await.unwrap();
    assert_elapsed(start, 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_is_served() {
    let (mut client, _served) = wire(1024);
    client.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut bytes = 0;
    let mut piece = vec![0; 64 * 1024];
    loop {
        let mut taken = 0;
        while taken < piece.len() {
            match client.read(&mut piece[taken..]).await.unwrap() {
                0 => break,
                read => taken += read,
            }
        }
        if taken == 0 {
            break;
        }
        bytes += taken;
        sleep(9 * SECOND).await;
    }
    assert!(bytes > 1 << 20, "{bytes}");
}

#[tokio::test(start_paused = true)]
async fn lingering_after_an_early_answer_ends_after_5_seconds() {
    let (mut client, served) = wire(1024);
    client.write_all(&post("/echo", 1 << 20)).await.unwrap();
    assert_eq!(status(&read_answer(&mut client).await), 413);
    let start = Instant::now();
    let (_reader, mut writer) = tokio::io::split(client);
    let send = async {
        while writer.write_all(b"more").await.is_ok() {
            sleep(SECOND).await;
        }
    };
    let (served, ()) = tokio::join!(served, send);
    served.unwrap();
    assert!(start.elapsed() <= 7 * SECOND, "{:?}", start.elapsed());
}
