//! Connections: kept, counted, refused, and drained (D-47).

use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::*;

/// Collects the metrics of everything that runs on this test's thread.
fn metrics_of_this_thread() -> (PrometheusHandle, metrics::LocalRecorderGuard<'static>) {
    let recorder: &'static _ = Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
    (recorder.handle(), metrics::set_default_local_recorder(recorder))
}

const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n";

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    let mut ids = std::collections::HashSet::new();
    for _ in 0..100 {
        stream.write_all(HELLO).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert_eq!((status(&answer), body_of(&answer)), (200, "hello"));
        ids.insert(header(&answer, "x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 100);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let world = World::new().await;
    let one = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n";
    let close = one.replace("host: a", "connection: close");
    let requests: Vec<_> = (0..9).map(|number| format!("{one}{number}")).collect();
    let requests = requests.concat();
    let answers = world.exchange(format!("{requests}{close}9")).await;
    let bodies: String = answers
        .split("HTTP/1.1 200 OK")
        .skip(1)
        .map(|answer| answer.chars().last().unwrap())
        .collect();
    assert_eq!(bodies, "0123456789", "{answers}");
}

#[tokio::test]
async fn http_1_0_gets_a_length_and_a_close() {
    let world = World::new().await;
    for path in ["/hello", "/large"] {
        let answer = world.exchange(format!("GET {path} HTTP/1.0\r\n\r\n")).await;
        assert_eq!(status(&answer), 200);
        let length = body_of(&answer).len().to_string();
        assert_eq!(header(&answer, "content-length"), Some(length.as_str()));
        assert_eq!(header(&answer, "transfer-encoding"), None);
    }
    let mut stream = world.connect().await;
    let request = b"GET /hello HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
    for _ in 0..2 {
        stream.write_all(request).await.unwrap();
        assert_eq!(status(&read_answer(&mut stream).await), 200, "kept when asked for");
    }
}

#[tokio::test]
async fn a_client_that_closes_its_half_still_gets_its_answer() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    stream.write_all(b"GET /gate HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    world.probe.entered.notified().await;
    world.probe.open.notify_one();
    assert_eq!(body_of(&read_to_end(&mut stream).await), "through");
}

#[tokio::test]
async fn an_address_gets_its_share_of_connections_and_no_more() {
    let (metrics, _guard) = metrics_of_this_thread();
    let limits = EdgeLimits { connections_per_ip_max: 2, ..EdgeLimits::default() };
    let world = World::with(limits, &[], None).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = world.connect().await;
        stream.write_all(HELLO).await.unwrap();
        assert_eq!(status(&read_answer(&mut stream).await), 200);
        held.push(stream);
    }
    let mut refused = world.connect().await;
    assert!(matches!(refused.read(&mut [0]).await, Ok(0) | Err(_)), "closed at once");
    let counted = metrics.render();
    assert!(counted.contains("ringproof_connections 2"), "{counted}");
    assert!(
        counted.contains("ringproof_connections_refused_total{reason=\"address\"} 1"),
        "{counted}"
    );

    // The slot is free again once the server has seen the end of one.
    drop(held.pop());
    loop {
        let mut stream = world.connect().await;
        if stream.write_all(HELLO).await.is_ok() && stream.read_u8().await.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn the_server_takes_so_many_connections_and_no_more() {
    let (metrics, _guard) = metrics_of_this_thread();
    let limits = EdgeLimits { connections_max: 1, ..EdgeLimits::default() };
    // A trusted proxy brings everybody's connections: only the total counts for it.
    let world = World::with(limits, &["127.0.0.0/8"], None).await;
    let mut held = world.connect().await;
    held.write_all(HELLO).await.unwrap();
    read_answer(&mut held).await;
    let mut refused = world.connect().await;
    assert!(matches!(refused.read(&mut [0]).await, Ok(0) | Err(_)));
    let counted = metrics.render();
    assert!(
        counted.contains("ringproof_connections_refused_total{reason=\"total\"} 1"),
        "{counted}"
    );
}

#[tokio::test]
async fn the_drain_closes_who_rests_and_waits_for_who_works() {
    let mut world = World::new().await;
    let mut resting = world.connect().await;
    resting.write_all(HELLO).await.unwrap();
    read_answer(&mut resting).await;
    let mut fresh = world.connect().await;
    let mut working = world.connect().await;
    working.write_all(b"GET /gate HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    world.probe.entered.notified().await;

    world.stop();
    assert_eq!(read_to_end(&mut resting).await, "");
    assert_eq!(read_to_end(&mut fresh).await, "");
    assert!(TcpStream::connect(world.address).await.is_err(), "nobody new gets in");
    assert!(!world.served.is_finished());

    world.probe.open.notify_one();
    let answer = read_to_end(&mut working).await;
    assert_eq!((status(&answer), body_of(&answer)), (200, "through"));
    assert_eq!(header(&answer, "connection"), Some("close"));
    assert_eq!(world.served.await.unwrap(), Drained { aborted: 0 });
}

#[tokio::test]
async fn the_drain_cuts_who_does_not_finish() {
    let limits = EdgeLimits { drain: Duration::from_millis(50), ..EdgeLimits::default() };
    let mut world = World::with(limits, &[], None).await;
    let mut working = world.connect().await;
    working.write_all(b"GET /gate HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    world.probe.entered.notified().await;
    world.stop();
    assert!(matches!(working.read(&mut [0]).await, Ok(0) | Err(_)));
    assert_eq!(world.served.await.unwrap(), Drained { aborted: 1 });
}
