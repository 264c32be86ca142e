//! The pages as data: files for browsers, and the description itself.

use http::Method;
use serde_json::{Value, json};

use crate::http::verification::answer::Problem;
use crate::openapi::model::{Answer, Login, Operation, Parameter, Sent, Tag};
use crate::openapi::refusals;
use crate::openapi::schemas::{Schemas, text};

/// A route that only a GET reaches, and that needs nothing.
pub(super) fn page(
    tag: Tag,
    id: &'static str,
    path: &str,
    summary: &'static str,
    answers: Vec<Answer>,
) -> Operation {
    Operation {
        id,
        tag,
        method: Method::GET,
        path: path.to_owned(),
        aliases: Vec::new(),
        summary,
        text: "",
        login: Login::Nobody,
        parameters: Vec::new(),
        taken: None,
        sent: Sent::to(path),
        answers,
        shared: refusals::EDGE,
    }
}

/// A file of this type.
pub(super) fn file(kind: &'static str) -> Vec<Answer> {
    vec![Answer::of(200, "The file.", vec![(kind, text())])]
}

/// The pages that every server has.
pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let unchanged = Answer::of(304, "It is what If-None-Match names.", Vec::new());
    let document: Value = json!({ "type": "object", "required": ["openapi", "info", "paths"] });
    let described =
        Answer::json(200, "The document.", document).header("ETag", "Names this version.");
    let shown = Answer::of(200, "The page.", vec![("text/html", text())])
        .header("ETag", "Names this version.");
    let kinds = [
        "text/html",
        "text/css",
        "text/javascript",
        "application/json",
        "application/manifest+json",
        "image/svg+xml",
        "image/png",
    ];
    let kinds =
        kinds.map(|kind| (kind, if kind == "application/json" { json!({}) } else { text() }));
    let mut files = page(
        Tag::Pages,
        "readAppFile",
        "/app/{path}",
        "A file of the authenticator app",
        vec![Answer::of(200, "The file.", kinds.to_vec())],
    );
    files.parameters.push(Parameter::path("path", text(), "Its path; may have slashes."));
    files.sent = Sent::to("/app/main.js");
    let missing = files.sent.clone().instead("main.js", "missing.js");
    files.answers.extend(refusals::of_call(vec![(Problem::RouteNotFound, missing)], schemas));
    let mut style = file("text/css");
    style.push(unchanged.clone());
    vec![
        page(Tag::Pages, "readApp", "/app", "The authenticator app", file("text/html")),
        files,
        page(
            Tag::Pages,
            "readDescription",
            "/openapi.json",
            "This description",
            vec![described, unchanged.clone()],
        ),
        page(
            Tag::Pages,
            "readDocs",
            "/docs",
            "This description as a page",
            vec![shown, unchanged.clone()],
        ),
        page(Tag::Pages, "readDocsStyle", "/docs/style.css", "The style of that page", style),
    ]
}
