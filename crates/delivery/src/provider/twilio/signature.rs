//! Twilio's signature of a callback.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use verify::hex;

use crate::provider::Callback;
use crate::provider::wire::{only, pairs, same};

const HEADER: &str = "X-Twilio-Signature";

/// The parameter of the address that holds the hash of a body that is no form.
const BODY_HASH: &str = "bodySHA256";

/// Checks signatures with the tokens that are valid.
pub(super) struct Signature {
    tokens: Vec<SecretString>,
}

impl Signature {
    /// `None` if one of the tokens is empty or there is none.
    pub(super) fn new(tokens: impl Iterator<Item = SecretString>) -> Option<Self> {
        let tokens: Vec<_> = tokens.collect();
        let are_secrets = tokens.iter().all(|token| !token.expose_secret().is_empty());
        (are_secrets && !tokens.is_empty()).then_some(Self { tokens })
    }

    /// Whether the call's one signature is that of Twilio over its address and
    /// these fields of its body.
    pub(super) fn proves(&self, call: &Callback<'_>, fields: &[(String, String)]) -> bool {
        let mut given = call.headers.get_all(HEADER).iter();
        let (Some(given), None) = (given.next(), given.next()) else { return false };
        let query = pairs(call.query.as_bytes()).unwrap_or_default();
        let signed_fields = match only(&query, BODY_HASH) {
            None => signed_fields(fields),
            Some(hash) => {
                let body = hex::encode(&Sha256::digest(call.body));
                if !same(body.as_bytes(), hash.to_ascii_lowercase().as_bytes()) {
                    return false;
                }
                String::new()
            }
        };
        let mut is_proved = false;
        for token in &self.tokens {
            for url in spellings(call.url) {
                let expected = sign(token, &url, &signed_fields);
                is_proved |= same(expected.as_bytes(), given.as_bytes());
            }
        }
        is_proved
    }
}

fn sign(token: &SecretString, url: &str, fields: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes())
        .expect("any length is a key");
    mac.update(url.as_bytes());
    mac.update(fields.as_bytes());
    Base64::encode_string(&mac.finalize().into_bytes())
}

/// Names and values, sorted; of a name that occurs again each value once.
fn signed_fields(fields: &[(String, String)]) -> String {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_unstable();
    fields.dedup();
    fields.iter().fold(String::new(), |text, (name, value)| text + name + value)
}

/// An address as it is, and with or without the port that its scheme means:
/// Twilio signs both spellings.
fn spellings(url: &str) -> [Cow<'_, str>; 2] {
    let other = || {
        let (scheme, rest) = url.split_once("://")?;
        let port = if scheme == "https" { ":443" } else { ":80" };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (place, rest) = rest.split_at(end);
        let has_port = place.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        match place.strip_suffix(port) {
            Some(place) => Some(format!("{scheme}://{place}{rest}")),
            None if has_port => None,
            None => Some(format!("{scheme}://{place}{port}{rest}")),
        }
    };
    [Cow::Borrowed(url), other().map_or(Cow::Borrowed(url), Cow::Owned)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_that_the_scheme_means_may_be_there_or_not() {
        for (url, other) in [
            ("https://a.example/x?y", "https://a.example:443/x?y"),
            ("https://a.example:443/x", "https://a.example/x"),
            ("http://a.example", "http://a.example:80"),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
            ("https://a.example:8443/x", "https://a.example:8443/x"),
            ("https://a.example?to=b:c", "https://a.example:443?to=b:c"),
        ] {
            assert_eq!(spellings(url), [url, other]);
        }
    }

    #[test]
    fn names_that_occur_again_are_signed_with_each_value_once() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = [field("b", "2"), field("a", "3"), field("b", "1"), field("b", "2")];
        assert_eq!(signed_fields(&fields), "a3b1b2");
    }
}
