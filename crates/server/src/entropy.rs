//! The system's randomness. This is the one file that reads it; codes, ids and secrets all come from here, and so
//! from the operating system's generator (security rule S-1).

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes fetched by one call of the operating system: a little more than a start of a verification uses.
const BLOCK_BYTES: usize = 64;

/// Hands out bytes of the operating system's generator, each of them once.
///
/// Not `Clone`, since a copy would hand out the same bytes again. A process that forks must make a new one.
#[derive(ZeroizeOnDrop)]
pub struct SystemEntropy {
    block: [u8; BLOCK_BYTES],
    /// Bytes of `block` already handed out; those are zero.
    used: usize,
}

impl SystemEntropy {
    /// Starts with an empty block; the first byte asked for fills it.
    pub fn new() -> Self {
        Self { block: [0; BLOCK_BYTES], used: BLOCK_BYTES }
    }

    /// Fills `out` with random bytes.
    ///
    /// # Panics
    /// When the operating system gives none. There is no way on then: every code would be predictable.
    pub fn fill(&mut self, out: &mut [u8]) {
        if out.len() > BLOCK_BYTES {
            return fill_from_system(out);
        }
        let (first, rest) = out.split_at_mut(out.len().min(BLOCK_BYTES - self.used));
        self.take(first);
        if !rest.is_empty() {
            fill_from_system(&mut self.block);
            self.used = 0;
            self.take(rest);
        }
    }

    /// Moves bytes out of the block, which must hold enough of them.
    fn take(&mut self, out: &mut [u8]) {
        let from = &mut self.block[self.used..self.used + out.len()];
        out.copy_from_slice(from);
        from.zeroize();
        self.used += out.len();
    }
}

impl verify::Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        Self::fill(self, out);
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SystemEntropy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SystemEntropy")
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's randomness")]
fn fill_from_system(out: &mut [u8]) {
    if let Err(cause) = getrandom::fill(out) {
        panic!(
            "the operating system gives no random bytes ({cause}), and without them every code could be guessed"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_handed_out_once() {
        let mut entropy = SystemEntropy::new();
        let mut seen = std::collections::HashSet::new();
        // Eight bytes at odd places across many blocks; a repeated one would show a block handed out twice.
        for _ in 0..1_000 {
            let mut out = [0; 8];
            entropy.fill(&mut out);
            assert!(seen.insert(out), "the same eight bytes came twice");
            entropy.fill(&mut [0; 3]);
        }
    }

    #[test]
    fn bytes_handed_out_are_wiped_from_the_block() {
        let mut entropy = SystemEntropy::new();
        let mut out = [0; 40];
        entropy.fill(&mut out);
        assert_eq!(entropy.used, 40);
        assert_eq!(entropy.block[..40], [0; 40]);
        assert_ne!(entropy.block[40..], [0; 24]);
        assert_ne!(out, [0; 40]);
    }

    #[test]
    fn any_length_is_filled_to_its_end() {
        let mut entropy = SystemEntropy::new();
        for length in [0, 1, 63, 64, 65, 100, 1_000] {
            // One byte is zero by chance once in 256 times; all of 64 tries never.
            let is_filled = (0..64).any(|_| {
                let mut out = vec![0; length];
                entropy.fill(&mut out);
                out.last().is_none_or(|last| *last != 0)
            });
            assert!(is_filled, "length {length}");
        }
    }

    #[test]
    fn bytes_are_spread_evenly() {
        let mut entropy = SystemEntropy::new();
        let mut counts = [0_u32; 256];
        for _ in 0..10_000 {
            let mut out = [0; 64];
            entropy.fill(&mut out);
            for byte in out {
                counts[usize::from(byte)] += 1;
            }
        }
        // 2,500 expected of each; ten standard deviations (50) to both sides.
        assert!(counts.iter().all(|count| (2_000..3_000).contains(count)), "{counts:?}");
    }
}
