//! The routes of the widget as data: the request of a site, the pages of a session,
//! and the confirmation. GET and POST of a request take the same parameters.

mod session;

use http::Method;
use serde_json::{Value, json};

use super::confirm::WireAnswer;
use crate::http::verification::answer::Problem;
use crate::openapi::model::{Answer, Example, Login, Operation, Parameter, Sent, Tag, Taken};
use crate::openapi::schemas::{Schemas, described, object, one_of, pattern, text, whole};
use crate::openapi::{refusals, sample};
use crate::pages::widget::Refused;

/// Every route of the widget, but for the files of its pages.
pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let mut operations = vec![
        enter(Method::POST, "openWidget", schemas),
        enter(Method::GET, "openWidgetByGet", schemas),
        confirm(schemas),
    ];
    operations.extend(session::operations(schemas));
    operations
}

/// What a site signs, in the order of the names.
fn fields(callback: &str, exp: &str, version: &str) -> Sent {
    Sent::to("/widget")
        .query("callback_url", callback)
        .query("exp", exp)
        .query("nonce", "$(openssl rand -hex 16)")
        .query("user", "$ACCOUNT")
        .query("version", version)
}

fn enter(method: Method, id: &'static str, schemas: &mut Schemas) -> Operation {
    const IN_TEN_MINUTES: &str = "$(($(date +%s) + 600))";
    const A_MINUTE_AGO: &str = "$(($(date +%s) - 60))";
    let sent = fields(sample::CALLBACK_ENCODED, IN_TEN_MINUTES, "2");
    let other = |callback: &str| fields(callback, IN_TEN_MINUTES, "2");
    let in_frame = sent.clone().header("Sec-Fetch-Dest: iframe");
    let ahead = sent.clone().header("Sec-Purpose: prefetch");
    let path = format!("/widget/s/{}", sample::SESSION);
    let begun = Answer::of(303, "The session began; the browser goes to its page.", Vec::new())
        .header("Location", "The page of the session.")
        .header("Set-Cookie", "Shows that it is this browser's; half an hour.")
        .example(Example::location("begun", &sent, path));
    let refusals = vec![
        (Refused::Signature, Some(sent.clone().wrong_login())),
        (Refused::CallbackNotRegistered, Some(other("https%3A%2F%2Fother.example%2Fback"))),
        (Refused::Frame, Some(in_frame)),
        (Refused::Expired, Some(fields(sample::CALLBACK_ENCODED, A_MINUTE_AGO, "2"))),
        (Refused::PlainHttp, None),
        (Refused::Version, Some(fields(sample::CALLBACK_ENCODED, IN_TEN_MINUTES, "3"))),
        (Refused::Callback, Some(other("javascript%3Aalert%281%29"))),
        (Refused::Parameters, Some(sent.clone().query("zip", "10115"))),
        (Refused::Used, Some(sent.clone())),
        (Refused::TooMany, Some(sent.clone())),
        (Refused::Unavailable, Some(ahead)),
    ];
    let mut answers = vec![begun];
    answers.extend(refused(refusals, schemas));
    let is_get = method == Method::GET;
    let given = parameters();
    let taken = Taken {
        kinds: &["application/x-www-form-urlencoded", "multipart/form-data"],
        schema: form(&given),
        is_needed: true,
    };
    Operation {
        id,
        tag: Tag::Widget,
        method,
        path: "/widget".to_owned(),
        aliases: Vec::new(),
        summary: "Send a person to the widget",
        text: "Where a site sends the browser. Version 2 is shown; docs/api/widget.md has version 1 as well. No \
               other parameter, and none twice. A look ahead by the browser uses nothing up, and HEAD is \
               refused. On the host that is configured as the widget's it stands at / too.",
        login: Login::Site,
        parameters: if is_get { given } else { Vec::new() },
        taken: (!is_get).then_some(taken),
        sent,
        answers,
        shared: refusals::EDGE,
    }
}

fn parameters() -> Vec<Parameter> {
    let needed =
        |name, schema, text| Parameter { is_needed: true, ..Parameter::query(name, schema, text) };
    vec![
        needed("user", text(), "Name of the account."),
        needed("version", one_of(&["1", "2"]), "Of requests and answers."),
        needed(
            "callback_url",
            text(),
            "Where the answer goes: https, below a target of the account.",
        ),
        Parameter::query("phone", text(), "Fills the field."),
        Parameter::query("phone_lock", one_of(&["1"]), "The number cannot be changed."),
        Parameter::query(
            "nonce",
            pattern("^[A-Za-z0-9_-]{22,64}$"),
            "Used once. Version 2 needs it.",
        ),
        Parameter::query(
            "exp",
            whole(0, None),
            "Unix seconds, at most an hour ahead. Version 2 needs it.",
        ),
        needed(
            "sig",
            text(),
            "Version 2: HMAC-SHA-256 under the widget's secret, over request, a line feed, and all \
             other parameters sorted by name, percent-encoded and joined by &. 64 hex digits.",
        ),
    ]
}

