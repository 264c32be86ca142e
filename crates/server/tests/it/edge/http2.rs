//! HTTP/2: the same limits, and floods that end the connection (D-48, S-94).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep};

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A client on `stream`.
pub(super) async fn client<T, B>(stream: T) -> SendRequest<B>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: hyper::body::Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let (sender, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(1 << 20)
        .handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

fn request(path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://a{path}")).body(Empty::new()).unwrap()
}

async fn refused(response: Response<Incoming>, expected: u16, code: &str) {
    assert_eq!(response.status().as_u16(), expected);
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_json(std::str::from_utf8(&body).unwrap(), code);
}

#[tokio::test]
async fn http2_is_served_in_clear_with_prior_knowledge() {
    let world = World::new().await;
    let mut client = client(world.connect().await).await;
    let response = client.send_request(request("//hello/")).await.unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (200, Version::HTTP_2));
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
}

#[tokio::test]
async fn http2_heads_have_the_same_limits() {
    let world = World::new().await;
    let mut client = client(world.connect().await).await;
    let path = |bytes: usize| format!("/hello?{}", "q".repeat(bytes - "/hello?".len()));
    let response = client.send_request(request(&path(limits::URI_BYTES_MAX))).await.unwrap();
    assert_eq!(response.status(), 200);
    let response = client.send_request(request(&path(limits::URI_BYTES_MAX + 1))).await.unwrap();
    refused(response, 414, "uri_too_long").await;

    let fields = |count: usize| {
        let mut request = request("/hello");
        for _ in 0..count {
            request.headers_mut().append("x", "y".parse().unwrap());
        }
        request
    };
    let response = client.send_request(fields(limits::HEADER_FIELDS_MAX)).await.unwrap();
    assert_eq!(response.status(), 200);
    let response = client.send_request(fields(limits::HEADER_FIELDS_MAX + 1)).await.unwrap();
    refused(response, 431, "headers_too_large").await;

    // D-48 counts the list as HTTP/2 does; h2 refuses by itself what is beyond.
    let mut large = request("/hello");
    large.headers_mut().insert("x", "y".repeat(16 << 10).parse().unwrap());
    assert_eq!(client.send_request(large).await.unwrap().status(), 431);
    assert_eq!(world.probe.calls(), 2);
}

#[tokio::test]
async fn a_panic_on_one_stream_leaves_the_others_alone() {
    let world = World::new().await;
    let mut client = client(world.connect().await).await;
    let waiting = client.send_request(request("/gate"));
    let panicked = client.send_request(request("/panic"));
    let (waiting, ()) = tokio::join!(waiting, async {
        refused(panicked.await.unwrap(), 500, "internal").await;
        world.probe.open.notify_one();
    });
    assert_eq!(waiting.unwrap().status(), 200);
}

#[tokio::test]
async fn the_drain_lets_an_http2_request_finish() {
    let mut world = World::new().await;
    let mut client = client(world.connect().await).await;
    let answer = client.send_request(request("/gate"));
    let probe = world.probe.clone();
    let stop = async {
        probe.entered.notified().await;
        world.stop();
        probe.open.notify_one();
    };
    let (answer, ()) = tokio::join!(answer, stop);
    assert_eq!(answer.unwrap().into_body().collect().await.unwrap().to_bytes(), "through");
    assert_eq!(world.served.await.unwrap(), Drained { aborted: 0 });
}

