//! The socket as hyper sees it: watched on the way in, corrected on the way out.
//!
//! Reading runs every byte past [`Framing`] and notes for the driver what the connection is waiting
//! for. A refused head is cut off where it went wrong and followed by bytes that no parser takes,
//! so that hyper ends the connection in its own orderly way, after the answers that are still due.
//! Whatever hyper then writes on its own account, for this or for an error it found itself, is
//! replaced by our JSON answer: hyper's own has no body, and the old clients cannot read an answer
//! without one. Closing after an early answer lingers, so that the client can read it first.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::answer::{self, Answer};
use super::framing::{Framing, Place, Verdict};
use super::request_id::RequestIds;
use super::shared::Shared;

/// Ends any head, begun or not, in a way that no parser takes: a NUL may stand nowhere in it.
const POISON: &[u8] = b"\0\r\n\r\n";
/// How much is thrown away in one go while lingering.
const DISCARD_BYTES: usize = 8 * 1024;

/// A socket with the manners of this module.
#[derive(Debug)]
pub(super) struct TimedIo<T> {
    inner: T,
    framing: Framing,
    shared: Arc<Shared>,
    ids: Arc<RequestIds>,
    reading: Reading,
    writing: Writing,
    /// Whether our half of the socket is closed.
    is_shut_down: bool,
}

#[derive(Debug)]
enum Reading {
    Open,
    /// A head was refused; so many bytes of [`POISON`] have been handed out.
    Refused(Answer, usize),
    /// The body in work cannot be completed.
    BrokenBody,
    /// The peer has closed its half.
    Ended,
}

#[derive(Debug)]
enum Writing {
    /// hyper's bytes pass.
    Through,
    /// hyper's bytes are dropped and these are sent instead, from the index on.
    Instead(Vec<u8>, usize),
}

impl<T> TimedIo<T> {
    pub(super) fn new(
        inner: T,
        framing: Framing,
        shared: Arc<Shared>,
        ids: Arc<RequestIds>,
    ) -> Self {
        Self {
            inner,
            framing,
            shared,
            ids,
            reading: Reading::Open,
            writing: Writing::Through,
            is_shut_down: false,
        }
    }

    /// Acts on what a read brought; may cut the new bytes short.
    fn judge(&mut self, buffer: &mut ReadBuf<'_>, before: usize) {
        if self.shared.is_http2() {
            return;
        }
        match self.framing.inspect(&buffer.filled()[before..]) {
            Verdict::Pass => self.note(self.framing.place()),
            Verdict::Http2 => self.shared.set_http2(),
            Verdict::Refuse { at, answer } => {
                buffer.set_filled(before + at);
                self.reading = Reading::Refused(answer, 0);
                self.note(Place::Head);
            }
            Verdict::BrokenBody { at } => {
                buffer.set_filled(before + at);
                self.reading = Reading::BrokenBody;
            }
        }
    }

    fn note(&self, place: Place) {
        self.shared.arrived(place, self.framing.heads(), self.framing.body_bytes());
    }

    /// What to send in place of bytes that hyper writes on its own account.
    fn substitute(&self, theirs: &[u8]) -> Vec<u8> {
        let answer = match (&self.reading, theirs.get(9..12)) {
            (Reading::Refused(answer, _), _) => *answer,
            (_, Some(b"414")) => answer::URI_TOO_LONG,
            (_, Some(b"431")) => answer::HEADERS_TOO_LARGE,
            _ => answer::malformed("the request is not valid HTTP"),
        };
        answer.raw(self.ids.next(), date_of(theirs))
    }
}

impl<T: AsyncWrite + Unpin> TimedIo<T> {
    /// Sends what stands in [`Writing::Instead`].
    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Writing::Instead(bytes, sent) = &mut self.writing {
            while *sent < bytes.len() {
                let written = Pin::new(&mut self.inner).poll_write(context, &bytes[*sent..]);
                self.shared.set_write_blocked(written.is_pending());
                match ready!(written)? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    written => *sent += written,
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Whether a write of hyper's is its own idea; begins to send ours instead if so.
    fn intercept(&mut self, theirs: &[u8]) -> bool {
        if matches!(self.writing, Writing::Instead(..)) {
            return true;
        }
        if !self.shared.is_silent() || self.shared.is_http2() {
            return false;
        }
        self.writing = Writing::Instead(self.substitute(theirs), 0);
        true
    }
}

impl<T: AsyncRead + Unpin> TimedIo<T> {
    /// Throws incoming bytes away until the peer closes or the time is over.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut scrap = [0; DISCARD_BYTES];
        while !self.shared.is_linger_over() {
            let mut scrap = ReadBuf::new(&mut scrap);
            match Pin::new(&mut self.inner).poll_read(context, &mut scrap) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !scrap.filled().is_empty() => {}
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(())
    }

    /// Whether the peer may be sending still: then closing would reset the connection and take our
    /// answer with it.
    fn must_linger(&self) -> bool {
        !self.shared.is_http2()
            && !matches!(self.reading, Reading::Ended)
            && (matches!(self.framing.place(), Place::Head | Place::Body)
                || !matches!(self.reading, Reading::Open))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for TimedIo<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match &mut this.reading {
                Reading::Open if this.shared.is_head_late() && !this.shared.is_http2() => {
                    this.reading = Reading::Refused(answer::REQUEST_LATE, 0);
                }
                Reading::Open if this.shared.is_body_late() => {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Reading::Open => {
                    let before = buffer.filled().len();
                    ready!(Pin::new(&mut this.inner).poll_read(context, buffer))?;
                    if buffer.filled().len() == before {
                        this.reading = Reading::Ended;
                        return Poll::Ready(Ok(()));
                    }
                    this.judge(buffer, before);
                    if buffer.filled().len() > before {
                        return Poll::Ready(Ok(()));
                    }
                }
                Reading::Refused(_, given) => {
                    let rest = &POISON[*given..];
                    let now = rest.len().min(buffer.remaining());
                    buffer.put_slice(&rest[..now]);
                    *given += now;
                    return Poll::Ready(Ok(()));
                }
                Reading::BrokenBody => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
                Reading::Ended => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TimedIo<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.intercept(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.shared.set_write_blocked(written.is_pending());
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.intercept(slices.first().map_or(&[], |slice| slice)) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        let written = Pin::new(&mut this.inner).poll_write_vectored(context, slices);
        this.shared.set_write_blocked(written.is_pending());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    /// hyper calls this only when all it had has been written.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_instead(context))?;
        let flushed = Pin::new(&mut this.inner).poll_flush(context);
        this.shared.set_write_blocked(flushed.is_pending());
        ready!(flushed)?;
        this.shared.set_flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.is_shut_down {
            ready!(this.poll_instead(context))?;
            let shut_down = Pin::new(&mut this.inner).poll_shutdown(context);
            this.shared.set_write_blocked(shut_down.is_pending());
            ready!(shut_down)?;
            this.is_shut_down = true;
            if this.must_linger() {
                this.shared.set_lingering();
            } else {
                return Poll::Ready(Ok(()));
            }
        }
        ready!(this.poll_linger(context));
        Poll::Ready(Ok(()))
    }
}

/// The value of the date field in an answer of hyper's, empty if there is none.
fn date_of(head: &[u8]) -> &[u8] {
    const NAME: &[u8] = b"\r\ndate: ";
    let Some(begin) = memchr::memmem::find(head, NAME) else { return &[] };
    let value = &head[begin + NAME.len()..];
    &value[..memchr::memchr(b'\r', value).unwrap_or(0)]
}
