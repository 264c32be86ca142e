//! Bodies: how large, how framed, and what becomes of the connection when nobody reads them.

use super::*;

fn post(path: &str, length: usize, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n{more}\r\n")
}

#[tokio::test]
async fn a_body_may_have_64_kib() {
    let world = World::new().await;
    for bytes in [0, 1, limits::BODY_BYTES_MAX] {
        let body = "b".repeat(bytes);
        let request = format!("{}{body}", post("/echo", bytes, "connection: close\r\n"));
        let answer = world.exchange(request).await;
        assert_eq!((status(&answer), body_of(&answer) == body), (200, true), "{bytes}");
    }
    let bytes = limits::BODY_BYTES_MAX + 1;
    let request = format!("{}{}", post("/echo", bytes, ""), "b".repeat(bytes));
    assert_refusal(&world.exchange(request).await, 413, "body_too_large");
}

#[tokio::test]
async fn a_chunked_body_may_have_64_kib() {
    let world = World::new().await;
    let request = |last: &str| {
        let chunks = format!("1000\r\n{}\r\n", "c".repeat(0x1000)).repeat(15);
        format!(
            "POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
             transfer-encoding: chunked\r\n\r\n{chunks}{last}0\r\n\r\n"
        )
    };
    let answer = world.exchange(request(&format!("1000\r\n{}\r\n", "c".repeat(0x1000)))).await;
    assert_eq!((status(&answer), body_of(&answer).len()), (200, limits::BODY_BYTES_MAX));
    let answer = world.exchange(request(&format!("1001\r\n{}\r\n", "c".repeat(0x1001)))).await;
    assert_refusal(&answer, 413, "body_too_large");
}

#[tokio::test]
async fn a_client_in_the_middle_of_its_upload_can_read_the_refusal() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    let bytes = 20 << 20;
    stream.write_all(post("/echo", bytes, "").as_bytes()).await.unwrap();
    // Everything is sent before anything is read, as simple clients do it.
    let piece = vec![b'b'; 1 << 20];
    for _ in 0..20 {
        stream.write_all(&piece).await.expect("the server goes on reading");
    }
    let answer = read_to_end(&mut stream).await;
    assert_refusal(&answer, 413, "body_too_large");
    assert_eq!(header(&answer, "connection"), Some("close"));
}

#[tokio::test]
async fn an_unread_body_that_is_there_does_not_cost_the_connection() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    for _ in 0..3 {
        stream.write_all(format!("{}12345", post("/ignore", 5, "")).as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert_eq!((status(&answer), body_of(&answer)), (200, "ignored"));
        assert_eq!(header(&answer, "connection"), None);
    }
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on_or_not() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    let ask = "expect: 100-continue\r\n";
    stream.write_all(post("/echo", 5, ask).as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert_eq!((status(&answer), body_of(&answer)), (200, "hello"));

    stream.write_all(post("/echo", limits::BODY_BYTES_MAX + 1, ask).as_bytes()).await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert_refusal(&answer, 413, "body_too_large");
    assert_eq!(header(&answer, "connection"), Some("close"));
}

#[tokio::test]
async fn a_body_that_is_not_framed_as_announced_is_refused() {
    let world = World::new().await;
    let chunked = "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    for body in ["x\r\n", "1;an-extension-of-many-bytes\r\nb\r\n0\r\n\r\n", "1\nb\r\n0\r\n\r\n"] {
        let smuggled = "GET /hello HTTP/1.1\r\nhost: a\r\n\r\n";
        let answer = world.exchange(format!("{chunked}{body}{smuggled}")).await;
        assert_refusal(&answer, 400, "invalid_body");
    }
    assert_eq!(world.probe.calls(), 3, "only the requests themselves");
}

#[tokio::test]
async fn a_body_that_ends_early_is_refused() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    stream.write_all(format!("{}1234", post("/echo", 5, "")).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_refusal(&read_to_end(&mut stream).await, 400, "invalid_body");
}
