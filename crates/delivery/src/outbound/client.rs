//! The call to an address that an integrator gave.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use super::policy::TargetPolicy;
use super::resolver::{Resolver, SystemResolver};
use super::roots::{Roots, Tls};
use super::target::{Place, Target};
use crate::limits::{
    OUTBOUND_ADDRESSES_MAX, OUTBOUND_BODY_BYTES_MAX, OUTBOUND_BUFFER_BYTES_MAX,
    OUTBOUND_CALL_TIMEOUT, OUTBOUND_CONNECT_TIMEOUT,
};

/// What we call ourselves to integrators (`sms-api.md` 7).
const USER_AGENT: HeaderValue = HeaderValue::from_static("verigator-dlr/1");

// Reasons of `NoAnswer::Failed`. They are shown to integrators, so they say
// nothing about the network that we are in (security rules S-83, S-98).
const NOT_FOUND: &str = "the name was not found";
const NO_CONNECTION: &str = "no connection";
const NO_ROOTS: &str = "no certificate authorities";
const NO_TLS: &str = "no secure connection";
const NO_ANSWER: &str = "no whole answer";
const TOO_LATE: &str = "no answer in time";

/// What an [`OutboundClient`] is made of; the default is that of a server
/// whose operator has set nothing.
pub struct OutboundClientParts {
    /// What may be called.
    pub policy: TargetPolicy,
    /// Who knows the addresses of names.
    pub resolver: Arc<dyn Resolver>,
    /// Who vouches for receivers.
    pub roots: Roots,
    /// Time to connect to one address, and again to agree on TLS with it.
    pub connect_timeout: Duration,
    /// Time for a whole call.
    pub call_timeout: Duration,
    /// What it calls itself.
    pub user_agent: HeaderValue,
}

impl Default for OutboundClientParts {
    fn default() -> Self {
        Self {
            policy: TargetPolicy::default(),
            resolver: Arc::new(SystemResolver),
            roots: Roots::default(),
            connect_timeout: OUTBOUND_CONNECT_TIMEOUT,
            call_timeout: OUTBOUND_CALL_TIMEOUT,
            user_agent: USER_AGENT,
        }
    }
}

/// Calls addresses that integrators gave.
///
/// Each call resolves the name anew, drops the addresses that the policy does
/// not admit, and connects to one of the others: the address that was checked
/// is the one that is called. One request goes over a connection, in HTTP/1.1.
/// A redirect is an answer like any other.
pub struct OutboundClient {
    policy: TargetPolicy,
    resolver: Arc<dyn Resolver>,
    tls: Tls,
    connect_timeout: Duration,
    call_timeout: Duration,
    user_agent: HeaderValue,
}

