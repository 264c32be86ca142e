//! `/verify/start`: make a PIN and send it (`number-verification-api.md` 3).

use verify::SignedDuration;
use verify::code::CodeLength;
use verify::engine::admit::SendRefusal;
use verify::engine::begin::BeginRefusal;
use verify::engine::confirm::{
    self, ConfirmContext, ConfirmOutcome, ConfirmRefusal, ConfirmRequest,
};
use verify::limits::{CODE_MESSAGE_PARTS_MAX, CONFIRMATION_CHARS_MAX};
use verify::message::{CODE_PLACEHOLDER, Template};
use verify::phone::PhoneNumber;
use verify::policy::Policy;
use verify::record::Account;
use verify::text::segments;

use super::browser;
use crate::entropy::SystemEntropy;
use crate::http::sending::Sending;
use crate::http::text_api::Params;
use crate::http::text_api::answer::{ErrorCode, FailedCode, Line, Word};
use crate::http::text_api::respond::{Caller, Refused};

/// Messages in all where a call does not say.
const MESSAGES_DEFAULT: u64 = 2;
/// Seconds before a repeat where a call does not say.
const REPEAT_SECONDS_DEFAULT: u64 = 30;
/// Fewest seconds before a repeat.
const REPEAT_SECONDS_MIN: u64 = 10;
/// Longest life of a code that a call may ask for, in seconds.
const LIFETIME_SECONDS_MAX: u64 = 1_800;

/// Answers the call.
pub async fn start(caller: &Caller<'_>) -> Result<Line, Refused> {
    let (app, account) = (caller.app, &caller.entry.account);
    let policy = app.policy();
    let request = read(caller, &policy)?;
    let keys = confirm::keys(&request);
    let guard = confirm::guard_policy(&policy, account.number_profile);
    let (now, sending) = (app.clock.now(), Sending::of(app, caller.entry));
    let way = sending.clone();
    let mut entropy = SystemEntropy::new();
    let rule = move |snapshot: &_| {
        let context = ConfirmContext { policy: &policy, guard: guard.clone(), send: way.context() };
        confirm::start(snapshot, &request, &context, now, &mut entropy)
    };
    match app.store.transact(keys, rule).await? {
        ConfirmOutcome::Trusted => {
            app.metrics.verification("trusted");
            tracing::info!(account = caller.name(), "a trusted browser needs no code");
            Ok(Line::Verified)
        }
        ConfirmOutcome::Started { verification, message, is_over_address_limit, .. } => {
            app.metrics.verification(if message.is_some() { "started" } else { "echoed" });
            if is_over_address_limit {
                app.metrics.verification("over_address_limit");
            }
            tracing::info!(
                verification.id = %verification, account = caller.name(),
                has_message = message.is_some(), is_over_address_limit, "a number confirmation lives"
            );
            if let Some(message) = message {
                sending.offer(app, message);
            }
            Ok(Line::Ok(Word::new(verification.to_hex()).ok_or(FailedCode::ServerFault)?))
        }
        ConfirmOutcome::Refused(refusal) => {
            let (label, line) = (label(&refusal), line(&refusal));
            app.metrics.verification(label);
            tracing::info!(
                account = caller.name(),
                reason = label,
                "a number confirmation was refused"
            );
            Err(Refused(line))
        }
    }
}

