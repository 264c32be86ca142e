//! Byte streams as a socket brings them, through the edge and into the application.

use std::net::SocketAddr;

use ringproof_server::http::stack::{Edge, EdgeLimits, serve_connection};
use ringproof_server::tasks::spawn_named;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::random::{Random, Witness};
use super::world::{self, World};
use super::{json, mutate};

/// Holds everything that one stream says, so that writing never waits for reading.
const PIPE_BYTES: usize = 1024 * 1024;

const WORDS: &[&str] = &[
    "\r\n",
    "\n",
    "\r\n\r\n",
    " ",
    ":",
    "GET ",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Host: x\r\n",
    "Connection: close\r\n",
    "Connection: upgrade\r\n",
    "Expect: 100-continue\r\n",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    "ffffffffffffffff\r\n",
    ";x=y",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\u{0}",
    "\t",
];

const TARGETS: &[&str] = &[
    "/healthz",
    "/v1/service/service",
    "/v1/service/service/x/users",
    "//v1/service/x/",
    "/dev/clock",
    "*",
    "http://localhost/healthz",
];

/// Sends so many streams; gives the number of answers.
pub(super) fn run(seed: u64, thread: u64, streams: u64) -> u64 {
    // Time limits pass at once when everybody waits.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let world = World::new(seed, true).await;
        let edge = Edge::new(EdgeLimits::default(), &["10.0.0.0/8".parse().unwrap()], seed);
        let mut answers = 0;
        for stream in 0..streams {
            let mut random = Random::of_case(seed, 2_000 + thread, stream);
            let bytes = conversation(&mut random);
            let report = || {
                format!("seed {seed}, thread {thread}, stream {stream}: {}", bytes.escape_ascii())
            };
            let witness = Witness(&report);
            let address = if random.one_in(4) { [10, 0, 0, 1] } else { [127, 0, 0, 1] };
            let said = speak(&world, &edge, &mut random, address, &bytes).await;
            // HTTP/2 answers in frames; hyper's own tests look into those.
            if !bytes.starts_with(b"PRI ") {
                answers += judge(&said);
            }
            world.repair();
            drop(witness);
        }
        answers
    })
}

/// One to three requests, one after the other, most streams with some damage.
fn conversation(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=random.below(3) {
        request(random, &mut bytes);
    }
    if !random.one_in(3) {
        mutate::damage(random, &mut bytes, WORDS);
    }
    if random.one_in(64) {
        bytes.clear();
        mutate::noise(random, &mut bytes);
    }
    bytes
}

fn request(random: &mut Random, bytes: &mut Vec<u8>) {
    let method = random.pick(&["GET", "POST", "PUT", "DELETE"]);
    let target = random.pick(TARGETS);
    let mut body = Vec::new();
    if method != "GET" || random.one_in(16) {
        json::object(random, &mut body);
    }
    let auth = world::ALL;
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Service-Auth: {auth}\r\n");
    bytes.extend(head.as_bytes());
    if random.one_in(3) {
        bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
        for piece in body.chunks(1 + random.below(64)) {
            bytes.extend(format!("{:x}\r\n", piece.len()).as_bytes());
            bytes.extend(piece);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
    } else {
        bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend(body);
    }
}

/// Sends the bytes in pieces and hears the server out.
async fn speak(
    world: &World,
    edge: &Edge,
    random: &mut Random,
    address: [u8; 4],
    bytes: &[u8],
) -> Vec<u8> {
    let (mut near, far) = tokio::io::duplex(PIPE_BYTES);
    let address = SocketAddr::from((address, 4_711));
    let connection = serve_connection(far, address, false, world.routes.clone(), edge.clone());
    let serving = spawn_named("connection", connection);
    let piece = if random.one_in(4) { 1 + random.below(40) } else { usize::MAX };
    for piece in bytes.chunks(piece) {
        // A server that has refused need not listen on.
        if near.write_all(piece).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    if random.one_in(2) {
        let _ = near.shutdown().await;
    }
    let mut said = Vec::new();
    near.read_to_end(&mut said).await.expect("a pipe does not break");
    serving.await.expect("a connection does not panic");
    said
}

/// Counts the answers; each must be HTTP, whole, and below 500.
fn judge(said: &[u8]) -> u64 {
    let mut rest = said;
    let mut answers = 0;
    while !rest.is_empty() {
        let shown = rest.escape_ascii();
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no whole head: {shown}")) + 4;
        let head = std::str::from_utf8(&rest[..end]);
        let head = head.unwrap_or_else(|_| panic!("no text: {shown}")).to_ascii_lowercase();
        let status = head.get(9..12).and_then(|status| status.parse::<u16>().ok());
        let status = status.filter(|status| head.starts_with("http/1.") && *status < 500);
        let status = status.unwrap_or_else(|| panic!("no such status: {shown}"));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        assert!(length.is_some() || status == 100, "an answer without length: {shown}");
        let whole = end + length.map_or(0, |length| length.parse().expect("a number"));
        assert!(rest.len() >= whole, "an answer is cut off: {shown}");
        rest = &rest[whole..];
        answers += u64::from(status != 100);
    }
    answers
}
