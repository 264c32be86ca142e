//! `ringproof gateway …`: what the running server sees of its gateways, and what
//! the operator wants of them. Both sides meet in the store, so the commands
//! need no port and no password of the server.

mod test;

use std::collections::HashSet;

use anyhow::bail;
use serde::Serialize;
use verify::Timestamp;
use verify::engine::{Change, Decision, Keys};
use verify::record::{GatewayPause, GatewayView};

use super::args::{GatewayCommand, GatewayName, Output};
use super::open::{self, Opened};
use super::print;
use crate::clock::Clock;
use crate::config::{Config, GatewayConfig, Loaded};
use crate::jobs::ELSEWHERE;

/// A view that is older than this is not of a server that runs now, in seconds.
const STALE_SECONDS: i64 = 20;

/// Runs one of the gateway commands.
pub(super) fn run(loaded: &Loaded, command: &GatewayCommand) -> anyhow::Result<()> {
    let config = &loaded.config;
    let name = match command {
        GatewayCommand::List(_) => None,
        GatewayCommand::Test(test) => Some(&test.name),
        GatewayCommand::Pause(name) | GatewayCommand::Resume(name) => Some(&name.name),
    };
    if let Some(name) = name {
        check_name(config, name)?;
    }
    let opened = open::open(config)?;
    let result = open::block_on(async {
        match command {
            GatewayCommand::List(output) => list(config, &opened, *output).await,
            GatewayCommand::Test(flags) => test::run(config, &opened, flags).await,
            GatewayCommand::Pause(name) => pause(&opened, name).await,
            GatewayCommand::Resume(name) => resume(&opened, name).await,
        }
    });
    opened.store.close();
    result
}

fn check_name(config: &Config, name: &str) -> anyhow::Result<()> {
    if config.gateway.iter().any(|gateway| gateway.name() == name) {
        return Ok(());
    }
    let known: Vec<&str> = config.gateway.iter().map(GatewayConfig::name).collect();
    if known.is_empty() {
        bail!(
            "no gateway is configured: add a [[gateway]] to the configuration, or name it with --config"
        );
    }
    bail!("there is no gateway {name:?} in the configuration; there are: {}", known.join(", "))
}

/// A gateway as commands show it.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    /// The server that sees it so, where several share the data.
    #[serde(skip_serializing_if = "str::is_empty")]
    node: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    detail: Vec<&'a str>,
}

async fn list(config: &Config, opened: &Opened, output: Output) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let (views, pauses) =
        (opened.store.gateway_views().await?, opened.store.gateway_pauses().await?);
    if config.gateway.is_empty() && views.is_empty() {
        bail!(
            "no gateway is configured: add a [[gateway]] to the configuration, or name it with --config"
        );
    }
    let has_server = views.iter().any(|view| is_live(view, now));
    let mut names: Vec<&str> = config.gateway.iter().map(GatewayConfig::name).collect();
    let others = views.iter().map(|view| view.gateway.as_str());
    names.extend(others.filter(|name| !config.gateway.iter().any(|g| g.name() == *name)));
    // Several servers have seen the same one.
    let mut known = HashSet::new();
    names.retain(|name| known.insert(*name));
    for name in names {
        let live = views.iter().filter(|view| view.gateway == name && is_live(view, now));
        let mut seen: Vec<Option<&GatewayView>> = live.map(Some).collect();
        if seen.is_empty() {
            seen.push(None);
        }
        let pause = pauses.iter().find(|pause| pause.gateway == name);
        for view in seen {
            let shown = shown(name, view, pause);
            if output.json {
                print::line(serde_json::to_string(&shown)?);
            } else {
                tell(&shown);
            }
        }
    }
    if !has_server {
        print::note("no server runs on this data folder, so only pauses are known");
    }
    Ok(())
}

/// Whether a server that runs now has seen the gateway so.
fn is_live(view: &GatewayView, now: Timestamp) -> bool {
    now.duration_since(view.seen_at).as_secs() <= STALE_SECONDS
}

fn shown<'a>(
    name: &'a str,
    view: Option<&'a GatewayView>,
    pause: Option<&GatewayPause>,
) -> Shown<'a> {
    let (state, reason) = match (view, pause) {
        (Some(view), _) if view.is_open => ("open", None),
        (Some(view), _) if view.reason == ELSEWHERE => ("elsewhere", Some(ELSEWHERE)),
        (Some(view), _) => ("closed", Some(view.reason.as_str())),
        (None, Some(_)) => ("paused", None),
        (None, None) => ("unknown", None),
    };
    let since = view.map(|view| view.since).or(pause.map(|pause| pause.paused_at));
    let detail = view.map(|view| view.detail.lines().collect()).unwrap_or_default();
    let node = view.map(|view| view.node.as_str()).unwrap_or_default();
    Shown { name, node, state, reason, since: since.map(|at| format!("{at:.0}")), detail }
}

fn tell(shown: &Shown<'_>) {
    let since = shown.since.as_deref().unwrap_or("-");
    let reason = shown.reason.map(|reason| format!("  {}", print::harmless(reason)));
    let node = match shown.node {
        "" => String::new(),
        node => format!("  at {}", print::harmless(node)),
    };
    print::line(format_args!(
        "{:20} {:8} since {since}{node}{}",
        shown.name,
        shown.state,
        reason.unwrap_or_default()
    ));
    for line in &shown.detail {
        print::line(format_args!("    {}", print::harmless(line)));
    }
}

async fn pause(opened: &Opened, name: &GatewayName) -> anyhow::Result<()> {
    let pause = GatewayPause { gateway: name.name.clone(), paused_at: Clock::system().now() };
    change(opened, Change::PauseGateway(pause)).await?;
    print::line(format_args!(
        "gateway {} is paused: a running server gives it nothing from the next second on",
        name.name
    ));
    Ok(())
}

async fn resume(opened: &Opened, name: &GatewayName) -> anyhow::Result<()> {
    let pauses = opened.store.gateway_pauses().await?;
    if !pauses.iter().any(|pause| pause.gateway == name.name) {
        print::line(format_args!("gateway {} was not paused", name.name));
        return Ok(());
    }
    change(opened, Change::ResumeGateway(name.name.clone())).await?;
    print::line(format_args!("gateway {} goes on", name.name));
    Ok(())
}

async fn change(opened: &Opened, change: Change) -> anyhow::Result<()> {
    let rule = move |_: &_| Decision::with(vec![change.clone()], ());
    Ok(opened.store.transact(Keys::default(), rule).await?)
}
