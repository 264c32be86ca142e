//! The description of the routes agrees with the code that answers them, both ways.
//!
//! * What the code routes is read from the sources (`.route("…")`) and from the tables of the dialects, and every
//!   method of each path is tried on the running application: what is not 405 must be described.
//! * What is described must be among those paths, and must be answered by that method.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use http::{Method, Request, StatusCode};
use ringproof_server::http::text_api::route::Call;
use ringproof_server::http::verification::route::Target;
use ringproof_server::openapi::document::document;
use ringproof_server::openapi::model::{Answer, Operation};
use ringproof_server::openapi::{Description, Surface, describe};
use ringproof_server::pages::widget::Refused;
use serde_json::Value;
use tower::ServiceExt as _;

use super::parsers::world::{World, peer};
use super::tidy::tree::Tree;

const ALL: Surface = Surface { has_dev: true, has_metrics: true };
/// HEAD is missing: it is answered where GET is, which the description says once.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"];
/// Is no path of its own: the calls below it are a table.
const APP_CALLS: &str = "/app/api/{call}";

/// Paths that stand in `.route("…")` in the sources of the server.
fn routed() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (path, text) in Tree::of_repository().rust() {
        if path.starts_with("crates/server/src/") {
            paths.extend(routes_in(text));
        }
    }
    assert!(paths.contains(APP_CALLS), "the sources are read");
    paths.remove(APP_CALLS);
    paths
}

/// The first argument of each `.route(…)`, whatever comments stand before it.
fn routes_in(text: &str) -> Vec<String> {
    let code: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let calls = code.split(".route(").skip(1);
    let arguments = calls.filter_map(|rest| rest.trim_start().strip_prefix('"'));
    arguments.filter_map(|rest| Some(rest.split_once('"')?.0.replace("{*", "{"))).collect()
}

