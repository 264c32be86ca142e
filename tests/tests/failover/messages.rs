//! The codes that were sent, by number.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use ringproof_blackbox::webhook::Webhook;

/// What has come to the gateway so far.
#[derive(Default)]
pub(crate) struct Messages(Mutex<HashMap<String, BTreeSet<String>>>);

impl Messages {
    /// Reads what has come since the last look.
    pub(crate) fn collect(&self, webhook: &Webhook) {
        let calls = webhook.come();
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, message) in calls.iter().flat_map(ringproof_blackbox::webhook::Call::messages) {
            codes.entry(message.to.clone()).or_default().insert(message.pin());
        }
    }

    /// The codes that have come to a number.
    pub(crate) fn of(&self, number: &str) -> BTreeSet<String> {
        let codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.get(number).cloned().unwrap_or_default()
    }
}
