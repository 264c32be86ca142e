//! `/verify/pin`: check the PIN that a person entered
//! (`number-verification-api.md` 4).

use verify::code::EnteredCode;
use verify::engine::check::{self, NumberCheckOutcome, NumberCheckRequest};
use verify::engine::confirm;
use verify::ids::VerificationId;

use super::browser;
use crate::app::App;
use crate::http::text_api::Params;
use crate::http::text_api::answer::{ErrorCode, Line};
use crate::http::text_api::respond::{Caller, Refused};

/// Whether everything is there that the call cannot do without.
///
/// # Errors
/// `ERROR 102` if not.
pub fn require_parameters(params: &Params) -> Result<(), Refused> {
    let is_there = |name| params.bytes(name).is_some();
    if is_there("verification_id") && is_there("pin") {
        Ok(())
    } else {
        Err(ErrorCode::WrongParameters.into())
    }
}

/// Answers the call.
pub async fn pin(caller: &Caller<'_>) -> Result<Line, Refused> {
    let (app, account, params) = (caller.app, &caller.entry.account, caller.params);
    let id = params.text("verification_id")?.and_then(VerificationId::parse_hex);
    let entered = EnteredCode::parse_or_wrong(params.text("pin")?.unwrap_or_default());
    let told = browser::read(caller)?;
    let Some(confirmation) = id else { return Err(ErrorCode::VerificationNotFound.into()) };
    let request = NumberCheckRequest {
        account: account.id,
        confirmation,
        entered,
        browser: told.browser,
        trusts_cookies: account.trusts_cookies && app.trusted_for.is_positive(),
        address: told.addresses.map(|[address, _]| address),
        enforces_address_limits: account.enforces_address_limits,
    };
    let keys = check::number_keys(&request);
    let (now, policy, account_keys) = (app.clock.now(), app.policy(), caller.entry.keys.clone());
    let guard = confirm::guard_policy(&policy, account.number_profile);
    let rule = move |snapshot: &_| {
        check::check_number(snapshot, &request, &policy, &guard, &account_keys, now)
    };
    let outcome = app.store.transact(keys, rule).await?;
    note(app, caller.name(), confirmation, &outcome);
    match outcome {
        NumberCheckOutcome::Approved => Ok(Line::Verified),
        NumberCheckOutcome::WrongCode { attempts_left: _ } => Ok(Line::Invalid),
        NumberCheckOutcome::Expired => Ok(Line::Expired),
        NumberCheckOutcome::Throttled => Ok(Line::Throttled),
        NumberCheckOutcome::NotFound => Err(ErrorCode::VerificationNotFound.into()),
    }
}

/// Counts what a check found, and tells the choice of gateways of a success.
pub(in crate::http) fn note(
    app: &App,
    account: &str,
    id: VerificationId,
    outcome: &NumberCheckOutcome,
) {
    let metrics = &app.metrics;
    match outcome {
        NumberCheckOutcome::Approved => {
            metrics.comparison();
            metrics.verification("approved");
            app.outbox.exits().verified(id, app.clock.now());
            tracing::info!(verification.id = %id, account, "a number was confirmed");
        }
        NumberCheckOutcome::WrongCode { attempts_left } => {
            metrics.comparison();
            metrics.verification("wrong_code");
            tracing::info!(
                verification.id = %id, account, attempts_left,
                "a wrong code was entered"
            );
        }
        NumberCheckOutcome::Expired => metrics.verification("expired"),
        NumberCheckOutcome::Throttled => metrics.verification("throttled"),
        NumberCheckOutcome::NotFound => metrics.verification("not_found"),
    }
}
