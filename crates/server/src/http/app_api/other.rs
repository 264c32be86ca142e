//! A person gives the codes of one entry to any other authenticator.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::code::EnteredCode;
use verify::engine::Change;
use verify::engine::authenticator::{self, AuthenticatorRefusal, CreateRequest, DeviceName};
use verify::engine::device::entries;
use verify::engine::event::{Event, EventKind};
use verify::ids::AuthenticatorId;
use verify::record::{Device, Entry};
use verify::totp::{Algorithm, otpauth_uri};

use super::Received;
use super::signed::device_call;
use super::wire::{Refusal, Reply, read};
use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::qr;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppOtherCreate")]
pub(super) struct Create {
    entry: String,
    name: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppOtherCreated")]
pub(super) struct Created<'a> {
    #[schemars(extend("format" = "uuid"))]
    authenticator: String,
    uri: &'a str,
    qr_svg: String,
}

/// `other/create`.
pub(super) async fn create(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Create = read(&received.body)?;
    let name = DeviceName::parse(&body.name).ok_or(Refusal::Body)?;
    let (entry, _) = entry_of(app, received, &body.entry).await?;
    let keys = authenticator::keys(entry.account, entry.user.service, entry.user.id);
    let account_keys = app.keyring.account(entry.account);
    let (now, mut entropy) = (app.clock.now(), SystemEntropy::new());
    let request = CreateRequest { name, algorithm: Algorithm::Sha1, seed: None };
    let rule = move |snapshot: &_| {
        authenticator::create(snapshot, &request, &account_keys, now, &mut entropy)
    };
    let made = app.store.transact(keys, rule).await?.map_err(refusal)?;
    let uri = otpauth_uri(&made.issuer, &made.account, &made.seed, Algorithm::Sha1);
    let qr_svg = qr::svg(&uri).ok_or(Refusal::Body)?;
    let id = made.authenticator.id;
    let created = Created { authenticator: id.to_string(), uri: uri.as_str(), qr_svg };
    tracing::info!(authenticator.id = %id, user.id = %entry.user.id, "a seed was shown");
    Ok(Reply::new(&created).with_nonce(app))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppOtherConfirm")]
pub(super) struct Confirm {
    entry: String,
    authenticator: String,
    code: String,
}

/// `other/confirm`.
pub(super) async fn confirm(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Confirm = read(&received.body)?;
    let id = AuthenticatorId::parse(&body.authenticator).ok_or(Refusal::Missing)?;
    let entered = EnteredCode::parse_or_wrong(&body.code);
    let (entry, device) = entry_of(app, received, &body.entry).await?;
    let user = entry.user.id;
    let keys = authenticator::keys(entry.account, entry.user.service, user);
    let (now, account_keys) = (app.clock.now(), app.keyring.account(entry.account));
    let mut events = app.events();
    let rule = move |snapshot: &_| {
        let mut decision = authenticator::confirm(snapshot, id, &entered, &account_keys, now);
        if decision.outcome.is_ok() {
            let kind = EventKind::AuthenticatorAdded;
            let report = events.report(&Event::new(kind, &entry, &device, now));
            decision.changes.extend(report.map(|report| Change::QueueReport(Box::new(report))));
        }
        decision
    };
    app.store.transact(keys, rule).await?.map_err(refusal)?;
    app.report_bell.ring();
    tracing::info!(authenticator.id = %id, user.id = %user, "an authenticator counts");
    Ok(Reply::empty().with_nonce(app))
}

/// The entry that a device names, if it is one of its own.
async fn entry_of(
    app: &Arc<App>,
    received: &Received,
    id: &str,
) -> Result<(Entry, Device), Refusal> {
    let id = AuthenticatorId::parse(id).ok_or(Refusal::Missing)?;
    let call = device_call(app, received).await?;
    let now = app.clock.now();
    let rule = move |snapshot: &_| entries::user_of(snapshot, &call, id, now);
    Ok(app.store.transact(call.keys_with_entries(), rule).await??)
}

fn refusal(refusal: AuthenticatorRefusal) -> Refusal {
    match refusal {
        AuthenticatorRefusal::ServiceNotFound
        | AuthenticatorRefusal::UserNotFound
        | AuthenticatorRefusal::NotFound => Refusal::Missing,
        AuthenticatorRefusal::Full => Refusal::DevicesFull(Vec::new()),
        AuthenticatorRefusal::WrongCode { attempts_left: _ } => Refusal::Code,
    }
}
