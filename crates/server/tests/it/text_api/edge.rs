//! What old clients send, as bytes through the whole edge, and the bytes that go back.

#![expect(clippy::disallowed_methods, reason = "a test's runtime ends its tasks")]

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use ringproof_server::http::stack::{Edge, EdgeLimits, serve_connection};
use ringproof_server::http::text_api::answer::{Accept, Line, Word, method_not_allowed};
use ringproof_server::http::text_api::params::Presented;
use ringproof_server::http::text_api::{Params, route::Call};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Answers `OK` and the bytes of `text`, escaped, so that a test sees what arrived.
async fn show(request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let accept = Accept::of(&parts.headers);
    let call = Call::parse(parts.uri.path()).unwrap();
    if !call.takes(&parts.method) {
        return method_not_allowed(accept);
    }
    let params = match Params::read(&parts, body).await {
        Ok(params) => params,
        Err(error) => return error.into_response(accept),
    };
    assert!(matches!(params.credentials(), Presented::Given(c) if c.username == "acme"));
    let text = params.bytes("text").unwrap().escape_ascii().to_string().replace(' ', "_");
    Line::Ok(Word::new(text).unwrap()).into_response(accept)
}

/// Everything that comes back for these bytes.
async fn answer_to(request: &[u8]) -> String {
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    let application = Router::new().fallback(show);
    let address = SocketAddr::from(([192, 0, 2, 1], 4711));
    let edge = Edge::new(EdgeLimits::default(), &[], 1);
    let served = tokio::spawn(serve_connection(far, address, false, application, edge));
    near.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    near.read_to_end(&mut answer).await.unwrap();
    served.await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn get(query: &str) -> Vec<u8> {
    let query = format!("username=acme&password=pw&{query}");
    format!("GET /send_sms?{query} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").into_bytes()
}

fn post(target: &str, fields: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{fields}content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[tokio::test]
async fn old_clients_are_understood() {
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let all = "username=acme&password=pw&text=hi+%F5";
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhi\r\n--x--\r\n";
    for (request, text) in [
        (get("text=hi+there"), "hi_there"),
        (get("text=%F5%00"), "\\xf5\\x00"),
        // Not encoded, as far as a request line can hold it.
        (get("text=õ|{100%}^`\\"), "\\xc3\\xb5|{100%}^`\\\\"),
        (post("/send_sms/", form, all), "hi_\\xf5"),
        (
            post("/v1/send_sms", &format!("{form}content-encoding: utf-8\r\n"), &format!("&{all}")),
            "hi_\\xf5",
        ),
        (post(&format!("//send_sms//?{all}"), form, all), "hi_\\xf5"),
        (post(&format!("/send_sms?{all}"), "content-type: application/json\r\n", ""), "hi_\\xf5"),
        (post(&format!("/send_sms?{all}"), "content-type: application/json\r\n", "{}"), "hi_\\xf5"),
        (
            post(
                "/send_sms?username=acme&password=pw",
                "content-type: multipart/form-data; boundary=x\r\n",
                multipart,
            ),
            "hi",
        ),
    ] {
        let answer = answer_to(&request).await;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, format!("OK {text}"), "{}", request.escape_ascii());
    }
}

#[tokio::test]
async fn what_no_request_line_can_hold_is_refused_before_it_is_read() {
    for text in [&b"<PIN>"[..], b"a\"b", b"hi there", b"\xF5"] {
        let mut request = b"GET /send_sms?username=acme&password=pw&text=".to_vec();
        request.extend(text);
        request.extend(b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let answer = answer_to(&request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_is_one_piece_with_its_length() {
    let answer = answer_to(&get("text=a&text=b")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(head.matches("content-length: 9").count(), 1, "{head}");
    assert_eq!(head.matches("content-length").count(), 1, "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert_eq!(body, "ERROR 102");
}

#[tokio::test]
async fn other_methods_get_405_and_a_refusal() {
    let request = b"PUT /send_sms HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answer = answer_to(request).await;
    assert!(
        answer.starts_with("HTTP/1.1 405 ") && answer.ends_with("\r\n\r\nERROR 102"),
        "{answer}"
    );
    assert!(answer.contains("\r\nallow: GET, POST\r\n"), "{answer}");
    let request = b"HEAD /send_sms HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answer = answer_to(request).await;
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.ends_with("\r\n\r\n"), "{answer}");
}
