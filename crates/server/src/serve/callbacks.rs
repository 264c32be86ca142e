//! Who may call for a gateway, and whose numbers persons write to, from
//! configuration.

use anyhow::Context as _;
use secrecy::SecretString;

use super::gateways::Gateways;
use crate::config::{Config, GatewayConfig, SecretSource};
use crate::http::callbacks::{Callbacks, EventTarget, InboundNumber};

/// Reads the tokens of gateways and the secrets of inbound numbers.
///
/// # Errors
/// One of them cannot be read; the error names whose it is.
pub fn build(config: &Config) -> anyhow::Result<Callbacks> {
    let mut callbacks = Callbacks::default();
    for gateway in &config.gateway {
        let GatewayConfig::Webhook(webhook) = gateway else { continue };
        if let Some(source) = webhook.receipt_token_source() {
            let token = read(&source)
                .with_context(|| format!("the receipt token of gateway {}", webhook.name))?;
            callbacks.tokens.insert(webhook.name.clone(), token);
        }
    }
    for account in &config.account {
        let (Some(url), Some(source)) = (&account.events_url, account.events_secret_source())
        else {
            continue;
        };
        let secret = read(&source)
            .with_context(|| format!("the events secret of account {}", account.name))?;
        let target = EventTarget { url: url.uri().to_string(), secret };
        callbacks.events.insert(account.name.clone(), target);
    }
    for inbound in &config.inbound {
        let Some(source) = inbound.secret_source() else { continue };
        let secret = read(&source)
            .with_context(|| format!("the secret of inbound number {}", inbound.number.as_str()))?;
        let number = InboundNumber {
            account: inbound.account.clone(),
            url: inbound.url.uri().to_string(),
            secret,
        };
        callbacks.inbound.insert(inbound.number.digits().to_owned(), number);
    }
    Ok(callbacks)
}

impl Callbacks {
    /// Takes the calls of providers too.
    pub(super) fn with_providers(mut self, gateways: &Gateways) -> Self {
        self.providers.clone_from(&gateways.providers);
        self
    }
}

fn read(source: &SecretSource) -> anyhow::Result<SecretString> {
    let secret = source.read().map_err(|error| anyhow::anyhow!(error.to_string()))?;
    Ok(SecretString::from(secret.expose()))
}
