//! What a webhook's answers say about its messages.

use std::net::SocketAddr;

use jiff::{SignedDuration, Unit};
use ringproof_delivery::webhook::{WebhookGateway, WebhookOptions};
use ringproof_delivery::{Gateway as _, GatewayState, Prepared, SendResult};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use verify::engine::outbox::Refusal;
use verify::ids::MessageId;
use verify::phone::PhoneNumber;
use verify::record::MessageForm;
use zeroize::Zeroizing;

use crate::world::at;

fn message() -> Prepared {
    Prepared {
        form: MessageForm::default(),
        id: MessageId::from_bytes([7; 16]),
        attempt: 1,
        is_code: true,
        to: PhoneNumber::parse("+37255500123").expect("it is a number"),
        sender: "Shop".to_owned(),
        text: Zeroizing::new("hello".to_owned()),
        deadline: at(240),
        handed_at: at(0),
    }
}

fn gateway(address: SocketAddr) -> WebhookGateway {
    WebhookGateway::new(WebhookOptions {
        name: "hook".to_owned(),
        url: format!("http://{address}/").parse().expect("it is an address"),
        token: None,
        batch_max: 64,
        connections: 4,
        gives_receipts: false,
    })
    .expect("it is set up")
}

/// What the other side does with a connection once it has the whole call.
#[derive(Clone, Copy)]
enum Side {
    /// Writes this and ends the connection.
    Says(&'static str),
    /// Says nothing for longer than anybody waits.
    Keeps,
}

/// Sends one message to a side; gives what became of it.
async fn send_to(side: Side) -> SendResult {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    let mut sides = JoinSet::new();
    sides.spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("it is called");
        let mut call = Vec::new();
        while !call.ends_with(b"]}") {
            assert!(stream.read_buf(&mut call).await.expect("it is read") > 0);
        }
        match side {
            Side::Says(words) => drop(stream.write_all(words.as_bytes()).await),
            Side::Keeps => std::future::pending().await,
        }
    });
    let results = gateway(address).send(vec![message()]).await;
    assert_eq!(results.len(), 1);
    results[0].clone()
}

fn refusal(result: &SendResult) -> Option<Refusal> {
    match result {
        SendResult::Accepted(_) => None,
        SendResult::Refused(refusal, _) => Some(*refusal),
    }
}

