//! The tag of a message in the address that a provider is to call back
//! (`delivery.md` 7.1).
//!
//! It is the id of the message and a proof that this server wrote it, so it
//! proves a call's origin where the provider signs nothing.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use verify::ids::MessageId;
use verify::keys::{CallbackKey, CallbackProof};

const ID_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// Characters of a tag.
pub const TAG_CHARS: usize = 43;

/// The tag of a message: 43 characters of base64url.
pub fn make(key: &CallbackKey, message: MessageId) -> String {
    let mut bytes = [0; TAG_BYTES];
    bytes[..ID_BYTES].copy_from_slice(message.as_bytes());
    bytes[ID_BYTES..].copy_from_slice(key.proof(message).as_bytes());
    Base64UrlUnpadded::encode_string(&bytes)
}

/// The message of a tag that [`make`] made with this key; `None` for every
/// other text. Compares in constant time.
pub fn prove(key: &CallbackKey, tag: &str) -> Option<MessageId> {
    let mut bytes = [0; TAG_BYTES];
    if Base64UrlUnpadded::decode(tag, &mut bytes).ok()?.len() != TAG_BYTES {
        return None;
    }
    let (id, proof) = bytes.split_at(ID_BYTES);
    let message = MessageId::from_bytes(id.try_into().ok()?);
    let given = CallbackProof::from_bytes(proof.try_into().ok()?);
    (key.proof(message) == given).then_some(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use verify::keys::{Keyring, RootKey};

    fn key(gateway: &str) -> CallbackKey {
        Keyring::new(&RootKey::from_bytes([3; 32])).callback_key(gateway)
    }

    #[test]
    fn a_tag_gives_its_message_to_its_gateway_only() {
        let message = MessageId::from_bytes([0xfb; 16]);
        let tag = make(&key("twilio"), message);
        assert_eq!(tag.len(), TAG_CHARS);
        assert!(tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{tag}");
        assert_eq!(prove(&key("twilio"), &tag), Some(message));
        assert_eq!(prove(&key("vonage"), &tag), None);
    }

    #[test]
    fn every_other_spelling_of_a_tag_is_refused() {
        let tag = make(&key("twilio"), MessageId::from_bytes([7; 16]));
        for at in 0..tag.len() {
            for other in "ABYZabyz0189-_=+/. ".chars() {
                let mut changed: Vec<char> = tag.chars().collect();
                changed[at] = other;
                let changed: String = changed.into_iter().collect();
                if changed != tag {
                    assert_eq!(prove(&key("twilio"), &changed), None, "{changed}");
                }
            }
        }
        for text in ["", "A", &tag[1..], &format!("{tag}A"), &format!("{tag}="), "é"] {
            assert_eq!(prove(&key("twilio"), text), None, "{text}");
        }
    }
}
