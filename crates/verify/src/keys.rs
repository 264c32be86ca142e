//! Keys, one per purpose, all derived from the root key (S-69).
//!
//! HKDF-SHA-256 with a label per purpose makes them; distinct types keep one
//! from being used as another. Nothing here can be printed, and what is held
//! is wiped when dropped.

mod app;
mod widget;

use std::fmt;
use std::net::IpAddr;

use aes_gcm::{Aes256Gcm, KeyInit as _};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::code::{Code, EnteredCode};
use crate::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};
use crate::login_throttle::network;
use crate::phone::PhoneNumber;
use crate::sealed::SealKey;
use crate::vapid_key::VapidKey;

pub use app::{NONCE_BYTES, NonceKey};
pub use widget::WorkKey;

/// The secret beside the database: 256 bits from the operating system (D-40).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RootKey([u8; 32]);

impl RootKey {
    /// Takes 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hex digits, blanks around them ignored; `None` otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(*bytes))
    }

    /// The 64 hex digits for the key file.
    pub fn to_hex(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        for byte in self.0 {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).expect("a nibble is below 16"));
            }
        }
        text
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey(…)")
    }
}

/// All keys of an installation.
#[derive(Clone)]
pub struct Keyring {
    root: Hkdf<Sha256>,
    number_index: MacKey,
    api_secret: MacKey,
    /// Digests of what callers tell of browsers and addresses.
    traces: MacKey,
}

impl Keyring {
    /// Derives the keys from the root key.
    pub fn new(root: &RootKey) -> Self {
        let root = Hkdf::<Sha256>::new(Some(b"ringproof root v1"), &root.0);
        let number_index = MacKey(expand(&root, "number index v1", None));
        let api_secret = MacKey(expand(&root, "api secret v1", None));
        let traces = MacKey(expand(&root, "browser traces v1", None));
        Self { root, number_index, api_secret, traces }
    }

    /// A value that tells one root key from another without telling the key.
    /// The database keeps it, so that a wrong key is found at start.
    pub fn fingerprint(&self) -> [u8; 16] {
        first_16(&expand(&self.root, "fingerprint v1", None))
    }

    /// The keys of one account.
    pub fn account(&self, account: AccountId) -> AccountKeys {
        let code = MacKey(expand(&self.root, "code v1", Some(account)));
        let seal = expand(&self.root, "seal v1", Some(account));
        let cipher = Aes256Gcm::new_from_slice(&*seal).expect("the key has 32 bytes");
        let text = MacKey(expand(&self.root, "text digest v1", Some(account)));
        AccountKeys { account, code: CodeKey(code), seal: SealKey::new(cipher), text }
    }

    /// The key of the tags in the addresses that a gateway is to call back
    /// (`delivery.md` 7.1): a tag of one gateway proves nothing to another.
    pub fn callback_key(&self, gateway: &str) -> CallbackKey {
        let mut key = Zeroizing::new([0; 32]);
        let info = [&b"callback v1"[..], gateway.as_bytes()];
        self.root.expand_multi_info(&info, &mut *key).expect("32 bytes is a length HKDF gives");
        CallbackKey(MacKey(key))
    }

    /// The key under which push services know this installation (RFC 8292).
    pub fn vapid_key(&self) -> VapidKey {
        VapidKey::expand(&self.root)
    }

    /// The key under which sends to a number are counted (S-72).
    pub fn number_key(&self, number: &PhoneNumber) -> NumberKey {
        NumberKey(first_16(&self.number_index.digest(&[number.as_e164().as_bytes()])))
    }

    /// The service and user under which the verification of a number is kept:
    /// a number confirmation has neither, and the rules know nothing else.
    /// They are derived, so that the same number gives the same pair, and no
    /// service of the registry ever has such an id.
    pub fn confirmation_subject(
        &self,
        account: AccountId,
        number: NumberKey,
    ) -> (ServiceId, UserId) {
        let account = account.as_i64().to_be_bytes();
        let user = self.number_index.digest(&[b"confirmation", &account, number.as_bytes()]);
        let service = self.door_service(b"confirmation", &account);
        (service, UserId::from_bytes(first_16(&user)))
    }