#[tokio::test]
async fn an_answer_says_whether_the_message_may_have_gone_out() {
    const ID: &str = "07070707-0707-0707-0707-070707070707";
    assert_eq!(message().id.to_string(), ID);
    let named = |status| {
        let body = format!(r#"{{"results":[{{"id":"{ID}","status":"{status}"}}]}}"#);
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let (accepted, refused) = (named("accepted"), named("refused"));
    let empty = "Content-Length: 0\r\n\r\n";
    let nothing = "Content-Length: 14\r\n\r\n{\"results\":[]}";
    // What a gateway says closes it for a minute at most.
    let slow = |seconds| Some(Refusal::Throttled(Some(SignedDuration::from_secs(seconds))));
    let table = [
        ("200 OK", empty, None),
        ("200 OK", accepted.as_str(), None),
        ("200 OK", refused.as_str(), Some(Refusal::Destination { confirm: true })),
        ("200 OK", nothing, Some(Refusal::InDoubt)),
        ("200 OK", "Content-Length: 5\r\n\r\nhello", Some(Refusal::InDoubt)),
        ("200 OK", "Content-Length: 500\r\n\r\n{\"resu", Some(Refusal::InDoubt)),
        ("302 Found", empty, Some(Refusal::GatewayDown)),
        ("400 Bad Request", empty, Some(Refusal::Destination { confirm: true })),
        ("401 Unauthorized", empty, Some(Refusal::GatewayDown)),
        ("402 Payment Required", empty, Some(Refusal::GatewayDown)),
        ("403 Forbidden", empty, Some(Refusal::GatewayDown)),
        ("404 Not Found", empty, Some(Refusal::Destination { confirm: true })),
        ("407 Proxy Authentication Required", empty, Some(Refusal::GatewayDown)),
        ("429 Too Many Requests", empty, slow(1)),
        ("429 Too Many Requests", "Retry-After: 7\r\nContent-Length: 0\r\n\r\n", slow(7)),
        ("429 Too Many Requests", "Retry-After: 9999\r\nContent-Length: 0\r\n\r\n", slow(60)),
        ("451 Unavailable For Legal Reasons", empty, Some(Refusal::GatewayDown)),
        ("500 Internal Server Error", empty, Some(Refusal::InDoubt)),
        ("502 Bad Gateway", empty, Some(Refusal::InDoubt)),
        ("503 Service Unavailable", empty, Some(Refusal::InDoubt)),
        ("503 Service Unavailable", nothing, Some(Refusal::Temporary)),
        ("503 Service Unavailable", refused.as_str(), Some(Refusal::Temporary)),
        ("503 Service Unavailable", accepted.as_str(), Some(Refusal::InDoubt)),
        ("504 Gateway Timeout", empty, Some(Refusal::InDoubt)),
    ];
    for (status, rest, expected) in table {
        let words = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{rest}");
        let result = send_to(Side::Says(words.leak())).await;
        let refusal = refusal(&result).map(|refusal| match refusal {
            // It is told as what is left of it.
            Refusal::Throttled(Some(left)) => {
                Refusal::Throttled(Some(left.round(Unit::Second).expect("it is short")))
            }
            refusal => refusal,
        });
        assert_eq!(refusal, expected, "{status} {rest:?}: {result:?}");
    }
}

#[tokio::test]
async fn a_call_that_was_written_and_not_answered_is_in_doubt() {
    let reset = send_to(Side::Says("")).await;
    assert_eq!(refusal(&reset), Some(Refusal::InDoubt), "{reset:?}");
    let half = send_to(Side::Says("HTTP/1.1 200 O")).await;
    assert_eq!(refusal(&half), Some(Refusal::InDoubt), "{half:?}");
    let silent = send_to(Side::Keeps).await;
    assert_eq!(silent, SendResult::Refused(Refusal::InDoubt, "no answer in time".into()));
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_in_doubt_and_one_message_tries_it_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    let gateway = gateway(address);
    for _ in 0..3 {
        assert_eq!((gateway.batch_max(), gateway.calls_max()), (64, 4));
        let results = gateway.send(vec![message()]).await;
        assert_eq!(results, [SendResult::Refused(Refusal::Unreached, "no connection".into())]);
    }
    assert_eq!((gateway.batch_max(), gateway.calls_max()), (1, 1));
    assert_ne!(gateway.state(), GatewayState::Open);
}

#[tokio::test]
async fn a_webhook_that_asks_to_slow_down_is_left_alone_so_long_and_counts_as_well() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let gateway = gateway(listener.local_addr().expect("it is bound"));
    let mut sides = JoinSet::new();
    sides.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("it is called");
            let mut call = Vec::new();
            while !call.ends_with(b"]}") {
                assert!(stream.read_buf(&mut call).await.expect("it is read") > 0);
            }
            let words = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n\
                         Connection: close\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(words.as_bytes()).await.expect("it is written");
        }
    });
    // More often than a gateway may be silent before it counts as one that does not answer.
    for _ in 0..4 {
        let results = gateway.send(vec![message()]).await;
        let is_slow = matches!(refusal(&results[0]), Some(Refusal::Throttled(Some(_))));
        assert!(is_slow, "{results:?}");
    }
    assert_eq!(gateway.state(), GatewayState::Closed("it asks us to slow down"));
    assert_eq!((gateway.batch_max(), gateway.calls_max()), (64, 4), "it answers");
    let open = async {
        while gateway.state() != GatewayState::Open {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), open).await.expect("it opens again");
}
