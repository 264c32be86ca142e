//! Accounts: made and changed by the operator.

use super::{Change, Decision, Keys, Snapshot};
use crate::record::Account;

/// Records that the rules of this module need.
pub fn keys(username: &str) -> Keys {
    Keys { account_name: Some(username.to_owned()), ..Keys::default() }
}

/// Answer of [`create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateOutcome {
    /// The account is there.
    Created,
    /// Another account has this user name.
    NameTaken,
}

/// Makes an account, unless its user name is taken.
pub fn create(snapshot: &Snapshot, account: &Account) -> Decision<CreateOutcome> {
    if snapshot.account.is_some() {
        return Decision::unchanged(CreateOutcome::NameTaken);
    }
    Decision::with(vec![Change::PutAccount(Box::new(account.clone()))], CreateOutcome::Created)
}

/// Changes an account by `edit`; gives the changed account, or `None` if
/// there is none of that name.
pub fn update(snapshot: &Snapshot, edit: impl FnOnce(&mut Account)) -> Decision<Option<Account>> {
    let Some(mut account) = snapshot.account.clone() else {
        return Decision::unchanged(None);
    };
    edit(&mut account);
    Decision::with(vec![Change::PutAccount(Box::new(account.clone()))], Some(account))
}

/// Whether a text can be an API user name: 1 to 64 printable ASCII characters
/// without colon (the separator of `X-Service-Auth`) and without blanks.
pub fn is_username(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b':')
}
