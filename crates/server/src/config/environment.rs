//! Environment variables `RINGPROOF_…` into a layer. The process's own environment is read in [`of_process`] and
//! nowhere else; everything below takes the variables as values.

use std::collections::BTreeMap;

use toml::Value;

use super::blocks::BlockEntry;
use super::catalogue::{CATALOGUE, FAMILIES, Family, Key, Kind, family, nearest};
use super::layers::{Entry, Layers};
use super::places::Place;
use super::problem::Report;

/// What every variable of ours begins with.
pub(super) const PREFIX: &str = "RINGPROOF_";

/// Variables with a name of their own, and the key they set.
const SHORT_NAMES: [(&str, &str); 3] = [
    ("RINGPROOF_DATA", "data.dir"),
    ("RINGPROOF_LOG", "log.level"),
    ("RINGPROOF_ROOT_KEY", "data.root_key"),
];

/// The variable that names the configuration file.
pub(super) const CONFIG_VARIABLE: &str = "RINGPROOF_CONFIG";

/// The variables of this process that are meant for us, and `NO_COLOR`. Called once, by `main`.
///
/// Bytes that are not UTF-8 become `\u{fffd}`, which no key accepts.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the process's environment")]
pub fn of_process() -> Vec<(String, String)> {
    let all = std::env::vars_os();
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    all.map(|(name, value)| (text(name), text(value)))
        .filter(|(name, _)| name.starts_with(PREFIX) || name == "NO_COLOR")
        .collect()
}

/// Lays the variables over `layers`. Those that are not ours are passed over.
pub(super) fn lay(variables: &BTreeMap<String, String>, layers: &mut Layers, report: &mut Report) {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if name == CONFIG_VARIABLE || is_from_kubernetes(rest, text) {
            continue;
        }
        let place = Place::Environment(name.clone());
        let short =
            SHORT_NAMES.iter().find(|(short, _)| short == name).map(|(_, path)| (*path).to_owned());
        let path = short.unwrap_or_else(|| rest.to_ascii_lowercase().replace("__", "."));
        if let Some(other) = taken.insert(path.clone(), name) {
            report.add_at(&place, path, format!("is set by {other} too; keep one of the two"));
        } else if let Some(key) = CATALOGUE.key(&path) {
            set(key, text, place, layers, report);
        } else if let Some(block) = block_key(&path) {
            set_in_block(&block, text, &place, layers, report);
        } else {
            report.add_at(&place, "", unknown(name));
        }
    }
}

fn set(key: &Key, text: &str, place: Place, layers: &mut Layers, report: &mut Report) {
    match value_of(&key.kind, text) {
        Ok(value) => layers.set(key, Entry { value, place }, report),
        Err(message) => report.add_at(&place, &key.path, message),
    }
}

/// A key of a block, as a variable names it.
struct BlockKey<'a> {
    family: &'static Family,
    id: &'a str,
    key: &'static Key,
}

fn set_in_block(
    named: &BlockKey<'_>,
    text: &str,
    place: &Place,
    layers: &mut Layers,
    report: &mut Report,
) {
    let BlockKey { family, id, key } = *named;
    let value = match value_of(&key.kind, text) {
        Ok(value) => value,
        Err(message) => {
            let path = format!("{}.{id}.{}", family.name, key.path);
            return report.add_at(place, path, message);
        }
    };
    let is_meant =
        |block: &BlockEntry| block.family == family && in_variables(&block.id) == in_variables(id);
    let found = layers.blocks.iter().position(is_meant);
    let index = found.unwrap_or_else(|| {
        let own = Entry { value: Value::from(id), place: place.clone() };
        let keys = BTreeMap::from([(family.id.to_owned(), own)]);
        let (id, place) = (id.to_owned(), place.clone());
        layers.blocks.push(BlockEntry { family, id, place, keys });
        layers.blocks.len() - 1
    });
    layers.blocks[index].keys.insert(key.path.clone(), Entry { value, place: place.clone() });
}

