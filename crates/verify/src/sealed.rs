//! Sealing: what must be read again but never by a thief of the database.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, draw};

/// Sealed bytes: one byte of format, 12 bytes of nonce, ciphertext and tag
/// (AES-256-GCM with random nonces, D-41).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes the bytes that a store kept.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The sealed bytes could not be opened: another key, another place, or
/// changed bytes. The causes cannot be told apart (S-67).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes do not open with this key in this place")]
pub struct UnsealError;

/// Where sealed bytes belong: the names of the record and its column. Bytes
/// that were moved to another place do not open (S-67).
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Record and column, such as `outbox.text`.
    pub column: &'static str,
    /// Identity of the record, as parts.
    pub record: &'a [&'a [u8]],
}

const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 12;

/// The sealing key of an account.
#[derive(Clone)]
pub struct SealKey(Aes256Gcm);

impl SealKey {
    pub(crate) fn new(cipher: Aes256Gcm) -> Self {
        Self(cipher)
    }

    /// Seals a text for its place.
    pub fn seal(&self, place: &Place<'_>, text: &str, entropy: &mut dyn Entropy) -> Sealed {
        let nonce: [u8; NONCE_BYTES] = draw(entropy);
        let aad = place.aad();
        let payload = Payload { msg: text.as_bytes(), aad: &aad };
        let ciphertext = self
            .0
            .encrypt(&Nonce::from(nonce), payload)
            .expect("a message is far below the 64 GiB that GCM takes");
        let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + ciphertext.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&ciphertext);
        Sealed(bytes)
    }

    /// Opens what was sealed for the same place.
    ///
    /// # Errors
    /// [`UnsealError`] for another key or place, or changed bytes.
    pub fn open(
        &self,
        place: &Place<'_>,
        sealed: &Sealed,
    ) -> Result<Zeroizing<String>, UnsealError> {
        let (&format, rest) = sealed.0.split_first().ok_or(UnsealError)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(UnsealError)?;
        if format != FORMAT {
            return Err(UnsealError);
        }
        let aad = place.aad();
        let plain = self
            .0
            .decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad: &aad })
            .map_err(|_| UnsealError)?;
        String::from_utf8(plain).map(Zeroizing::new).map_err(|_| UnsealError)
    }
}

impl Place<'_> {
    fn aad(&self) -> Vec<u8> {
        let mut aad = Vec::with_capacity(96);
        for part in
            [&[FORMAT][..], self.column.as_bytes()].into_iter().chain(self.record.iter().copied())
        {
            aad.extend_from_slice(&(part.len() as u64).to_be_bytes());
            aad.extend_from_slice(part);
        }
        aad
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::ids::AccountId;
    use crate::keys::{Keyring, RootKey};

    #[test]
    fn opens_only_in_its_place_with_its_key_and_unchanged() {
        let ring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let key = ring.account(AccountId::from_i64(1)).seal;
        let other = ring.account(AccountId::from_i64(2)).seal;
        let mut entropy = SeededEntropy::new(5);
        let place = Place { column: "outbox.text", record: &[b"a", b"bc"] };
        let sealed = key.seal(&place, "text", &mut entropy);
        assert_eq!(key.open(&place, &sealed).unwrap().as_str(), "text");
        assert_ne!(sealed, key.seal(&place, "text", &mut entropy));

        let elsewhere = [
            Place { column: "outbox.tex", record: &[b"a", b"bc"] },
            Place { column: "outbox.text", record: &[b"ab", b"c"] },
            Place { column: "outbox.text", record: &[b"a", b"bd"] },
        ];
        for place in elsewhere {
            assert_eq!(key.open(&place, &sealed), Err(UnsealError));
        }
        assert_eq!(other.open(&place, &sealed), Err(UnsealError));
        for bit in 0..sealed.as_bytes().len() * 8 {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(&place, &Sealed::from_bytes(bytes)), Err(UnsealError));
        }
        for len in 0..sealed.as_bytes().len() {
            let cut = Sealed::from_bytes(sealed.as_bytes()[..len].to_vec());
            assert_eq!(key.open(&place, &cut), Err(UnsealError));
        }
    }
}
