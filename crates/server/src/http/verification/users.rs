//! V4–V8: users, and the lift of a user's lock.

use axum::body::Body;
use http::{Request, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::read::Page;
use verify::engine::{Keys, user};
use verify::ids::{ServiceId, UserId};
use verify::phone::PhoneNumber;
use verify::record::User;

use super::Caller;
use super::answer::{Answer, Problem};
use super::body::Members;
use super::route::PathId;
use crate::entropy::SystemEntropy;

/// A user on the wire (`verigator-api.md` 5.2): never the phone number.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub(super) struct WireUser<'a> {
    #[schemars(extend("format" = "uuid"))]
    id: String,
    #[schemars(extend("format" = "date-time"))]
    ctime: String,
    id_in_service: &'a str,
}

impl<'a> WireUser<'a> {
    fn new(user: &'a User) -> Self {
        let ctime = format!("{:.3}", user.created_at);
        Self { id: user.id.to_string(), ctime, id_in_service: &user.login }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Users")]
pub(super) struct WireUsers<'a> {
    users: Vec<WireUser<'a>>,
    count: usize,
    total: u64,
}

/// V4.
pub(super) async fn add(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    request: Request<Body>,
) -> Result<Answer, Problem> {
    let service = service.ok_or(Problem::ServiceNotFound)?;
    let status = caller.create_status(request.headers());
    let (login, phone) = match read_user(request).await {
        Ok(read) => read,
        Err(problem) => return Err(caller.body_problem(problem, service, None).await),
    };
    let (keyring, now) = (caller.app.keyring.clone(), caller.app.clock.now());
    let keys = user::add_keys(caller.entry.account.id, service, &login);
    let rule = move |snapshot: &_| {
        user::add(snapshot, &login, phone, &keyring, now, &mut SystemEntropy::new())
    };
    match caller.app.store.transact(keys, rule).await? {
        user::AddOutcome::ServiceNotFound => Err(Problem::ServiceNotFound),
        user::AddOutcome::LoginTaken => Err(Problem::UserExists),
        user::AddOutcome::Added(user) => {
            tracing::debug!(user.id = %user.id, phone = %user.phone.masked(), "a user was added");
            Ok(Answer::new(status, &WireUser::new(&user)))
        }
    }
}

async fn read_user(request: Request<Body>) -> Result<(user::Login, PhoneNumber), Problem> {
    let members = Members::read(request).await?;
    let login = user::Login::parse(members.text("id_in_service")?).ok_or(Problem::field(
        "id_in_service",
        "must have 1 to 255 characters, none of them control",
    ))?;
    let phone = PhoneNumber::parse(members.text("phone_number")?).ok_or(Problem::field(
        "phone_number",
        "must be a number with country prefix, + and 7 to 15 digits",
    ))?;
    Ok((login, phone))
}

/// V5; `limit` and `offset` are ours.
pub(super) async fn list(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    query: Option<&str>,
) -> Result<Answer, Problem> {
    let service = service.ok_or(Problem::ServiceNotFound)?;
    let page = match read_page(query) {
        Ok(page) => page,
        Err(problem) => return Err(caller.body_problem(problem, service, None).await),
    };
    let keys = Keys { service: Some((caller.entry.account.id, service)), ..Keys::default() };
    let snapshot = caller.app.store.read(keys).await?;
    let service = snapshot.service.ok_or(Problem::ServiceNotFound)?;
    let (users, total) = caller.app.store.users(service.id, page).await?;
    let users: Vec<_> = users.iter().map(WireUser::new).collect();
    let count = users.len();
    Ok(Answer::new(StatusCode::OK, &WireUsers { users, count, total }))
}

fn read_page(query: Option<&str>) -> Result<Page, Problem> {
    let mut page = Page::ALL;
    for (name, value) in query.unwrap_or_default().split('&').filter_map(|p| p.split_once('=')) {
        let number = value.parse();
        match name {
            "limit" => {
                page.limit =
                    Some(number.map_err(|_| Problem::field("limit", "must be a whole number"))?);
            }
            "offset" => {
                page.offset =
                    number.map_err(|_| Problem::field("offset", "must be a whole number"))?;
            }
            _ => {}
        }
    }
    Ok(page)
}

/// V6 and V7.
pub(super) async fn read(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let snapshot =
        caller.app.store.read(user::keys(caller.entry.account.id, service, user)).await?;
    snapshot.service.ok_or(Problem::ServiceNotFound)?;
    let user = snapshot.user.ok_or(Problem::UserNotFound)?;
    Ok(Answer::new(StatusCode::OK, &WireUser::new(&user)))
}

/// V8.
pub(super) async fn remove(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let keys = user::keys(caller.entry.account.id, service, user);
    done(caller.app.store.transact(keys, user::remove).await?)?;
    tracing::info!(account = caller.name(), user.id = %user, "a user was removed");
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

/// Lifts a block or lock of a user: the tenant has made sure of the person
/// (S-11 a).
pub(super) async fn unlock(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let keys = user::keys(caller.entry.account.id, service, user);
    done(caller.app.store.transact(keys, user::unlock).await?)?;
    tracing::info!(account = caller.name(), user.id = %user, "a user was unlocked");
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

fn done(outcome: user::UserOutcome) -> Result<(), Problem> {
    match outcome {
        user::UserOutcome::Done => Ok(()),
        user::UserOutcome::ServiceNotFound => Err(Problem::ServiceNotFound),
        user::UserOutcome::UserNotFound => Err(Problem::UserNotFound),
    }
}

/// Both ids of a path. A user id that names nothing is a missing user of an
/// existing service, so the service is looked at first.
pub(super) async fn both(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
) -> Result<(ServiceId, UserId), Problem> {
    let service = service.ok_or(Problem::ServiceNotFound)?;
    match user {
        Some(user) => Ok((service, user)),
        None => Err(caller.body_problem(Problem::UserNotFound, service, None).await),
    }
}