/// A path with something in the place of each name.
fn filled(path: &str) -> String {
    let part = |part: &str| match part {
        "{path}" => "main.js".to_owned(),
        _ if part.starts_with('{') => "00000000-0000-4000-8000-000000000000".to_owned(),
        _ => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn status(world: &World, method: &str, path: &str) -> StatusCode {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    *request.uri_mut() = filled(path).parse().unwrap();
    request.extensions_mut().insert(peer([127, 0, 0, 1], false));
    world.routes.clone().oneshot(request).await.unwrap().status()
}

/// The methods that a path is answered by.
async fn answered(world: &World, path: &str) -> BTreeSet<String> {
    let mut methods = BTreeSet::new();
    for method in METHODS {
        if status(world, method, path).await != StatusCode::METHOD_NOT_ALLOWED {
            methods.insert(method.to_owned());
        }
    }
    methods
}

/// The described methods by path, aliases included.
fn described(description: &Description) -> BTreeMap<String, BTreeSet<String>> {
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in &description.operations {
        for path in operation.aliases.iter().chain([&operation.path]) {
            let methods = paths.entry(path.clone()).or_default();
            assert!(methods.insert(operation.method.to_string()), "{path} twice");
        }
    }
    paths
}

#[tokio::test]
async fn routes_and_description_agree_both_ways() {
    let world = World::new(1, true).await;
    let described = described(&describe(ALL));
    let mut routes = routed();
    for target in Target::ALL {
        routes.insert(target.template().to_owned());
        routes.extend(target.aliases());
    }
    for (name, _) in Call::PATHS {
        routes.extend([format!("/{name}"), format!("/v1/{name}")]);
    }
    for path in &routes {
        let methods = answered(&world, path).await;
        let known = described.get(path).cloned().unwrap_or_default();
        assert_eq!(methods, known, "{path}: what is answered, and what is described");
    }
    for (path, methods) in &described {
        // The calls of the app are one route; what they are is a table that description and routing share.
        let is_app_call = path.starts_with("/app/api/");
        assert!(routes.contains(path) || is_app_call, "{path} is described, and is no route");
        assert_eq!(*methods, answered(&world, path).await, "{path}");
        if is_app_call {
            // An unknown call is 404; a known one is refused for its body.
            assert_eq!(status(&world, "POST", path).await, StatusCode::BAD_REQUEST, "{path}");
        }
    }
}

#[test]
fn a_route_that_nobody_described_would_be_noticed() {
    let code = "Router::new()\n    .route(\n        // Odd.\n        \"/odd/{*rest}\",\n        get(f),\n    )\n\
                // .route(\"/no\")";
    assert_eq!(routes_in(code), ["/odd/{rest}"]);
    assert!(routed().contains("/dlr/{gateway}/{tag}"));
}

/// How many variants an enum of the server has.
fn variants(path: &str, name: &str) -> usize {
    let tree = Tree::of_repository();
    let source = tree.text(&format!("crates/server/src/{path}")).unwrap();
    let (_, rest) = source.split_once(&format!("pub enum {name} {{")).unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    body.lines().filter(|line| line.ends_with(',')).count()
}

/// Each refusal of the widget stands, with its status, at a route.
#[test]
fn every_refusal_of_the_widget_is_described() {
    assert_eq!(Refused::ALL.len(), variants("pages/widget/mod.rs", "Refused"));
    let description = describe(ALL);
    for refused in Refused::ALL {
        let is_told = description.operations.iter().any(|operation| {
            let of_status = |answer: &&Answer| answer.status == refused.status().as_u16();
            let schemas = operation.answers.iter().filter(of_status).flat_map(|one| &one.kinds);
            let mut patterns = schemas.filter_map(|(_, schema)| schema["pattern"].as_str());
            patterns
                .any(|pattern| pattern.split(['(', ')', '|']).any(|word| word == refused.as_str()))
        });
        assert!(is_told, "{refused:?}");
    }
}

/// A target that is missing in `ALL` would be routed and not described.
#[test]
fn every_target_is_listed() {
    let variants = variants("http/verification/route.rs", "Target");
    let listed: BTreeSet<&str> = Target::ALL.iter().map(|target| target.template()).collect();
    assert_eq!((Target::ALL.len(), listed.len()), (variants, variants));
    for target in Target::ALL {
        let methods: Vec<&str> = target.methods().split(", ").collect();
        for path in target.aliases().iter().map(String::as_str).chain([target.template()]) {
            // One prefix of the path is known only where an id follows.
            let id = "00000000-0000-4000-8000-000000000000";
            let path: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect();
            let parsed = Target::parse(&path.join("/")).unwrap();
            assert_eq!(parsed.template(), target.template());
        }
        for method in METHODS {
            let takes = target.call(&Method::from_bytes(method.as_bytes()).unwrap()).is_some();
            assert_eq!(takes, methods.contains(&method), "{target:?} {method}");
        }
    }
}

#[test]
fn what_a_server_does_not_show_is_not_described() {
    let few = described(&describe(Surface { has_dev: false, has_metrics: false }));
    let all = described(&describe(ALL));
    for path in all.keys() {
        let is_extra = path.starts_with("/dev/") || path == "/metrics";
        assert_eq!(few.contains_key(path), !is_extra, "{path}");
    }
}

/// Every `$ref` below a value.
fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_document_is_whole() {
    let description = describe(ALL);
    let document = document(&description);
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{} references", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let ids: BTreeSet<&str> = description.operations.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), description.operations.len(), "names of operations are used once");
    for operation in &description.operations {
        let Operation { id, path, parameters, summary, answers, .. } = operation;
        assert!(!summary.is_empty() && !answers.is_empty(), "{id}");
        let named: Vec<&str> = path.split('/').filter(|part| part.starts_with('{')).collect();
        let given: Vec<String> = parameters
            .iter()
            .filter(|parameter| path.contains(&format!("{{{}}}", parameter.name)))
            .map(|parameter| format!("{{{}}}", parameter.name))
            .collect();
        assert_eq!(named, given, "{id}");
        let statuses: BTreeSet<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.len(), answers.len(), "{id} has each status once");
    }
}

/// Each example stands in the document: none is lost between types of answers.
#[test]
fn no_example_is_lost() {
    let description = describe(ALL);
    let document = document(&description);
    let mut lost = Vec::new();
    for operation in &description.operations {
        let method = operation.method.as_str().to_lowercase();
        for answer in &operation.answers {
            let told = &document["paths"][&operation.path][&method]["responses"];
            let told = &told[answer.status.to_string()];
            let content = told["content"].as_object().into_iter().flat_map(|all| all.values());
            let shown: Vec<&Value> = content.chain([&told["headers"]["Location"]]).collect();
            for example in &answer.examples {
                let is_there = |one: &&Value| one["examples"].get(&example.name).is_some();
                if !shown.iter().any(is_there) {
                    lost.push(format!("{} {} {}", operation.id, answer.status, example.name));
                }
            }
            let names: BTreeSet<&String> = answer.examples.iter().map(|one| &one.name).collect();
            assert_eq!(names.len(), answer.examples.len(), "{}: a name twice", operation.id);
        }
    }
    assert_eq!(lost, [""; 0]);
}
