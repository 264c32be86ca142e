//! Answers: what the browser comes back with.

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::version_2::Direction;
use super::{Signer, is_phone, version_1, version_2};
use crate::limits::{ANSWER_LIFE_SECONDS, CLOCK_DIFFERENCE_SECONDS, FIELDS_MAX};
use crate::redact::masked_number;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The person holds the number.
    Verified,
    /// Anything else.
    Cancelled,
}

impl Status {
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "VERIFIED" => Some(Self::Verified),
            "CANCELLED" => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// An answer that was signed for this account, and is the one that was expected.
///
/// It came by way of a browser. Before anything of value hangs on it, ask the server
/// itself ([`confirm`](super::confirm)), which says yes once.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "an answer may say that nothing was verified"]
pub struct Answer {
    /// How it ended.
    pub status: Status,
    /// The number; there may be none where the person cancelled.
    pub phone: Option<String>,
    /// What to confirm it by; version 1 has none.
    pub vid: Option<String>,
}

impl Answer {
    /// The number, if the person has proved that they hold it.
    pub fn verified_phone(&self) -> Option<&str> {
        match self.status {
            Status::Verified => self.phone.as_deref(),
            Status::Cancelled => None,
        }
    }
}

/// The phone number is masked.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("phone", &self.phone.as_deref().map(masked_number))
            .field("vid", &self.vid)
            .finish()
    }
}

/// Why fields are no answer, or not the one that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// A field is missing, stands there twice, or is none of an answer.
    #[error("the answer has not the fields of an answer")]
    Fields,
    /// The signature is wrong: the answer is forged, or of another secret.
    #[error("the answer is not signed with this secret")]
    Signature,
    /// The answer is another account's or another version's.
    #[error("the answer is of another account or version")]
    Other,
    /// The second signature of version 1 is missing or wrong.
    #[error("the answer's second signature does not cover this callback address")]
    SecondSignature,
    /// The answer belongs to another attempt.
    #[error("the answer is for another attempt")]
    Nonce,
    /// The answer is older than five minutes, or from the future.
    #[error("the answer is too old, or the clocks differ")]
    Stale,
    /// The answer is about another number.
    #[error("the answer is about another number")]
    Phone,
}

impl AnswerError {
    /// The word that libraries of other languages have for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Fields | Self::Other => "fields",
            Self::Signature | Self::SecondSignature => "signature",
            Self::Nonce => "nonce",
            Self::Stale => "expired",
            Self::Phone => "phone",
        }
    }
}

/// What an answer of version 2 is held against.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The nonce of the request, from the person's session.
    pub nonce: &'a str,
    /// The number that it must be about, `+` and digits; `None` for any.
    pub phone: Option<&'a str>,
    /// The time, in Unix seconds.
    pub now: i64,
}

/// What an answer of version 1 is held against.
#[derive(Clone, Copy, Default)]
pub struct ExpectedV1<'a> {
    /// The number that it must be about, `+` and digits; `None` for any.
    pub phone: Option<&'a str>,
    /// The callback address of the request, with its one-time value, where the
    /// account signs twice: then the answer must have a second signature over it.
    /// `None`: a copied answer cannot be told from a fresh one.
    pub callback_url: Option<&'a str>,
}

impl Signer {
    /// Checks the fields of an answer of version 2: signature, account, nonce, time
    /// and number. Fields that later servers may add are covered by the signature.
    ///
    /// # Errors
    /// [`AnswerError`]: then nothing was proved, whatever the fields say.
    pub fn check_answer<N: AsRef<str>, V: AsRef<str>>(
        &self,
        fields: &[(N, V)],
        expected: &Expected<'_>,
    ) -> Result<Answer, AnswerError> {
        let fields = Fields::of(fields)?;
        let signed = fields.without(&["sig"]);
        let sig = version_2::sign(&self.secret, Direction::Response, &signed);
        if !is_equal(&sig, fields.get("sig")?) {
            return Err(AnswerError::Signature);
        }
        if fields.get("version")? != "2" || fields.get("user")? != self.user {
            return Err(AnswerError::Other);
        }
        if !is_equal(expected.nonce, fields.get("nonce")?) {
            return Err(AnswerError::Nonce);
        }
        let exp: i64 = fields.get("exp")?.parse().map_err(|_| AnswerError::Fields)?;
        let latest = expected.now.saturating_add(ANSWER_LIFE_SECONDS + CLOCK_DIFFERENCE_SECONDS);
        if exp <= expected.now || exp > latest {
            return Err(AnswerError::Stale);
        }
        let vid = fields.get("vid")?.to_owned();
        Ok(Answer { vid: Some(vid), ..fields.outcome(expected.phone)? })
    }

