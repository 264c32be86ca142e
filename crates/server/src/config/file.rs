//! One TOML file into a layer: every key looked up, every slip named with its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize as _;

use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use super::blocks::BlockEntry;
use super::catalogue::{CATALOGUE, FAMILIES, Family, Key, family, nearest};
use super::layers::{Entry, Layers};
use super::places::Place;
use super::problem::Report;

/// Reads `text` and lays its values over `layers`. Without a path it is the compiled-in file.
pub(super) fn lay(text: &str, path: Option<&Path>, layers: &mut Layers, report: &mut Report) {
    let mut reader = Reader { text, path, layers, report };
    match DeTable::parse(text) {
        Ok(document) => reader.section("", document.get_ref()),
        Err(error) => {
            // Only the message and the line: the parser's own display would repeat the line, whatever it holds.
            let place = reader.place(error.span().unwrap_or_default());
            let words = error.message().replace('\n', "; ");
            reader.report.add_at(&place, "", format!("is not TOML: {words}; correct this line"));
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    path: Option<&'a Path>,
    layers: &'a mut Layers,
    report: &'a mut Report,
}

impl Reader<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        self.path.map_or(Place::Default, |path| Place::File { path: path.to_owned(), line })
    }

    fn section(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in in_order(table) {
            let path = if prefix.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{prefix}.{name}", name = name.get_ref())
            };
            let place = self.place(name.span());
            if let Some(family) = family(&path) {
                if let DeValue::Array(blocks) = value.get_ref() {
                    blocks.iter().for_each(|block| self.block(family, block));
                } else {
                    let words = format!("must be written as [[{path}]], with two brackets");
                    self.report.add_at(&place, path, words);
                }
                continue;
            }
            match (CATALOGUE.key(&path), value.get_ref()) {
                (Some(key), _) => self.key(key, value, place),
                (None, DeValue::Table(inner)) if CATALOGUE.sections.contains(&path) => {
                    self.section(&path, inner);
                }
                (None, _) if CATALOGUE.sections.contains(&path) => {
                    self.report.add_at(&place, &path, format!("must be a section, [{path}]"));
                }
                (None, value) => {
                    self.report.add_at(&place, &path, unknown(&path, is_section(value)));
                }
            }
        }
    }

    fn key(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, place: Place) {
        if let Some(variable) = &key.secret {
            self.report.add_at(&place, &key.path, secret_in_file(variable));
        } else if let Some(value) = self.value(&key.path, value, &place) {
            self.layers.set(key, Entry { value, place }, self.report);
        }
    }

    fn value(&mut self, key: &str, value: &Spanned<DeValue<'_>>, place: &Place) -> Option<Value> {
        let value = Value::deserialize(ValueDeserializer::from(value.clone()));
        value.map_err(|error| self.report.add_at(place, key, error.message())).ok()
    }

    fn block(&mut self, family: &'static Family, block: &Spanned<DeValue<'_>>) {
        let (list, id_key) = (family.name, family.id);
        let place = self.place(block.span());
        let Some(table) = block.get_ref().as_table() else {
            let words = format!("must be written as [[{list}]] blocks");
            self.report.add_at(&place, list, words);
            return;
        };
        let id = table.get(id_key).and_then(|id| id.get_ref().as_str());
        let Some(id) = id.map(str::to_owned) else {
            let words = format!("has no {id_key}; write {id_key} = \"…\" into the block");
            self.report.add_at(&place, list, words);
            return;
        };
        if self.layers.blocks_of(family).any(|block| block.id == id) {
            let words = format!("is there twice; {id_key}s of {list}s must differ");
            self.report.add_at(&place, format!("{list}.{id}"), words);
            return;
        }
        let mut keys = BTreeMap::new();
        for (key, value) in in_order(table) {
            let place = self.place(key.span());
            let key = key.get_ref().to_string();
            let path = format!("{list}.{id}.{key}");
            let known = CATALOGUE.block_key(family, &key);
            if known.is_some_and(|key| key.secret.is_some()) {
                let variable = super::environment::block_variable(family, &id, &key);
                self.report.add_at(&place, path, secret_in_file(&variable));
            } else if let Some(value) = self.value(&path, value, &place) {
                keys.insert(key, Entry { value, place });
            }
        }
        self.layers.blocks.push(BlockEntry { family, id, place, keys });
    }
}

/// The keys of a table as they stand in the file, so that mistakes are told from top to bottom.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<KeyValue<'a, 'i>> {
    let mut entries: Vec<KeyValue<'a, 'i>> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// A key and its value, both with their place.
type KeyValue<'a, 'i> = (&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>);

/// Whether it was written with brackets around its name, one pair or two.
fn is_section(value: &DeValue<'_>) -> bool {
    let first = value.as_array().and_then(|list| list.iter().next());
    value.is_table() || first.is_some_and(|first| first.get_ref().is_table())
}

fn secret_in_file(variable: &str) -> String {
    format!(
        "a secret cannot stand in the configuration; set {variable}, or name a file that holds it"
    )
}

/// Names the nearest key of the section, else the same name in another section, else what the section has.
fn unknown(path: &str, is_table: bool) -> String {
    if is_table {
        let sections = CATALOGUE.sections.iter().map(String::as_str);
        let lists = FAMILIES.iter().map(|family| family.name);
        return match nearest(path, sections.clone().chain(lists)) {
            Some(list) if family(list).is_some() => {
                format!("unknown section, did you mean [[{list}]]?")
            }
            Some(near) => format!("unknown section, did you mean [{near}]?"),
            None => {
                format!("unknown section; there are {}", sections.collect::<Vec<_>>().join(", "))
            }
        };
    }
    let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
    let public =
        || CATALOGUE.keys.iter().filter(|key| key.secret.is_none()).map(|key| key.path.as_str());
    let here =
        || public().filter(|key| key.rsplit_once('.').map(|(section, _)| section) == Some(section));
    let same_name = public().find(|key| key.rsplit_once('.').map(|(_, other)| other) == Some(name));
    if let Some(near) = nearest(path, here()).or(same_name) {
        return format!("unknown key, did you mean {near}?");
    }
    let names: Vec<&str> =
        here().filter_map(|key| key.rsplit_once('.').map(|(_, name)| name)).collect();
    if names.is_empty() {
        return "unknown key; a key stands in its section, such as [server]".to_owned();
    }
    format!("unknown key; [{section}] has {}", names.join(", "))
}
