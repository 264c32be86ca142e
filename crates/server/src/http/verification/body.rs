//! Request bodies: one JSON object, strictly read (S-97).
//!
//! Members that a call does not know are ignored, as old clients send some;
//! but a member named twice, at any depth, is refused, and so is nesting
//! beyond 16 (D-45). No value is coerced: a code sent as a number has lost its
//! leading zeros.

use std::fmt;

use axum::body::Body;
use http::Request;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::answer::Problem;
use crate::http::stack::limits::BODY_BYTES_MAX;
use crate::http::stack::read_body;

/// Deepest nesting of arrays and objects (D-45).
const DEPTH_MAX: usize = 16;

/// The members of a body.
#[derive(Debug, PartialEq)]
pub struct Members(Vec<(String, Value)>);

/// As much of a value as any call wants to know.
#[derive(Debug, PartialEq)]
enum Value {
    Text(String),
    Null,
    Other,
}

impl Members {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Problem`]: too large, too late, or no JSON object.
    pub async fn read(request: Request<Body>) -> Result<Self, Problem> {
        let bytes = read_body(request.into_body(), BODY_BYTES_MAX).await.map_err(Problem::Body)?;
        Self::parse(&bytes).ok_or(Problem::InvalidBody)
    }

    /// Reads bytes; `None` unless they are one JSON object as described above.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let members = Top.deserialize(&mut json).ok()?;
        json.end().ok()?;
        Some(Self(members))
    }

    /// A member that must be a text.
    ///
    /// # Errors
    /// [`Problem::InvalidField`] if it is absent or something else.
    pub fn text(&self, name: &'static str) -> Result<&str, Problem> {
        match self.get(name) {
            Some(Value::Text(text)) => Ok(text),
            Some(_) => Err(Problem::field(name, "must be a string")),
            None => Err(Problem::field(name, "is required")),
        }
    }

    /// A member that may be absent but must be a text.
    ///
    /// # Errors
    /// [`Problem::InvalidField`] if it is something else.
    pub fn optional_text(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        if self.get(name).is_none() { Ok(None) } else { self.text(name).map(Some) }
    }

    /// A member that may be absent or `null`, and else must be a text.
    ///
    /// # Errors
    /// [`Problem::InvalidField`] if it is something else.
    pub fn nullable_text(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        if self.get(name) == Some(&Value::Null) { Ok(None) } else { self.optional_text(name) }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }
}

/// Reads the outermost object.
struct Top;

impl<'de> DeserializeSeed<'de> for Top {
    type Value = Vec<(String, Value)>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        members(map, DEPTH_MAX)
    }
}

fn members<'de, A: MapAccess<'de>>(
    mut map: A,
    depth: usize,
) -> Result<Vec<(String, Value)>, A::Error> {
    let mut members: Vec<(String, Value)> = Vec::new();
    let mut names = std::collections::HashSet::new();
    while let Some(name) = map.next_key::<String>()? {
        // Few members are compared one by one; many would make that slow.
        let is_new = if members.len() < 16 {
            members.iter().all(|(n, _)| *n != name)
        } else {
            if names.is_empty() {
                names.extend(members.iter().map(|(n, _)| n.clone()));
            }
            names.insert(name.clone())
        };
        if !is_new {
            return Err(A::Error::custom("a member is named twice"));
        }
        members.push((name, map.next_value_seed(Inner { depth })?));
    }
    Ok(members)
}

/// Reads any value below the outermost object.
struct Inner {
    /// How many more levels may open.
    depth: usize,
}

impl Inner {
    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        self.depth.checked_sub(2).map(|d| d + 1).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Inner {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        while seq.next_element_seed(Inner { depth })?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        members(map, depth).map(|_| Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_with_members_named_once() {
        let members = Members::parse(br#" {"a":"x","b":1,"c":null,"d":{"a":[{}]},"e":true} "#);
        let members = members.unwrap();
        assert_eq!(members.text("a").unwrap(), "x");
        assert!(members.text("b").is_err() && members.text("c").is_err());
        assert!(members.text("z").is_err() && members.optional_text("z").unwrap().is_none());
        assert!(members.optional_text("c").is_err());
        assert!(members.nullable_text("c").unwrap().is_none());
        assert!(members.nullable_text("b").is_err());
    }

    #[test]
    fn what_is_no_such_object_is_refused() {
        let twice = r#"{"a":1,"a":1}"#;
        for text in [
            "",
            " ",
            "null",
            "[]",
            "\"text\"",
            "1",
            "{",
            "{\"fqdn\":",
            "{} {}",
            "{}x",
            "{'a':1}",
            "{\"a\":1e999}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\u{1}\"}",
            twice,
            r#"{"x":[{"a":1,"a":2}]}"#,
            r#"{"a":1,"\u0061":2}"#,
            "\u{feff}{}",
        ] {
            assert_eq!(Members::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Members::parse(b"{\"a\":\"\xff\"}"), None);
        let many: Vec<String> = (0..40).map(|n| format!("\"m{}\":1", n % 39)).collect();
        assert_eq!(Members::parse(format!("{{{}}}", many.join(",")).as_bytes()), None);
    }

    #[test]
    fn sixteen_levels_are_enough() {
        let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(Members::parse(nested(15).as_bytes()).is_some());
        assert!(Members::parse(nested(16).as_bytes()).is_none());
        assert!(Members::parse(nested(100_000).as_bytes()).is_none());
    }
}
