//! Requests: the address to which a browser is sent.

use super::version_2::{Direction, query};
use super::{Signer, is_phone, version_1, version_2};
use crate::limits::{NONCE_CHARS_MAX, NONCE_CHARS_MIN};

/// Why a request was not signed. What the server alone can know, such as whether
/// the callback address is registered, it says on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The callback address is none, or has a fragment or blanks.
    #[error(
        "the callback address must be https (http on this machine), without blanks and fragment"
    )]
    CallbackUrl,
    /// The number is not `+` and 7 to 15 digits. Signing what a visitor typed would
    /// let them choose signed text.
    #[error("the phone number must be + and 7 to 15 digits")]
    Phone,
    /// The number is locked, but there is none.
    #[error("a locked phone number must be given")]
    LockedPhone,
    /// There is no nonce, or it has another form.
    #[error(
        "the nonce must be {NONCE_CHARS_MIN} to {NONCE_CHARS_MAX} characters of A-Z a-z 0-9 - _"
    )]
    Nonce,
    /// There is no time at which the request expires.
    #[error("a time at which the request expires must be given")]
    ExpiresAt,
}

/// A request of version 2 in the making; see [`Signer::request`].
#[derive(Clone)]
#[must_use = "a request does nothing until a browser is sent to its address"]
pub struct RequestBuilder<'a> {
    signer: &'a Signer,
    callback_url: &'a str,
    phone: Option<&'a str>,
    is_phone_locked: bool,
    nonce: Option<&'a str>,
    expires_at: Option<i64>,
}

impl Signer {
    /// Begins a request of version 2. `callback_url` is where the browser comes back
    /// to; it must lie below a target that is registered for the account.
    pub fn request<'a>(&'a self, callback_url: &'a str) -> RequestBuilder<'a> {
        RequestBuilder {
            signer: self,
            callback_url,
            phone: None,
            is_phone_locked: false,
            nonce: None,
            expires_at: None,
        }
    }

    /// The signed address of a request of version 1. Put a value that happens once
    /// into `callback_url`: nothing else of this version does.
    ///
    /// # Errors
    /// [`RequestError::CallbackUrl`] and [`RequestError::Phone`].
    pub fn request_v1(
        &self,
        callback_url: &str,
        phone: Option<&str>,
    ) -> Result<String, RequestError> {
        let mut pairs = checked(callback_url, phone)?;
        pairs.extend([("user", self.user.as_str()), ("version", "1")]);
        let sig = version_1::sign(&self.secret, &pairs);
        pairs.push(("sig", &sig));
        Ok(format!("{}?{}", self.address, query(&pairs)))
    }
}

impl<'a> RequestBuilder<'a> {
    /// Fills the page's field with a number, `+` and digits.
    pub fn phone(mut self, phone: &'a str) -> Self {
        self.phone = Some(phone);
        self
    }

    /// Does not let the person change the number.
    pub fn lock_phone(mut self) -> Self {
        self.is_phone_locked = true;
        self
    }

    /// A random value of this attempt, 22 to 64 characters of `A–Z a–z 0–9 - _`. It
    /// comes back in the answer: keep it in the person's session.
    pub fn nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Until when the address is good, in Unix seconds; an hour ahead at most.
    pub fn expires_at(mut self, unix_seconds: i64) -> Self {
        self.expires_at = Some(unix_seconds);
        self
    }

    /// The fields of the request, for a form that is posted to `/widget`.
    ///
    /// # Errors
    /// [`RequestError`]
    pub fn fields(&self) -> Result<Vec<(&'static str, String)>, RequestError> {
        let mut pairs = checked(self.callback_url, self.phone)?;
        let exp = self.expires_at.ok_or(RequestError::ExpiresAt)?.to_string();
        pairs.push(("exp", &exp));
        pairs.push(("nonce", self.nonce.filter(is_nonce).ok_or(RequestError::Nonce)?));
        if self.is_phone_locked {
            self.phone.ok_or(RequestError::LockedPhone)?;
            pairs.push(("phone_lock", "1"));
        }
        pairs.extend([("user", self.signer.user.as_str()), ("version", "2")]);
        let sig = version_2::sign(&self.signer.secret, Direction::Request, &pairs);
        pairs.push(("sig", &sig));
        Ok(pairs.into_iter().map(|(name, value)| (name, value.to_owned())).collect())
    }

    /// The signed address to which the browser is sent.
    ///
    /// # Errors
    /// [`RequestError`]
    pub fn address(&self) -> Result<String, RequestError> {
        let fields = self.fields()?;
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Ok(format!("{}?{}", self.signer.address, query(&pairs)))
    }
}

fn checked<'a>(
    callback_url: &'a str,
    phone: Option<&'a str>,
) -> Result<Vec<(&'static str, &'a str)>, RequestError> {
    let host =
        callback_url.strip_prefix("https://").or_else(|| callback_url.strip_prefix("http://"));
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '#' || c == '\\';
    if !host.is_some_and(|host| !host.is_empty() && !host.contains(is_odd)) {
        return Err(RequestError::CallbackUrl);
    }
    let mut pairs = vec![("callback_url", callback_url)];
    if let Some(phone) = phone {
        pairs.push((
            "phone",
            Some(phone).filter(|phone| is_phone(phone)).ok_or(RequestError::Phone)?,
        ));
    }
    Ok(pairs)
}

fn is_nonce(nonce: &&str) -> bool {
    (NONCE_CHARS_MIN..=NONCE_CHARS_MAX).contains(&nonce.len())
        && nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}
