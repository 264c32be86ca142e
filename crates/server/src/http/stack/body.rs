//! Request bodies: read whole, within a size and a time.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::Response;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::Edge;
use super::answer::{self, Answer};

/// Why a request body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is larger than the handler takes.
    #[error("the request body is too large")]
    TooLarge,
    /// It did not arrive in time, or too slowly.
    #[error("the request body did not arrive in time")]
    TimedOut,
    /// It ended early or is not framed correctly.
    #[error("the request body is broken")]
    Broken,
}

impl BodyError {
    /// The answer for the caller: 413 `body_too_large`, 408 `timeout` or 400 `invalid_body`, as
    /// JSON.
    pub fn response(self) -> Response<Body> {
        self.answer().response()
    }

    fn answer(self) -> Answer {
        match self {
            Self::TooLarge => answer::BODY_TOO_LARGE,
            Self::TimedOut => answer::REQUEST_LATE,
            Self::Broken => answer::BODY_BROKEN,
        }
    }
}

impl axum::response::IntoResponse for BodyError {
    fn into_response(self) -> Response<Body> {
        self.response()
    }
}

/// Reads a whole body of at most `bytes_max` bytes.
///
/// A body that arrives in one piece is not copied; one whose announced length is too large is not
/// read at all. Time is kept by the stack, so this needs no limit of its own.
///
/// # Errors
/// [`BodyError`], which knows its answer.
pub async fn read_body(mut body: Body, bytes_max: usize) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut whole = Whole::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| classify(&error))?;
        // Trailers carry nothing that we use.
        let Ok(piece) = frame.into_data() else { continue };
        if piece.len() > bytes_max - whole.len() {
            return Err(BodyError::TooLarge);
        }
        whole.push(piece);
    }
    Ok(whole.into_bytes())
}

/// The pieces so far; the first is kept as it came.
#[derive(Default)]
struct Whole {
    first: Bytes,
    joined: BytesMut,
}

impl Whole {
    fn len(&self) -> usize {
        self.first.len() + self.joined.len()
    }

    fn push(&mut self, piece: Bytes) {
        if self.len() == 0 {
            self.first = piece;
            return;
        }
        self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        self.joined.extend_from_slice(&piece);
    }

    fn into_bytes(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.freeze() }
    }
}

/// A time limit shows as an I/O error somewhere down the chain of causes.
fn classify(error: &(dyn Error + 'static)) -> BodyError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
        {
            return BodyError::TimedOut;
        }
        cause = error.source();
    }
    BodyError::Broken
}

/// The body of an HTTP/2 request with its own time limit: its bytes share the connection with other
/// streams, so the connection's timer cannot keep it.
#[derive(Debug)]
pub(super) struct StreamBody {
    inner: Incoming,
    edge: Edge,
    since: Instant,
    received: u64,
    /// Made when the body first keeps us waiting.
    timer: Option<Pin<Box<Sleep>>>,
}

impl StreamBody {
    pub(super) fn new(inner: Incoming, edge: Edge) -> Self {
        Self { inner, edge, since: Instant::now(), received: 0, timer: None }
    }

    /// Pending, until the time that the bytes so far have earned is over.
    fn poll_time(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let deadline = self.edge.0.limits.body_deadline(self.since, self.since, self.received);
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            timer.as_mut().reset(deadline);
        }
    }
}

impl http_body::Body for StreamBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(axum::Error::new(error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => this
                .poll_time(context)
                .map(|()| Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
