//! Section `[push]`.

use ringproof_server::config::Config;
use ringproof_server::serve::push::client;
use verify::keys::{Keyring, RootKey};

use super::{Given, mistakes_in};

fn contact(config: &Config) -> Option<String> {
    let contact = config.push.contact_or(config.server.public_url.as_ref());
    contact.map(|contact| contact.as_str().to_owned())
}

#[test]
fn pushes_go_to_the_services_of_browsers_unless_others_are_named() {
    let config = Config::default();
    assert!(config.push.enabled && config.push.allow_private.is_empty());
    assert_eq!(config.push.services(), delivery::push::PushServices::default());
    let config = Given::variable("RINGPROOF_PUSH__HOSTS", "push.example,*.Push.Example:8443")
        .and_variable("RINGPROOF_PUSH__ALLOW_PRIVATE", "10.1.2.3/16")
        .config();
    let hosts: Vec<String> = config.push.hosts.iter().map(ToString::to_string).collect();
    assert_eq!(hosts, ["push.example", "*.push.example:8443"]);
    let services = config.push.services();
    assert_eq!(services.policy().allow_private, ["10.1.0.0/16".parse().unwrap()]);
    assert!(!services.policy().allow_http);

    assert!(mistakes_in("[push]\nhosts = []\n").contains("has 0 values; give 1 to 64"));
    let said = mistakes_in("[push]\nhosts = [\"*.com\"]\n");
    assert!(
        said.starts_with("FILE:2: push.hosts: \"*.com\" is no host of a push service"),
        "{said}"
    );
    assert_eq!(
        mistakes_in("[push]\nurgency = \"low\"\n"),
        "FILE:2: push.urgency: unknown key; [push] has allow_private, contact, enabled, hosts"
    );
}

#[test]
fn the_contact_is_the_one_that_is_set_or_the_address_of_the_server() {
    let public = ("RINGPROOF_SERVER__PUBLIC_URL", "https://verify.example.com");
    let set = ("RINGPROOF_PUSH__CONTACT", "mailto:operator@example.com");
    assert_eq!(contact(&Config::default()), None);
    let config = Given::variable(public.0, public.1).config();
    assert_eq!(contact(&config).as_deref(), Some("https://verify.example.com"));
    let config = Given::variable(public.0, public.1).and_variable(set.0, set.1).config();
    assert_eq!(contact(&config).as_deref(), Some("mailto:operator@example.com"));
    let config = Given::variable(public.0, "http://127.0.0.1:8080").config();
    assert_eq!(contact(&config), None, "an address that is no https:// one is no contact");
    let said = mistakes_in("[push]\ncontact = \"operator@example.com\"\n");
    assert!(said.starts_with("FILE:2: push.contact: is no contact; write"), "{said}");
}

#[test]
fn the_sender_has_the_key_of_the_installation_and_is_not_there_when_it_is_off() {
    let keyring = |seed| Keyring::new(&RootKey::from_bytes([seed; 32]));
    let key = |seed| client(&Config::default(), &keyring(seed)).unwrap().public_key();
    assert_eq!(key(1), key(1));
    assert_ne!(key(1), key(2));
    assert_eq!(key(1).len(), 87, "65 octets in base64url");
    let config = Given::variable("RINGPROOF_PUSH__ENABLED", "false").config();
    assert!(client(&config, &keyring(1)).is_none());
}
