//! The sender of pushes from configuration.

use delivery::push::{PushClient, PushClientParts, Vapid};
use verify::keys::Keyring;

use crate::config::Config;

/// Makes the sender, unless the operator has switched it off. It calls nobody yet.
pub fn client(config: &Config, keyring: &Keyring) -> Option<PushClient> {
    let push = &config.push;
    let make = || {
        let contact = push.contact_or(config.server.public_url.as_ref());
        let vapid = Vapid::new(keyring.vapid_key(), contact);
        PushClient::new(PushClientParts::new(push.services(), vapid))
    };
    push.enabled.then(make)
}
