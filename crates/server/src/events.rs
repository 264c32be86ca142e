//! What accounts are told of devices: signed JSON, posted to the account's
//! `events_url` (`docs/EVENTS.md`).

use std::collections::HashMap;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use sha2::Sha256;
use verify::engine::event::Event;
use verify::engine::report;
use verify::hex;
use verify::ids::{AccountId, ReportId};
use verify::keys::Keyring;
use verify::record::{Account, Report};

use crate::entropy::SystemEntropy;
use crate::http::callbacks::Callbacks;

#[derive(Serialize)]
struct WireEvent<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    time: String,
    service: WireService<'a>,
    user: WireUser<'a>,
    device: WireDevice,
}

#[derive(Serialize)]
struct WireService<'a> {
    id: String,
    name: &'a str,
}

#[derive(Serialize)]
struct WireUser<'a> {
    id: String,
    id_in_service: &'a str,
}

#[derive(Serialize)]
struct WireDevice {
    id: String,
    held_until: Option<String>,
}

/// Makes reports of events, for rules that queue them.
pub struct Events {
    keyring: Keyring,
    /// The names of the accounts that want to hear, by their ids.
    names: HashMap<AccountId, String>,
    callbacks: Arc<Callbacks>,
    entropy: SystemEntropy,
}

impl Events {
    /// For these accounts.
    pub fn new<'a>(
        keyring: &Keyring,
        callbacks: Arc<Callbacks>,
        accounts: impl Iterator<Item = &'a Account>,
    ) -> Self {
        let wants = |account: &&Account| callbacks.events.contains_key(&account.username);
        let names = accounts.filter(wants).map(|a| (a.id, a.username.clone())).collect();
        Self { keyring: keyring.clone(), names, callbacks, entropy: SystemEntropy::new() }
    }

    /// The report of an event; `None` where the account has no address for it.
    pub fn report(&mut self, event: &Event<'_>) -> Option<Report> {
        let target = self.callbacks.events.get(self.names.get(&event.account)?)?;
        let keys = self.keyring.account(event.account);
        let id = ReportId::ordered(event.at, &mut self.entropy);
        let body = body(id, event);
        let seconds = event.at.as_second();
        let secret = target.secret.expose_secret().as_bytes();
        let signature = format!("t={seconds},v1={}", sign(secret, seconds, &body));
        let (url, at) = (target.url.clone(), event.at);
        Some(report::of_event(id, url, &body, signature, &keys, at, &mut self.entropy))
    }
}

fn body(id: ReportId, event: &Event<'_>) -> String {
    let wire = WireEvent {
        id: id.to_string(),
        kind: event.kind.as_str(),
        time: format!("{:.3}", event.at),
        service: WireService { id: event.service.to_string(), name: event.issuer },
        user: WireUser { id: event.user.to_string(), id_in_service: event.login },
        device: WireDevice {
            id: event.device.id.to_string(),
            held_until: event.device.held_until.map(|until| format!("{until:.3}")),
        },
    };
    serde_json::to_string(&wire).expect("texts have a JSON form")
}

/// HMAC-SHA-256 in hex over time and body, joined by a dot: an old call cannot be
/// passed off as a new one (S-82).
fn sign(secret: &[u8], seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is a key");
    mac.update(format!("{seconds}.{body}").as_bytes());
    hex::encode(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '1764180000.{}' | openssl dgst -sha256 -hmac Jefe`.
    #[test]
    fn time_and_body_are_signed_together() {
        let expected = "393143fd52237309e2eea07c815902bafa2255488eb4edc1dc37e5d496003246";
        assert_eq!(sign(b"Jefe", 1_764_180_000, "{}"), expected);
        assert_ne!(expected, sign(b"Jefe", 1_764_180_001, "{}"));
        assert_ne!(expected, sign(b"jefe", 1_764_180_000, "{}"));
        assert_ne!(expected, sign(b"Jefe", 1_764_180_000, "{} "));
    }
}
