//! The app that subscribed: it has the keys and decrypts (RFC 8291, RFC 8188).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom as _, SystemRandom};

/// An app with the keys of one subscription. It reads one message: the private
/// key is used up then.
pub(super) struct App {
    private: EphemeralPrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
}

struct Octets(usize);

impl KeyType for Octets {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(from: &Prk, info: &[&[u8]], octets: usize) -> Vec<u8> {
    let mut out = vec![0; octets];
    from.expand(info, Octets(octets)).unwrap().fill(&mut out).unwrap();
    out
}

impl App {
    #[expect(clippy::disallowed_methods, reason = "ring agrees with no other chance than its own")]
    pub(super) fn new() -> Self {
        let random = SystemRandom::new();
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        let mut auth = [0; 16];
        random.fill(&mut auth).unwrap();
        Self { private, public, auth }
    }

    /// `p256dh` and `auth` as a browser gives them.
    pub(super) fn keys(&self) -> (String, String) {
        let encode = Base64UrlUnpadded::encode_string;
        (encode(&self.public), encode(&self.auth))
    }

    /// The text of a message.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub(super) fn read(self, body: &[u8]) -> Result<Vec<u8>, String> {
        let (salt, rest) = body.split_at_checked(16).ok_or("no salt")?;
        let (record_size, rest) = rest.split_at_checked(4).ok_or("no record size")?;
        let record_size = u32::from_be_bytes(record_size.try_into().unwrap()) as usize;
        let (&key_id_octets, rest) = rest.split_first().ok_or("no length of a key id")?;
        let (theirs, record) = rest.split_at_checked(key_id_octets.into()).ok_or("no key id")?;
        if theirs.len() != 65 || theirs[0] != 4 {
            return Err("the key id is no uncompressed point".to_owned());
        }
        if record.len() > record_size {
            return Err("more than one record".to_owned());
        }
        let peer = UnparsedPublicKey::new(&ECDH_P256, theirs);
        let info: [&[u8]; 3] = [b"WebPush: info\0", &self.public, theirs];
        let agreed = agree_ephemeral(self.private, &peer, |shared| {
            expand(&Salt::new(HKDF_SHA256, &self.auth).extract(shared), &info, 32)
        });
        let agreed = agreed.map_err(|_| "the key id is no point of the curve")?;
        let prk = Salt::new(HKDF_SHA256, salt).extract(&agreed);
        let key = expand(&prk, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = expand(&prk, &[b"Content-Encoding: nonce\0"], 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let mut record = record.to_vec();
        let text = key.open_in_place(nonce, Aad::empty(), &mut record);
        let text = text.map_err(|_| "the record does not open")?;
        let end = text.iter().rposition(|byte| *byte != 0).ok_or("padding only")?;
        if text[end] != 2 {
            return Err("the record is not the last one".to_owned());
        }
        Ok(text[..end].to_vec())
    }
}
