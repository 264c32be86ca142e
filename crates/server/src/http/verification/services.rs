//! V1–V3: services.

use axum::body::Body;
use http::header::USER_AGENT;
use http::{HeaderMap, Request, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use verify::engine::{Keys, service};
use verify::ids::ServiceId;
use verify::record::{CreateStatus, Service};

use super::Caller;
use super::answer::{Answer, Problem};
use super::body::Members;
use super::route::PathId;
use crate::entropy::SystemEntropy;

/// A service on the wire (`verigator-api.md` 5.1).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Service")]
pub(super) struct WireService<'a> {
    #[schemars(extend("format" = "uuid"))]
    id: String,
    name: &'a str,
    #[schemars(extend("format" = "date-time"))]
    ctime: String,
}

impl<'a> WireService<'a> {
    fn new(service: &'a Service) -> Self {
        let ctime = format!("{:.3}", service.created_at);
        Self { id: service.id.to_string(), name: &service.name, ctime }
    }
}

/// V1.
pub(super) async fn create(caller: &Caller<'_>, request: Request<Body>) -> Result<Answer, Problem> {
    let status = caller.create_status(request.headers());
    let members = Members::read(request).await?;
    let host = service::ServiceHost::parse(members.text("fqdn")?)
        .ok_or(Problem::field("fqdn", "must be a domain name, an IP address or a URL with one"))?;
    let name = service::ServiceName::parse(members.text("name")?)
        .ok_or(Problem::field("name", "must have 1 to 100 characters, none of them control"))?;
    let (account, now) = (caller.entry.account.id, caller.app.clock.now());
    let keys = service::create_keys(account, &name);
    let rule = move |snapshot: &_| {
        service::create(snapshot, account, &name, &host, now, &mut SystemEntropy::new())
    };
    match caller.app.store.transact(keys, rule).await? {
        service::CreateOutcome::NameTaken => Err(Problem::ServiceExists),
        service::CreateOutcome::Created(service) => {
            tracing::info!(account = caller.name(), service.id = %service.id, "a service was made");
            Ok(Answer::new(status, &WireService::new(&service)))
        }
    }
}

/// V2.
pub(super) async fn read(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
) -> Result<Answer, Problem> {
    let service = service.ok_or(Problem::ServiceNotFound)?;
    let keys = Keys { service: Some((caller.entry.account.id, service)), ..Keys::default() };
    let snapshot = caller.app.store.read(keys).await?;
    let service = snapshot.service.ok_or(Problem::ServiceNotFound)?;
    Ok(Answer::new(StatusCode::OK, &WireService::new(&service)))
}

/// V3.
pub(super) async fn delete(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
) -> Result<Answer, Problem> {
    let service = service.ok_or(Problem::ServiceNotFound)?;
    let keys = service::delete_keys(caller.entry.account.id, service);
    match caller.app.store.transact(keys, service::delete).await? {
        service::DeleteOutcome::ServiceNotFound => Err(Problem::ServiceNotFound),
        service::DeleteOutcome::NotEmpty => Err(Problem::ServiceNotEmpty),
        service::DeleteOutcome::Deleted => {
            tracing::info!(account = caller.name(), service.id = %service, "a service was deleted");
            Ok(Answer::empty(StatusCode::ACCEPTED))
        }
    }
}

impl Caller<'_> {
    /// The account's name, for the log.
    pub(super) fn name(&self) -> &str {
        &self.entry.account.username
    }

    /// The status of a creation: 200 for the Java client, which takes nothing
    /// else, 201 for all others (`verigator-api.md` 8).
    pub(super) fn create_status(&self, headers: &HeaderMap) -> StatusCode {
        let setting = self.entry.account.create_status.unwrap_or(self.app.create_status);
        let is_java = || {
            let agent = headers.get(USER_AGENT).map_or(&[][..], |value| value.as_bytes());
            agent.starts_with(b"verigator-java-") || agent.starts_with(b"Java/")
        };
        match setting {
            CreateStatus::Ok => StatusCode::OK,
            CreateStatus::Auto if is_java() => StatusCode::OK,
            CreateStatus::Auto | CreateStatus::Created => StatusCode::CREATED,
        }
    }

    /// A refusal because of the body, unless the service does not exist: a
    /// missing object is answered before a bad body.
    pub(super) async fn body_problem(
        &self,
        problem: Problem,
        service: ServiceId,
        user: Option<verify::ids::UserId>,
    ) -> Problem {
        let keys = Keys {
            service: Some((self.entry.account.id, service)),
            user: user.map(|user| (service, user)),
            ..Keys::default()
        };
        match self.app.store.read(keys).await {
            Err(fault) => fault.into(),
            Ok(snapshot) if snapshot.service.is_none() => Problem::ServiceNotFound,
            Ok(snapshot) if user.is_some() && snapshot.user.is_none() => Problem::UserNotFound,
            Ok(_) => problem,
        }
    }
}
