//! Gateways from configuration.

use std::sync::Arc;

use delivery::Gateway;
use delivery::inbox::InboxGateway;
use delivery::webhook::{WebhookGateway, WebhookOptions};
use secrecy::SecretString;

use crate::config::{Config, GatewayConfig};

/// The gateways, in the order in which they are asked.
pub struct Gateways {
    /// All of them.
    pub all: Vec<Arc<dyn Gateway>>,
    /// The inbox among them.
    pub inbox: Option<Arc<InboxGateway>>,
}

impl Gateways {
    /// Their names, for people.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.all.iter().map(|gateway| gateway.name()).collect();
        names.join(", ")
    }
}

/// Why a gateway cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// An inbox without `--dev` would swallow messages unseen.
    #[error(
        "the gateway {0} is an inbox, which shows messages with `serve --dev` only: start with \
         --dev, or configure a gateway that sends"
    )]
    InboxWithoutDev(String),
    /// Its secret cannot be read.
    #[error("the token of gateway {0} cannot be read: {1}")]
    Token(String, String),
    /// It cannot be set up.
    #[error("the gateway {0} cannot be set up: {1}")]
    Webhook(String, delivery::webhook::WebhookError),
}

/// Sets all gateways up; connects to none.
///
/// # Errors
/// [`GatewayError`] for the first that cannot be.
pub fn build(config: &Config, dev: bool) -> Result<Gateways, GatewayError> {
    let mut gateways = Gateways { all: Vec::new(), inbox: None };
    for gateway in &config.gateway {
        let name = gateway.name().to_owned();
        match gateway {
            GatewayConfig::Inbox(_) if !dev => return Err(GatewayError::InboxWithoutDev(name)),
            GatewayConfig::Inbox(_) => {
                let inbox = Arc::new(InboxGateway::new(name));
                gateways.inbox = Some(inbox.clone());
                gateways.all.push(inbox);
            }
            GatewayConfig::Webhook(webhook) => {
                let token = match webhook.token_source().map(|source| source.read()) {
                    None => None,
                    Some(Ok(secret)) => Some(SecretString::from(secret.expose())),
                    Some(Err(error)) => return Err(GatewayError::Token(name, error.to_string())),
                };
                let options = WebhookOptions {
                    name: name.clone(),
                    url: webhook.url.uri().clone(),
                    token,
                    batch_max: webhook.batch_max.into(),
                    connections: webhook.connections.into(),
                };
                let built = WebhookGateway::new(options);
                gateways.all.push(Arc::new(built.map_err(|e| GatewayError::Webhook(name, e))?));
            }
        }
    }
    Ok(gateways)
}
