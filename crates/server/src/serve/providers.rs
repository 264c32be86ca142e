//! Gateways around the HTTP interfaces of providers, from configuration.

use std::sync::Arc;

use delivery::dispatcher::Now;
use delivery::http_gateway::{HttpGateway, HttpGatewayOptions};
use verify::keys::{Keyring, RootKey};

use super::gateways::GatewayError;
use crate::clock::Clock;
use crate::config::{Material, ProviderConfig, ServerConfig};

/// What such a gateway needs of the installation.
pub struct Tools {
    keyring: Keyring,
    now: Now,
}

impl Tools {
    /// For gateways that work.
    pub fn new(keyring: &Keyring, clock: &Clock) -> Self {
        Self { keyring: keyring.clone(), now: super::now_of(clock) }
    }

    /// For gateways that are set up only to see whether they can be: nobody ever proves a call with their key.
    pub fn to_look() -> Self {
        let keyring = Keyring::new(&RootKey::from_bytes([0; 32]));
        Self { keyring, now: super::now_of(&Clock::system()) }
    }
}

/// Sets a gateway up, with what its files hold now.
///
/// # Errors
/// [`GatewayError`].
pub(super) fn build(
    config: &dyn ProviderConfig,
    server: &ServerConfig,
    tools: &Tools,
) -> Result<Arc<HttpGateway>, GatewayError> {
    let name = config.name();
    let unfit = |reason: String| GatewayError::Provider(name.to_owned(), reason);
    let material = Material::read(config).map_err(|mistakes| {
        let told = mistakes.iter().map(|(key, message)| format!("{key}: {message}"));
        unfit(told.collect::<Vec<_>>().join("; "))
    })?;
    let provider = config.provider(&material);
    let provider =
        provider.map_err(|mistake| unfit(format!("{} {}", mistake.key, mistake.message)))?;
    let calls = config.calls();
    let options = HttpGatewayOptions {
        name: name.to_owned(),
        connections: calls.connections.into(),
        messages_per_second: Some(calls.messages_per_second).filter(|rate| *rate > 0),
        callback_base: server.public_url.as_ref().map(|url| url.callback_base(name)),
        allow_plain_http: calls.allow_plain_http,
    };
    let key = tools.keyring.callback_key(name);
    let gateway = HttpGateway::new(options, provider, key, tools.now.clone());
    gateway.map(Arc::new).map_err(|error| unfit(error.to_string()))
}
