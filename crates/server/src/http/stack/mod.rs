//! The edge: everything between a TCP socket and the application.
//!
//! [`serve`] accepts connections, and for each one:
//!
//! 1. `slots` says whether there is room for it (D-47), `tls` shakes hands (D-50);
//! 2. `connection` runs hyper on it and keeps its time with the one timer of `watchdog` (D-46,
//!    S-93);
//! 3. `timed_io` and `framing` watch its bytes and refuse what is ambiguous or too large (D-45,
//!    S-95);
//! 4. `service` gives each request its caller (`peer`, S-96), its id (`request_id`) and a plain
//!    `path`, hands it to the application, and deals with handlers that panic or take too long
//!    (S-98).
//!
//! Every answer made here is a JSON object (`answer`). Nothing here knows an account, a route or a
//! rule, and nothing reads the wall clock or draws randomness.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use ringproof_server::http::stack::{self, Edge, EdgeLimits};
//!
//! # async fn run() -> std::io::Result<()> {
//! let application = Router::new().route("/healthz", get(|| async { "ok" }));
//! let edge = Edge::new(EdgeLimits::default(), &["10.0.0.0/8".parse().unwrap()], 0x5eed);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! let drained = stack::serve(listener, None, application, edge, std::future::pending()).await;
//! assert_eq!(drained.aborted, 0);
//! # Ok(())
//! # }
//! ```

mod answer;
mod body;
mod connection;
mod framing;
pub mod limits;
mod path;
mod peer;
mod request_id;
mod serve;
mod service;
mod shared;
mod slots;
mod timed_io;
mod tls;
mod watchdog;

use std::net::SocketAddr;
use std::sync::Arc;

use hyper_util::server::conn::auto;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite};

pub use answer::refusals;
pub use body::{BodyError, read_body};
pub use limits::EdgeLimits;
pub use path::{normalise_path, normalise_uri};
pub use peer::Peer;
pub use request_id::RequestId;
pub use serve::{Drained, serve};
pub use service::Application;
pub use tls::{TlsError, TlsSource};

/// What all connections of a process share; clones are cheap and the same.
#[derive(Clone, Debug)]
pub struct Edge(Arc<Context>);

#[derive(Debug)]
struct Context {
    limits: EdgeLimits,
    proxies: peer::TrustedProxies,
    ids: Arc<request_id::RequestIds>,
    builder: auto::Builder<connection::StreamExecutor>,
}

impl Edge {
    /// Sets up an edge whose forwarding headers count when they come from `trusted_proxies`.
    /// `request_id_seed` begins every request id and should be drawn anew for each process.
    pub fn new(limits: EdgeLimits, trusted_proxies: &[IpNet], request_id_seed: u64) -> Self {
        Self(Arc::new(Context {
            builder: connection::builder(&limits),
            proxies: peer::TrustedProxies::new(trusted_proxies),
            ids: Arc::new(request_id::RequestIds::new(request_id_seed)),
            limits,
        }))
    }
}

/// Serves one connection that somebody else accepted, until it ends: any byte stream will do, so
/// tests can use one in memory under a paused clock. Connection limits are the acceptor's affair.
pub async fn serve_connection<T, S>(
    io: T,
    address: SocketAddr,
    is_tls: bool,
    application: S,
    edge: Edge,
) where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Application,
{
    connection::drive(io, address, is_tls, application, edge, connection::Drain::default()).await;
}
