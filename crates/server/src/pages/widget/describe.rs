//! The files of the widget's pages, as data.

use serde_json::json;

use super::super::describe::{file, page};
use super::formats::WireGrouping;
use crate::http::verification::answer::Problem;
use crate::openapi::model::{Answer, Example, Operation, Parameter, Sent, Tag};
use crate::openapi::refusals;
use crate::openapi::schemas::{Schemas, text};

/// Every file.
pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let mut of_build = asset("readWidgetAssetOfBuild", "/widget/assets/{build}/{name}", schemas);
    of_build.parameters.insert(0, Parameter::path("build", text(), "Names all files as they are."));
    let name = Parameter::path("name", text(), "Name of the file.");
    of_build.parameters.push(name.clone());
    let mut newest = asset("readWidgetAsset", "/widget/assets/{name}", schemas);
    newest.parameters.push(name);
    let embed = (
        "// Opens the verification widget in a dialog on your page:…",
        "The script that opens the widget on a site's page",
    );
    let types =
        ("/** What came of a verification.…", "What the script has to offer, for TypeScript");
    vec![
        newest,
        of_build,
        for_sites("readEmbedScript", "/widget/embed.js", "text/javascript", embed),
        for_sites("readEmbedTypes", "/widget/embed.d.ts", "text/plain", types),
        formats(schemas),
        logo(schemas),
    ]
}

fn missing(sent: Sent, schemas: &mut Schemas) -> Vec<Answer> {
    refusals::of_call(vec![(Problem::RouteNotFound, sent)], schemas)
}

fn asset(id: &'static str, path: &'static str, schemas: &mut Schemas) -> Operation {
    let kinds = ["text/css", "text/javascript"].map(|kind| (kind, text()));
    let answers = vec![Answer::of(200, "The file.", kinds.to_vec())];
    let mut operation = page(Tag::Widget, id, path, "A file of the widget's pages", answers);
    let to = |name: &str| Sent::to(path.replace("{build}", "newest").replace("{name}", name));
    operation.sent = to("widget.css");
    operation.answers.extend(missing(to("missing.css"), schemas));
    operation
}

/// A file for the pages of others.
fn for_sites(
    id: &'static str,
    path: &'static str,
    kind: &'static str,
    (shown, summary): (&'static str, &'static str),
) -> Operation {
    let mut answers = file(kind);
    for answer in &mut answers {
        answer.examples.push(Example::text("file", &Sent::to(path), shown));
        answer
            .headers
            .push(("Access-Control-Allow-Origin", "Any, so that a site can pin the file."));
    }
    page(Tag::Widget, id, path, summary, answers)
}

fn formats(schemas: &mut Schemas) -> Operation {
    let sent = Sent::to("/widget/formats/SG.json");
    let rows = [
        ["", "########"],
        ["3", "#### ####"],
        ["6", "#### ####"],
        ["8", "#### ####"],
        ["800", "########"],
        ["9", "#### ####"],
    ];
    let shown = json!({ "code": "65", "trunk": "", "mobile": 8, "rows": rows });
    let answer = Answer::json(200, "How they are grouped.", schemas.answer::<WireGrouping<'_>>())
        .example(Example::json("singapore", &sent, shown));
    let mut operation = page(
        Tag::Widget,
        "readNumberFormats",
        "/widget/formats/{file}",
        "How the numbers of a country are grouped",
        vec![answer],
    );
    let file = "The country in two capital letters, and .json.";
    operation.parameters.push(Parameter::path("file", text(), file));
    operation.answers.extend(missing(sent.clone().instead("SG", "ZZ"), schemas));
    Operation { sent, ..operation }
}

fn logo(schemas: &mut Schemas) -> Operation {
    let sent = Sent::to("/widget/logo/0123456789abcdef.png");
    let mut operation = page(
        Tag::Widget,
        "readLogo",
        "/widget/logo/{file}",
        "The logo of an account",
        file("image/png"),
    );
    let file = "16 hex digits that change with the picture, and .png.";
    operation.parameters.push(Parameter::path("file", text(), file));
    operation.answers.extend(missing(sent.clone(), schemas));
    Operation { sent, ..operation }
}