    /// The service under which the plain messages of an account are counted
    /// (D-26 counts by service).
    pub fn sms_service(&self, account: AccountId) -> ServiceId {
        self.door_service(b"sms", &account.as_i64().to_be_bytes())
    }

    fn door_service(&self, door: &[u8], account: &[u8]) -> ServiceId {
        let digest = self.number_index.digest(&[b"service of a door", door, account]);
        ServiceId::from_bytes(first_16(&digest))
    }

    /// The digest under which a cookie value of an account is kept (S-21).
    pub fn cookie_digest(&self, account: AccountId, cookie: &str) -> CookieDigest {
        let account = account.as_i64().to_be_bytes();
        CookieDigest(self.traces.digest(&[b"cookie", &account, cookie.as_bytes()]))
    }

    /// The digest under which a User-Agent text is kept.
    pub fn browser_digest(&self, agent: &str) -> BrowserDigest {
        BrowserDigest(first_16(&self.traces.digest(&[b"agent", agent.as_bytes()])))
    }

    /// The key under which an address or a network of an account's people is
    /// counted (D-28, D-29) and compared; the bits beyond the prefix are not
    /// part of it.
    pub fn address_key(&self, account: AccountId, address: IpAddr, prefix: u8) -> AddressKey {
        let account = account.as_i64().to_be_bytes();
        let (octets, len) = match address {
            IpAddr::V4(v4) => {
                let mut octets = [0; 16];
                octets[..4].copy_from_slice(&v4.octets());
                (octets, 4)
            }
            IpAddr::V6(v6) => (v6.octets(), 16),
        };
        let bits = u32::from(prefix).min(len * 8);
        let kept = u128::from_be_bytes(octets) & u128::MAX.checked_shl(128 - bits).unwrap_or(0);
        let family = [u8::try_from(len).unwrap_or(16), prefix];
        let digest = self.traces.digest(&[b"address", &account, &family, &kept.to_be_bytes()]);
        AddressKey(first_16(&digest))
    }

    /// The names under which the failed logins of a caller are counted, where several
    /// servers count them together.
    pub fn login_traces(&self, address: IpAddr, username: &str) -> LoginTraces {
        let octets = match network(address) {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            IpAddr::V6(v6) => v6.octets(),
        };
        let key = |parts: &[&[u8]]| AddressKey(first_16(&self.traces.digest(parts)));
        LoginTraces {
            pair: key(&[b"login", &octets, username.as_bytes()]),
            address: key(&[b"logins", &octets]),
        }
    }

    /// The digest under which an issued API secret is kept (D-35, S-56).
    pub fn api_secret_digest(&self, account: AccountId, secret: &str) -> ApiSecretDigest {
        let parts = [&account.as_i64().to_be_bytes()[..], secret.as_bytes()];
        ApiSecretDigest(self.api_secret.digest(&parts))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

/// The keys of one account.
#[derive(Clone)]
pub struct AccountKeys {
    account: AccountId,
    /// Digests of codes.
    pub code: CodeKey,
    /// Sealing of codes and message texts.
    pub seal: SealKey,
    /// Digests of message texts.
    text: MacKey,
}

impl AccountKeys {
    /// The account that the keys belong to.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The digest of a message text that is not to be kept itself.
    pub fn text_digest(&self, text: &str) -> TextDigest {
        TextDigest(self.text.digest(&[text.as_bytes()]))
    }
}

impl fmt::Debug for AccountKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountKeys({}, …)", self.account)
    }
}

