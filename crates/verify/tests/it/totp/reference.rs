//! Codes against an implementation that is not ours (S-23).

use ringproof_verify::Timestamp;
use ringproof_verify::entropy::{Entropy as _, SeededEntropy};
use ringproof_verify::totp::{self, Algorithm, Seed};
use totp_rs::{Builder, Secret, Totp};

const ALGORITHMS: [(Algorithm, totp_rs::Algorithm); 3] = [
    (Algorithm::Sha1, totp_rs::Algorithm::SHA1),
    (Algorithm::Sha256, totp_rs::Algorithm::SHA256),
    (Algorithm::Sha512, totp_rs::Algorithm::SHA512),
];

/// The end of the year 9998; 2^32 s are over in 2106.
const SECONDS: u64 = 253_370_764_800;

fn theirs(algorithm: totp_rs::Algorithm, digits: u8, step: u64, bytes: &[u8]) -> Totp {
    Builder::new()
        .with_algorithm(algorithm)
        .with_digits(digits)
        .with_step_duration(step)
        .with_secret(Secret::new(bytes.into()))
        .build_noncompliant()
}

/// A third of a million codes of one algorithm.
fn assert_same(which: usize) {
    let (algorithm, other) = ALGORITHMS[which];
    let mut entropy = SeededEntropy::new(23 + which as u64);
    let (mut beyond_32_bits, mut leading_zeros) = (0, 0);
    for case in 0..333_334 {
        // Half of the seeds have the length of their hash, the others any that is taken.
        let any = usize::try_from(16 + entropy.next_u64() % 113).expect("it is small");
        let length = if case % 2 == 0 { algorithm.seed_bytes() } else { any };
        let mut bytes = vec![0; length];
        entropy.fill(&mut bytes);
        // Half of the times are before 2^32 s.
        let range = if case % 4 < 2 { 1 << 32 } else { SECONDS };
        let seconds = entropy.next_u64() % range;
        let time = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
        let time = time.expect("it is within the range of time");
        let code = Seed::from_bytes(bytes.clone()).code(algorithm, totp::step_at(time));
        let expected = theirs(other, 6, 30, &bytes).generate(seconds).to_string();
        assert_eq!(*code, expected, "case {case}: {algorithm:?} at {seconds}");
        beyond_32_bits += u32::from(seconds >= 1 << 32);
        leading_zeros += u32::from(code.starts_with('0'));
    }
    assert!(beyond_32_bits > 150_000 && leading_zeros > 30_000);
}

// Three tests, so that they run beside each other; a million codes together.

#[test]
fn codes_of_sha_1_are_those_of_another_implementation() {
    assert_same(0);
}

#[test]
fn codes_of_sha_256_are_those_of_another_implementation() {
    assert_same(1);
}

#[test]
fn codes_of_sha_512_are_those_of_another_implementation() {
    assert_same(2);
}

#[test]
fn counters_of_64_bits_and_eight_digits_are_the_same_too() {
    let mut entropy = SeededEntropy::new(24);
    for case in 0..30_000 {
        let (algorithm, other) = ALGORITHMS[case % 3];
        let mut bytes = vec![0; algorithm.seed_bytes()];
        entropy.fill(&mut bytes);
        let counter = entropy.next_u64();
        let seed = Seed::from_bytes(bytes.clone());
        for digits in [6, 8] {
            let expected = theirs(other, digits, 1, &bytes).generate(counter).to_string();
            assert_eq!(*seed.hotp(algorithm, counter, u32::from(digits)), expected);
        }
    }
}
