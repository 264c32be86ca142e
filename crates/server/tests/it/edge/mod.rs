//! The HTTP edge, over real sockets, and over streams in memory where time is moved.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![expect(clippy::disallowed_methods, reason = "a test's runtime ends its tasks")]

mod any_bytes;
mod bodies;
mod connections;
mod faults;
mod heads;
mod http2;
mod peers;
mod times;
mod tls;

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, body};
use ringproof_server::http::stack::{
    Drained, Edge, EdgeLimits, Peer, RequestId, TlsSource, limits, read_body, serve,
    serve_connection,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// What the application of the tests shares with the test.
#[derive(Clone, Default)]
struct Probe {
    /// Requests that reached a handler.
    calls: Arc<AtomicUsize>,
    /// Rung when `/gate` is entered.
    entered: Arc<Notify>,
    /// Lets `/gate` answer.
    open: Arc<Notify>,
}

impl Probe {
    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

fn application(probe: &Probe) -> Router {
    let calls = Arc::clone(&probe.calls);
    Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/who", get(who))
        .route("/echo", post(echo))
        .route("/ignore", post(|| async { "ignored" }))
        .route("/late", post(read_late))
        .route("/large", get(|| async { vec![b'x'; 1 << 20] }))
        .route("/never", get(pending::<String>).post(pending::<String>))
        .route("/panic", get(panicking))
        .route("/gate", get(gate))
        .layer(axum::middleware::map_request(move |request: axum::extract::Request| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { request }
        }))
        .with_state(probe.clone())
}

async fn who(Extension(peer): Extension<Peer>, Extension(id): Extension<RequestId>) -> String {
    format!("{} secure={} loopback={} id={id}", peer.address, peer.secure, peer.loopback)
}

async fn echo(body: Body) -> Response {
    match read_body(body, limits::BODY_BYTES_MAX).await {
        Ok(bytes) => Response::new(Body::from(bytes)),
        Err(error) => error.response(),
    }
}

/// Looks at its body only after a while, longer than a body may keep us waiting.
async fn read_late(body: Body) -> Response {
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    echo(body).await
}

async fn panicking() -> String {
    let message = body::Bytes::from_static(b"secret of the request");
    panic!("{message:?}");
}

async fn gate(State(probe): State<Probe>) -> &'static str {
    probe.entered.notify_one();
    probe.open.notified().await;
    "through"
}

/// A running server.
struct World {
    address: SocketAddr,
    probe: Probe,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Drained>,
}

impl World {
    async fn new() -> Self {
        Self::with(EdgeLimits::default(), &[], None).await
    }

    async fn with(limits: EdgeLimits, proxies: &[&str], tls: Option<TlsSource>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let probe = Probe::default();
        let (stop, stopped) = oneshot::channel();
        let edge = edge(limits, proxies);
        let application = application(&probe);
        let served = tokio::spawn(serve(listener, tls, application, edge, async {
            let _ = stopped.await;
        }));
        Self { address, probe, stop: Some(stop), served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `request` on a connection of its own and returns everything until the server closes.
    async fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        read_to_end(&mut stream).await
    }

    fn stop(&mut self) {
        self.stop.take().expect("stopped once").send(()).unwrap();
    }
}

fn edge(limits: EdgeLimits, proxies: &[&str]) -> Edge {
    let proxies: Vec<_> = proxies.iter().map(|network| network.parse().unwrap()).collect();
    Edge::new(limits, &proxies, 0xfeed)
}

/// A connection in memory to a server of its own; the handle ends when the server is through with
/// it.
fn wire(buffer_bytes: usize) -> (DuplexStream, JoinHandle<()>) {
    let (near, far) = tokio::io::duplex(buffer_bytes);
    let application = application(&Probe::default());
    let address = SocketAddr::from(([192, 0, 2, 1], 4711));
    let edge = edge(EdgeLimits::default(), &[]);
    (near, tokio::spawn(serve_connection(far, address, false, application, edge)))
}

async fn read_to_end(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads one answer with a `Content-Length` from a connection that stays open.
async fn read_answer(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    let mut length = None;
    loop {
        if let Some(length) = length
            && answer.len() >= length
        {
            assert_eq!(answer.len(), length, "more than one answer");
            return String::from_utf8(answer).unwrap();
        }
        answer.push(stream.read_u8().await.expect("the answer is complete"));
        if length.is_none() && answer.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8(answer.clone()).unwrap();
            let body = header(&head, "content-length").expect("has a length");
            length = Some(answer.len() + body.parse::<usize>().unwrap());
        }
    }
}

fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer:?}"))
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {answer:?}")).1
}

/// Checks everything that holds for each answer of the stack itself.
fn assert_refusal(answer: &str, expected: u16, code: &str) {
    assert_eq!(status(answer), expected, "{answer}");
    assert_eq!(header(answer, "content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(header(answer, "cache-control"), Some("no-store"));
    assert!(header(answer, "x-request-id").is_some(), "{answer}");
    assert!(header(answer, "date").is_some(), "{answer}");
    let length = body_of(answer).len().to_string();
    assert_eq!(header(answer, "content-length"), Some(length.as_str()));
    assert_json(body_of(answer), code);
}

fn assert_json(body: &str, code: &str) {
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["code"], code);
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
}