/// What a code is valid for (S-7): the tuple that goes into its digest beside
/// the code. A code of one user, service or verification equals nothing of
/// another.
#[derive(Debug, Clone, Copy)]
pub struct CodeScope {
    /// The account.
    pub account: AccountId,
    /// The service.
    pub service: ServiceId,
    /// The user.
    pub user: UserId,
    /// The verification.
    pub verification: VerificationId,
}

/// The key of code digests. The one place where an entered code meets a kept
/// one; only the engine calls it (S-10).
#[derive(Clone)]
pub struct CodeKey(MacKey);

impl CodeKey {
    /// The digest to keep for a code.
    pub fn digest(&self, scope: &CodeScope, code: &Code) -> CodeDigest {
        CodeDigest(self.digest_text(scope, code.expose()))
    }

    /// Whether the entered code is the kept one; constant time (S-16).
    pub(crate) fn matches(
        &self,
        scope: &CodeScope,
        kept: &CodeDigest,
        entered: &EnteredCode,
    ) -> bool {
        self.digest_text(scope, entered.expose()).ct_eq(&kept.0).into()
    }

    fn digest_text(&self, scope: &CodeScope, text: &str) -> [u8; 32] {
        self.0.digest(&[
            b"code 1",
            &scope.account.as_i64().to_be_bytes(),
            scope.service.as_bytes(),
            scope.user.as_bytes(),
            scope.verification.as_bytes(),
            b"authentication",
            text.as_bytes(),
        ])
    }
}

/// The key of the tags in the addresses that one gateway is to call back.
#[derive(Clone)]
pub struct CallbackKey(MacKey);

impl CallbackKey {
    /// What proves that a call is about this message: the first half of
    /// HMAC-SHA-256 of its id.
    pub fn proof(&self, message: MessageId) -> CallbackProof {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0.0).expect("any length is a key");
        mac.update(message.as_bytes());
        CallbackProof(first_16(&mac.finalize().into_bytes().into()))
    }
}

impl fmt::Debug for CallbackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackKey(…)")
    }
}

/// Under which names the failed logins of a caller are counted.
#[derive(Debug, Clone, Copy)]
pub struct LoginTraces {
    /// The address with the user name.
    pub pair: AddressKey,
    /// The address alone.
    pub address: AddressKey,
}

