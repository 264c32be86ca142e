//! Every example of the description that the server gives of itself (`/openapi.json`) is run as it stands there: its
//! line for the shell in a real shell with a real curl, or, where a device signs, by a device.
//!
//! An example has ids, PINs and times that are made up. Before it runs, the scene makes what it speaks of and puts the
//! real values in their places; afterwards the answer gets the made-up ones again and must be what the description
//! shows. An example for which nobody has said what must be there before runs in a scene with one service and one user.

mod arrange;
mod devices;
mod likeness;
mod scene;
mod widget;

use ringproof_blackbox::http::{Client, Request};
use scene::Scene;
use serde_json::Value;

/// An example, and where it stands.
#[derive(Clone)]
pub(crate) struct Example {
    /// Name of the operation; of a shared answer its name.
    operation: String,
    name: String,
    status: u16,
    kind: String,
    line: Option<String>,
    /// What a device sends.
    path: String,
    body: Value,
    shown: Value,
}

impl Example {
    /// `operation.name`, without the part that tells GET from POST.
    fn key(&self) -> String {
        format!("{}.{}", self.operation.trim_end_matches("ByGet"), self.name)
    }
}

/// All examples of a document.
fn examples(document: &Value) -> Vec<Example> {
    let mut examples = Vec::new();
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut add = |operation: &str, path: &str, status: u16, answer: &Value| {
        // Where a browser is sent on there is no content, and so no type of it.
        let sent_on = (String::new(), answer["headers"]["Location"].clone());
        for (kind, media) in members(&answer["content"]).into_iter().chain([sent_on]) {
            for (name, example) in members(&media["examples"]) {
                examples.push(Example {
                    operation: operation.to_owned(),
                    name,
                    status,
                    kind: kind.clone(),
                    line: example["x-curl"].as_str().map(str::to_owned),
                    path: path.to_owned(),
                    body: example["x-body"].clone(),
                    shown: example["value"].clone(),
                });
            }
        }
    };
    for (name, answer) in members(&document["components"]["responses"]) {
        let status = match name.as_str() {
            "LoginNeeded" => 401,
            "NotAllowed" => 403,
            "TooLarge" => 413,
            "UriTooLong" => 414,
            "TooOften" => 429,
            "Unavailable" => 503,
            // These have no examples.
            _ => 0,
        };
        add(&name, "", status, &answer);
    }
    for (path, item) in members(&document["paths"]) {
        for (_, operation) in members(&item) {
            let Some(id) = operation["operationId"].as_str() else { continue };
            for (status, answer) in members(&operation["responses"]) {
                let status = status.parse().expect("a status is a number");
                add(id, &path, status, &answer);
            }
        }
    }
    examples
}

#[test]
fn every_example_is_answered_as_it_is_described() {
    let scene = Scene::start();
    let answer = Client::new(scene.world.server.address())
        .send(&Request::new("GET", "/openapi.json"))
        .expect("an answer");
    let document: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let examples = examples(&document);
    let mut failures = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for example in &examples {
        names.insert(example.operation.clone());
        if let Err(complaint) = scene.run(example) {
            failures.push(format!("{} ({}): {complaint}", example.key(), example.operation));
        }
    }
    println!("{} examples of {} operations", examples.len(), names.len());
    assert!(examples.len() > 300, "the description has examples");
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n\n"));
}

/// Each operation shows at least one answer, but those that only give out files.
#[test]
fn every_operation_has_examples() {
    let scene = Scene::start();
    let answer = Client::new(scene.world.server.address())
        .send(&Request::new("GET", "/openapi.json"))
        .expect("an answer");
    let document: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let shown: std::collections::BTreeSet<String> =
        examples(&document).into_iter().map(|example| example.operation).collect();
    let files = ["Pages", "Operations"];
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("methods").values() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let is_file = files.iter().any(|tag| operation["tags"][0] == *tag);
            assert!(is_file || shown.contains(id), "{id} shows no answer");
        }
    }
}
