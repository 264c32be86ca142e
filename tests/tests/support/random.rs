//! A small reproducible stream of numbers (`SplitMix64`), so that a failing seed
//! can be run again without a library.

/// A stream of numbers that its seed decides.
pub(crate) struct Random(u64);

#[allow(dead_code, reason = "each test program uses its part")]
impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Gives the seed of a stream of its own for part `index`.
    pub(crate) fn split(&mut self, index: u64) -> Self {
        Self(self.next() ^ index.wrapping_mul(0xA076_1D64_78BD_642F))
    }

    /// Gives a number below `bound`, which must not be 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Gives one of the items; none if there are none.
    pub(crate) fn pick<'items, T>(&mut self, items: &'items [T]) -> Option<&'items T> {
        let count = u64::try_from(items.len()).expect("few items");
        let index = usize::try_from(self.next() % count.max(1)).expect("below the count");
        items.get(index)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
