//! Gateways from configuration.

use std::collections::HashMap;
use std::sync::Arc;

use delivery::http_gateway::HttpGateway;
use delivery::inbox::InboxGateway;
use delivery::smpp::SmppGateway;
use delivery::webhook::{WebhookGateway, WebhookOptions};
use delivery::{Exit, Gateway, Route, Routes};
use secrecy::SecretString;
use verify::SignedDuration;
use verify::routing::Preference;

use super::providers::{self, Tools};
use super::smpp::{self, SmppLink};
use crate::config::{self, Config, GatewayConfig, RouteChoice, RouteConfig};
use crate::intake::GatewayIntake;

/// The gateways, in the order in which they are asked.
#[derive(Clone)]
pub struct Gateways {
    /// All of them.
    pub all: Vec<Arc<dyn Gateway>>,
    /// The inbox among them.
    pub inbox: Option<Arc<InboxGateway>>,
    /// Those around HTTP interfaces of providers, by name: they take the calls that providers make.
    pub providers: HashMap<String, Arc<HttpGateway>>,
    /// Those that keep sessions, which somebody has to run.
    pub smpp: Vec<SmppLink>,
    /// Where they bring what they hear.
    pub intake: Arc<GatewayIntake>,
}

impl Gateways {
    /// Those that keep sessions, which somebody has to run.
    pub fn links(&self) -> impl Iterator<Item = &Arc<SmppGateway>> + Clone {
        self.smpp.iter().map(|link| &link.gateway)
    }

    /// Their names, for people.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.all.iter().map(|gateway| gateway.name()).collect();
        names.join(", ")
    }

    fn add_provider(&mut self, gateway: Arc<HttpGateway>) {
        self.providers.insert(gateway.name().to_owned(), gateway.clone());
        self.all.push(gateway);
    }

    /// The gateways with their prices, and the routes.
    pub fn routes(&self, config: &Config) -> Routes {
        let exit = |gateway: &Arc<dyn Gateway>| {
            let configured = config.gateway.iter().find(|g| g.name() == gateway.name());
            Exit { gateway: gateway.clone(), price: configured.and_then(GatewayConfig::price) }
        };
        let routes: Vec<Route> = config.route.iter().map(route).collect();
        Routes::new(self.all.iter().map(exit).collect(), &routes)
            .with_promise(config.sms_api.delivery.into())
    }
}

impl Gateways {
    fn new(inbox: Option<Arc<InboxGateway>>, intake: Arc<GatewayIntake>) -> Self {
        Self { all: Vec::new(), inbox, providers: HashMap::new(), smpp: Vec::new(), intake }
    }

    fn add_smpp(
        &mut self,
        config: &config::SmppGateway,
        same: Option<&SmppLink>,
        shares_binds: bool,
    ) -> Result<(), GatewayError> {
        let link = smpp::build(config, same, &self.intake, shares_binds)?;
        self.all.push(link.gateway.clone());
        self.smpp.push(link);
        Ok(())
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
    /// It cannot be set up, for this reason.
    #[error("the gateway {0} cannot be set up: {1}")]
    Unfit(String, String),
    /// It cannot be set up.
    #[error("the gateway {0} cannot be set up: {1}")]
    Webhook(String, delivery::webhook::WebhookError),
    /// A provider over HTTP cannot be set up, for this reason.
    #[error("the gateway {0} cannot be set up: {1}")]
    Provider(String, String),
}

fn route(route: &RouteConfig) -> Route {
    let seconds = i64::from(route.receipt_seconds);
    Route {
        name: route.name.clone(),
        prefixes: route.prefix_digits(),
        accounts: route.accounts.clone(),
        gateways: route.gateways.clone(),
        preference: match route.choice {
            RouteChoice::Conversion => Preference::Conversion,
            RouteChoice::Order => Preference::Order,
        },
        receipt_within: (seconds > 0).then(|| SignedDuration::from_secs(seconds)),
    }
}

/// Sets all gateways up; connects to none.
///
/// # Errors
/// [`GatewayError`] for the first that cannot be.
pub fn build(config: &Config, dev: bool, tools: &Tools) -> Result<Gateways, GatewayError> {
    let mut gateways = Gateways::new(None, Arc::default());
    let shares_binds = config.data.postgres.is_some();
    for gateway in &config.gateway {
        if let Some(provider) = gateway.provider() {
            gateways.add_provider(providers::build(provider, &config.server, tools)?);
            continue;
        }
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
            GatewayConfig::Smpp(smpp) => gateways.add_smpp(smpp, None, shares_binds)?,
            GatewayConfig::Twilio(_)
            | GatewayConfig::Vonage(_)
            | GatewayConfig::Messente(_)
            | GatewayConfig::MessenteOlder(_)
            | GatewayConfig::Infobip(_)
            | GatewayConfig::Aws(_)
            | GatewayConfig::Generic(_) => {}
        }
    }
    Ok(gateways)
}

