//! What the doctor says of accounts: whether there are any, under which names they send, whether what they pay is
//! known, and whether the configuration speaks of accounts that are not there.

use std::collections::{BTreeMap, BTreeSet};

use verify::engine::Keys;
use verify::record::{Account, Price};

use super::super::open::{self, Opened};
use super::Finding;
use crate::config::{self, Config};

/// What the store has of accounts.
struct Known {
    accounts: Vec<Account>,
    /// Names of those that pay.
    payers: Vec<String>,
    prices: Vec<Price>,
}

/// Looks at all accounts.
pub(super) fn look(config: &Config) -> Vec<(&'static str, Finding)> {
    let known = open::open(config).and_then(|opened| {
        let known = open::block_on(read(&opened));
        opened.store.close();
        known
    });
    match known {
        Err(error) => vec![("accounts", Finding::Bad(format!("{error:#}")))],
        Ok(known) => {
            let mut found = vec![("accounts", count(&known)), ("senders", senders(config, &known))];
            found.extend(prices(&known).map(|finding| ("prices", finding)));
            found.extend(strangers(config, &known).map(|finding| ("named accounts", finding)));
            found
        }
    }
}

async fn read(opened: &Opened) -> anyhow::Result<Known> {
    let (accounts, _) = opened.store.accounts().await?;
    let (prices, _) = opened.store.prices().await?;
    let mut payers = Vec::new();
    for account in &accounts {
        let keys = Keys { balance: Some(account.id), ..Keys::default() };
        if opened.store.read(keys).await?.balance(account.id).is_some() {
            payers.push(account.username.clone());
        }
    }
    Ok(Known { accounts, payers, prices })
}

fn count(known: &Known) -> Finding {
    if known.accounts.is_empty() {
        return Finding::Bad(
            "there is none: make one with `ringproof account create NAME --countries EE`"
                .to_owned(),
        );
    }
    Finding::Good(format!("{} in all", known.accounts.len()))
}

/// An account that pays sends nothing where no price is known.
fn prices(known: &Known) -> Option<Finding> {
    if known.payers.is_empty() {
        return None;
    }
    let payers = known.payers.join(", ");
    Some(if known.prices.is_empty() {
        Finding::Bad(format!(
            "there is none, so these accounts, which pay, can send nothing: {payers}; read a list with `ringproof \
             prices import FILE`"
        ))
    } else {
        Finding::Good(format!("{} lines; these accounts pay: {payers}", known.prices.len()))
    })
}

/// Under which names accounts send; a warning for those that people cannot tell apart (S-50).
fn senders(config: &Config, known: &Known) -> Finding {
    let mut named = Vec::new();
    let mut alike: BTreeMap<String, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for account in &known.accounts {
        let name = account.username.as_str();
        let more = config.account.iter().filter(|more| more.name == name);
        let all: Vec<_> =
            account.senders.iter().chain(more.flat_map(|more| &more.senders)).collect();
        for sender in &all {
            let looks = alike.entry(sender.skeleton()).or_default();
            looks.entry(sender.as_str()).or_default().insert(name);
        }
        if !all.is_empty() {
            let senders: Vec<&str> = all.iter().map(|sender| sender.as_str()).collect();
            named.push(format!("{name} as {}", senders.join(", ")));
        }
    }
    let are_strangers = |looks: &BTreeMap<&str, BTreeSet<&str>>| {
        let accounts: BTreeSet<&str> = looks.values().flatten().copied().collect();
        let is_known = |one, other| config::are_one_company(&config.account, one, other);
        accounts.iter().any(|one| accounts.iter().any(|other| one < other && !is_known(one, other)))
    };
    let told = alike.values().filter(|looks| are_strangers(looks)).map(|looks| {
        let of = |accounts: &BTreeSet<&str>| {
            let all: Vec<&str> = accounts.iter().copied().collect();
            all.join(", ")
        };
        let each = looks.iter().map(|(sender, accounts)| format!("{sender} of {}", of(accounts)));
        each.collect::<Vec<_>>().join("; ")
    });
    let told: Vec<String> = told.collect();
    if !told.is_empty() {
        return Finding::Warning(format!(
            "people cannot tell these apart: {}. Change one with `ringproof account set NAME --senders …`, or say that \
             they are one company by `same_company` in a block [[account]]",
            told.join(". And these: ")
        ));
    }
    let others = format!("the server's own, {}", config.sms.sender);
    Finding::Good(if named.is_empty() {
        others
    } else {
        format!("{}; all others: {others}", named.join("; "))
    })
}

/// Accounts that the configuration names and that are not there.
fn strangers(config: &Config, known: &Known) -> Option<Finding> {
    let is_known = |name: &str| known.accounts.iter().any(|account| account.username == name);
    let of_accounts = config.account.iter().map(|block| ("[[account]]", block.name.as_str()));
    let of_inbound = config.inbound.iter().map(|block| ("[[inbound]]", block.account.as_str()));
    let named: Vec<_> = of_accounts.chain(of_inbound).collect();
    if named.is_empty() {
        return None;
    }
    let strangers: BTreeSet<_> = named.iter().filter(|(_, name)| !is_known(name)).collect();
    if strangers.is_empty() {
        return Some(Finding::Good(
            "the configuration names only accounts that are there".to_owned(),
        ));
    }
    let told: Vec<String> =
        strangers.iter().map(|(list, name)| format!("{name} in {list}")).collect();
    Some(Finding::Bad(format!(
        "the configuration names accounts that are not there: {}; correct the name, or make the account with \
         `ringproof account create`",
        told.join(", ")
    )))
}
