//! What the widget has of the configuration, and what it remembers between requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use http::Request;
use http::header::HOST;
use http::uri::Authority;
use verify::Timestamp;
use verify::ids::AccountId;
use verify::record::WidgetTraffic;
use verify::widget::signature::WidgetSecret;
use verify::widget::traffic::AttackMode;

use super::captcha::Captcha;
use super::throttle::EntryThrottle;
use crate::entropy::SystemEntropy;

/// What a [`Desk`] is made of.
#[derive(Default)]
pub struct DeskParts {
    /// The host on which the widget stands at `/`.
    pub host: Option<String>,
    /// The host that people see, which a message can tie its code to.
    pub page_host: Option<String>,
    /// Who says whether it is an attack.
    pub attack: AttackMode,
    /// A captcha of others.
    pub captcha: Option<Captcha>,
}

/// The widget's own part of the program.
pub struct Desk {
    parts: DeskParts,
    /// For requests that name nobody: they cost what others cost.
    decoy: WidgetSecret,
    entries: Mutex<EntryThrottle>,
    /// The last day on which the use of version 1 was noted, for each account.
    noted: Mutex<HashMap<AccountId, i64>>,
}

const DAY_SECONDS: i64 = 24 * 60 * 60;

impl Desk {
    /// Sets it up.
    pub fn new(parts: DeskParts) -> Self {
        let decoy = WidgetSecret::issue(&mut SystemEntropy::new());
        Self { parts, decoy, entries: Mutex::default(), noted: Mutex::default() }
    }

    /// The host that a message can tie its code to.
    pub(super) fn page_host(&self) -> Option<&str> {
        self.parts.page_host.as_deref()
    }

    /// Who says whether it is an attack.
    pub(super) fn attack(&self) -> AttackMode {
        self.parts.attack
    }

    /// The captcha, if one is asked for in this traffic.
    pub(super) fn captcha(&self, traffic: &WidgetTraffic, now: Timestamp) -> Option<&Captcha> {
        let is_attack = || self.parts.attack.is_attack(traffic, now);
        self.parts.captcha.as_ref().filter(|captcha| captcha.is_always || is_attack())
    }

    /// The secret of nobody.
    pub(super) fn decoy(&self) -> &WidgetSecret {
        &self.decoy
    }

    /// Whether the address may begin another session.
    pub(super) fn admits(&self, address: IpAddr, now: Timestamp) -> bool {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).admit(address, now)
    }

    /// Whether the use of version 1 by the account is to be noted: once a day.
    pub(super) fn is_to_note(&self, account: AccountId, now: Timestamp) -> bool {
        let today = now.as_second().div_euclid(DAY_SECONDS);
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.insert(account, today) != Some(today)
    }

    /// Whether a request is for the host that is configured as the widget's.
    pub(super) fn is_own_host<B>(&self, request: &Request<B>) -> bool {
        let Some(own) = &self.parts.host else { return false };
        let named = request.headers().get(HOST).map(|host| Authority::try_from(host.as_bytes()));
        let asked = match &named {
            // HTTP/2 names the host in the target.
            None => request.uri().host(),
            Some(Ok(authority)) => Some(authority.host()),
            Some(Err(_)) => None,
        };
        asked.is_some_and(|asked| asked.eq_ignore_ascii_case(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(host: &str) -> Desk {
        Desk::new(DeskParts { host: Some(host.to_owned()), ..DeskParts::default() })
    }

    #[test]
    fn the_own_host_is_known_by_its_name() {
        let desk = desk("verify.example");
        let asks =
            |host: &str| desk.is_own_host(&Request::builder().header(HOST, host).body(()).unwrap());
        assert!(asks("verify.example") && asks("Verify.Example:8443"));
        for other in ["", "verify.example.evil.example", "a.verify.example", "verify.example."] {
            assert!(!asks(other), "{other}");
        }
        let target = |uri: &str| desk.is_own_host(&Request::builder().uri(uri).body(()).unwrap());
        assert!(target("https://verify.example/") && !target("/"));
        assert!(!Desk::new(DeskParts::default()).is_own_host(&Request::new(())));
    }

    #[test]
    fn version_1_is_noted_once_a_day() {
        let desk = desk("");
        let at = |seconds| Timestamp::from_second(1_764_028_800 + seconds).unwrap();
        let (one, other) = (AccountId::from_i64(1), AccountId::from_i64(2));
        assert!(desk.is_to_note(one, at(0)) && desk.is_to_note(other, at(0)));
        assert!(
            !desk.is_to_note(one, at(DAY_SECONDS - 1)) && desk.is_to_note(one, at(DAY_SECONDS))
        );
    }
}
