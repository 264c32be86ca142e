//! The accept loop: who gets in, and how everybody leaves.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use metrics::{Counter, Gauge};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_rustls::server::TlsStream;

use super::Edge;
use super::connection::{Drain, drive};
use super::limits;
use super::service::Application;
use super::slots::{NoSlot, Slot, Slots};
use super::tls::TlsSource;
use crate::tasks::TaskSet;

/// How a listener ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy when the drain time was over, and were aborted.
    pub aborted: usize,
}

/// Serves `application` on `listener` until `shutdown` is ready, then drains: no new connection,
/// resting ones close at once, busy ones finish their requests within the drain time and are
/// aborted after it.
///
/// Several listeners may share an [`Edge`]; connection limits count per listener. Never fails: what
/// goes wrong with accepting is waited out and logged. Install the metrics recorder first: the
/// handles are made here.
pub async fn serve<S: Application>(
    listener: TcpListener,
    tls: Option<TlsSource>,
    application: S,
    edge: Edge,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    if let Some(tls) = &tls {
        tls.measure();
    }
    let mut door = Door::new(tls, application, edge);
    let mut shutdown = pin!(shutdown);
    let mut certificate_check =
        interval_at(Instant::now() + limits::CERTIFICATE_CHECK, limits::CERTIFICATE_CHECK);
    certificate_check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => door.admit(stream, address),
                Err(error) => door.wait_out(&error).await,
            },
            () = door.connections.reap() => {}
            _ = certificate_check.tick(), if door.tls.is_some() => {
                if let Some(tls) = &door.tls {
                    tls.reload_if_changed();
                }
            }
        }
    }
    drop(listener);
    door.close().await
}

/// Everything that belongs to one listener.
struct Door<S> {
    tls: Option<TlsSource>,
    application: S,
    edge: Edge,
    slots: Arc<Slots>,
    connections: TaskSet,
    drain: Drain,
    metrics: Metrics,
    /// When an accept error was logged last.
    logged: Option<Instant>,
}

/// The handles, made once.
struct Metrics {
    connections: Gauge,
    refused_total: Counter,
    refused_per_address: Counter,
    accept_errors: Counter,
}

/// A connection's right to be there, and its place in the count.
struct Guest {
    _slot: Slot,
    connections: Gauge,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.connections.decrement(1.0);
    }
}

impl<S: Application> Door<S> {
    fn new(tls: Option<TlsSource>, application: S, edge: Edge) -> Self {
        let refused =
            |reason| metrics::counter!("ringproof_connections_refused_total", "reason" => reason);
        let limits = &edge.0.limits;
        Self {
            tls,
            application,
            slots: Slots::new(limits.connections_max, limits.connections_per_ip_max),
            edge,
            connections: TaskSet::new("connection"),
            drain: Drain::default(),
            metrics: Metrics {
                connections: metrics::gauge!("ringproof_connections"),
                refused_total: refused("total"),
                refused_per_address: refused("address"),
                accept_errors: refused("accept_error"),
            },
            logged: None,
        }
    }

    /// Starts a connection, or closes it at once when there is no slot for it.
    fn admit(&mut self, stream: TcpStream, address: SocketAddr) {
        let ip = address.ip().to_canonical();
        let slot = match self.slots.take(ip, self.edge.0.proxies.contains(ip)) {
            Ok(slot) => slot,
            Err(NoSlot::Total) => return self.metrics.refused_total.increment(1),
            Err(NoSlot::Address) => return self.metrics.refused_per_address.increment(1),
        };
        self.metrics.connections.increment(1.0);
        let guest = Guest { _slot: slot, connections: self.metrics.connections.clone() };
        // Answers are small and written whole; waiting for more to send only adds latency. If the
        // socket will not take the option it is broken already, and reading will tell.
        let _ = stream.set_nodelay(true);
        let (application, edge, drain) =
            (self.application.clone(), self.edge.clone(), self.drain.clone());
        let tls = self.tls.clone();
        self.connections.spawn(async move {
            // Owned here, so that the slot is free when, and only when, the socket is closed.
            let _guest = guest;
            let is_tls = tls.is_some();
            if let Some(stream) = Stream::open(stream, tls, &edge).await {
                drive(stream, address, is_tls, application, edge, drain).await;
            }
        });
    }

    /// Deals with an accept error. Most belong to the one connection that failed; the others, such
    /// as too many open files, would come back at once, so the loop rests.
    async fn wait_out(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
        ) {
            return;
        }
        self.metrics.accept_errors.increment(1);
        let now = Instant::now();
        if self.logged.is_none_or(|logged| now - logged >= limits::ACCEPT_LOG_EVERY) {
            self.logged = Some(now);
            tracing::error!(%error, "cannot accept connections; check the limit of open files");
        }
        sleep(limits::ACCEPT_BACKOFF).await;
    }

    async fn close(self) -> Drained {
        self.drain.begin();
        let aborted = self.connections.drain(self.edge.0.limits.drain).await;
        if aborted > 0 {
            tracing::warn!(
                connections = aborted,
                "connections were still busy at the end of the drain and were cut"
            );
        }
        Drained { aborted }
    }
}

/// A socket, plain or encrypted, as one type, so that hyper is compiled once.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Shakes hands if TLS is on; none when that fails or takes too long.
    async fn open(stream: TcpStream, tls: Option<TlsSource>, edge: &Edge) -> Option<Self> {
        let Some(tls) = tls else { return Some(Self::Plain(stream)) };
        match timeout(edge.0.limits.handshake, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => Some(Self::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                tracing::debug!(%error, "TLS handshake failed");
                None
            }
            Err(_elapsed) => {
                tracing::debug!("TLS handshake took too long");
                None
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
