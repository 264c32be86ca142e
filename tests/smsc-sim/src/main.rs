//! `smsc-sim`: an SMSC that can be told to behave badly.
//!
//! For tests of SMPP gateways, by programs and by hand: it takes binds and
//! messages, sends receipts, prints what happens as JSON lines, and is told by
//! JSON lines on a control port what to do wrong. `--help` lists the commands.
//!
//! * [`session`] serves a connection: what is read goes through [`batch`] and
//!   [`submit`], which ask [`behaviour`] and make bytes by [`wire`]; what they
//!   order, [`writer`] writes.
//! * [`control`] takes commands; [`act`] obeys them.
//! * [`smsc`] is what connections share, [`link`] one of them.

mod act;
mod alphabet;
mod batch;
mod behaviour;
mod cli;
mod command;
mod control;
mod events;
mod ids;
mod limits;
mod link;
mod session;
mod smsc;
mod submit;
mod tally;
mod wire;
mod writer;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::cli::Options;
use crate::events::Events;
use crate::limits::FLOODS_MAX;
use crate::smsc::Smsc;

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = runtime.context("no runtime").and_then(|runtime| runtime.block_on(run(&options)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smsc-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs until it is interrupted.
async fn run(options: &Options) -> Result<()> {
    let (floods, waiting) = mpsc::channel(FLOODS_MAX);
    let events = Events::start().context("could not begin to print")?;
    let smsc = Arc::new(Smsc::new(options, events, floods));
    let listener = listen(options, options.port).await?;
    let control = listen(options, options.control).await?;
    if let Some(path) = &options.script {
        let script = std::fs::read_to_string(path)
            .with_context(|| format!("could not read {}", path.display()))?;
        for line in script.lines().filter(|line| !line.trim().is_empty()) {
            act::obey(&smsc, line).await;
        }
    }
    let (port, control_port) = (listener.local_addr()?.port(), control.local_addr()?.port());
    let listening = json!({ "event": "listening", "port": port, "control": control_port });
    smsc.events.tell(listening).await;

    let mut tasks = JoinSet::new();
    let flooding = Arc::clone(&smsc);
    tasks.spawn(async move { act::flood(&flooding, waiting).await });
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.context("could not accept a connection")?;
                tasks.spawn(session::serve(Arc::clone(&smsc), stream));
            }
            accepted = control.accept() => {
                let (stream, _) = accepted.context("could not accept a control connection")?;
                tasks.spawn(control::serve(Arc::clone(&smsc), stream));
            }
            Some(ended) = tasks.join_next() => ended.context("a connection failed")?,
            interrupted = tokio::signal::ctrl_c() => {
                return interrupted.context("could not wait for a signal");
            }
        }
    }
}

async fn listen(options: &Options, port: u16) -> Result<TcpListener> {
    let host = options.host;
    let listener = TcpListener::bind((host, port)).await;
    listener.with_context(|| format!("could not listen on {host} port {port}"))
}
