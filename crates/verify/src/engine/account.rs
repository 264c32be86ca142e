//! Accounts: made and changed by the operator.

use super::{Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::keys::NumberKey;
use crate::record::{Account, BlockedNumber};

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

/// A number to put on the list of those that an account must not send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberToBlock {
    /// Keyed name of the number.
    pub number_key: NumberKey,
    /// The number as people may see it, most of it hidden (S-106).
    pub masked: String,
}

/// Answer of [`block`] and [`unblock`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockOutcome {
    /// The list is as it was asked for.
    Done,
    /// There is no such account.
    AccountNotFound,
}

/// Puts numbers on the list that an account must not send to. One that is
/// there already stays as it was.
pub fn block(
    snapshot: &Snapshot,
    numbers: &[NumberToBlock],
    now: Timestamp,
) -> Decision<BlockOutcome> {
    let Some(account) = &snapshot.account else {
        return Decision::unchanged(BlockOutcome::AccountNotFound);
    };
    let blocked = numbers.iter().map(|number| BlockedNumber {
        account: account.id,
        number_key: number.number_key,
        masked: number.masked.clone(),
        created_at: now,
    });
    let changes = blocked.map(|number| Change::BlockNumber(Box::new(number))).collect();
    Decision::with(changes, BlockOutcome::Done)
}

/// Takes numbers off that list. One that is not there makes no difference.
pub fn unblock(snapshot: &Snapshot, numbers: &[NumberKey]) -> Decision<BlockOutcome> {
    let Some(account) = &snapshot.account else {
        return Decision::unchanged(BlockOutcome::AccountNotFound);
    };
    let changes = numbers.iter().map(|number| Change::UnblockNumber(account.id, *number)).collect();
    Decision::with(changes, BlockOutcome::Done)
}

/// Whether a text can be an API user name: 1 to 64 printable ASCII characters
/// without colon (the separator of `X-Service-Auth`) and without blanks.
pub fn is_username(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;
    use crate::phone::Countries;
    use crate::record::{NumberProfile, Secret};
    use crate::send_limits::SendLimitOverrides;

    fn with_account() -> Snapshot {
        let account = Account {
            id: AccountId::from_i64(7),
            username: "shop".to_owned(),
            secret: Secret::Chosen(String::new()),
            is_enabled: true,
            is_compat: false,
            create_status: None,
            countries: Countries::All,
            home_country: None,
            allow_from: Vec::new(),
            takes_query_credentials: true,
            senders: Vec::new(),
            number_profile: NumberProfile::Standard,
            trusts_cookies: false,
            enforces_address_limits: false,
            report_url: None,
            limits: SendLimitOverrides::default(),
            created_at: Timestamp::UNIX_EPOCH,
        };
        Snapshot { account: Some(account), ..Snapshot::default() }
    }

    #[test]
    fn each_number_is_blocked_for_the_account_that_was_read() {
        let number = |n: u8| NumberKey::from_bytes([n; 16]);
        let to_block = |n: u8| NumberToBlock {
            number_key: number(n),
            masked: format!("+372•••••0{n}"),
        };
        let decision = block(&with_account(), &[to_block(1), to_block(2)], Timestamp::UNIX_EPOCH);
        assert_eq!(decision.outcome, BlockOutcome::Done);
        let blocked: Vec<_> = decision
            .changes
            .iter()
            .map(|change| match change {
                Change::BlockNumber(blocked) => {
                    (blocked.account, blocked.number_key, blocked.masked.as_str())
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let shop = AccountId::from_i64(7);
        assert_eq!(blocked, [(shop, number(1), "+372•••••01"), (shop, number(2), "+372•••••02")]);

        let decision = unblock(&with_account(), &[number(2)]);
        assert_eq!(decision.outcome, BlockOutcome::Done);
        let is_off = |change: &Change| {
            matches!(change, Change::UnblockNumber(account, key)
                if *account == shop && *key == number(2))
        };
        assert!(decision.changes.len() == 1 && is_off(&decision.changes[0]));
    }

    #[test]
    fn without_an_account_nothing_is_blocked() {
        let number_key = NumberKey::from_bytes([1; 16]);
        let to_block = NumberToBlock { number_key, masked: String::new() };
        let blocked = block(&Snapshot::default(), &[to_block], Timestamp::UNIX_EPOCH);
        assert_eq!(blocked.outcome, BlockOutcome::AccountNotFound);
        assert!(blocked.changes.is_empty());
        let unblocked = unblock(&Snapshot::default(), &[number_key]);
        assert_eq!(unblocked.outcome, BlockOutcome::AccountNotFound);
        assert!(unblocked.changes.is_empty());
    }
}
