//! What governs a message of an account, taken from the program once per
//! request, so that a rule on another thread can look at it.

use std::fmt;
use std::sync::Arc;

use delivery::Exits;
use verify::engine::admit::{SendContext, Ways};
use verify::phone::PhoneNumber;

use crate::app::App;
use crate::http::auth::AccountEntry;

/// An account's way out at this time.
#[derive(Clone)]
pub struct Sending {
    entry: Arc<AccountEntry>,
    exits: Exits,
    lease: u64,
}

impl Sending {
    /// The way out of an account, now.
    pub fn of(app: &App, entry: &Arc<AccountEntry>) -> Self {
        let (exits, lease) = (app.outbox.exits().clone(), app.outbox.lease());
        Self { entry: entry.clone(), exits, lease }
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
            ways: self,
            lease: self.lease,
        }
    }
}

impl Ways for Sending {
    fn are_open_to(&self, to: &PhoneNumber) -> bool {
        self.exits.are_open_to(&self.entry.account.username, to)
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sending({})", self.entry.account.id)
    }
}
