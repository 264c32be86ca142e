//! The gateway around any provider: calls, no answers, pace, confirmations.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use jiff::SignedDuration;
use ringproof_delivery::gateway::GatewayState;
use ringproof_delivery::http_gateway::callback::NotHeard;
use ringproof_delivery::http_gateway::{ConfirmError, HttpGateway, HttpGatewayOptions};
use ringproof_delivery::provider::{
    Answer, Callback, CallbackError, Heard, Outgoing, Provider, tag,
};
use ringproof_delivery::{Gateway as _, Prepared, SendResult};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::time::Instant;
use verify::engine::outbox::Refusal;
use verify::ids::MessageId;
use verify::keys::{Keyring, RootKey};

use super::stand_in::{Reply, StandIn};
use super::{BASE, Call, gateway, gateway_with, key, options, prepared, refusal, send};
use crate::world::at;

/// A provider of which nothing is special.
struct Plain {
    url: String,
    method: Method,
    is_tagged: bool,
}

impl Plain {
    fn at(url: &str) -> Self {
        Self { url: url.to_owned(), method: Method::POST, is_tagged: true }
    }
}

impl Provider for Plain {
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
        let is_get = self.method == Method::GET;
        let body = if is_get { Vec::new() } else { message.text.as_bytes().to_vec() };
        Ok(Request::builder().method(&self.method).uri(&self.url).body(body).expect("it is one"))
    }

    fn read(&self, answer: &Answer<'_>) -> SendResult {
        use ringproof_delivery::provider::status::{ErrorBody, by_status};
        match answer.status.as_u16() {
            200 => SendResult::TAKEN,
            _ => by_status(answer, ErrorBody::Unclear),
        }
    }

    /// Hears whatever is in the address.
    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        assert!(call.message.is_some() || !self.is_tagged);
        if call.body == b"unproved" {
            return Err(CallbackError::NotProved);
        }
        Ok(Heard::Confirm(call.url.parse().map_err(|_| CallbackError::Unreadable("no url"))?))
    }

    fn tags_callbacks(&self) -> bool {
        self.is_tagged
    }

    fn confirms_at(&self, host: &str) -> bool {
        host == "127.0.0.1"
    }
}

fn is_open(gateway: &HttpGateway) -> bool {
    gateway.state() == GatewayState::Open
}

