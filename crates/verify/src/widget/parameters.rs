//! The parameters of a request (`verification-widget.md` 2 and 7): a closed set,
//! each at most once (S-75).
//!
//! A request is read in two looks. [`Claim`] is lenient and says whose key the
//! signature has to be checked with; after that, [`Request::read`] is strict.
//! That is the order of the answers: a stranger learns nothing but 403.

use crate::limits::{
    NONCE_CHARS_MAX, NONCE_CHARS_MIN, NONCE_CHARS_STRONG_MIN, REQUEST_LIFE_SECONDS_MAX,
    WIDGET_PARAMETERS_MAX,
};
use crate::phone::PhoneNumber;
use crate::widget::target::{CallbackError, CallbackUrl, Target};
use crate::{SignedDuration, Timestamp};

/// Names that a request of version 1 may have.
const NAMES_1: &[&str] = &["user", "version", "callback_url", "phone", "sig"];
/// Names that a request of version 2 may have besides.
const NAMES_2: &[&str] = &["phone_lock", "nonce", "exp"];

/// Version of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// For programs that exist.
    One,
    /// HMAC-SHA-256.
    Two,
}

impl Version {
    /// Reads `1` or `2`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "1" => Some(Self::One),
            "2" => Some(Self::Two),
            _ => None,
        }
    }

    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
        }
    }
}

/// What a request claims, before anything of it is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Name of the account.
    pub user: &'a str,
    /// The signature.
    pub sig: &'a str,
    /// The version, whatever it is.
    pub version: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Looks at the first parameter of each name; `None` (403) without a user or
    /// a signature, or for more parameters than anybody sends.
    pub fn of(pairs: &'a [(String, String)]) -> Option<Self> {
        if pairs.len() > WIDGET_PARAMETERS_MAX {
            return None;
        }
        let (user, sig) = (first(pairs, "user")?, first(pairs, "sig")?);
        let is_given = !user.is_empty() && !sig.is_empty();
        is_given.then_some(Self { user, sig, version: first(pairs, "version") })
    }
}

/// The first value of a name.
fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A request whose parameters are in order. That its signature is good is for
/// [`signature::check_request`](crate::widget::signature::check_request) to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Name of the account.
    pub user: String,
    /// Version of the wire.
    pub version: Version,
    /// Where the answer goes; a target of the account.
    pub callback_url: CallbackUrl,
    /// The number to begin with, if a usable one was sent.
    pub phone: Option<PhoneNumber>,
    /// The person cannot change it.
    pub is_phone_locked: bool,
    /// What makes the request one of its kind; always there in version 2.
    pub nonce: Option<String>,
    /// When the request is too old; always there in version 2.
    pub expires_at: Option<Timestamp>,
}

/// Why a request that is signed well is refused all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// `version` is missing, or neither 1 nor 2.
    #[error("version must be 1 or 2")]
    Version,
    /// `callback_url` is missing.
    #[error("callback_url is missing")]
    CallbackMissing,
    /// `callback_url` is no address that a browser may be sent to.
    #[error("callback_url: {0}")]
    Callback(#[from] CallbackError),
    /// A parameter that this version does not have.
    #[error("a parameter is not one of this version")]
    Unknown,
    /// A parameter stands there twice.
    #[error("a parameter is given twice")]
    Repeated,
    /// `callback_url` is at no target of the account.
    #[error("callback_url is not registered for the account")]
    NotRegistered,
    /// `user` or `phone` could be read in two ways.
    #[error("user or phone has characters or words that it must not have")]
    Ambiguous,
    /// `phone_lock` is neither 0 nor 1, or 1 without a usable number.
    #[error("phone_lock must be 0 or 1, and 1 needs a phone number")]
    PhoneLock,
    /// `nonce` is missing, too short, too long, or of other characters.
    #[error("nonce must be 22 to 64 characters of A-Z a-z 0-9 - _")]
    Nonce,
    /// `exp` is missing, no time, or too far ahead.
    #[error("exp must be Unix seconds, at most {REQUEST_LIFE_SECONDS_MAX} ahead")]
    Expiry,
    /// The request is too old.
    #[error("the request has expired")]
    Expired,
}

