//! What `--dev` adds, as data.

use http::Method;
use serde_json::{Value, json};

use super::super::describe::{file, page};
use super::inbox::{self, WireInbox};
use super::receipts::Noted;
use super::{NOT_LOCAL, WireProblem, clock, faults};
use crate::http::callbacks::inbound::{WireMessage, WireTaken};
use crate::http::callbacks::receipts::WireReceipt;
use crate::openapi::model::{Answer, Example, Operation, Parameter, Sent, Tag, Taken};
use crate::openapi::sample;
use crate::openapi::schemas::{Schemas, text, whole};

/// Every route below `/dev`.
pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let mut operations = vec![
        inbox(schemas),
        page(Tag::Development, "readInboxStyle", "/dev/inbox.css", "Its style", file("text/css")),
        page(
            Tag::Development,
            "readInboxScript",
            "/dev/inbox.js",
            "Its script",
            file("text/javascript"),
        ),
        receipt(schemas),
        inbound(schemas),
        show_clock(schemas),
        change_clock(schemas),
        show_faults(schemas),
        change_faults(schemas),
    ];
    for operation in &mut operations {
        let foreign = operation.sent.clone().header("Host: foreign.example");
        let foreign = Example::json("not_local", &foreign, json!({ "message": NOT_LOCAL }));
        let refused = "The server is not called by an address or localhost.";
        let schema = schemas.answer::<WireProblem<'_>>();
        operation.answers.push(Answer::json(403, refused, schema).example(foreign));
    }
    operations
}

fn get(id: &'static str, path: &str, summary: &'static str, answers: Vec<Answer>) -> Operation {
    page(Tag::Development, id, path, summary, answers)
}

fn post(
    id: &'static str,
    summary: &'static str,
    sent: Sent,
    schema: Value,
    answers: Vec<Answer>,
) -> Operation {
    Operation {
        method: Method::POST,
        taken: Some(Taken { kinds: &["application/json"], schema, is_needed: true }),
        ..page(Tag::Development, id, &sent.path.clone(), summary, answers)
    }
    .sent_by(sent)
}

/// The body cannot be read, or what it asks for cannot be.
fn unreadable(schemas: &mut Schemas, example: Option<(&Sent, &str)>) -> Answer {
    let schema = schemas.answer::<WireProblem<'_>>();
    let mut answer = Answer::json(422, "The message says what is wrong.", schema);
    if let Some((sent, message)) = example {
        answer = answer.example(Example::json("unreadable", sent, json!({ "message": message })));
    }
    answer
}

fn inbox(schemas: &mut Schemas) -> Operation {
    let sent = Sent::to("/dev/inbox").query("to", "%2B12025550123");
    let bad = Sent::to("/dev/inbox").query("to", "jane");
    let message = json!({
        "seq": 1, "id": sample::DELIVERY, "to": sample::PHONE, "from": "Verigator",
        "text": format!("Your Verification PIN code is {}", sample::PIN), "at": sample::TIME,
    });
    let shown = json!({ "messages": [message], "last_seq": 1 });
    let kinds = vec![("application/json", schemas.answer::<WireInbox>()), ("text/html", text())];
    let answer = Answer::of(200, "The messages, newest first; or the page.", kinds)
        .example(Example::json("messages", &sent, shown));
    let to = "A number, or empty for all; without it the answer is a page.";
    Operation {
        parameters: vec![
            Parameter::query("to", text(), to),
            Parameter::query("after", whole(0, None), "Only messages after this seq."),
            Parameter::query(
                "wait_seconds",
                whole(0, Some(inbox::WAIT_SECONDS_MAX)),
                "Wait so long for the first.",
            ),
        ],
        ..get(
            "readInbox",
            "/dev/inbox",
            "The messages that were not sent",
            vec![answer, unreadable(schemas, Some((&bad, "to is no phone number")))],
        )
    }
    .sent_by(sent)
}

