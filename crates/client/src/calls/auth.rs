//! Starts authentications, and checks what the person typed.

use std::time::Duration;

use serde_json::Value;

use super::json::{JsonAnswer, JsonCall, not_ours};
use super::users;
use super::verdict::Verdict;
use crate::error::Error;
use crate::http::transport::Transport;

/// What a start did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Started {
    /// The method really used: `sms` if a message was sent.
    pub method: String,
    /// Names the verification; nothing with `totp`.
    pub auth_id: Option<String>,
}

/// What became of a PIN or a code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Whether it is right.
    pub verified: bool,
    /// `sms` or `totp`.
    pub method: String,
    /// The same with its reason.
    pub result: Verdict,
    /// After what time a throttled user can go on, if time alone ends it.
    pub retry_after: Option<Duration>,
}

/// Authentication of users; see [`Ringproof::auth`](crate::Ringproof::auth).
#[derive(Debug, Clone, Copy)]
pub struct Auth<'a>(pub(crate) &'a Transport);

impl Auth<'_> {
    /// Send a PIN.
    pub const METHOD_SMS: &'static str = "sms";
    /// The person's authenticator; a message if there is none.
    pub const METHOD_TOTP: &'static str = "totp";

    /// Starts an authentication and gives the method really used: ask the person for a
    /// PIN from a message (`sms`) or for the code of the authenticator (`totp`).
    ///
    /// # Errors
    /// [`Throttled`](crate::ErrorKind::Throttled) after too many messages or wrong PINs,
    /// [`Unavailable`](crate::ErrorKind::Unavailable) while no gateway takes messages.
    pub async fn initiate(
        &self,
        service_id: &str,
        user_id: &str,
        method: &str,
    ) -> Result<String, Error> {
        Ok(self.start(service_id, user_id, method).await?.method)
    }

    /// As [`Auth::initiate`], with the name of the verification.
    pub async fn start(
        &self,
        service_id: &str,
        user_id: &str,
        method: &str,
    ) -> Result<Started, Error> {
        let body = [("method", method)];
        let answer = JsonCall::post(path(service_id, user_id)?, &body).perform(self.0).await?;
        Ok(Started { method: answer.text("method")?, auth_id: answer.optional("auth_id")? })
    }

    /// Whether the PIN, or the code of the authenticator, is right. A right one is used
    /// up.
    ///
    /// # Errors
    /// [`NoSuchResource`](crate::ErrorKind::NoSuchResource) if nothing was started, or it
    /// is used up.
    pub async fn verify(
        &self,
        service_id: &str,
        user_id: &str,
        token: &str,
    ) -> Result<bool, Error> {
        Ok(self.check(service_id, user_id, token).await?.verified)
    }

    /// As [`Auth::verify`], with the reason.
    pub async fn check(
        &self,
        service_id: &str,
        user_id: &str,
        token: &str,
    ) -> Result<Checked, Error> {
        let body = [("token", token)];
        let hidden = [token];
        let call = JsonCall::put(path(service_id, user_id)?, &body).hiding(&hidden);
        let answer = call.perform(self.0).await?;
        let verified = answer.flag("verified")?;
        let result = if verified { Some(Verdict::Verified) } else { failure(&answer) };
        Ok(Checked {
            verified,
            method: answer.text("method")?,
            result: result
                .ok_or_else(|| not_ours(&answer.incoming, "member status says nothing"))?,
            retry_after: answer.incoming.retry_after,
        })
    }
}

fn failure(answer: &JsonAnswer) -> Option<Verdict> {
    let word = answer.members.get("status")?.get("result").and_then(Value::as_str)?;
    Verdict::parse(word).filter(|verdict| *verdict != Verdict::Verified)
}

fn path(service_id: &str, user_id: &str) -> Result<String, Error> {
    Ok(format!("{}/auth", users::path(service_id, user_id)?))
}
