//! Rules over what a gateway sends: conditions and places in a text.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value;

use super::GenericError;
use super::options::{GenericCondition, GenericSource, GenericStatuses, GenericValue};

/// Bytes of a compiled expression.
const REGEX_BYTES_MAX: usize = 256 * 1024;

/// Something that a gateway sent.
pub(super) struct Subject<'a> {
    /// The status of an answer; none in a callback.
    pub(super) status: Option<u16>,
    /// The text as it came.
    pub(super) raw: &'a [u8],
    /// The same as JSON, if it can be read.
    pub(super) json: Option<Value>,
}

/// A condition that was read.
pub(super) struct Condition {
    statuses: Option<Vec<RangeInclusive<u16>>>,
    source: Option<Source>,
    expected: Option<Expected>,
}

/// A place in a text.
pub(super) enum Source {
    Pointer(String),
    Regex(Regex),
}

enum Expected {
    OneOf(Vec<String>),
    Range(RangeInclusive<i64>),
}

impl Source {
    /// Reads a place.
    pub(super) fn new(key: &str, source: &GenericSource) -> Result<Self, GenericError> {
        match source {
            GenericSource::JsonPointer(pointer)
                if pointer.is_empty() || pointer.starts_with('/') =>
            {
                Ok(Self::Pointer(pointer.clone()))
            }
            GenericSource::JsonPointer(_) => Err(GenericError::new(
                &format!("{key}.json_pointer"),
                "must begin with /, as /messages/0/id",
            )),
            GenericSource::Regex(expression) => {
                // Without the tables of Unicode: it looks at bytes.
                let regex = RegexBuilder::new(expression)
                    .unicode(false)
                    .size_limit(REGEX_BYTES_MAX)
                    .build();
                let problem = |error| {
                    GenericError::new(&format!("{key}.regex"), format!("is not one: {error}"))
                };
                regex.map(Self::Regex).map_err(problem)
            }
        }
    }

    /// What stands there, if it is text, a number, or true or false.
    pub(super) fn find<'s>(&self, subject: &'s Subject<'_>) -> Option<Cow<'s, str>> {
        match self {
            Self::Pointer(pointer) => match subject.json.as_ref()?.pointer(pointer)? {
                Value::String(text) => Some(Cow::Borrowed(text)),
                Value::Number(number) => Some(Cow::Owned(number.to_string())),
                Value::Bool(truth) => Some(Cow::Owned(truth.to_string())),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
            },
            Self::Regex(regex) => {
                let groups = regex.captures(subject.raw)?;
                let found = groups.get(1).or_else(|| groups.get(0))?;
                std::str::from_utf8(found.as_bytes()).ok().map(Cow::Borrowed)
            }
        }
    }

    fn exists(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Pointer(pointer) => subject
                .json
                .as_ref()
                .and_then(|json| json.pointer(pointer))
                .is_some_and(|value| !value.is_null()),
            Self::Regex(regex) => regex.is_match(subject.raw),
        }
    }
}

impl Condition {
    /// Reads a condition; `has_status` if it is one on an answer.
    pub(super) fn new(
        key: &str,
        when: &GenericCondition,
        has_status: bool,
    ) -> Result<Self, GenericError> {
        let GenericCondition { http, json_pointer, regex, equals, one_of, range } = when;
        let statuses = match http {
            None => None,
            Some(_) if !has_status => {
                let problem = "means nothing here, where no answer is looked at: leave it out";
                return Err(GenericError::new(&format!("{key}.http"), problem));
            }
            Some(http) => Some(statuses(&format!("{key}.http"), http)?),
        };
        let source = match (json_pointer, regex) {
            (None, None) => None,
            (Some(pointer), None) => Some(GenericSource::JsonPointer(pointer.clone())),
            (None, Some(regex)) => Some(GenericSource::Regex(regex.clone())),
            (Some(_), Some(_)) => {
                return Err(GenericError::new(
                    key,
                    "has json_pointer and regex: write one of them",
                ));
            }
        };
        let source = source.map(|source| Source::new(key, &source)).transpose()?;
        let expected = match (equals, one_of, range) {
            (None, None, None) => None,
            (Some(value), None, None) => Some(Expected::OneOf(vec![text(value)])),
            (None, Some(values), None) => Some(Expected::OneOf(values.iter().map(text).collect())),
            (None, None, Some((from, to))) if from <= to => Some(Expected::Range(*from..=*to)),
            (None, None, Some(_)) => {
                let problem = "must be two numbers, the lower one first";
                return Err(GenericError::new(&format!("{key}.range"), problem));
            }
            _ => return Err(GenericError::new(key, "may have one of equals, in and range only")),
        };
        if expected.is_some() && source.is_none() {
            let problem = "compares something, but not what: add json_pointer or regex";
            return Err(GenericError::new(key, problem));
        }
        Ok(Self { statuses, source, expected })
    }

    /// Whether it holds.
    pub(super) fn holds(&self, subject: &Subject<'_>) -> bool {
        let status_holds = self.statuses.as_ref().is_none_or(|ranges| {
            subject.status.is_some_and(|status| ranges.iter().any(|range| range.contains(&status)))
        });
        status_holds
            && self.source.as_ref().is_none_or(|source| match &self.expected {
                None => source.exists(subject),
                Some(Expected::OneOf(values)) => {
                    source.find(subject).is_some_and(|found| values.iter().any(|v| *v == found))
                }
                Some(Expected::Range(range)) => source
                    .find(subject)
                    .and_then(|found| found.parse().ok())
                    .is_some_and(|number: i64| range.contains(&number)),
            })
    }
}

fn text(value: &GenericValue) -> String {
    match value {
        GenericValue::Text(text) => text.clone(),
        GenericValue::Number(number) => number.to_string(),
        GenericValue::Truth(truth) => truth.to_string(),
    }
}

fn statuses(key: &str, given: &GenericStatuses) -> Result<Vec<RangeInclusive<u16>>, GenericError> {
    let is_status = |status: &u16| (100..=599).contains(status);
    let range = match given {
        GenericStatuses::Any(list) => {
            let ranges: Result<Vec<_>, _> = list.iter().map(|one| statuses(key, one)).collect();
            return Ok(ranges?.concat());
        }
        GenericStatuses::One(status) => Some((*status, *status)),
        GenericStatuses::Range(text) => {
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            from.trim().parse().ok().zip(to.trim().parse().ok())
        }
    };
    let range = range.filter(|(from, to)| is_status(from) && is_status(to) && from <= to);
    let (from, to) = range.ok_or_else(|| {
        GenericError::new(key, "must be a status as 200, a range as \"200-299\", or a list of both")
    })?;
    Ok(vec![from..=to])
}
