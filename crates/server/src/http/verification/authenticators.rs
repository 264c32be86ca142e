//! Our own extension below a user: any authenticator program, enrolled by the
//! integrator; devices of ours that wait; and recovery codes.

use axum::body::Body;
use base64ct::{Base64, Encoding as _};
use http::{Request, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use verify::Timestamp;
use verify::code::EnteredCode;
use verify::engine::authenticator::{
    self, AuthenticatorRefusal, CreateRequest, DeviceName, SEED_BYTES_MAX, SEED_BYTES_MIN,
};
use verify::engine::event::Event;
use verify::ids::{AuthenticatorId, DeviceId, ServiceId, UserId};
use verify::record::{Authenticator, Device};
use verify::totp::{Algorithm, DIGITS, STEP_SECONDS, Seed, otpauth_uri};

use super::Caller;
use super::answer::{Answer, Problem};
use super::body::Members;
use super::route::PathId;
use super::users::both;
use crate::entropy::SystemEntropy;
use crate::qr;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Authenticator")]
pub(super) struct WireAuthenticator<'a> {
    #[schemars(extend("format" = "uuid"))]
    id: String,
    name: &'a str,
    /// `app` for our own, `other` for any other program.
    #[schemars(extend("enum" = ["app", "other"]))]
    kind: &'static str,
    confirmed: bool,
    #[schemars(extend("enum" = ["SHA1", "SHA256", "SHA512"]))]
    algorithm: &'static str,
    digits: u32,
    period: i64,
    #[schemars(extend("format" = "date-time"))]
    ctime: String,
    #[schemars(extend("format" = "date-time"))]
    used: Option<String>,
}

