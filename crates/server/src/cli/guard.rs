//! `ringproof guard …`: what the guard against pumped traffic holds. The command and
//! the servers meet in the store.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::bail;
use serde::Serialize;
use verify::Timestamp;
use verify::engine::{Change, Decision, Keys};
use verify::ids::{AccountId, ServiceId};
use verify::record::{Account, TrafficArea, TrafficHold};

use super::args::{GuardCommand, GuardRelease, Output};
use super::open::{self, Opened};
use super::print;
use crate::clock::Clock;
use crate::config::Loaded;

/// Runs one of the guard's commands.
pub(super) fn run(loaded: &Loaded, command: &GuardCommand) -> anyhow::Result<()> {
    let opened = open::open(&loaded.config)?;
    let result = open::block_on(async {
        match command {
            GuardCommand::List(output) => list(&opened, *output).await,
            GuardCommand::Release(flags) => release(&opened, flags).await,
        }
    });
    opened.store.close();
    result
}

/// A held area as commands show it.
#[derive(Serialize)]
struct Shown {
    area: String,
    account: String,
    service: String,
    /// Of a service that was made by its account.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_name: Option<String>,
    stage: &'static str,
    rule: &'static str,
    since: String,
    until: String,
    sent: u32,
    entered: u32,
    expected_percent: u32,
    refused: u32,
    /// The server that holds it, where several share the data.
    #[serde(skip_serializing_if = "String::is_empty")]
    node: String,
}

async fn list(opened: &Opened, output: Output) -> anyhow::Result<()> {
    let held = held(opened, Clock::system().now()).await?;
    if held.is_empty() && !output.json {
        print::line("nothing is held");
        return Ok(());
    }
    let (accounts, _) = opened.store.accounts().await?;
    let mut names = BTreeMap::new();
    for (area, hold) in &held {
        let key = (area.account, area.service);
        if let Entry::Vacant(unknown) = names.entry(key) {
            unknown.insert(service_name(opened, key).await?);
        }
        let shown = shown(area, hold, &accounts, names.get(&key).cloned().flatten());
        if output.json {
            print::line(serde_json::to_string(&shown)?);
        } else {
            tell(&shown);
        }
    }
    Ok(())
}

/// What is held and was not released.
async fn held(opened: &Opened, now: Timestamp) -> anyhow::Result<Vec<(TrafficArea, TrafficHold)>> {
    let rows = opened.store.traffic_holds(now).await?;
    let held = rows.into_iter().filter_map(|row| {
        let hold = row.hold.clone()?;
        let is_released = row.released_at.is_some_and(|at| at >= hold.since);
        (!is_released).then_some((row, hold))
    });
    Ok(held.collect())
}

async fn service_name(
    opened: &Opened,
    key: (AccountId, ServiceId),
) -> anyhow::Result<Option<String>> {
    let snapshot = opened.store.read(Keys { service: Some(key), ..Keys::default() }).await?;
    Ok(snapshot.service.map(|service| service.name))
}

fn shown(
    row: &TrafficArea,
    hold: &TrafficHold,
    accounts: &[Account],
    service_name: Option<String>,
) -> Shown {
    let account = accounts.iter().find(|account| account.id == row.account);
    Shown {
        area: row.area.to_string(),
        account: account.map_or_else(|| row.account.to_string(), |a| a.username.clone()),
        service: row.service.to_string(),
        service_name,
        stage: hold.stage.as_str(),
        rule: hold.rule.as_str(),
        since: format!("{:.0}", hold.since),
        until: format!("{:.0}", hold.until),
        sent: hold.sent,
        entered: hold.entered,
        expected_percent: hold.base_permille / 10,
        refused: row.refused,
        node: row.node.clone(),
    }
}

fn tell(shown: &Shown) {
    let node = match shown.node.as_str() {
        "" => String::new(),
        node => format!("  at {}", print::harmless(node)),
    };
    print::line(format_args!(
        "{:16} {:9} by {} until {}{node}",
        shown.area, shown.stage, shown.rule, shown.until
    ));
    let service = match &shown.service_name {
        Some(name) => format!("service {} ({})", print::harmless(name), shown.service),
        None => format!("numbers ({})", shown.service),
    };
    print::line(format_args!("    account {}, {service}", print::harmless(&shown.account)));
    print::line(format_args!(
        "    {} of {} codes entered, {} % expected; {} starts refused since {}",
        shown.entered, shown.sent, shown.expected_percent, shown.refused, shown.since
    ));
}

async fn release(opened: &Opened, flags: &GuardRelease) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let is_meant = |row: &TrafficArea| {
        row.area == flags.area && flags.service.is_none_or(|service| service == row.service)
    };
    let held = held(opened, now).await?;
    let meant = held.iter().filter(|(row, _)| is_meant(row));
    let Some(latest) = meant.map(|(_, hold)| hold.since).max() else {
        let known: Vec<String> = held.iter().map(|(row, _)| row.area.to_string()).collect();
        if known.is_empty() {
            bail!("{} is not held; nothing is", flags.area);
        }
        bail!("{} is not held; these are: {}", flags.area, known.join(", "));
    };
    // A server's clock may be ahead of ours.
    let (area, service, at) = (flags.area, flags.service, now.max(latest));
    let rule = move |_: &_| Decision::with(vec![Change::ReleaseTraffic(area, service, at)], ());
    opened.store.transact(Keys::default(), rule).await?;
    print::line(format_args!(
        "{area} is released: running servers send there again from the next seconds on"
    ));
    Ok(())
}
