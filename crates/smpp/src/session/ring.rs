//! What a session remembers of the PDUs that went by (`delivery.md` 3.7).

use core::time::Duration;
use std::collections::VecDeque;

use super::limits::RING_MAX;

/// The header of a PDU: nothing of what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PduNote {
    /// When, since the session's time began.
    pub at: Duration,
    /// Whether the peer sent it.
    pub is_received: bool,
    /// What it is (SMPP 3.4 §5.1.2.1).
    pub command_id: u32,
    /// Its status.
    pub status: u32,
    /// Its sequence number.
    pub sequence: u32,
    /// Its length in octets, header included.
    pub length: u32,
}

/// The last PDUs of a session.
#[derive(Debug, Clone, Default)]
pub struct PduRing {
    notes: VecDeque<PduNote>,
    /// PDUs that went by in all.
    count: u64,
}

impl PduRing {
    /// Notes a PDU; the oldest one is forgotten when there are too many.
    pub fn push(&mut self, note: PduNote) {
        if self.notes.len() == RING_MAX {
            self.notes.pop_front();
        }
        self.notes.push_back(note);
        self.count += 1;
    }

    /// PDUs that went by in all.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The last PDUs, the oldest first.
    pub fn notes(&self) -> impl Iterator<Item = &PduNote> {
        self.notes.iter()
    }

    /// Those of the last PDUs that came after the first `count`.
    pub fn since(&self, count: u64) -> impl Iterator<Item = &PduNote> {
        let newer = usize::try_from(self.count.saturating_sub(count)).unwrap_or(usize::MAX);
        self.notes.iter().skip(self.notes.len().saturating_sub(newer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(sequence: u32) -> PduNote {
        let at = Duration::ZERO;
        PduNote { at, is_received: true, command_id: 0x15, status: 0, sequence, length: 16 }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut ring = PduRing::default();
        (1..=300).for_each(|sequence| ring.push(note(sequence)));
        let kept: Vec<u32> = ring.notes().map(|note| note.sequence).collect();
        assert_eq!((kept.len(), kept[0], kept[255], ring.count()), (256, 45, 300, 300));
        let newer: Vec<u32> = ring.since(298).map(|note| note.sequence).collect();
        assert_eq!(newer, [299, 300]);
        assert_eq!((ring.since(0).count(), ring.since(300).count()), (256, 0));
    }
}