/// The head of an answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, at most [`OUTBOUND_BUFFER_BYTES_MAX`] bytes of them.
    pub headers: HeaderMap,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// The policy admits none of the receiver's addresses, or not its scheme.
    /// No connection was made.
    Forbidden,
    /// For this reason. It may be shown to the integrator.
    Failed(&'static str),
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallResult {
    /// The receiver answered with this status.
    Answered(StatusCode),
    /// The policy admits none of the receiver's addresses, or not its scheme.
    /// No connection was made.
    Forbidden,
    /// There was no answer, for this reason. It may be shown to the integrator.
    Failed(&'static str),
}

impl CallResult {
    /// Whether the receiver has taken it: any status from 200 to 399. A
    /// redirect counts, though it is not followed (`sms-api.md` 7).
    pub fn is_success(&self) -> bool {
        match self {
            Self::Answered(status) => (200..400).contains(&status.as_u16()),
            Self::Forbidden | Self::Failed(_) => false,
        }
    }
}

impl From<Result<Answer, NoAnswer>> for CallResult {
    fn from(result: Result<Answer, NoAnswer>) -> Self {
        match result {
            Ok(answer) => Self::Answered(answer.status),
            Err(NoAnswer::Forbidden) => Self::Forbidden,
            Err(NoAnswer::Failed(reason)) => Self::Failed(reason),
        }
    }
}

impl OutboundClient {
    /// Makes a client; it calls nobody yet and reads no certificates.
    pub fn new(parts: OutboundClientParts) -> Self {
        let OutboundClientParts { policy, resolver, roots, connect_timeout, .. } = parts;
        let OutboundClientParts { call_timeout, user_agent, .. } = parts;
        Self { policy, resolver, tls: Tls::new(roots), connect_timeout, call_timeout, user_agent }
    }

    /// What it may call; targets are to be read with it.
    pub fn policy(&self) -> &TargetPolicy {
        &self.policy
    }

    /// Makes a GET, as for a delivery report.
    pub async fn get(&self, target: &Target) -> CallResult {
        let request = self.request(target, Method::GET, &HeaderMap::new(), Bytes::new());
        self.call(request, target, Body::Awaited).await.into()
    }

    /// Posts JSON with the headers of its signature. What frames a request
    /// (`Host`, `Content-Length` …) is not taken from `headers`.
    pub async fn post_json(
        &self,
        target: &Target,
        body: Bytes,
        mut headers: HeaderMap,
    ) -> CallResult {
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        let request = self.request(target, Method::POST, &headers, body);
        self.call(request, target, Body::Awaited).await.into()
    }

    /// Posts bytes and gives the head of the answer as soon as it is there; the
    /// body of the answer is not read. What frames a request is not taken from
    /// `headers`.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn post(
        &self,
        target: &Target,
        body: Bytes,
        headers: &HeaderMap,
    ) -> Result<Answer, NoAnswer> {
        let request = self.request(target, Method::POST, headers, body);
        self.call(request, target, Body::Left).await
    }

    fn request(
        &self,
        target: &Target,
        method: Method,
        given: &HeaderMap,
        body: Bytes,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = Uri::from(target.request_target());
        let headers = request.headers_mut();
        headers.insert(header::HOST, target.host_header());
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        for (name, value) in given.iter().filter(|(name, _)| !FRAMING.contains(name)) {
            headers.append(name, value.clone());
        }
        request
    }

    async fn call(
        &self,
        request: Request<Full<Bytes>>,
        target: &Target,
        body: Body,
    ) -> Result<Answer, NoAnswer> {
        let deadline = Instant::now() + self.call_timeout;
        match timeout_at(deadline, self.connect(target)).await {
            Err(_) => Err(NoAnswer::Failed(TOO_LATE)),
            Ok(Err(none)) => Err(none),
            Ok(Ok(Connection::Plain(stream))) => exchange(stream, request, body, deadline).await,
            Ok(Ok(Connection::Secure(stream))) => exchange(*stream, request, body, deadline).await,
        }
    }

    /// Connects to an address that was checked; an error is why there
    /// is no answer.
    async fn connect(&self, target: &Target) -> Result<Connection, NoAnswer> {
        if !self.policy.admits_scheme(target.is_https()) {
            return Err(NoAnswer::Forbidden);
        }
        let stream = self.reach(&self.admitted(target).await?).await?;
        if !target.is_https() {
            return Ok(Connection::Plain(stream));
        }
        let name = match target.place() {
            Place::Address(address) => ServerName::from(*address),
            Place::Name(name) => {
                ServerName::try_from(name.clone()).map_err(|_| NoAnswer::Failed(NO_TLS))?
            }
        };
        let tls = self.tls.connector().await.map_err(|_| NoAnswer::Failed(NO_ROOTS))?;
        match timeout(self.connect_timeout, tls.connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(Connection::Secure(Box::new(stream))),
            Ok(Err(_)) | Err(_) => Err(NoAnswer::Failed(NO_TLS)),
        }
    }

    /// The addresses of a target that may be called.
    async fn admitted(&self, target: &Target) -> Result<Vec<SocketAddr>, NoAnswer> {
        let found = match target.place() {
            Place::Address(address) => vec![*address],
            Place::Name(name) => self.resolver.resolve(name).await.unwrap_or_default(),
        };
        if found.is_empty() {
            return Err(NoAnswer::Failed(NOT_FOUND));
        }
        let is_admitted = |address: &IpAddr| self.policy.admits(*address, target.port());
        let admitted = found.into_iter().filter(is_admitted).take(OUTBOUND_ADDRESSES_MAX);
        let admitted: Vec<_> =
            admitted.map(|address| SocketAddr::new(address, target.port())).collect();
        if admitted.is_empty() { Err(NoAnswer::Forbidden) } else { Ok(admitted) }
    }

    /// The first of some addresses that takes a connection.
    async fn reach(&self, addresses: &[SocketAddr]) -> Result<TcpStream, NoAnswer> {
        for address in addresses {
            let connecting = timeout(self.connect_timeout, TcpStream::connect(address));
            let Ok(Ok(stream)) = connecting.await else { continue };
            // Nothing may have come between the check and the connection.
            if stream.peer_addr().is_ok_and(|peer| peer == *address) {
                // A delay of small packets is worth a bit of time, not a call.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
        }
        Err(NoAnswer::Failed(NO_CONNECTION))
    }
}

enum Connection {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

/// Headers that say how a request is framed or forwarded: ours alone.
const FRAMING: [HeaderName; 8] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
];

/// What is done with the body of an answer.
#[derive(Clone, Copy)]
enum Body {
    /// It is read a little way and thrown away, so that a receiver can finish a
    /// short answer; what becomes of it does not change the result.
    Awaited,
    /// It is not read.
    Left,
}

/// Sends a request and waits for the head of the answer.
async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    body: Body,
    deadline: Instant,
) -> Result<Answer, NoAnswer>
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let mut head = None;
    let conversation = async {
        let mut http = http1::Builder::new();
        http.max_buf_size(OUTBOUND_BUFFER_BYTES_MAX);
        // Some receivers know the names of headers in this spelling only.
        http.title_case_headers(true);
        let (mut sender, connection) = http.handshake(TokioIo::new(stream)).await?;
        let ask = async {
            let answer = sender.send_request(request).await?;
            let (parts, rest) = answer.into_parts();
            head = Some(Answer { status: parts.status, headers: parts.headers });
            match body {
                Body::Awaited => read_a_little(rest).await,
                Body::Left => Ok(()),
            }
        };
        let (mut connection, mut ask) = (pin!(connection), pin!(ask));
        tokio::select! {
            biased;
            end = &mut ask => end,
            // The receiver has closed it; its answer may still lie here.
            _ = &mut connection => ask.await,
        }
    };
    let end = timeout_at(deadline, conversation).await;
    match (head, end) {
        (Some(answer), _) => Ok(answer),
        (None, Err(_)) => Err(NoAnswer::Failed(TOO_LATE)),
        (None, Ok(_)) => Err(NoAnswer::Failed(NO_ANSWER)),
    }
}

async fn read_a_little(mut body: Incoming) -> hyper::Result<()> {
    let mut read = 0;
    while read < OUTBOUND_BODY_BYTES_MAX {
        let Some(frame) = body.frame().await else { break };
        read += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(())
}
