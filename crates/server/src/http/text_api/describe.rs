//! The calls as data. GET and POST of one path take the same parameters, so both
//! are made of one description.

mod number;
mod parameters;
mod sms;

use http::Method;
use serde_json::{Map, Value, json};

use self::parameters::Named;
use super::answer::{ErrorCode, FailedCode, Line};
use super::route::Call;
use crate::openapi::model::{
    Answer, Example, Login, Operation, Parameter, Sent, Shown, Tag, Taken,
};
use crate::openapi::refusals;
use crate::openapi::schemas::{object, pattern};

/// What differs from call to call.
struct Told {
    /// Names of the operation, by POST and by GET.
    ids: [&'static str; 2],
    summary: &'static str,
    text: &'static str,
    parameters: Vec<Named>,
    /// The parameters of the call that works.
    sent: Fields,
    /// What comes of it when nothing is wrong.
    rights: Vec<Right>,
    /// What it is refused with, beside what any call is.
    refusals: Vec<(Line, Fields)>,
}

type Fields = Vec<(&'static str, &'static str)>;

/// One way to be answered well.
struct Right {
    name: &'static str,
    text: &'static str,
    sent: Fields,
    shown: Shown,
    /// The form of a line; or the type of a document with its schema.
    form: Form,
    /// A header field of the request.
    header: Option<&'static str>,
}

enum Form {
    Line(&'static str),
    Document(&'static str, Value),
}

impl Right {
    fn line(name: &'static str, sent: &Fields, shown: &str, form: &'static str) -> Self {
        let (sent, shown) = (sent.clone(), Shown::Text(shown.to_owned()));
        Self { name, text: "", sent, shown, form: Form::Line(form), header: None }
    }

    fn document(name: &'static str, sent: &Fields, shown: Shown, kind: &'static str) -> Self {
        let schema = if kind == "application/json" {
            sms::prices_schema()
        } else {
            json!({ "type": "string" })
        };
        let form = Form::Document(kind, schema);
        Self { name, text: "", sent: sent.clone(), shown, form, header: None }
    }
}

/// Every call of both interfaces.
pub fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, call) in Call::PATHS {
        for (nth, method) in [Method::POST, Method::GET].into_iter().enumerate() {
            if call.takes(&method) {
                let told = tell(call);
                operations.push(operation(path, told.ids[nth], call, method, &told));
            }
        }
    }
    operations
}

fn tell(call: Call) -> Told {
    match call {
        Call::VerifyStart => number::start(),
        Call::VerifyPin => number::pin(),
        Call::SendSms => sms::send(),
        Call::DeliveryState => sms::state(),
        Call::CancelSms => sms::cancel(),
        Call::Balance => sms::balance(),
        Call::Prices => sms::prices(),
        Call::PriceList => sms::price_list(),
    }
}

fn operation(name: &str, id: &'static str, call: Call, method: Method, told: &Told) -> Operation {
    let path = format!("/{name}");
    let to = |fields: &Fields| Sent::to(path.clone()).form(fields);
    let is_get = method == Method::GET;
    let parameters =
        if is_get { told.parameters.iter().map(Named::query).collect() } else { Vec::new() };
    let parameters: Vec<Parameter> = parameters;
    let taken = (!is_get).then(|| Taken {
        kinds: &["application/x-www-form-urlencoded", "multipart/form-data"],
        schema: form(&told.parameters),
        is_needed: true,
    });
    let tag = if call.dialect() == "number" { Tag::Number } else { Tag::Sms };
    Operation {
        id,
        tag,
        method,
        aliases: vec![format!("/v1/{name}")],
        summary: told.summary,
        text: told.text,
        login: Login::Parameters,
        parameters,
        taken,
        sent: to(&told.sent),
        answers: vec![answer(told, to)],
        // A body that did not come whole is the one refusal with a status of its own.
        shared: refusals::EDGE,
        path,
    }
}

fn form(parameters: &[Named]) -> Value {
    let (needed, other): (Vec<&Named>, Vec<&Named>) =
        parameters.iter().partition(|parameter| parameter.is_needed);
    let members = |named: &[&Named]| -> Vec<(&'static str, Value)> {
        named.iter().map(|parameter| (parameter.name, parameter.form())).collect()
    };
    object(&members(&needed), &members(&other))
}

/// Status 200 for everything: the schema has each line that can come.
fn answer(told: &Told, to: impl Fn(&Fields) -> Sent) -> Answer {
    let mut refused: Vec<(Line, Sent)> =
        told.refusals.iter().map(|(line, sent)| (line.clone(), to(sent))).collect();
    let missing: Fields = told.sent.iter().skip(1).copied().collect();
    if !told.sent.is_empty() {
        refused.push((Line::Error(ErrorCode::WrongParameters), to(&missing)));
    }
    refused.push((Line::Error(ErrorCode::WrongCredentials), to(&told.sent).wrong_login()));
    refused.push((Line::Error(ErrorCode::AddressNotAllowed), to(&told.sent)));
    let mut forms: Vec<String> = Vec::new();
    let mut documents: Vec<(&'static str, Value)> = Vec::new();
    for right in &told.rights {
        match &right.form {
            Form::Line(form) => push(&mut forms, (*form).to_owned()),
            Form::Document(kind, schema) => documents.push((kind, schema.clone())),
        }
    }
    for (line, _) in &refused {
        push(&mut forms, line.to_string());
    }
    push(&mut forms, Line::Failed(FailedCode::ServerFault).to_string());
    push(&mut forms, Line::Error(ErrorCode::WrongParameters).to_string());
    let line = pattern(&format!("^({})$", forms.join("|")));
    let is_json = documents.iter().any(|(kind, _)| *kind == "application/json");
    // An old client takes JSON as HTML only, so that is no line then.
    let html = if is_json { json!({ "type": "string" }) } else { line.clone() };
    let mut kinds = vec![("text/html", html), ("text/plain", line)];
    kinds.extend(documents);
    let text = "One line of text, also where the call is refused; text/plain if Accept names it.";
    let mut answer = Answer::of(200, text, kinds);
    for right in &told.rights {
        let mut sent = to(&right.sent);
        sent.headers.extend(right.header);
        answer.examples.push(Example {
            name: right.name.to_owned(),
            text: right.text.to_owned(),
            sent,
            shown: right.shown.clone(),
        });
    }
    for (line, sent) in refused {
        let name = line.to_string().to_lowercase().replace(' ', "_");
        answer.examples.push(Example::text(name, &sent, line.to_string()).told(meaning(&line)));
    }
    answer
}

fn push(forms: &mut Vec<String>, form: String) {
    if !forms.contains(&form) {
        forms.push(form);
    }
}

/// What a refusal says.
fn meaning(line: &Line) -> &'static str {
    match line {
        Line::Ok(_) | Line::Verified | Line::Invalid | Line::Expired | Line::Throttled => "",
        Line::Error(code) => match code {
            ErrorCode::WrongCredentials => "Wrong credentials, or too many wrong ones.",
            ErrorCode::WrongParameters => "A parameter is missing, doubled, or not allowed.",
            ErrorCode::AddressNotAllowed => {
                "The address is not on the account's list, or plain HTTP."
            }
            ErrorCode::CountryNotFound => "There is no such country.",
            ErrorCode::NumberInvalid => "No number, or no country has its code.",
            ErrorCode::PricesCountryNotServed => "The country has no price.",
            ErrorCode::SendCountryNotServed => {
                "The country is not on the account's list, or has no price."
            }
            ErrorCode::FormatUnknown => "The format is neither json nor xml.",
            ErrorCode::NoCredit => "Not enough credit.",
            ErrorCode::MessageNotFound => {
                "No such message in this account, or not waiting any more."
            }
            ErrorCode::NumberBlocked => "The number is blocked, or had too many messages.",
            ErrorCode::TemplateWithoutPin => "The template has no place for the PIN.",
            ErrorCode::VerificationNotFound => "No verification of this account has this id.",
            ErrorCode::SenderNotActivated => "The account has no sender of this name.",
        },
        Line::Failed(FailedCode::NoReportYet) => "Nothing to tell yet; ask again in five seconds.",
        Line::Failed(FailedCode::ServerFault) => {
            "Not now; seldom it is not known whether it was done."
        }
    }
}

/// The members of an object, in their order.
fn members(pairs: &[(&str, Value)]) -> Value {
    Value::Object(
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<Map<_, _>>(),
    )
}
