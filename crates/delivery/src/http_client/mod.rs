//! The HTTP client of the gateways: for addresses that the operator gives.
//!
//! HTTPS by the system's certificate authorities, HTTP/1.1, connections that
//! are used again. It follows no redirect, asks no proxy, and has an end in time
//! and size (`delivery.md` 7.1). It tells whether a byte of a call was written
//! that got no answer: if so, nobody knows what became of the message in it.
//!
//! [`crate::outbound`] is for addresses that others give.

mod watched_body;

use std::io;
use std::pin::pin;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use self::watched_body::WatchedBody;
use crate::limits::{
    ANSWER_BYTES_MAX, ANSWER_HEAD_BYTES_MAX, CALL_TIMEOUT, CONNECT_TIMEOUT, REACH_TIMEOUT,
};

/// What we call ourselves.
const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("ringproof/", env!("CARGO_PKG_VERSION")));

/// Calls one gateway.
pub(crate) struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, WatchedBody>,
}

/// A whole answer.
pub(crate) struct WholeAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// There was no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoAnswer {
    /// Whether something of the request was written.
    pub(crate) was_written: bool,
    /// For people.
    pub(crate) reason: &'static str,
}

impl HttpClient {
    /// Makes a client that keeps so many connections; it calls nobody yet.
    ///
    /// # Errors
    /// If the system's certificate authorities cannot be read.
    pub(crate) fn new(connections: usize) -> io::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(connections)
            .http1_max_buf_size(ANSWER_HEAD_BYTES_MAX)
            .build(connector);
        Ok(Self { client })
    }

    /// Makes a call and waits for its whole answer. Who calls, and what is
    /// understood, is written into the request here.
    pub(crate) async fn call(&self, request: Request<Vec<u8>>) -> Result<WholeAnswer, NoAnswer> {
        let (mut head, body) = request.into_parts();
        let (body, is_asked_for) = WatchedBody::new(body);
        head.headers.insert(header::USER_AGENT, USER_AGENT);
        let json = HeaderValue::from_static("application/json");
        head.headers.entry(header::ACCEPT).or_insert(json);
        let exchange = async {
            let request = Request::from_parts(head, body);
            let answer = self.client.request(request).await.map_err(|_| "no answer")?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|_| "no whole answer")?.to_bytes();
            Ok(WholeAnswer { status: head.status, headers: head.headers, body })
        };
        let mut exchange = pin!(exchange);
        let answer = match timeout(REACH_TIMEOUT, exchange.as_mut()).await {
            Ok(answer) => answer,
            Err(_) if !is_asked_for.load(Ordering::Relaxed) => Err("no connection"),
            Err(_) => {
                let rest = CALL_TIMEOUT.saturating_sub(REACH_TIMEOUT);
                timeout(rest, exchange).await.unwrap_or(Err("no answer in time"))
            }
        };
        answer.map_err(|reason| {
            if is_asked_for.load(Ordering::Relaxed) {
                NoAnswer { was_written: true, reason }
            } else {
                NoAnswer { was_written: false, reason: "no connection" }
            }
        })
    }
}
