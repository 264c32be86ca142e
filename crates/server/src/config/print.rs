//! The effective configuration as TOML, for `config print`: the order of the default file, origins as comments.

use std::fmt::Write as _;

use toml::Value;
use toml::de::DeTable;

use super::catalogue::{CATALOGUE, FAMILIES};
use super::layers::{Entry, Layers, MASK};
use super::load::DEFAULT_FILE;
use super::places::Place;

pub(super) fn print(layers: &Layers) -> String {
    let mut out = String::new();
    for section in sections() {
        let separator = if out.is_empty() { "" } else { "\n" };
        let _ = writeln!(out, "{separator}[{section}]");
        let mut keys: Vec<&String> =
            layers.keys.keys().filter(|key| section_of(key) == section).collect();
        keys.sort_by_key(|key| position(key));
        for key in keys {
            let secret = CATALOGUE.key(key).is_some_and(|key| key.secret.is_some());
            line(&mut out, &key[section.len() + 1..], &layers.keys[key], secret);
        }
    }
    for family in &FAMILIES {
        for block in layers.blocks_of(family) {
            let _ = writeln!(out, "\n[[{}]]", family.name);
            let mut keys: Vec<(&String, &Entry)> = block.keys.iter().collect();
            keys.sort_by_key(|(key, _)| (*key != family.id, *key != "kind"));
            for (key, entry) in keys {
                let known = CATALOGUE.block_key(family, key);
                line(&mut out, key, entry, known.is_some_and(|key| key.secret.is_some()));
            }
        }
    }
    if layers.blocks_of(&FAMILIES[0]).next().is_none() {
        out.push_str("\n# no gateway: messages cannot leave\n");
    }
    out
}

fn line(out: &mut String, key: &str, entry: &Entry, secret: bool) {
    let origin = match &entry.place {
        Place::Default => String::new(),
        place => format!("  # {}", place.to_string().escape_debug()),
    };
    let _ = if secret {
        writeln!(out, "# {key} = {MASK}{origin}")
    } else {
        writeln!(out, "{key} = {}{origin}", without_query(key, &entry.value))
    };
}

/// Providers put keys into the query of their address.
fn without_query(key: &str, value: &Value) -> Value {
    match value.as_str().and_then(|text| text.split_once('?')) {
        Some((address, _)) if key == "url" => Value::from(format!("{address}?{MASK}")),
        _ => value.clone(),
    }
}

fn section_of(key: &str) -> &str {
    key.rsplit_once('.').map_or("", |(section, _)| section)
}

/// Sections in the order of the default file.
fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = CATALOGUE.sections.iter().map(String::as_str).collect();
    sections.sort_by_key(|section| DEFAULT_FILE.find(&format!("\n[{section}]")));
    sections
}

/// Where the default file has a key; keys that are not in there come last.
fn position(key: &str) -> usize {
    static POSITIONS: std::sync::LazyLock<Vec<(String, usize)>> = std::sync::LazyLock::new(|| {
        let mut found = Vec::new();
        if let Ok(document) = DeTable::parse(DEFAULT_FILE) {
            collect("", document.get_ref(), &mut found);
        }
        found
    });
    POSITIONS.iter().find(|(known, _)| known == key).map_or(usize::MAX, |(_, position)| *position)
}

fn collect(prefix: &str, table: &DeTable<'_>, found: &mut Vec<(String, usize)>) {
    for (name, value) in table {
        let path = format!("{prefix}{}", name.get_ref());
        match value.get_ref().as_table() {
            Some(inner) => collect(&format!("{path}."), inner, found),
            None => found.push((path, name.span().start)),
        }
    }
}
