//! One request and its answer. The time-outs cover both, the body has a bound, and a
//! failure says whether the request may have arrived. Redirects are not followed, and
//! no proxy is asked.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::watched_body::WatchedBody;
use crate::error::{Error, ErrorKind};
use crate::limits::{ANSWER_BYTES_MAX, IDLE_MAX, WORD_CHARS_MAX};
use crate::settings::SettingsError;

/// What we call ourselves.
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("ringproof-rust/", env!("CARGO_PKG_VERSION")));

/// Keeps connections and makes requests.
pub(super) struct Exchange {
    client: Client<HttpsConnector<HttpConnector>, WatchedBody>,
    timeout: Duration,
    connect_timeout: Duration,
}

/// What is sent to whichever address.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) accept: &'static str,
    /// A header that nobody prints, if the call has one.
    pub(crate) credentials: Option<(HeaderName, HeaderValue)>,
    /// The body and what it is, if the call has one.
    pub(crate) body: Option<(&'static str, Zeroizing<Vec<u8>>)>,
    /// Whether it changes nothing, so that it can be repeated.
    pub(crate) is_reading: bool,
}

/// A whole answer.
pub(crate) struct Incoming {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Exchange {
    /// `has_tls`: some address begins with `https://`, so that authorities are needed.
    pub(super) fn new(
        timeout: Duration,
        connect_timeout: Duration,
        authorities_pem: Option<&[u8]>,
        has_tls: bool,
    ) -> Result<Self, SettingsError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(connect_timeout));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(authorities_pem, has_tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .build(connector);
        Ok(Self { client, timeout, connect_timeout })
    }

    /// Makes a request to an address and waits for its whole answer.
    pub(super) async fn make(&self, endpoint: &str, call: &Outgoing) -> Result<Incoming, Error> {
        let body = call.body.as_ref().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        let (body, watch) = WatchedBody::new(body);
        let request = request(endpoint, call, body)?;
        let host = request.uri().authority().map_or_else(String::new, ToString::to_string);
        let mut exchange = pin!(self.exchange(request));
        let within = self.connect_timeout.min(self.timeout);
        let mut outcome = timeout(within, exchange.as_mut()).await;
        // The connection may take the request at any moment, until it is taken back.
        if outcome.is_err() && !watch.revoke() {
            outcome = timeout(self.timeout.saturating_sub(within), exchange).await;
        }
        let what = match outcome {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(Failure::Answer(error))) => return Err(error),
            Ok(Err(Failure::Connection)) => ["the connection was lost", "no connection"],
            Err(_) => ["no answer in time", "no connection in time"],
        };
        let is_unsent = watch.revoke();
        let what = what[usize::from(is_unsent)];
        Err(Error::connection(format!("{host}: {what}"), !is_unsent))
    }

    async fn exchange(&self, request: Request<WatchedBody>) -> Result<Incoming, Failure> {
        let answer = self.client.request(request).await.map_err(|_| Failure::Connection)?;
        let (head, body) = answer.into_parts();
        let status = head.status.as_u16();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                broken(status, "the answer is too long")
            } else {
                Failure::Connection
            }
        })?;
        let text = String::from_utf8(body.to_bytes().to_vec())
            .map_err(|_| broken(status, "the answer is not UTF-8"))?;
        let text_of = |name| text_of(&head.headers, name);
        Ok(Incoming {
            status,
            text,
            request_id: text_of(HeaderName::from_static("x-request-id"))
                .filter(|text| is_word(text)),
            retry_after: text_of(RETRY_AFTER).and_then(|text| seconds(&text)),
        })
    }
}

/// Why there is no answer that can be read.
enum Failure {
    Connection,
    Answer(Error),
}

fn broken(status: u16, what: &str) -> Failure {
    let mut details = details(status, ErrorKind::InvalidResponse, what);
    details.maybe_sent = true;
    Failure::Answer(Error::of(details))
}

/// An error that says nothing yet but what it is.
pub(crate) fn details(status: u16, kind: ErrorKind, message: &str) -> crate::error::Details {
    crate::error::Details {
        kind,
        message: message.to_owned(),
        status: Some(status),
        reason: None,
        field: None,
        request_id: None,
        retry_after: None,
        maybe_sent: false,
    }
}

fn request(
    endpoint: &str,
    call: &Outgoing,
    body: WatchedBody,
) -> Result<Request<WatchedBody>, Error> {
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(format!("{endpoint}{}", call.path))
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, call.accept);
    if let Some((name, value)) = &call.credentials {
        request = request.header(name, value);
    }
    if let Some((kind, _)) = &call.body {
        request = request.header(CONTENT_TYPE, *kind);
    }
    request.body(body).map_err(|_| Error::other("the address of the call cannot be one"))
}

fn tls(authorities_pem: Option<&[u8]>, has_tls: bool) -> Result<ClientConfig, SettingsError> {
    let none = || SettingsError::Certificates;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|_| none())?;
    let builder = match authorities_pem {
        // A machine without them can still call a server of its own.
        None if !has_tls => builder.with_root_certificates(RootCertStore::empty()),
        None => builder.with_native_roots().map_err(|_| none())?,
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for authority in CertificateDer::pem_slice_iter(pem) {
                roots.add(authority.map_err(|_| none())?).map_err(|_| none())?;
            }
            if roots.is_empty() {
                return Err(none());
            }
            builder.with_root_certificates(roots)
        }
    };
    Ok(builder.with_no_client_auth())
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Whether it looks like a name, so that an error has no odd text.
fn is_word(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=WORD_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_part)
}

/// Whole seconds; a date is not looked at.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok().map(Duration::from_secs))?
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    use super::*;

    /// The connection may take the request just when its time is over: then it must not
    /// write a byte, since the call goes on to the next address.
    #[tokio::test]
    async fn of_a_request_that_was_taken_back_not_a_byte_is_written() {
        let second = Duration::from_secs(1);
        let exchange = Exchange::new(second, second, None, false).expect("a client");
        for (method, bytes) in
            [(Method::POST, Some(&b"to=1"[..])), (Method::PUT, Some(b"")), (Method::DELETE, None)]
        {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            let call = Outgoing {
                method,
                path: "/x".to_owned(),
                accept: "text/plain",
                credentials: None,
                body: bytes.map(|bytes| ("text/plain", Zeroizing::new(bytes.to_vec()))),
                is_reading: false,
            };
            for is_taken_back in [true, false] {
                let bytes = Zeroizing::new(bytes.unwrap_or_default().to_vec());
                let (body, watch) = WatchedBody::new(bytes);
                assert!(!is_taken_back || watch.revoke());
                let sent = exchange.exchange(request(&url, &call, body).expect("a request"));
                let seen = async {
                    let (mut stream, _) = listener.accept().await.expect("a connection");
                    let mut seen = [0; 4096];
                    stream.read(&mut seen).await.expect("bytes, or the end")
                };
                let (sent, seen) = tokio::join!(sent, seen);
                assert!(matches!(sent, Err(Failure::Connection)), "{}", call.method);
                assert_eq!(seen == 0, is_taken_back, "{}: {seen}", call.method);
                assert_eq!(watch.revoke(), is_taken_back, "{}", call.method);
            }
        }
    }
}
