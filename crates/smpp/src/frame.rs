//! Cutting PDUs from a stream, by their length and before anything else is
//! read (SMPP 3.4 §3.2).
//!
//! The decoder of fields works inside the slice that was cut. So a PDU that
//! makes no sense cannot touch the next one; only a length that cannot be true
//! ends the stream.

use std::fmt;

use crate::command;
use crate::limits::{HEADER_OCTETS, PDU_OCTETS_MAX};

/// One PDU: its header, and its body as bytes.
///
/// `Debug` shows the body's length only: it may hold passwords and texts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it asks or answers; names are in [`command`].
    pub command_id: u32,
    /// The outcome, in an answer; names are in [`status`](crate::status).
    pub status: u32,
    /// By which an answer finds its request.
    pub sequence: u32,
    /// Everything after the header.
    pub body: &'a [u8],
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("command", &command::name(self.command_id).unwrap_or("unknown"))
            .field("command_id", &self.command_id)
            .field("status", &self.status)
            .field("sequence", &self.sequence)
            .field("body_octets", &self.body.len())
            .finish()
    }
}

/// A length that no PDU has: whatever follows is not to be trusted, and the
/// connection must be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PDU of {command_length} octets: not between {HEADER_OCTETS} and {PDU_OCTETS_MAX}")]
pub struct FramingError {
    /// The length that stood there.
    pub command_length: u32,
}

/// What is at the beginning of the bytes received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut<'a> {
    /// A whole PDU.
    Whole(Frame<'a>),
    /// Not enough bytes yet.
    NotYet {
        /// How many are lacking at least.
        lacking: usize,
    },
}

/// Cuts the first PDU from the bytes received so far.
///
/// It is as long as its [`Frame::octets`]; the next one begins there.
pub fn cut(bytes: &[u8]) -> Result<Cut<'_>, FramingError> {
    let Some((length, _)) = bytes.split_first_chunk() else {
        return Ok(Cut::NotYet { lacking: HEADER_OCTETS - bytes.len() });
    };
    let command_length = u32::from_be_bytes(*length);
    let octets = usize::try_from(command_length)
        .ok()
        .filter(|octets| (HEADER_OCTETS..=PDU_OCTETS_MAX).contains(octets))
        .ok_or(FramingError { command_length })?;
    let whole = bytes.get(..octets).and_then(frame_of);
    Ok(whole.map_or(Cut::NotYet { lacking: octets.saturating_sub(bytes.len()) }, Cut::Whole))
}

/// Header and body of a slice that is one PDU.
fn frame_of(pdu: &[u8]) -> Option<Frame<'_>> {
    let (_length, rest) = pdu.split_first_chunk::<4>()?;
    let (command_id, rest) = rest.split_first_chunk()?;
    let (status, rest) = rest.split_first_chunk()?;
    let (sequence, body) = rest.split_first_chunk()?;
    Some(Frame {
        command_id: u32::from_be_bytes(*command_id),
        status: u32::from_be_bytes(*status),
        sequence: u32::from_be_bytes(*sequence),
        body,
    })
}

impl Frame<'_> {
    /// Its `command_length`.
    pub fn octets(&self) -> usize {
        HEADER_OCTETS + self.body.len()
    }
}

/// The bytes received from one connection and not yet used.
///
/// It holds at most what was pushed since [`FrameBuffer::next`] last said
/// [`Cut::NotYet`], and less than one PDU beside it. A reader that drains it
/// after each read is bounded by that.
///
/// ```
/// use ringproof_smpp::frame::{Cut, FrameBuffer};
///
/// let mut buffer = FrameBuffer::default();
/// buffer.push(&[0, 0, 0, 16, 0, 0, 0, 0x15]);
/// assert_eq!(buffer.next(), Ok(Cut::NotYet { lacking: 8 }));
/// buffer.push(&[0, 0, 0, 0, 0, 0, 0, 1]);
/// let Ok(Cut::Whole(frame)) = buffer.next() else { panic!("it is whole") };
/// assert_eq!((frame.command_id, frame.sequence), (0x15, 1));
/// assert_eq!(buffer.next(), Ok(Cut::NotYet { lacking: 16 }));
/// ```
#[derive(Default)]
pub struct FrameBuffer {
    bytes: Vec<u8>,
    /// Where the next PDU begins; what is before it was handed out.
    used: usize,
}

impl FrameBuffer {
    /// Adds what was read from the connection.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.used);
        self.used = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next PDU, once. After a [`FramingError`] every further call repeats
    /// it: there is no telling where the next PDU would begin.
    #[expect(clippy::should_implement_trait, reason = "what it gives borrows from the buffer")]
    pub fn next(&mut self) -> Result<Cut<'_>, FramingError> {
        let cut = cut(&self.bytes[self.used..])?;
        if let Cut::Whole(frame) = &cut {
            self.used += frame.octets();
        }
        Ok(cut)
    }

    /// How many bytes wait to be used.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.used
    }

    /// Whether the connection could end here without cutting a PDU in two.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for FrameBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameBuffer").field("octets", &self.len()).finish()
    }
}
