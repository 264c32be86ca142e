//! What is called is called rightly, and every call has an end.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use ringproof_delivery::limits::{
    OUTBOUND_BUFFER_BYTES_MAX, OUTBOUND_CALL_TIMEOUT, OUTBOUND_CONNECT_TIMEOUT,
};
use ringproof_delivery::outbound::{CallResult, OutboundClient, Resolver, SystemResolver};
use tokio::time::{Duration, Instant};

use super::receiver::{Manner, OK, Receiver};
use super::zone::Zone;
use super::{client, ip, own_networks, target};

const ANSWERED: CallResult = CallResult::Answered(StatusCode::OK);

/// A client that may call this machine, and knows `shop.example` as it.
fn caller() -> OutboundClient {
    client(own_networks(&["127.0.0.0/8"]), Arc::new(Zone::shop(&[ip("127.0.0.1")])))
}

#[tokio::test]
async fn a_get_is_these_bytes() {
    let mut receiver = Receiver::start("127.0.0.1", OK).await;
    let port = receiver.address.port();
    let client = caller();
    let address = format!("http://Shop.example:{port}/x?a=1#part");
    let target = target(&client, &address).with_parameters(&[("status", "DELIVERED")]).unwrap();
    assert_eq!(client.get(&target).await, ANSWERED);
    assert_eq!(
        receiver.request().await,
        format!(
            "GET /x?a=1&status=DELIVERED HTTP/1.1\r\nHost: shop.example:{port}\r\n\
             User-Agent: verigator-dlr/1\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        )
    );
}

#[tokio::test]
async fn a_post_is_these_bytes_whatever_headers_are_handed_in() {
    let mut receiver = Receiver::start("127.0.0.1", OK).await;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("webhook-id", "7"),
        ("webhook-signature", "v1,abc"),
        ("host", "other.example"),
        ("connection", "keep-alive"),
        ("content-length", "1"),
        ("transfer-encoding", "chunked"),
    ] {
        headers.append(name, HeaderValue::from_static(value));
    }
    headers.append("webhook-signature", HeaderValue::from_static("v1,def"));
    let client = caller();
    let target = target(&client, &format!("http://{}", receiver.address));
    let body = Bytes::from_static(b"{\"a\":1}");
    assert_eq!(client.post_json(&target, body, headers).await, ANSWERED);
    let request = receiver.request().await;
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "{\"a\":1}");
    let mut lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST / HTTP/1.1");
    lines.sort_unstable();
    let host = format!("Host: {}", receiver.address);
    let expected = [
        "Accept: */*",
        "Connection: close",
        "Content-Length: 7",
        "Content-Type: application/json",
        &host,
        "User-Agent: verigator-dlr/1",
        "Webhook-Id: 7",
        "Webhook-Signature: v1,abc",
        "Webhook-Signature: v1,def",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn each_status_from_200_to_399_is_success() {
    for (status, is_success) in [
        (200, true),
        (204, true),
        (299, true),
        (302, true),
        (304, true),
        (399, true),
        (199, false),
        (400, false),
        (404, false),
        (429, false),
        (500, false),
        (599, false),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(CallResult::Answered(status).is_success(), is_success, "{status}");
    }
    assert!(!CallResult::Forbidden.is_success() && !CallResult::Failed("x").is_success());

    let answer = "HTTP/1.0 500 Oh\r\n\r\nsorry";
    let receiver = Receiver::start("127.0.0.1", answer).await;
    let client = caller();
    let result = client.get(&target(&client, &format!("http://{}/", receiver.address))).await;
    assert_eq!(result, CallResult::Answered(StatusCode::INTERNAL_SERVER_ERROR));
}

/// Calls a receiver that does not let go. When it has answered as far as it
/// will, time is moved on in small steps, and between them everybody sees what
/// lies in the sockets. Gives the result and the time it took.
async fn call_with_time_moved(manner: Manner, scheme: &str) -> (CallResult, Duration) {
    let mut receiver = Receiver::with_manner("127.0.0.1", manner).await;
    let client = caller();
    let target = target(&client, &format!("{scheme}://{}/", receiver.address));
    let started = Instant::now();
    let result = tokio::select! {
        result = client.get(&target) => result,
        () = async {
            receiver.request().await;
            tokio::time::pause();
            while started.elapsed() < OUTBOUND_CALL_TIMEOUT * 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        } => panic!("the call has no end"),
    };
    let took = started.elapsed();
    tokio::time::resume();
    (result, took)
}

#[tokio::test]
async fn a_receiver_that_hangs_is_left_when_the_time_is_over() {
    let late = CallResult::Failed("no answer in time");
    for begun in ["", "HTTP/1.1 200 OK\r\nX: y"] {
        let manner = Manner::SaysAndStays(begun.to_owned());
        let (result, took) = call_with_time_moved(manner, "http").await;
        assert_eq!(result, late);
        assert!(took >= OUTBOUND_CALL_TIMEOUT, "{took:?}");
    }
}

#[tokio::test]
async fn a_status_counts_though_the_body_never_comes() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx".to_owned();
    let (result, took) = call_with_time_moved(Manner::SaysAndStays(answer), "http").await;
    assert_eq!(result, ANSWERED);
    assert!(took >= OUTBOUND_CALL_TIMEOUT, "{took:?}");
}

