//! Recovery codes of users.

use std::fmt;
use std::time::Duration;

use http::Method;
use zeroize::Zeroizing;

use super::json::{JsonCall, not_ours};
use super::users;
use super::verdict::Verdict;
use crate::error::Error;
use crate::http::transport::Transport;

/// A set of recovery codes, shown once. `Debug` tells only how many there are.
#[derive(Clone)]
pub struct RecoveryCodes(Vec<Zeroizing<String>>);

/// What is left of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryState {
    /// How many codes are left.
    pub left: u64,
    /// When the set was made (RFC 3339); nothing without one.
    pub ctime: Option<String>,
}

/// What became of a recovery code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryUse {
    /// Whether it is right.
    pub verified: bool,
    /// The same with its reason.
    pub result: Verdict,
    /// How many codes are left, if it was right.
    pub left: Option<u64>,
    /// After what time a throttled user can go on.
    pub retry_after: Option<Duration>,
}

/// Recovery codes, for the day on which phone and app are gone; see
/// [`Ringproof::recovery`](crate::Ringproof::recovery).
#[derive(Debug, Clone, Copy)]
pub struct Recovery<'a>(pub(crate) &'a Transport);

impl Recovery<'_> {
    /// Makes a new set, which ends the one before. Only for a person who has just logged
    /// in.
    pub async fn create(&self, service_id: &str, user_id: &str) -> Result<RecoveryCodes, Error> {
        let path = path(service_id, user_id)?;
        let call = JsonCall { method: Method::POST, path, body: None, hidden: &[] };
        let answer = call.perform(self.0).await?;
        let code = |code: &serde_json::Value| Some(Zeroizing::new(code.as_str()?.to_owned()));
        answer.list("codes", code).map(RecoveryCodes)
    }

    /// How many codes are left.
    pub async fn state(&self, service_id: &str, user_id: &str) -> Result<RecoveryState, Error> {
        let answer = JsonCall::get(path(service_id, user_id)?).perform(self.0).await?;
        Ok(RecoveryState { left: answer.whole("left")?, ctime: answer.optional("ctime")? })
    }

    /// Whether a recovery code is right. A right one is used up, and ends blocks and
    /// locks.
    pub async fn use_code(
        &self,
        service_id: &str,
        user_id: &str,
        code: &str,
    ) -> Result<RecoveryUse, Error> {
        let body = [("code", code)];
        let hidden = [code];
        let call = JsonCall::put(path(service_id, user_id)?, &body).hiding(&hidden);
        let answer = call.perform(self.0).await?;
        let retry_after = answer.incoming.retry_after;
        if answer.flag("verified")? {
            let left = Some(answer.whole("left")?);
            return Ok(RecoveryUse {
                verified: true,
                result: Verdict::Verified,
                left,
                retry_after,
            });
        }
        let result = Verdict::parse(&answer.text("result")?)
            .filter(|verdict| matches!(verdict, Verdict::Invalid | Verdict::Throttled))
            .ok_or_else(|| not_ours(&answer.incoming, "member result says nothing"))?;
        Ok(RecoveryUse { verified: false, result, left: None, retry_after })
    }
}

impl RecoveryCodes {
    /// The codes, for paper.
    pub fn codes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|code| code.as_str())
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes({} codes)", self.0.len())
    }
}

fn path(service_id: &str, user_id: &str) -> Result<String, Error> {
    Ok(format!("{}/recovery", users::path(service_id, user_id)?))
}
