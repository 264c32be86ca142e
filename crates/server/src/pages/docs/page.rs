//! The page at `/docs/`: the description for people, without a script.

use askama::Template;
use serde_json::{Map, Value};

use crate::openapi::model::{Answer, Login, Operation, Place, Shown, Tag};
use crate::openapi::{Description, curl};

#[derive(Template)]
#[template(path = "docs/page.html")]
struct Page {
    version: &'static str,
    groups: Vec<Group>,
    shared: Vec<Told>,
}

/// Operations that belong together.
struct Group {
    anchor: String,
    name: &'static str,
    text: &'static str,
    operations: Vec<Call>,
}

/// An operation.
struct Call {
    anchor: &'static str,
    method: String,
    path: Vec<String>,
    aliases: Vec<Vec<String>>,
    summary: &'static str,
    text: &'static str,
    login: &'static str,
    parameters: Vec<Row>,
    body: Option<Body>,
    curl: Option<String>,
    answers: Vec<Told>,
    /// Shared answers: status and anchor.
    also: Vec<(u16, String)>,
}

struct Body {
    kinds: String,
    members: Vec<Row>,
}

/// One value that a caller gives.
struct Row {
    name: String,
    place: &'static str,
    is_needed: bool,
    kind: String,
    text: String,
}

/// An answer.
struct Told {
    anchor: String,
    status: u16,
    text: String,
    kinds: String,
    headers: Vec<(&'static str, &'static str)>,
    examples: Vec<Seen>,
}

/// An example.
struct Seen {
    name: String,
    text: String,
    /// The line that it came of, if that is another than the operation's.
    curl: Option<String>,
    shown: String,
}

/// The page.
///
/// # Errors
/// The template's.
pub(super) fn render(description: &Description) -> askama::Result<String> {
    let shared = description.shared.iter().map(|shared| {
        let line = |sent: &_| curl::line(&shared.method, Login::Account, sent);
        told(format!("answer-{}", shared.name), &shared.answer, &line)
    });
    let groups = Tag::ALL.iter().filter_map(|tag| group(*tag, description));
    Page { version: env!("CARGO_PKG_VERSION"), groups: groups.collect(), shared: shared.collect() }
        .render()
}

fn group(tag: Tag, description: &Description) -> Option<Group> {
    let operations: Vec<Call> = description
        .operations
        .iter()
        .filter(|operation| operation.tag == tag)
        .map(|operation| call(operation, description))
        .collect();
    let anchor = format!("tag-{}", tag.name().to_lowercase().replace(' ', "-"));
    let group = Group { anchor, name: tag.name(), text: tag.text(), operations };
    (!group.operations.is_empty()).then_some(group)
}

fn call(operation: &Operation, description: &Description) -> Call {
    let own = curl::line(&operation.method, operation.login, &operation.sent);
    let line = |sent: &_| {
        let line = curl::line(&operation.method, operation.login, sent);
        line.filter(|line| Some(line) != own.as_ref())
    };
    let answer =
        |answer: &Answer| told(format!("{}-{}", operation.id, answer.status), answer, &line);
    let is_shared = |name: &&str| operation.shared.contains(name);
    let has = |status| operation.answers.iter().any(|answer| answer.status == status);
    let also = description.shared.iter().filter(|shared| is_shared(&shared.name));
    let also = also.filter(|shared| !has(shared.answer.status));
    Call {
        anchor: operation.id,
        method: operation.method.to_string(),
        path: parts(&operation.path),
        aliases: operation.aliases.iter().map(|alias| parts(alias)).collect(),
        summary: operation.summary,
        text: operation.text,
        login: login(operation.login),
        parameters: operation.parameters.iter().map(row).collect(),
        body: operation.taken.as_ref().map(|taken| Body {
            kinds: taken.kinds.join(", "),
            members: members(&taken.schema, &description.schemas),
        }),
        curl: own.clone(),
        answers: operation.answers.iter().map(answer).collect(),
        also: also.map(|s| (s.answer.status, format!("answer-{}", s.name))).collect(),
    }
}

/// A long path is broken behind its slashes.
fn parts(path: &str) -> Vec<String> {
    path.split_inclusive('/').map(str::to_owned).collect()
}

const fn login(login: Login) -> &'static str {
    match login {
        Login::Nobody => "Needs no credentials.",
        Login::Account => "Needs the header X-Service-Auth with username:password.",
        Login::Parameters => "Needs the parameters username and password.",
        Login::Device => "Signed by a device.",
        Login::Gateway => "Needs the receipt token of the gateway.",
        Login::Site => "Signed with the widget's secret of the account.",
        Login::Browser => "Needs the cookie of the session.",
    }
}

fn told(
    anchor: String,
    answer: &Answer,
    line: &dyn Fn(&crate::openapi::model::Sent) -> Option<String>,
) -> Told {
    let examples = answer.examples.iter().map(|example| Seen {
        name: example.name.clone(),
        text: example.text.clone(),
        curl: line(&example.sent),
        shown: match &example.shown {
            Shown::Json(value) => format!("{value:#}"),
            Shown::Text(text) => text.clone(),
            Shown::Location(path) => format!("Location: {path}"),
        },
    });
    Told {
        anchor,
        status: answer.status,
        text: answer.text.clone(),
        kinds: answer.kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join(", "),
        headers: answer.headers.clone(),
        examples: examples.collect(),
    }
}

fn row(parameter: &crate::openapi::model::Parameter) -> Row {
    let place = match parameter.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
    };
    Row {
        name: parameter.name.to_owned(),
        place,
        is_needed: parameter.is_needed,
        kind: kind(&parameter.schema),
        text: parameter.text.to_owned(),
    }
}

/// The members of an object, which may stand among the named schemas.
fn members(schema: &Value, named: &Map<String, Value>) -> Vec<Row> {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let schema = name.and_then(|name| named.get(name)).unwrap_or(schema);
    let needed: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let member = |(name, schema): (&String, &Value)| Row {
        name: name.clone(),
        place: "body",
        is_needed: needed.contains(&name.as_str()),
        kind: kind(schema),
        text: schema["description"].as_str().unwrap_or_default().to_owned(),
    };
    properties.iter().map(member).collect()
}

/// A schema in some words.
fn kind(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return words.join(" | ");
    }
    if let Some(format) = schema["format"].as_str() {
        return format.to_owned();
    }
    if let Some(either) = schema["anyOf"].as_array() {
        return either.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(either) = schema["type"].as_array() {
        return either.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ");
    }
    let bounds = |min: &Value, max: &Value| match (min.as_u64(), max.as_u64()) {
        (Some(min), Some(max)) => format!(", {min} to {max}"),
        (Some(min), None) if min > 0 => format!(", {min} or more"),
        (None, Some(max)) => format!(", up to {max}"),
        _ => String::new(),
    };
    match schema["type"].as_str() {
        Some("string") => format!("text{}", bounds(&schema["minLength"], &schema["maxLength"])),
        Some("integer") => {
            format!("whole number{}", bounds(&schema["minimum"], &schema["maximum"]))
        }
        Some(other) => other.to_owned(),
        None => "see openapi.json".to_owned(),
    }
}
