//! Values by key with the place each came from, laid over each other, and the typed configuration made of them.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::catalogue::{CATALOGUE, GatewayKeys, Key, nearest, one_of};
use super::places::Place;
use super::problem::Report;
use super::{Config, GatewayConfig};

/// What stands in the layers instead of a secret, once the configuration is made.
pub(super) const MASK: &str = "********";

/// A value and where it was written.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// One gateway as it was written.
#[derive(Clone)]
pub(super) struct GatewayEntry {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) keys: BTreeMap<String, Entry>,
}

/// The layers read so far; a later one replaces single keys of an earlier one.
///
/// Not `Debug`: until [`mask`](Self::mask) it holds secrets in clear.
#[derive(Clone, Default)]
pub(super) struct Layers {
    pub(super) keys: BTreeMap<String, Entry>,
    pub(super) gateways: Vec<GatewayEntry>,
}

impl Layers {
    /// Lays a value over what is there, if it fits the key; else notes what would fit.
    pub(super) fn set(&mut self, key: &Key, entry: Entry, report: &mut Report) {
        match key.check(&entry.value) {
            Ok(()) => drop(self.keys.insert(key.path.clone(), entry)),
            Err(message) => report.add_at(&entry.place, &key.path, message),
        }
    }

    /// Where a key was written; for a key of a gateway that was not written, where the gateway was.
    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        if let Some(entry) = self.keys.get(key) {
            return Some(entry.place.clone());
        }
        let (name, key) = key.strip_prefix("gateway.")?.rsplit_once('.')?;
        let gateway = self.gateways.iter().find(|gateway| gateway.name == name)?;
        Some(
            gateway
                .keys
                .get(key)
                .map_or_else(|| gateway.place.clone(), |entry| entry.place.clone()),
        )
    }

    /// Makes the typed configuration.
    ///
    /// Each value is first tried alone on top of the defaults, so that every mistake is found in one go and is
    /// reported with the place of its own value. What fails is left at its default.
    pub(super) fn build(&self, defaults: &Self, report: &mut Report) -> Config {
        let base = table_of(defaults.keys.iter());
        let mut good = base.clone();
        let given = self.keys.iter().filter(|(_, entry)| entry.place != Place::Default);
        for (path, entry) in given {
            let mut alone = base.clone();
            insert(&mut alone, path, entry.value.clone());
            match deserialize::<Config>(alone) {
                Ok(_) => insert(&mut good, path, entry.value.clone()),
                Err(message) => report.add_at(&entry.place, path, message),
            }
        }
        let mut config = deserialize::<Config>(good).unwrap_or_else(|message| {
            report.add("", message);
            Config::default()
        });
        config.gateway = self.gateways.iter().filter_map(|gateway| gateway.build(report)).collect();
        config
    }

    /// Replaces secrets, so that what stays for `config print` holds none.
    pub(super) fn mask(&mut self) {
        let gateways = self.gateways.iter_mut().flat_map(|gateway| &mut gateway.keys);
        for (name, entry) in self.keys.iter_mut().chain(gateways) {
            let key = CATALOGUE.key(name).or_else(|| CATALOGUE.gateway_key(name));
            if key.is_some_and(|key| key.secret.is_some()) {
                entry.value = Value::String(MASK.to_owned());
            }
        }
    }
}

impl GatewayEntry {
    fn build(&self, report: &mut Report) -> Option<GatewayConfig> {
        let known = self.known_keys(report)?;
        let mut is_good = true;
        let mut table = Table::new();
        for (name, entry) in &self.keys {
            let outcome = match known.keys.iter().find(|key| key.path == *name) {
                Some(key) => {
                    key.check(&entry.value).and_then(|()| self.try_alone(&known.kind, name, entry))
                }
                None => Err(unknown_gateway_key(known, name)),
            };
            if let Err(message) = outcome {
                report.add_at(&entry.place, format!("gateway.{}.{name}", self.name), message);
                is_good = false;
            }
            table.insert(name.clone(), entry.value.clone());
        }
        for missing in known.required.iter().filter(|name| !self.keys.contains_key(*name)) {
            let message = format!("is missing; a gateway of kind {:?} needs it", known.kind);
            report.add_at(&self.place, format!("gateway.{}.{missing}", self.name), message);
            is_good = false;
        }
        is_good.then(|| {
            deserialize(table)
                .map_err(|message| report.add_at(&self.place, "gateway", message))
                .ok()
        })?
    }

    fn known_keys(&self, report: &mut Report) -> Option<&'static GatewayKeys> {
        let key = format!("gateway.{}.kind", self.name);
        let kinds: Vec<String> =
            CATALOGUE.gateways.iter().map(|gateway| gateway.kind.clone()).collect();
        let Some(entry) = self.keys.get("kind") else {
            report.add_at(&self.place, key, format!("is missing; write {}", one_of(&kinds)));
            return None;
        };
        let kind = entry.value.as_str().unwrap_or_default();
        let known = CATALOGUE.gateways.iter().find(|gateway| gateway.kind == kind);
        if known.is_none() {
            let message =
                format!("{} is not a kind of gateway; write {}", entry.value, one_of(&kinds));
            report.add_at(&entry.place, key, message);
        }
        known
    }

    /// Tries one value in a gateway of this kind that has nothing else wrong.
    fn try_alone(&self, kind: &str, name: &str, entry: &Entry) -> Result<(), String> {
        let mut sample = Table::new();
        sample.insert("kind".to_owned(), Value::from(kind));
        sample.insert("name".to_owned(), Value::from(self.name.as_str()));
        if kind == "webhook" {
            sample.insert("url".to_owned(), Value::from("https://sms.example.com/"));
        }
        sample.insert(name.to_owned(), entry.value.clone());
        deserialize::<GatewayConfig>(sample).map(drop)
    }
}

fn unknown_gateway_key(known: &GatewayKeys, name: &str) -> String {
    let names = || known.keys.iter().map(|key| key.path.as_str());
    if let Some(near) = nearest(name, names()) {
        return format!("unknown key, did you mean {near}?");
    }
    format!(
        "unknown key; a gateway of kind {:?} has {}",
        known.kind,
        names().collect::<Vec<_>>().join(", ")
    )
}

fn table_of<'a>(entries: impl Iterator<Item = (&'a String, &'a Entry)>) -> Table {
    let mut table = Table::new();
    entries.for_each(|(path, entry)| insert(&mut table, path, entry.value.clone()));
    table
}

fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(table.insert(path.to_owned(), value)),
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn deserialize<T: DeserializeOwned>(table: Table) -> Result<T, String> {
    table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}