fn receipt(schemas: &mut Schemas) -> Operation {
    let of = |id: &str| json!({ "id": id, "status": "delivered" });
    let sent = Sent::to("/dev/inbox/receipts").json(of(sample::DELIVERY));
    let missing = sent.clone().json(of(sample::MISSING));
    let no_such = json!({ "message": "the inbox has handed over no such message" });
    let bad = sent.clone().json(of("1"));
    let answers = vec![
        Answer::json(200, "It is noted.", schemas.answer::<Noted>()).example(Example::json(
            "taken",
            &sent,
            json!({ "outcome": "taken" }),
        )),
        Answer::json(404, "No such message.", schemas.answer::<WireProblem<'_>>())
            .example(Example::json("missing", &missing, no_such)),
        unreadable(schemas, Some((&bad, "id is the id of no message"))),
    ];
    let body = schemas.request::<WireReceipt>();
    post("giveReceipt", "A receipt for a message of the inbox", sent, body, answers)
}

fn inbound(schemas: &mut Schemas) -> Operation {
    let message = |from: &str| json!({ "to": "+3725550000", "from": from, "text": "STOP" });
    let sent = Sent::to("/dev/inbox/inbound").json(message(sample::PHONE));
    let bad = sent.clone().json(message("nobody"));
    let unknown = json!({ "taken": 0, "unknown": 1 });
    let answers = vec![
        Answer::json(200, "What came of it.", schemas.answer::<WireTaken>())
            .example(Example::json("unknown", &sent, unknown).told("No account has this number.")),
        unreadable(schemas, Some((&bad, "from is no phone number"))),
    ];
    let body = schemas.request::<WireMessage>();
    post("giveInbound", "A message of a person", sent, body, answers)
}

fn show_clock(schemas: &mut Schemas) -> Operation {
    let answer =
        Answer::json(200, "The time by which all rules decide.", schemas.answer::<clock::Shown>());
    let shown = json!({ "now": sample::TIME, "offset_ms": 0 });
    let example = Example::json("real", &Sent::to("/dev/clock"), shown);
    get("readClock", "/dev/clock", "The time", vec![answer.example(example)])
}

fn change_clock(schemas: &mut Schemas) -> Operation {
    let sent = Sent::to("/dev/clock").json(json!({ "advance_seconds": 31 }));
    let back = sent.clone().json(json!({ "reset": true }));
    let bad = sent.clone().json(json!({ "set": "noon" }));
    let moved = json!({ "now": sample::TIME, "offset_ms": 31_000 });
    let real = json!({ "now": sample::TIME, "offset_ms": 0 });
    let answers = vec![
        Answer::json(200, "The time from now on.", schemas.answer::<clock::Shown>())
            .example(Example::json("moved", &sent, moved))
            .example(Example::json("reset", &back, real)),
        unreadable(schemas, Some((&bad, "set must be a time in RFC 3339"))),
    ];
    post("changeClock", "Move the time", sent, schemas.request::<clock::Change>(), answers)
}

fn show_faults(schemas: &mut Schemas) -> Operation {
    let answer =
        Answer::json(200, "Which outages are in force.", schemas.answer::<faults::Shown>());
    let shown = json!({ "gateway": "accept", "store": "available" });
    let example = Example::json("none", &Sent::to("/dev/faults"), shown);
    get("readFaults", "/dev/faults", "Outages", vec![answer.example(example)])
}

fn change_faults(schemas: &mut Schemas) -> Operation {
    let sent = Sent::to("/dev/faults").json(json!({ "gateway": "refuse" }));
    let mended = sent.clone().json(json!({ "gateway": "accept", "store": "available" }));
    let shown = |gateway: &str| json!({ "gateway": gateway, "store": "available" });
    let answers = vec![
        Answer::json(200, "Which outages are in force.", schemas.answer::<faults::Shown>())
            .example(Example::json("broken", &sent, shown("refuse")))
            .example(Example::json("mended", &mended, shown("accept"))),
        unreadable(schemas, None),
    ];
    let body = schemas.request::<faults::Change>();
    post("changeFaults", "Begin or end outages", sent, body, answers)
}

impl Operation {
    fn sent_by(self, sent: Sent) -> Self {
        Self { sent, ..self }
    }
}
