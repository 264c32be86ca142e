//! Signatures of requests and answers (`verification-widget.md` 3 and 7).
//!
//! Version 1 joins names and values without anything between and hashes them with
//! MD5, the secret among them (S-74). It is here for programs that exist, and MD5
//! is nowhere else in the rules. What makes its text readable in one way only is
//! in [`parameters`](crate::widget::parameters) (S-75).

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

use crate::engine::widget::ANSWER_FRESH;
use crate::entropy::{Entropy, draw};
use crate::hex;
use crate::ids::AccountId;
use crate::limits::{WIDGET_SECRET_CHARS_MAX, WIDGET_SECRET_CHARS_MIN};
use crate::record::{WidgetSession, WidgetStep, WidgetWire};
use crate::sealed::{Place, SealKey, Sealed, UnsealError};
use crate::widget::parameters::{Claim, Version};

/// The secret under which an account's requests and answers are signed. It is no
/// password of the account: whoever sees one signed address of version 1 can try
/// secrets against it as fast as machines are (S-75).
#[derive(Clone)]
pub struct WidgetSecret(Zeroizing<String>);

/// A secret that an operator chose is too short, too long or has other characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a widget secret is {WIDGET_SECRET_CHARS_MIN} to {WIDGET_SECRET_CHARS_MAX} printable ASCII characters"
)]
pub struct WidgetSecretError;

impl WidgetSecret {
    /// Makes a secret of 256 random bits: 43 characters of base64url.
    pub fn issue(entropy: &mut dyn Entropy) -> Self {
        let bytes = Zeroizing::new(draw::<32>(entropy));
        Self(Zeroizing::new(BASE64URL_NOPAD.encode(&*bytes)))
    }

    /// Takes the secret that an operator chose, for integrators that cannot change
    /// the one they have.
    ///
    /// # Errors
    /// [`WidgetSecretError`]
    pub fn choose(text: &str) -> Result<Self, WidgetSecretError> {
        let is_long = (WIDGET_SECRET_CHARS_MIN..=WIDGET_SECRET_CHARS_MAX).contains(&text.len());
        let is_printable = text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
        let chosen = is_long && is_printable;
        chosen.then(|| Self(Zeroizing::new(text.to_owned()))).ok_or(WidgetSecretError)
    }

    /// The secret, to be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Seals it for the account's settings.
    pub fn seal(&self, account: AccountId, key: &SealKey, entropy: &mut dyn Entropy) -> Sealed {
        with_place(account, |place| key.seal(place, &self.0, entropy))
    }

    /// Opens what was sealed for the account.
    ///
    /// # Errors
    /// [`UnsealError`]
    pub fn open(account: AccountId, key: &SealKey, sealed: &Sealed) -> Result<Self, UnsealError> {
        with_place(account, |place| key.open(place, sealed)).map(Self)
    }
}

impl fmt::Debug for WidgetSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WidgetSecret(…)")
    }
}

fn with_place<T>(account: AccountId, act: impl FnOnce(&Place<'_>) -> T) -> T {
    let account = account.as_i64().to_be_bytes();
    act(&Place { column: "widget_settings.secret_sealed", record: &[&account] })
}

/// Whether the request is signed with the secret, and how. Every parameter is
/// covered, also one that the request must not have; a version that there is not
/// is checked as its signature looks, so that a stranger is told about neither.
pub fn check_request(secret: &WidgetSecret, pairs: &[(String, String)]) -> Option<WidgetWire> {
    let claim = Claim::of(pairs)?;
    let signed: Vec<(&str, &str)> = pairs
        .iter()
        .filter(|(name, _)| name != "sig")
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    match claim.version.and_then(Version::parse) {
        Some(Version::One) => check_1(secret, &signed, claim.sig),
        None if claim.sig.len() == 2 * DIGEST_1_BYTES => check_1(secret, &signed, claim.sig),
        Some(Version::Two) | None => check_2(secret, &signed, claim.sig),
    }
}

/// Bytes of a signature of version 1.
const DIGEST_1_BYTES: usize = 16;

fn check_1(secret: &WidgetSecret, pairs: &[(&str, &str)], sig: &str) -> Option<WidgetWire> {
    let sent = hex::decode(sig.as_bytes()).filter(|sent| sent.len() == DIGEST_1_BYTES)?;
    // Both are always compared, so that the time does not tell which one it was.
    let is_same = |wire| sign_1(secret, name_of_secret(wire), pairs).ct_eq(&sent);
    let (pass, password) = (is_same(WidgetWire::Pass), is_same(WidgetWire::Password));
    if bool::from(pass) {
        Some(WidgetWire::Pass)
    } else {
        bool::from(password).then_some(WidgetWire::Password)
    }
}

fn check_2(secret: &WidgetSecret, pairs: &[(&str, &str)], sig: &str) -> Option<WidgetWire> {
    let expected: Choice = sign_2(secret, "request", pairs).as_bytes().ct_eq(sig.as_bytes());
    bool::from(expected).then_some(WidgetWire::Two)
}

/// The name under which the secret is signed in version 1
/// (`verification-widget.md` W-01). Not asked for in version 2.
const fn name_of_secret(wire: WidgetWire) -> &'static str {
    match wire {
        WidgetWire::Pass | WidgetWire::Two => "pass",
        WidgetWire::Password => "password",
    }
}

