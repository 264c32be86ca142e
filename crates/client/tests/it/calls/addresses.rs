//! Which address is asked, and what is asked again.

use ringproof_client::{Browser, Error, ErrorKind, Ringproof};

use super::fake::{Act, Fake, PASSWORD, answer, client, nobody};

const SERVICE: &str = r#"{"id":"service-1","name":"Shop","ctime":"2026-11-22T21:15:45.842Z"}"#;

async fn good() -> Fake {
    Fake::saying(answer(200, "", SERVICE)).await
}

async fn losing() -> Fake {
    Fake::of(|_| Act::Loses).await
}

async fn overloaded() -> Fake {
    Fake::saying(answer(503, "", r#"{"message":"no","code":"overloaded"}"#)).await
}

#[tokio::test]
async fn a_call_that_was_surely_not_sent_goes_on_and_that_address_stays_first() {
    let (first, second, third) = (nobody().await, good().await, good().await);
    let ringproof = client(&[&first, &second.url, &third.url]);
    for _ in 0..2 {
        ringproof.services().create("shop.example", "Shop").await.expect("the second answers");
    }
    assert_eq!((second.count(), third.count()), (2, 0));
}

/// Every call that changes something.
async fn change(ringproof: &Ringproof, which: usize) -> Result<(), Error> {
    let number = "+37255500123";
    match which {
        0 => ringproof.auth().initiate("s", "u", "sms").await.map(drop),
        1 => ringproof.auth().verify("s", "u", "123456").await.map(drop),
        2 => ringproof.number().start(number).await.map(drop),
        3 => ringproof.number().check("id", "123456", Browser::default()).await.map(drop),
        4 => ringproof.sms().send(number, "Hello").await.map(drop),
        5 => ringproof.sms().cancel("id").await,
        6 => ringproof.users().create("s", number, "jane").await.map(drop),
        7 => ringproof.users().delete("s", "u").await,
        8 => ringproof.recovery().use_code("s", "u", "code").await.map(drop),
        9 => ringproof.recovery().create("s", "u").await.map(drop),
        _ => ringproof.widget().confirm(&"0".repeat(32)).await.map(drop),
    }
}

#[tokio::test]
async fn a_start_and_a_check_that_may_have_been_sent_are_not_made_again() {
    let (first, second) = (losing().await, good().await);
    let ringproof = client(&[&first.url, &second.url]);
    for which in 0..=10 {
        let error = change(&ringproof, which).await.expect_err("the answer is lost");
        assert_eq!(error.kind(), ErrorKind::ConnectionFailed, "{which}");
        assert!(error.maybe_sent(), "{which}");
        assert_eq!(first.count(), which + 1);
    }
    assert_eq!(second.count(), 0);
}

#[tokio::test]
async fn a_read_goes_on_when_the_answer_is_lost_or_the_server_overloaded() {
    let (first, second, third) = (losing().await, overloaded().await, good().await);
    let ringproof = client(&[&first.url, &second.url, &third.url]);
    assert_eq!(ringproof.services().get("service-1").await.expect("it answers").name, "Shop");
    assert_eq!((first.count(), second.count(), third.count()), (1, 1, 1));
}

#[tokio::test]
async fn a_read_asks_all_addresses_twice_and_says_what_the_last_one_said() {
    let (first, second) = (losing().await, overloaded().await);
    let ringproof = client(&[&first.url, &second.url]);
    let error = ringproof.sms().balance().await.expect_err("none is good");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unavailable, Some(503)));
    assert_eq!((first.count(), second.count()), (2, 2));
}

#[tokio::test]
async fn a_call_that_changes_something_stops_at_an_overloaded_server() {
    let (first, second) = (overloaded().await, good().await);
    let ringproof = client(&[&first.url, &second.url]);
    let error = ringproof.services().create("shop.example", "Shop").await.expect_err("503");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.maybe_sent(), "a step that was begun may still come to its end");
    assert_eq!(second.count(), 0);
}

#[tokio::test]
async fn where_no_message_could_go_nothing_was_done() {
    let body = r#"{"message":"no","code":"sms_unavailable"}"#;
    let server = Fake::saying(answer(503, "", body)).await;
    let error = client(&[&server.url]).auth().initiate("s", "u", "sms").await.expect_err("503");
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Unavailable, false));
}

#[tokio::test]
async fn failed_209_is_an_answer() {
    let first = Fake::saying(answer(200, "", "FAILED 209")).await;
    let second = good().await;
    let ringproof = client(&[&first.url, &second.url]);
    let error = ringproof.sms().balance().await.expect_err("it said so");
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Unavailable, Some("FAILED 209")));
    assert!(!error.maybe_sent(), "a call that only reads can be repeated");
    let error = ringproof.sms().cancel("id").await.expect_err("it said so");
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Unavailable, true));
    assert_eq!((first.count(), second.count()), (2, 0));
}

#[tokio::test]
async fn what_stands_in_a_request() {
    let server = good().await;
    let ringproof = client(&[&server.url]);
    ringproof.services().get("../é?").await.expect("it answers");
    let _ = ringproof.sms().send("+37255500123", "a & b").await;
    let [json, text] = &server.requests()[..] else { panic!("two requests") };
    assert!(json.starts_with("GET /v1/service/service/..%2F%C3%A9%3F HTTP/1.1\r\n"), "{json}");
    assert!(json.contains(&format!("x-service-auth: shop:{PASSWORD}\r\n")), "{json}");
    let agent = concat!("user-agent: ringproof-rust/", env!("CARGO_PKG_VERSION"), "\r\n");
    assert!(json.contains(agent) && text.contains(agent), "{json}");
    assert!(text.starts_with("POST /send_sms HTTP/1.1\r\n"), "{text}");
    let body =
        "username=shop&password=correct%20horse%20battery&to=%2B37255500123&text=a%20%26%20b";
    assert!(text.ends_with(&format!("\r\n\r\n{body}")), "{text}");
}

#[tokio::test]
async fn what_cannot_be_an_id_is_not_asked_for() {
    let server = good().await;
    let ringproof = client(&[&server.url]);
    for id in ["", ".", "..", &"a".repeat(201)] {
        let error = ringproof.services().get(id).await.expect_err("no id");
        assert_eq!(error.kind(), ErrorKind::NoSuchResource);
    }
    assert_eq!(server.count(), 0);
}
