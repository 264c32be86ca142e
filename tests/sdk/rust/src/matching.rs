//! Variables and expectations of the scenario.

use regex::Regex;
use serde_json::{Map, Value};

/// A value with its `${…}` replaced.
pub fn filled(value: &Value, variables: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) => filled_text(text, variables),
        Value::Array(list) => list.iter().map(|one| filled(one, variables)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, one)| Ok((name.clone(), filled(one, variables)?)))
            .collect::<Result<Map<_, _>, String>>()
            .map(Value::Object),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
    }
}

fn filled_text(text: &str, variables: &Value) -> Result<Value, String> {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    if let Some(path) = inner.filter(|path| !path.contains('}')) {
        return at(variables, path);
    }
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (path, after) = after.split_once('}').ok_or("a ${ without its }")?;
        filled.push_str(before);
        match at(variables, path)? {
            Value::String(text) => filled.push_str(&text),
            other => filled.push_str(&other.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(Value::String(filled))
}

/// The member at a path such as `codes.0`; the value itself at an empty one.
pub fn at(value: &Value, path: &str) -> Result<Value, String> {
    let mut found = value;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let inner = match found {
            Value::Array(list) => name.parse().ok().and_then(|index: usize| list.get(index)),
            other => other.get(name),
        };
        found = inner.ok_or_else(|| format!("there is no {path}"))?;
    }
    Ok(found.clone())
}

/// What is not as expected.
pub fn difference(expected: &Value, found: &Value) -> Option<String> {
    let wrong = || Some(format!("{found} is not {expected}"));
    match expected {
        Value::Array(list) => {
            let elements = found.as_array().filter(|found| found.len() == list.len());
            let Some(elements) = elements else { return wrong() };
            list.iter().zip(elements).find_map(|(one, found)| difference(one, found))
        }
        Value::Object(members) => {
            if let Some(is_right) = special(members, found) {
                return if is_right { None } else { wrong() };
            }
            let Some(object) = found.as_object() else { return wrong() };
            members.iter().find_map(|(name, one)| {
                let inside = difference(one, object.get(name).unwrap_or(&Value::Null))?;
                Some(format!("{name}: {inside}"))
            })
        }
        plain => {
            if plain == found {
                None
            } else {
                wrong()
            }
        }
    }
}

/// Whether one of the three special objects matches; nothing if it is none of them.
fn special(members: &Map<String, Value>, found: &Value) -> Option<bool> {
    let (name, value) = members.iter().next().filter(|_| members.len() == 1)?;
    match name.as_str() {
        "matches" => {
            let regex = Regex::new(value.as_str()?).expect("the scenario has regular expressions");
            Some(found.as_str().is_some_and(|text| regex.is_match(text)))
        }
        "length" => {
            let length = found.as_array().and_then(|list| u64::try_from(list.len()).ok());
            Some(length.is_some() && length == value.as_u64())
        }
        "between" => {
            let (low, high) = (value[0].as_f64()?, value[1].as_f64()?);
            Some(found.as_f64().is_some_and(|number| (low..=high).contains(&number)))
        }
        _ => None,
    }
}
