//! A body that remembers whether it was asked for.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use zeroize::Zeroizing;

/// The body of a call. Until it was asked for, not a byte of the request was
/// written. Its bytes are wiped when it is dropped.
pub(super) struct WatchedBody {
    bytes: Full<Bytes>,
    is_asked_for: Arc<AtomicBool>,
}

impl WatchedBody {
    /// The body, and what tells whether it was asked for.
    pub(super) fn new(bytes: Zeroizing<Vec<u8>>) -> (Self, Arc<AtomicBool>) {
        let is_asked_for = Arc::new(AtomicBool::new(false));
        let bytes = Full::new(Bytes::from_owner(bytes));
        (Self { bytes, is_asked_for: is_asked_for.clone() }, is_asked_for)
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.is_asked_for.store(true, Ordering::Relaxed);
        Pin::new(&mut self.bytes).poll_frame(context)
    }

    /// An empty body is never asked for its bytes: this question is the last before
    /// the head is written.
    fn is_end_stream(&self) -> bool {
        let is_end = self.bytes.is_end_stream();
        if is_end {
            self.is_asked_for.store(true, Ordering::Relaxed);
        }
        is_end
    }

    fn size_hint(&self) -> SizeHint {
        self.bytes.size_hint()
    }
}
