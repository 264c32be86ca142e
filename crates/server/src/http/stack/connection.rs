//! One connection from its first byte to its last: hyper does the protocol, the driver keeps the
//! time.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;

use super::Edge;
use super::framing::Framing;
use super::limits::{self, EdgeLimits};
use super::service::{Application, EdgeService, Guarded, TrackedBody};
use super::shared::{Shared, Stage};
use super::timed_io::TimedIo;
use super::watchdog::Watchdog;
use crate::tasks;

/// Tells all connections of one listener to finish; they look at a flag, so it costs the fast path
/// nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Drain(Arc<DrainState>);

#[derive(Debug, Default)]
struct DrainState {
    is_begun: AtomicBool,
    begun: Notify,
}

impl Drain {
    /// Begins: every connection ends when it has nothing under way.
    pub(super) fn begin(&self) {
        self.0.is_begun.store(true, Ordering::SeqCst);
        self.0.begun.notify_waiters();
    }

    fn is_begun(&self) -> bool {
        self.0.is_begun.load(Ordering::Relaxed)
    }
}

/// Where hyper starts the tasks of HTTP/2 streams; they end with their connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamExecutor;

impl<F> hyper::rt::Executor<F> for StreamExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, future: F) {
        tasks::spawn_named("http2 stream", future);
    }
}

/// hyper with our settings. Its own header timer stays off: it does not run before the first byte
/// nor on HTTP/2, and ours does (S-93). Its size limits lie above ours, so that ours answer.
pub(super) fn builder(limits: &EdgeLimits) -> auto::Builder<StreamExecutor> {
    let mut builder = auto::Builder::new(StreamExecutor);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .half_close(true)
        // Answers are small: one copied piece costs less than two in one call (measured, 7 %).
        .writev(false)
        .max_buf_size(limits::CONNECTION_BUFFER_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_streams_max)
        .max_pending_accept_reset_streams(limits.h2_pending_reset_streams_max)
        .max_local_error_reset_streams(limits.h2_local_reset_streams_max)
        .initial_stream_window_size(limits::H2_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::H2_CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(limits::H2_SEND_BYTES_MAX)
        .max_header_list_size(limits.h2_header_list_bytes_max)
        .keep_alive_interval(limits.h2_ping_interval)
        .keep_alive_timeout(limits::H2_PING_ANSWER);
    builder
}

/// Serves one connection until it ends.
pub(super) async fn drive<T, S>(
    io: T,
    address: SocketAddr,
    is_tls: bool,
    application: S,
    edge: Edge,
    drain: Drain,
) where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Application,
{
    let shared = Shared::new();
    let context = &*edge.0;
    let framing = Framing::new((&context.limits).into());
    let io = TimedIo::new(io, framing, Arc::clone(&shared), Arc::clone(&context.ids));
    let connection = context.proxies.connection(address, is_tls);
    let service = EdgeService::new(application, edge.clone(), connection, Arc::clone(&shared));
    let served = pin!(context.builder.serve_connection(TokioIo::new(io), service));

    let mut begun = pin!(drain.0.begun.notified());
    begun.as_mut().enable();
    let mut driver = Driver {
        served,
        watchdog: Watchdog::new(&context.limits, &shared),
        shared,
        drain: &drain,
        is_told_to_end: false,
        last_expired: None,
    };
    // Registered once, the waker stays good for the whole life of the task.
    let mut is_registered = false;
    poll_fn(|context| {
        if !is_registered {
            is_registered = true;
            let _ = begun.as_mut().poll(context);
        }
        driver.poll(context)
    })
    .await;
}

/// What one connection's task polls.
struct Driver<'a, T, S: Application>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    served: Pin<&'a mut Served<'a, T, S>>,
    watchdog: Watchdog<'a>,
    shared: Arc<Shared>,
    drain: &'a Drain,
    /// Whether hyper was asked to end.
    is_told_to_end: bool,
    /// The stage whose time was over last, and when: the same one twice without an event between
    /// ends it all.
    last_expired: Option<(Stage, u32)>,
}

type Served<'a, T, S> = auto::Connection<'a, TokioIo<TimedIo<T>>, EdgeService<S>, StreamExecutor>;

impl<T, S> Driver<'_, T, S>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Application,
    StreamExecutor: auto::HttpServerConnExec<Guarded<S::Future>, TrackedBody>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.drain.is_begun() {
                self.tell_to_end();
            }
            if let Poll::Ready(result) = self.served.as_mut().poll(context) {
                if let Err(error) = result {
                    tracing::debug!(error = &*error, "connection ended with an error");
                }
                return Poll::Ready(());
            }
            let Poll::Ready(stage) = self.watchdog.poll(&self.shared, context) else {
                return Poll::Pending;
            };
            if self.expire(stage).is_break() {
                tracing::debug!(?stage, "connection cut: time limit");
                return Poll::Ready(());
            }
        }
    }

    fn tell_to_end(&mut self) {
        if !self.is_told_to_end {
            self.is_told_to_end = true;
            self.served.as_mut().graceful_shutdown();
        }
    }

    /// Acts on a time limit; break cuts the connection.
    fn expire(&mut self, stage: Stage) -> ControlFlow<()> {
        // What was told to end and did not, ends now.
        if self.last_expired == Some((stage, self.shared.epoch())) {
            return ControlFlow::Break(());
        }
        match stage {
            Stage::FirstByte | Stage::Writing | Stage::Streams | Stage::Answering => {
                return ControlFlow::Break(());
            }
            // On HTTP/2 there is no answer to a head that is not complete.
            Stage::Head if self.shared.is_http2() => return ControlFlow::Break(()),
            Stage::Head => self.shared.end_head(),
            Stage::Body => self.shared.end_body(),
            Stage::Handling => self.shared.end_handler(),
            Stage::Lingering => self.shared.end_linger(),
            // HTTP/1 ends at once; HTTP/2 says goodbye and waits a little for the peer to have
            // heard it.
            Stage::Idle => {
                self.tell_to_end();
                self.shared.set_lingering();
            }
        }
        self.last_expired = Some((stage, self.shared.epoch()));
        ControlFlow::Continue(())
    }
}
