//! A number is proved to a device.
//!
//! Nothing that is answered before the PIN was right depends on whether the number
//! is known (S-33): the rules that run are those of any number confirmation, and
//! they look at nothing else.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::Timestamp;
use verify::code::EnteredCode;
use verify::device_keys::PublicBytes;
use verify::engine::admit::SendRefusal;
use verify::engine::authenticator::DeviceName;
use verify::engine::begin::BeginRefusal;
use verify::engine::check::NumberCheckRequest;
use verify::engine::confirm::{
    self, ConfirmContext, ConfirmOutcome, ConfirmRefusal, ConfirmRequest, UnseenOutcome,
};
use verify::engine::device::enrol::{self, EnrolContext, EnrolOutcome, EnrolRequest};
use verify::engine::event::Event;
use verify::ids::{AccountId, VerificationId};
use verify::keys::AddressKey;
use verify::phone::PhoneNumber;
use verify::record::{BrowserTrace, Device, NumberProfile};

use super::wire::{Octets, Refusal, Reply, read};
use super::{Received, signed};
use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::http::number::browser;
use crate::http::sending::Sending;
use crate::jobs::news;

const ACCOUNT: AccountId = AccountId::INSTALLATION;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppEnrolStart")]
pub(super) struct Start {
    phone: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppEnrolStarted")]
pub(super) struct Started {
    enrolment: String,
}

/// `enrol/start`.
pub(super) async fn start(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let Start { phone } = read(&received.body)?;
    let to = PhoneNumber::parse(&phone).ok_or(Refusal::Phone)?;
    let policy = app.policy();
    let request = ConfirmRequest {
        subject: confirm::subject(&app.keyring, ACCOUNT, to),
        length: policy.codes.length,
        lifetime: policy.codes.lifetime,
        template: policy.template.clone(),
        sender: policy.sender.clone(),
        messages_max: 1,
        repeat_pause: policy.codes.lifetime,
        browser: BrowserTrace::default(),
        trusted_for: None,
        addresses: Some(addresses(app, received)),
        enforces_address_limits: true,
    };
    let entry = app.logins.accounts.installation().ok_or(Refusal::Unavailable)?;
    let (now, sending) = (app.clock.now(), Sending::of(app, &entry));
    let way = sending.clone();
    let guard = confirm::guard_policy(&policy, NumberProfile::Standard);
    let keys = confirm::keys(&request);
    let mut entropy = SystemEntropy::new();
    let rule = move |snapshot: &_| {
        let context = ConfirmContext { policy: &policy, guard: guard.clone(), send: way.context() };
        confirm::start_unseen(snapshot, &request, &context, now, &mut entropy)
    };
    let UnseenOutcome { outcome, unsent } = app.store.transact(keys, rule).await?;
    match outcome {
        ConfirmOutcome::Trusted => Err(Refusal::Unavailable),
        ConfirmOutcome::Started { verification, message, .. } => {
            tracing::info!(
                verification.id = %verification, has_message = message.is_some(),
                "a device asks to be enrolled"
            );
            if let Some(message) = message {
                sending.offer(app, message);
            }
            if let Some(unsent) = unsent {
                tracing::info!("an enrolment has no message: its number had too many today");
                sending.pretend(&unsent);
            }
            Ok(Reply::new(&Started { enrolment: verification.to_hex() }))
        }
        ConfirmOutcome::Refused(refusal) => Err(start_refusal(refusal)),
    }
}

fn start_refusal(refusal: ConfirmRefusal) -> Refusal {
    match refusal {
        ConfirmRefusal::AddressThrottled { until } => Refusal::Throttled(Some(until)),
        ConfirmRefusal::Begin(BeginRefusal::Locked(lock)) => Refusal::Throttled(lock.until()),
        ConfirmRefusal::Begin(BeginRefusal::Send(refusal)) => match refusal {
            SendRefusal::NumberBlocked => Refusal::Phone,
            SendRefusal::CountryNotAllowed(_) => Refusal::Country,
            SendRefusal::Throttled { throttle: _, until } => Refusal::Throttled(Some(until)),
            SendRefusal::NoOpenGateway => Refusal::Unavailable,
        },
    }
}

/// The person's own address and its network: the app is used from it directly.
fn addresses(app: &App, received: &Received) -> [AddressKey; 2] {
    browser::addresses(&app.keyring, ACCOUNT, received.peer.address)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppEnrolFinish")]
pub(super) struct Finish {
    enrolment: String,
    pin: String,
    name: String,
    language: String,
    #[schemars(with = "String")]
    sign_key: Octets,
    #[schemars(with = "String")]
    wrap_key: Octets,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppEnrolled")]
pub(super) struct Finished {
    #[schemars(extend("format" = "uuid"))]
    device: String,
    #[schemars(extend("enum" = ["active", "held"]))]
    state: &'static str,
    held_until: Option<i64>,
}

/// `enrol/finish`.
pub(super) async fn finish(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let body: Finish = read(&received.body)?;
    let sign_key = PublicBytes::parse(&body.sign_key.0).ok_or(Refusal::Body)?;
    let wrap_key = PublicBytes::parse(&body.wrap_key.0).ok_or(Refusal::Body)?;
    let (nonce, nonce_until) = signed::call_of_key(app, received, &sign_key)?;
    let name = DeviceName::parse(&body.name).ok_or(Refusal::Body)?;
    let confirmation = VerificationId::parse_hex(&body.enrolment).ok_or(Refusal::Pin)?;
    let [address, _] = addresses(app, received);
    let request = EnrolRequest {
        check: NumberCheckRequest {
            account: ACCOUNT,
            confirmation,
            entered: EnteredCode::parse_or_wrong(&body.pin),
            browser: BrowserTrace::default(),
            trusts_cookies: false,
            address: Some(address),
            enforces_address_limits: true,
        },
        name,
        language: language(&body.language)?,
        sign_key,
        wrap_key,
        device: app.keyring.device_id(confirmation, &sign_key),
        nonce,
        nonce_until,
    };
    match enrol(app, request).await? {
        EnrolOutcome::Enrolled { device, others: _ } => {
            let now = app.clock.now();
            let is_held = !device.is_active(now);
            tracing::info!(device.id = %device.id, is_held, "a device was enrolled");
            app.outbox.exits().verified(confirmation, now);
            app.report_bell.ring();
            if is_held {
                app.wake.ring(news(device.number_key, now));
            }
            Ok(Reply::new(&finished(&device, now)).with_nonce(app))
        }
        EnrolOutcome::Again(device) => {
            Ok(Reply::new(&finished(&device, app.clock.now())).with_nonce(app))
        }
        EnrolOutcome::PinRefused => Err(Refusal::Pin),
        EnrolOutcome::Throttled => Err(Refusal::Throttled(None)),
        EnrolOutcome::Full(devices) => Err(Refusal::DevicesFull(devices)),
        EnrolOutcome::NonceUsed => Err(Refusal::Nonce),
    }
}

fn finished(device: &Device, now: Timestamp) -> Finished {
    let state = if device.is_active(now) { "active" } else { "held" };
    let held_until = device.held_until.map(Timestamp::as_millisecond);
    Finished { device: device.id.to_string(), state, held_until }
}

/// In two steps: records of devices and users are read for who has proved the
/// number, and for nobody else.
async fn enrol(app: &Arc<App>, request: EnrolRequest) -> Result<EnrolOutcome, Refusal> {
    let (now, policy) = (app.clock.now(), app.policy());
    let guard = confirm::guard_policy(&policy, NumberProfile::Standard);
    let account_keys = app.keyring.account(ACCOUNT);
    let request = Arc::new(request);
    let rule = {
        let (request, policy) = (request.clone(), policy.clone());
        let (guard, account_keys) = (guard.clone(), account_keys.clone());
        move |snapshot: &_| {
            let context = EnrolContext { policy: &policy, guard: &guard, keys: &account_keys };
            enrol::try_pin(snapshot, &request, &context, now)
        }
    };
    if let Some(refused) = app.store.transact(enrol::pin_keys(&request), rule).await? {
        return Ok(refused);
    }
    let keys = enrol::keys(&request);
    let mut events = app.events();
    let rule = move |snapshot: &_| {
        let mut make = |event: &Event<'_>| events.report(event);
        let context = EnrolContext { policy: &policy, guard: &guard, keys: &account_keys };
        enrol::enrol(snapshot, &request, &context, &mut make, now)
    };
    Ok(app.store.transact(keys, rule).await?)
}

/// Two lower-case letters.
fn language(text: &str) -> Result<String, Refusal> {
    let is_one = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_one { Ok(text.to_owned()) } else { Err(Refusal::Body) }
}
