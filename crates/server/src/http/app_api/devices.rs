//! What devices do with each other, and say of themselves.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::engine::authenticator::DeviceName;
use verify::engine::device::others::{self, ApprovalCode};
use verify::engine::event::Event;
use verify::ids::DeviceId;

use super::Received;
use super::signed::device_call;
use super::wire::{Refusal, Reply, read};
use crate::app::App;
use crate::entropy::SystemEntropy;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppNothing")]
pub(super) struct Nothing {}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppCode")]
pub(super) struct WireCode<'a> {
    code: &'a str,
    expires_at: i64,
}

/// `devices/code`.
pub(super) async fn code(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let Nothing {} = read(&received.body)?;
    let call = device_call(app, received).await?;
    let (now, keyring, mut entropy) = (app.clock.now(), app.keyring.clone(), SystemEntropy::new());
    let rule = move |snapshot: &_| others::show_code(snapshot, &call, &keyring, now, &mut entropy);
    let (code, expires_at) = app.store.transact(call.keys(), rule).await??;
    let wire = WireCode { code: code.expose(), expires_at: expires_at.as_millisecond() };
    Ok(Reply::new(&wire).with_nonce(app))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppApprove")]
pub(super) struct Approve {
    device: String,
    code: String,
}

/// `devices/approve`.
pub(super) async fn approve(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Approve = read(&received.body)?;
    let waiting = DeviceId::parse(&body.device).ok_or(Refusal::Missing)?;
    let typed = ApprovalCode::parse(&body.code);
    let call = device_call(app, received).await?;
    let (now, keyring, mut events) = (app.clock.now(), app.keyring.clone(), app.events());
    let rule = move |snapshot: &_| {
        let mut make = |event: &Event<'_>| events.report(event);
        others::approve(snapshot, &call, waiting, typed.as_ref(), &keyring, &mut make, now)
    };
    app.store.transact(call.keys_with_users(), rule).await??;
    app.report_bell.ring();
    tracing::info!(device.id = %waiting, by = %call.device, "a device was approved");
    Ok(Reply::empty().with_nonce(app))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppRemove")]
pub(super) struct Remove {
    device: String,
}

/// `devices/remove`.
pub(super) async fn remove(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Remove = read(&received.body)?;
    let removed = DeviceId::parse(&body.device).ok_or(Refusal::Missing)?;
    let call = device_call(app, received).await?;
    let (now, mut events) = (app.clock.now(), app.events());
    let rule = move |snapshot: &_| {
        let mut make = |event: &Event<'_>| events.report(event);
        others::remove(snapshot, &call, removed, &mut make, now)
    };
    app.store.transact(call.keys_with_users(), rule).await??;
    app.report_bell.ring();
    tracing::info!(device.id = %removed, by = %call.device, "a device was removed");
    Ok(Reply::empty().with_nonce(app))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppRename")]
pub(super) struct Rename {
    name: String,
}

/// `devices/rename`.
pub(super) async fn rename(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Rename = read(&received.body)?;
    let name = DeviceName::parse(&body.name).ok_or(Refusal::Body)?;
    let call = device_call(app, received).await?;
    let now = app.clock.now();
    let rule = move |snapshot: &_| others::rename(snapshot, &call, &name, now);
    app.store.transact(call.keys(), rule).await??;
    Ok(Reply::empty().with_nonce(app))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppPush")]
pub(super) struct Push {
    subscription: Option<WireSubscription>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppSubscription")]
pub(super) struct WireSubscription {
    endpoint: String,
    p256dh: String,
    auth: String,
}

/// `push`. An address that is none of a known push service is refused (S-40).
pub(super) async fn push(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Push = read(&received.body)?;
    let call = device_call(app, received).await?;
    let sealed = match &body.subscription {
        Some(WireSubscription { endpoint, p256dh, auth }) => {
            let sealed = app.wake.seal(call.device, endpoint, p256dh, auth);
            Some(sealed.ok_or(Refusal::Body)?)
        }
        None => None,
    };
    let now = app.clock.now();
    let rule = move |snapshot: &_| others::subscribe(snapshot, &call, sealed.as_ref(), now);
    app.store.transact(call.keys(), rule).await??;
    Ok(Reply::empty().with_nonce(app))
}
