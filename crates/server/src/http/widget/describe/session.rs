//! The page of a session, and what its forms post.

use http::Method;
use serde_json::Value;

use super::{of_page, refused};
use crate::openapi::model::{Answer, Example, Login, Operation, Parameter, Sent, Tag, Taken};
use crate::openapi::schemas::{Schemas, described, object, pattern, text};
use crate::openapi::{refusals, sample};
use crate::pages::widget::Refused;

/// A form of the page.
struct Told {
    id: &'static str,
    act: &'static str,
    summary: &'static str,
    text: &'static str,
    /// Fields besides the token.
    fields: Vec<(&'static str, Value)>,
    sent: Vec<(&'static str, &'static str)>,
    /// The page, where this ends the session.
    ends: Option<(&'static str, &'static str)>,
    /// What else it shows than the page of the session.
    also: Vec<Example>,
}

/// The page, and its five forms.
pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let mut operations = vec![show(schemas)];
    for told in [number(), resend(), code(), change(), cancel()] {
        operations.push(operation(told, schemas));
    }
    operations
}

fn path(act: &str) -> String {
    format!("/widget/s/{}{act}", sample::SESSION)
}

/// What a page shows between what every page has.
fn page(part: &str) -> String {
    format!("<!doctype html>…{part}…")
}

fn shown_form(act: &str) -> String {
    page(&format!("<form class=\"fields\" method=\"post\" action=\"{}\"", path(act)))
}

fn shown_answer(status: &str) -> String {
    let callback = sample::CALLBACK;
    page(&format!(
        "<form class=\"fields\" method=\"post\" action=\"{callback}\" id=\"answer\"…<input type=\"hidden\" \
         name=\"status\" value=\"{status}\">"
    ))
}

fn with_cookie(sent: Sent) -> Sent {
    sent.header(sample::SESSION_COOKIE)
}

/// There is no such session for this browser.
fn gone(sent: &Sent, schemas: &mut Schemas) -> Answer {
    let mut stranger = sent.clone();
    stranger.headers.clear();
    let lead = page("It was open for too long, or is finished already.");
    of_page(410, "A page: the session is over, or it is another browser's.", schemas)
        .example(Example::text("gone", &stranger, lead))
}

fn base(id: &'static str, method: Method, act: &str, sent: Sent) -> Operation {
    let cookie = pattern("^(__Host-)?ringproof-[0-9a-f]{32}=[A-Za-z0-9_-]{43}$");
    let shown = "The cookie of the session, whose name has the id in it; over https it begins with __Host-.";
    Operation {
        id,
        tag: Tag::Widget,
        method,
        path: format!("/widget/s/{{id}}{act}"),
        aliases: Vec::new(),
        summary: "",
        text: "",
        login: Login::Browser,
        parameters: vec![
            Parameter::path("id", pattern("^[0-9a-f]{32}$"), "The session."),
            Parameter::header("Cookie", cookie, shown),
        ],
        taken: None,
        sent,
        answers: Vec::new(),
        shared: refusals::EDGE,
    }
}

fn show(schemas: &mut Schemas) -> Operation {
    let sent = with_cookie(Sent::to(path("")));
    let right = of_page(200, "The page: the number, the code, or the way back.", schemas)
        .example(Example::text("number", &sent, shown_form("/number")))
        .example(Example::text("code", &sent, shown_form("/code")))
        .example(Example::text("end", &sent, shown_answer("CANCELLED")));
    let mut answers = vec![right, gone(&sent, schemas)];
    let refusals = vec![
        (Refused::CallbackNotRegistered, None),
        (Refused::PlainHttp, None),
        (Refused::Unavailable, None),
    ];
    answers.extend(refused(refusals, schemas));
    Operation {
        summary: "The page of a session",
        text: "Shows what is asked for by now; at the end a form that carries the answer to the site. A \
               country that was chosen for a number that is none stands behind the question mark.",
        answers,
        ..base("readWidgetSession", Method::GET, "", sent)
    }
}

