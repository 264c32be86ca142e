//! How the calls of a described gateway are proved.

use base64ct::{Base64, Encoding as _};
use hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use secrecy::SecretString;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use verify::hex;

use super::GenericError;
use super::options::{
    GenericAlgorithm, GenericAuth, GenericEncoding, GenericHmac, GenericOver, GenericSecret,
};
use crate::provider::Callback;
use crate::provider::wire::{basic, same, scheme};

/// The proof that is asked for.
pub(super) enum Auth {
    None,
    Header(HeaderValue),
    Hmac(Box<Signature>),
}

/// A signature that is asked for.
pub(super) struct Signature {
    options: GenericHmac,
    header: HeaderName,
    timestamp_header: Option<HeaderName>,
}

impl Auth {
    /// Checks the options.
    pub(super) fn new(key: &str, options: &GenericAuth) -> Result<Self, GenericError> {
        let secret = |key: &str, value: &GenericSecret| {
            if value.expose().is_empty() {
                return Err(GenericError::new(key, "is empty"));
            }
            Ok(SecretString::from(value.expose()))
        };
        let header = |key: &str, value: Option<HeaderValue>| {
            let problem = "has a sign that a header cannot carry";
            value.map(Self::Header).ok_or_else(|| GenericError::new(key, problem))
        };
        match options {
            GenericAuth::None => Ok(Self::None),
            GenericAuth::Basic(given) => {
                let key = format!("{key}.basic");
                let password = secret(&format!("{key}.password"), &given.password)?;
                header(&key, basic(&given.user, &password))
            }
            GenericAuth::Bearer(given) => {
                let key = format!("{key}.bearer.token");
                header(&key, scheme("Bearer", &secret(&key, &given.token)?))
            }
            GenericAuth::Hmac(given) => {
                let key = format!("{key}.hmac");
                secret(&format!("{key}.secret"), &given.secret)?;
                if let Some(other) = &given.secret_other {
                    secret(&format!("{key}.secret_other"), other)?;
                }
                Signature::new(&key, given).map(|signature| Self::Hmac(Box::new(signature)))
            }
        }
    }

    /// Whether it is more than the tag.
    pub(super) fn is_some(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether a call is proved.
    pub(super) fn proves(&self, call: &Callback<'_>) -> bool {
        match self {
            Self::None => true,
            Self::Header(expected) => only(call.headers, &header::AUTHORIZATION)
                .is_some_and(|given| same(given.as_bytes(), expected.as_bytes())),
            Self::Hmac(signature) => signature.proves(call),
        }
    }
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

impl Signature {
    fn new(key: &str, options: &GenericHmac) -> Result<Self, GenericError> {
        let name = |key: &str, text: &str| {
            let problem = "must be the name of a header, as X-Signature";
            HeaderName::try_from(text).map_err(|_| GenericError::new(key, problem))
        };
        let header = name(&format!("{key}.header"), &options.header)?;
        let timestamp_key = format!("{key}.timestamp_header");
        let timestamp_header =
            options.timestamp_header.as_ref().map(|text| name(&timestamp_key, text)).transpose()?;
        match (options.over, &timestamp_header) {
            (GenericOver::TimestampBody, None) => {
                let problem = "is needed with over = \"timestamp.body\"";
                Err(GenericError::new(&timestamp_key, problem))
            }
            // A time that is not signed proves nothing.
            (GenericOver::Body | GenericOver::UrlBody, Some(_)) => {
                let problem = "goes with over = \"timestamp.body\" only: leave it out";
                Err(GenericError::new(&timestamp_key, problem))
            }
            (GenericOver::TimestampBody, Some(_))
            | (GenericOver::Body | GenericOver::UrlBody, None) => {
                Ok(Self { options: options.clone(), header, timestamp_header })
            }
        }
    }

    fn proves(&self, call: &Callback<'_>) -> bool {
        let options = &self.options;
        let given = only(call.headers, &self.header).and_then(|value| value.to_str().ok());
        let Some(given) = given.and_then(|text| text.strip_prefix(options.prefix.as_str())) else {
            return false;
        };
        let signed: Vec<&[u8]> = match options.over {
            GenericOver::UrlBody => vec![call.url.as_bytes(), call.body],
            // A query is not signed then, so nothing may stand in it.
            GenericOver::Body | GenericOver::TimestampBody if call.method == Method::GET => {
                return false;
            }
            GenericOver::Body => vec![call.body],
            GenericOver::TimestampBody => {
                let name = self.timestamp_header.as_ref();
                let time = name.and_then(|name| only(call.headers, name));
                let Some(time) = time.filter(|time| self.is_now(time, call)) else { return false };
                vec![time.as_bytes(), b".", call.body]
            }
        };
        let secrets = [Some(&options.secret), options.secret_other.as_ref()];
        secrets.into_iter().flatten().fold(false, |proved, secret| {
            let digest = match options.algorithm {
                GenericAlgorithm::Sha1 => mac::<Sha1>(secret, &signed),
                GenericAlgorithm::Sha256 => mac::<Sha256>(secret, &signed),
                GenericAlgorithm::Sha512 => mac::<Sha512>(secret, &signed),
            };
            let is_same = match options.encoding {
                GenericEncoding::Hex => {
                    same(hex::encode(&digest).as_bytes(), given.to_ascii_lowercase().as_bytes())
                }
                GenericEncoding::Base64 => {
                    same(Base64::encode_string(&digest).as_bytes(), given.as_bytes())
                }
            };
            proved | is_same
        })
    }

    fn is_now(&self, time: &HeaderValue, call: &Callback<'_>) -> bool {
        let seconds = time.to_str().ok().and_then(|text| text.parse::<i64>().ok());
        seconds.is_some_and(|seconds| {
            call.now.as_second().abs_diff(seconds) <= self.options.tolerance_seconds
        })
    }
}

fn mac<H: EagerHash>(secret: &GenericSecret, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac =
        Hmac::<H>::new_from_slice(secret.expose().as_bytes()).expect("any length is a key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
