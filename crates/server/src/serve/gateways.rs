//! Gateways from configuration.

use std::sync::Arc;

use delivery::Gateway;
use delivery::inbox::InboxGateway;
use delivery::webhook::{WebhookGateway, WebhookOptions};
use secrecy::SecretString;

use crate::config::{self, Config, GatewayConfig};

/// The gateways, in the order in which they are asked.
#[derive(Clone)]
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
    /// The pages of the inbox are made at the start.
    #[error("the gateway {0} is an inbox that was not there at the start: restart to add it")]
    InboxAfterStart(String),
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
        match gateway {
            GatewayConfig::Inbox(inbox) if !dev => {
                return Err(GatewayError::InboxWithoutDev(inbox.name.clone()));
            }
            GatewayConfig::Inbox(inbox) => {
                let inbox = Arc::new(InboxGateway::new(inbox.name.clone()));
                gateways.inbox = Some(inbox.clone());
                gateways.all.push(inbox);
            }
            GatewayConfig::Webhook(webhook) => gateways.all.push(build_webhook(webhook)?),
        }
    }
    Ok(gateways)
}

/// Sets up the gateways of a configuration that was read again. A gateway that
/// did not change goes on as it is, with what it knows of the other side; one
/// with a token file is made anew, since the file may hold another token. The
/// inbox keeps its messages.
///
/// # Errors
/// [`GatewayError`] for the first that cannot be; then nothing changed.
pub fn rebuild(old: &Gateways, before: &Config, now: &Config) -> Result<Gateways, GatewayError> {
    let find = |name: &str| old.all.iter().find(|gateway| gateway.name() == name);
    let mut gateways = Gateways { all: Vec::new(), inbox: old.inbox.clone() };
    for gateway in &now.gateway {
        let name = gateway.name();
        let same = find(name).filter(|_| before.gateway.contains(gateway));
        let built: Arc<dyn Gateway> = match (gateway, same) {
            (GatewayConfig::Inbox(_), _) => match find(name).filter(|_| is_inbox(before, name)) {
                Some(inbox) => inbox.clone(),
                None => return Err(GatewayError::InboxAfterStart(name.to_owned())),
            },
            (GatewayConfig::Webhook(webhook), Some(same)) if webhook.token_file.is_none() => {
                same.clone()
            }
            (GatewayConfig::Webhook(webhook), _) => build_webhook(webhook)?,
        };
        gateways.all.push(built);
    }
    Ok(gateways)
}

fn is_inbox(config: &Config, name: &str) -> bool {
    config.gateway.iter().any(|g| g.name() == name && matches!(g, GatewayConfig::Inbox(_)))
}

fn build_webhook(webhook: &config::WebhookGateway) -> Result<Arc<dyn Gateway>, GatewayError> {
    let name = webhook.name.clone();
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
    match WebhookGateway::new(options) {
        Ok(gateway) => Ok(Arc::new(gateway)),
        Err(error) => Err(GatewayError::Webhook(name, error)),
    }
}