impl<'a> WireAuthenticator<'a> {
    fn new(authenticator: &'a Authenticator) -> Self {
        Self {
            id: authenticator.id.to_string(),
            name: &authenticator.name,
            kind: if authenticator.device.is_some() { "app" } else { "other" },
            confirmed: authenticator.confirmed_at.is_some(),
            algorithm: authenticator.algorithm.as_str(),
            digits: DIGITS,
            period: STEP_SECONDS,
            ctime: time(authenticator.created_at),
            used: authenticator.last_used_at.map(time),
        }
    }
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Shown once: whoever sees it can make the codes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CreatedAuthenticator")]
pub(super) struct WireCreated<'a> {
    #[serde(flatten)]
    authenticator: WireAuthenticator<'a>,
    secret: &'a str,
    uri: &'a str,
    qr_svg: String,
    /// A `data:` address of the same picture.
    qr_png: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Authenticators")]
pub(super) struct WireList<'a> {
    authenticators: Vec<WireAuthenticator<'a>>,
    /// Devices of the user's number that wait to be approved (S-31).
    waiting: Vec<WireWaiting>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WaitingDevice")]
pub(super) struct WireWaiting {
    #[schemars(extend("format" = "uuid"))]
    id: String,
    #[schemars(extend("format" = "date-time"))]
    ctime: String,
    #[schemars(extend("format" = "date-time"))]
    held_until: Option<String>,
}

/// `POST …/authenticators`.
pub(super) async fn create(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
    request: Request<Body>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let status = caller.create_status(request.headers());
    let asked = match read_wish(request).await {
        Ok(asked) => asked,
        Err(problem) => return Err(caller.body_problem(problem, service, Some(user)).await),
    };
    let keys = authenticator::keys(caller.entry.account.id, service, user);
    let (now, entry, mut entropy) =
        (caller.app.clock.now(), caller.entry.clone(), SystemEntropy::new());
    let algorithm = asked.algorithm;
    let rule =
        move |snapshot: &_| authenticator::create(snapshot, &asked, &entry.keys, now, &mut entropy);
    let made = caller.app.store.transact(keys, rule).await?.map_err(problem)?;
    let uri = otpauth_uri(&made.issuer, &made.account, &made.seed, algorithm);
    let too_long = || Problem::field("id_in_service", "and the service's name fit into no QR code");
    let qr_svg = qr::svg(&uri).ok_or_else(too_long)?;
    let png = qr::png(&uri).ok_or_else(too_long)?;
    let secret = made.seed.to_base32();
    tracing::info!(
        authenticator.id = %made.authenticator.id, user.id = %user, account = caller.name(),
        "an authenticator waits for its first code"
    );
    let created = WireCreated {
        authenticator: WireAuthenticator::new(&made.authenticator),
        secret: &secret,
        uri: &uri,
        qr_svg,
        qr_png: format!("data:image/png;base64,{}", Base64::encode_string(&png)),
    };
    Ok(Answer::new(status, &created))
}

async fn read_wish(request: Request<Body>) -> Result<CreateRequest, Problem> {
    let members = Members::read(request).await?;
    let name = members.optional_text("name")?.unwrap_or("Authenticator");
    let name = DeviceName::parse(name).ok_or(Problem::field(
        "name",
        "must have 1 to 40 characters, none of them control or hidden",
    ))?;
    let algorithm = match members.optional_text("algorithm")? {
        None => Algorithm::Sha1,
        Some(word) => Algorithm::parse(word)
            .ok_or(Problem::field("algorithm", "must be SHA1, SHA256 or SHA512"))?,
    };
    let seed = match members.optional_text("secret")? {
        None => None,
        Some(text) => Some(seed(text).ok_or(Problem::field(
            "secret",
            "must be 16 to 128 bytes in base 32, without padding",
        ))?),
    };
    Ok(CreateRequest { name, algorithm, seed })
}

/// A seed that a program has already.
fn seed(text: &str) -> Option<Seed> {
    let seed = Seed::from_base32(text)?;
    (SEED_BYTES_MIN..=SEED_BYTES_MAX).contains(&seed.expose().len()).then_some(seed)
}

/// `PUT …/authenticators/{id}`: its first code.
pub(super) async fn confirm(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
    id: PathId<AuthenticatorId>,
    request: Request<Body>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let entered = match read_token(request).await {
        Ok(entered) => entered,
        Err(problem) => return Err(caller.body_problem(problem, service, Some(user)).await),
    };
    let keys = authenticator::keys(caller.entry.account.id, service, user);
    let (now, entry) = (caller.app.clock.now(), caller.entry.clone());
    let Some(id) = id else { return Err(not_found(caller, service, user).await) };
    let rule = move |snapshot: &_| authenticator::confirm(snapshot, id, &entered, &entry.keys, now);
    let confirmed = caller.app.store.transact(keys, rule).await?.map_err(problem)?;
    tracing::info!(
        authenticator.id = %id, user.id = %user, account = caller.name(), "an authenticator counts"
    );
    Ok(Answer::new(StatusCode::OK, &WireAuthenticator::new(&confirmed)))
}

async fn read_token(request: Request<Body>) -> Result<EnteredCode, Problem> {
    let members = Members::read(request).await?;
    EnteredCode::parse(members.text("token")?)
        .ok_or(Problem::field("token", "must have 1 to 16 characters"))
}

/// `GET …/authenticators`.
pub(super) async fn list(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let keys = authenticator::keys(caller.entry.account.id, service, user);
    let snapshot = caller.app.store.read(keys).await?;
    authenticator::check_user(&snapshot).map_err(problem)?;
    let now = caller.app.clock.now();
    let waiting = snapshot.devices.iter().filter(|device| !device.is_active(now));
    let list = WireList {
        authenticators: snapshot.authenticators.iter().map(WireAuthenticator::new).collect(),
        waiting: waiting.map(wire_waiting).collect(),
    };
    Ok(Answer::new(StatusCode::OK, &list))
}

fn wire_waiting(device: &Device) -> WireWaiting {
    WireWaiting {
        id: device.id.to_string(),
        ctime: time(device.created_at),
        held_until: device.held_until.map(time),
    }
}

/// `DELETE …/authenticators/{id}`.
pub(super) async fn remove(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
    id: PathId<AuthenticatorId>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let Some(id) = id else { return Err(not_found(caller, service, user).await) };
    let keys = authenticator::keys(caller.entry.account.id, service, user);
    let rule = move |snapshot: &_| authenticator::remove(snapshot, id);
    caller.app.store.transact(keys, rule).await?.map_err(problem)?;
    tracing::info!(
        authenticator.id = %id, user.id = %user, account = caller.name(),
        "an authenticator was removed"
    );
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

/// `DELETE …/devices/{id}`: the tenant objects to a device that waits (S-31).
pub(super) async fn refuse_device(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
    id: PathId<DeviceId>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let Some(id) = id else { return Err(not_found(caller, service, user).await) };
    let keys = authenticator::device_keys(caller.entry.account.id, service, user, id);
    let (now, mut events) = (caller.app.clock.now(), caller.app.events());
    let rule = move |snapshot: &_| {
        let mut make = |event: &Event<'_>| events.report(event);
        authenticator::refuse_device(snapshot, id, &mut make, now)
    };
    caller.app.store.transact(keys, rule).await?.map_err(problem)?;
    caller.app.report_bell.ring();
    tracing::info!(device.id = %id, user.id = %user, account = caller.name(), "a device was refused");
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

/// An id that names nothing, of a user that may not be there either.
async fn not_found(caller: &Caller<'_>, service: ServiceId, user: UserId) -> Problem {
    caller.body_problem(Problem::AuthenticatorNotFound, service, Some(user)).await
}

pub(super) fn problem(refusal: AuthenticatorRefusal) -> Problem {
    match refusal {
        AuthenticatorRefusal::ServiceNotFound => Problem::ServiceNotFound,
        AuthenticatorRefusal::UserNotFound => Problem::UserNotFound,
        AuthenticatorRefusal::NotFound => Problem::AuthenticatorNotFound,
        AuthenticatorRefusal::Full => Problem::AuthenticatorsFull,
        AuthenticatorRefusal::WrongCode { attempts_left: 0 } => {
            Problem::field("token", "is wrong for the fifth time; the authenticator was removed")
        }
        AuthenticatorRefusal::WrongCode { attempts_left: _ } => {
            Problem::field("token", "is not the code that the authenticator shows now")
        }
    }
}
