//! Calls that a provider makes (`delivery.md` 7.1).
//!
//! The tag is proved first, then the provider proves its own signature, over
//! the raw body and the configured address, and only then something is read.

use http::{HeaderMap, Method};
use verify::Timestamp;

use super::HttpGateway;
use crate::provider::{Callback, CallbackError, Heard, tag};

/// A call as it came in.
pub struct IncomingCall<'a> {
    /// GET or POST.
    pub method: &'a Method,
    /// What stands in the path behind the gateway's name; none if nothing does.
    pub tag: Option<&'a str>,
    /// The query as it came, without `?`; may be empty.
    pub query: &'a str,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
    /// Now.
    pub now: Timestamp,
}

/// A call from which nothing is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotHeard {
    /// There is no such address: a wrong tag, or none where there must be one,
    /// or one where nobody expects it. Answered with 404.
    NoSuchAddress,
    /// Not proved to be from the provider. Answered with 404, so that nobody
    /// learns which part was right.
    NotProved,
    /// It cannot be read, for this reason. Answered with 400.
    Unreadable(&'static str),
}

impl HttpGateway {
    /// Proves and reads a call of the provider.
    ///
    /// # Errors
    /// [`NotHeard`].
    pub fn hear(&self, call: &IncomingCall<'_>) -> Result<Heard, NotHeard> {
        let base = self.options.callback_base.as_deref().ok_or(NotHeard::NoSuchAddress)?;
        let prove = |tag: &str| tag::prove(&self.key, tag);
        let message = match call.tag {
            Some(tag) => Some(prove(tag).ok_or(NotHeard::NoSuchAddress)?),
            None if self.provider.tags_callbacks() => return Err(NotHeard::NoSuchAddress),
            None => None,
        };
        let mut url = base.to_owned();
        for part in [call.tag.map(|tag| ("/", tag)), Some(("?", call.query))] {
            if let Some((sign, part)) = part.filter(|(_, part)| !part.is_empty()) {
                url.push_str(sign);
                url.push_str(part);
            }
        }
        let heard = self.provider.callback(&Callback {
            method: call.method,
            url: &url,
            query: call.query,
            headers: call.headers,
            body: call.body,
            message,
            prove: &prove,
            now: call.now,
        });
        heard.map_err(|error| match error {
            CallbackError::NotProved => NotHeard::NotProved,
            CallbackError::Unreadable(reason) => NotHeard::Unreadable(reason),
        })
    }
}
