//! Who is calling, seen from a handler (S-96); the matrix itself is beside the code.

use super::*;

async fn who(world: &World, headers: &str) -> String {
    let request = format!("GET /who HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n");
    let answer = world.exchange(request).await;
    assert_eq!(status(&answer), 200, "{answer}");
    let (peer, id) = body_of(&answer).split_once(" id=").unwrap();
    assert_eq!(header(&answer, "x-request-id"), Some(id), "the handler's id is the answer's");
    peer.to_owned()
}

#[tokio::test]
async fn a_handler_sees_the_tcp_peer_whatever_a_stranger_claims() {
    let world = World::new().await;
    assert_eq!(who(&world, "").await, "127.0.0.1 secure=false loopback=true");
    let lie = "x-forwarded-for: 198.51.100.1\r\nx-forwarded-proto: https\r\n";
    assert_eq!(who(&world, lie).await, "127.0.0.1 secure=false loopback=false");
}

#[tokio::test]
async fn a_handler_sees_the_client_of_a_trusted_proxy() {
    let world = World::with(EdgeLimits::default(), &["127.0.0.0/8"], None).await;
    let told = "x-forwarded-for: 203.0.113.9, 198.51.100.1\r\nx-forwarded-proto: https\r\n";
    assert_eq!(who(&world, told).await, "198.51.100.1 secure=true loopback=false");
}

#[tokio::test]
async fn a_request_id_is_taken_over_from_a_trusted_proxy_only() {
    let given = |id: &str| {
        format!("GET /who HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-request-id: {id}\r\n\r\n")
    };
    let strangers = World::new().await;
    let proxied = World::with(EdgeLimits::default(), &["127.0.0.1/32"], None).await;
    for (world, id, is_taken) in [
        (&strangers, "trace-1", false),
        (&proxied, "trace-1", true),
        (&proxied, "not an id", false),
        (&proxied, &"x".repeat(64), true),
        (&proxied, &"x".repeat(65), false),
    ] {
        let answer = world.exchange(given(id)).await;
        let ours = header(&answer, "x-request-id").unwrap();
        assert_eq!(ours == id, is_taken, "{id}: {ours}");
        assert!(is_taken || ours.len() == 32, "{ours}");
    }
}
