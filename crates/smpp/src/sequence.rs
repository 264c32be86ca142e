//! Sequence numbers (SMPP 3.4 §3.2, `delivery.md` 3.1).

use crate::limits::{SEQUENCE_MAX, SEQUENCE_TRIES_MAX};

/// Gives the numbers of one session: 1 to 0x7FFFFFFF, and 1 again.
///
/// ```
/// use ringproof_smpp::sequence::Sequences;
///
/// let mut sequences = Sequences::default();
/// assert_eq!(sequences.next(|_| false), Some(1));
/// assert_eq!(sequences.next(|number| number == 2), Some(3), "2 is still open");
/// assert_eq!(sequences.next(|_| true), None, "a session has no such many open");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    last: u32,
}

impl Sequences {
    /// Goes on behind a number.
    pub fn after(last: u32) -> Self {
        Self { last }
    }

    /// The next number that is not open. `None` if the next
    /// [`SEQUENCE_TRIES_MAX`] all are.
    pub fn next(&mut self, is_open: impl Fn(u32) -> bool) -> Option<u32> {
        for _ in 0..SEQUENCE_TRIES_MAX {
            self.last = if self.last >= SEQUENCE_MAX { 1 } else { self.last + 1 };
            if !is_open(self.last) {
                return Some(self.last);
            }
        }
        None
    }
}
