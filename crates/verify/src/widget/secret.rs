//! The secret under which requests and answers are signed, as it is kept (S-75).

use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::keys::AccountKeys;
use crate::sealed::{Place, Sealed};

const COLUMN: &str = "widget_settings.secret";

/// Seals the secret of an account.
pub fn seal(keys: &AccountKeys, secret: &str, entropy: &mut dyn Entropy) -> Sealed {
    let account = keys.account().as_i64().to_be_bytes();
    keys.seal.seal(&Place { column: COLUMN, record: &[&account] }, secret, entropy)
}

/// Opens it; `None` if it was sealed for another account or under another key.
pub fn open(keys: &AccountKeys, sealed: &Sealed) -> Option<Zeroizing<String>> {
    let account = keys.account().as_i64().to_be_bytes();
    keys.seal.open(&Place { column: COLUMN, record: &[&account] }, sealed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::ids::AccountId;
    use crate::keys::{Keyring, RootKey};

    #[test]
    fn it_opens_for_its_account_only() {
        let keys = |root, account| {
            Keyring::new(&RootKey::from_bytes([root; 32])).account(AccountId::from_i64(account))
        };
        let sealed = seal(&keys(1, 1), "demo-pass-9f3a", &mut SeededEntropy::new(1));
        let opened = |root, account| open(&keys(root, account), &sealed);
        assert_eq!(opened(1, 1).as_deref().map(String::as_str), Some("demo-pass-9f3a"));
        assert!(opened(1, 2).is_none() && opened(2, 1).is_none());
    }
}
