//! Section `[log]`: what is logged, and how.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use tracing::level_filters::LevelFilter;

use super::problem::Report;

/// What the targets of our own crates begin with.
pub(crate) const OWN_TARGET: &str = "ringproof";

/// The most that libraries may log. Below info they print headers and bodies, and those hold secrets (rule S-19).
pub(crate) const FOREIGN_LEVEL_MAX: LevelFilter = LevelFilter::INFO;

/// Most parts with a level of their own.
const LOG_PARTS_MAX: usize = 32;

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `off`, `error`, `warn`, `info`, `debug` or `trace`; parts can differ: `info,ringproof_store=debug`.
    #[schemars(with = "String")]
    pub level: LogFilter,
    /// `text`, `json` (one object a line), or `auto`: text on a terminal and json elsewhere.
    pub format: LogFormat,
}

impl LogConfig {
    pub(crate) fn check(&self, report: &mut Report) {
        for (target, level) in &self.level.parts {
            if !target.starts_with(OWN_TARGET) && *level > FOREIGN_LEVEL_MAX {
                report.add(
                    "log.level",
                    format!(
                        "{target}={level} is refused: libraries log at most {FOREIGN_LEVEL_MAX}, since below it they \
                         print headers and bodies (security rule S-19)"
                    ),
                );
            }
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Words for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A level for everything and levels for parts, as `log.level` writes them.
///
/// ```
/// use ringproof_server::config::LogFilter;
/// assert!("info,ringproof_store=debug".parse::<LogFilter>().is_ok());
/// assert!("loud".parse::<LogFilter>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter {
    /// The level of our own parts; libraries get it too, but never more than info.
    pub level: LevelFilter,
    /// Parts (module paths such as `ringproof_store`) with a level of their own.
    pub parts: Vec<(String, LevelFilter)>,
}

impl Default for LogFilter {
    fn default() -> Self {
        Self { level: LevelFilter::INFO, parts: Vec::new() }
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for (index, word) in text.split(',').map(str::trim).enumerate() {
            match word.split_once('=') {
                Some((part, level)) if !part.is_empty() => {
                    filter.parts.push((part.to_owned(), parse_level(level)?));
                }
                None if index == 0 => filter.level = parse_level(word)?,
                _ => {
                    return Err(format!(
                        "{word:?} is not PART=LEVEL, such as \"ringproof_store=debug\""
                    ));
                }
            }
        }
        if filter.parts.len() > LOG_PARTS_MAX {
            return Err(format!("more than {LOG_PARTS_MAX} parts"));
        }
        Ok(filter)
    }
}

impl<'de> Deserialize<'de> for LogFilter {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

fn parse_level(word: &str) -> Result<LevelFilter, String> {
    match word.to_ascii_lowercase().as_str() {
        "off" => Ok(LevelFilter::OFF),
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(format!("{word:?} is not a level; write off, error, warn, info, debug or trace")),
    }
}
