//! Whether the SMSCs can be reached, TLS included. Nothing is bound: an account
//! may be bound only so often, and the server may run.

use delivery::Gateway as _;

use super::Finding;
use crate::cli::open;
use crate::config::{Config, GatewayConfig, SmppGateway};
use crate::serve::gateways;
use crate::serve::smpp::SmppLink;

/// A finding for each gateway over SMPP; none if they cannot be set up, which
/// has been said.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let found = open::block_on(async {
        let mut found = Vec::new();
        for link in gateways::build(config, true)?.smpp {
            found.push(reach(config, &link).await);
        }
        Ok(found)
    });
    found.unwrap_or_default()
}

async fn reach(config: &Config, link: &SmppLink) -> Finding {
    let name = link.gateway.name();
    let configured = config.gateway.iter().find_map(|gateway| match gateway {
        GatewayConfig::Smpp(smpp) if smpp.name == name => Some(&**smpp),
        GatewayConfig::Smpp(_) | GatewayConfig::Inbox(_) | GatewayConfig::Webhook(_) => None,
    });
    let Some(smpp) = configured else { return Finding::Good(name.to_owned()) };
    match link.gateway.reach().await {
        Ok(address) if smpp.tls => {
            Finding::Good(format!("{name}: {address} answers, and its certificate is good"))
        }
        Ok(address) => Finding::Good(format!("{name}: {address} answers")),
        Err(reason) => Finding::Bad(format!("{name}: {reason}: {}", remedy(smpp))),
    }
}

fn remedy(smpp: &SmppGateway) -> String {
    let hosts: Vec<String> = smpp.hosts.iter().map(ToString::to_string).collect();
    let hosts = hosts.join(", ");
    let tls = match smpp.tls {
        true => ", that it speaks TLS there, and tls_server_name and ca_file",
        false => "",
    };
    format!(
        "no SMSC can be used at {hosts}; check hosts{tls}, that a firewall lets this machine out, and that the \
         provider has allowed its address"
    )
}