    /// Checks the fields of an answer of version 1: its closed set, signature, account
    /// and number, and the second signature if `expected` has an address.
    ///
    /// The signed text has nothing between names and values, so only fields that can
    /// be read in one way are taken.
    ///
    /// # Errors
    /// [`AnswerError`]: then nothing was proved, whatever the fields say.
    pub fn check_answer_v1<N: AsRef<str>, V: AsRef<str>>(
        &self,
        fields: &[(N, V)],
        expected: &ExpectedV1<'_>,
    ) -> Result<Answer, AnswerError> {
        let fields = Fields::of(fields)?;
        let known = ["user", "version", "status", "phone", "sig", "sig2"];
        if fields.0.iter().any(|(name, _)| !known.contains(name)) {
            return Err(AnswerError::Fields);
        }
        let signed = fields.without(&["sig", "sig2"]);
        let sig = version_1::sign(&self.secret, &signed);
        if !is_equal(&sig, fields.get("sig")?) {
            return Err(AnswerError::Signature);
        }
        if fields.get("version")? != "1" || fields.get("user")? != self.user {
            return Err(AnswerError::Other);
        }
        if let Some(callback_url) = expected.callback_url {
            let mut covered = signed;
            covered.push(("callback_url", callback_url));
            let sig2 = version_2::sign(&self.secret, Direction::Response, &covered);
            if !fields.find("sig2").is_some_and(|sent| is_equal(&sig2, sent)) {
                return Err(AnswerError::SecondSignature);
            }
        }
        fields.outcome(expected.phone)
    }
}

/// The fields that came, each name once.
struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    fn of<N: AsRef<str>, V: AsRef<str>>(fields: &'a [(N, V)]) -> Result<Self, AnswerError> {
        let pairs: Vec<(&str, &str)> = fields
            .iter()
            .take(FIELDS_MAX + 1)
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
            .collect();
        let is_repeated = |(at, (name, _)): (usize, &(&str, &str))| {
            pairs[..at].iter().any(|(earlier, _)| earlier == name)
        };
        if pairs.len() > FIELDS_MAX || pairs.iter().enumerate().any(is_repeated) {
            return Err(AnswerError::Fields);
        }
        Ok(Self(pairs))
    }

    fn find(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn get(&self, name: &str) -> Result<&'a str, AnswerError> {
        self.find(name).ok_or(AnswerError::Fields)
    }

    fn without(&self, names: &[&str]) -> Vec<(&'a str, &'a str)> {
        self.0.iter().filter(|(name, _)| !names.contains(name)).copied().collect()
    }

    /// Status and number, once the signature is known to be good.
    fn outcome(&self, expected_phone: Option<&str>) -> Result<Answer, AnswerError> {
        let status = Status::parse(self.get("status")?).ok_or(AnswerError::Fields)?;
        let phone = self.find("phone");
        let is_complete = phone.map_or(status == Status::Cancelled, is_phone);
        if !is_complete {
            return Err(AnswerError::Fields);
        }
        if phone.is_some() && expected_phone.is_some() && phone != expected_phone {
            return Err(AnswerError::Phone);
        }
        Ok(Answer { status, phone: phone.map(str::to_owned), vid: None })
    }
}

fn is_equal(expected: &str, sent: &str) -> bool {
    expected.as_bytes().ct_eq(sent.as_bytes()).into()
}