/// What a request is held against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Where the account's answers may go.
    pub targets: &'a [Target],
    /// The account has the legacy switches on; then a nonce may be shorter.
    pub is_compat: bool,
    /// The time.
    pub now: Timestamp,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// [`ParametersError`], the first that applies in the order of its variants.
    pub fn read(pairs: &[(String, String)], rules: &Rules<'_>) -> Result<Self, ParametersError> {
        let value = |name| first(pairs, name);
        let version = value("version").and_then(Version::parse).ok_or(ParametersError::Version)?;
        let callback_url = value("callback_url").ok_or(ParametersError::CallbackMissing)?;
        let callback_url = CallbackUrl::parse(callback_url)?;
        check_names(pairs, version)?;
        if !rules.targets.iter().any(|target| target.allows(&callback_url)) {
            return Err(ParametersError::NotRegistered);
        }
        let user = value("user").filter(|user| crate::engine::account::is_username(user));
        let (user, phone) = (user.ok_or(ParametersError::Ambiguous)?, value("phone"));
        if version == Version::One && phone.is_some_and(is_ambiguous) {
            return Err(ParametersError::Ambiguous);
        }
        let phone = phone.and_then(PhoneNumber::parse);
        let mut request = Self {
            user: user.to_owned(),
            version,
            callback_url,
            phone,
            is_phone_locked: false,
            nonce: None,
            expires_at: None,
        };
        if version == Version::Two {
            request.is_phone_locked = phone_lock(value("phone_lock"), phone)?;
            request.nonce = Some(nonce(value("nonce"), rules.is_compat)?.to_owned());
            request.expires_at = Some(expiry(value("exp"), rules.now)?);
        }
        Ok(request)
    }
}

fn check_names(pairs: &[(String, String)], version: Version) -> Result<(), ParametersError> {
    let is_known = |name: &str| {
        NAMES_1.contains(&name) || (version == Version::Two && NAMES_2.contains(&name))
    };
    if pairs.iter().any(|(name, _)| !is_known(name)) {
        return Err(ParametersError::Unknown);
    }
    let is_repeated = |(at, (name, _)): (usize, &(String, String))| {
        pairs[..at].iter().any(|(earlier, _)| earlier == name)
    };
    let is_any_repeated = pairs.iter().enumerate().any(is_repeated);
    if is_any_repeated { Err(ParametersError::Repeated) } else { Ok(()) }
}

/// Whether the end of a number that is none could be taken for the name that
/// follows it in the signed text of version 1. Without that word in it, the
/// first `user` behind the secret is where the account's name begins, whatever
/// characters the name has. What lengthens a signed text without its secret
/// (S-75) leaves control characters behind.
fn is_ambiguous(phone: &str) -> bool {
    phone.contains("user") || phone.chars().any(char::is_control)
}

fn phone_lock(value: Option<&str>, phone: Option<PhoneNumber>) -> Result<bool, ParametersError> {
    match value {
        None | Some("0") => Ok(false),
        Some("1") if phone.is_some() => Ok(true),
        Some(_) => Err(ParametersError::PhoneLock),
    }
}

fn nonce(value: Option<&str>, is_compat: bool) -> Result<&str, ParametersError> {
    let shortest = if is_compat { NONCE_CHARS_MIN } else { NONCE_CHARS_STRONG_MIN };
    let is_good = |nonce: &&str| {
        (shortest..=NONCE_CHARS_MAX).contains(&nonce.len())
            && nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    value.filter(is_good).ok_or(ParametersError::Nonce)
}

fn expiry(value: Option<&str>, now: Timestamp) -> Result<Timestamp, ParametersError> {
    // One spelling: a sign, zeros in front or blanks would make another.
    let seconds = value
        .and_then(|text| text.parse::<i64>().ok().filter(|seconds| seconds.to_string() == text));
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let at = at.ok_or(ParametersError::Expiry)?;
    let latest = now.saturating_add(SignedDuration::from_secs(REQUEST_LIFE_SECONDS_MAX));
    if latest.is_ok_and(|latest| at > latest) {
        return Err(ParametersError::Expiry);
    }
    if at <= now { Err(ParametersError::Expired) } else { Ok(at) }
}
