//! Turns events and spans into lines: the fields of the event first, then those of the spans around it, from the
//! inside out; a name that is already there is not repeated.

use std::fmt::{self, Write as _};
use std::ops::Range;

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::escape;
use super::queue::Queue;
use crate::clock::Clock;

/// Names with a meaning of their own in a JSON line; a field of such a name gets `field.` in front.
const RESERVED: [&str; 4] = ["timestamp", "level", "message", "target"];

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text { colour: bool },
    Json,
}

/// Writes each event as one line into the queue.
pub(super) struct Lines {
    pub(super) shape: Shape,
    pub(super) clock: Clock,
    pub(super) queue: Queue,
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Lines {
    fn on_new_span(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        context: Context<'_, S>,
    ) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::with_room();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.add_missing(outer);
            }
        }
        let about = event.metadata();
        let line = self.shape.line(self.clock.now(), *about.level(), about.target(), &fields);
        self.queue.put(&line);
    }
}

impl Shape {
    /// One line with its line feed.
    pub(super) fn line(self, at: Timestamp, level: Level, target: &str, fields: &Fields) -> String {
        let mut out = String::with_capacity(512);
        match self {
            Self::Json => json_line(&mut out, at, level, target, fields),
            Self::Text { colour } => text_line(&mut out, at, level, target, fields, colour),
        }
        out.push('\n');
        out
    }
}

fn json_line(out: &mut String, at: Timestamp, level: Level, target: &str, fields: &Fields) {
    let _ =
        write!(out, "{{\"timestamp\":\"{at:.3}\",\"level\":\"{}\",\"message\":", level_name(level));
    escape::json_string(out, fields.message());
    out.push_str(",\"target\":");
    escape::json_string(out, target);
    for (name, kind, value) in fields.besides_message() {
        out.push(',');
        if RESERVED.contains(&name) {
            escape::json_string(out, &format!("field.{name}"));
        } else {
            escape::json_string(out, name);
        }
        out.push(':');
        match kind {
            Kind::Text => escape::json_string(out, value),
            Kind::Literal => out.push_str(value),
        }
    }
    out.push('}');
}

fn text_line(
    out: &mut String,
    at: Timestamp,
    level: Level,
    target: &str,
    fields: &Fields,
    colour: bool,
) {
    let paint = |code: &'static str| if colour { code } else { "" };
    let (dim, reset) = (paint("\u{1b}[2m"), paint("\u{1b}[0m"));
    let level_colour = paint(match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        Level::DEBUG => "\u{1b}[34m",
        Level::TRACE => "\u{1b}[35m",
    });
    let name = level_name(level).to_uppercase();
    let _ = write!(out, "{dim}{at:.3}{reset} {level_colour}{name:>5}{reset} ");
    escape::sentence(out, fields.message());
    for (name, kind, value) in fields.besides_message() {
        let _ = write!(out, " {dim}");
        escape::sentence(out, name);
        let _ = write!(out, "={reset}");
        match kind {
            Kind::Text => escape::value(out, value),
            Kind::Literal => out.push_str(value),
        }
    }
    let _ = write!(out, " {dim}(");
    escape::sentence(out, target);
    let _ = write!(out, "){reset}");
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// The fields of an event or a span, in the order they were given: their values one after the other in one text, so
/// that a line needs two allocations and not one for each field.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    values: String,
    list: Vec<NamedRange>,
}

#[derive(Debug, Clone)]
struct NamedRange {
    name: &'static str,
    kind: Kind,
    value: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A number, `true`, `false` or `null`: the same in JSON and in text.
    Literal,
}

impl Fields {
    /// Fields of a line we make ourselves.
    pub(super) fn of_sentence(message: &str) -> Self {
        let mut fields = Self::default();
        fields.put("message", Kind::Text, |values| values.push_str(message));
        fields
    }

    /// The same with a number.
    pub(super) fn with_number(mut self, name: &'static str, number: u64) -> Self {
        self.put(name, Kind::Literal, |values| {
            let _ = write!(values, "{number}");
        });
        self
    }

    /// None yet, with room for those of a usual line.
    fn with_room() -> Self {
        Self { values: String::with_capacity(256), list: Vec::with_capacity(12) }
    }

    fn message(&self) -> &str {
        self.list.iter().find(|field| field.name == "message").map_or("", |field| self.value(field))
    }

    fn value(&self, field: &NamedRange) -> &str {
        &self.values[field.value.clone()]
    }

    fn besides_message(&self) -> impl Iterator<Item = (&'static str, Kind, &str)> {
        let rest = self.list.iter().filter(|field| field.name != "message");
        rest.map(|field| (field.name, field.kind, self.value(field)))
    }

    fn add_missing(&mut self, outer: &Self) {
        for field in &outer.list {
            if !self.list.iter().any(|known| known.name == field.name) {
                self.put(field.name, field.kind, |values| values.push_str(outer.value(field)));
            }
        }
    }

    fn set(&mut self, field: &Field, kind: Kind, write: impl FnOnce(&mut String)) {
        let name = field.name();
        self.put(name.strip_prefix("r#").unwrap_or(name), kind, write);
    }

    /// Puts a value, in the place of an earlier one of the same name.
    fn put(&mut self, name: &'static str, kind: Kind, write: impl FnOnce(&mut String)) {
        let begin = self.values.len();
        write(&mut self.values);
        let value = begin..self.values.len();
        match self.list.iter_mut().find(|known| known.name == name) {
            Some(known) => (known.kind, known.value) = (kind, value),
            None => self.list.push(NamedRange { name, kind, value }),
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Kind::Text, |values| values.push_str(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Kind::Literal, |values| {
            values.push_str(if value { "true" } else { "false" });
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Kind::Literal, |values| {
            let _ = write!(values, "{value}");
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, Kind::Literal, |values| {
            let _ = write!(values, "{value}");
        });
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Kind::Literal, |values| {
            // JSON has no NaN and no infinity.
            if value.is_finite() {
                let _ = write!(values, "{value:?}");
            } else {
                values.push_str("null");
            }
        });
    }

    /// The whole chain of causes, joined by colons.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.set(field, Kind::Text, |values| {
            let _ = write!(values, "{value}");
            let mut cause = value.source();
            while let Some(error) = cause {
                let _ = write!(values, ": {error}");
                cause = error.source();
            }
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, Kind::Text, |values| {
            let _ = write!(values, "{value:?}");
        });
    }
}
