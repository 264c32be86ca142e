//! A server that answers as it is told, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use ringproof_client::Ringproof;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What the fake does with a request.
#[derive(Clone)]
pub(super) enum Act {
    /// Answers with these bytes, and closes.
    Says(String),
    /// Answers with these bytes and never ends.
    Hangs(String),
    /// Closes without a word.
    Loses,
}

/// Listens until it is dropped.
pub(super) struct Fake {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
    _listener: JoinSet<()>,
}

impl Fake {
    pub(super) async fn of(act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut hanging = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = read(&mut stream).await else { continue };
                let act = act(&request);
                seen.lock().expect("nobody panics").push(request);
                match act {
                    Act::Says(answer) => {
                        // The caller may have left already.
                        let _ = stream.write_all(answer.as_bytes()).await;
                    }
                    Act::Hangs(answer) => {
                        let _ = stream.write_all(answer.as_bytes()).await;
                        hanging.push(stream);
                    }
                    Act::Loses => {}
                }
            }
        });
        Self { url, requests, _listener: tasks }
    }

    pub(super) async fn saying(answer: String) -> Self {
        Self::of(move |_| Act::Says(answer.clone())).await
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("nobody panics").clone()
    }

    pub(super) fn count(&self) -> usize {
        self.requests().len()
    }
}

/// One whole request; nothing if none came.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut data = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&data).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => data.extend_from_slice(&part[..count]),
        }
    }
}

/// An answer with these headers.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

/// Where nobody listens.
pub(super) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

pub(super) const PASSWORD: &str = "correct horse battery";

pub(super) fn client(urls: &[&str]) -> Ringproof {
    let builder = Ringproof::builder("shop", PASSWORD).widget_secret("a widget secret");
    urls.iter().fold(builder, |builder, url| builder.endpoint(url)).build().expect("a client")
}