/// Splits `gateway.hook.url` and looks the key up. What tells blocks apart cannot be set: it is in the variable's own
/// name.
fn block_key(path: &str) -> Option<BlockKey<'_>> {
    let (list, rest) = path.split_once('.')?;
    let (id, key) = rest.split_once('.')?;
    let family = family(list)?;
    let key = CATALOGUE.block_key(family, key).filter(|key| key.path != family.id)?;
    (!id.is_empty()).then_some(BlockKey { family, id, key })
}

/// Reads a text as the kind of value its key holds. Lists are separated by commas, or written as in TOML.
fn value_of(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Text { .. } => Ok(Value::from(text)),
        Kind::Integer { .. } => text
            .trim()
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| format!("{text:?} is not a whole number")),
        Kind::Number { .. } => {
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(Value::from).ok_or_else(|| format!("{text:?} is not a number"))
        }
        Kind::Boolean => match text.trim() {
            "true" => Ok(Value::from(true)),
            "false" => Ok(Value::from(false)),
            _ => Err(format!("{text:?} is neither true nor false")),
        },
        Kind::List { .. } if text.trim_start().starts_with('[') => {
            let document = format!("list = {text}");
            let table = document.parse::<toml::Table>().ok().filter(|table| table.len() == 1);
            let list = table.and_then(|mut table| table.remove("list"));
            list.ok_or_else(|| format!("{text:?} is not a list; separate values by commas"))
        }
        Kind::List { item, .. } => {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            words.map(|word| value_of(item, word)).collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
    }
}

/// The variable of a key.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.to_ascii_uppercase().replace('.', "__"))
}

/// The variable of a key in a block.
pub(super) fn block_variable(family: &Family, id: &str, key: &str) -> String {
    let list = family.name.to_ascii_uppercase();
    format!("{PREFIX}{list}__{}__{}", in_variables(id), key.to_ascii_uppercase())
}

/// A block's name as variables spell it: signs become `_`, and the `+` of a number is left out.
fn in_variables(id: &str) -> String {
    let bare = id.strip_prefix('+').unwrap_or(id).to_ascii_uppercase();
    bare.replace(|character: char| !character.is_ascii_alphanumeric(), "_")
}

fn unknown(name: &str) -> String {
    let is_in = |family: &&Family| {
        let list = family.name.to_ascii_uppercase();
        name.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with(&format!("{list}__")))
    };
    if let Some(family) = FAMILIES.iter().find(is_in) {
        let blocks = CATALOGUE.blocks_of(family).flat_map(|block| &block.keys);
        let mut keys: Vec<&str> = blocks.map(|key| key.path.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| *key != family.id);
        let (list, id) = (family.name, family.id.to_ascii_uppercase());
        let article = if list.starts_with(['a', 'i']) { "an" } else { "a" };
        return format!(
            "unknown variable; {article} {list} has {PREFIX}{}__{id}__KEY with {}",
            list.to_ascii_uppercase(),
            keys.join(", ")
        );
    }
    // Compared without the prefix, which is always right and would make everything look near.
    let bare = |name: &str| name.trim_start_matches(PREFIX).to_ascii_uppercase();
    let long = CATALOGUE.keys.iter().map(|key| variable(&key.path));
    let short = SHORT_NAMES.iter().map(|(short, _)| (*short).to_owned());
    let known: Vec<String> =
        long.chain(short).chain([CONFIG_VARIABLE.to_owned()]).map(|name| bare(&name)).collect();
    match nearest(&bare(name), known.iter().map(String::as_str)) {
        Some(near) => format!("unknown variable, did you mean {PREFIX}{near}?"),
        None => "unknown variable; the form is RINGPROOF_SECTION__KEY, and `ringproof config print` lists the keys"
            .to_owned(),
    }
}

/// Kubernetes sets such variables in every pod beside a service that is called `ringproof`.
fn is_from_kubernetes(rest: &str, text: &str) -> bool {
    let port =
        |text: &str| ["tcp://", "udp://", "sctp://"].iter().any(|scheme| text.starts_with(scheme));
    let about_port = rest
        .strip_prefix("PORT_")
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    rest == "SERVICE_HOST"
        || rest == "SERVICE_PORT"
        || rest.starts_with("SERVICE_PORT_")
        || about_port
        || (rest == "PORT" && port(text))
}
