//! One block of a list, such as `[[gateway]]`: as it was written, and the typed value made of it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::catalogue::{BlockKeys, CATALOGUE, Family, nearest, one_of};
use super::layers::{Entry, deserialize};
use super::places::Place;
use super::problem::Report;

/// One block as it was written.
#[derive(Clone)]
pub(super) struct BlockEntry {
    pub(super) family: &'static Family,
    /// What tells it from the others of its list: a name, or a number.
    pub(super) id: String,
    pub(super) place: Place,
    pub(super) keys: BTreeMap<String, Entry>,
}

impl BlockEntry {
    /// Makes the typed block. Each value is first tried alone, so that every mistake is found in one go.
    pub(super) fn build<T: DeserializeOwned>(&self, report: &mut Report) -> Option<T> {
        let known = self.known_keys(report)?;
        let mut is_good = true;
        let mut table = Table::new();
        for (name, entry) in &self.keys {
            let outcome = match known.keys.iter().find(|key| key.path == *name) {
                Some(key) => {
                    key.check(&entry.value).and_then(|()| try_alone::<T>(known, name, entry))
                }
                None => Err(unknown_key(known, name)),
            };
            if let Err(message) = outcome {
                report.add_at(&entry.place, self.path(name), message);
                is_good = false;
            }
            table.insert(name.clone(), entry.value.clone());
        }
        for missing in known.required.iter().filter(|name| !self.keys.contains_key(*name)) {
            let message = format!("is missing; {} needs it", known.words());
            report.add_at(&self.place, self.path(missing), message);
            is_good = false;
        }
        is_good.then(|| {
            deserialize(table)
                .map_err(|message| report.add_at(&self.place, self.family.name, message))
                .ok()
        })?
    }

    fn path(&self, key: &str) -> String {
        format!("{}.{}.{key}", self.family.name, self.id)
    }

    /// The keys that a block of this list and kind can have.
    fn known_keys(&self, report: &mut Report) -> Option<&'static BlockKeys> {
        let blocks = || CATALOGUE.blocks_of(self.family);
        if blocks().all(|block| block.kind.is_none()) {
            return blocks().next();
        }
        let kinds: Vec<String> = blocks().filter_map(|block| block.kind.clone()).collect();
        let Some(entry) = self.keys.get("kind") else {
            let message = format!("is missing; write {}", one_of(&kinds));
            report.add_at(&self.place, self.path("kind"), message);
            return None;
        };
        let known = blocks().find(|block| block.kind.as_deref() == entry.value.as_str());
        if known.is_none() {
            let what = self.family.name;
            let message =
                format!("{} is not a kind of {what}; write {}", entry.value, one_of(&kinds));
            report.add_at(&entry.place, self.path("kind"), message);
        }
        known
    }
}

/// Tries one value in a block of this kind that has nothing else wrong.
fn try_alone<T: DeserializeOwned>(
    known: &BlockKeys,
    name: &str,
    entry: &Entry,
) -> Result<(), String> {
    let mut sample = Table::new();
    if let Some(kind) = &known.kind {
        sample.insert("kind".to_owned(), Value::from(kind.as_str()));
    }
    for required in known.required.iter().filter(|required| *required != "kind") {
        let value = match required.as_str() {
            "url" => "https://sms.example.com/",
            "number" => "+37255500123",
            _ => "sample",
        };
        let value = match required.as_str() {
            "gateways" => Value::Array(vec![Value::from(value)]),
            "hosts" => Value::Array(vec![Value::from("smsc.example.com:2775")]),
            _ => Value::from(value),
        };
        sample.insert(required.clone(), value);
    }
    sample.insert(name.to_owned(), entry.value.clone());
    deserialize::<T>(sample).map(drop)
}

fn unknown_key(known: &BlockKeys, name: &str) -> String {
    let names = || known.keys.iter().map(|key| key.path.as_str());
    if let Some(near) = nearest(name, names()) {
        return format!("unknown key, did you mean {near}?");
    }
    let names = names().collect::<Vec<_>>().join(", ");
    format!("unknown key; {} has {names}", known.words())
}
