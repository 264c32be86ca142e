//! `/send_sms`: send or schedule a message (S1, `sms-api.md` 3).

use delivery::outbound::Target;
use verify::engine::admit::{Destination, SendContext, SendRefusal};
use verify::engine::sms::{self, SmsOutcome, SmsRefusal, SmsRequest};
use verify::limits::{SCHEDULE_DAYS_MAX, VALIDITY_MINUTES_MAX};
use verify::phone::PhoneNumber;
use verify::record::TextStore;
use verify::{SignedDuration, Timestamp};

use super::content;
use crate::entropy::SystemEntropy;
use crate::http::sending::Sending;
use crate::http::text_api::answer::{ErrorCode, FailedCode, Line, Word};
use crate::http::text_api::respond::{Caller, Refused};

/// Answers the call.
pub async fn send(caller: &Caller<'_>) -> Result<Line, Refused> {
    let app = caller.app;
    let now = app.clock.now();
    let request = read(caller, now)?;
    let (keys, parts) = (sms::keys(&request), request.parts);
    let sending = Sending::of(app, caller.entry);
    let mut entropy = SystemEntropy::new();
    let lease = app.outbox.lease_for_text();
    let rule = move |snapshot: &_| {
        let context = SendContext { lease, ..sending.context() };
        sms::send(snapshot, &request, &context, now, &mut entropy)
    };
    match app.store.transact(keys, rule).await? {
        SmsOutcome::Taken { id, message } => {
            let is_scheduled = message.is_none();
            app.metrics.sms(if is_scheduled { "scheduled" } else { "taken" });
            tracing::info!(
                sms.id = %id, account = caller.name(), parts, is_scheduled, "a message was taken"
            );
            if let Some(message) = message {
                app.outbox.offer(message);
            }
            Ok(Line::Ok(Word::new(id.to_string()).ok_or(FailedCode::ServerFault)?))
        }
        SmsOutcome::Refused(refusal) => {
            let (label, line) = refused(&refusal);
            app.metrics.sms(label);
            tracing::info!(account = caller.name(), reason = label, "a message was not taken");
            Err(Refused(line))
        }
    }
}

/// Reads the parameters in the order of section 3.
fn read(caller: &Caller<'_>, now: Timestamp) -> Result<SmsRequest, Refused> {
    let (app, account, params) = (caller.app, &caller.entry.account, caller.params);
    let to = receiver(caller)?;
    let content = content::read(params).map_err(ErrorCode::from)?;
    let send_at = send_at(caller, now)?;
    let validity = match params.digits("validity")? {
        None | Some(0) => app.sms.validity,
        Some(minutes) => minutes_of(minutes.min(VALIDITY_MINUTES_MAX)),
    };
    let text_store = match params.filled_text("text-store")? {
        None => app.sms.text_store,
        Some(word) => TextStore::parse(word).ok_or(ErrorCode::WrongParameters)?,
    };
    let report_url = report_url(caller)?;
    let sender = caller.sender(&app.policy())?;
    let destination = Destination {
        account: account.id,
        service: app.keyring.sms_service(account.id),
        to,
        number_key: app.keyring.number_key(&to),
    };
    Ok(SmsRequest {
        destination,
        sender,
        form: content.form,
        content: content.body,
        parts: content.parts,
        price: app.prices.of(to.country()),
        send_at,
        validity,
        report_url,
        text_store,
        only_gateway: None,
    })
}

/// One number with the code of a country.
fn receiver(caller: &Caller<'_>) -> Result<PhoneNumber, Refused> {
    let typed = caller.params.filled_text("to")?.ok_or(ErrorCode::WrongParameters)?;
    let number = PhoneNumber::parse(typed).ok_or(ErrorCode::NumberInvalid)?;
    if number.has_calling_code() { Ok(number) } else { Err(ErrorCode::NumberInvalid.into()) }
}

fn send_at(caller: &Caller<'_>, now: Timestamp) -> Result<Option<Timestamp>, Refused> {
    let Some(seconds) = caller.params.digits("time_to_send")? else { return Ok(None) };
    let wrong = || Refused::from(ErrorCode::WrongParameters);
    let seconds = i64::try_from(seconds).map_err(|_| wrong())?;
    let at = Timestamp::from_second(seconds).map_err(|_| wrong())?;
    let latest = now.saturating_add(SignedDuration::from_hours(SCHEDULE_DAYS_MAX * 24));
    if latest.is_ok_and(|latest| at > latest) { Err(wrong()) } else { Ok(Some(at)) }
}

fn minutes_of(minutes: u64) -> SignedDuration {
    i64::try_from(minutes).map_or(SignedDuration::MAX, SignedDuration::from_mins)
}

/// The address for reports: the one given, if it may be called, else the
/// account's.
fn report_url(caller: &Caller<'_>) -> Result<Option<String>, Refused> {
    let Some(url) = caller.params.filled_text("dlr-url")? else {
        return Ok(caller.entry.account.report_url.clone());
    };
    match Target::parse(url, caller.app.outbound.policy()) {
        Ok(_) => Ok(Some(url.to_owned())),
        Err(refusal) => {
            tracing::info!(account = caller.name(), %refusal, "a dlr-url was refused");
            Err(ErrorCode::WrongParameters.into())
        }
    }
}

/// The refusal as a label, and on the wire.
fn refused(refusal: &SmsRefusal) -> (&'static str, Line) {
    let error = Line::Error;
    let not_now = Line::Failed(FailedCode::ServerFault);
    match refusal {
        SmsRefusal::NoPrice => ("no_price", error(ErrorCode::SendCountryNotServed)),
        SmsRefusal::NotEnoughCredit => ("no_credit", error(ErrorCode::NoCredit)),
        SmsRefusal::Send(refusal) => match refusal {
            SendRefusal::NumberBlocked => ("number_blocked", error(ErrorCode::NumberBlocked)),
            SendRefusal::CountryNotAllowed(None) => {
                ("country_not_found", error(ErrorCode::CountryNotFound))
            }
            SendRefusal::CountryNotAllowed(Some(_)) => {
                ("country_not_allowed", error(ErrorCode::SendCountryNotServed))
            }
            SendRefusal::Throttled { throttle, until: _ } if throttle.is_of_number() => {
                (throttle.name(), error(ErrorCode::NumberBlocked))
            }
            SendRefusal::Throttled { throttle, until: _ } => (throttle.name(), not_now),
            SendRefusal::NoOpenGateway => ("no_open_gateway", not_now),
        },
    }
}
