//! The sending half of Web Push.
//!
//! * [`vector`]: the example of RFC 8291, and what cannot be encrypted.
//! * [`receiver`]: the app, which decrypts; [`service`]: a strict push service,
//!   with TLS. Both are built on `ring`, which shares no code with the sender.
//! * [`sending`]: a push is what the service expects, and what answers mean.
//! * [`hostile`]: answers that have no end; [`memory`]: what they cost.
//! * [`endpoints`]: whatever an app gives as its address.
//! * [`tokens`]: when a token is used again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod endpoints;
mod hostile;
mod memory;
mod receiver;
mod sending;
mod service;
mod tokens;
mod vector;

use std::sync::Arc;
use std::time::Duration;

use ringproof_delivery::push::{
    Contact, PushClient, PushClientParts, PushHost, PushMessage, PushOutcome, PushServices,
    Subscription, Vapid,
};
use verify::Timestamp;
use verify::entropy::SeededEntropy;
use verify::keys::{Keyring, RootKey};
use verify::vapid_key::VapidKey;

use super::outbound::zone::{Record, Zone};
use receiver::App;
use service::{Manner, Service};

/// Where the stand-in is found.
const HOST: &str = "push.example";

/// A prompt, and the time it still waits.
const PROMPT: PushMessage = PushMessage { prompt: *b"sixteen bytes \xff\x00" };
const TIME_LEFT: Duration = Duration::from_secs(90);

fn key() -> VapidKey {
    Keyring::new(&RootKey::from_bytes([1; 32])).vapid_key()
}

fn vapid() -> Vapid {
    Vapid::new(key(), Some("mailto:operator@example.com".parse::<Contact>().unwrap()))
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// One push service, and a client that knows it alone.
struct World {
    service: Service,
    client: PushClient,
}

impl World {
    async fn with(manner: Manner) -> Self {
        Self::with_call_timeout(manner, Duration::from_secs(10)).await
    }

    async fn with_call_timeout(manner: Manner, call_timeout: Duration) -> Self {
        let service = Service::start(manner).await;
        let hosts = vec![format!("{HOST}:{}", service.port).parse::<PushHost>().unwrap()];
        let services = PushServices::new(hosts, vec!["127.0.0.0/8".parse().unwrap()]);
        let here = vec![vec!["127.0.0.1".parse().unwrap()]];
        let client = PushClient::new(PushClientParts {
            resolver: Arc::new(Zone::new(vec![(HOST, Record::Addresses(here))])),
            roots: service.roots(),
            call_timeout,
            ..PushClientParts::new(services, vapid())
        });
        Self { service, client }
    }

    /// The subscription of an app at the service.
    fn subscribe(&self, app: &App) -> Subscription {
        let endpoint = format!("https://{HOST}:{}/send/a%20b?c=d", self.service.port);
        let (p256dh, auth) = app.keys();
        Subscription::parse(&endpoint, &p256dh, &auth, self.client.services()).unwrap()
    }

    async fn send(&self) -> PushOutcome {
        self.send_to(&App::new()).await
    }

    async fn send_to(&self, app: &App) -> PushOutcome {
        let (subscription, mut entropy) = (self.subscribe(app), SeededEntropy::new(5));
        self.client.send(&subscription, &PROMPT, TIME_LEFT, now(), &mut entropy).await
    }
}
