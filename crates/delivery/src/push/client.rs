//! The call to a push service, and what its answer means (RFC 8030 §5).

use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};
use verify::{Entropy, Timestamp};

use super::encrypt::{KeysRefusal, SubscriptionKeys, encrypt};
use super::endpoint::{Endpoint, EndpointRefusal};
use super::retry_after::retry_after;
use super::services::PushServices;
use super::vapid::Vapid;
use crate::limits::{OUTBOUND_CALL_TIMEOUT, OUTBOUND_CONNECT_TIMEOUT, PUSH_TIME_TO_LIVE_MAX};
use crate::outbound::{
    NoAnswer, OutboundClient, OutboundClientParts, Resolver, Roots, SystemResolver,
};

/// What we call ourselves to push services.
const USER_AGENT: HeaderValue = HeaderValue::from_static("ringproof-push/1");

/// Octets of the digest that become a topic: 32 characters, the most that a
/// topic may have (RFC 8030 §5.4).
const TOPIC_OCTETS: usize = 24;

/// Where and how one app is woken.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its address at a push service.
    pub endpoint: Endpoint,
    /// What its messages are encrypted with.
    pub keys: SubscriptionKeys,
}

/// Why a subscription is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionRefusal {
    /// Its endpoint is none.
    #[error(transparent)]
    Endpoint(#[from] EndpointRefusal),
    /// Its keys are none.
    #[error(transparent)]
    Keys(#[from] KeysRefusal),
}

impl Subscription {
    /// Reads what a browser gives its app: an address, and two keys in base64url
    /// without padding.
    ///
    /// # Errors
    /// [`SubscriptionRefusal`].
    pub fn parse(
        endpoint: &str,
        p256dh: &str,
        auth: &str,
        services: &PushServices,
    ) -> Result<Self, SubscriptionRefusal> {
        let endpoint = Endpoint::parse(endpoint, services)?;
        Ok(Self { endpoint, keys: SubscriptionKeys::parse(p256dh, auth)? })
    }
}

/// What an app is told: that a prompt waits for it. There is no room for more
/// (security rule S-39).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushMessage {
    /// The random id of the prompt.
    pub prompt: [u8; 16],
}