/// Sets up the gateways of a configuration that was read again. A gateway that
/// did not change goes on as it is, with what it knows of the other side; one
/// with files is made anew, since they may hold another token. The
/// inbox keeps its messages.
///
/// # Errors
/// [`GatewayError`] for the first that cannot be; then nothing changed.
pub fn rebuild(
    old: &Gateways,
    before: &Config,
    now: &Config,
    tools: &Tools,
) -> Result<Gateways, GatewayError> {
    let find = |name: &str| old.all.iter().find(|gateway| gateway.name() == name);
    let mut gateways = Gateways::new(old.inbox.clone(), old.intake.clone());
    let shares_binds = now.data.postgres.is_some();
    for gateway in &now.gateway {
        let name = gateway.name();
        let same = find(name).filter(|_| before.gateway.contains(gateway));
        if let Some(provider) = gateway.provider() {
            let is_same = same.is_some()
                && !provider.has_files()
                && before.server.public_url == now.server.public_url;
            let kept = old.providers.get(name).filter(|_| is_same).cloned();
            let built = kept.map_or_else(|| providers::build(provider, &now.server, tools), Ok)?;
            gateways.add_provider(built);
            continue;
        }
        let built: Arc<dyn Gateway> = match (gateway, same) {
            (GatewayConfig::Smpp(smpp), same) => {
                let link = old.smpp.iter().find(|link| link.gateway.name() == name);
                gateways.add_smpp(smpp, link.filter(|_| same.is_some()), shares_binds)?;
                continue;
            }
            (GatewayConfig::Inbox(_), _) => match find(name).filter(|_| is_inbox(before, name)) {
                Some(inbox) => inbox.clone(),
                None => return Err(GatewayError::InboxAfterStart(name.to_owned())),
            },
            (GatewayConfig::Webhook(webhook), Some(same)) if webhook.token_file.is_none() => {
                same.clone()
            }
            (GatewayConfig::Webhook(webhook), _) => build_webhook(webhook)?,
            (
                GatewayConfig::Twilio(_)
                | GatewayConfig::Vonage(_)
                | GatewayConfig::Messente(_)
                | GatewayConfig::MessenteOlder(_)
                | GatewayConfig::Infobip(_)
                | GatewayConfig::Aws(_)
                | GatewayConfig::Generic(_),
                _,
            ) => continue,
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
        gives_receipts: webhook.receipt_token_source().is_some(),
    };
    match WebhookGateway::new(options) {
        Ok(gateway) => Ok(Arc::new(gateway)),
        Err(error) => Err(GatewayError::Webhook(name, error)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Flags, load};

    fn config(folder: &Path, text: &str) -> Config {
        let file = folder.join("ringproof.toml");
        std::fs::write(&file, text).unwrap();
        let flags = Flags { config: Some(file), dev: true, ..Flags::default() };
        load(&flags, []).unwrap().config
    }

    fn hook(name: &str, port: u16, rest: &str) -> String {
        let url = format!("http://127.0.0.1:{port}/");
        format!("[[gateway]]\nname = \"{name}\"\nkind = \"webhook\"\nurl = \"{url}\"\n{rest}\n")
    }

    #[test]
    fn a_gateway_that_did_not_change_goes_on_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, "a-token-of-some-length\n").unwrap();
        let with_token = format!("token_file = {token:?}");
        let before = [hook("a", 9001, ""), hook("b", 9002, ""), hook("c", 9003, &with_token)];
        let before = config(folder.path(), &before.concat());
        let old = build(&before, true, &Tools::to_look()).unwrap();
        let now = [hook("c", 9003, &with_token), hook("b", 9009, ""), hook("a", 9001, "")];
        let now = config(folder.path(), &now.concat());
        let new = rebuild(&old, &before, &now, &Tools::to_look()).unwrap();
        assert_eq!(new.names(), "c, b, a");
        assert!(Arc::ptr_eq(&new.all[2], &old.all[0]), "a did not change");
        assert!(!Arc::ptr_eq(&new.all[1], &old.all[1]), "b has another address");
        assert!(!Arc::ptr_eq(&new.all[0], &old.all[2]), "c may have another token");
        std::fs::remove_file(&token).unwrap();
        let error = rebuild(&old, &before, &now, &Tools::to_look()).map(|g| g.names()).unwrap_err();
        assert!(matches!(&error, GatewayError::Token(name, _) if name == "c"), "{error}");
    }

    #[test]
    fn a_session_is_kept_unless_its_block_or_its_files_changed() {
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "secret\n").unwrap();
        let block = |name: &str, window: u16, rest: &str| {
            format!(
                "[[gateway]]\nname = \"{name}\"\nkind = \"smpp\"\nhosts = [\"127.0.0.1:2775\"]\ntls = false\n\
                 system_id = \"acct\"\nwindow = {window}\n{rest}\n"
            )
        };
        let with_password = format!("password_file = {password:?}");
        let blocks = |window| block("a", window, "") + &block("b", 10, &with_password);
        let before = config(folder.path(), &blocks(10));
        let old = build(&before, true, &Tools::to_look()).unwrap();
        let kept = |old: &Gateways, now: &Config| {
            let new = rebuild(old, &before, now, &Tools::to_look()).unwrap();
            let same = |n: usize| Arc::ptr_eq(&new.smpp[n].gateway, &old.smpp[n].gateway);
            (same(0), same(1))
        };
        assert_eq!(kept(&old, &before), (true, true));
        assert_eq!(kept(&old, &config(folder.path(), &blocks(11))), (false, true));
        std::fs::write(&password, "other\n").unwrap();
        assert_eq!(kept(&old, &before), (true, false));
    }

    #[test]
    fn the_inbox_keeps_its_messages_and_is_not_added_later() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = "[[gateway]]\nname = \"shown\"\nkind = \"inbox\"\nallow_beside_real = true\n";
        let alone = config(folder.path(), inbox);
        let old = build(&alone, true, &Tools::to_look()).unwrap();
        let both = config(folder.path(), &(hook("a", 9001, "") + inbox));
        let new = rebuild(&old, &alone, &both, &Tools::to_look()).unwrap();
        assert_eq!(new.names(), "a, shown");
        assert!(Arc::ptr_eq(&new.all[1], &old.all[0]));
        let renamed = config(folder.path(), &inbox.replace("shown", "other"));
        let error =
            rebuild(&old, &alone, &renamed, &Tools::to_look()).map(|g| g.names()).unwrap_err();
        assert!(
            matches!(&error, GatewayError::InboxAfterStart(name) if name == "other"),
            "{error}"
        );
    }
}