#[tokio::test(start_paused = true)]
async fn an_http2_connection_without_a_request_is_closed_after_its_head_time() {
    let (mut client, served) = wire(4096);
    let start = Instant::now();
    client.write_all(PREFACE).await.unwrap();
    client.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    served.await.unwrap();
    assert!(start.elapsed() <= 6 * SECOND, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_http2_connection_may_rest_for_60_seconds() {
    let (stream, served) = wire(4096);
    let mut client = client(stream).await;
    client.send_request(request("/hello")).await.unwrap();
    sleep(59 * SECOND).await;
    client.send_request(request("/hello")).await.unwrap();
    let start = Instant::now();
    served.await.unwrap();
    assert!(start.elapsed() >= 60 * SECOND && start.elapsed() < 66 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_http2_handler_has_10_seconds() {
    let (stream, _served) = wire(4096);
    let mut client = client(stream).await;
    let start = Instant::now();
    refused(client.send_request(request("/never")).await.unwrap(), 503, "overloaded").await;
    assert!(start.elapsed() >= 10 * SECOND && start.elapsed() < 11 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_http2_body_has_its_time_and_its_rate() {
    // Bytes a second, and the whole seconds after which it is given up.
    for (bytes, seconds) in [(0, 5), (400, 5), (1_000, 15)] {
        let (stream, _served) = wire(4096);
        let mut client = client(stream).await;
        let (sender, pieces) = tokio::sync::mpsc::channel::<Bytes>(1);
        let trickle = tokio::spawn(async move {
            while sender.send(Bytes::from(vec![b'b'; bytes])).await.is_ok() {
                sleep(SECOND).await;
            }
        });
        let start = Instant::now();
        let request = Request::post("http://a/echo").body(Pieces(pieces)).unwrap();
        refused(client.send_request(request).await.unwrap(), 408, "timeout").await;
        assert_eq!(start.elapsed().as_secs(), seconds, "{bytes} bytes a second");
        trickle.abort();
    }
}

/// A body that comes through a channel.
struct Pieces(tokio::sync::mpsc::Receiver<Bytes>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM_AND_HEADERS: u8 = 5;
/// `GET http /` from the static table.
const GET_ROOT: &[u8] = &[0x82, 0x86, 0x84];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend_from_slice(&[kind, flags]);
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// Sends frames on a raw connection until the server has had enough, and returns the kinds and
/// payloads it sent.
async fn flood(frames: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let world = World::new().await;
    let mut stream = world.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let write = async {
        let _ = writer.write_all(frames).await;
        std::future::pending::<()>().await;
    };
    let read = async {
        let mut seen = Vec::new();
        let mut head = [0; 9];
        while reader.read_exact(&mut head).await.is_ok() {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; length as usize];
            if reader.read_exact(&mut payload).await.is_err() {
                break;
            }
            seen.push((head[3], payload));
            if head[3] == GOAWAY {
                break;
            }
        }
        seen
    };
    tokio::select! {
        seen = read => seen,
        () = write => unreachable!(),
    }
}

#[tokio::test]
async fn floods_end_the_connection_within_2000_frames() {
    let stream_id = |number: usize| u32::try_from(2 * number + 1).unwrap();
    let rapid_reset: Vec<u8> = (0..1_000)
        .flat_map(|number| {
            let id = stream_id(number);
            let cancel = frame(RST_STREAM, 0, id, &8_u32.to_be_bytes());
            [frame(HEADERS, END_STREAM_AND_HEADERS, id, GET_ROOT), cancel].concat()
        })
        .collect();
    // A window update of zero makes us reset the stream.
    let made_reset: Vec<u8> = (0..1_000)
        .flat_map(|number| {
            let id = stream_id(number);
            let zero = frame(8, 0, id, &0_u32.to_be_bytes());
            [frame(HEADERS, END_STREAM_AND_HEADERS, id, GET_ROOT), zero].concat()
        })
        .collect();
    let continuation: Vec<u8> = std::iter::once(frame(HEADERS, 1, 1, GET_ROOT))
        .chain((0..2_000).map(|_| frame(CONTINUATION, 0, 1, &[0x82])))
        .flatten()
        .collect();
    for (name, frames) in
        [("rapid reset", rapid_reset), ("made reset", made_reset), ("continuation", continuation)]
    {
        let seen = flood(&frames).await;
        assert_eq!(seen.last().map(|(kind, _)| *kind), Some(GOAWAY), "{name}");
    }
}

#[tokio::test]
async fn a_server_says_what_it_takes() {
    let ping = frame(PING, 0, 0, &[0; 8]);
    let bad = frame(PING, 0, 1, &[0; 8]);
    let seen = flood(&[ping, bad].concat()).await;
    let (_, settings) = seen.iter().find(|(kind, _)| *kind == SETTINGS).expect("sent first");
    let setting = |id: u16| {
        settings
            .chunks_exact(6)
            .find(|entry| entry[..2] == id.to_be_bytes())
            .map(|entry| u32::from_be_bytes(entry[2..].try_into().unwrap()))
    };
    assert_eq!(setting(3), Some(limits::H2_STREAMS_MAX), "concurrent streams");
    assert_eq!(setting(6), Some(limits::H2_HEADER_LIST_BYTES_MAX), "header list");
}
