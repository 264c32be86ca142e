//! What a number confirmation needs beside its verification.

use crate::ids::{AccountId, ServiceId, UserId, VerificationId};
use crate::keys::{AddressKey, BrowserDigest, CookieDigest, NumberKey};
use crate::phone::PhoneNumber;
use crate::{SignedDuration, Timestamp};

/// A number confirmation (`number-verification-api.md`). It finds the
/// verification by the id that the API client has, tells an id that is used up
/// from one that never was, and holds what automatic repeats need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Whose it is.
    pub account: AccountId,
    /// The verification; its id is the API client's.
    pub id: VerificationId,
    /// The service under which the verification is kept.
    pub service: ServiceId,
    /// The user under which the verification is kept.
    pub user: UserId,
    /// The number.
    pub to: PhoneNumber,
    /// Its keyed name.
    pub number_key: NumberKey,
    /// The message text with the place for the code.
    pub template: String,
    /// Origin to show.
    pub sender: String,
    /// Messages after which no repeat follows.
    pub messages_max: u32,
    /// Pause before a repeat.
    pub repeat_pause: SignedDuration,
    /// When the next repeat is due; `None` when no more follow.
    pub repeat_at: Option<Timestamp>,
    /// What the caller told of the person's browser.
    pub browser: BrowserTrace,
    /// From here on the id is unknown.
    pub forget_at: Timestamp,
}

/// What a caller tells of the person's browser; only keyed digests are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrowserTrace {
    /// The integrator's cookie value, if it is long enough to trust (S-21).
    pub cookie: Option<CookieDigest>,
    /// The network of the address.
    pub network: Option<AddressKey>,
    /// The User-Agent text.
    pub agent: Option<BrowserDigest>,
}

/// A browser that has proved that its person holds a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Whose it is.
    pub account: AccountId,
    /// The number.
    pub number_key: NumberKey,
    /// The cookie value.
    pub cookie: CookieDigest,
    /// The network that it came from.
    pub network: Option<AddressKey>,
    /// The User-Agent text.
    pub agent: Option<BrowserDigest>,
    /// When it was learned; a later use does not lengthen its life.
    pub created_at: Timestamp,
}
