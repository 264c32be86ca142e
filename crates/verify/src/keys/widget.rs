//! Keys of the verification widget.

use std::fmt;
use std::net::IpAddr;

use subtle::ConstantTimeEq as _;

use super::{AddressKey, Keyring, MacKey, NonceDigest, WidgetCookieDigest, expand, first_16};
use crate::hex;
use crate::ids::{AccountId, WidgetSessionId};

impl Keyring {
    /// The digest under which the cookie of a session is kept (S-79).
    pub fn widget_cookie(&self, session: WidgetSessionId, cookie: &str) -> WidgetCookieDigest {
        let key = MacKey(expand(&self.root, "widget cookie v1", None));
        WidgetCookieDigest(key.digest(&[session.as_bytes(), cookie.as_bytes()]))
    }

    /// What stands in the forms of a session, and proves that a post comes from
    /// its page (S-79): 32 hex digits.
    pub fn widget_form_token(&self, session: WidgetSessionId, cookie: &str) -> String {
        let key = MacKey(expand(&self.root, "widget form v1", None));
        hex::encode(&first_16(&key.digest(&[session.as_bytes(), cookie.as_bytes()])))
    }

    /// Whether a post has that token; constant time (S-16).
    pub fn is_widget_form_token(
        &self,
        session: WidgetSessionId,
        cookie: &str,
        token: &str,
    ) -> bool {
        let expected = self.widget_form_token(session, cookie);
        expected.as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// The name under which a request's `nonce` is kept as used.
    pub fn widget_nonce(&self, account: AccountId, nonce: &str) -> NonceDigest {
        let key = MacKey(expand(&self.root, "widget nonce v1", Some(account)));
        NonceDigest(first_16(&key.digest(&[nonce.as_bytes()])))
    }

    /// The name under which messages to browsers without scripts are counted: an
    /// address of the whole installation, whichever account it is at (S-80).
    pub fn scriptless_key(&self, address: IpAddr, prefix: u8) -> AddressKey {
        let of_address = self.address_key(AccountId::INSTALLATION, address, prefix);
        let key = MacKey(expand(&self.root, "widget without scripts v1", None));
        AddressKey(first_16(&key.digest(&[of_address.as_bytes()])))
    }

    /// The key of challenges.
    pub fn work_key(&self) -> WorkKey {
        WorkKey(MacKey(expand(&self.root, "widget work v1", None)))
    }
}

/// Tags challenges (S-80), so that none needs to be kept.
#[derive(Clone)]
pub struct WorkKey(MacKey);

impl WorkKey {
    pub(crate) fn tag(
        &self,
        session: WidgetSessionId,
        start: u32,
        bits: u8,
        millis: i64,
    ) -> [u8; 16] {
        let (start, millis) = (start.to_be_bytes(), millis.to_be_bytes());
        first_16(&self.0.digest(&[session.as_bytes(), &start, &[bits], &millis]))
    }
}

impl fmt::Debug for WorkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkKey(…)")
    }
}
