//! The address of a subscription, as an app gave it: hostile input (security
//! rule S-40).

use std::fmt;

use super::services::PushServices;
use crate::limits::PUSH_ENDPOINT_CHARS_MAX;
use crate::outbound::{Target, TargetRefusal};

/// The address of a subscription: at a known push service, over HTTPS, spelled
/// plainly. Path and query are a secret of the person, and are not shown.
///
/// ```
/// use ringproof_delivery::push::{Endpoint, EndpointRefusal, PushServices};
///
/// let services = PushServices::default();
/// let endpoint = Endpoint::parse("https://web.push.apple.com/QPs0Tw", &services)?;
/// assert_eq!(endpoint.origin(), "https://web.push.apple.com");
/// assert_eq!(format!("{endpoint:?}"), "Endpoint(https://web.push.apple.com/…)");
///
/// let refusal = Endpoint::parse("https://web.push.apple.com.shop.example/", &services);
/// assert_eq!(refusal.err(), Some(EndpointRefusal::Unknown));
/// # Ok::<(), EndpointRefusal>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    target: Target,
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointRefusal {
    /// It is longer than [`PUSH_ENDPOINT_CHARS_MAX`].
    #[error("the endpoint has more than {PUSH_ENDPOINT_CHARS_MAX} characters")]
    TooLong,
    /// It has a part that no server is told, and no push service gives out.
    #[error("the endpoint has a fragment")]
    Fragment,
    /// It is no address that may be called.
    #[error("{0}")]
    Address(TargetRefusal),
    /// It is at none of the known push services.
    #[error("the endpoint is at no known push service")]
    Unknown,
}

impl Endpoint {
    /// Reads an endpoint.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    pub fn parse(text: &str, services: &PushServices) -> Result<Self, EndpointRefusal> {
        if text.len() > PUSH_ENDPOINT_CHARS_MAX {
            return Err(EndpointRefusal::TooLong);
        }
        if text.contains('#') {
            return Err(EndpointRefusal::Fragment);
        }
        let target = Target::parse(text, services.policy()).map_err(EndpointRefusal::Address)?;
        if services.admit(&target) { Ok(Self { target }) } else { Err(EndpointRefusal::Unknown) }
    }

    /// Scheme, host, and port where it is not 443: whom a token is for
    /// (RFC 8292 §2). Fit for a log line.
    pub fn origin(&self) -> String {
        format!("https://{}", self.target.authority())
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({}/…)", self.origin())
    }
}
