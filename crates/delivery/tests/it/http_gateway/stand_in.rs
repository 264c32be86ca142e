//! A server on loopback that plays a provider.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) target: String,
    /// Names in lower case, in the order in which they came.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Asked {
    /// The value of a header that came once.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(n, _)| n == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} comes twice: {self:?}");
        value
    }

    /// The fields of a form, decoded.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        let kind = self.header("content-type");
        assert_eq!(kind, Some("application/x-www-form-urlencoded"), "{self:?}");
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

/// What it does with a connection once it has the whole request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// Answers with a status, more lines of the head, and a body.
    Answer(u16, &'static str, Vec<u8>),
    /// Writes these bytes and ends the connection.
    Bytes(Vec<u8>),
}

impl Reply {
    pub(super) fn json(status: u16, body: &str) -> Self {
        Self::Answer(status, "Content-Type: application/json\r\n", body.as_bytes().to_vec())
    }
}

type Handler = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The server; it ends with this value.
pub(super) struct StandIn {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    _serving: JoinSet<()>,
}

impl StandIn {
    pub(super) async fn start(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (handler, kept): (Handler, _) = (Arc::new(handler), asked.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, handler.clone(), kept.clone()));
            }
        });
        Self { address, asked, _serving: serving }
    }

    /// A server whose answers are always the same.
    pub(super) async fn saying(status: u16, head: &'static str, body: &str) -> Self {
        let body = body.as_bytes().to_vec();
        Self::start(move |_| Reply::Answer(status, head, body.clone())).await
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("nobody panicked").clone()
    }

    /// The one thing that it was asked.
    pub(super) fn asked_once(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }
}

async fn serve(mut stream: TcpStream, handler: Handler, kept: Arc<Mutex<Vec<Asked>>>) {
    let Some(asked) = read(&mut stream).await else { return };
    kept.lock().expect("nobody panicked").push(asked.clone());
    let bytes = match handler(&asked) {
        Reply::Bytes(bytes) => bytes,
        Reply::Answer(status, head, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n"
            );
            [head.into_bytes(), body].concat()
        }
    };
    // Who asked may have gone away in the middle of it.
    let _ = stream.write_all(&bytes).await;
}

/// Reads a request; `None` if it is not whole or not HTTP.
async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = std::str::from_utf8(&bytes[..end]).ok()?.to_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().expect("a length is a number"));
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Asked { method, target, headers, body: String::from_utf8(body).ok()? })
}
