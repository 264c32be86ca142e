//! The description as a document of OpenAPI 3.1.

use serde_json::{Map, Value, json};

use super::model::{Answer, Example, Login, Operation, Parameter, Place, SentBody, Shown, Tag};
use super::{Description, curl};

const INTRODUCTION: &str = "\
Every route of this server, generated from its code. Runs of slashes in a path count as one, a slash at its end does \
not matter, and no answer is a redirect. GET is answered to HEAD where the path belongs to no dialect. Another method of a \
path that is there is 405 with the header Allow; another path is 404 with the code route_not_found. Every answer has the \
header X-Request-Id, by which the operator finds it in the log. Paths under x-aliases are answered like the path that \
they stand at. Each example came of the line beside it (x-curl): URL is the address of the server, ACCOUNT and PASSWORD are \
the credentials, TOKEN is the receipt token of a gateway, SECRET is what a site signs requests of the widget with. Where a device signs, x-body is \
what it sent.";

/// The document.
pub fn document(description: &Description) -> Value {
    let mut paths = Map::new();
    for operation in &description.operations {
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        if !operation.aliases.is_empty() {
            path["x-aliases"] = json!(operation.aliases);
        }
        path[operation.method.as_str().to_ascii_lowercase()] = of_operation(operation, description);
    }
    let has = |tag: &Tag| description.operations.iter().any(|operation| operation.tag == *tag);
    let tags = Tag::ALL.iter().filter(|tag| has(tag));
    let tags: Vec<Value> =
        tags.map(|tag| json!({ "name": tag.name(), "description": tag.text() })).collect();
    let shared = description.shared.iter().map(|shared| {
        let answer = of_answer(&shared.answer, |example| {
            curl::line(&shared.method, Login::Account, &example.sent)
        });
        (shared.name.to_owned(), answer)
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ringproof",
            "summary": "A phone verification server",
            "description": INTRODUCTION,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This server" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": description.schemas,
            "responses": shared.collect::<Map<_, _>>(),
            "securitySchemes": schemes(),
        },
    })
}

fn schemes() -> Value {
    json!({
        "account": {
            "type": "apiKey", "in": "header", "name": "X-Service-Auth",
            "description": "username:password of an account. Over plain HTTP only from the same \
                            machine, unless the operator says otherwise.",
        },
        "device": {
            "type": "apiKey", "in": "header", "name": "X-App-Signature",
            "description": "The signature of a device over the call; see docs/APP-PROTOCOL.md.",
        },
        "gateway": {
            "type": "http", "scheme": "bearer",
            "description": "The receipt token of the gateway that the path names.",
        },
    })
}

fn of_operation(operation: &Operation, description: &Description) -> Value {
    let mut value = json!({
        "operationId": operation.id,
        "tags": [operation.tag.name()],
        "summary": operation.summary,
        "description": operation.text,
        "responses": answers(operation, description),
    });
    let scheme = match operation.login {
        Login::Account => Some("account"),
        Login::Device => Some("device"),
        Login::Gateway => Some("gateway"),
        // All stand among the parameters.
        Login::Parameters | Login::Site | Login::Browser | Login::Nobody => None,
    };
    if let Some(scheme) = scheme {
        value["security"] = json!([{ scheme: [] }]);
    }
    if !operation.parameters.is_empty() {
        let parameters = operation.parameters.iter().map(of_parameter);
        value["parameters"] = parameters.collect();
    }
    if let Some(taken) = &operation.taken {
        let kinds = taken.kinds.iter().map(|kind| (*kind, json!({ "schema": taken.schema })));
        let content: Map<String, Value> =
            kinds.map(|(kind, value)| (kind.to_owned(), value)).collect();
        value["requestBody"] = json!({ "content": content, "required": taken.is_needed });
    }
    if let Some(line) = curl::line(&operation.method, operation.login, &operation.sent) {
        value["x-codeSamples"] = json!([{ "lang": "Shell", "label": "curl", "source": line }]);
    }
    value
}

fn of_parameter(parameter: &Parameter) -> Value {
    let place = match parameter.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
    };
    json!({
        "name": parameter.name,
        "in": place,
        "required": parameter.is_needed,
        "description": parameter.text,
        "schema": parameter.schema,
    })
}

fn answers(operation: &Operation, description: &Description) -> Value {
    let mut answers = Map::new();
    for answer in &operation.answers {
        let line =
            |example: &Example| curl::line(&operation.method, operation.login, &example.sent);
        answers.insert(answer.status.to_string(), of_answer(answer, line));
    }
    for shared in description.shared.iter().filter(|s| operation.shared.contains(&s.name)) {
        let reference = json!({ "$ref": format!("#/components/responses/{}", shared.name) });
        answers.entry(shared.answer.status.to_string()).or_insert(reference);
    }
    Value::Object(answers)
}

fn of_answer(answer: &Answer, line: impl Fn(&Example) -> Option<String>) -> Value {
    let mut value = json!({ "description": answer.text });
    let header = |(name, text): &(&str, &str)| {
        let mut header = json!({ "description": text, "schema": { "type": "string" } });
        if *name == "Location" {
            let sent_on = |example: &&Example| matches!(example.shown, Shown::Location(_));
            header["examples"] = examples(answer.examples.iter().filter(sent_on), &line);
        }
        ((*name).to_owned(), header)
    };
    if !answer.headers.is_empty() {
        value["headers"] = Value::Object(answer.headers.iter().map(header).collect());
    }
    let mut content = Map::new();
    for (kind, schema) in &answer.kinds {
        let mut media = json!({ "schema": schema });
        let is_shown = |example: &&Example| fits(kind, answer.kinds.len() == 1, &example.shown);
        let mut fitting = answer.examples.iter().filter(is_shown).peekable();
        if fitting.peek().is_some() {
            media["examples"] = examples(fitting, &line);
        }
        content.insert((*kind).to_owned(), media);
    }
    if !content.is_empty() {
        value["content"] = Value::Object(content);
    }
    value
}

fn examples<'a>(
    examples: impl Iterator<Item = &'a Example>,
    line: impl Fn(&Example) -> Option<String>,
) -> Value {
    let named = examples.map(|example| (example.name.clone(), of_example(example, line(example))));
    Value::Object(named.collect())
}

/// A line of text is `text/html` to curl; documents have the types that they have, and files
/// their only one.
fn fits(kind: &str, is_only: bool, shown: &Shown) -> bool {
    match shown {
        Shown::Json(_) => kind == "application/json",
        Shown::Location(_) => false,
        Shown::Text(_) if is_only => true,
        Shown::Text(text) if text.starts_with("<?xml") => kind == "application/xml",
        Shown::Text(text) if text.contains('\n') => kind == "text/csv",
        Shown::Text(_) => kind == "text/html",
    }
}

fn of_example(example: &Example, line: Option<String>) -> Value {
    let value = match &example.shown {
        Shown::Json(value) => value.clone(),
        Shown::Text(text) | Shown::Location(text) => json!(text),
    };
    let mut shown = json!({ "value": value });
    if !example.text.is_empty() {
        shown["summary"] = json!(example.text);
    }
    match (line, &example.sent.body) {
        (Some(line), _) => shown["x-curl"] = json!(line),
        (None, SentBody::Json(body)) => shown["x-body"] = body.clone(),
        (None, _) => {}
    }
    shown
}
