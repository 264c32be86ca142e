//! The calls as data, in the order in which [`route`](super::route) knows them.

mod below_user;
mod calls;

use http::Method;
use serde_json::Value;

use super::answer::Problem;
use super::route::{Call, Target};
use crate::openapi::model::{Answer, Example, Login, Operation, Parameter, Sent, Tag, Taken};
use crate::openapi::schemas::{self, Schemas};
use crate::openapi::{refusals, sample};

/// What differs from call to call.
struct Told {
    id: &'static str,
    tag: Tag,
    summary: &'static str,
    text: &'static str,
    query: Vec<Parameter>,
    body: Option<Value>,
    sent: Sent,
    answers: Vec<Answer>,
    refusals: Vec<(Problem, Sent)>,
}

/// Every call of the dialect.
pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let methods = [Method::POST, Method::GET, Method::PUT, Method::DELETE];
    let mut operations = Vec::new();
    for target in Target::ALL {
        for method in &methods {
            if let Some(call) = target.call(method) {
                operations.push(operation(target, method, call, schemas));
            }
        }
    }
    operations
}

fn operation(target: Target, method: &Method, call: Call, schemas: &mut Schemas) -> Operation {
    let path = target.template();
    let sent = Sent::to(
        path.replace("{service_id}", sample::SERVICE)
            .replace("{user_id}", sample::USER)
            .replace("{authenticator_id}", sample::AUTHENTICATOR)
            .replace("{device_id}", sample::DEVICE),
    );
    let mut told = tell(call, sent, schemas);
    told.refusals.extend(missing(path, &told.sent));
    let mut answers = told.answers;
    answers.extend(refusals::of_call(told.refusals, schemas));
    let mut parameters = parameters(path);
    parameters.extend(told.query);
    let taken =
        told.body.map(|schema| Taken { kinds: &["application/json"], schema, is_needed: true });
    Operation {
        id: told.id,
        tag: told.tag,
        method: method.clone(),
        path: path.to_owned(),
        aliases: target.aliases(),
        summary: told.summary,
        text: told.text,
        login: Login::Account,
        parameters,
        taken,
        sent: told.sent,
        answers,
        shared: refusals::ACCOUNT,
    }
}

/// What stands in the path.
fn parameters(path: &str) -> Vec<Parameter> {
    let all = [
        ("service_id", "A service of the account."),
        ("user_id", "A user of the service."),
        ("authenticator_id", "An authenticator of the user."),
        ("device_id", "A device of the user's number that waits."),
    ];
    let named = all.into_iter().filter(|(name, _)| path.contains(&format!("{{{name}}}")));
    named.map(|(name, text)| Parameter::path(name, schemas::uuid(), text)).collect()
}

/// An id in the path that names nothing.
fn missing(path: &str, sent: &Sent) -> Vec<(Problem, Sent)> {
    let known = [
        ("{service_id}", sample::SERVICE, Problem::ServiceNotFound),
        ("{user_id}", sample::USER, Problem::UserNotFound),
        ("{authenticator_id}", sample::AUTHENTICATOR, Problem::AuthenticatorNotFound),
        ("{device_id}", sample::DEVICE, Problem::AuthenticatorNotFound),
    ];
    let named = known.into_iter().filter(|(name, ..)| path.contains(name));
    named.map(|(_, id, problem)| (problem, sent.clone().instead(id, sample::MISSING))).collect()
}

fn tell(call: Call, sent: Sent, schemas: &mut Schemas) -> Told {
    match call {
        Call::CreateService => calls::create_service(sent, schemas),
        Call::ReadService(_) => calls::read_service(sent, schemas),
        Call::DeleteService(_) => calls::delete_service(sent),
        Call::AddUser(_) => calls::add_user(sent, schemas),
        Call::ListUsers(_) => calls::list_users(sent, schemas),
        Call::ReadUser(..) => calls::read_user(sent, schemas),
        Call::RemoveUser(..) => calls::remove_user(sent),
        Call::Start(..) => calls::start(sent, schemas),
        Call::Check(..) => calls::check(sent, schemas),
        Call::UnlockUser(..) => calls::unlock_user(sent),
        Call::CreateAuthenticator(..) => below_user::create_authenticator(sent, schemas),
        Call::ListAuthenticators(..) => below_user::list_authenticators(sent, schemas),
        Call::ConfirmAuthenticator(..) => below_user::confirm_authenticator(sent, schemas),
        Call::RemoveAuthenticator(..) => below_user::remove_authenticator(sent),
        Call::RefuseDevice(..) => below_user::refuse_device(sent),
        Call::RenewRecovery(..) => below_user::renew_recovery(sent, schemas),
        Call::CountRecovery(..) => below_user::count_recovery(sent, schemas),
        Call::CheckRecovery(..) => below_user::check_recovery(sent, schemas),
    }
}

/// What a creation answers: 201, or 200 to the Java client.
fn created(
    text: &'static str,
    schema: &Value,
    sent: &Sent,
    name: &str,
    body: &Value,
) -> Vec<Answer> {
    let java = sent.clone().header("User-Agent: Java/17");
    vec![
        Answer::json(200, "As 201, for clients that take 201 for an error.", schema.clone())
            .example(Example::json(format!("{name}_for_java"), &java, body.clone())),
        Answer::json(201, text, schema.clone()).example(Example::json(name, sent, body.clone())),
    ]
}

/// What a removal answers.
fn done(text: &'static str, sent: &Sent) -> Vec<Answer> {
    let empty = serde_json::json!({ "type": "object" });
    let example = Example::json("done", sent, serde_json::json!({}));
    vec![Answer::json(202, text, empty).example(example)]
}

/// A body that is none, and one without what is needed.
fn bad_body(sent: &Sent, needed: &'static str) -> Vec<(Problem, Sent)> {
    vec![
        (Problem::InvalidBody, sent.clone().raw("no JSON")),
        (Problem::field(needed, "is required"), sent.clone().json(serde_json::json!({}))),
    ]
}
