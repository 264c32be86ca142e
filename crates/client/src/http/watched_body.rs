//! A body that remembers whether it was asked for, and can be taken back until then.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use zeroize::Zeroizing;

/// Nobody asked for the body, so not a byte of the request was written.
const IDLE: u8 = 0;
/// The connection asked for it: the request may be on its way.
const ASKED: u8 = 1;
/// It was taken back before anybody asked: the request is never written.
const REVOKED: u8 = 2;

/// The body of a call. Until it was asked for, not a byte of the request was
/// written. Its bytes are wiped when it is dropped.
pub(super) struct WatchedBody {
    bytes: Full<Bytes>,
    state: Arc<AtomicU8>,
}

/// The other end of a [`WatchedBody`].
pub(super) struct Watch(Arc<AtomicU8>);

/// What a connection gets that asks for a body which was taken back.
#[derive(Debug, thiserror::Error)]
#[error("the call was given up before it was sent")]
pub(super) struct Revoked;

impl WatchedBody {
    /// The body, and what watches it.
    pub(super) fn new(bytes: Zeroizing<Vec<u8>>) -> (Self, Watch) {
        let state = Arc::new(AtomicU8::new(IDLE));
        let bytes = Full::new(Bytes::from_owner(bytes));
        (Self { bytes, state: state.clone() }, Watch(state))
    }

    fn ask(&self) -> Result<(), Revoked> {
        if moved(&self.state, ASKED) == REVOKED { Err(Revoked) } else { Ok(()) }
    }
}

impl Watch {
    /// Takes the body back. False if it was asked for before: the request may have been sent.
    pub(super) fn revoke(&self) -> bool {
        moved(&self.0, REVOKED) == REVOKED
    }
}

/// Where the state is after the attempt to move it away from [`IDLE`], which one end
/// does once; the other end finds what it did.
fn moved(state: &AtomicU8, to: u8) -> u8 {
    match state.compare_exchange(IDLE, to, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => to,
        Err(found) => found,
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Revoked;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Revoked>>> {
        if let Err(revoked) = self.ask() {
            return Poll::Ready(Some(Err(revoked)));
        }
        Pin::new(&mut self.bytes)
            .poll_frame(context)
            .map_err(|never: std::convert::Infallible| match never {})
    }

    /// An empty body is never asked for its bytes: this question is the last before
    /// the head is written. A body that was taken back says that there is more, so that
    /// it is asked, and the connection gets an error before it sends the head.
    fn is_end_stream(&self) -> bool {
        self.bytes.is_end_stream() && self.ask().is_ok()
    }

    /// What was taken back has no known length: a length of nothing would not be asked for.
    fn size_hint(&self) -> SizeHint {
        if self.state.load(Ordering::Acquire) == REVOKED {
            SizeHint::new()
        } else {
            self.bytes.size_hint()
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn body(text: &str) -> (WatchedBody, Watch) {
        WatchedBody::new(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[tokio::test]
    async fn what_was_asked_for_cannot_be_taken_back() {
        let (bytes, watch) = body("to=1");
        assert!(!bytes.is_end_stream(), "looking at the length asks for nothing");
        assert_eq!(bytes.size_hint().exact(), Some(4));
        assert_eq!(bytes.collect().await.expect("bytes").to_bytes(), "to=1");
        assert!(!watch.revoke());

        let (empty, watch) = body("");
        assert!(empty.is_end_stream());
        assert!(!watch.revoke());
    }

    #[tokio::test]
    async fn what_was_taken_back_is_not_given() {
        for text in ["to=1", ""] {
            let (bytes, watch) = body(text);
            assert!(watch.revoke() && watch.revoke());
            assert!(!bytes.is_end_stream());
            assert_eq!(bytes.size_hint().exact(), None);
            assert!(bytes.collect().await.is_err());
        }
    }
}
