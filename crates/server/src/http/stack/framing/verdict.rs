//! What [`Framing`](super::Framing) is told and what it says.

use crate::http::stack::answer::Answer;
use crate::http::stack::limits::EdgeLimits;

/// What the bytes of one read mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::stack) enum Verdict {
    /// All of them may go on.
    Pass,
    /// The connection speaks HTTP/2, which has its own framing: everything may go on from here.
    Http2,
    /// A head is refused; only the first `at` bytes may go on.
    Refuse {
        /// How many bytes were still good.
        at: usize,
        /// What the client is told.
        answer: Answer,
    },
    /// A body is not framed as it should be; only the first `at` bytes may go on.
    BrokenBody {
        /// How many bytes were still good.
        at: usize,
    },
}

/// Where in the conversation the next byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::stack) enum Place {
    /// Nothing has come on this connection yet.
    Start,
    /// Inside a head.
    Head,
    /// Inside a body.
    Body,
    /// After a request; the next one has not begun.
    Between,
}

/// The largest head.
#[derive(Clone, Copy, Debug)]
pub(in crate::http::stack) struct HeadLimits {
    pub(super) uri_bytes: usize,
    pub(super) fields: usize,
    pub(super) bytes: usize,
}

impl From<&EdgeLimits> for HeadLimits {
    fn from(limits: &EdgeLimits) -> Self {
        Self {
            uri_bytes: limits.uri_bytes_max,
            fields: limits.header_fields_max,
            bytes: limits.header_bytes_max,
        }
    }
}
