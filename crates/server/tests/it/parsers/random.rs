//! Chance from a seed, and what the tests are told from outside.

use verify::entropy::SeededEntropy;

/// What the tests are told from outside.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) seed: u64,
    pub(super) cases: u64,
}

impl Settings {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs a test has no other way to tell it"
    )]
    pub(super) fn read() -> Self {
        let number = |name: &str, otherwise: u64| match std::env::var(name) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number")),
            Err(_) => otherwise,
        };
        Self {
            seed: number("RINGPROOF_FUZZ_SEED", 20_260_115),
            cases: number("RINGPROOF_FUZZ_CASES", 10_000_000),
        }
    }
}

/// The chance of one case.
pub(super) struct Random(SeededEntropy);

impl Random {
    /// Chance that depends on these numbers and on nothing else.
    pub(super) fn of_case(seed: u64, target: u64, case: u64) -> Self {
        let mixed = |number: u64| SeededEntropy::new(number).next_u64();
        Self(SeededEntropy::new(mixed(mixed(mixed(seed) ^ target) ^ case)))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `n`; 0 if `n` is 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from((u128::from(self.bits()) * n as u128) >> 64).unwrap_or(0)
    }

    /// Once in `n` times.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// A small number most of the time, and a large one below `n` at times.
    pub(super) fn length(&mut self, n: usize) -> usize {
        let bound = if self.one_in(64) { n } else { n.min(24) };
        self.below(bound)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.bits().to_le_bytes()[0]
    }
}

/// Says which case failed when a panic passes by.
pub(super) struct Witness<'a, F: Fn() -> String>(pub(super) &'a F);

impl<F: Fn() -> String> Drop for Witness<'_, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", (self.0)());
        }
    }
}
