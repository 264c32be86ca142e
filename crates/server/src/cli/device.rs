//! `ringproof device …`

use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Serialize;
use verify::Timestamp;
use verify::engine::device::others;
use verify::engine::event::Event;
use verify::engine::{Keys, Snapshot, confirm};
use verify::ids::{AccountId, DeviceId};
use verify::phone::PhoneNumber;
use verify::record::Device;

use super::args::{DeviceCommand, Output};
use super::open::{self, Opened};
use super::print;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::events::Events;
use crate::serve::callbacks;

/// Runs one of the device commands.
pub(super) fn run(loaded: &Loaded, command: &DeviceCommand) -> anyhow::Result<()> {
    let opened = open::open(&loaded.config)?;
    let result = open::block_on(async {
        match command {
            DeviceCommand::List { number, output } => list(&opened, number, *output).await,
            DeviceCommand::Remove { number, id } => remove(loaded, &opened, number, id).await,
            DeviceCommand::Unlock { number } => unlock(&opened, number).await,
        }
    });
    opened.store.close();
    result
}

#[derive(Serialize)]
struct WireDevice<'a> {
    id: String,
    name: &'a str,
    state: &'static str,
    held_until: Option<String>,
    enrolled: String,
    last_seen: String,
    has_push: bool,
}

impl<'a> WireDevice<'a> {
    fn new(device: &'a Device, now: Timestamp) -> Self {
        Self {
            id: device.id.to_string(),
            name: &device.name,
            state: if device.is_active(now) { "active" } else { "held" },
            held_until: device.held_until.filter(|until| now < *until).map(time),
            enrolled: time(device.created_at),
            last_seen: time(device.last_seen_at),
            has_push: device.push.is_some(),
        }
    }
}

fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}

async fn list(opened: &Opened, number: &str, output: Output) -> anyhow::Result<()> {
    let (devices, now) = (devices(opened, number).await?, Clock::system().now());
    if output.json {
        let devices: Vec<_> = devices.iter().map(|device| WireDevice::new(device, now)).collect();
        print::line(serde_json::to_string(&devices)?);
        return Ok(());
    }
    if devices.is_empty() {
        print::line("no device is enrolled with this number");
    }
    for device in &devices {
        let WireDevice { id, name, state, held_until, enrolled, last_seen, .. } =
            WireDevice::new(device, now);
        let until = held_until.map_or(String::new(), |until| format!(" until {until}"));
        print::line(format_args!(
            "{id}  {state}{until}  enrolled {enrolled}  last seen {last_seen}  {name}"
        ));
    }
    Ok(())
}

async fn remove(loaded: &Loaded, opened: &Opened, number: &str, id: &str) -> anyhow::Result<()> {
    let device = DeviceId::parse(id).with_context(|| {
        format!("{id:?} is no device id: give one that `ringproof device list` shows")
    })?;
    if !devices(opened, number).await?.iter().any(|found| found.id == device) {
        bail!("no such device is enrolled with this number: run `ringproof device list`");
    }
    let callbacks = Arc::new(callbacks::build(&loaded.config)?);
    let (accounts, _) = opened.store.accounts().await?;
    let mut events = Events::new(&opened.keyring, callbacks, accounts.iter());
    let now = Clock::system().now();
    let keys = Keys { device: Some(device), entries_of_number: true, ..Keys::default() };
    let rule = move |snapshot: &Snapshot| {
        let mut make = |event: &Event<'_>| events.report(event);
        others::remove_lost(snapshot, device, &mut make, now)
    };
    opened.store.transact(keys, rule).await?;
    print::line("removed; it makes no right code any more, and its next call is refused");
    Ok(())
}

/// Wrong PINs of strangers may have brought a block or a lock on.
async fn unlock(opened: &Opened, number: &str) -> anyhow::Result<()> {
    let subject = confirm::subject(&opened.keyring, AccountId::INSTALLATION, parse(number)?);
    let rule = move |_: &Snapshot| confirm::unlock(&subject);
    opened.store.transact(Keys::default(), rule).await?;
    print::line("unlocked; wrong PINs so far are forgotten");
    Ok(())
}

fn parse(number: &str) -> anyhow::Result<PhoneNumber> {
    PhoneNumber::parse(number)
        .context("that is no phone number: write + and the country code, such as +37255500123")
}

async fn devices(opened: &Opened, number: &str) -> anyhow::Result<Vec<Device>> {
    let number = opened.keyring.number_key(&parse(number)?);
    let keys = Keys { devices_of_number: Some(number), ..Keys::default() };
    Ok(opened.store.read(keys).await?.devices)
}
