//! Schemas, from the types that go over the wire.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Where schemas have their names.
const COMPONENTS: &str = "/components/schemas";

/// Gathers the schemas that are asked for.
pub struct Schemas {
    written: SchemaGenerator,
    read: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = COMPONENTS.into();
                settings.meta_schema = None;
            })
        };
        Self {
            written: settings().for_serialize().into_generator(),
            read: settings().for_deserialize().into_generator(),
        }
    }

    /// The schema of what is answered.
    pub fn answer<T: JsonSchema>(&mut self) -> Value {
        self.written.subschema_for::<T>().to_value()
    }

    /// The schema of what is taken.
    pub fn request<T: JsonSchema>(&mut self) -> Value {
        self.read.subschema_for::<T>().to_value()
    }

    pub(super) fn into_map(mut self) -> Map<String, Value> {
        let mut map = self.written.take_definitions(true);
        map.extend(self.read.take_definitions(true));
        map
    }
}

/// A text.
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// A text of so many characters, at least and at most.
pub fn text_of(min: usize, max: usize) -> Value {
    json!({ "type": "string", "minLength": min, "maxLength": max })
}

/// One of these words.
pub fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// A text of this form.
pub fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// An id.
pub fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// A whole number from `min` on, and at most `max` if there is one.
pub fn whole(min: u64, max: Option<u64>) -> Value {
    let mut schema = json!({ "type": "integer", "minimum": min });
    if let Some(max) = max {
        schema["maximum"] = json!(max);
    }
    schema
}

/// An object of members that are needed, and of such that can be left out.
pub fn object(needed: &[(&str, Value)], other: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> = needed
        .iter()
        .chain(other)
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    let required: Vec<&str> = needed.iter().map(|(name, _)| *name).collect();
    let mut object = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// The same with a sentence that says what it is.
pub fn described(mut schema: Value, text: &str) -> Value {
    schema["description"] = json!(text);
    schema
}

/// An empty object, as a successful delete answers it.
pub fn empty(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "object" })
}
