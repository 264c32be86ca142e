//! Shows a push service who sends (RFC 8292): a token that is good for that
//! service alone and for half a day, signed with the installation's key.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::HeaderValue;
use serde::Serialize;
use url::Url;
use verify::vapid_key::VapidKey;
use verify::{SignedDuration, Timestamp};

use crate::limits::{
    CONTACT_CHARS_MAX, VAPID_TOKEN_LIFETIME, VAPID_TOKEN_USED_FOR, VAPID_TOKENS_MAX,
};

/// The header of every token (RFC 7515 §4.1).
const TOKEN_HEADER: &str = r#"{"typ":"JWT","alg":"ES256"}"#;

/// Where the people behind a push service reach the operator: `mailto:` or
/// `https:` (RFC 8292 §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(String);

/// The text is no contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no contact; write \"mailto:operator@example.com\" or \"https://example.com\", in up to {CONTACT_CHARS_MAX} visible \
     ASCII characters"
)]
pub struct NoContact;

impl Contact {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Contact {
    type Err = NoContact;

    fn from_str(text: &str) -> Result<Self, NoContact> {
        let is_plain = text.len() <= CONTACT_CHARS_MAX
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'"');
        let is_mail = |address: &str| match address.split_once('@') {
            Some((who, host)) => !who.is_empty() && host.contains('.') && !host.contains('@'),
            None => false,
        };
        let is_address = |text: &str| {
            Url::parse(text).is_ok_and(|url| url.username().is_empty() && url.password().is_none())
        };
        let is_contact = match text.strip_prefix("mailto:") {
            Some(address) => is_mail(address),
            None => text.starts_with("https://") && is_address(text),
        };
        if is_plain && is_contact { Ok(Self(text.to_owned())) } else { Err(NoContact) }
    }
}

/// Makes tokens, and keeps them while they are good.
pub struct Vapid {
    key: VapidKey,
    /// Without one, some push services refuse.
    contact: Option<Contact>,
    /// At most [`VAPID_TOKENS_MAX`], the one that was used last at the end.
    tokens: Mutex<Vec<Token>>,
}

struct Token {
    origin: String,
    made_at: Timestamp,
    header: HeaderValue,
}

impl Token {
    fn is_for(&self, origin: &str, now: Timestamp) -> bool {
        let age = now.duration_since(self.made_at);
        // Not one from a future, which a clock that was set back would leave.
        let is_young = !age.is_negative() && age.unsigned_abs() < VAPID_TOKEN_USED_FOR;
        self.origin == origin && is_young
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

impl Vapid {
    /// Signs with a key, and names a contact.
    pub fn new(key: VapidKey, contact: Option<Contact>) -> Self {
        Self { key, contact, tokens: Mutex::default() }
    }

    /// The public key as a page hands it to the browser, `applicationServerKey`:
    /// base64url without padding.
    pub fn public_key(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.key.public_key())
    }

    /// The value of `Authorization` for an origin, such as
    /// `https://web.push.apple.com`.
    pub fn authorization(&self, origin: &str, now: Timestamp) -> HeaderValue {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = if let Some(at) = tokens.iter().position(|token| token.is_for(origin, now)) {
            tokens.remove(at)
        } else {
            tokens.retain(|token| token.origin != origin);
            if tokens.len() >= VAPID_TOKENS_MAX {
                tokens.remove(0);
            }
            Token { origin: origin.to_owned(), made_at: now, header: self.header(origin, now) }
        };
        let header = token.header.clone();
        tokens.push(token);
        header
    }

    fn header(&self, origin: &str, now: Timestamp) -> HeaderValue {
        let lifetime = SignedDuration::try_from(VAPID_TOKEN_LIFETIME).unwrap_or_default();
        let sub = self.contact.as_ref().map(Contact::as_str);
        let exp = now.as_second().saturating_add(lifetime.as_secs());
        let claims = serde_json::to_vec(&Claims { aud: origin, exp, sub });
        let claims = claims.expect("texts and a number are JSON");
        let encode = Base64UrlUnpadded::encode_string;
        let signed = format!("{}.{}", encode(TOKEN_HEADER.as_bytes()), encode(&claims));
        let signature = encode(&self.key.sign(signed.as_bytes()));
        let header = format!("vapid t={signed}.{signature}, k={}", self.public_key());
        let mut header = HeaderValue::try_from(header).expect("base64url is visible ASCII");
        header.set_sensitive(true);
        header
    }
}

impl fmt::Debug for Vapid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vapid").field("contact", &self.contact).finish_non_exhaustive()
    }
}
