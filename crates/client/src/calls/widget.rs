//! The widget with what a program mostly wants: a nonce, a time, and the call that
//! confirms.

use std::fmt;

use super::json::{JsonCall, not_ours};
use crate::error::{Error, ErrorKind};
use crate::http::transport::Transport;
use crate::limits::REQUEST_LIFE_SECONDS;
use crate::widget::confirm::{Call, Confirmed};
use crate::widget::{Answer, Expected, Signer, canonical_phone};
use crate::{chance, clock};

/// The widget; see [`Ringproof::widget`](crate::Ringproof::widget). Do all of it on your
/// server: whoever has the secret can make any answer.
#[derive(Debug, Clone, Copy)]
pub struct Widget<'a>(pub(crate) &'a Transport);

/// A signed request. `Debug` shows neither the number nor the address.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// What comes back with the answer; keep it with the person's session.
    pub nonce: String,
    address: String,
}

impl SignedRequest {
    /// The address to which the browser is sent.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest").field("nonce", &self.nonce).finish_non_exhaustive()
    }
}

impl<'a> Widget<'a> {
    /// What signs requests and checks answers with times and nonces of your own, and
    /// those of version 1.
    ///
    /// # Errors
    /// If the client has no widget secret.
    pub fn signer(&self) -> Result<&'a Signer, Error> {
        self.0.signer().ok_or_else(|| Error::other("give widget_secret to Ringproof::builder"))
    }

    /// Signs a request of version 2 that is good for ten minutes. `callback_url` is where
    /// the browser returns to, `phone` fills the field.
    ///
    /// # Errors
    /// [`InvalidData`](crate::ErrorKind::InvalidData) for what cannot be an address or a
    /// number.
    pub fn request(&self, callback_url: &str, phone: Option<&str>) -> Result<SignedRequest, Error> {
        let nonce = chance::nonce()?;
        let phone = phone.map(number).transpose()?;
        let expires_at = clock::unix_seconds().saturating_add(REQUEST_LIFE_SECONDS);
        let mut request = self.signer()?.request(callback_url).nonce(&nonce).expires_at(expires_at);
        if let Some(phone) = &phone {
            request = request.phone(phone);
        }
        let address = request.address()?;
        Ok(SignedRequest { nonce, address })
    }

    /// Checks an answer of version 2: signature, account, age, attempt, number. `nonce` is
    /// that of the attempt that this browser began, `phone` the number that you asked for.
    /// What it gives is true of this moment; [`Widget::confirm`] makes sure that it counts
    /// once.
    ///
    /// # Errors
    /// [`InvalidAnswer`](crate::ErrorKind::InvalidAnswer): then nothing was proved.
    pub fn check<N: AsRef<str>, V: AsRef<str>>(
        &self,
        fields: &[(N, V)],
        nonce: &str,
        phone: Option<&str>,
    ) -> Result<Answer, Error> {
        let phone = phone.map(number).transpose()?;
        let expected = Expected { nonce, phone: phone.as_deref(), now: clock::unix_seconds() };
        Ok(self.signer()?.check_answer(fields, &expected)?)
    }

    /// Asks the server itself whether it made an answer. It says yes once.
    ///
    /// # Errors
    /// [`ResourceAlreadyExists`](crate::ErrorKind::ResourceAlreadyExists) if it was
    /// confirmed before, [`NoSuchResource`](crate::ErrorKind::NoSuchResource) if there is
    /// none, or it is too old.
    pub async fn confirm(&self, vid: &str) -> Result<Confirmed, Error> {
        let call = Call::of(vid)
            .ok_or_else(|| Error::new(ErrorKind::NoSuchResource, "nothing can have this vid"))?;
        let body = [("vid", vid)];
        let answer = JsonCall::post(Call::PATH.to_owned(), &body).perform(self.0).await?;
        Confirmed::parse(&answer.incoming.text, &call)
            .map_err(|error| not_ours(&answer.incoming, &error.to_string()))
    }
}

fn number(phone: &str) -> Result<String, Error> {
    canonical_phone(phone).ok_or_else(|| crate::widget::RequestError::Phone.into())
}
