//! Whether the SMSCs can be reached, TLS included. Nothing is bound: an account
//! may be bound only so often, and the server may run.

use delivery::Gateway as _;
use delivery::smpp::Reached;

use super::Finding;
use crate::cli::open;
use crate::config::{Config, GatewayConfig, SmppGateway};
use crate::serve::gateways;
use crate::serve::providers::Tools;
use crate::serve::smpp::SmppLink;

/// A finding for each gateway over SMPP; none if they cannot be set up, which
/// has been said.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let found = open::block_on(async {
        let mut found = Vec::new();
        for link in gateways::build(config, true, &Tools::to_look())?.smpp {
            found.push(reach(config, &link).await);
        }
        Ok(found)
    });
    found.unwrap_or_default()
}

async fn reach(config: &Config, link: &SmppLink) -> Finding {
    let name = link.gateway.name();
    let configured = config.gateway.iter().find(|gateway| gateway.name() == name);
    let configured = configured.and_then(GatewayConfig::smpp);
    let Some(smpp) = configured else { return Finding::Good(name.to_owned()) };
    match link.gateway.reach().await {
        Ok(Reached { peer, key: None }) => Finding::Good(format!("{name}: {peer} answers")),
        Ok(Reached { peer, key: Some(key) }) => {
            let pinned =
                if smpp.tls_pinned_keys.is_empty() { "" } else { ", one of tls_pinned_keys" };
            Finding::Good(format!(
                "{name}: {peer} answers, and its certificate is good; its key is {key}{pinned}"
            ))
        }
        Err(reason) => Finding::Bad(format!("{name}: {reason}: {}", remedy(smpp))),
    }
}

fn remedy(smpp: &SmppGateway) -> String {
    let hosts: Vec<String> = smpp.hosts.iter().map(ToString::to_string).collect();
    let hosts = hosts.join(", ");
    let tls = if smpp.tls {
        ", that it speaks TLS there, and tls_server_name, ca_file and tls_pinned_keys"
    } else {
        ""
    };
    format!(
        "no SMSC can be used at {hosts}; check hosts{tls}, that a firewall lets this machine out, and that the \
         provider has allowed its address"
    )
}