fn operation(told: Told, schemas: &mut Schemas) -> Operation {
    let to = Sent::to(path(told.act));
    let form = |token| [&[("token", token)][..], &told.sent].concat();
    let sent = with_cookie(to.clone().form(&form(sample::FORM_TOKEN)));
    let forged = with_cookie(to.form(&form("0123456789abcdef0123456789abcdef")));
    let mut on = Answer::of(303, "The page of the session says what came of it.", Vec::new())
        .header("Location", "The page of the session.");
    let mut answers = Vec::new();
    if let Some((name, status)) = told.ends {
        let way_back = "The session is over: the page carries the answer to the site.";
        answers.push(of_page(200, way_back, schemas).example(Example::text(
            name,
            &sent,
            shown_answer(status),
        )));
    } else {
        on = on.example(Example::location("done", &sent, path("")));
    }
    on.examples.extend(told.also);
    answers.extend([on, gone(&sent, schemas)]);
    let mut refusals = vec![
        (Refused::CrossSite, Some(forged)),
        (Refused::PlainHttp, None),
        (Refused::Parameters, None),
        (Refused::Unavailable, None),
    ];
    if told.ends.is_some() {
        refusals.push((Refused::CallbackNotRegistered, None));
    }
    answers.extend(refused(refusals, schemas));
    let token = described(text(), "From the page: proves that it posts this.");
    let schema = object(&[("token", token)], &told.fields);
    Operation {
        summary: told.summary,
        text: told.text,
        taken: Some(Taken {
            kinds: &["application/x-www-form-urlencoded", "multipart/form-data"],
            schema,
            is_needed: true,
        }),
        answers,
        ..base(told.id, Method::POST, told.act, sent)
    }
}

/// The work that a message costs.
fn work() -> Vec<(&'static str, Value)> {
    vec![
        ("challenge", described(text(), "From the page.")),
        ("solution", described(text(), "Eight numbers; without them few messages are sent.")),
    ]
}

fn number() -> Told {
    let work_done = [("challenge", sample::CHALLENGE), ("solution", sample::SOLUTION)];
    let to = |phone| [&work_done[..], &[("country", "US"), ("phone", phone)]].concat();
    let bad = [&[("token", sample::FORM_TOKEN)][..], &to("12")].concat();
    let bad = with_cookie(Sent::to(path("/number")).form(&bad));
    let again = format!("{}?country=US", path(""));
    let mut fields = vec![
        ("phone", described(text(), "The number; needed unless the site has locked it.")),
        ("country", described(text(), "The country of a number without prefix, in two letters.")),
    ];
    fields.extend(work());
    Told {
        id: "sendWidgetCode",
        act: "/number",
        summary: "Send a code to a number",
        text: "Also when nothing is sent the answer is the same; the page says why.",
        fields,
        sent: to(sample::PHONE),
        ends: None,
        also: vec![Example::location("number_invalid", &bad, again)],
    }
}

fn resend() -> Told {
    Told {
        id: "resendWidgetCode",
        act: "/resend",
        summary: "Send the code once more",
        text: "Half a minute after the message before, and seldom enough; else the page says when.",
        fields: work(),
        sent: vec![("challenge", sample::CHALLENGE), ("solution", sample::SOLUTION)],
        ends: None,
        also: Vec::new(),
    }
}

fn code() -> Told {
    let wrong = [("token", sample::FORM_TOKEN), ("code", sample::WRONG_PIN)];
    let wrong = with_cookie(Sent::to(path("/code")).form(&wrong));
    Told {
        id: "checkWidgetCode",
        act: "/code",
        summary: "Enter the code",
        text: "The right one ends the session, and so does the third verification without success.",
        fields: vec![("code", described(text(), "What the person typed."))],
        sent: vec![("code", sample::PIN)],
        ends: Some(("verified", "VERIFIED")),
        also: vec![Example::location("wrong", &wrong, path(""))],
    }
}

fn change() -> Told {
    Told {
        id: "changeWidgetNumber",
        act: "/change",
        summary: "Go back to the number",
        text: "Not where the site has locked the number.",
        fields: Vec::new(),
        sent: Vec::new(),
        ends: None,
        also: Vec::new(),
    }
}

fn cancel() -> Told {
    Told {
        id: "cancelWidget",
        act: "/cancel",
        summary: "Give up",
        text: "Ends the session; the answer says CANCELLED.",
        fields: Vec::new(),
        sent: Vec::new(),
        ends: Some(("cancelled", "CANCELLED")),
        also: Vec::new(),
    }
}
