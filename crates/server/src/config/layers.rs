//! Values by key with the place each came from, laid over each other, and the typed configuration made of them.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::Config;
use super::blocks::BlockEntry;
use super::catalogue::{CATALOGUE, FAMILIES, Family, Key, family};
use super::places::Place;
use super::problem::Report;

/// What stands in the layers instead of a secret, once the configuration is made.
pub(super) const MASK: &str = "********";

/// A value and where it was written.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// The layers read so far; a later one replaces single keys of an earlier one.
///
/// Not `Debug`: until [`mask`](Self::mask) it holds secrets in clear.
#[derive(Clone, Default)]
pub(super) struct Layers {
    pub(super) keys: BTreeMap<String, Entry>,
    pub(super) blocks: Vec<BlockEntry>,
}

impl Layers {
    /// Lays a value over what is there, if it fits the key; else notes what would fit.
    pub(super) fn set(&mut self, key: &Key, entry: Entry, report: &mut Report) {
        match key.check(&entry.value) {
            Ok(()) => drop(self.keys.insert(key.path.clone(), entry)),
            Err(message) => report.add_at(&entry.place, &key.path, message),
        }
    }

    /// The blocks of one list.
    pub(super) fn blocks_of(&self, family: &Family) -> impl Iterator<Item = &BlockEntry> {
        self.blocks.iter().filter(move |block| block.family == family)
    }

    /// Where a key was written; for a key of a block that was not written, where the block was.
    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        if let Some(entry) = self.keys.get(key) {
            return Some(entry.place.clone());
        }
        let (list, rest) = key.split_once('.')?;
        let (id, key) = rest.rsplit_once('.')?;
        let block = self.blocks_of(family(list)?).find(|block| block.id == id)?;
        let entry = block.keys.get(key);
        Some(entry.map_or_else(|| block.place.clone(), |entry| entry.place.clone()))
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
        let [gateway, route, account, inbound] = &FAMILIES;
        config.gateway = self.build_blocks(gateway, report);
        config.route = self.build_blocks(route, report);
        config.account = self.build_blocks(account, report);
        config.inbound = self.build_blocks(inbound, report);
        config
    }

    fn build_blocks<T: DeserializeOwned>(&self, family: &Family, report: &mut Report) -> Vec<T> {
        self.blocks_of(family).filter_map(|block| block.build(report)).collect()
    }

    /// Replaces secrets, so that what stays for `config print` holds none.
    pub(super) fn mask(&mut self) {
        let is_secret = |key: Option<&Key>| key.is_some_and(|key| key.secret.is_some());
        for (path, entry) in &mut self.keys {
            if is_secret(CATALOGUE.key(path)) {
                entry.value = Value::String(MASK.to_owned());
            }
        }
        for block in &mut self.blocks {
            for (name, entry) in &mut block.keys {
                if is_secret(CATALOGUE.block_key(block.family, name)) {
                    entry.value = Value::String(MASK.to_owned());
                }
            }
        }
    }
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

pub(super) fn deserialize<T: DeserializeOwned>(table: Table) -> Result<T, String> {
    table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}