#[tokio::test]
async fn a_receiver_that_does_not_speak_tls_is_left_after_the_time_to_connect() {
    let (result, took) = call_with_time_moved(Manner::SaysAndStays(String::new()), "https").await;
    assert_eq!(result, CallResult::Failed("no secure connection"));
    assert!(took >= OUTBOUND_CONNECT_TIMEOUT && took < OUTBOUND_CALL_TIMEOUT, "{took:?}");
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let head = "HTTP/1.1 200 OK\r\n\r\n".to_owned();
    let mut receiver = Receiver::with_manner("127.0.0.1", Manner::NeverEnds(head)).await;
    let client = caller();
    let target = target(&client, &format!("http://{}/", receiver.address));
    let started = Instant::now();
    assert_eq!(client.get(&target).await, ANSWERED);
    assert!(started.elapsed() < OUTBOUND_CALL_TIMEOUT, "it was cut by the time, not the size");
    // The connection is closed, or the receiver would write on.
    assert!(receiver.written().await > 0);
}

#[tokio::test]
async fn an_endless_head_is_cut() {
    let head = "HTTP/1.1 200 OK\r\nX: ".to_owned();
    let mut receiver = Receiver::with_manner("127.0.0.1", Manner::NeverEnds(head)).await;
    let client = caller();
    let target = target(&client, &format!("http://{}/", receiver.address));
    assert_eq!(client.get(&target).await, CallResult::Failed("no whole answer"));
    assert!(receiver.written().await >= OUTBOUND_BUFFER_BYTES_MAX);
}

#[tokio::test]
async fn what_is_no_answer_is_a_failure() {
    for answer in ["", "HTTP/1.1 2", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n"] {
        let receiver = Receiver::start("127.0.0.1", answer).await;
        let client = caller();
        let target = target(&client, &format!("http://{}/", receiver.address));
        assert_eq!(client.get(&target).await, CallResult::Failed("no whole answer"), "{answer:?}");
    }
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_takes_no_connection_but_not_for_ever() {
    let receiver = Receiver::start("127.0.0.1", OK).await;
    let (good, gone) = (ip("127.0.0.1"), [ip("127.0.0.3"), ip("127.0.0.4"), ip("127.0.0.5")]);
    let call = async |addresses: &[_]| {
        let client = client(own_networks(&["127.0.0.0/8"]), Arc::new(Zone::shop(addresses)));
        let port = receiver.address.port();
        client.get(&target(&client, &format!("http://shop.example:{port}/"))).await
    };
    assert_eq!(call(&[gone[0], gone[1], good]).await, ANSWERED);
    let given_up = call(&[gone[0], gone[1], gone[2], good]).await;
    assert_eq!(given_up, CallResult::Failed("no connection"));
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_a_failure() {
    let client = caller();
    for host in ["gone.example", "also.gone.example"] {
        let result = client.get(&target(&client, &format!("http://{host}/"))).await;
        assert_eq!(result, CallResult::Failed("the name was not found"));
    }
}

#[tokio::test]
async fn the_system_knows_this_machine_by_name() {
    let found = SystemResolver.resolve("localhost").await.unwrap();
    assert!(found.iter().any(std::net::IpAddr::is_loopback), "{found:?}");
}
