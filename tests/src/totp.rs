//! Codes of RFC 6238, and base 32, as a stranger would write them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// Length of a time step in seconds.
pub const PERIOD: i64 = 30;

/// The hash below the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// What ordinary authenticator programs use.
    Sha1,
    /// What our own app uses.
    Sha256,
    /// What few programs use.
    Sha512,
}

impl Hash {
    /// The word in an `otpauth` address and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }
}

/// Gives the six digits that an authenticator with this secret shows.
pub fn code(secret: &[u8], hash: Hash, unix_seconds: i64) -> String {
    let step = unix_seconds.div_euclid(PERIOD).to_be_bytes();
    let digest = match hash {
        Hash::Sha1 => digest::<Hmac<Sha1>>(secret, &step),
        Hash::Sha256 => digest::<Hmac<Sha256>>(secret, &step),
        Hash::Sha512 => digest::<Hmac<Sha512>>(secret, &step),
    };
    let at = usize::from(digest[digest.len() - 1] & 15);
    let cut = [digest[at] & 127, digest[at + 1], digest[at + 2], digest[at + 3]];
    format!("{:06}", u32::from_be_bytes(cut) % 1_000_000)
}

fn digest<M: Mac + KeyInit>(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(secret).expect("any length is a key");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Writes base 32 without padding.
pub fn base32(bytes: &[u8]) -> String {
    let bits: Vec<char> = bits(bytes.iter().map(|byte| usize::from(*byte)), 8).chars().collect();
    let sign = |group: &[char]| {
        let text: String = group.iter().collect();
        let value = usize::from_str_radix(&format!("{text:0<5}"), 2).expect("binary digits");
        char::from(BASE32[value])
    };
    bits.chunks(5).map(sign).collect()
}

/// Reads base 32 without padding.
#[track_caller]
pub fn from_base32(text: &str) -> Vec<u8> {
    let value = |sign: u8| BASE32.iter().position(|known| *known == sign).expect("base 32");
    let bits = bits(text.bytes().map(value), 5);
    let bytes = bits.as_bytes().chunks_exact(8);
    let byte = |bits: &[u8]| {
        u8::from_str_radix(std::str::from_utf8(bits).expect("digits"), 2).expect("eight bits")
    };
    bytes.map(byte).collect()
}

fn bits(values: impl Iterator<Item = usize>, width: usize) -> String {
    values.fold(String::new(), |bits, value| bits + &format!("{value:0width$b}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let seed = |length: usize| -> Vec<u8> {
            b"1234567890".iter().copied().cycle().take(length).collect()
        };
        for (at, sha1, sha256, sha512) in [
            (59, "287082", "119246", "693936"),
            (1_111_111_109, "081804", "084774", "091201"),
            (20_000_000_000, "353130", "737706", "863826"),
        ] {
            assert_eq!(code(&seed(20), Hash::Sha1, at), sha1);
            assert_eq!(code(&seed(32), Hash::Sha256, at), sha256);
            assert_eq!(code(&seed(64), Hash::Sha512, at), sha512);
        }
    }

    #[test]
    fn base_32_goes_there_and_back() {
        let text = base32(b"verigator-totp-seed!");
        assert_eq!(text, "OZSXE2LHMF2G64RNORXXI4BNONSWKZBB");
        assert_eq!(from_base32(&text), b"verigator-totp-seed!");
        assert_eq!((base32(b"f").as_str(), base32(b"foobar").as_str()), ("MY", "MZXW6YTBOI"));
    }
}
