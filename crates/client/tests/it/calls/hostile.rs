//! Servers that are slow, broken, or none of ours.

use std::time::Duration;

use ringproof_client::{Enrolment, Error, ErrorKind, Ringproof, Seed};

use super::fake::{Act, Fake, PASSWORD, answer, client, nobody};

async fn failure(server: &Fake) -> Error {
    client(&[&server.url]).services().create("shop.example", "Shop").await.expect_err("no good")
}

fn impatient(url: &str) -> Ringproof {
    let builder = Ringproof::builder("shop", PASSWORD).endpoint(url).retries(0);
    builder.timeout(Duration::from_millis(300)).build().expect("a client")
}

#[tokio::test]
async fn silence_and_half_an_answer_end_after_the_time_out() {
    for said in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let server = Fake::of(|_| Act::Hangs(said.to_owned())).await;
        let error = impatient(&server.url).services().get("s").await.expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::ConnectionFailed);
        assert!(error.maybe_sent() && error.to_string().ends_with("no answer in time"), "{error}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_broken_answer_is_none() {
    for said in ["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "220 mail.example ESMTP\r\n"] {
        let error = failure(&Fake::saying(said.to_owned()).await).await;
        assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::ConnectionFailed, true));
    }
}

#[tokio::test]
async fn nobody_listens() {
    let url = nobody().await;
    let error = client(&[&url]).number().start("+37255500123").await.expect_err("nobody");
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::ConnectionFailed, false));
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let endless = answer(200, "", &"x".repeat(67_108_865));
    let error = failure(&Fake::saying(endless).await).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidResponse, Some(200)));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_no_password_travels_on() {
    let other = Fake::saying(answer(200, "", "{}")).await;
    let head = format!("location: {}\r\n", other.url);
    let error = failure(&Fake::saying(answer(307, &head, "")).await).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Other, Some(307)));
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn what_no_server_of_ours_says_is_no_answer() {
    for body in [
        "<html>not what you asked for</html>",
        "",
        "[]",
        "null",
        r#"{"id":"service-1","name":"Shop"}"#,
        r#"{"id":7,"name":"Shop","ctime":"2026"}"#,
    ] {
        let error = failure(&Fake::saying(answer(200, "", body)).await).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidResponse, Some(200)));
        assert!(error.maybe_sent());
    }
    let page = Fake::saying(answer(404, "", "<h1>Not Found</h1>")).await;
    assert_eq!(failure(&page).await.kind(), ErrorKind::InvalidResponse);
}

#[tokio::test]
async fn a_call_with_a_line_does_not_take_the_page_of_a_proxy() {
    for (status, kind) in [
        (401, ErrorKind::InvalidResponse),
        (403, ErrorKind::InvalidResponse),
        (404, ErrorKind::InvalidResponse),
        (405, ErrorKind::InvalidResponse),
        (409, ErrorKind::InvalidResponse),
        (422, ErrorKind::InvalidResponse),
        (400, ErrorKind::InvalidData),
        (408, ErrorKind::Unavailable),
        (413, ErrorKind::InvalidData),
        (414, ErrorKind::InvalidData),
        (429, ErrorKind::Throttled),
        (431, ErrorKind::InvalidData),
        (502, ErrorKind::Unavailable),
    ] {
        let page = Fake::saying(answer(status, "", "<h1>A page</h1>")).await;
        let error = client(&[&page.url]).sms().send("+37255500123", "Hi").await.expect_err("none");
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!(error.maybe_sent(), status == 502, "{status}");
    }
}

#[tokio::test]
async fn a_code_is_not_right_because_a_page_came() {
    let page = Fake::saying(answer(200, "", "<p>VERIFIED</p>")).await;
    let ringproof = client(&[&page.url]);
    let error = ringproof.number().verify("id", "123456").await.expect_err("a page");
    assert_eq!(error.kind(), ErrorKind::InvalidResponse);
    for body in [r#"{"method":"sms","verified":"true"}"#, r#"{"method":"sms","verified":false}"#] {
        let server = Fake::saying(answer(200, "", body)).await;
        let ringproof = client(&[&server.url]);
        let error = ringproof.auth().verify("s", "u", "123456").await.expect_err("no truth");
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
    }
}

#[tokio::test]
async fn a_status_is_a_kind_of_error() {
    for (status, body, kind) in [
        (422, r#"{"message":"no","code":"invalid_field","field":"name"}"#, ErrorKind::InvalidData),
        (401, r#"{"message":"no"}"#, ErrorKind::WrongCredentials),
        (403, r#"{"message":"no"}"#, ErrorKind::ResourceForbidden),
        (404, r#"{"message":"no","code":"service_not_found"}"#, ErrorKind::NoSuchResource),
        (409, r#"{"message":"no"}"#, ErrorKind::ResourceAlreadyExists),
        (429, r#"{"message":"later","code":"rate_limited"}"#, ErrorKind::Throttled),
        (500, r#"{"message":"broken","code":"internal"}"#, ErrorKind::Internal),
        (502, "Bad Gateway", ErrorKind::Unavailable),
        (418, r#"{"message":"tea"}"#, ErrorKind::Other),
    ] {
        let headers = "retry-after: 7\r\nx-request-id: abc-123\r\n";
        let error = failure(&Fake::saying(answer(status, headers, body)).await).await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(error.request_id(), Some("abc-123"));
    }
}

#[tokio::test]
async fn what_a_server_echoes_does_not_come_into_errors() {
    let server = Fake::of(|request| {
        let echo = request.replace('"', "'").replace(['\r', '\n'], " ");
        let body = format!(r#"{{"message":"bad: {echo}","code":"{echo}","field":"{echo}"}}"#);
        Act::Says(answer(422, "x-request-id: a b\r\n", &body))
    })
    .await;
    let ringproof = client(&[&server.url]);
    let seed = Enrolment { secret: Some(Seed("OZSXE2LHMF2G64RN")), ..Enrolment::default() };
    let recovery = ringproof.recovery().use_code("s", "u", "AMR7-3IGJ-Y3LP").await;
    let errors = [
        ringproof.users().create("s", "+37255500123", "jane").await.expect_err("422"),
        ringproof.auth().verify("s", "u", "483920").await.expect_err("422"),
        recovery.expect_err("422"),
        ringproof.authenticators().create("s", "u", seed).await.expect_err("422"),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let shown = format!("{error} {error:?} {seed:?}");
        let secrets = [PASSWORD, "55500123", "483920", "AMR7-3IGJ", "OZSXE2LHMF2G64RN"];
        assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
        assert!(error.to_string().chars().count() < 400, "{error}");
        assert_eq!((error.reason(), error.request_id()), (None, None));
    }
}