/// Reads the parameters in the order of section 3.1.
fn read(caller: &Caller<'_>, policy: &Policy) -> Result<ConfirmRequest, Refused> {
    let (app, account, params) = (caller.app, &caller.entry.account, caller.params);
    let to = params.text("to")?.and_then(PhoneNumber::parse).ok_or(ErrorCode::WrongParameters)?;
    let template = template(params, policy)?;
    let length = length(params, account, policy)?;
    let longest = template.with_digits(length.digits());
    if longest.chars().count() > CONFIRMATION_CHARS_MAX
        || segments(&longest).parts > CODE_MESSAGE_PARTS_MAX
    {
        return Err(ErrorCode::WrongParameters.into());
    }
    let messages_max = params.digits("max_tries")?.unwrap_or(MESSAGES_DEFAULT);
    if messages_max == 0 {
        return Err(ErrorCode::WrongParameters.into());
    }
    let repeat_seconds = params.digits("retry_delay")?.unwrap_or(REPEAT_SECONDS_DEFAULT);
    let lifetime = lifetime(params, account, policy)?;
    let sender = caller.sender(policy)?;
    let told = browser::read(caller)?;
    let trusts = account.trusts_cookies && app.trusted_for.is_positive();
    Ok(ConfirmRequest {
        subject: confirm::subject(&app.keyring, account.id, to),
        length,
        lifetime,
        template,
        sender,
        messages_max: u32::try_from(messages_max).unwrap_or(u32::MAX),
        repeat_pause: seconds(repeat_seconds.max(REPEAT_SECONDS_MIN)),
        browser: told.browser,
        trusted_for: trusts.then_some(app.trusted_for),
        addresses: told.addresses,
        enforces_address_limits: account.enforces_address_limits,
    })
}

fn template(params: &Params, policy: &Policy) -> Result<Template, Refused> {
    let Some(text) = params.text("template")? else { return Ok(policy.template.clone()) };
    if !text.contains(CODE_PLACEHOLDER) {
        return Err(ErrorCode::TemplateWithoutPin.into());
    }
    Template::of_caller(text).map_err(|_| ErrorCode::WrongParameters.into())
}

fn length(params: &Params, account: &Account, policy: &Policy) -> Result<CodeLength, Refused> {
    let asked = match params.digits("pin_length")? {
        None => None,
        Some(digits) => {
            let length = u8::try_from(digits).ok().and_then(CodeLength::new);
            Some(length.ok_or(ErrorCode::WrongParameters)?)
        }
    };
    Ok(confirm::code_length(account.number_profile, asked, &policy.codes))
}

fn lifetime(
    params: &Params,
    account: &Account,
    policy: &Policy,
) -> Result<SignedDuration, Refused> {
    let asked = params.digits("validity")?.filter(|asked| *asked > 0);
    if asked.is_some_and(|asked| asked > LIFETIME_SECONDS_MAX) {
        return Err(ErrorCode::WrongParameters.into());
    }
    Ok(confirm::code_lifetime(account.number_profile, asked.map(seconds), &policy.codes))
}

fn seconds(seconds: u64) -> SignedDuration {
    i64::try_from(seconds).map_or(SignedDuration::MAX, SignedDuration::from_secs)
}

/// The refusal as a label.
pub(in crate::http) fn label(refusal: &ConfirmRefusal) -> &'static str {
    match refusal {
        ConfirmRefusal::AddressThrottled { until: _ } => "address_throttled",
        ConfirmRefusal::Begin(BeginRefusal::Locked(_)) => "locked",
        ConfirmRefusal::Begin(BeginRefusal::Send(refusal)) => match refusal {
            SendRefusal::NumberBlocked => "number_blocked",
            SendRefusal::CountryNotAllowed(_) => "country_not_allowed",
            SendRefusal::Throttled { throttle, until: _ } => throttle.name(),
            SendRefusal::NoOpenGateway => "no_open_gateway",
        },
    }
}

/// The refusal on the wire: what concerns the number is 108, what concerns us or the
/// account's purse may be tried again.
fn line(refusal: &ConfirmRefusal) -> Line {
    let blocked = Line::Error(ErrorCode::NumberBlocked);
    let not_now = Line::Failed(FailedCode::ServerFault);
    match refusal {
        ConfirmRefusal::AddressThrottled { until: _ }
        | ConfirmRefusal::Begin(BeginRefusal::Locked(_)) => blocked,
        ConfirmRefusal::Begin(BeginRefusal::Send(refusal)) => match refusal {
            SendRefusal::NumberBlocked | SendRefusal::CountryNotAllowed(_) => blocked,
            SendRefusal::Throttled { throttle, until: _ } if throttle.is_of_number() => blocked,
            SendRefusal::Throttled { .. } | SendRefusal::NoOpenGateway => not_now,
        },
    }
}
