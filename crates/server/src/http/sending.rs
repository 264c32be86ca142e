//! What governs a message of an account, taken from the program once per
//! request, so that a rule on another thread can look at it.

use std::sync::Arc;

use verify::engine::admit::SendContext;

use crate::app::App;
use crate::http::auth::AccountEntry;

/// An account's way out at this time.
#[derive(Clone)]
pub struct Sending {
    entry: Arc<AccountEntry>,
    has_open_gateway: bool,
    lease: u64,
}

impl Sending {
    /// The way out of an account, now.
    pub fn of(app: &App, entry: &Arc<AccountEntry>) -> Self {
        let (has_open_gateway, lease) = (app.outbox.has_open_gateway(), app.outbox.lease());
        Self { entry: entry.clone(), has_open_gateway, lease }
    }

    /// The account.
    pub fn entry(&self) -> &AccountEntry {
        &self.entry
    }

    /// As the rules take it.
    pub fn context(&self) -> SendContext<'_> {
        let AccountEntry { account, sends, blocked, keys, .. } = &*self.entry;
        SendContext {
            sends: *sends,
            countries: &account.countries,
            home_country: account.home_country,
            blocked,
            keys,
            has_open_gateway: self.has_open_gateway,
            lease: self.lease,
        }
    }
}
