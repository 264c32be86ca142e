//! What a caller tells of the person's browser: `ip`, `browser`, `cookie`
//! (`number-verification-api.md` 5). Only keyed digests leave this file.

use std::net::IpAddr;

use verify::ids::AccountId;
use verify::keys::{AddressKey, Keyring};
use verify::limits::{
    ADDRESS_PREFIX_V6, COOKIE_CHARS_MAX, COOKIE_CHARS_MIN, NETWORK_PREFIX_V4, NETWORK_PREFIX_V6,
};
use verify::record::BrowserTrace;

use crate::http::text_api::params::ParamsError;
use crate::http::text_api::respond::Caller;

/// The browser, and the address that it is counted under.
pub(super) struct Told {
    pub(super) browser: BrowserTrace,
    /// The address itself, and its network.
    pub(super) addresses: Option<[AddressKey; 2]>,
}

/// Reads the three parameters. A cookie that is too short to trust, and an
/// address that is none, count as not given.
pub(super) fn read(caller: &Caller<'_>) -> Result<Told, ParamsError> {
    let (keyring, account) = (&caller.app.keyring, caller.entry.account.id);
    let params = caller.params;
    let is_long_enough =
        |cookie: &&str| (COOKIE_CHARS_MIN..=COOKIE_CHARS_MAX).contains(&cookie.chars().count());
    let cookie = params.filled_text("cookie")?.filter(is_long_enough);
    let address = params.filled_text("ip")?.and_then(|ip| ip.trim().parse::<IpAddr>().ok());
    let addresses = address.map(|address| addresses(keyring, account, address));
    let agent = params.filled_text("browser")?;
    Ok(Told {
        browser: BrowserTrace {
            cookie: cookie.map(|cookie| keyring.cookie_digest(account, cookie)),
            network: addresses.map(|[_, network]| network),
            agent: agent.map(|agent| keyring.browser_digest(agent)),
        },
        addresses,
    })
}

/// The names under which an account counts an address, and its network.
pub(in crate::http) fn addresses(
    keyring: &Keyring,
    account: AccountId,
    address: IpAddr,
) -> [AddressKey; 2] {
    let address = address.to_canonical();
    let (own, network) = prefixes(address);
    [own, network].map(|prefix| keyring.address_key(account, address, prefix))
}

/// Bits of an address that are one person's, and those of its network.
pub(in crate::http) fn prefixes(address: IpAddr) -> (u8, u8) {
    match address {
        IpAddr::V4(_) => (32, NETWORK_PREFIX_V4),
        IpAddr::V6(_) => (ADDRESS_PREFIX_V6, NETWORK_PREFIX_V6),
    }
}