macro_rules! digest_type {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Takes the bytes that a store kept.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes to keep.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        /// Constant time, like every comparison of digests.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

digest_type! {
    /// Keyed digest of a code (S-18).
    CodeDigest, 32
}
digest_type! {
    /// Keyed digest of an issued API secret (S-56).
    ApiSecretDigest, 32
}
digest_type! {
    /// Keyed name of a phone number (S-72): the same number gives the same
    /// key, and without the root key no key gives a number.
    NumberKey, 16
}

digest_type! {
    /// Keyed digest of an integrator's cookie value (S-21).
    CookieDigest, 32
}
digest_type! {
    /// Keyed digest of a User-Agent text.
    BrowserDigest, 16
}
digest_type! {
    /// Keyed name of an address or a network, within an account.
    AddressKey, 16
}
digest_type! {
    /// Keyed digest of a message text.
    TextDigest, 32
}

digest_type! {
    /// Proof that a gateway's call is about a message.
    CallbackProof, 16
}

digest_type! {
    /// Name of a nonce that was used.
    NonceDigest, 16
}
digest_type! {
    /// Keyed digest of the code of a waiting device.
    ApprovalDigest, 32
}
digest_type! {
    /// Keyed digest of a recovery code.
    RecoveryDigest, 32
}
digest_type! {
    /// Keyed digest of the cookie of a widget session.
    WidgetCookieDigest, 32
}

impl std::hash::Hash for NumberKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// A key of HMAC-SHA-256.
#[derive(Clone)]
struct MacKey(Zeroizing<[u8; 32]>);

impl MacKey {
    /// Digests a tuple; each part goes in behind its length, so that no two
    /// tuples run together.
    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0).expect("any length is a key");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

fn first_16(digest: &[u8; 32]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}

fn expand(root: &Hkdf<Sha256>, label: &str, account: Option<AccountId>) -> Zeroizing<[u8; 32]> {
    let account = account.map(|id| id.as_i64().to_be_bytes());
    let mut key = Zeroizing::new([0; 32]);
    let info: [&[u8]; 2] = [label.as_bytes(), account.as_ref().map_or(&[], |id| &id[..])];
    root.expand_multi_info(&info, &mut *key).expect("32 bytes is a length HKDF gives");
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::CodeLength;
    use crate::entropy::SeededEntropy;

    fn ring(seed: u8) -> Keyring {
        Keyring::new(&RootKey::from_bytes([seed; 32]))
    }

    #[test]
    fn a_key_file_reads_back() {
        let key = RootKey::parse(&"0123456789abcdef".repeat(4)).unwrap();
        assert_eq!(key.to_hex().as_str(), "0123456789abcdef".repeat(4));
        assert!(RootKey::parse("abc").is_none());
        assert!(RootKey::parse(&"g".repeat(64)).is_none());
        assert!(RootKey::parse(&"é".repeat(32)).is_none());
    }

    #[test]
    fn purposes_and_roots_have_keys_of_their_own() {
        let number = PhoneNumber::parse("+37255500123").unwrap();
        assert_ne!(ring(1).fingerprint(), ring(2).fingerprint());
        assert_ne!(ring(1).number_key(&number), ring(2).number_key(&number));
        let account = AccountId::from_i64(1);
        let digest = ring(1).api_secret_digest(account, "secret");
        assert_ne!(digest, ring(1).api_secret_digest(AccountId::from_i64(2), "secret"));
        assert_ne!(digest, ring(1).api_secret_digest(account, "secreT"));
    }

    #[test]
    fn a_callback_is_proved_for_one_message_of_one_gateway_of_one_installation() {
        let message = MessageId::from_bytes([7; 16]);
        let proof = ring(1).callback_key("twilio").proof(message);
        assert_eq!(proof, ring(1).callback_key("twilio").proof(message));
        assert_ne!(proof, ring(1).callback_key("vonage").proof(message));
        assert_ne!(proof, ring(1).callback_key("").proof(message));
        assert_ne!(proof, ring(2).callback_key("twilio").proof(message));
        assert_ne!(proof, ring(1).callback_key("twilio").proof(MessageId::from_bytes([8; 16])));
        let root = Hkdf::<Sha256>::new(Some(b"ringproof root v1"), &[1; 32]);
        for label in ["number index v1", "api secret v1", "browser traces v1", "fingerprint v1"] {
            assert_ne!(*ring(1).callback_key("").0.0, *expand(&root, label, None), "{label}");
        }
    }

    /// S-7: all pairwise swaps of the tuple's fields are refused.
    #[test]
    fn a_code_is_valid_only_for_what_it_was_made_for() {
        let mut entropy = SeededEntropy::new(9);
        let code = Code::generate(CodeLength::DEFAULT, &mut entropy);
        let entered = EnteredCode::parse(code.expose()).unwrap();
        let mut scope = |account| CodeScope {
            account: AccountId::from_i64(account),
            service: ServiceId::random(&mut entropy),
            user: UserId::random(&mut entropy),
            verification: VerificationId::random(&mut entropy),
        };
        let (mine, other) = (scope(1), scope(2));
        let key = ring(1).account(mine.account).code;
        let kept = key.digest(&mine, &code);
        assert!(key.matches(&mine, &kept, &entered));
        for swapped in [
            CodeScope { account: other.account, ..mine },
            CodeScope { service: other.service, ..mine },
            CodeScope { user: other.user, ..mine },
            CodeScope { verification: other.verification, ..mine },
        ] {
            assert!(!key.matches(&swapped, &kept, &entered));
        }
        let foreign = ring(1).account(other.account).code;
        assert!(!foreign.matches(&mine, &kept, &entered));
    }
}
