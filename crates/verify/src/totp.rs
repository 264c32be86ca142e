//! Time-based one-time passwords: RFC 4226 (HOTP) and RFC 6238 (TOTP).
//!
//! Codes are made here and compared in `engine::check` only (S-10).

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use crate::Timestamp;
use crate::entropy::Entropy;

/// Digits of a code (D-13).
pub const DIGITS: u32 = 6;

/// Seconds of a step (D-13). Steps count from 1970-01-01 UTC.
pub const STEP_SECONDS: i64 = 30;

/// The hash below the codes (RFC 6238 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA-1: what every authenticator program knows.
    Sha1,
    /// HMAC-SHA-256: our own app.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// The word of `otpauth` addresses and of the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == word)
    }

    /// Bytes of a new seed: the length of the hash (RFC 6238 5.1, D-18).
    pub const fn seed_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// What codes are made from. Cannot be printed; wiped when dropped.
#[derive(Clone)]
pub struct Seed(Zeroizing<Vec<u8>>);

impl Seed {
    /// Makes a random one of the length that the algorithm asks for.
    pub fn generate(algorithm: Algorithm, entropy: &mut dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new(vec![0; algorithm.seed_bytes()]);
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Takes bytes that are known.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads base 32 without padding (RFC 4648 6); `None` for anything else.
    pub fn from_base32(text: &str) -> Option<Self> {
        BASE32_NOPAD.decode(text.as_bytes()).ok().map(Self::from_bytes)
    }

    /// Base 32 without padding, for sealing and for `otpauth` addresses.
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// The bytes, to wrap them for a device.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The code of a counter (RFC 4226 5.3), with leading zeros.
    pub fn hotp(&self, algorithm: Algorithm, counter: u64, digits: u32) -> Zeroizing<String> {
        let truncated = match algorithm {
            Algorithm::Sha1 => truncate(&mac::<Hmac<Sha1>>(&self.0, counter)),
            Algorithm::Sha256 => truncate(&mac::<Hmac<Sha256>>(&self.0, counter)),
            Algorithm::Sha512 => truncate(&mac::<Hmac<Sha512>>(&self.0, counter)),
        };
        let code = u64::from(truncated) % 10_u64.pow(digits);
        Zeroizing::new(format!("{code:0width$}", width = digits as usize))
    }

    /// The code of a step (RFC 6238 4.2). Steps before 1970 have none that is
    /// ever asked for; they share the first.
    pub fn code(&self, algorithm: Algorithm, step: i64) -> Zeroizing<String> {
        self.hotp(algorithm, u64::try_from(step).unwrap_or(0), DIGITS)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// The step of a time.
pub fn step_at(time: Timestamp) -> i64 {
    time.as_second().div_euclid(STEP_SECONDS)
}

/// The last step whose code could be right at this time, whatever the clock that
/// made it: what was spent in a store that is no more is spent up to here (S-103).
pub fn last_step_right_at(time: Timestamp) -> i64 {
    step_at(time) + crate::limits::TOTP_STEPS_AHEAD_MAX
}

fn mac<M: hmac::Mac + hmac::KeyInit>(key: &[u8], counter: u64) -> Zeroizing<Vec<u8>> {
    let mut mac = <M as hmac::KeyInit>::new_from_slice(key).expect("any length is a key");
    mac.update(&counter.to_be_bytes());
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}

/// Dynamic truncation (RFC 4226 5.3); the hash has 20 bytes at least.
fn truncate(hash: &[u8]) -> u32 {
    let offset = usize::from(hash.last().copied().unwrap_or(0) & 15);
    let four = hash.get(offset..offset + 4).and_then(|four| <[u8; 4]>::try_from(four).ok());
    u32::from_be_bytes(four.unwrap_or_default()) & 0x7FFF_FFFF
}

/// The address that an authenticator program reads from a QR code: issuer and
/// account as people know them, and the seed.
///
/// Everything but letters, digits and `-._~` is percent-encoded, a colon within a
/// name too, because the first bare one ends the issuer (`verigator-app.md` 6.4).
pub fn otpauth_uri(
    issuer: &str,
    account: &str,
    seed: &Seed,
    algorithm: Algorithm,
) -> Zeroizing<String> {
    let (issuer, account) = (percent_encoded(issuer), percent_encoded(account));
    let (secret, algorithm) = (seed.to_base32(), algorithm.as_str());
    Zeroizing::new(format!(
        "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm={algorithm}\
         &digits={DIGITS}&period={STEP_SECONDS}",
        *secret
    ))
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for nibble in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(nibble), 16);
                encoded.extend(digit.map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn ascii(text: &str, length: usize) -> Seed {
        Seed::from_bytes(text.bytes().cycle().take(length).collect())
    }

    /// RFC 4226 appendix D.
    #[test]
    fn the_hotp_values_of_the_rfc() {
        let seed = ascii("12345678901234567890", 20);
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, code) in (0..).zip(expected) {
            assert_eq!(*seed.hotp(Algorithm::Sha1, counter, 6), code);
        }
    }

    /// RFC 6238 appendix B: six times, three algorithms, eight digits.
    #[test]
    fn the_totp_values_of_the_rfc() {
        let rows: [(i64, [&str; 3]); 6] = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        for (time, codes) in rows {
            for (algorithm, expected) in Algorithm::ALL.into_iter().zip(codes) {
                let seed = ascii("1234567890", algorithm.seed_bytes());
                let step = step_at(Timestamp::from_second(time).unwrap());
                let counter = u64::try_from(step).unwrap();
                assert_eq!(*seed.hotp(algorithm, counter, 8), expected, "{time} {algorithm:?}");
                assert_eq!(*seed.code(algorithm, step), expected[2..], "{time} {algorithm:?}");
            }
        }
    }

    /// `verigator-app.md` 6.2.
    #[test]
    fn the_values_of_the_specification() {
        let seed = ascii("verigator-totp-seed!", 20);
        assert_eq!(*seed.to_base32(), "OZSXE2LHMF2G64RNORXXI4BNONSWKZBB");
        for (seconds, step, code) in [
            (1_499_346_690, 49_978_223, "186719"),
            (1_499_346_719, 49_978_223, "186719"),
            (1_499_346_723, 49_978_224, "789477"),
            (1_499_346_750, 49_978_225, "232832"),
            (1_767_225_600, 58_907_520, "480992"),
        ] {
            assert_eq!(step_at(Timestamp::from_second(seconds).unwrap()), step);
            assert_eq!(*seed.code(Algorithm::Sha1, step), code);
        }
    }

    #[test]
    fn seeds_have_the_length_of_their_hash_and_never_repeat() {
        let mut entropy = SeededEntropy::new(4);
        let mut made = std::collections::HashSet::new();
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
            for _ in 0..10_000 {
                let seed = Seed::generate(algorithm, &mut entropy);
                assert_eq!(seed.expose().len(), algorithm.seed_bytes());
                assert!(made.insert(seed.expose().to_vec()));
            }
        }
    }

    #[test]
    fn a_seed_reads_back_and_never_prints() {
        let seed = Seed::generate(Algorithm::Sha256, &mut SeededEntropy::new(5));
        assert_eq!(Seed::from_base32(&seed.to_base32()).unwrap().expose(), seed.expose());
        assert!(Seed::from_base32("lower").is_none() && Seed::from_base32("A").is_none());
        assert!(!format!("{seed:?}").contains(seed.to_base32().as_str()));
    }

    #[test]
    fn an_address_escapes_what_would_end_a_name() {
        let seed = ascii("verigator-totp-seed!", 20);
        let uri = otpauth_uri("Café: 1&1", "jane@shop.example", &seed, Algorithm::Sha1);
        assert_eq!(
            *uri,
            "otpauth://totp/Caf%C3%A9%3A%201%261:jane%40shop.example\
             ?secret=OZSXE2LHMF2G64RNORXXI4BNONSWKZBB&issuer=Caf%C3%A9%3A%201%261\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
