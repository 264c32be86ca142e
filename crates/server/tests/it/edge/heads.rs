//! Heads: what is refused before any handler runs (D-45, S-92, S-95), and what is not.

use super::*;

#[tokio::test]
async fn a_request_in_two_readings_reaches_no_handler_and_ends_the_connection() {
    let world = World::new().await;
    for head in [
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: +5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length : 5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nhost: a\r\nx: y\r\n content-length: 5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nhost: a\ncontent-length: 5\r\n\r\n",
        "POST /echo HTTP/1.1\nhost: a\n\n",
        "POST /echo HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
    ] {
        let smuggled = "0\r\n\r\nGET /hello HTTP/1.1\r\nhost: a\r\n\r\n";
        let answer = world.exchange(format!("{head}{smuggled}")).await;
        assert_refusal(&answer, 400, "invalid_request");
        assert_eq!(header(&answer, "connection"), Some("close"));
    }
    assert_eq!(world.probe.calls(), 0);
}

#[tokio::test]
async fn what_hyper_itself_refuses_is_answered_in_json_too() {
    let world = World::new().await;
    for head in [
        "G\u{1}T /hello HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /hello\u{1} HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /hello there HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /hello HTTP/1.1\r\nhost: a\r\nb d: c\r\n\r\n",
        "GET /hello HTTP/1.1\r\nhost: a\r\nx: \u{1}\r\n\r\n",
        "GET /hello HTTP/1.1\r\nhost: a\r\nx: a\rb\r\n\r\n",
    ] {
        let answer = world.exchange(head).await;
        assert_refusal(&answer, 400, "invalid_request");
    }
    assert_eq!(world.probe.calls(), 0);
}

#[tokio::test]
async fn answers_that_are_due_come_before_a_refusal() {
    let world = World::new().await;
    let good = "GET /hello HTTP/1.1\r\nhost: a\r\n\r\n";
    let bad = "GET /hello HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n";
    let answers = world.exchange(format!("{good}{good}{bad}{good}")).await;
    let statuses: Vec<_> =
        answers.match_indices("HTTP/1.1 ").map(|(at, _)| status(&answers[at..])).collect();
    assert_eq!(statuses, [200, 200, 400]);
    assert_eq!(world.probe.calls(), 2);
}

#[tokio::test]
async fn the_uri_may_have_8_kib() {
    let world = World::new().await;
    let request = |bytes: usize| {
        let query = "q".repeat(bytes - "/hello?".len());
        format!("GET /hello?{query} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    };
    let answer = world.exchange(request(limits::URI_BYTES_MAX)).await;
    assert_eq!(status(&answer), 200);
    let answer = world.exchange(request(limits::URI_BYTES_MAX + 1)).await;
    assert_refusal(&answer, 414, "uri_too_long");
    assert_eq!(world.probe.calls(), 1);
}

#[tokio::test]
async fn a_head_may_have_64_fields_and_16_kib() {
    let world = World::new().await;
    let fields = |count: usize| {
        let more = "x: y\r\n".repeat(count - 2);
        format!("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{more}\r\n")
    };
    assert_eq!(status(&world.exchange(fields(limits::HEADER_FIELDS_MAX)).await), 200);
    let answer = world.exchange(fields(limits::HEADER_FIELDS_MAX + 1)).await;
    assert_refusal(&answer, 431, "headers_too_large");

    let bytes = |count: usize| {
        let least = "host: a\r\nconnection: close\r\nx: \r\n".len();
        let more = "y".repeat(count - least);
        format!("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {more}\r\n\r\n")
    };
    assert_eq!(status(&world.exchange(bytes(limits::HEADER_BYTES_MAX)).await), 200);
    let answer = world.exchange(bytes(limits::HEADER_BYTES_MAX + 1)).await;
    assert_refusal(&answer, 431, "headers_too_large");
    assert_eq!(world.probe.calls(), 2);
}

#[tokio::test]
async fn an_endless_head_is_refused_before_its_end() {
    let world = World::new().await;
    let endless = format!("GET /hello HTTP/1.1\r\nx: {}", "y".repeat(1 << 20));
    let mut stream = world.connect().await;
    // The server answers while we are still sending, so the rest may not get through.
    let _ = stream.write_all(endless.as_bytes()).await;
    assert_refusal(&read_to_end(&mut stream).await, 431, "headers_too_large");
}

#[tokio::test]
async fn an_upgrade_to_http2_in_clear_is_ignored() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    // Some clients offer it with every request and go on with HTTP/1 when nobody answers to it.
    let request = "GET /hello HTTP/1.1\r\nhost: a\r\nconnection: Upgrade, HTTP2-Settings\r\n\
                   upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    for _ in 0..2 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert_eq!((status(&answer), body_of(&answer)), (200, "hello"));
        assert_eq!(header(&answer, "upgrade"), None);
    }
}

#[tokio::test]
async fn connect_is_not_served() {
    let world = World::new().await;
    let answer = world.exchange("CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n").await;
    assert_refusal(&answer, 400, "invalid_request");
}

#[tokio::test]
async fn paths_are_routed_in_their_plain_form_without_a_redirect() {
    let world = World::new().await;
    for path in ["/hello/", "//hello", "///hello//", "/hello?x=//", "http://a//hello/"] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        assert_eq!(status(&world.exchange(request).await), 200, "{path}");
    }
}