/// Names in the order of their bytes; of equal ones the earlier first.
fn sorted<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by_key(|(name, _)| *name);
    sorted
}

/// Signature of version 1: MD5 of names and values with nothing between.
fn sign_1(secret: &WidgetSecret, name_of_secret: &str, pairs: &[(&str, &str)]) -> [u8; 16] {
    let mut all = pairs.to_vec();
    all.push((name_of_secret, &secret.0));
    let mut hash = Md5::new();
    for (name, value) in sorted(&all) {
        hash.update(name);
        hash.update(value);
    }
    hash.finalize().0
}

/// Signature of version 2: HMAC-SHA-256 of the direction and the encoded pairs.
fn sign_2(secret: &WidgetSecret, direction: &str, pairs: &[(&str, &str)]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.0.as_bytes()).expect("any length is a key");
    mac.update(direction.as_bytes());
    mac.update(b"\n");
    for (at, (name, value)) in sorted(pairs).into_iter().enumerate() {
        if at > 0 {
            mac.update(b"&");
        }
        mac.update(percent_encoded(name).as_bytes());
        mac.update(b"=");
        mac.update(percent_encoded(value).as_bytes());
    }
    hex::encode(&mac.finalize().into_bytes())
}

/// Everything but `A–Z a–z 0–9 - . _ ~` as `%` and two capital hex digits.
fn percent_encoded(text: &str) -> String {
    let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble)]);
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

/// The fields of the answer, in their order, for a session that has ended; `None`
/// for one that has not.
///
/// `user` is the account's name. With `signs_twice` an answer of version 1 has
/// `sig2`, which covers the callback address too: a one-time value in that
/// address then binds the answer (S-77).
pub fn answer(
    secret: &WidgetSecret,
    user: &str,
    session: &WidgetSession,
    signs_twice: bool,
) -> Option<Vec<(&'static str, String)>> {
    let WidgetStep::Done { status, phone, at, .. } = &session.step else { return None };
    let is_two = session.wire == WidgetWire::Two;
    let version = if is_two { Version::Two } else { Version::One };
    let mut fields = vec![
        ("user", user.to_owned()),
        ("version", version.as_str().to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    fields.extend(phone.map(|phone| ("phone", phone.as_e164().to_owned())));
    if is_two {
        let expires_at = at.as_second().saturating_add(ANSWER_FRESH.as_secs());
        fields.extend(session.nonce.clone().map(|nonce| ("nonce", nonce)));
        fields.push(("exp", expires_at.to_string()));
        fields.push(("vid", session.id.to_hex()));
        let sig = sign_2(secret, "response", &borrowed(&fields));
        fields.push(("sig", sig));
        return Some(fields);
    }
    let sig = sign_1(secret, name_of_secret(session.wire), &borrowed(&fields));
    let sig2 = signs_twice.then(|| {
        let mut covered = borrowed(&fields);
        covered.push(("callback_url", &session.callback_url));
        sign_2(secret, "response", &covered)
    });
    fields.push(("sig", hex::encode(&sig)));
    fields.extend(sig2.map(|sig2| ("sig2", sig2)));
    Some(fields)
}

fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
