//! `ringproof user …`

use anyhow::{Context as _, bail};
use verify::engine::user::{self, UserOutcome};
use verify::engine::{Keys, Snapshot};
use verify::ids::{ServiceId, UserId};

use super::args::UserCommand;
use super::{open, print};
use crate::config::Loaded;

/// Runs one of the user commands.
pub(super) fn run(loaded: &Loaded, command: &UserCommand) -> anyhow::Result<()> {
    let UserCommand::Unlock { service_id, user_id } = command;
    let service = ServiceId::parse(service_id).with_context(|| {
        format!("{service_id:?} is no service id: give the id that the API gave")
    })?;
    let user = UserId::parse(user_id)
        .with_context(|| format!("{user_id:?} is no user id: give the id that the API gave"))?;
    let opened = open::open(&loaded.config)?;
    let result = open::block_on(async {
        let (accounts, _) = opened.store.accounts().await?;
        for account in accounts {
            let keys: Keys = user::keys(account.id, service, user);
            let rule = |snapshot: &Snapshot| user::unlock(snapshot);
            match opened.store.transact(keys, rule).await? {
                UserOutcome::ServiceNotFound => {}
                UserOutcome::UserNotFound => {
                    bail!("the service has no user {user}: check the id that the API gave")
                }
                UserOutcome::Done => {
                    print::line("unlocked; wrong codes so far are forgotten");
                    return Ok(());
                }
            }
        }
        bail!("no account has a service {service}: check the id that the API gave")
    });
    opened.store.close();
    result
}
