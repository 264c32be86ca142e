//! The calls of gateways as data.

use http::Method;
use serde_json::{Value, json};

use super::WireProblem;
use super::inbound::{self, WireMessages};
use super::provider::WireHeard;
use super::receipts::{self, WireReceipts};
use crate::http::verification::answer::Problem;
use crate::openapi::model::{Answer, Example, Login, Operation, Parameter, Sent, Tag, Taken};
use crate::openapi::schemas::{Schemas, text};
use crate::openapi::{refusals, sample};

/// Every call of gateways.
pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        receipts(schemas),
        told_by_query(schemas),
        told(Method::POST, "tellReceiptOfMessage", schemas),
        told(Method::GET, "tellReceiptOfMessageByGet", schemas),
        inbound(schemas),
    ]
}

fn operation(id: &'static str, method: Method, path: &str, sent: Sent) -> Operation {
    let mut parameters =
        vec![Parameter::path("gateway", text(), "Name of the gateway in the configuration.")];
    if path.contains("{tag}") {
        parameters.push(Parameter::path("tag", text(), "Proves which message is meant."));
    }
    Operation {
        id,
        tag: Tag::Gateways,
        method,
        path: path.to_owned(),
        aliases: Vec::new(),
        summary: "",
        text: "",
        login: Login::Nobody,
        parameters,
        taken: None,
        sent,
        answers: Vec::new(),
        shared: refusals::EDGE,
    }
}

/// No such gateway, no token, a wrong one.
fn no_such(sent: &Sent, schemas: &mut Schemas) -> Vec<Answer> {
    let mut answers = refusals::of_call(vec![(Problem::RouteNotFound, sent.clone())], schemas);
    let mut insecure = refusals::of_call(vec![(Problem::PlainHttp, sent.clone())], schemas);
    // It cannot be shown on the same machine.
    for answer in &mut insecure {
        answer.examples.clear();
    }
    answers.extend(insecure);
    answers
}

fn unreadable(example: (&Sent, &str), schemas: &mut Schemas) -> Answer {
    let (sent, message) = example;
    Answer::json(
        422,
        "Nothing was taken; the message says what is wrong.",
        schemas.answer::<WireProblem<'_>>(),
    )
    .example(Example::json("unreadable", sent, json!({ "message": message })))
}

fn json_body(schema: Value) -> Taken {
    Taken { kinds: &["application/json"], schema, is_needed: true }
}

fn receipts(schemas: &mut Schemas) -> Operation {
    let receipt =
        |status: &str| json!({ "receipts": [{ "id": sample::DELIVERY, "status": status }] });
    let sent = Sent::to("/dlr/sms").json(receipt("delivered"));
    let bad = sent.clone().json(receipt("lost"));
    let taken = json!({ "taken": 1, "stale": 0, "unknown": 0 });
    let answer = Answer::json(
        200,
        "What came of them.",
        json!({ "anyOf": [
            schemas.answer::<receipts::WireTaken>(), schemas.answer::<WireHeard>(),
        ]}),
    );
    let status = "status must be accepted, unknown, expired, deleted, undeliverable, failed, rejected or \
                  delivered";
    let mut answers = vec![
        answer.example(Example::json("taken", &sent, taken)),
        Answer::json(400, "A provider's call that cannot be read.", either(schemas)),
        unreadable((&bad, status), schemas),
    ];
    answers.extend(no_such(&sent.clone().wrong_login(), schemas));
    Operation {
        summary: "Receipts of a gateway",
        text: "At most 1,000 in one call. The body of a provider over HTTP is its own: a form, or JSON.",
        login: Login::Gateway,
        taken: Some(json_body(schemas.request::<WireReceipts>())),
        answers,
        ..operation("tellReceipts", Method::POST, "/dlr/{gateway}", sent)
    }
}

/// A refusal of ours, or of the edge.
fn either(schemas: &mut Schemas) -> Value {
    let problem = schemas.answer::<crate::http::verification::answer::WireProblem<'_>>();
    json!({ "anyOf": [problem, schemas.answer::<WireProblem<'_>>()] })
}

fn heard(schemas: &mut Schemas) -> Vec<Answer> {
    let schema = schemas.answer::<WireHeard>();
    vec![
        Answer::json(200, "It is noted.", schema),
        Answer::json(400, "It is proved, and cannot be read.", either(schemas)),
        Answer::json(503, "Try again later.", either(schemas))
            .header("Retry-After", "Whole seconds to wait, if it is told."),
    ]
}

fn told_by_query(schemas: &mut Schemas) -> Operation {
    let sent = Sent::to("/dlr/sms");
    let mut answers = heard(schemas);
    answers.extend(no_such(&sent, schemas));
    Operation {
        summary: "A receipt of a provider, in the query",
        text: "Its parameters are those of the provider.",
        answers,
        ..operation("tellReceiptsByGet", Method::GET, "/dlr/{gateway}", sent)
    }
}

fn told(method: Method, id: &'static str, schemas: &mut Schemas) -> Operation {
    let sent = Sent::to("/dlr/sms/0f1e2d3c");
    let mut answers = heard(schemas);
    answers.extend(no_such(&sent, schemas));
    Operation {
        summary: "A receipt of a provider for one message",
        text: "The address was given to the provider with the message; its tag proves the call.",
        answers,
        ..operation(id, method, "/dlr/{gateway}/{tag}", sent)
    }
}

fn inbound(schemas: &mut Schemas) -> Operation {
    let message =
        |from: &str| json!({ "messages": [{ "to": "+3725550000", "from": from, "text": "STOP" }] });
    let sent = Sent::to("/inbound/sms").json(message(sample::PHONE));
    let bad = sent.clone().json(message("nobody"));
    let unknown = json!({ "taken": 0, "unknown": 1 });
    let mut answers = vec![
        Answer::json(200, "What came of them.", schemas.answer::<inbound::WireTaken>())
            .example(Example::json("unknown", &sent, unknown).told("No account has this number.")),
        unreadable((&bad, "from is no phone number"), schemas),
    ];
    answers.extend(no_such(&sent.clone().wrong_login(), schemas));
    Operation {
        summary: "Messages of persons",
        text: "At most 100 in one call, each with at most 1,530 characters.",
        login: Login::Gateway,
        taken: Some(json_body(schemas.request::<WireMessages>())),
        answers,
        ..operation("tellInbound", Method::POST, "/inbound/{gateway}", sent)
    }
}