#[tokio::test]
async fn a_message_is_one_call_that_says_who_we_are() {
    let side = StandIn::saying(200, "", "{}").await;
    let gateway = gateway(Plain::at(&side.url()));
    assert_eq!((gateway.name(), gateway.batch_max(), gateway.calls_max()), ("hook", 1, 4));
    let results = gateway.send(vec![prepared("one"), prepared("two")]).await;
    assert_eq!(results, [SendResult::TAKEN, SendResult::TAKEN]);
    let asked = side.asked();
    assert_eq!(asked.iter().map(|call| call.body.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    for call in asked {
        assert_eq!(call.header("accept"), Some("application/json"));
        let agent = call.header("user-agent").expect("it is there");
        assert!(agent.starts_with("ringproof/"), "{agent}");
    }
}

#[tokio::test]
async fn a_call_that_was_written_and_has_no_whole_answer_is_in_doubt() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{".to_vec();
    let huge = format!("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n{}", "x".repeat(70_000));
    let endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned()
        + &format!("4000\r\n{}\r\n", "x".repeat(0x4000)).repeat(8);
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    let cases = [
        Vec::new(),
        b"HTTP/1.1 200 O".to_vec(),
        b"SSH-2.0-OpenSSH\r\n".to_vec(),
        half,
        huge.into_bytes(),
        endless.into_bytes(),
        head.into_bytes(),
    ];
    for bytes in cases {
        for method in [Method::POST, Method::GET] {
            let kept = bytes.clone();
            let side = StandIn::start(move |_| Reply::Bytes(kept.clone())).await;
            let provider = Plain { method: method.clone(), ..Plain::at(&side.url()) };
            let result = send(&gateway(provider), prepared("hello")).await;
            let begin = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
            assert_eq!(refusal(&result), Some(Refusal::InDoubt), "{method} {begin}: {result:?}");
        }
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_in_doubt_and_the_third_time_closes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    for method in [Method::POST, Method::GET] {
        let gateway = gateway(Plain { method, ..Plain::at(&url) });
        for _ in 0..3 {
            assert!(is_open(&gateway));
            let result = send(&gateway, prepared("hello")).await;
            assert_eq!(result, SendResult::Refused(Refusal::Unreached, "no connection".into()));
        }
        assert!(!is_open(&gateway));
        assert_eq!(gateway.calls_max(), 1);
    }
}

#[tokio::test]
async fn where_tls_fails_nothing_of_the_message_was_written() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let url = format!("https://{}/", listener.local_addr().expect("it is bound"));
    let hearing = async {
        let (mut stream, _) = listener.accept().await.expect("it is called");
        let mut bytes = vec![0; 4_096];
        let count = stream.read(&mut bytes).await.expect("it is read");
        bytes.truncate(count);
        bytes
    };
    let gateway = gateway(Plain::at(&url));
    let (heard, result) = tokio::join!(hearing, send(&gateway, prepared("the code is 123456")));
    assert_eq!(refusal(&result), Some(Refusal::Unreached), "{result:?}");
    assert_eq!(heard.first(), Some(&0x16), "a handshake");
    assert!(!heard.windows(6).any(|six| six == b"123456"));
}

#[tokio::test]
async fn a_peer_that_never_agrees_on_tls_is_left_for_the_next_gateway_within_five_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let url = format!("https://{}/", listener.local_addr().expect("it is bound"));
    let gateway = gateway(Plain::at(&url));
    let began = std::time::Instant::now();
    let result = send(&gateway, prepared("hello")).await;
    assert_eq!(result, SendResult::Refused(Refusal::Unreached, "no connection".into()));
    let waited = began.elapsed();
    assert!(waited < std::time::Duration::from_millis(4_500), "{waited:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let canary = StandIn::saying(200, "", "{}").await;
    let location: &'static str = format!("Location: {}/\r\n", canary.url()).leak();
    for status in [301, 302, 303, 307, 308] {
        let side = StandIn::saying(status, location, "").await;
        let result = send(&gateway(Plain::at(&side.url())), prepared("hello")).await;
        assert_eq!(refusal(&result), Some(Refusal::GatewayDown));
    }
    assert!(canary.asked().is_empty());
}

#[tokio::test]
async fn plain_http_leaves_this_machine_only_where_the_operator_allows_it() {
    let side = StandIn::saying(200, "", "{}").await;
    // An address that does not say that it is this machine, though it is.
    let url = format!("http://0.0.0.0:{}/", side.address.port());
    let refused = send(&gateway(Plain::at(&url)), prepared("hello")).await;
    let reason = "its address may not be called".into();
    assert_eq!(refused, SendResult::Refused(Refusal::GatewayDown, reason));
    assert!(side.asked().is_empty());
    let open = HttpGatewayOptions { allow_plain_http: true, ..options() };
    let sent = send(&gateway_with(open, Arc::new(Plain::at(&url))), prepared("hello")).await;
    assert_eq!(sent, SendResult::TAKEN);
}

#[tokio::test]
async fn who_asks_to_slow_down_is_left_alone_for_the_time_told() {
    let side = StandIn::saying(429, "Retry-After: 7\r\n", "").await;
    let gateway = gateway(Plain::at(&side.url()));
    let result = send(&gateway, prepared("hello")).await;
    let told = SignedDuration::from_secs(7);
    assert_eq!(refusal(&result), Some(Refusal::Throttled(Some(told))));
    assert_eq!(gateway.state(), GatewayState::Closed("it asks us to slow down"));
    let meanwhile = send(&gateway, prepared("hello")).await;
    let Some(Refusal::Throttled(Some(left))) = refusal(&meanwhile) else { panic!("{meanwhile:?}") };
    assert!(left > SignedDuration::from_secs(1) && left < told, "{left:?}");
    assert_eq!(side.asked().len(), 1, "what comes meanwhile is not sent");
}

#[tokio::test]
async fn messages_go_at_the_rate_of_the_operator() {
    let side = StandIn::saying(200, "", "{}").await;
    let slow = HttpGatewayOptions { messages_per_second: Some(3), ..options() };
    let gateway = gateway_with(slow, Arc::new(Plain::at(&side.url())));
    let began = Instant::now();
    for _ in 0..3 {
        assert_eq!(send(&gateway, prepared("hello")).await, SendResult::TAKEN);
    }
    // The first goes at once, the others a third of a second apart.
    assert!(began.elapsed() >= Duration::from_millis(660), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_message_whose_time_is_over_is_not_sent() {
    let side = StandIn::saying(200, "", "{}").await;
    let late = Prepared { deadline: at(-1), ..prepared("hello") };
    let result = send(&gateway(Plain::at(&side.url())), late).await;
    assert_eq!(refusal(&result), Some(Refusal::Temporary));
    assert!(side.asked().is_empty());
}

#[tokio::test]
async fn an_address_is_fetched_to_confirm_only_at_the_provider_over_https() {
    let canary = StandIn::saying(200, "", "{}").await;
    let gateway = gateway(Plain::at("https://127.0.0.1/"));
    let confirm = async |text: &str| gateway.confirm(&text.parse().expect("it is a URI")).await;
    let port = canary.address.port();
    for text in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        "https://127.0.0.2/".to_owned(),
        "https://127.0.0.1.example.com/".to_owned(),
        "https://user@127.0.0.1/".to_owned(),
        "/path".to_owned(),
    ] {
        assert_eq!(confirm(&text).await, Err(ConfirmError::Forbidden), "{text}");
    }
    assert!(canary.asked().is_empty());
    // Nobody here has a certificate for this machine's own address.
    assert_eq!(confirm("https://127.0.0.1/").await, Err(ConfirmError::NotAnswered));
}

#[test]
fn the_tag_in_the_address_is_proved_before_anything_is_read() {
    let gateway = gateway(Plain::at("https://127.0.0.1/"));
    let call = Call::get("a=b");
    let expected = Heard::Confirm(call.url().parse().expect("it is a URI"));
    assert_eq!(call.heard_by(&gateway), Ok(expected), "the address is the configured one");
    let foreign = Keyring::new(&RootKey::from_bytes([1; 32])).callback_key("other");
    let id = MessageId::from_bytes([7; 16]);
    for tag in [None, Some(tag::make(&foreign, id)), Some(id.to_string()), Some(String::new())] {
        let wrong = Call { tag, ..call.clone() };
        assert_eq!(wrong.heard_by(&gateway), Err(NotHeard::NoSuchAddress), "{wrong:?}");
    }
    let unproved = Call::post("unproved");
    assert_eq!(unproved.heard_by(&gateway), Err(NotHeard::NotProved));
}

#[test]
fn a_provider_without_tags_in_addresses_is_heard_at_the_bare_one() {
    let plain = || Plain { is_tagged: false, ..Plain::at("https://127.0.0.1/") };
    let gateway = gateway(plain());
    let call = Call { tag: None, ..Call::post("x") };
    assert_eq!(call.heard_by(&gateway), Ok(Heard::Confirm(BASE.parse().expect("it is a URI"))));
    let wrong = Call { tag: Some("x".to_owned()), ..call.clone() };
    assert_eq!(wrong.heard_by(&gateway), Err(NotHeard::NoSuchAddress));
    let closed = HttpGatewayOptions { callback_base: None, ..options() };
    let gateway = gateway_with(closed, Arc::new(plain()));
    assert_eq!(call.heard_by(&gateway), Err(NotHeard::NoSuchAddress), "it has no public address");
}

#[test]
fn an_address_that_is_too_long_for_the_provider_is_found_at_set_up() {
    let base = format!("https://otp.example.com/{}///", "x".repeat(500));
    let long = HttpGatewayOptions { callback_base: Some(base), ..options() };
    let plain = Arc::new(Plain::at("https://127.0.0.1/"));
    let error = HttpGateway::new(long, plain, key(), Arc::new(|| at(0))).err().expect("it is not");
    assert!(error.to_string().contains("568 characters, and the provider takes 500"), "{error}");
}
