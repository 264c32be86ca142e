//! The client itself.

use std::fmt;
use std::sync::Arc;

use crate::calls::auth::Auth;
use crate::calls::authenticators::Authenticators;
use crate::calls::number::NumberVerification;
use crate::calls::recovery::Recovery;
use crate::calls::services::Services;
use crate::calls::sms::Sms;
use crate::calls::users::Users;
use crate::calls::widget::Widget;
use crate::http::transport::Transport;
use crate::settings::{Builder, Settings, SettingsError};

/// A Ringproof server, as one account sees it. Make one and keep it: it keeps
/// connections. A clone is the same client, for another task.
///
/// Calls run on the runtime of tokio. A call whose future is dropped may have been done.
/// `Debug` shows no password and no secret.
#[derive(Clone)]
pub struct Ringproof(Arc<Transport>);

impl Ringproof {
    /// Begins a client of this account.
    pub fn builder(username: &str, password: &str) -> Builder {
        Builder::new(username, password)
    }

    pub(crate) fn of(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self(Arc::new(Transport::new(settings)?)))
    }

    /// Services of the account.
    pub fn services(&self) -> Services<'_> {
        Services(&self.0)
    }

    /// Users of services.
    pub fn users(&self) -> Users<'_> {
        Users(&self.0)
    }

    /// Starts authentications and checks PINs.
    pub fn auth(&self) -> Auth<'_> {
        Auth(&self.0)
    }

    /// Authenticators of users.
    pub fn authenticators(&self) -> Authenticators<'_> {
        Authenticators(&self.0)
    }

    /// Recovery codes of users.
    pub fn recovery(&self) -> Recovery<'_> {
        Recovery(&self.0)
    }

    /// Confirms bare numbers.
    pub fn number(&self) -> NumberVerification<'_> {
        NumberVerification(&self.0)
    }

    /// Plain messages.
    pub fn sms(&self) -> Sms<'_> {
        Sms(&self.0)
    }

    /// The hosted page.
    pub fn widget(&self) -> Widget<'_> {
        Widget(&self.0)
    }
}

impl fmt::Debug for Ringproof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
