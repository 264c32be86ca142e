//! The verification widget: a hosted page that proves a phone number.
//!
//! A site sends the person's browser to a signed address ([`Signer::request`]), and
//! the browser comes back with signed fields ([`Signer::check_answer`]). What came
//! by way of a browser is then confirmed from server to server, once ([`confirm`]).
//!
//! Version 2 is what new programs use. Version 1 is there for those that move: its
//! hash is broken, and its answers have neither a time nor a nonce, so put a
//! one-time value into the callback address and have the account sign twice.
//!
//! ```
//! use ringproof_client::widget::{Expected, Signer};
//!
//! let signer = Signer::new("http://127.0.0.1:8080", "shop", "a widget secret")?;
//! let nonce = "22-or-more-random-signs";
//! let address = signer
//!     .request("https://shop.example/verify/back")
//!     .nonce(nonce)
//!     .expires_at(1_767_226_500)
//!     .address()?;
//! assert!(address.starts_with("http://127.0.0.1:8080/widget?callback_url=https%3A"));
//!
//! let forged = [("user", "shop"), ("version", "2"), ("status", "VERIFIED"), ("sig", "00")];
//! let expected = Expected { nonce, phone: None, now: 1_767_226_400 };
//! assert!(signer.check_answer(&forged, &expected).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
pub mod confirm;
pub(crate) mod hex;
mod request;
mod version_1;
mod version_2;

use std::fmt;

use zeroize::Zeroizing;

pub use answer::{Answer, AnswerError, Expected, ExpectedV1, Status};
pub use request::{RequestBuilder, RequestError};

/// Signs requests and checks answers of one account.
///
/// It holds the account's widget secret, which must never reach a browser: who has
/// it can make any answer.
#[derive(Clone)]
pub struct Signer {
    address: String,
    user: String,
    secret: Zeroizing<String>,
}

/// Why there is no signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The server's address is none.
    #[error("the base address must begin with https:// or http:// and have no query or fragment")]
    BaseUrl,
    /// No user name.
    #[error("the user name is empty")]
    User,
    /// No secret.
    #[error("the widget secret is empty")]
    Secret,
}

impl Signer {
    /// Takes the server's address, the name of the account and its widget secret.
    ///
    /// # Errors
    /// [`SignerError`]
    pub fn new(base_url: &str, user: &str, secret: &str) -> Result<Self, SignerError> {
        let host = base_url.strip_prefix("https://").or_else(|| base_url.strip_prefix("http://"));
        if !host.is_some_and(|host| !host.starts_with('/') && is_plain(host)) {
            return Err(SignerError::BaseUrl);
        }
        Self::at(&format!("{}/widget", base_url.trim_end_matches('/')), user, secret)
    }

    /// The same with the address of the page itself, where it has a host of its own.
    pub(crate) fn at(page: &str, user: &str, secret: &str) -> Result<Self, SignerError> {
        let host = page.strip_prefix("https://").or_else(|| page.strip_prefix("http://"));
        if !host.is_some_and(|host| !host.starts_with('/') && is_plain(host)) {
            return Err(SignerError::BaseUrl);
        }
        if user.is_empty() {
            return Err(SignerError::User);
        }
        if secret.is_empty() {
            return Err(SignerError::Secret);
        }
        let secret = Zeroizing::new(secret.to_owned());
        Ok(Self { address: page.to_owned(), user: user.to_owned(), secret })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("address", &self.address)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

fn is_plain(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && !b"?#\\@".contains(&b))
}

/// Whether this is a number as the wire has it: `+` and its digits.
fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        crate::limits::PHONE_DIGITS.contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// A phone number as the server writes it, `+` and digits; `None` if it is none. Whether a
/// zero in parentheses belongs to a number depends on the country, so such a text is none.
pub(crate) fn canonical_phone(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !" \t-._()".contains(*c)).collect();
    let bare = bare.strip_prefix("00").unwrap_or(&bare);
    let number = format!("+{}", bare.strip_prefix('+').unwrap_or(bare));
    (!text.contains("(0") && is_phone(&number)).then_some(number)
}
