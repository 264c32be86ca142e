//! `feedback` of the providers that can be told which codes were entered.
//!
//! What a gateway called its message is in the memory of the server that sent it. Where several servers share a
//! database, a code that is entered at another one is not told, and AWS counts it as failed after a while. So there
//! `feedback` is off unless the operator writes it.

use super::GatewayConfig;
use crate::config::Config;

/// Makes `feedback` what it is where nobody wrote it: on, unless other servers may have the same data.
pub(in crate::config) fn fill(config: &mut Config) {
    let is_alone = config.data.postgres.is_none();
    for gateway in &mut config.gateway {
        let feedback = match gateway {
            GatewayConfig::Twilio(twilio) => &mut twilio.feedback,
            GatewayConfig::Aws(aws) => &mut aws.feedback,
            GatewayConfig::Inbox(_)
            | GatewayConfig::Webhook(_)
            | GatewayConfig::Smpp(_)
            | GatewayConfig::Vonage(_)
            | GatewayConfig::Messente(_)
            | GatewayConfig::MessenteOlder(_)
            | GatewayConfig::Infobip(_)
            | GatewayConfig::Generic(_) => continue,
        };
        feedback.get_or_insert(is_alone);
    }
}

/// What the operator should know of it: a sentence for each gateway.
pub(in crate::config) fn warnings(config: &Config) -> Vec<String> {
    if config.data.postgres.is_none() {
        return Vec::new();
    }
    let told = config.gateway.iter().filter(|gateway| is_told(gateway));
    let warning = |gateway: &GatewayConfig| {
        format!(
            "gateway.{}.feedback: codes that are entered at another server are not told; write feedback = false \
             unless this is the only server on data.postgres",
            gateway.name()
        )
    };
    told.map(warning).collect()
}

fn is_told(gateway: &GatewayConfig) -> bool {
    match gateway {
        GatewayConfig::Twilio(twilio) => twilio.feedback == Some(true),
        GatewayConfig::Aws(aws) => aws.feedback == Some(true),
        GatewayConfig::Vonage(vonage) => vonage.feedback,
        GatewayConfig::Inbox(_)
        | GatewayConfig::Webhook(_)
        | GatewayConfig::Smpp(_)
        | GatewayConfig::Messente(_)
        | GatewayConfig::MessenteOlder(_)
        | GatewayConfig::Infobip(_)
        | GatewayConfig::Generic(_) => false,
    }
}