/// The same as a form.
fn form(parameters: &[Parameter]) -> Value {
    let member = |one: &&Parameter| (one.name, described(one.schema.clone(), one.text));
    let (needed, other): (Vec<&Parameter>, Vec<&Parameter>) =
        parameters.iter().partition(|one| one.is_needed);
    let members = |all: Vec<&Parameter>| all.iter().map(member).collect::<Vec<_>>();
    object(&members(needed), &members(other))
}

/// Pages that say why there is no other: those of one status together, each word with
/// the call that is answered so, if it can be shown on one machine.
fn refused(refusals: Vec<(Refused, Option<Sent>)>, schemas: &mut Schemas) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut words: Vec<(u16, &'static str)> = Vec::new();
    for (refused, sent) in refusals {
        let (status, word) = (refused.status().as_u16(), refused.as_str());
        words.push((status, word));
        let nth = answers.iter().position(|answer| answer.status == status);
        let nth = nth.unwrap_or_else(|| {
            answers.push(of_page(status, refused_text(status), schemas));
            answers.len() - 1
        });
        let shown = format!("<!doctype html>…<code>{word}</code>…");
        let example = sent.map(|sent| Example::text(word, &sent, shown));
        answers[nth].examples.extend(example);
    }
    for answer in &mut answers {
        let of_status = words.iter().filter(|(status, _)| *status == answer.status);
        let of_status: Vec<&str> = of_status.map(|(_, word)| *word).collect();
        answer.kinds[0].1 = pattern(&format!("<code>({})</code>", of_status.join("|")));
    }
    answers
}

const fn refused_text(status: u16) -> &'static str {
    match status {
        400 => "A page: a parameter, or the version, is not what is taken.",
        403 => "A page: it is not proved, or not allowed here.",
        409 => "A page: this nonce was used.",
        429 => "A page: more than 60 signed requests from one address in ten minutes.",
        _ => "A page: not now, or a look ahead.",
    }
}

/// A page. The edge can answer with the same status, in JSON.
fn of_page(status: u16, text: &'static str, schemas: &mut Schemas) -> Answer {
    let mut answer = Answer::of(status, text, vec![("text/html", self::text())]);
    if matches!(status, 400 | 503) {
        answer.kinds.extend(refusals::of_edge(status, text, schemas).kinds);
    }
    answer
}

fn confirm(schemas: &mut Schemas) -> Operation {
    let path = "/v1/widget/confirm";
    let of = |vid: &str| Sent::to(path).json(json!({ "vid": vid }));
    let sent = of(sample::SESSION);
    let shown = json!({
        "vid": sample::SESSION, "status": "VERIFIED", "phone": sample::PHONE, "user": "shop",
        "version": 2, "nonce": sample::NONCE, "callback_url": sample::CALLBACK,
        "finished_at": sample::TIME,
    });
    let right = "The answer is the server's own; this is said once.";
    let mut answers =
        vec![Answer::json(200, right, schemas.answer::<WireAnswer<'_>>()).example(Example::json(
            "confirmed",
            &sent,
            shown,
        ))];
    let refusals = vec![
        (Problem::WidgetAnswerNotFound, of(sample::MISSING_SESSION)),
        (Problem::WidgetAnswerConfirmed, sent.clone()),
        (Problem::InvalidBody, sent.clone().raw("no JSON")),
        (Problem::field("vid", "is required"), sent.clone().json(json!({}))),
    ];
    answers.extend(refusals::of_call(refusals, schemas));
    let vid = described(pattern("^[0-9a-f]{32}$"), "The id that the answer has.");
    Operation {
        id: "confirmWidgetAnswer",
        tag: Tag::Widget,
        method: Method::POST,
        path: path.to_owned(),
        aliases: Vec::new(),
        summary: "Confirm an answer of the widget",
        text: "From the site's server, for an answer of version 2 or 1 that a browser brought, within five \
               minutes of its end.",
        login: Login::Account,
        parameters: Vec::new(),
        taken: Some(Taken {
            kinds: &["application/json"],
            schema: object(&[("vid", vid)], &[]),
            is_needed: true,
        }),
        sent,
        answers,
        shared: refusals::ACCOUNT,
    }
}
