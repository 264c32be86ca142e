//! Plays the program of an integrator.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// A short answer.
pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Requests that a test may leave unread.
const REQUESTS_MAX: usize = 64;

/// How a receiver behaves once it has the beginning of a request.
#[derive(Clone)]
pub(super) enum Manner {
    /// Waits for the whole request, says this, and closes.
    Says(String),
    /// Says this, and nothing more, but stays.
    SaysAndStays(String),
    /// Says this, then writes until nobody listens.
    NeverEnds(String),
}

/// A program that listens; it ends when dropped.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    requests: mpsc::Receiver<String>,
    written: mpsc::Receiver<usize>,
    tasks: JoinSet<()>,
}

impl Receiver {
    /// One that gives an answer to each request.
    pub(super) async fn start(ip: &str, answer: &str) -> Self {
        Self::with_manner(ip, Manner::Says(answer.to_owned())).await
    }

    pub(super) async fn with_manner(ip: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (request_to, requests) = mpsc::channel(REQUESTS_MAX);
        let (written_to, written) = mpsc::channel(REQUESTS_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (manner, request_to) = (manner.clone(), request_to.clone());
                let written_to = written_to.clone();
                connections.spawn(async move {
                    let written = serve(stream, &manner, &request_to).await;
                    let _ = written_to.send(written).await;
                });
            }
        });
        Self { address, requests, written, tasks }
    }

    /// Stops listening; when it returns, nobody listens any more.
    pub(super) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }

    /// The next request as it came, or what there was of it when it was enough.
    pub(super) async fn request(&mut self) -> String {
        self.requests.recv().await.unwrap()
    }

    /// Bytes of the body that [`Manner::NeverEnds`] got rid of.
    pub(super) async fn written(&mut self) -> usize {
        self.written.recv().await.unwrap()
    }
}

/// Serves one connection; gives the bytes of an endless body that went out.
pub(super) async fn serve<S>(
    mut stream: S,
    manner: &Manner,
    requests: &mpsc::Sender<String>,
) -> usize
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let request = read_request(&mut stream).await;
    match manner {
        Manner::Says(answer) => {
            let _ = requests.send(request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
            0
        }
        Manner::SaysAndStays(answer) => {
            let _ = stream.write_all(answer.as_bytes()).await;
            // Whoever sees the request knows that the answer is on its way.
            let _ = requests.send(request).await;
            // Ends when the caller hangs up.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            0
        }
        Manner::NeverEnds(answer) => {
            let mut written = 0;
            let mut next = stream.write_all(answer.as_bytes()).await;
            while next.is_ok() {
                written += 1_000;
                next = stream.write_all(&[b'x'; 1_000]).await;
            }
            written
        }
    }
}

/// A head and the body that it announces; less when the caller hangs up, and
/// the first bytes when they are no HTTP.
async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        let is_other = !bytes.is_empty() && !bytes[0].is_ascii_alphabetic();
        let is_whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            length.map_or(0, |length| length.parse().unwrap()) <= body.len()
        });
        if is_other || is_whole || stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
    }
}
