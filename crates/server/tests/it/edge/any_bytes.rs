//! Whatever comes in on a connection: no panic, no 5xx, no connection that stays.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::timeout;

use super::*;

/// Pieces of requests, whole and broken, and bytes of any kind.
fn wire_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n"[..]),
        Just(&b"POST /echo HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc"[..]),
        Just(&b"POST /ignore HTTP/1.1\r\ncontent-length: 3\r\n\r\n"[..]),
        Just(
            &b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"[..]
        ),
        Just(&b"PUT //hello/ HTTP/1.0\r\n"[..]),
        Just(&b"GET http://\xff HTTP/1.1\r\n"[..]),
        Just(&b"content-length: 18446744073709551615\r\n"[..]),
        Just(&b"transfer-encoding: chunked\r\n"[..]),
        Just(&b"expect: 100-continue\r\n"[..]),
        Just(&b"upgrade: h2c\r\nconnection: upgrade\r\n"[..]),
        Just(&b"ffffffffffffffff\r\n"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\n"[..]),
        Just(&b": "[..]),
        Just(&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..]),
        Just(&b"\0\0\0\x04\0\0\0\0\0"[..]),
    ]
    .prop_map(<[u8]>::to_vec);
    let piece = prop_oneof![6 => piece, 1 => proptest::collection::vec(any::<u8>(), 0..16)];
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

async fn answers_to(bytes: &[u8], cut: usize) -> Vec<u8> {
    let (client, served) = wire(64 * 1024);
    let (mut reader, mut writer) = tokio::io::split(client);
    let write = async {
        for piece in bytes.chunks(cut) {
            if writer.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    let mut answers = Vec::new();
    let (read, ()) = tokio::join!(reader.read_to_end(&mut answers), write);
    read.unwrap();
    served.await.expect("no panic");
    answers
}

proptest! {
    #[test]
    fn any_bytes_are_dealt_with(bytes in wire_bytes(), cut in 1_usize..200) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        // The longest that anything may last: a rest between requests, then a body, then the
        // goodbye.
        let all = Duration::from_mins(2);
        let within = async { timeout(all, answers_to(&bytes, cut)).await };
        let answers = runtime.block_on(within).expect("ends");
        let is_http2 = answers.starts_with(b"\0\0");
        prop_assert!(answers.is_empty() || is_http2 || answers.starts_with(b"HTTP/1."));
        let text = String::from_utf8_lossy(&answers);
        let is_fault = text.contains("HTTP/1.1 5") || text.contains("HTTP/1.0 5");
        prop_assert!(is_http2 || !is_fault, "{text}");
        // Each refusal of the stack is JSON and the last word.
        if let Some(at) = text.find("HTTP/1.1 400").filter(|_| !is_http2) {
            let body: Result<serde_json::Value, _> = serde_json::from_str(body_of(&text[at..]));
            prop_assert!(body.is_ok(), "{text}");
        }
    }
}
