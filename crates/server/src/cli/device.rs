//! `ringproof device …`

use anyhow::{Context as _, bail};
use serde::Serialize;
use verify::Timestamp;
use verify::engine::device::others;
use verify::engine::{Keys, Snapshot};
use verify::ids::DeviceId;
use verify::phone::PhoneNumber;
use verify::record::Device;

use super::args::{DeviceCommand, Output};
use super::open::{self, Opened};
use super::print;
use crate::clock::Clock;
use crate::config::Loaded;

/// Runs one of the device commands.
pub(super) fn run(loaded: &Loaded, command: &DeviceCommand) -> anyhow::Result<()> {
    let opened = open::open(&loaded.config)?;
    let result = open::block_on(async {
        match command {
            DeviceCommand::List { number, output } => list(&opened, number, *output).await,
            DeviceCommand::Remove { number, id } => remove(&opened, number, id).await,
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

async fn remove(opened: &Opened, number: &str, id: &str) -> anyhow::Result<()> {
    let device = DeviceId::parse(id)
        .with_context(|| format!("{id:?} is no device id: see `ringproof device list`"))?;
    if !devices(opened, number).await?.iter().any(|found| found.id == device) {
        bail!("no such device is enrolled with this number: see `ringproof device list`");
    }
    let keys = Keys { device: Some(device), ..Keys::default() };
    let rule = move |snapshot: &Snapshot| others::remove_lost(snapshot, device);
    opened.store.transact(keys, rule).await?;
    print::line("removed; it makes no right code any more, and its next call is refused");
    Ok(())
}

async fn devices(opened: &Opened, number: &str) -> anyhow::Result<Vec<Device>> {
    let number = PhoneNumber::parse(number)
        .context("that is no phone number: write + and the country code, such as +37255500123")?;
    let number = opened.keyring.number_key(&number);
    let keys = Keys { devices_of_number: Some(number), ..Keys::default() };
    Ok(opened.store.read(keys).await?.devices)
}
