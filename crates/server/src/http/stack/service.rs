//! The service that hyper calls: it wraps the application with what every request gets.
//!
//! On the way in: the caller ([`Peer`](super::Peer)), the request id, a plain path, and on HTTP/2
//! the limits of a head. On the way out: the id on the answer. In between: a handler that takes too
//! long gives 503, one that panics gives 500, and neither touches any other request.

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, Version};
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};
use tower::Service;

use super::Edge;
use super::answer::{self, Answer};
use super::body::StreamBody;
use super::limits::EdgeLimits;
use super::path::normalise_uri;
use super::peer::Connection;
use super::request_id::{RequestId, X_REQUEST_ID};
use super::shared::{Shared, Ticket};

/// What the application must be: an `axum::Router` is. Each request is handed to a fresh clone
/// without waiting for readiness, so the service must always be ready.
pub trait Application:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> Application for S where
    S: Service<
            Request<Body>,
            Response = Response<Body>,
            Error = Infallible,
            Future: Send + 'static,
        > + Clone
        + Send
        + 'static
{
}

/// The application as one connection sees it.
pub(super) struct EdgeService<S> {
    application: S,
    edge: Edge,
    connection: Connection,
    shared: Arc<Shared>,
}

impl<S> EdgeService<S> {
    pub(super) fn new(
        application: S,
        edge: Edge,
        connection: Connection,
        shared: Arc<Shared>,
    ) -> Self {
        Self { application, edge, connection, shared }
    }

    /// The request as the application gets it.
    fn prepare(&self, request: Request<Incoming>, id: RequestId) -> Request<Body> {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(self.connection.peer(&parts.headers, &self.edge.0.proxies));
        parts.extensions.insert(id);
        normalise_uri(&mut parts.uri);
        let body = if body.is_end_stream() {
            Body::empty()
        } else if parts.version == Version::HTTP_2 {
            Body::new(StreamBody::new(body, self.edge.clone()))
        } else {
            Body::new(body)
        };
        Request::from_parts(parts, body)
    }

    /// A trusted proxy's id, or a new one.
    fn request_id(&self, request: &Request<Incoming>) -> RequestId {
        let foreign = || RequestId::parse(request.headers().get(X_REQUEST_ID)?.as_bytes());
        let foreign = if self.connection.is_trusted() { foreign() } else { None };
        foreign.unwrap_or_else(|| self.edge.0.ids.next())
    }
}

impl<S: Application> hyper::service::Service<Request<Incoming>> for EdgeService<S> {
    type Response = Response<TrackedBody>;
    type Error = Infallible;
    type Future = Guarded<S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let ticket = Ticket::begin(&self.shared);
        let id = self.request_id(&request);
        let is_http2 = request.version() == Version::HTTP_2;
        let limits = &self.edge.0.limits;
        // HTTP/1 heads were measured before hyper saw them.
        if is_http2 && let Some(answer) = excess(&request, limits) {
            return Guarded::new(Work::Refused { answer }, ticket, id, None);
        }
        // On HTTP/2 nobody tells the body's time from the handler's, so a body adds its own.
        let time = is_http2.then(|| {
            if request.body().is_end_stream() {
                limits.handler
            } else {
                limits.handler + limits.request
            }
        });
        let request = self.prepare(request, id);
        let mut application = self.application.clone();
        let work = match catch_unwind(AssertUnwindSafe(|| application.call(request))) {
            Ok(future) => Work::Running { future },
            Err(panic) => Work::Refused { answer: panicked(id, &*panic) },
        };
        Guarded::new(work, ticket, id, time)
    }
}

/// Whether an HTTP/2 head is larger than the limits of D-45, counted as HTTP/1 writes it.
fn excess(request: &Request<Incoming>, limits: &EdgeLimits) -> Option<Answer> {
    let uri = request.uri();
    let uri_bytes = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if uri_bytes > limits.uri_bytes_max {
        return Some(answer::URI_TOO_LONG);
    }
    let headers = request.headers();
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    (headers.len() > limits.header_fields_max || bytes > limits.header_bytes_max)
        .then_some(answer::HEADERS_TOO_LARGE)
}

/// Reports a handler's panic; its message stays out of log and answer, because it may quote the
/// request.
fn panicked(id: RequestId, _panic: &(dyn Any + Send)) -> Answer {
    tracing::error!(request.id = %id, "a handler panicked");
    answer::INTERNAL
}

pin_project! {
    /// A handler under guard.
    pub(super) struct Guarded<F> {
        #[pin]
        work: Work<F>,
        // Taken when the answer is given.
        ticket: Option<Ticket>,
        id: RequestId,
        // The handler's time where the connection's timer does not keep it (HTTP/2).
        time: Option<std::time::Duration>,
        timer: Option<Pin<Box<Sleep>>>,
    }
}

pin_project! {
    #[project = WorkProjection]
    #[project_replace = WorkReplaced]
    enum Work<F> {
        Running { #[pin] future: F },
        Refused { answer: Answer },
        Done,
    }
}

impl<F> Guarded<F> {
    fn new(
        work: Work<F>,
        ticket: Ticket,
        id: RequestId,
        time: Option<std::time::Duration>,
    ) -> Self {
        Self { work, ticket: Some(ticket), id, time, timer: None }
    }
}

impl<F> Future for Guarded<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = Result<Response<TrackedBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let ticket = this.ticket.as_ref().expect("polled after its answer");
        let response = match this.work.as_mut().project() {
            WorkProjection::Running { .. } if ticket.shared().is_handler_late() => late(*this.id),
            WorkProjection::Running { future } => {
                match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
                    Ok(Poll::Ready(Ok(response))) => response,
                    Ok(Poll::Pending) => {
                        let Some(time) = *this.time else { return Poll::Pending };
                        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep(time)));
                        if timer.as_mut().poll(context).is_pending() {
                            return Poll::Pending;
                        }
                        late(*this.id)
                    }
                    Err(panic) => panicked(*this.id, &*panic).response_with_id(*this.id),
                }
            }
            WorkProjection::Refused { answer } => answer.response_with_id(*this.id),
            WorkProjection::Done => unreachable!("polled after its answer"),
        };
        // The handler's future goes now, not when the answer has been sent.
        this.work.project_replace(Work::Done);
        let ticket = this.ticket.take().expect("taken once, with the answer");
        Poll::Ready(Ok(finish(response, ticket, *this.id)))
    }
}

fn late(id: RequestId) -> Response<Body> {
    tracing::warn!(request.id = %id, "a handler took too long and was given up");
    answer::HANDLER_LATE.response_with_id(id)
}

/// Marks the answer and ties it to the connection's notes.
fn finish(mut response: Response<Body>, ticket: Ticket, id: RequestId) -> Response<TrackedBody> {
    response.headers_mut().insert(X_REQUEST_ID, id.header_value());
    if ticket.shared().is_body_open() {
        // hyper will close, as it cannot find the next request behind a body that nobody read.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    ticket.answered();
    response.map(|inner| TrackedBody { inner, ticket })
}

/// A response body that gives its ticket back when it is dropped.
#[derive(Debug)]
pub(super) struct TrackedBody {
    inner: Body,
    ticket: Ticket,
}

impl http_body::Body for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.inner).poll_frame(context);
        if frame.is_ready() {
            self.ticket.touch();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
