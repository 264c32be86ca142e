//! The list of all keys, taken out of the JSON Schema of [`Config`], so that a key is declared in one place only:
//! as a field of its section. From here values are checked, nearest keys are found and the schema is printed.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json};
use toml::Value;

use super::Config;

/// What a key may hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A whole number within both edges.
    Integer { min: i64, max: i64 },
    /// A number within both edges, perhaps with a decimal point.
    Number { min: f64, max: f64 },
    /// `true` or `false`.
    Boolean,
    /// A text; one of the choices, if there are any.
    Text { choices: Vec<String> },
    /// Several of one kind.
    List { item: Box<Kind>, items_min: usize, items_max: usize },
}

/// One key an operator can set.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// Section and name, such as `codes.length`; in a block the name alone.
    pub(super) path: String,
    pub(super) kind: Kind,
    unit: Option<String>,
    rule: Option<String>,
    /// The environment variable of a key that must not stand in a file.
    pub(super) secret: Option<String>,
}

/// A list of blocks, each written `[[name]]`, and the key that tells one block from another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) id: &'static str,
}

/// Every list of blocks there is, in the order in which they are printed.
pub(super) static FAMILIES: [Family; 4] = [
    Family { name: "gateway", id: "name" },
    Family { name: "route", id: "name" },
    Family { name: "account", id: "name" },
    Family { name: "inbound", id: "number" },
];

/// The keys of one kind of block.
#[derive(Debug)]
pub(super) struct BlockKeys {
    pub(super) family: &'static Family,
    /// The value of `kind`, where blocks of one list differ.
    pub(super) kind: Option<String>,
    pub(super) keys: Vec<Key>,
    pub(super) required: Vec<String>,
}

impl BlockKeys {
    /// What the block is called in messages.
    pub(super) fn words(&self) -> String {
        match &self.kind {
            Some(kind) => format!("a {} of kind {kind:?}", self.family.name),
            None => format!("[[{}]]", self.family.name),
        }
    }
}

/// The list of blocks of a name.
pub(super) fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.name == name)
}

/// Every key there is.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) sections: Vec<String>,
    pub(super) keys: Vec<Key>,
    pub(super) blocks: Vec<BlockKeys>,
}

/// The catalogue of this program.
pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue::default();
    catalogue.take_section("", &raw_schema());
    catalogue
});

/// JSON Schema (draft 2020-12) of a configuration file, with defaults, for editors and `config schema`.
///
/// Besides the standard words, `x-unit` names the unit of a value and `x-rule` the security rule that limits it.
/// Secrets are left out, since they cannot stand in a file.
pub fn schema() -> Json {
    let mut schema = raw_schema();
    if let Ok(defaults) = super::load::DEFAULT_FILE.parse::<toml::Table>() {
        fill(&mut schema, Some(&Value::Table(defaults)));
    }
    schema
}

fn raw_schema() -> Json {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Config>().to_value()
}

/// Adds defaults and drops secrets, all the way down.
fn fill(schema: &mut Json, default: Option<&Value>) {
    if let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) {
        properties.retain(|_, property| property.get("x-secret").is_none());
        for (name, property) in properties.iter_mut() {
            fill(property, default.and_then(|default| default.get(name)));
        }
    } else if let (Some(value), Some(property)) = (default, schema.as_object_mut())
        && let Ok(value) = serde_json::to_value(value)
    {
        property.insert("default".to_owned(), value);
    }
    for inner in ["items", "oneOf"] {
        match schema.get_mut(inner) {
            Some(Json::Array(kinds)) => kinds.iter_mut().for_each(|kind| fill(kind, None)),
            Some(item) => fill(item, None),
            None => {}
        }
    }
}

impl Catalogue {
    /// The key at a path.
    pub(super) fn key(&self, path: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.path == path)
    }

    /// A key of any kind of block in this list.
    pub(super) fn block_key(&self, family: &Family, name: &str) -> Option<&Key> {
        self.blocks_of(family).flat_map(|block| &block.keys).find(|key| key.path == name)
    }

    /// The kinds of block in this list.
    pub(super) fn blocks_of(&self, family: &Family) -> impl Iterator<Item = &BlockKeys> {
        self.blocks.iter().filter(move |block| block.family == family)
    }

    fn take_section(&mut self, path: &str, schema: &Json) {
        for (name, property) in properties(schema) {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if let Some(family) = family(&path) {
                self.blocks.extend(blocks(family, property));
            } else if property.get("properties").is_some() {
                self.sections.push(path.clone());
                self.take_section(&path, property);
            } else {
                self.keys.push(Key::new(path, property));
            }
        }
    }
}

fn blocks(family: &'static Family, schema: &Json) -> Vec<BlockKeys> {
    let item = schema.get("items").unwrap_or(&Json::Null);
    match item.get("oneOf").and_then(Json::as_array) {
        Some(kinds) => kinds.iter().map(|kind| block_keys(family, kind)).collect(),
        None => vec![block_keys(family, item)],
    }
}

