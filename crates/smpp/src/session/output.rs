//! What a session has to say, and what of it goes first.

use std::fmt;

use zeroize::Zeroize as _;

use super::limits::WRITE_MAX;
use crate::frame::{Cut, cut};

/// Two queues of whole PDUs, and the piece that is being written.
#[derive(Default)]
pub(super) struct Output {
    /// Answers and questions: they go before submits.
    pub(super) urgent: Vec<u8>,
    pub(super) submits: Vec<u8>,
    /// Whole PDUs at its end; what is before `written` has left.
    piece: Vec<u8>,
    written: usize,
}

impl Output {
    /// The bytes to write next, at most [`WRITE_MAX`] unless one PDU is longer.
    pub(super) fn next(&mut self) -> &[u8] {
        if self.written == self.piece.len() {
            self.piece.clear();
            self.written = 0;
            move_pdus(&mut self.urgent, &mut self.piece);
            // What does not fit goes with the next piece, urgent PDUs first.
            if self.urgent.is_empty() {
                move_pdus(&mut self.submits, &mut self.piece);
            }
        }
        &self.piece[self.written..]
    }

    /// That many of them have left. A piece that has left whole is wiped: its
    /// room is used again, by a longer one or never.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.written = (self.written + bytes).min(self.piece.len());
        if self.written == self.piece.len() {
            self.piece.as_mut_slice().zeroize();
        }
    }

    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.urgent.len() + self.submits.len() + self.piece.len() - self.written
    }
}

/// Moves as many whole PDUs as a piece has room for; one at least if it has
/// nothing yet.
fn move_pdus(from: &mut Vec<u8>, piece: &mut Vec<u8>) {
    if piece.is_empty() && from.len() <= WRITE_MAX {
        std::mem::swap(from, piece);
        return;
    }
    let mut end = 0;
    // The queue holds what the encoder made: whole PDUs.
    while let Ok(Cut::Whole(frame)) = cut(&from[end..]) {
        let is_full = piece.len() + end + frame.octets() > WRITE_MAX;
        if is_full && !(piece.is_empty() && end == 0) {
            break;
        }
        end += frame.octets();
    }
    piece.extend(from.drain(..end));
}

impl Drop for Output {
    fn drop(&mut self) {
        for queue in [&mut self.urgent, &mut self.submits, &mut self.piece] {
            queue.as_mut_slice().zeroize();
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("octets", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PDU of that many octets with a number to know it by.
    fn pdu(octets: u32, number: u32) -> Vec<u8> {
        let mut pdu = [octets, 0x15, 0, number].map(u32::to_be_bytes).concat();
        pdu.resize(octets.try_into().unwrap(), 0);
        pdu
    }

    /// The numbers of the PDUs in a piece, which must be whole.
    fn numbers(mut piece: &[u8]) -> Vec<u32> {
        let mut numbers = Vec::new();
        while let Ok(Cut::Whole(frame)) = cut(piece) {
            numbers.push(frame.sequence);
            piece = &piece[frame.octets()..];
        }
        assert!(piece.is_empty());
        numbers
    }

    #[test]
    fn urgent_pdus_overtake_submits_but_cut_none_in_two() {
        let mut output = Output::default();
        output.submits.extend(pdu(20_000, 1));
        output.submits.extend(pdu(20_000, 2));
        output.urgent.extend(pdu(16, 3));
        let first = output.next().to_vec();
        assert_eq!(numbers(&first), [3, 1]);
        output.advance(100);
        output.urgent.extend(pdu(16, 4));
        assert_eq!(output.next(), &first[100..]);
        output.advance(first.len() - 100);
        let second = output.next().to_vec();
        assert_eq!(numbers(&second), [4, 2]);
        output.advance(second.len());
        assert_eq!((output.next().len(), output.len()), (0, 0));
    }

    #[test]
    fn what_has_left_is_wiped() {
        let mut output = Output::default();
        output.submits.extend(pdu(100, 0x5A5A));
        let octets = output.next().len();
        output.advance(octets - 1);
        assert_eq!(output.piece[15], 0x5A, "it has not left whole");
        output.advance(1);
        assert_eq!(output.piece, [0; 100]);
    }

    #[test]
    fn a_piece_is_bounded_unless_one_pdu_is_longer() {
        let mut output = Output::default();
        for number in 0..10 {
            output.submits.extend(pdu(10_000, number));
        }
        output.submits.extend(pdu(60_000, 10));
        let mut seen = Vec::new();
        loop {
            let piece = output.next().to_vec();
            if piece.is_empty() {
                break;
            }
            let inside = numbers(&piece);
            assert!(piece.len() <= WRITE_MAX || inside == [10]);
            seen.extend(inside);
            output.advance(piece.len());
        }
        assert_eq!(seen, (0..=10).collect::<Vec<_>>());
    }
}
