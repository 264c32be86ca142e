//! What a device shows, kept fresh by a long poll.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use verify::code::EnteredCode;
use verify::engine::device::DeviceCall;
use verify::engine::device::entries::{self, State};
use verify::hex;
use verify::ids::AuthenticatorId;
use verify::record::{Authenticator, Device, Entry};
use verify::totp::{DIGITS, STEP_SECONDS};
use verify::{SignedDuration, Timestamp};

use super::Received;
use super::signed::{PROTOCOL, device_call};
use super::wire::{Octets, Refusal, Reply, read};
use crate::app::App;
use crate::entropy::SystemEntropy;

/// Longest wait for news: below the time limit of a handler.
const WAIT: SignedDuration = SignedDuration::from_secs(8);
/// Seeds that one answer wraps; when the device has proved those it gets the next.
const WRAPPED_MAX: usize = 16;
/// Entries that one call may confirm.
const CONFIRMED_MAX: usize = verify::limits::ENTRIES_PER_NUMBER_MAX;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppSync")]
pub(super) struct Sync {
    seen: Option<String>,
    wait: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppState")]
pub(super) struct WireState {
    protocol: u32,
    version: String,
    now: i64,
    push_key: Option<String>,
    #[serde(flatten)]
    shown: Shown,
}

/// What is on the screen; the version is a digest of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppShown")]
pub(super) struct Shown {
    device: WireThis,
    devices: Vec<WireDevice>,
    entries: Vec<WireEntry>,
    prompts: Vec<WirePrompt>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppThisDevice")]
pub(super) struct WireThis {
    #[schemars(extend("format" = "uuid"))]
    id: String,
    name: String,
    #[schemars(extend("enum" = ["active", "held"]))]
    state: &'static str,
    held_until: Option<i64>,
    has_push: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppDevice")]
pub(super) struct WireDevice {
    #[schemars(extend("format" = "uuid"))]
    id: String,
    name: String,
    #[schemars(extend("enum" = ["active", "held"]))]
    state: &'static str,
    held_until: Option<i64>,
    created_at: i64,
    last_seen_at: i64,
    is_this: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppEntry")]
pub(super) struct WireEntry {
    #[schemars(extend("format" = "uuid"))]
    id: String,
    issuer: String,
    account: String,
    #[schemars(extend("enum" = ["new", "ready"]))]
    state: &'static str,
    #[schemars(extend("enum" = ["SHA256"]))]
    algorithm: &'static str,
    digits: u32,
    period: i64,
    wrapped: Option<WireWrapped>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppWrappedSeed")]
pub(super) struct WireWrapped {
    #[schemars(with = "String")]
    key: Octets,
    #[schemars(with = "String")]
    iv: Octets,
    #[schemars(with = "String")]
    data: Octets,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppPrompt")]
pub(super) struct WirePrompt {
    #[schemars(with = "String")]
    id: Octets,
    #[schemars(extend("format" = "uuid"))]
    entry: String,
    created_at: i64,
    expires_at: i64,
}

fn state_word(device: &Device, now: Timestamp) -> (&'static str, Option<i64>) {
    if device.is_active(now) {
        ("active", None)
    } else {
        ("held", device.held_until.map(Timestamp::as_millisecond))
    }
}

/// `sync`.
pub(super) async fn sync(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Sync = read(&received.body)?;
    let call = device_call(app, received).await?;
    let mut state = fetch(app, call).await?;
    let until = app.clock.now().saturating_add(WAIT).unwrap_or(Timestamp::MAX);
    let seen = body.seen.filter(|_| body.wait);
    let poll = app.polls.begin(call.device);
    while Some(version(app, &state)) == seen && app.clock.now() < until && !poll.is_over() {
        tokio::time::sleep(poll.pause()).await;
        let snapshot = app.store.read(call.keys_with_entries()).await?;
        let Some(fresh) = entries::state(&snapshot, &call, app.clock.now()) else {
            return Err(Refusal::Device);
        };
        // A user that came meanwhile has no seed yet.
        let has_new = fresh.entries.iter().any(|(_, authenticator)| authenticator.is_none());
        state = if has_new { fetch_again(app, call).await? } else { fresh };
    }
    Ok(Reply::new(&wire(app, &state)).with_nonce(app))
}

/// For a call that was admitted and has waited since.
async fn fetch_again(app: &Arc<App>, call: DeviceCall) -> Result<State, Refusal> {
    let (now, keyring, mut entropy) = (app.clock.now(), app.keyring.clone(), SystemEntropy::new());
    let rule = move |snapshot: &_| entries::refresh(snapshot, &call, &keyring, now, &mut entropy);
    Ok(app.store.transact(call.keys_with_entries(), rule).await??)
}

async fn fetch(app: &Arc<App>, call: DeviceCall) -> Result<State, Refusal> {
    let (now, keyring, mut entropy) = (app.clock.now(), app.keyring.clone(), SystemEntropy::new());
    let rule = move |snapshot: &_| entries::sync(snapshot, &call, &keyring, now, &mut entropy);
    Ok(app.store.transact(call.keys_with_entries(), rule).await??)
}

fn version(app: &App, state: &State) -> String {
    let mut shown = shown(app, state, &mut None);
    // That a device asks is no news to the others.
    for device in &mut shown.devices {
        device.last_seen_at = 0;
    }
    let shown = serde_json::to_vec(&shown).unwrap_or_default();
    hex::encode(&Sha256::digest(shown)[..16])
}

fn wire(app: &App, state: &State) -> WireState {
    WireState {
        protocol: PROTOCOL,
        version: version(app, state),
        now: app.clock.now().as_millisecond(),
        push_key: app.wake.public_key(),
        shown: shown(app, state, &mut Some(SystemEntropy::new())),
    }
}

/// With randomness the seeds that are new are wrapped; a version needs none.
fn shown(app: &App, state: &State, entropy: &mut Option<SystemEntropy>) -> Shown {
    let (now, device) = (app.clock.now(), &state.device);
    let (word, held_until) = state_word(device, now);
    let known = state.entries.iter().filter_map(|(e, a)| Some((e, a.as_ref()?)));
    let mut new = 0;
    let known = known.filter(|(_, authenticator)| {
        new += usize::from(authenticator.confirmed_at.is_none());
        entropy.is_none() || authenticator.confirmed_at.is_some() || new <= WRAPPED_MAX
    });
    let known: Vec<_> = known.collect();
    let prompts = known.iter().filter_map(|(entry, a)| prompt(entry, a, now)).collect();
    Shown {
        device: WireThis {
            id: device.id.to_string(),
            name: device.name.clone(),
            state: word,
            held_until,
            has_push: device.push.is_some(),
        },
        devices: state.devices.iter().map(|other| wire_device(other, device, now)).collect(),
        entries: known.into_iter().map(|(e, a)| wire_entry(app, device, e, a, entropy)).collect(),
        prompts,
    }
}

fn wire_device(device: &Device, this: &Device, now: Timestamp) -> WireDevice {
    let (state, held_until) = state_word(device, now);
    WireDevice {
        id: device.id.to_string(),
        name: device.name.clone(),
        state,
        held_until,
        created_at: device.created_at.as_millisecond(),
        last_seen_at: device.last_seen_at.as_millisecond(),
        is_this: device.id == this.id,
    }
}

fn wire_entry(
    app: &App,
    device: &Device,
    entry: &Entry,
    authenticator: &Authenticator,
    entropy: &mut Option<SystemEntropy>,
) -> WireEntry {
    let wrapped = entropy.as_mut().and_then(|entropy| {
        entries::wrapped(entry.account, authenticator, device, &app.keyring, entropy)
    });
    WireEntry {
        id: authenticator.id.to_string(),
        issuer: entry.issuer.clone(),
        account: entry.user.login.clone(),
        state: if authenticator.confirmed_at.is_some() { "ready" } else { "new" },
        algorithm: authenticator.algorithm.as_str(),
        digits: DIGITS,
        period: STEP_SECONDS,
        wrapped: wrapped.map(|wrapped| WireWrapped {
            key: Octets(wrapped.key.to_vec()),
            iv: Octets(wrapped.iv.to_vec()),
            data: Octets(wrapped.data),
        }),
    }
}

fn prompt(entry: &Entry, authenticator: &Authenticator, now: Timestamp) -> Option<WirePrompt> {
    let prompts = entry.prompts.as_ref().filter(|prompts| now < prompts.expires_at)?;
    let created_at = *prompts.sent_at.last()?;
    // It was answered by a code of this device.
    if authenticator.last_used_at.is_some_and(|used| used >= created_at) {
        return None;
    }
    Some(WirePrompt {
        id: Octets(prompts.id.as_bytes().to_vec()),
        entry: authenticator.id.to_string(),
        created_at: created_at.as_millisecond(),
        expires_at: prompts.expires_at.as_millisecond(),
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppConfirm")]
pub(super) struct Confirm {
    entries: Vec<Proof>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppProof")]
pub(super) struct Proof {
    id: String,
    code: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppConfirmed")]
pub(super) struct Confirmed {
    confirmed: Vec<String>,
}

/// `confirm`.
pub(super) async fn confirm(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Confirm = read(&received.body)?;
    if body.entries.len() > CONFIRMED_MAX {
        return Err(Refusal::Body);
    }
    let proof = |proof: &Proof| {
        let id = AuthenticatorId::parse(&proof.id)?;
        Some((id, EnteredCode::parse_or_wrong(&proof.code)))
    };
    let codes: Option<Vec<_>> = body.entries.iter().map(proof).collect();
    let codes = codes.ok_or(Refusal::Body)?;
    let call = device_call(app, received).await?;
    let (now, keyring) = (app.clock.now(), app.keyring.clone());
    let rule = move |snapshot: &_| entries::confirm(snapshot, &call, &codes, &keyring, now);
    let confirmed = app.store.transact(call.keys_with_entries(), rule).await??;
    if !confirmed.is_empty() {
        tracing::info!(device.id = %call.device, entries = confirmed.len(), "seeds arrived");
    }
    let confirmed = confirmed.iter().map(ToString::to_string).collect();
    Ok(Reply::new(&Confirmed { confirmed }).with_nonce(app))
}
