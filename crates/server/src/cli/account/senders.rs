//! Senders that people would take for those of another account are refused before anything is written (S-50).

use anyhow::bail;
use verify::message::SenderId;

use super::Opened;
use crate::config::{self, Config};

/// Refuses the first of `typed` that looks like a sender of another account, here or in the configuration. The same
/// text is refused too: nothing looks more alike.
///
/// Accounts in `same_company`, and those that the configuration names as such, may look alike. They are named one by
/// one, so that whoever allows a sister does not let a stranger in as well. Of two commands at the same moment each
/// may miss the other's sender; the doctor sees it then.
pub(super) async fn check(
    opened: &Opened,
    config: &Config,
    name: &str,
    typed: &[SenderId],
    same_company: &[String],
) -> anyhow::Result<()> {
    if typed.is_empty() {
        return Ok(());
    }
    let (accounts, _) = opened.store.accounts().await?;
    let kept = accounts.iter().map(|account| (account.username.as_str(), &account.senders, ""));
    let in_file = " in the configuration";
    let added = config.account.iter().map(|block| (block.name.as_str(), &block.senders, in_file));
    for (other, theirs, place) in kept.chain(added) {
        let is_same_company = other == name
            || same_company.iter().any(|same| same == other)
            || config::are_one_company(&config.account, name, other);
        if is_same_company {
            continue;
        }
        for sender in typed {
            let looks = sender.skeleton();
            if let Some(twin) = theirs.iter().find(|theirs| theirs.skeleton() == looks) {
                let twin = config::similar(sender, twin);
                bail!(
                    "{twin} of the account {other}{place}: choose another, or add --same-company {other} if both \
                     accounts are of one company"
                );
            }
        }
    }
    Ok(())
}