impl PushMessage {
    /// The text before it is encrypted: `{"v":1,"prompt":"…"}`, the id in 22
    /// characters of base64url.
    pub fn text(&self) -> String {
        format!(r#"{{"v":1,"prompt":"{}"}}"#, Base64UrlUnpadded::encode_string(&self.prompt))
    }

    /// What makes a push service replace a message that it still has by a later
    /// one of the same prompt. It does not tell the id.
    fn topic(&self) -> HeaderValue {
        let digest = Sha256::new().chain_update(b"push topic v1").chain_update(self.prompt);
        let digest = &digest.finalize()[..TOPIC_OCTETS];
        let topic = Base64UrlUnpadded::encode_string(digest);
        HeaderValue::try_from(topic).expect("base64url is visible ASCII")
    }
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushOutcome {
    /// The push service has it. Whether the app gets it is not known.
    Delivered,
    /// The subscription is no more (404, 410): forget it.
    Gone,
    /// The service asks to wait so long (429, 503).
    RetryAfter(Duration),
    /// The service does not take it from us, or not like this: somebody has to
    /// look. It has been logged.
    Refused {
        /// Its answer: one of 400 to 499.
        status: u16,
    },
    /// There was no answer in time, or none that means something.
    Failed {
        /// For people; it names no address.
        reason: &'static str,
    },
}

/// What a [`PushClient`] is made of.
pub struct PushClientParts {
    /// Whom it may call.
    pub services: PushServices,
    /// Shows who calls.
    pub vapid: Vapid,
    /// Who knows the addresses of names.
    pub resolver: Arc<dyn Resolver>,
    /// Who vouches for push services.
    pub roots: Roots,
    /// Time to connect to one address, and again to agree on TLS with it.
    pub connect_timeout: Duration,
    /// Time for a whole call.
    pub call_timeout: Duration,
}

impl PushClientParts {
    /// With the resolver and the authorities of the system, and the times of
    /// security rule D-49.
    pub fn new(services: PushServices, vapid: Vapid) -> Self {
        Self {
            services,
            vapid,
            resolver: Arc::new(SystemResolver),
            roots: Roots::default(),
            connect_timeout: OUTBOUND_CONNECT_TIMEOUT,
            call_timeout: OUTBOUND_CALL_TIMEOUT,
        }
    }
}

/// Sends pushes. How many are under way at a time is up to who calls.
pub struct PushClient {
    services: PushServices,
    vapid: Vapid,
    outbound: OutboundClient,
}

impl PushClient {
    /// Makes a client; it calls nobody yet.
    pub fn new(parts: PushClientParts) -> Self {
        let PushClientParts { services, vapid, resolver, roots, connect_timeout, call_timeout } =
            parts;
        let outbound = OutboundClient::new(OutboundClientParts {
            policy: services.policy().clone(),
            resolver,
            roots,
            connect_timeout,
            call_timeout,
            user_agent: USER_AGENT,
        });
        Self { services, vapid, outbound }
    }

    /// Whom it may call; endpoints are to be read with them.
    pub fn services(&self) -> &PushServices {
        &self.services
    }

    /// The public key for `applicationServerKey`, base64url without padding.
    pub fn public_key(&self) -> String {
        self.vapid.public_key()
    }

    /// Sends one message, once. `time_left` is how long the prompt still waits:
    /// a push service keeps the message no longer, and
    /// [`PUSH_TIME_TO_LIVE_MAX`] at most.
    ///
    /// It ends within the time for a call, whatever the service does: the body
    /// of its answer is not read, and its head is bounded.
    pub async fn send(
        &self,
        subscription: &Subscription,
        message: &PushMessage,
        time_left: Duration,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> PushOutcome {
        let Subscription { endpoint, keys } = subscription;
        // It may have been read when the list was longer.
        if !self.services.admit(endpoint.target()) {
            return PushOutcome::Failed { reason: "the push service is not on the list" };
        }
        let Ok(body) = encrypt(keys, message.text().as_bytes(), entropy) else {
            return PushOutcome::Failed { reason: "the message could not be encrypted" };
        };
        let headers = self.headers(endpoint, message, time_left, now);
        match self.outbound.post(endpoint.target(), Bytes::from(body), &headers).await {
            Ok(answer) => outcome(endpoint, answer.status.as_u16(), &answer.headers, now),
            Err(NoAnswer::Forbidden) => {
                PushOutcome::Failed { reason: "the address of the push service is not called" }
            }
            Err(NoAnswer::Failed(reason)) => PushOutcome::Failed { reason },
        }
    }

    fn headers(
        &self,
        endpoint: &Endpoint,
        message: &PushMessage,
        time_left: Duration,
        now: Timestamp,
    ) -> HeaderMap {
        let time_to_live = time_left.min(PUSH_TIME_TO_LIVE_MAX).as_secs();
        HeaderMap::from_iter([
            (header::AUTHORIZATION, self.vapid.authorization(&endpoint.origin(), now)),
            (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
            (header::CONTENT_ENCODING, HeaderValue::from_static("aes128gcm")),
            (header::HeaderName::from_static("ttl"), HeaderValue::from(time_to_live)),
            (header::HeaderName::from_static("urgency"), HeaderValue::from_static("high")),
            (header::HeaderName::from_static("topic"), message.topic()),
        ])
    }
}

/// What an answer means. A redirect is none: it would lead off the list.
fn outcome(endpoint: &Endpoint, status: u16, headers: &HeaderMap, now: Timestamp) -> PushOutcome {
    match status {
        200..=299 => PushOutcome::Delivered,
        404 | 410 => PushOutcome::Gone,
        429 | 503 => PushOutcome::RetryAfter(retry_after(headers, now)),
        400..=499 => {
            let service = endpoint.origin();
            tracing::error!(push.service = service, status, "a push service refuses our messages");
            PushOutcome::Refused { status }
        }
        300..=399 => PushOutcome::Failed { reason: "it sends us elsewhere" },
        _ => PushOutcome::Failed { reason: "it answered with an error" },
    }
}