fn block_keys(family: &'static Family, schema: &Json) -> BlockKeys {
    BlockKeys {
        family,
        kind: text(schema.pointer("/properties/kind/const")),
        keys: properties(schema).map(|(name, property)| Key::new(name.clone(), property)).collect(),
        required: texts(schema.get("required")),
    }
}

impl Key {
    fn new(path: String, schema: &Json) -> Self {
        Self {
            path,
            kind: Kind::new(schema),
            unit: text(schema.get("x-unit")),
            rule: text(schema.get("x-rule")),
            secret: text(schema.get("x-secret")),
        }
    }

    /// Compares a value with the key's type, choices and range. The error says what is allowed.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        self.check_kind(&self.kind, value)
    }

    fn check_kind(&self, kind: &Kind, value: &Value) -> Result<(), String> {
        match (kind, value) {
            (Kind::Integer { min, max }, Value::Integer(number))
                if !(min..=max).contains(&number) =>
            {
                let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                Err(format!("{number} is outside {min} to {max}{unit}{}", self.rule_note()))
            }
            (Kind::Number { min, max }, Value::Integer(_) | Value::Float(_)) => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "compared with edges far below that"
                )]
                let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
                if number.is_some_and(|number| (*min..=*max).contains(&number)) {
                    return Ok(());
                }
                let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                Err(format!("{value} is outside {min} to {max}{unit}{}", self.rule_note()))
            }
            (Kind::Text { choices }, Value::String(text))
                if !choices.is_empty() && !choices.contains(text) =>
            {
                Err(format!("{text:?} is not a choice; write {}", one_of(choices)))
            }
            (Kind::List { items_min, items_max, .. }, Value::Array(list))
                if !(*items_min..=*items_max).contains(&list.len()) =>
            {
                let rule = self.rule_note();
                Err(format!("has {} values; give {items_min} to {items_max}{rule}", list.len()))
            }
            (Kind::List { item, .. }, Value::Array(list)) => {
                list.iter().try_for_each(|value| self.check_kind(item, value))
            }
            (Kind::Integer { .. }, Value::Integer(_))
            | (Kind::Boolean, Value::Boolean(_))
            | (Kind::Text { .. }, Value::String(_)) => Ok(()),
            _ => Err(format!("must be {}, not {}", kind.words(), words_of(value))),
        }
    }

    fn rule_note(&self) -> String {
        self.rule.as_ref().map(|rule| format!(" (security rule {rule})")).unwrap_or_default()
    }
}

impl Kind {
    fn new(schema: &Json) -> Self {
        let size = |name: &str| {
            schema.get(name).and_then(Json::as_u64).and_then(|size| usize::try_from(size).ok())
        };
        match schema.get("type").and_then(Json::as_str) {
            Some("integer") => Self::Integer {
                min: schema.get("minimum").and_then(Json::as_i64).unwrap_or(i64::MIN),
                max: schema.get("maximum").and_then(Json::as_i64).unwrap_or(i64::MAX),
            },
            Some("number") => Self::Number {
                min: schema.get("minimum").and_then(Json::as_f64).unwrap_or(f64::MIN),
                max: schema.get("maximum").and_then(Json::as_f64).unwrap_or(f64::MAX),
            },
            Some("boolean") => Self::Boolean,
            Some("array") => Self::List {
                item: Box::new(Self::new(schema.get("items").unwrap_or(&Json::Null))),
                items_min: size("minItems").unwrap_or(0),
                items_max: size("maxItems").unwrap_or(usize::MAX),
            },
            _ => Self::Text { choices: choices(schema) },
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Integer { .. } => "a whole number",
            Self::Number { .. } => "a number",
            Self::Boolean => "true or false",
            Self::Text { .. } => "a text in quotes",
            Self::List { .. } => "a list in brackets",
        }
    }
}

fn words_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a number",
        Value::Float(_) => "a number with a decimal point",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

/// The values of an enum: `enum` when its variants have no documentation, else one `const` each.
fn choices(schema: &Json) -> Vec<String> {
    let consts = schema.get("oneOf").and_then(Json::as_array).into_iter().flatten();
    let mut choices: Vec<String> = consts.filter_map(|choice| text(choice.get("const"))).collect();
    choices.extend(texts(schema.get("enum")));
    choices.extend(text(schema.get("const")));
    choices
}

/// `"a", "b" or "c"`.
pub(super) fn one_of(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The candidate that a slip of the hand most likely meant, if any is near.
pub(super) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (typed.chars().count() / 3).max(1);
    let measured =
        candidates.into_iter().map(|word| (strsim::damerau_levenshtein(typed, word), word));
    measured.filter(|(distance, _)| *distance <= allowed).min().map(|(_, word)| word)
}

fn properties(schema: &Json) -> impl Iterator<Item = (&String, &Json)> {
    schema.get("properties").and_then(Json::as_object).into_iter().flat_map(Map::iter)
}

fn text(json: Option<&Json>) -> Option<String> {
    json.and_then(Json::as_str).map(str::to_owned)
}

fn texts(json: Option<&Json>) -> Vec<String> {
    json.and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| text(Some(item)))
        .collect()
}
